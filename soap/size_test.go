package soap

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// Go's allocator has pieces of 1152 bytes, of which 8 are its own.
func TestParsedSize(t *testing.T) {
	require.LessOrEqual(t, unsafe.Sizeof(parsed{}), uintptr(1152-8))
}

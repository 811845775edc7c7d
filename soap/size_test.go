package soap

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// Go's allocator has pieces of 1280 bytes, of which 8 are its own.
func TestParsedSize(t *testing.T) {
	require.LessOrEqual(t, unsafe.Sizeof(parsed{}), uintptr(1280-8))
}

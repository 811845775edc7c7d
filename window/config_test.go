package window

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestConfigDefaults(t *testing.T) {
	require.Equal(t, Config{
		Size: 64, Span: 256, First: 8, MinRetry: 400 * time.Millisecond, MaxRetries: 8, MaxRanges: 4096,
	}, Config{}.complete())
	for _, test := range []struct {
		what string
		c    Config
		want Config // Size, Span, First and MaxRanges
	}{
		{"Span follows Size", Config{Size: 10}, Config{10, 40, 8, 0, 0, false, 4096}},
		{"First is within Size", Config{Size: 5}, Config{5, 20, 5, 0, 0, false, 4096}},
		{"negative is 1", Config{Size: -1, Span: -1, First: -1, MaxRanges: -1}, Config{1, 1, 1, 0, 0, false, 1}},
		{"huge does not overflow", Config{Size: math.MaxInt}, Config{math.MaxInt, math.MaxInt / 4 * 4, 8, 0, 0, false, 4096}},
	} {
		got := test.c.complete()
		got.MinRetry, got.MaxRetries = 0, 0
		require.Equal(t, test.want, got, test.what)
	}
	got := Config{MinRetry: -1, MaxRetries: -1}.complete()
	require.Negative(t, got.MinRetry, "off")
	require.Negative(t, got.MaxRetries, "no limit")
}

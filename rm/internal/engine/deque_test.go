package engine

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// A deque behaves as a slice, wherever in its ring it begins.
func TestDeque(t *testing.T) {
	for shift := range 9 {
		for i := range 6 {
			var d deque[int]
			for range shift {
				d.push(-1)
				d.pop()
			}
			want := []int{10, 20, 30, 40, 50, 60}
			for _, v := range want {
				d.push(v)
			}
			d.trim()
			d.remove(i)
			want = slices.Delete(want, i, i+1)
			d.push(25)
			d.rise(func(a, b int) bool { return a < b })
			k, _ := slices.BinarySearch(want, 25)
			want = slices.Insert(want, k, 25)
			for _, v := range want {
				require.Equal(t, v, d.at(0))
				require.Equal(t, v, d.pop())
			}
			require.Zero(t, d.len())
			d.trim()
			require.Zero(t, cap(d.ring))
		}
	}
}

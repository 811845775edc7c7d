package window

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// rangesOf makes a set of pairs of lower and upper numbers.
func rangesOf(pairs ...Number) (s Ranges) {
	for p := range slices.Chunk(pairs, 2) {
		s.AddRange(Range{p[0], p[1]})
	}
	return s
}

func TestRanges(t *testing.T) {
	const top = 1<<64 - 1
	for _, test := range []struct {
		what string
		do   func(s *Ranges)
		want string
	}{
		{"empty", func(s *Ranges) {}, ""},
		{"one", func(s *Ranges) { s.Add(7) }, "7"},
		{"the next", func(s *Ranges) { s.Add(7); s.Add(8) }, "7-8"},
		{"the one before", func(s *Ranges) { s.Add(7); s.Add(6) }, "6-7"},
		{"a gap", func(s *Ranges) { s.Add(7); s.Add(9) }, "7 9"},
		{"a gap below", func(s *Ranges) { s.Add(7); s.Add(5); s.Add(3) }, "3 5 7"},
		{"a gap closed", func(s *Ranges) { s.Add(7); s.Add(9); s.Add(8) }, "7-9"},
		{"zero is no number", func(s *Ranges) { s.Add(0); s.AddRange(Range{0, 0}) }, ""},
		{"zero is left out", func(s *Ranges) { s.AddRange(Range{0, 2}) }, "1-2"},
		{"reversed is empty", func(s *Ranges) { s.AddRange(Range{3, 2}) }, ""},
		{"overlap", func(s *Ranges) { s.AddRange(Range{3, 6}); s.AddRange(Range{5, 8}) }, "3-8"},
		{"overlap below", func(s *Ranges) { s.AddRange(Range{3, 6}); s.AddRange(Range{1, 4}) }, "1-6"},
		{"inside", func(s *Ranges) { s.AddRange(Range{3, 6}); s.AddRange(Range{4, 5}) }, "3-6"},
		{"swallows many", func(s *Ranges) { *s = rangesOf(1, 1, 4, 5, 7, 8, 10, 10, 13, 20); s.AddRange(Range{3, 11}) }, "1 3-11 13-20"},
		{"joins many", func(s *Ranges) { *s = rangesOf(1, 1, 4, 5, 7, 8, 12, 12); s.AddRange(Range{2, 11}) }, "1-12"},
		{"everything", func(s *Ranges) { s.AddRange(Range{5, top}); s.AddRange(Range{1, 4}); s.Add(top) }, "1-18446744073709551615"},
		{"remove the only", func(s *Ranges) { s.Add(3); s.Remove(3) }, ""},
		{"remove the first", func(s *Ranges) { *s = rangesOf(3, 3, 5, 5, 7, 7); s.Remove(3) }, "5 7"},
		{"remove the last", func(s *Ranges) { *s = rangesOf(3, 3, 5, 5, 7, 7); s.Remove(7) }, "3 5"},
		{"remove an end", func(s *Ranges) { *s = rangesOf(3, 9); s.Remove(3); s.Remove(9) }, "4-8"},
		{"split", func(s *Ranges) { *s = rangesOf(1, 9, 11, 19); s.Remove(5); s.Remove(15) }, "1-4 6-9 11-14 16-19"},
		{"remove what is not there", func(s *Ranges) { *s = rangesOf(2, 3, 5, 5); s.Remove(4); s.Remove(0); s.Remove(9) }, "2-3 5"},
		{"reset", func(s *Ranges) { *s = rangesOf(2, 3, 5, 5); s.Reset(); s.Add(1) }, "1"},
	} {
		t.Run(test.what, func(t *testing.T) {
			var s Ranges
			test.do(&s)
			require.Equal(t, test.want, s.String())
		})
	}
}

func TestRangesQuestions(t *testing.T) {
	s := rangesOf(2, 4, 7, 9)
	require.Equal(t, 2, s.Len())
	require.Equal(t, uint64(6), s.Count())
	require.Equal(t, Number(9), s.Max())
	require.Equal(t, Number(1), s.Missing())
	require.True(t, s.Covers(Range{2, 4}))
	require.True(t, s.Covers(Range{8, 8}))
	require.True(t, s.Covers(Range{8, 7}), "nothing is always there")
	require.False(t, s.Covers(Range{4, 7}))
	require.False(t, s.Covers(Range{9, 10}))
	require.False(t, s.Covers(Range{0, 2}))
	s.Add(1)
	require.Equal(t, Number(5), s.Missing())
	require.True(t, s.Covers(Range{0, 2}), "zero is no number that could be missing")

	var empty Ranges
	require.Zero(t, empty.Max())
	require.Zero(t, empty.Count())
	require.Equal(t, Number(1), empty.Missing())
	require.False(t, empty.Contains(0))

	all := rangesOf(1, 1<<64-1)
	require.Equal(t, uint64(1<<64-1), all.Count())
	require.False(t, all.Add(1<<64-1))
}

func TestRangesClone(t *testing.T) {
	s := rangesOf(2, 4, 7, 9)
	c := s.Clone()
	s.Add(10)
	s.Add(1)
	require.Equal(t, "2-4 7-9", c.String())
	c.Add(5)
	require.Equal(t, "1-4 7-10", s.String())
}

func TestRangesAllStops(t *testing.T) {
	s := rangesOf(2, 4, 7, 9)
	for r := range s.All() {
		require.Equal(t, Range{2, 4}, r)
		break
	}
}

func TestRangesKeepsLittleMemory(t *testing.T) {
	var s Ranges
	for n := Number(1); n < 5000; n += 2 {
		s.Add(n)
	}
	s.AddRange(Range{1, 5000})
	require.Zero(t, cap(s.more), "2500 ranges have become one")
}

// rangesModel is the plainest set: what Ranges must agree with.
type rangesModel map[Number]bool

const modelTop = 80 // the model's numbers are 1 to modelTop

func (m rangesModel) ranges() (all []Range) {
	for n := Number(1); n <= modelTop; n++ {
		switch {
		case !m[n]:
		case m[n-1]:
			all[len(all)-1].Upper = n
		default:
			all = append(all, Range{n, n})
		}
	}
	return all
}

// runRanges performs the operations that ops encodes, three bytes each, on a set and its model and compares them.
// base is added to each number, so that the highest numbers can be tried as well.
func runRanges(t *testing.T, base Number, ops []byte) {
	var s Ranges
	model := rangesModel{}
	for op := range slices.Chunk(ops, 3) {
		if len(op) < 3 {
			break
		}
		a, b := Number(op[1]%modelTop)+1, Number(op[2]%modelTop)+1
		var what string
		switch op[0] % 8 {
		case 0, 1, 2:
			what = fmt.Sprint("Add ", a)
			require.Equal(t, !model[a], s.Add(base+a), what)
			model[a] = true
		case 3:
			what = fmt.Sprint("AddRange ", a, b)
			s.AddRange(Range{base + a, base + b})
			for n := a; n <= b; n++ {
				model[n] = true
			}
		case 4, 5:
			what = fmt.Sprint("Remove ", a)
			require.Equal(t, model[a], s.Remove(base+a), what)
			delete(model, a)
		case 6:
			what = fmt.Sprint("questions ", a, b)
			compareRange(t, &s, model, base, a, b)
		case 7:
			if op[1] == 0 {
				what = "Reset"
				s.Reset()
				clear(model)
			} else {
				what = "Clone"
				old := s
				s = old.Clone()
				old.Add(base + a)
				old.Remove(base + b)
			}
		}
		compareRanges(t, &s, model, base, what)
	}
}

func compareRanges(t *testing.T, s *Ranges, model rangesModel, base Number, what string) {
	want := model.ranges()
	var got []Range
	for r := range s.All() {
		got = append(got, Range{r.Lower - base, r.Upper - base})
	}
	require.Equal(t, want, got, what)
	require.Equal(t, len(want), s.Len(), what)
	require.Equal(t, uint64(len(model)), s.Count(), what)
	top, missing, third := Number(0), Number(1), Number(0)
	for n := Number(1); n <= modelTop; n++ {
		if model[n] != s.Contains(base+n) {
			t.Fatal(what, n)
		}
		if model[n] {
			top = base + n
		}
		if model[n] && missing == n {
			missing++
		}
	}
	for n, k := Number(modelTop), 0; n > 0 && third == 0; n-- {
		if model[n] {
			k++
		}
		if k == 3 {
			third = base + n
		}
	}
	require.Equal(t, top, s.Max(), what)
	require.Equal(t, third, s.fromTop(3), what)
	if base == 0 {
		require.Equal(t, missing, s.Missing(), what)
	} else {
		require.Equal(t, Number(1), s.Missing(), what)
	}
}

func compareRange(t *testing.T, s *Ranges, model rangesModel, base, a, b Number) {
	var first, last Number // the lowest run of numbers from a to b that are not in the set
	count := 0
	for n := a; n <= b && (last == 0 || !model[n]); n++ {
		if !model[n] {
			first, last = cmp.Or(first, n), n
		}
	}
	for n := a; n <= modelTop; n++ {
		if model[n] {
			count++
		}
	}
	require.Equal(t, uint64(count), s.countFrom(base+a))
	require.Equal(t, first == 0, s.Covers(Range{base + a, base + b}))
	if gap, ok := s.gap(Range{base + a, base + b}); ok {
		require.Equal(t, Range{base + first, base + last}, gap)
	} else {
		require.Zero(t, first)
	}
}

func TestRangesAgainstModel(t *testing.T) {
	for seed := range uint64(30) {
		random := rand.New(rand.NewPCG(seed, 0))
		ops := make([]byte, 3*200)
		for i := range ops {
			ops[i] = byte(random.Uint32())
		}
		for _, base := range []Number{0, 1 << 40, 1<<64 - 1 - modelTop} {
			runRanges(t, base, ops)
		}
	}
}

func FuzzRanges(f *testing.F) {
	f.Add(uint64(0), []byte{0, 1, 0, 0, 3, 0, 0, 2, 0, 4, 2, 0, 3, 5, 9, 6, 1, 9})
	f.Add(uint64(1<<63), []byte{3, 0, 79, 4, 40, 0, 7, 1, 1, 7, 0, 0, 0, 1, 0})
	f.Fuzz(func(t *testing.T, base uint64, ops []byte) {
		if base > 1<<64-1-modelTop {
			t.Skip("the model needs room")
		}
		runRanges(t, Number(base), ops[:min(len(ops), 3000)])
	})
}

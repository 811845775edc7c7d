package window

import (
	"iter"
	"slices"
	"strconv"
)

// keepRanges is how many ranges an emptied slice may keep room for (arbitrary; 1 KiB).
const keepRanges = 64

// Ranges is a set of numbers, kept as ascending intervals of which no two overlap or touch. The zero value is empty.
// A set of at most one interval needs no heap. The number of intervals is not limited here; see Len.
//
// Copying a Ranges shares the intervals beyond the first: use Clone for a set that outlives a change of the other.
type Ranges struct {
	first Range   // Upper 0: the set is empty, and so is more
	more  []Range // above first
}

// Add puts n into the set. It returns false if n was there, or is zero.
func (s *Ranges) Add(n Number) bool {
	if n == 0 {
		return false
	}
	if k := s.Len(); k > 0 && s.at(k-1).Upper == n-1 { // nearly always: the next one
		s.at(k - 1).Upper = n
		return true
	}
	if s.Contains(n) {
		return false
	}
	s.AddRange(Range{n, n})
	return true
}

// AddRange puts all numbers of r into the set. Zero is no number and is left out.
func (s *Ranges) AddRange(r Range) {
	r, ok := r.clean()
	if !ok {
		return
	}
	i := s.search(r.Lower - 1) // the first that touches r or is above it
	j := i                     // the first that is above r and does not touch it
	for j < s.Len() && s.at(j).Lower-1 <= r.Upper {
		j++
	}
	if i == j {
		s.insert(i, r)
		return
	}
	*s.at(i) = Range{min(s.at(i).Lower, r.Lower), max(s.at(j-1).Upper, r.Upper)}
	s.cut(i+1, j)
}

// Remove takes n out of the set. It returns false if n was not there.
func (s *Ranges) Remove(n Number) bool {
	if !s.Contains(n) {
		return false
	}
	i := s.search(n)
	r := s.at(i)
	switch {
	case r.Lower == r.Upper:
		s.cut(i, i+1)
	case r.Lower == n:
		r.Lower++
	case r.Upper == n:
		r.Upper--
	default:
		above := Range{n + 1, r.Upper}
		r.Upper = n - 1
		s.insert(i+1, above)
	}
	return true
}

// Contains tells whether n is in the set.
func (s *Ranges) Contains(n Number) bool {
	i := s.search(n)
	return i < s.Len() && s.at(i).Lower <= n
}

// Covers tells whether all numbers of r are in the set. An empty r always is.
func (s *Ranges) Covers(r Range) bool {
	_, missing := s.gap(r)
	return !missing
}

// Len returns the number of intervals.
func (s *Ranges) Len() int {
	if s.first.Upper == 0 {
		return 0
	}
	return 1 + len(s.more)
}

// Count returns how many numbers are in the set.
func (s *Ranges) Count() uint64 { return s.countFrom(1) }

// Max returns the highest number in the set, 0 if it is empty.
func (s *Ranges) Max() Number {
	if len(s.more) > 0 {
		return s.more[len(s.more)-1].Upper
	}
	return s.first.Upper
}

// Missing returns the lowest number, from 1, that is not in the set.
func (s *Ranges) Missing() Number {
	if s.first.Lower > 1 {
		return 1
	}
	return s.first.Upper + 1
}

// All yields the intervals in ascending order. The set must not change meanwhile.
func (s *Ranges) All() iter.Seq[Range] {
	return func(yield func(Range) bool) {
		for i := range s.Len() {
			if !yield(*s.at(i)) {
				return
			}
		}
	}
}

// Clone returns a copy that shares nothing with s. It allocates if there is more than one interval.
func (s *Ranges) Clone() Ranges {
	if len(s.more) == 0 {
		return Ranges{first: s.first}
	}
	return Ranges{first: s.first, more: slices.Clone(s.more)}
}

// Reset empties the set and keeps its memory for reuse.
func (s *Ranges) Reset() {
	s.first = Range{}
	s.shrink(s.more[:0])
}

// AppendText appends the set in the form "1-4 6 8-9" to b. The error is always nil.
func (s *Ranges) AppendText(b []byte) ([]byte, error) {
	for i := range s.Len() {
		if i > 0 {
			b = append(b, ' ')
		}
		r := s.at(i)
		b = strconv.AppendUint(b, uint64(r.Lower), 10)
		if r.Lower < r.Upper {
			b = append(b, '-')
			b = strconv.AppendUint(b, uint64(r.Upper), 10)
		}
	}
	return b, nil
}

// String returns the text of AppendText.
func (s Ranges) String() string {
	b, _ := s.AppendText(nil)
	return string(b)
}

func (s *Ranges) at(i int) *Range {
	if i == 0 {
		return &s.first
	}
	return &s.more[i-1]
}

// search returns the index of the first interval that does not end below n, Len if all do.
func (s *Ranges) search(n Number) int {
	if s.Max() < n {
		return s.Len()
	}
	if n <= s.first.Upper {
		return 0
	}
	lo, hi := 1, len(s.more) // the answer is in [lo, hi]
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if s.at(mid).Upper < n {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// gap returns the lowest part of r of which nothing is in the set; false: all of r is.
func (s *Ranges) gap(r Range) (Range, bool) {
	r, ok := r.clean()
	if !ok {
		return r, false
	}
	i := s.search(r.Lower)
	if i < s.Len() && s.at(i).Lower <= r.Lower {
		if s.at(i).Upper >= r.Upper {
			return Range{}, false
		}
		r.Lower = s.at(i).Upper + 1
		i++
	}
	if i < s.Len() {
		r.Upper = min(r.Upper, s.at(i).Lower-1)
	}
	return r, true
}

// countFrom returns how many numbers from low on are in the set.
func (s *Ranges) countFrom(low Number) (n uint64) {
	for i := s.search(low); i < s.Len(); i++ {
		n += uint64(s.at(i).Upper-max(s.at(i).Lower, low)) + 1
	}
	return n
}

// fromTop returns the k-th highest number in the set, 0 if there are fewer.
func (s *Ranges) fromTop(k Number) Number {
	for i := s.Len() - 1; i >= 0; i-- {
		r := s.at(i)
		if size := r.Upper - r.Lower + 1; size < k {
			k -= size
			continue
		}
		return r.Upper - k + 1
	}
	return 0
}

// insert makes r the i-th interval.
func (s *Ranges) insert(i int, r Range) {
	switch {
	case s.first.Upper == 0:
		s.first = r
	case i == 0:
		s.more = slices.Insert(s.more, 0, s.first)
		s.first = r
	default:
		s.more = slices.Insert(s.more, i-1, r)
	}
}

// cut removes the intervals from the i-th to before the j-th.
func (s *Ranges) cut(i, j int) {
	if i == j {
		return
	}
	if i > 0 {
		s.shrink(slices.Delete(s.more, i-1, j-1))
		return
	}
	if j == s.Len() {
		s.Reset()
		return
	}
	s.first = *s.at(j)
	s.shrink(slices.Delete(s.more, 0, j))
}

// shrink makes more the intervals beyond the first. An empty slice does not keep much memory.
func (s *Ranges) shrink(more []Range) {
	if len(more) == 0 && cap(more) > keepRanges {
		more = nil
	}
	s.more = more
}

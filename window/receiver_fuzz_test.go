package window

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// receiverModel does what Receiver does in the plainest way.
type receiverModel struct {
	c        Config
	accepted map[Number]bool
	buffered []Number // in order of arrival
}

func (m *receiverModel) missing() Number {
	n := Number(1)
	for m.accepted[n] {
		n++
	}
	return n
}

// next returns the index in buffered of what is to be handed over next, -1 if nothing is.
func (m *receiverModel) next() int {
	if m.c.Unordered {
		return min(len(m.buffered), 1) - 1
	}
	lowest := -1
	for i, n := range m.buffered {
		if n < m.missing() && (lowest < 0 || n < m.buffered[lowest]) {
			lowest = i
		}
	}
	return lowest
}

func (m *receiverModel) ranges(with ...Number) (count int) {
	set := map[Number]bool{}
	for n := range m.accepted {
		set[n] = true
	}
	for _, n := range with {
		set[n] = true
	}
	for n := range set {
		if !set[n-1] {
			count++
		}
	}
	return count
}

func (m *receiverModel) accept(n Number) (fresh, ok bool) {
	if n == 0 || n > MaxNumber || m.accepted[n] {
		return false, false
	}
	if n == m.missing() && m.next() < 0 {
		return true, true
	}
	if len(m.buffered) >= m.c.Size || n-m.missing() >= Number(m.c.Span) {
		return true, false
	}
	fits := m.ranges(n) <= max(m.c.MaxRanges, m.ranges())
	fitsWithFirst := m.ranges(n, 1) <= max(m.c.MaxRanges, m.ranges(1)) // 1 finds its place, too, when it comes
	return true, n == m.missing() || fits && fitsWithFirst
}

// runReceiver performs the operations that ops encodes, two bytes each, on a Receiver and its model and compares them.
func runReceiver(t *testing.T, c Config, ops []byte) {
	var r Receiver[Number]
	r.Init(c)
	m := &receiverModel{c: c.complete(), accepted: map[Number]bool{}}
	for op := range slices.Chunk(ops, 2) {
		if len(op) < 2 {
			break
		}
		n := m.missing() - 3 + Number(op[1]%32)
		what := fmt.Sprintf("operation %v: %d, %v", op, n, r.Accepted())
		switch op[0] % 16 {
		default:
			fresh, ok := m.accept(n)
			gotFresh, gotOK := r.Accept(n, n)
			require.Equal(t, [2]bool{fresh, ok}, [2]bool{gotFresh, gotOK}, what)
			if ok {
				m.accepted[n] = true
				m.buffered = append(m.buffered, n)
			}
		case 8, 9, 10, 11, 12:
			i := m.next()
			got, message, ok := r.Next()
			require.Equal(t, i >= 0, ok, what)
			if i >= 0 {
				require.Equal(t, [2]Number{m.buffered[i], m.buffered[i]}, [2]Number{got, message}, what)
				m.buffered = slices.Delete(m.buffered, i, i+1)
			}
		case 13, 14:
			r.Forget(n)
			if delete(m.accepted, n); slices.Contains(m.buffered, n) {
				m.buffered = slices.Delete(m.buffered, slices.Index(m.buffered, n), slices.Index(m.buffered, n)+1)
			}
		case 15:
			if op[1] > 10 {
				r.Trim()
				break
			}
			want := m.buffered
			if !c.Unordered {
				want = slices.Sorted(slices.Values(want))
			}
			var got []Number
			r.Discard(func(n, message Number) {
				require.Equal(t, n, message)
				got = append(got, n)
			})
			require.True(t, slices.Equal(want, got), what)
			m.buffered = nil
		}
		require.Equal(t, m.missing(), r.Missing(), what)
		require.Equal(t, len(m.buffered), r.Buffered(), what)
		require.Equal(t, max(m.c.Size-len(m.buffered), 0), r.Free(), what)
		require.Equal(t, m.next() >= 0, r.Ready(), what)
		require.Equal(t, uint64(len(m.accepted)), r.Accepted().Count(), what)
		require.Equal(t, m.ranges(), r.Accepted().Len(), what)
		for n := range m.accepted {
			if !r.Accepted().Contains(n) {
				t.Fatal(what, n)
			}
		}
	}
}

var receiverConfigs = []Config{
	{},
	{Unordered: true},
	{Size: 4, Span: 20, MaxRanges: 3},
	{Size: 4, MaxRanges: 3, Unordered: true},
	{Size: -1, Span: -1, MaxRanges: -1},
}

func TestReceiverAgainstModel(t *testing.T) {
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 2))
		ops := make([]byte, 2*300)
		for i := range ops {
			ops[i] = byte(random.Uint32())
		}
		runReceiver(t, receiverConfigs[seed%5], ops)
	}
}

func FuzzReceiver(f *testing.F) {
	f.Add(byte(0), []byte{0, 3, 0, 5, 0, 4, 8, 0, 8, 0, 13, 3, 0, 3, 8, 0, 15, 0})
	f.Add(byte(3), []byte{0, 5, 0, 7, 0, 9, 0, 11, 8, 0, 0, 3, 0, 4, 13, 1, 8, 0})
	f.Fuzz(func(t *testing.T, config byte, ops []byte) {
		runReceiver(t, receiverConfigs[config%5], ops[:min(len(ops), 1000)])
	})
}

package window

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// burst is what a benchmark sends before it is acknowledged.
const burst = 32

func nothing(Number, int) {}

// sendBurst adds burst messages and acknowledges them all by said, which grows; every third burst in two steps with a
// hole between them.
func sendBurst(s *Sender[int], said *Ranges, now Time) {
	first := s.Highest() + 1
	for i := range burst {
		s.Add(i)
	}
	s.Flushed(now, s.Highest())
	if first/burst%3 == 0 {
		said.AddRange(Range{first + 1, first + 2})
		if s.Ack(now+1, said, 64, nothing) != nil {
			panic("ack")
		}
	}
	said.AddRange(Range{first, s.Highest()})
	if s.Ack(now+2, said, 64, nothing) != nil || s.Deadline() != 0 {
		panic("ack")
	}
}

// acceptBurst accepts burst messages, pairs of which arrive in the wrong order, and hands them over.
func acceptBurst(r *Receiver[int]) {
	for range burst / 2 {
		n := r.Missing()
		r.Accept(n+1, 0)
		r.Accept(n, 0)
		for r.Ready() {
			r.Next()
		}
	}
}

func TestNoAllocations(t *testing.T) {
	for _, c := range []Config{{}, {MinRetry: -1}, {Unordered: true}} {
		var s Sender[int]
		var r Receiver[int]
		var said Ranges
		s.Init(c)
		r.Init(c)
		now := Time(1)
		step := func() {
			now += 1000
			sendBurst(&s, &said, now)
			acceptBurst(&r)
		}
		require.Zero(t, testing.AllocsPerRun(100, func() {
			step()
			step()
			step()
		}), "rings are reused")
	}
	s := rangesOf(1, 5)
	text := make([]byte, 0, 100)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		c := s.Clone()
		for r := range c.All() {
			c.Remove(r.Lower + 4)
			c.Add(r.Upper)
		}
		text, _ = c.AppendText(text[:0])
	}), "one range needs no heap")
}

func TestIdleCost(t *testing.T) {
	require.LessOrEqual(t, unsafe.Sizeof(Sender[any]{}), uintptr(300))
	require.LessOrEqual(t, unsafe.Sizeof(Receiver[any]{}), uintptr(300))
	require.Zero(t, testing.AllocsPerRun(10, func() {
		var s Sender[any]
		var r Receiver[any]
		s.Init(Config{})
		r.Init(Config{})
		_, _, _ = s.Room(), r.Free(), r.Ready()
	}), "nothing is presized")
}

// One message far above the missing one costs its place, not that of all between.
func TestFarMessageCost(t *testing.T) {
	var r Receiver[[100]byte]
	r.Init(Config{Size: 4096})
	_, ok := r.Accept(4*4096, [100]byte{})
	require.True(t, ok)
	require.Equal(t, 1, cap(r.buf))
}

// The cost of a message does not depend on how many there were: compare the sub-benchmarks.
func BenchmarkSender(b *testing.B) {
	for _, before := range []struct {
		name  string
		count Number
	}{{"fresh", 0}, {"after1e6", 1e6}} {
		b.Run(before.name, func(b *testing.B) {
			var s Sender[int]
			var said Ranges
			s.Init(Config{})
			for s.Highest() < before.count {
				sendBurst(&s, &said, 1)
			}
			now := Time(1)
			b.ReportAllocs()
			for b.Loop() {
				now += 1000
				sendBurst(&s, &said, now)
			}
			perMessage(b)
		})
	}
}

// Parallel requests: each is acknowledged on its own exchange, and they overtake each other.
func BenchmarkSenderExchanges(b *testing.B) {
	var s Sender[int]
	var said Ranges
	s.Init(Config{MinRetry: -1})
	b.ReportAllocs()
	for b.Loop() {
		first := s.Highest() + 1
		for i := range burst {
			s.Add(i)
		}
		for i := range Number(burst) {
			said.Add(first + (i ^ 1))
			if s.Ack(1, &said, 32, nothing) != nil {
				b.Fatal()
			}
		}
	}
	perMessage(b)
}

func BenchmarkReceiver(b *testing.B) {
	for _, before := range []struct {
		name  string
		count Number
	}{{"fresh", 0}, {"after1e6", 1e6}} {
		b.Run(before.name, func(b *testing.B) {
			var r Receiver[int]
			r.Init(Config{})
			for r.Missing() < before.count {
				acceptBurst(&r)
			}
			b.ReportAllocs()
			for b.Loop() {
				acceptBurst(&r)
			}
			perMessage(b)
		})
	}
}

// A full buffer behind a gap, filled from above: the worst order.
func BenchmarkReceiverReversed(b *testing.B) {
	var r Receiver[int]
	r.Init(Config{})
	b.ReportAllocs()
	for b.Loop() {
		n := r.Missing()
		for i := range Number(burst) {
			r.Accept(n+burst-1-i, 0)
		}
		for r.Ready() {
			r.Next()
		}
	}
	perMessage(b)
}

// Unordered, a number lost for ever at every second place: the set is as large as it may become.
func BenchmarkReceiverHoles(b *testing.B) {
	var r Receiver[int]
	r.Init(Config{Unordered: true, Span: 1 << 30})
	for i := range Number(4000) {
		r.Accept(2*i+2, 0)
		r.Next()
	}
	n := r.Accepted().Max() + 1
	b.ReportAllocs()
	for b.Loop() {
		for range burst {
			r.Accept(n, 0)
			r.Next()
			n++
		}
	}
	perMessage(b)
}

func BenchmarkRangesAdd(b *testing.B) {
	var s Ranges
	n := Number(1)
	b.ReportAllocs()
	for b.Loop() {
		s.Add(n + 1)
		s.Add(n)
		n += 2
	}
}

func perMessage(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/burst, "ns/message")
}

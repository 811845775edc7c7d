package window

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// senderModel does what Sender does in the plainest way: every question goes through every number.
type senderModel struct {
	c       Config
	numbers []modelNumber // number n is at n-1
	buffer  int
	flight  int
	since   Time
	rtt     rtt
}

type modelNumber struct {
	acked, forgiven, again, lost bool
	written                      Time
	repeats                      int
}

func (n *modelNumber) open() bool { return !n.acked && !n.forgiven }

func (m *senderModel) lowest() int {
	for i := range m.numbers {
		if m.numbers[i].open() {
			return i + 1
		}
	}
	return len(m.numbers) + 1
}

func (m *senderModel) unacked() (count int) {
	for i := range m.numbers {
		if m.numbers[i].open() {
			count++
		}
	}
	return count
}

func (m *senderModel) room() int {
	room := 0
	for {
		unacked := m.unacked() + room + 1
		if unacked > m.flight || len(m.numbers)+room+1-m.lowest() >= m.c.Span || m.buffer >= 0 && unacked > m.buffer {
			return room
		}
		room++
	}
}

// ack takes the numbers that are acknowledged and returns those that are settled.
func (m *senderModel) ack(now Time, said []bool, buffer int) (settled []Number) {
	lowest, news, complete, sample := m.lowest(), false, true, Time(0)
	for i := range m.numbers {
		n := &m.numbers[i]
		switch {
		case n.acked:
			complete = complete && said[i]
		case said[i]:
			news = true
			if n.open() {
				settled = append(settled, Number(i+1))
				m.flight = min(m.flight+1, m.c.Size)
				if n.written != 0 && !n.again {
					sample = n.written
				}
			}
			n.acked, n.lost = true, false
		}
	}
	if buffer >= 0 && complete && (news || buffer > m.buffer) {
		m.buffer = buffer
	}
	if m.c.MinRetry < 0 || !news {
		return settled
	}
	if sample != 0 {
		m.rtt.sample(now.Sub(sample))
	}
	if m.lowest() > lowest {
		m.since = now
	}
	above := 0
	for i := range slices.Backward(m.numbers) {
		switch n := &m.numbers[i]; {
		case n.acked:
			above++
		case n.open() && above >= 3 && !n.again:
			n.lost = true
		}
	}
	return settled
}

func (m *senderModel) due(now Time) (resent []Number, exhausted Number) {
	if m.c.MinRetry < 0 {
		return nil, 0
	}
	repeat := func(i int) {
		n := &m.numbers[i]
		n.lost, n.again, n.written = false, true, 0
		n.repeats++
		resent = append(resent, Number(i+1))
	}
	for i := range m.numbers {
		if m.numbers[i].lost {
			repeat(i)
		}
	}
	if m.unacked() == 0 {
		return resent, 0
	}
	i := m.lowest() - 1
	n := &m.numbers[i]
	switch {
	case n.written == 0 || now < max(n.written, m.since).Add(m.rtt.timeout(int32(n.repeats))):
	case m.c.MaxRetries >= 0 && n.repeats >= m.c.MaxRetries:
		return resent, Number(i + 1)
	default:
		repeat(i)
	}
	return resent, 0
}

// runSender performs the operations that ops encodes on a Sender and its model and compares them.
func runSender(t *testing.T, c Config, ops []byte) {
	var s Sender[Number]
	s.Init(c)
	c = c.complete()
	m := &senderModel{c: c, buffer: -1, flight: c.First, rtt: rtt{margin: c.MinRetry}}
	now := Time(1)
	for op := range slices.Chunk(ops, 3) {
		if len(op) < 3 {
			break
		}
		a, b := int(op[1]), int(op[2])
		highest := len(m.numbers)
		near := max(min(m.lowest()-2+a%16, highest), 0) // a number that matters
		what := fmt.Sprintf("operation %v at %d, numbers to %d", op, now, highest)
		switch op[0] % 10 {
		case 0, 1, 2:
			if highest < 300 {
				n := Number(highest + 1)
				require.Equal(t, n, s.Add(n), what)
				m.numbers = append(m.numbers, modelNumber{})
			}
		case 3, 4, 5, 6:
			said := make([]bool, highest+1)
			for i := range highest {
				past := i+1 < m.lowest()
				said[i] = past && (m.numbers[i].acked || b&1 > 0) || !past && i <= near+8 && (a>>(i%5)+b>>(i%3))&1 > 0
			}
			if b > 250 && highest > 0 {
				said[b%highest] = false // an older one, or a peer that contradicts itself
			}
			said[highest] = b == 250
			checkAck(t, &s, m, now, said, b%40-4, what)
		case 7:
			s.Forgive(Number(near))
			if near > 0 {
				if n := &m.numbers[near-1]; n.open() {
					n.forgiven, n.lost = true, false
					m.flight = min(m.flight+1, c.Size)
				}
			}
		case 8:
			s.Flushed(now, Number(near))
			for i := range near {
				if n := &m.numbers[i]; n.open() && n.written == 0 {
					n.written = now
				}
			}
		case 9:
			if b > 240 {
				s.Stop()
				for i := range m.numbers {
					if n := &m.numbers[i]; n.open() {
						n.written, n.again, n.lost = 0, true, false
					}
				}
				break
			}
			now = now.Add(time.Duration(a*a) * time.Millisecond)
			wantResent, wantExhausted := m.due(now)
			var resent []Number
			exhausted := s.Due(now, func(n, message Number) {
				require.Equal(t, n, message, what)
				resent = append(resent, n)
			})
			require.Equal(t, wantResent, resent, what)
			require.Equal(t, wantExhausted, exhausted, what)
		}
		compareSender(t, &s, m, what)
	}
}

// checkAck acknowledges what said tells; the last element is a number that was never given.
func checkAck(t *testing.T, s *Sender[Number], m *senderModel, now Time, said []bool, buffer int, what string) {
	var set Ranges
	for i, ok := range said {
		if ok {
			set.Add(Number(i + 1))
		}
	}
	var want, settled []Number
	beyond := said[len(said)-1]
	if !beyond {
		want = m.ack(now, said, buffer)
	}
	err := s.Ack(now, &set, buffer, func(n, message Number) {
		require.Equal(t, n, message, what)
		settled = append(settled, n)
	})
	require.Equal(t, beyond, err != nil, what)
	require.Equal(t, want, settled, what)
}

func compareSender(t *testing.T, s *Sender[Number], m *senderModel, what string) {
	require.Equal(t, m.room(), s.Room(), what)
	require.Equal(t, m.unacked(), s.Unacked(), what)
	require.Equal(t, m.buffer, s.Buffer(), what)
	require.Equal(t, m.rtt, s.rtt, what)
	lowest := Number(m.lowest())
	if m.unacked() == 0 {
		lowest = 0
	}
	require.Equal(t, lowest, s.Lowest(), what)
	next, stop := allOf(s)
	defer stop()
	for i := range m.numbers {
		n := &m.numbers[i]
		if n.acked != s.acked.Contains(Number(i+1)) {
			t.Fatal(what, ": acknowledged", i+1)
		}
		attempts := 0
		if n.open() {
			attempts = 1 + n.repeats
			k, message := next()
			require.Equal(t, [2]Number{Number(i + 1), Number(i + 1)}, [2]Number{k, message}, what)
		}
		if attempts != s.Attempts(Number(i+1)) {
			t.Fatal(what, ": attempts of", i+1)
		}
	}
	lost, rewrites := 0, 0
	for i := range s.sent.n {
		if e := s.sent.at(i); e.lost {
			lost++
		} else if !e.done && e.written == 0 && s.lowest()+Number(i) <= s.retry.flushed {
			rewrites++
		}
	}
	require.Equal(t, lost, s.retry.lost, what)
	require.Equal(t, rewrites, s.retry.rewrites, what)
	// Due may be called at any time; Deadline must say when something would come of it.
	deadline := s.Deadline()
	if deadline != 0 {
		c := *m
		c.numbers = slices.Clone(m.numbers)
		resent, exhausted := c.due(deadline)
		require.True(t, len(resent) > 0 || exhausted > 0, what)
	}
	c := *m
	c.numbers = slices.Clone(m.numbers)
	before := Time(1 << 60)
	if deadline != 0 {
		before = deadline - 1
	}
	if s.retry.lost == 0 {
		resent, exhausted := c.due(before)
		require.True(t, len(resent) == 0 && exhausted == 0, what)
	}
}

func allOf(s *Sender[Number]) (next func() (Number, Number), stop func()) {
	var numbers, messages []Number
	for n, m := range s.All() {
		numbers, messages = append(numbers, n), append(messages, m)
	}
	i := -1
	return func() (Number, Number) {
		if i++; i >= len(numbers) {
			return 0, 0
		}
		return numbers[i], messages[i]
	}, func() {}
}

var senderConfigs = []Config{
	{},
	{Size: 5, Span: 9, First: 2, MaxRetries: 2},
	{Size: 40, MinRetry: -1},
	{Size: -1, Span: -1, MinRetry: 3 * time.Second, MaxRetries: -1},
}

func TestSenderAgainstModel(t *testing.T) {
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 1))
		ops := make([]byte, 3*300)
		for i := range ops {
			ops[i] = byte(random.Uint32())
		}
		runSender(t, senderConfigs[seed%4], ops)
	}
}

func FuzzSender(f *testing.F) {
	f.Add(byte(0), []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 3, 0, 3, 1, 2, 9, 40, 0, 9, 99, 0})
	f.Add(byte(1), []byte{0, 0, 0, 0, 0, 0, 7, 2, 0, 3, 1, 30, 9, 0, 250, 8, 15, 0, 9, 255, 0})
	f.Fuzz(func(t *testing.T, config byte, ops []byte) {
		runSender(t, senderConfigs[config%4], ops[:min(len(ops), 1500)])
	})
}

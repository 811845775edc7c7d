package window

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// pair is a Sender and a Receiver with a bad stream between them, in virtual time: what a router between two connections,
// or a path that breaks, makes of one.
type pair struct {
	t      *testing.T
	random *rand.Rand
	now    Time
	events []pairEvent // by time

	s    Sender[Number]
	r    Receiver[Number]
	got  []Number
	sent int // transmissions

	lose  float64       // of messages and acknowledgements
	delay time.Duration // one way
	shake time.Duration // more delay, at most, for some
	work  time.Duration // of the destination for each message; it acknowledges then
	free  Time          // when the destination has done all its work
	path  int
}

type pairEvent struct {
	at Time
	do func()
}

func newPair(t *testing.T, seed uint64, c Config) *pair {
	p := &pair{t: t, random: rand.New(rand.NewPCG(seed, 3)), now: 1, delay: 5 * ms}
	p.s.Init(c)
	p.r.Init(c)
	p.s.Sample(2 * p.delay)
	return p
}

func (p *pair) after(d time.Duration, do func()) {
	at := p.now.Add(d)
	i := len(p.events)
	for i > 0 && p.events[i-1].at > at {
		i--
	}
	p.events = slices.Insert(p.events, i, pairEvent{at, do})
}

// carry takes something over the present path, perhaps.
func (p *pair) carry(do func()) {
	path := p.path
	d := p.delay
	if p.shake > 0 && p.random.IntN(4) == 0 {
		d += time.Duration(p.random.Int64N(int64(p.shake)))
	}
	if p.random.Float64() >= p.lose {
		p.after(d, func() {
			if path == p.path {
				do()
			}
		})
	}
}

func (p *pair) transmit(n, message Number) {
	p.sent++
	p.carry(func() {
		if _, ok := p.r.Accept(n, message); ok {
			p.free = max(p.free, p.now).Add(p.work)
		}
		p.after(p.free.Sub(min(p.now, p.free)), func() {
			for n, message, ok := p.r.Next(); ok; n, message, ok = p.r.Next() {
				require.Equal(p.t, n, message)
				p.got = append(p.got, n)
			}
			set, buffer := p.r.Accepted().Clone(), p.r.Free()
			p.carry(func() { require.NoError(p.t, p.s.Ack(p.now, &set, buffer, nil)) })
		})
	})
}

func (p *pair) resend(n, message Number) {
	p.transmit(n, message)
	p.after(0, func() { p.s.Flushed(p.now, n) })
}

// cut breaks the path: all that is under way is lost. The next one is there after a while.
func (p *pair) cut() {
	p.path++
	p.s.Stop()
	p.after(50*ms, func() {
		for n, message := range p.s.All() {
			p.transmit(n, message)
		}
		p.s.Flushed(p.now, p.s.Highest())
	})
}

// run sends so many messages and lets time pass until all are acknowledged.
func (p *pair) run(total Number) {
	for p.s.Highest() < total || p.s.Unacked() > 0 {
		for p.s.Room() > 0 && p.s.Highest() < total {
			n := p.s.Highest() + 1
			require.Equal(p.t, n, p.s.Add(n))
			p.transmit(n, n)
			p.s.Flushed(p.now, n)
		}
		at := p.s.Deadline()
		if at == 0 && len(p.events) == 0 {
			p.t.Fatal("nothing will ever happen again")
		}
		if at != 0 && (len(p.events) == 0 || at <= p.events[0].at) {
			p.now = max(p.now, at)
			require.Zero(p.t, p.s.Due(p.now, p.resend))
			continue
		}
		e := p.events[0]
		p.events = slices.Delete(p.events, 0, 1)
		p.now = max(p.now, e.at)
		e.do()
	}
}

// wantAll asks that every message was handed over, once, and in order unless the order does not count.
func (p *pair) wantAll(total Number, ordered bool) {
	p.t.Helper()
	if !ordered {
		slices.Sort(p.got)
	}
	require.Len(p.t, p.got, int(total))
	for i, n := range p.got {
		require.Equal(p.t, Number(i+1), n)
	}
}

func TestPairGood(t *testing.T) {
	p := newPair(t, 0, Config{})
	p.run(2000)
	p.wantAll(2000, true)
	require.Equal(t, 2000, p.sent, "nothing is lost, nothing is repeated")
	require.Less(t, p.now.Sub(0), 500*ms, "64 messages in 10 ms")
	require.Equal(t, 10*ms, p.s.RoundTrip())
}

func TestPairSlow(t *testing.T) {
	p := newPair(t, 0, Config{})
	p.work = 100 * ms
	p.run(500)
	p.wantAll(500, true)
	require.Equal(t, 500, p.sent, "a peer that takes its time is not repeated at")
}

func TestPairBad(t *testing.T) {
	for seed := range uint64(60) {
		c := Config{MaxRetries: -1, Unordered: seed%2 == 1}
		p := newPair(t, seed, c)
		p.lose = float64(seed%5) / 10
		if seed%3 > 0 {
			p.shake = time.Duration(seed) * ms
		}
		if seed%7 > 4 {
			p.work = 3 * ms
		}
		for i := range int(seed % 4) {
			p.after(time.Duration(40*(i*i+1))*ms, p.cut)
		}
		p.run(500)
		p.wantAll(500, !c.Unordered)
		require.Less(t, p.sent, 1600, "seed %d", seed)
	}
}

func TestPairTinyWindow(t *testing.T) {
	for seed := range uint64(20) {
		p := newPair(t, seed, Config{Size: 1 + int(seed%3), Span: 1 + int(seed%4), MaxRanges: 1 + int(seed%2), MaxRetries: -1})
		p.lose, p.shake = 0.2, 30*ms
		p.run(100)
		p.wantAll(100, true)
	}
}

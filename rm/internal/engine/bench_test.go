package engine

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wsrm"
)

// pair is an initiator and an acceptor on a network without losses, driven by hand.
type pair struct {
	a, b       *Session[int]
	outA, outB Output[int]
	now        Time
	rm         wsrm.Headers
	in         In[int]
	msgs       [1]Msg[int]
	nums       [1]Number
	leg        Leg
}

func newPair() *pair {
	p := &pair{now: 1}
	n := 0
	c := Config{Version: wsrm.RM11, Offer: true, Window: 64, MaxRetries: 8, MaxBytes: 1 << 24, Concurrency: 1, Ordered: true,
		AckDelay: 200 * time.Millisecond, Inactivity: 10 * time.Minute, NewID: func() string { n++; return fmt.Sprint("urn:uuid:", n) }}
	p.a = NewInitiator[int](c)
	p.a.Open(p.now)
	p.a.Take(p.now, &p.outA)
	d := Judge(&c, &Request{Version: wsrm.RM11, ReplyAnonymous: true, Body: &wsrm.Body{AcksTo: anonymous, Offer: p.outA.Transmit[0].Body.Offer}})
	p.b = NewAcceptor[int](p.now, c, &d)
	p.a.Receive(p.now, &In[int]{Try: p.outA.Transmit[0].Try, Kind: wsrm.CreateSequenceResponse, Body: &d.Body})
	for p.a.Take(p.now, &p.outA) {
	}
	return p
}

// received makes p.rm what a reader makes of the headers h.
func (p *pair) received(h *wsrm.Headers) {
	acks := append(p.rm.Acks[:0], h.First)
	p.rm = *h
	p.rm.Acks = acks
}

// call makes one request-reply through both engines.
func (p *pair) call(reply bool) {
	p.now += 1000
	p.msgs[0] = Msg[int]{M: 1, Size: 1000, Reply: reply}
	p.a.Send(p.now, p.msgs[:], p.nums[:0])
	p.a.Take(p.now, &p.outA)
	t := &p.outA.Transmit[0]
	p.leg++
	wants := Nothing
	if reply {
		wants = Here
	}
	p.received(&t.RM)
	p.in = In[int]{Leg: p.leg, RM: &p.rm, Wants: wants, Size: 1000, M: t.M}
	p.b.Receive(p.now, &p.in)
	try := t.Try
	for p.b.Take(p.now, &p.outB) {
		for i := range p.outB.Deliver {
			if reply {
				p.b.Handled(p.now, p.outB.Deliver[i].N, Replied, 2, 1000)
			} else {
				p.b.Handled(p.now, p.outB.Deliver[i].N, NoReply, 0, 0)
			}
		}
		for i := range p.outB.Finish {
			f := &p.outB.Finish[i]
			p.received(&f.RM)
			kind := wsrm.Application
			if f.What == FinishAck {
				kind = wsrm.SequenceAcknowledgement
			}
			p.in = In[int]{Try: try, Kind: kind, RM: &p.rm, M: f.M}
			p.a.Receive(p.now, &p.in)
		}
	}
	p.a.Deadline()
	p.b.Deadline()
	for p.a.Take(p.now, &p.outA) {
	}
}

// WS-RM says nothing of cost; a session that lives for months does.
func TestNoAllocationPerMessage(t *testing.T) {
	p := newPair()
	for range 1000 {
		p.call(true)
	}
	require.Zero(t, testing.AllocsPerRun(1000, func() { p.call(true); p.call(false) }))
}

// BenchmarkExchange measures both engines together: a message and its answer.
func BenchmarkExchange(b *testing.B) {
	for _, reply := range []bool{true, false} {
		b.Run(map[bool]string{true: "call", false: "one-way"}[reply], func(b *testing.B) {
			p := newPair()
			for range 1000 {
				p.call(reply)
			}
			b.ReportAllocs()
			for b.Loop() {
				p.call(reply)
			}
		})
	}
}

// BenchmarkLongSession reports what a message costs after 10^6 of them, compared with the first ones: the sets of numbers,
// the rings and the maps of a session must not remember its length.
func BenchmarkLongSession(b *testing.B) {
	const long, piece = 1_000_000, 50_000
	var ratio float64
	for b.Loop() {
		p := newPair()
		measure := func() time.Duration {
			begin := time.Now()
			for range piece {
				p.call(true)
			}
			return time.Since(begin)
		}
		measure() // warm
		first := measure()
		for range long - 3*piece {
			p.call(true)
		}
		ratio = float64(measure()) / float64(first)
	}
	b.ReportMetric(ratio, "late/early")
}

package netsim

import (
	"time"

	"github.com/gowsrm/wsrm/rm/internal/engine"
)

// deliver runs a handler.
func (a *acceptor) deliver(d *engine.Deliver[Payload]) {
	s := a.sim
	in := a.number(d.N)
	a.handOver(d, in)
	if s.failure != nil {
		return
	}
	run := s.deliver(d.M)
	a.runs++
	if s.trace != nil {
		s.tracef("server", "delivers %d (#%d)", d.M.Tag, d.N)
	}
	in.runs++
	in.running, in.free = true, false
	a.running++
	if !s.ledger.sent[d.M.Tag].call {
		a.silent++
	}
	n := d.N // d is reused by the next Take
	h := s.plan.handling(d.M.Tag, run, s.elapsed())
	s.after(h.Takes, func() {
		a.input(func() { a.handled(n, in, run, h) })
	})
}

func (a *acceptor) handled(n Number, in *inbound, run int, h Handling) {
	s := a.sim
	m := &s.ledger.sent[in.tag]
	result, p := engine.Replied, Payload{Tag: in.tag, Answer: true, Run: run, Fault: h.Fault}
	switch {
	case h.Release && a.host.sim.plan.Server.AckHandled:
		result, p = engine.Released, Payload{}
		// It counts as never accepted, and is the next one again.
		in.free, in.refused = true, in.received
		a.cursor = min(a.cursor, n-1)
		m.released++
		a.refuse(n, in)
	case h.Mute || !m.call:
		result, p = engine.NoReply, Payload{}
		m.answered = mute
	case h.Fault:
		result = engine.ReplyFault
		m.answered = faulted
	default:
		m.answered = replied
	}
	if s.trace != nil && (h != Handling{}) {
		s.tracef("server", "has handled %d: %s", in.tag, [...]string{"reply", "no reply", "released", "fault"}[result])
	}
	in.running = false
	a.running--
	if !m.call {
		a.silent--
	}
	if result != engine.Released {
		in.handled, in.result = true, p
		s.ledger.handled++
		m.handled = s.ledger.handled
		if a.sim.plan.Server.AckHandled {
			a.acks.may.Add(n)
			a.acks.must.Add(n)
		}
	}
	if a.forgotten {
		return
	}
	a.eng.Handled(s.now, n, result, p, s.plan.sizeOf(in.tag))
}

// store keeps messages, and tells later.
func (a *acceptor) store(batch []engine.Deliver[Payload]) {
	s := a.sim
	if a.stored {
		s.fail(Truth, "a second batch for the store while the first is at work")
		return
	}
	if !s.plan.Server.Store {
		s.fail(Truth, "there is no store")
		return
	}
	a.stored = true
	verdicts := make([]engine.Verdict, len(batch))
	takes := time.Duration(0)
	for k := range batch {
		n := batch[k].N
		in := a.number(n)
		if in.kept || in.known {
			s.fail(Once, "number %d is stored again", n)
			return
		}
		in.stores++
		st := s.plan.storing(uint64(n), in.stores, s.elapsed())
		takes = max(takes, st.Takes)
		verdicts[k] = engine.Verdict{N: n}
		switch {
		case st.Refused:
			verdicts[k].What = engine.StoreRefused
		case st.Known:
			verdicts[k].What = engine.StoreKnown
		}
	}
	s.after(takes, func() {
		a.input(func() { a.verdicts(verdicts) })
	})
}

func (a *acceptor) verdicts(v []engine.Verdict) {
	s := a.sim
	a.stored = false
	if a.forgotten {
		return
	}
	for _, v := range v {
		in := a.number(v.N)
		if s.trace != nil {
			s.tracef("server", "store: #%d %s", v.N, [...]string{"kept", "known", "refused"}[v.What])
		}
		switch v.What {
		case engine.StoreRefused:
			in.refused = in.received
			a.refuse(v.N, in)
			continue
		case engine.StoreKnown:
			in.known = true
			delete(a.buffered, v.N)
			if in.tag != 0 {
				m := &s.ledger.sent[in.tag]
				m.delivered++ // by whoever stored it before
				m.answered = mute
			}
		case engine.StoreKept:
			in.kept = true
		}
		if !s.plan.Server.AckHandled || in.known {
			a.acks.may.Add(v.N)
			if in.known {
				a.acks.must.Add(v.N)
			}
		}
	}
	a.eng.Stored(s.now, v)
}

package netsim

import (
	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
)

// message takes a numbered message.
func (ps *peerSession) message(l *leg, m *message) {
	n := m.rm.Sequence.Number
	if c := ps.calls[n]; c != nil {
		ps.repeated(l, m, c)
		return
	}
	unacked := len(ps.replies) - int(ps.acked.Count())
	switch {
	case ps.closed && !ps.how.noFinal:
		ps.fault(l, m, "SequenceClosed")
		return
	case ps.how.nextOnly && n != ps.got.Missing(), ps.how.ownWindow && unacked >= ps.sim.plan.Server.Window:
		ps.answer(l, nil)
		return
	}
	c := &peerCall{m: m}
	if m.kind == wsrm.Application && ps.how.unacked && ps.sim.plan.handling(m.m.Tag, 1, ps.sim.elapsed()).Fault {
		// It fails before it is accepted.
		ps.sim.ledger.sent[m.m.Tag].delivered++
		ps.sim.ledger.sent[m.m.Tag].answered = faulted
		ps.bareFault(l, m, wsrm.Headers{Version: ps.version})
		return
	}
	ps.got.Add(n)
	ps.calls[n] = c
	c.legs = append(c.legs, l)
	if !ps.how.waits {
		ps.run(c)
		return
	}
	for c := ps.calls[ps.turn]; c != nil; c = ps.calls[ps.turn] {
		ps.turn++
		ps.run(c)
	}
}

// repeated answers the repeat of a message that was accepted.
func (ps *peerSession) repeated(l *leg, m *message, c *peerCall) {
	s := ps.sim
	reply := c.reply != nil
	switch {
	case m.kind == wsrm.Application && m.wants == engine.Nothing && ps.how.silent:
		ps.answer(l, nil)
	case m.kind == wsrm.Application && m.wants == engine.Nothing:
		ps.ack(l, m, false)
	case !c.done && ps.how.aloof:
		ps.doubt(m.m.Tag)
		ps.answer(l, nil)
	case !c.done:
		c.legs = append(c.legs, l)
	case ps.how.again == runAgain && m.kind == wsrm.Application:
		s.ledger.sent[m.m.Tag].reran = true
		c.legs = append(c.legs, l)
		c.done = false
		ps.run(c)
	case ps.how.again == nothing:
		ps.doubt(m.m.Tag)
		ps.answer(l, nil)
	case ps.how.again == emptyAck && m.kind == wsrm.Application:
		ps.doubt(m.m.Tag)
		ps.ack(l, m, true)
	case ps.how.again == bareAck && m.kind == wsrm.Application || !reply || ps.acked.Contains(c.k) && c.k != 0:
		if ps.how.again == bareAck || !reply {
			ps.doubt(m.m.Tag)
		}
		ps.ack(l, m, false)
	default:
		c.legs = append(c.legs, l)
		ps.inTurn()
	}
	if s.trace != nil && !l.over {
		s.tracef("server", "holds #%d", l.x.k)
	}
}

// doubt notes that this server does not say again what it said about a message.
func (ps *peerSession) doubt(tag uint64) {
	if tag != 0 {
		ps.sim.ledger.sent[tag].doubtful = true
	}
}

// run hands a message to its handler.
func (ps *peerSession) run(c *peerCall) {
	s, m := ps.sim, c.m
	if m.kind == wsrm.LastMessage {
		ps.finished(c, Handling{}, 0)
		return
	}
	if m.wants == engine.Nothing {
		// Acknowledged at once, by those who do.
		for _, l := range c.legs {
			if ps.how.silent {
				ps.answer(l, nil)
			} else {
				ps.ack(l, m, false)
			}
		}
		c.legs = nil
	}
	c.ran++
	run := c.ran
	if run == 1 {
		s.deliver(m.m)
		if s.trace != nil {
			s.tracef("server", "delivers %d (#%d)", m.m.Tag, m.rm.Sequence.Number)
		}
	}
	h := s.plan.handling(m.m.Tag, run, s.elapsed())
	s.after(h.Takes, func() {
		if s.failure == nil {
			ps.finished(c, h, run)
		}
	})
}

// finished answers a message whose handler is done.
func (ps *peerSession) finished(c *peerCall, h Handling, run int) {
	s, m := ps.sim, c.m
	c.done = true
	if m.kind == wsrm.LastMessage {
		if ps.replyID == "" {
			for _, l := range c.legs {
				if ps.how.silent {
					ps.answer(l, nil)
				} else {
					ps.ack(l, m, false)
				}
			}
			c.legs = nil
			return
		}
		c.reply = &message{kind: wsrm.LastMessage}
		c.reply.rm.Sequence.Last = true
	} else {
		e := &s.ledger.sent[m.m.Tag]
		switch {
		case m.wants == engine.Nothing:
			e.answered = mute
			return
		case h.Fault && ps.how.bare:
			e.answered = faulted
			for _, l := range c.legs {
				ps.bareFault(l, m, ps.headers(false, false))
			}
			c.legs = nil
			return
		case h.Fault:
			e.answered = faulted
		default:
			e.answered = replied
		}
		c.reply = &message{m: Payload{Tag: m.m.Tag, Answer: true, Run: run, Fault: h.Fault}, relatesTo: m.id, size: 100}
	}
	if ps.replyID != "" {
		ps.replies = append(ps.replies, c)
		c.k = Number(len(ps.replies))
	}
	ps.inTurn()
}

func (ps *peerSession) bareFault(l *leg, m *message, h wsrm.Headers) {
	ps.answer(l, &message{kind: wsrm.Fault, rm: h, fault: &wsrm.FaultInfo{Sender: true}, m: Payload{Tag: m.m.Tag, Answer: true, Fault: true}, relatesTo: m.id})
}

// inTurn sends the replies that may go out, on all legs of their calls.
func (ps *peerSession) inTurn() {
	for n := Number(1); n <= ps.got.Max(); n++ {
		c := ps.calls[n]
		if c == nil || c.reply == nil || !c.done || len(c.legs) == 0 || ps.how.inTurn && c.k > ps.acked.Missing() {
			continue
		}
		legs := c.legs
		c.legs = nil
		for _, l := range legs {
			ps.reply(l, c)
		}
	}
}

func (ps *peerSession) reply(l *leg, c *peerCall) {
	m := *c.reply
	m.rm = ps.headers(false, ps.closed)
	if c.k != 0 {
		m.rm.Sequence = wsrm.Sequence{Identifier: ps.replyID, Number: c.k, Last: c.reply.kind == wsrm.LastMessage}
	} else if m.m.Fault {
		m.kind, m.fault = wsrm.Fault, &wsrm.FaultInfo{Sender: true}
	}
	if ps.how.rude && c.k != 0 && m.kind == wsrm.Application {
		if ps.last != nil && ps.acked.Contains(ps.last.rm.Sequence.Number) && c.ran == 1 && mix(uint64(c.k))%4 == 0 {
			// Once: the repeat gets the right reply.
			c.ran++
			ps.doubt(c.m.m.Tag)
			wrong := *ps.last
			wrong.rm.First = m.rm.First
			m = wrong
		} else {
			ps.last = &m
		}
	}
	ps.answer(l, &m)
}

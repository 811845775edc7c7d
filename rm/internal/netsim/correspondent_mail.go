package netsim

import (
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
)

// request takes what the server sends to an address of this client.
func (c *correspondent) request(l *leg, m *message) {
	s := c.sim
	if c.gone {
		s.end(l)
		s.outcome(l.x, engine.Failed, "nobody is there")
		return
	}
	if s.trace != nil {
		s.tracef("client", "<- #%d %v", l.x.k, m)
	}
	known := c.offer != "" && m.rm.Sequence.Identifier == c.offer || m.relatesTo != "" || m.rm.First.Identifier == c.id && c.id != ""
	switch {
	case c.over && l.id%3 == 0 && m.kind != wsrm.Fault:
		// It has forgotten the session.
		s.finish(l, &message{kind: wsrm.Fault, rm: wsrm.Headers{Version: c.version}, relatesTo: m.id, fault: &wsrm.FaultInfo{RM: c.version,
			Code: wsrm.CodeUnknownSequence, Sender: true, Identifier: m.sequence()}})
		return
	case c.over:
		s.finish(l, nil)
		return
	case m.kind == wsrm.Fault && m.fault.RM != 0:
		s.finish(l, nil)
		c.unreadable(m, m)
		return
	case m.kind == wsrm.Application && l.id%8 == 5 && s.plan.stormy(s.elapsed()):
		s.finish(l, nil) // CXF loses one now and then
		return
	case !known:
		s.finish(l, nil)
		s.fail(Wire, "what is this client to do with %v", m)
		return
	}
	p := c.about(m)
	c.read(m, p)
	if c.owes && l.id%4 == 0 {
		s.finish(l, &message{kind: wsrm.SequenceAcknowledgement, rm: c.headers(false)})
	} else {
		s.finish(l, nil)
	}
	if m.rm.Ask != "" && c.owes {
		c.acknowledge()
	}
	c.feed()
}

// about returns the message that m answers.
func (c *correspondent) about(m *message) *paper {
	for _, p := range c.papers {
		if p.id != "" && p.id == m.relatesTo || p.tag == 0 && m.kind == wsrm.LastMessage {
			return p
		}
	}
	return nil
}

// read takes a message of the server: on the leg of p, or in answer to it.
func (c *correspondent) read(m *message, p *paper) {
	s := c.sim
	c.acks(m)
	switch m.kind {
	case wsrm.Application, wsrm.LastMessage, wsrm.Fault:
		if q := &m.rm.Sequence; q.Identifier != "" {
			c.replied(q.Number, m.m.Tag)
		}
		if p == nil || p.done {
			return
		}
		what := engine.Answered
		switch {
		case m.kind == wsrm.LastMessage:
			what = engine.Acked
		case m.kind == wsrm.Fault:
			what = engine.Faulted
		}
		c.conclude(p, what, m.m)
	case wsrm.CloseSequenceResponse, wsrm.TerminateSequenceResponse, wsrm.TerminateSequence:
		c.finished(m)
	case wsrm.SequenceAcknowledgement:
		if m.rm.First.Identifier == "" {
			s.fail(Wire, "an acknowledgement without an acknowledgement")
		}
	default:
		s.fail(Wire, "what is this client to do with %v", m)
	}
}

func (c *correspondent) replied(k Number, tag uint64) {
	if before := c.answerTo[k]; before != 0 && before != tag {
		c.sim.fail(Integrity, "reply number %d answers message %d, and answered %d", k, tag, before)
	}
	c.answerTo[k] = tag
	c.replies.Add(k)
	c.owes = true
	wait := 200 * time.Millisecond
	if k%3 == 0 {
		wait = 4 * time.Second // a message may carry it before
	}
	c.sim.after(wait, func() {
		if c.owes && !c.over {
			c.acknowledge()
		}
	})
}

// acknowledge says what replies have come.
func (c *correspondent) acknowledge() {
	c.sim.send(&message{kind: wsrm.SequenceAcknowledgement, rm: c.headers(false)}, func(engine.Outcome, *message) {})
}

func (c *correspondent) acks(m *message) {
	a, ok := m.ackOf(c.id)
	if !ok {
		return
	}
	if top := a.Ranges.Max(); top > Number(len(c.papers)) {
		c.sim.fail(Truth, "number %d is acknowledged and was not sent", top)
		return
	}
	if a.Final && c.ending == 0 {
		c.sim.fail(Wire, "a final acknowledgement before the end")
		return
	}
	for r := range a.Ranges.All() {
		c.acked.AddRange(r)
	}
	for _, p := range c.papers {
		last := p.tag == 0 && (c.where.quiet || c.offer == "")
		if !p.done && c.acked.Contains(p.n) && (last || p.tag != 0 && (!p.call || c.sim.ledger.sent[p.tag].answered == mute)) {
			what := engine.Acked
			if p.call {
				what = engine.Unanswered
			}
			c.conclude(p, what, Payload{})
		}
	}
}

// end begins to end the sequence: with CloseSequence, or with a LastMessage of its own.
func (c *correspondent) end() {
	c.last = Number(len(c.papers))
	if c.version == wsrm.RM11 {
		c.insist(wsrm.CloseSequence)
		return
	}
	c.last++
	p := &paper{n: c.last, id: c.sim.newID("c")()}
	c.papers = append(c.papers, p)
	c.transmit(p)
}

// insist sends CloseSequence or TerminateSequence.
func (c *correspondent) insist(kind wsrm.Kind) {
	c.ending, c.endID = kind, c.sim.newID("c")()
	c.sendEnd(c.endID)
}

// sendEnd sends it until it is answered.
func (c *correspondent) sendEnd(id string) {
	s := c.sim
	if c.over || c.endID != id || s.failure != nil {
		return
	}
	m := &message{kind: c.ending, rm: c.headers(true), body: wsrm.Body{Identifier: c.id}, id: id}
	if c.version == wsrm.RM11 {
		m.body.LastMsgNumber = c.last
		c.address(m)
	} else {
		c.addressLast(m)
	}
	s.send(m, func(o engine.Outcome, answer *message) {
		switch {
		case c.over || c.endID != id || s.failure != nil:
			return
		case answer != nil && answer.kind == wsrm.Fault && m.kind == wsrm.TerminateSequence && answer.fault.Code == wsrm.CodeUnknownSequence:
			c.over = true
			return
		case answer != nil && answer.kind == wsrm.Fault:
			c.unreadable(m, answer)
			return
		case answer != nil:
			c.read(answer, nil)
			return
		case o == engine.Empty && c.version == wsrm.RM10 && (c.where.quiet || c.offer == ""):
			c.over = true // one-way
			return
		}
		s.after(3*time.Second, func() { c.sendEnd(id) })
	})
}

// finished reads the answer to CloseSequence or TerminateSequence.
func (c *correspondent) finished(m *message) {
	want := wsrm.CloseSequenceResponse
	switch {
	case c.ending == wsrm.TerminateSequence && c.version == wsrm.RM11:
		want = wsrm.TerminateSequenceResponse
	case c.ending == wsrm.TerminateSequence:
		want = wsrm.TerminateSequence
	}
	if m.kind != want || c.version == wsrm.RM11 && m.relatesTo != c.endID {
		if m.kind != wsrm.CloseSequenceResponse || c.ending != wsrm.TerminateSequence { // it came twice
			c.unreadable(m, m)
		}
		return
	}
	a, ok := m.ackOf(c.id)
	if !ok || a.Ranges.Count() != uint64(c.last) || a.Ranges.Len() > 1 || c.version == wsrm.RM11 && !a.Final {
		c.unreadable(m, m)
		return
	}
	if c.ending == wsrm.CloseSequence {
		c.insist(wsrm.TerminateSequence)
		return
	}
	c.over = true
}

// check judges what is left at the end of the run.
func (c *correspondent) check() {
	if !c.gaveUp && !c.killed {
		c.sim.checkClient(c.over)
	}
}

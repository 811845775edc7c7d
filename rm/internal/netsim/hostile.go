package netsim

import (
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
	"github.com/gowsrm/wsrm/window"
)

// hostile is a client that says whatever its seed makes it say, on one session. All that is asked of the server is that
// it keeps its own invariants, and ends.
type hostile struct {
	sim     *sim
	chance  chance
	version wsrm.Version
	id      string
	offer   string
	left    int
	next    Number
	tags    map[Number]uint64
	over    bool
}

func newHostile(s *sim) *hostile {
	s.rude = true
	h := &hostile{sim: s, chance: chance(s.plan.Client.Random).about("hostile"), version: s.plan.Client.Version, left: 3 * len(s.plan.Messages), next: 1, tags: map[Number]uint64{}}
	if h.version == 0 {
		h.version = wsrm.RM11
	}
	s.ledger.sent = append(s.ledger.sent, sent{})
	return h
}

func (h *hostile) begin() {
	m := &message{kind: wsrm.CreateSequence, rm: wsrm.Headers{Version: h.version}, id: h.sim.newID("c")()}
	if h.sim.plan.Client.Offer {
		h.offer = h.sim.newID("c")()
		m.body.Offer = &wsrm.Offer{Identifier: h.offer}
	}
	h.sim.send(m, func(_ engine.Outcome, answer *message) {
		switch {
		case answer == nil:
			h.begin()
		case answer.kind != wsrm.CreateSequenceResponse:
			h.over = true
		case h.id == "":
			h.id = answer.body.Identifier
			h.act()
		}
	})
}

func (h *hostile) step(Step)   { h.over = true }
func (h *hostile) feed()       {}
func (h *hostile) ended() bool { return h.over }
func (h *hostile) check()      {}

// act sends one message, and goes on after a while.
func (h *hostile) act() {
	if h.left--; h.left < 0 || h.over || h.sim.failure != nil {
		h.over = true
		return
	}
	m := h.draw()
	h.sim.send(m, func(_ engine.Outcome, answer *message) {
		if h.sim.trace != nil && answer != nil {
			h.sim.tracef("client", "<- %v", answer)
		}
	})
	h.sim.after(one(&h.chance, 0, 0, time.Millisecond, 10*time.Millisecond, time.Second, 5*time.Second), h.act)
}

// draw makes up a message.
func (h *hostile) draw() *message {
	c := &h.chance
	m := &message{rm: wsrm.Headers{Version: h.version}, size: 100, id: h.sim.newID("c")()}
	id := h.id
	if c.yes(0.02) {
		id = h.offer
	}
	switch k := c.below(100); {
	case k < 70:
		h.number(m, id)
	case k < 80:
		m.kind, m.rm.Ask = wsrm.AckRequested, id
	case k < 85:
		m.kind = wsrm.SequenceAcknowledgement
		m.rm.First = h.ack()
	case k < 86 && h.version == wsrm.RM11:
		m.kind, m.body.Identifier = wsrm.CloseSequence, id
		m.body.LastMsgNumber = one(c, 0, h.next-1, 1, h.next+5, window.MaxNumber)
	case k < 87 && h.left < 20:
		m.kind, m.body.Identifier = wsrm.TerminateSequence, id
		m.body.LastMsgNumber = one(c, 0, h.next-1, 2)
	case k < 88:
		m.kind, m.body.Identifier = one(c, wsrm.CreateSequenceResponse, wsrm.CloseSequenceResponse, wsrm.TerminateSequenceResponse), id
	case k < 89 && h.left < 10:
		m.kind, m.fault = wsrm.Fault, &wsrm.FaultInfo{RM: h.version, Code: "SequenceTerminated", Identifier: id}
	case k < 91:
		m.kind, m.fault = wsrm.Fault, &wsrm.FaultInfo{Identifier: id}
	default:
		h.number(m, id)
		if c.yes(0.5) {
			m.rm.First = h.ack()
		}
	}
	return m
}

// number makes m a numbered message: mostly one that makes sense.
func (h *hostile) number(m *message, id string) {
	c := &h.chance
	n := h.next
	switch w := Number(4 * h.sim.plan.Server.Window); c.below(20) {
	case 0, 1:
		n = Number(c.below(int(h.next))) + 1 // once more
	case 2, 3:
		n = max(h.next-1, 1)
	case 4, 5, 6:
		n = h.next + Number(c.below(int(w)))
	case 7:
		n = h.next + w + Number(c.below(1000))
	case 8:
		n = one(c, window.MaxNumber, window.MaxNumber-1, 1<<32)
	default:
		h.next++
	}
	m.rm.Sequence = wsrm.Sequence{Identifier: id, Number: n}
	if c.yes(0.01) {
		m.kind, m.rm.Sequence.Last = wsrm.LastMessage, true
		return
	}
	tag := h.tags[n]
	if tag == 0 {
		l := &h.sim.ledger
		tag = uint64(len(l.sent))
		l.sent = append(l.sent, sent{call: c.yes(0.5)})
		h.tags[n] = tag
	}
	m.m.Tag, m.size = tag, h.sim.plan.sizeOf(tag)
	m.rm.Sequence.Last = c.yes(0.003)
	if h.sim.ledger.sent[tag].call {
		m.wants = engine.Here
	}
}

// ack makes up an acknowledgement of replies: rarely of what was never sent.
func (h *hostile) ack() wsrm.Acknowledgement {
	c := &h.chance
	var r window.Ranges
	for _, a := range h.sim.host.all {
		for k := Number(1); k <= Number(len(a.replies)); k++ {
			if c.yes(0.6) {
				r.Add(k)
			}
		}
	}
	if c.yes(0.01) {
		r.Add(one(c, 1000, window.MaxNumber))
	}
	return oneAck(h.offer, &r, c.yes(0.02), one(c, -1, 0, 5))
}

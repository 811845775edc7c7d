package netsim

import (
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
)

// host is a server whose sessions are engines.
type host struct {
	sim      *sim
	sessions map[string]*acceptor // by both identifiers
	creates  map[string]*acceptor // by MessageID and by offered identifier
	all      []*acceptor
	asleep   Time
	alone    bool // it was restarted: what it knew is gone
	killed   bool // its sessions were aborted
}

func newHost(s *sim) *host {
	return &host{sim: s, sessions: map[string]*acceptor{}, creates: map[string]*acceptor{}}
}

func (h *host) config() engine.Config {
	c := &h.sim.plan.Server
	maxBytes := c.MaxBytes
	if maxBytes == 0 {
		maxBytes = -1
	}
	return engine.Config{
		Version: c.Version, NewID: h.sim.newID("b"), Window: c.Window, MaxRetries: hostRetries, MaxBytes: maxBytes,
		Concurrency: c.Concurrency, Ordered: c.Ordered, AckHandled: c.AckHandled, Store: c.Store,
		AckDelay: 200 * time.Millisecond, Inactivity: c.Inactivity, Mutant: c.Mutant,
	}
}

func (h *host) request(l *leg, m *message) {
	s := h.sim
	if h.asleep > s.now {
		s.at(h.asleep, func() { h.request(l, m) })
		return
	}
	if l.over || s.failure != nil {
		return
	}
	if m.kind == wsrm.CreateSequence {
		h.create(l, m)
		return
	}
	if a := h.sessions[m.sequence()]; a != nil {
		a.receive(l, m)
		return
	}
	if m.kind == wsrm.Fault || m.kind == wsrm.SequenceAcknowledgement {
		s.finish(l, nil) // never a fault in answer to these
		return
	}
	s.finish(l, h.fault(m, &wsrm.FaultInfo{RM: m.rm.Version, Code: "UnknownSequence", Sender: true, Identifier: m.sequence()}))
}

func (h *host) fault(m *message, f *wsrm.FaultInfo) *message {
	return &message{kind: wsrm.Fault, rm: wsrm.Headers{Version: m.rm.Version}, fault: f, relatesTo: m.id}
}

func (h *host) create(l *leg, m *message) {
	s := h.sim
	offer := ""
	if m.body.Offer != nil {
		offer = m.body.Offer.Identifier
	}
	a := h.creates[m.id]
	if a == nil && offer != "" {
		a = h.creates[offer]
	}
	if a == nil {
		if v := s.plan.Server.Version; v != 0 && v != m.rm.Version {
			s.finish(l, h.fault(m, &wsrm.FaultInfo{Code: "ActionNotSupported", Sender: true}))
			return
		}
		c := h.config()
		in := m.in(&wsrm.Headers{})
		d := engine.Judge(&c, &engine.Request{
			Version: m.rm.Version, Body: in.Body, RM: in.RM, To: address, ReplyAnonymous: true,
		})
		if d.Fault != nil {
			s.finish(l, h.fault(m, d.Fault))
			return
		}
		d.AcksTo = m.replyTo
		a = newAcceptor(h, c, &d, m.rm.Version)
		h.all = append(h.all, a)
		h.creates[m.id], h.sessions[d.ID] = a, a
		if d.ReplyID != "" {
			h.creates[offer], h.sessions[d.ReplyID] = a, a
		}
	}
	answer := &message{kind: wsrm.CreateSequenceResponse, rm: wsrm.Headers{Version: m.rm.Version}, body: a.decision.Body, relatesTo: m.id}
	if m.wants == engine.Elsewhere {
		s.finish(l, nil)
		s.post(answer, func(engine.Outcome, *message) {})
		return
	}
	s.finish(l, answer)
}

func (h *host) step(st Step) {
	switch st.What {
	case "suspend":
		h.asleep = h.sim.now.Add(st.For)
		for _, a := range h.all {
			a.suspend(st.For)
		}
	case "abort":
		h.killed = true
		for _, a := range h.all {
			if a.end == nil {
				a.aborted = true
				a.input(func() { a.eng.Abort(h.sim.now, "") })
			}
		}
	case "restart":
		for _, a := range h.all {
			a.forget()
		}
		clear(h.sessions)
		clear(h.creates)
		h.alone = true
	}
}

// ended reports whether every session is over.
func (h *host) ended() bool {
	for _, a := range h.all {
		if a.end == nil && !a.forgotten {
			return false
		}
	}
	return true
}

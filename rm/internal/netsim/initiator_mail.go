package netsim

import (
	"fmt"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
)

// What an engine's session with an address of its own is sent there.

func callID(tag uint64) string { return fmt.Sprintf("urn:call-%d", tag) }

// address sets where the answer to m goes, as the session of rm does.
func (i *initiator) address(m *message, tag uint64) {
	if !i.sim.plan.Client.Addressed {
		return
	}
	switch {
	case m.kind == wsrm.Application && m.wants == engine.Here:
		m.id = callID(tag)
		fallthrough
	case m.kind == wsrm.CreateSequence || m.kind == wsrm.CloseSequence || m.kind == wsrm.TerminateSequence:
		m.wants, m.replyTo = engine.Elsewhere, 1
	}
}

// request takes what comes to the session's address.
func (i *initiator) request(l *leg, m *message) {
	s := i.sim
	if i.off {
		s.end(l)
		s.outcome(l.x, engine.Failed, "nobody is there")
		return
	}
	l.lost = func() {
		s.end(l)
		delete(i.legs, l.id)
	}
	i.legs[l.id] = l
	i.input(func() {
		if l.over || i.end != nil {
			if delete(i.legs, l.id); !l.over {
				s.finish(l, nil)
			}
			return
		}
		s.messages++
		if s.trace != nil {
			s.tracef("client", "<- #%d %v", l.x.k, m)
		}
		i.heard = s.now
		if m.kind == wsrm.Fault {
			i.told = m.fault
		}
		i.incoming(m)
		in := m.in(&i.rm)
		in.Leg = l.id
		if !i.eng.Receive(s.now, in) {
			delete(i.legs, l.id)
			s.finish(l, nil)
			if !i.waiting {
				s.fail(Quiet, "Receive of the client says that the session has ended")
			}
		}
	})
}

// finish ends a leg at the session's address.
func (i *initiator) finish(f *engine.Finish[Payload]) {
	s := i.sim
	l := i.legs[f.Leg]
	if l == nil {
		if !s.drowsy {
			s.fail(Legs, "leg %d of the client is finished and is not open", f.Leg)
		}
		return
	}
	delete(i.legs, f.Leg)
	switch f.What {
	case engine.FinishEmpty:
		s.finish(l, nil)
	case engine.FinishAck:
		s.finish(l, &message{kind: wsrm.SequenceAcknowledgement, rm: f.RM, relatesTo: f.RelatesTo})
	case engine.FinishBody:
		s.finish(l, &message{kind: f.Kind, rm: f.RM, body: f.Body, relatesTo: f.RelatesTo})
	default:
		s.fail(Wire, "the client answers %v with a reply or a fault", l.x.m)
	}
}

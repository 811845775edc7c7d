package netsim

import (
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
)

// postTime is how long an exchange with an address of the client may take.
const postTime = time.Minute

// hostRetries is Config.MaxRetries of a server's sessions.
const hostRetries = 8

// transmit begins an exchange with an address of the client.
func (a *acceptor) transmit(t *engine.Transmit[Payload], last bool) {
	s := a.sim
	s.messages++
	m := &message{kind: t.Kind, rm: t.RM, body: t.Body, fault: t.Fault, id: t.MessageID, relatesTo: t.RelatesTo, size: 100, m: t.M}
	m.rm.Version = a.version
	if m.kind == wsrm.Application {
		m.size = s.plan.sizeOf(t.M.Tag)
	}
	if t.Kind == wsrm.Fault {
		if !last {
			s.fail(Wire, "a fault goes out while the session lives")
			return
		}
		s.post(m, func(engine.Outcome, *message) {})
		return
	}
	in := a.toAddress(t, m)
	if s.failure != nil {
		return
	}
	try := t.Try
	if a.posts[try] != nil || try == 0 {
		s.fail(Integrity, "try %d is used twice", try)
		return
	}
	x := s.post(m, func(o engine.Outcome, answer *message) {
		a.input(func() { a.posted(try, in, o, answer) })
	})
	a.posts[try] = x
	s.after(postTime, func() { s.outcome(x, engine.Failed, "takes too long") })
}

// toAddress judges what goes to an address of the client. It returns the request that it is the reply to, nil if it is none.
func (a *acceptor) toAddress(t *engine.Transmit[Payload], m *message) *inbound {
	s := a.sim
	if m.rm.First.Identifier != "" {
		if a.decision.AcksTo != 0 && t.To != a.decision.AcksTo && (t.Kind == wsrm.Application || t.Kind == wsrm.LastMessage) {
			s.fail(Wire, "%v acknowledges at an address that is not that of AcksTo", m)
			return nil
		}
		a.acknowledgement(&m.rm.First)
	}
	switch t.Kind {
	case wsrm.SequenceAcknowledgement:
		if m.rm.First.Identifier == "" || t.To != a.decision.AcksTo || t.To == 0 {
			s.fail(Wire, "an acknowledgement to address %d: %v", t.To, m)
		}
		return nil
	case wsrm.CloseSequenceResponse, wsrm.TerminateSequenceResponse, wsrm.TerminateSequence:
		if t.To == 0 || m.rm.First.Identifier == "" {
			s.fail(Wire, "to address %d: %v", t.To, m)
		}
		return nil
	case wsrm.Application, wsrm.LastMessage:
	default:
		s.fail(Wire, "to an address: %v", m)
		return nil
	}
	n := t.N
	in := a.number(n)
	switch {
	case t.To == 0 || in.replyTo != 0 && t.To != in.replyTo:
		s.fail(Integrity, "the reply to number %d goes to address %d instead of %d", n, t.To, in.replyTo)
	case t.Kind == wsrm.Application && (!in.handled || t.M != in.result):
		s.fail(Integrity, "number %d gets the reply %+v", n, t.M)
	case t.Kind == wsrm.Application && t.RelatesTo != in.id:
		s.fail(Wire, "the reply to %s relates to %q", in.id, t.RelatesTo)
	case t.MessageID == "":
		s.fail(Wire, "%v has no MessageID", m)
	case (m.rm.Sequence.Identifier != "") != (a.decision.ReplyID != ""):
		s.fail(Wire, "the reply to number %d is in sequence %q", n, m.rm.Sequence.Identifier)
	case in.posting:
		s.fail(Patience, "a second exchange of the reply to number %d", n)
	case in.failed > hostRetries:
		s.fail(Attempts, "the reply to number %d goes out after %d failures", n, in.failed)
	case t.Attempt != in.posted+1:
		s.fail(Attempts, "transmission %d of the reply to number %d counts as %d", in.posted+1, n, t.Attempt)
	}
	if q := &m.rm.Sequence; q.Identifier != "" && s.failure == nil {
		a.replyNumber(&held{n: n, kind: t.Kind, leg: &leg{}}, in, q)
	}
	in.posted++
	in.posting = true
	return in
}

// posted brings the engine what came of an exchange.
func (a *acceptor) posted(t engine.Try, in *inbound, o engine.Outcome, answer *message) {
	s := a.sim
	x := a.posts[t]
	if x == nil || a.forgotten {
		return
	}
	delete(a.posts, t)
	a.rests = s.now
	if in != nil {
		in.posting, in.rests = false, s.now
		if in.failed++; answer != nil || o == engine.Empty {
			in.failed = 0
		}
		a.weary = a.weary || in.failed > hostRetries
	}
	if answer == nil {
		a.eng.Tried(s.now, t, o)
		return
	}
	s.messages++
	if a.end == nil {
		a.heard = s.now
		a.told = a.told || answer.kind == wsrm.Fault
	}
	e := answer.in(&a.rm)
	e.Try = t
	if ok := a.eng.Receive(s.now, e); ok == (a.end != nil) && !a.waiting {
		s.fail(Quiet, "Receive of the server says %v", ok)
	}
}

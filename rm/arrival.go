package rm

import (
	"slices"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
	"github.com/gowsrm/wsrm/soap"
)

// What a peer sends to the Address of the Server that Options.ReplyTo names: replies, acknowledgements and all other
// answers to sessions that were opened here.

// arrive brings a request that is for such a session to it, and returns the response. False: it is for nobody of these.
func (srv *Server) arrive(env *soap.Envelope, b *inbound) (*soap.Envelope, bool, *problem) {
	id := b.identifier()
	relates := env.RelatesTo
	if b.rm.Sequence.Identifier != "" {
		relates = "" // it belongs to a sequence, ours or one that the peer has opened
	}
	if b.in.Kind == wsrm.CreateSequenceResponse {
		id = "" // of a sequence that nobody knows yet
	}
	s, late := srv.mail.of(id, relates)
	switch {
	case late:
		return nil, true, nil // our side of the session has said all it had to say
	case s == nil:
		srv.spread(b)
		return nil, false, nil
	case b.in.Kind == wsrm.Application && env.RelatesTo == "":
		// The answer to nothing: the peer wants something of us, and over this session nobody serves it.
		return nil, true, &problem{fault: soap.AddressingFault("ActionNotSupported", "", env.Action)}
	case b.in.Kind != wsrm.Application && env.MessageID != "" && env.ReplyTo.Anonymous():
		b.in.Wants = engine.Here
	case b.in.Kind != wsrm.Application && env.MessageID != "" && !env.ReplyTo.None():
		b.in.Wants = engine.Elsewhere
	default:
		b.in.Wants = engine.Nothing
	}
	b.in.RelatesTo = env.RelatesTo
	l := leg{request: env}
	s.arrive(b, &l)
	return l.answer, true, nil
}

// arrive gives the engine a message of the peer; l, if there is one, is finished with it.
func (s *Session) arrive(b *inbound, l *leg) {
	s.mu.Lock()
	defer s.release()
	now := clock()
	s.ini.arriving = l
	if l != nil {
		b.in.Leg = 1
	}
	if v := b.rm.Version; v == 0 || v == s.version || s.id == "" {
		s.engine.Receive(now, &b.in)
	}
	s.take(now)
	s.ini.arriving = nil
}

// expect has the answer to a lifecycle message brought to s. s.mu is held.
func (i *initiator) expect(s *Session, t *engine.Transmit[letter]) {
	if i.mail != nil && t.MessageID != "" && !slices.Contains(i.posted, t.MessageID) && i.mail.expect(t.MessageID, s) {
		i.posted = append(i.posted, t.MessageID)
	}
}

// spread brings acknowledgements that ride on a message of another session to whom they are for: a peer may open a
// sequence of its own for its replies.
func (srv *Server) spread(b *inbound) {
	for k := range b.rm.Acks {
		s, _ := srv.mail.of(b.rm.Acks[k].Identifier, "")
		if s == nil {
			continue
		}
		var ack inbound
		ack.rm = wsrm.Headers{Version: b.rm.Version, Acks: b.rm.Acks[k : k+1]}
		ack.in = engine.In[letter]{Kind: wsrm.SequenceAcknowledgement, RM: &ack.rm}
		s.arrive(&ack, nil)
	}
}

// answers gives a message that relates to another one to the session that waits for it, if one does, in place of the
// handler. True also if none does, where this server takes answers: it came too late or comes again.
func (srv *Server) answers(env *soap.Envelope) bool {
	if !srv.isAnswer(env) {
		return false
	}
	if s, _ := srv.mail.of("", env.RelatesTo); s != nil {
		var b inbound
		b.in = engine.In[letter]{Kind: wsrm.Application, RM: &b.rm, RelatesTo: env.RelatesTo, M: letter{env: env}}
		s.arrive(&b, nil)
	}
	return true
}

// isAnswer reports whether a message is none for the handler: see answers.
func (srv *Server) isAnswer(env *soap.Envelope) bool {
	return env.RelatesTo != "" && srv.mail.used.Load()
}

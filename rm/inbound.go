package rm

import (
	"encoding/xml"
	"sync"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
	"github.com/gowsrm/wsrm/soap"
)

// inbound is a message that was received, on its way to the engine.
type inbound struct {
	in engine.In[letter]
	rm wsrm.Headers
}

var inbounds = sync.Pool{New: func() any { return new(inbound) }}

func (b *inbound) release() {
	*b = inbound{}
	inbounds.Put(b)
}

// read finds out what env is and what the engine has to know of it. A problem means that it must not be processed,
// and nothing of it be acknowledged.
func (b *inbound) read(env *soap.Envelope, set *settings) *problem {
	if names := notUnderstood(env, set); names != nil {
		return &problem{fault: soap.NotUnderstood(names...)}
	}
	return b.parse(env)
}

// readAnswer is read for what answers a message of ours. A reply is taken whatever its header blocks are: its caller is told that they
// are not understood, and repeating the message would bring nothing else.
func (b *inbound) readAnswer(env *soap.Envelope, set *settings) *problem {
	if p := b.parse(env); p != nil || b.in.Kind == wsrm.Application {
		return p
	}
	if names := notUnderstood(env, set); names != nil {
		return &problem{fault: soap.NotUnderstood(names...)}
	}
	return nil
}

// parse is read without a look at what must be understood.
func (b *inbound) parse(env *soap.Envelope) *problem {
	if err := wsrm.ParseHeaders(env, &b.rm); err != nil {
		return problemOf(err)
	}
	in := &b.in
	in.RM = &b.rm
	in.Kind = wsrm.Classify(env)
	in.MessageID = env.MessageID
	in.M.env = env
	switch in.Kind {
	case wsrm.Application:
		in.Size = env.Size()
		if env.MessageID != "" && !env.ReplyTo.None() {
			in.Wants = engine.Here
		}
		switch {
		case env.MessageID == "" || env.FaultTo == nil:
		case env.FaultTo.None():
			in.Faults = engine.None
		case env.FaultTo.Anonymous():
			in.Faults = engine.Here
		}
	case wsrm.LastMessage:
		if env.ReplyTo.None() {
			in.Wants = engine.None // CXF: its client reads no acknowledgement on a LastMessage
		} else if env.ReplyTo != nil && env.ReplyTo.Anonymous() {
			in.Wants = engine.Here
		}
	case wsrm.Fault:
		in.Fault, _ = wsrm.FaultOf(env)
		if b.rm.Version == 0 && in.Fault != nil {
			b.rm.Version = in.Fault.RM
		}
	case wsrm.SequenceAcknowledgement, wsrm.AckRequested:
	default:
		body, err := wsrm.ParseBody(env, in.Kind)
		if err != nil {
			return problemOf(err)
		}
		in.Body = body
		switch {
		case env.ReplyTo == nil: // where it matters, the session knows better
		case env.ReplyTo.None():
			in.Wants = engine.None
		case env.ReplyTo.Anonymous():
			in.Wants = engine.Here
		}
	}
	return nil
}

// identifier returns the sequence that the message is about, "" for none.
func (b *inbound) identifier() string {
	switch {
	case b.rm.Sequence.Identifier != "":
		return b.rm.Sequence.Identifier
	case b.in.Kind == wsrm.Application:
		return "" // its body belongs to no sequence, whatever rides on it
	case b.in.Body != nil && b.in.Body.Identifier != "":
		return b.in.Body.Identifier
	case b.in.Fault != nil:
		return b.in.Fault.Identifier
	case len(b.rm.AckRequested) > 0:
		return b.rm.AckRequested[0]
	case len(b.rm.Acks) > 0:
		return b.rm.Acks[0].Identifier
	}
	return ""
}

// notUnderstood returns the names of the header blocks that are for us, have to be understood, and are not.
//
// SOAP 1.2, 2.4; SOAP 1.1, 4.2.3
func notUnderstood(env *soap.Envelope, set *settings) []xml.Name {
	var names []xml.Name
	for h := range env.Headers() {
		if !h.MustUnderstand || !h.ForUs() || known(h.Name, env.Addressing) {
			continue
		}
		if set.Understood == nil || !set.Understood(h.Name) {
			names = append(names, h.Name)
		}
	}
	return names
}

// known reports whether the session itself understands header blocks of that name.
func known(n xml.Name, a soap.Addressing) bool {
	switch n.Space {
	case a.Namespace():
		switch n.Local {
		case "Action", "MessageID", "To", "RelatesTo", "ReplyTo", "FaultTo", "From", "FaultDetail":
			return true
		}
	case wsrm.RM10.Namespace():
		switch n.Local {
		case "Sequence", "SequenceAcknowledgement", "AckRequested", "SequenceFault":
			return true
		}
	case wsrm.RM11.Namespace():
		switch n.Local {
		case "Sequence", "SequenceAcknowledgement", "AckRequested", "SequenceFault", "UsesSequenceSTR", "UsesSequenceSSL":
			return true
		}
	}
	return false
}

// elsewhere reports whether a request wants its answer at another address than where it came from, but for a fault.
func elsewhere(env *soap.Envelope, k wsrm.Kind) bool {
	return env.MessageID != "" && k != wsrm.Fault && !env.ReplyTo.Anonymous() && !env.ReplyTo.None()
}

// blames reports whether a request wants a fault at an address that it names for faults.
func blames(env *soap.Envelope, k wsrm.Kind) bool {
	return env.MessageID != "" && k != wsrm.Fault && env.FaultTo != nil && addressed(env.FaultTo)
}

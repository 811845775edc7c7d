package rm

import (
	"context"
	"errors"
	"fmt"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
	"github.com/gowsrm/wsrm/soap"
)

// The application's part of a message, its own header blocks and its body, was encoded once and is shared by all
// attempts. Each attempt gets an envelope of its own around it, with the protocol's headers as they are then.

var anonymous = &soap.EndpointReference{} // is written as the anonymous address of the version in use

var none = &soap.EndpointReference{Address: soap.WSA10.Namespace() + "/none"} // 2004/08 has no such address

// compose makes the message that Call or Send was given ready to be sent.
func (s *Session) compose(ctx context.Context, env *soap.Envelope, call bool) (engine.Msg[letter], error) {
	var m engine.Msg[letter]
	if env == nil {
		return m, errors.New("rm: no envelope")
	}
	c := own(env)
	c.Version, c.Addressing = s.set.SOAP, s.set.Addressing
	c.SetTo(&s.ini.to)
	if c.To == "" && c.Addressing == soap.WSA2004 {
		c.To = c.Addressing.Anonymous() // it has to be there
	}
	if call {
		c.ReplyTo = s.ini.replyTo
		if c.MessageID == "" {
			c.MessageID = newID()
		}
	} else {
		c.ReplyTo = none
		if c.Addressing == soap.WSA2004 {
			c.ReplyTo, c.MessageID = nil, ""
		}
	}
	if err := unsendable(c); err != nil {
		return m, fmt.Errorf("rm: the envelope cannot be sent: %w", opaque(err))
	}
	if c.Action == "" && !c.IsFault() {
		return m, errors.New("rm: the envelope cannot be sent: it has no Action")
	}
	return engine.Msg[letter]{M: letter{c, ctx}, Size: c.Size(), Reply: call, ID: c.MessageID}, nil
}

// own returns a copy of env without what the session writes: reliable messaging, and addressing but for Action,
// MessageID and From. So an envelope that was received in one session can be sent on in another.
func own(env *soap.Envelope) *soap.Envelope {
	c := env.Clone()
	c.RemoveHeaders(func(h soap.HeaderBlock) bool { return wsrm.VersionOf(h.Name.Space) != 0 })
	c.To, c.RelatesTo, c.ReplyTo, c.FaultTo = "", "", nil, nil
	return c
}

// sheet is where an envelope of the application is written once: with its header blocks, in one piece of memory.
type sheet struct {
	env soap.Envelope
	rm  wsrm.Headers
}

// copy is env.Clone, in sh.
func (sh *sheet) copy(env *soap.Envelope) *soap.Envelope {
	sh.env = *env
	return &sh.env
}

// outEnvelope makes the envelope of an exchange of ours.
func (s *Session) outEnvelope(t *engine.Transmit[letter], sh *sheet) *soap.Envelope {
	sh.rm = t.RM
	if t.Kind == wsrm.Application {
		return sh.copy(t.M.env).AddHeader(&sh.rm)
	}
	v, a := s.set.SOAP, s.set.Addressing
	var e *soap.Envelope
	switch t.Kind {
	case wsrm.Fault:
		e = wsrm.NewFault(t.Fault, t.RM.Version, v, a)
	case wsrm.CreateSequence:
		t.Body.AcksTo = s.ini.replyTo
		if t.Body.Offer != nil {
			t.Body.Offer.Endpoint = s.ini.replyTo
		}
		fallthrough
	default:
		e = wsrm.New(t.Kind, &t.Body, t.RM.Version, v, a)
	}
	e.SetTo(&s.ini.to)
	if e.To == "" && a == soap.WSA2004 {
		e.To = a.Anonymous()
	}
	e.MessageID, e.RelatesTo = t.MessageID, t.RelatesTo
	if (a == soap.WSA2004 || s.ini.mail != nil) && e.MessageID != "" {
		e.ReplyTo = s.ini.replyTo // in 1.0 its absence means anonymous
	}
	return e.AddHeader(&sh.rm)
}

// composeReply makes what a handler returned ready to be sent.
func composeReply(env, request *soap.Envelope) (*soap.Envelope, error) {
	c := own(env)
	if err := unsendable(c); err != nil {
		return nil, err
	}
	switch {
	case c.Action != "":
	case !c.IsFault():
		c.Action = request.Action + "Response"
	case request.Addressing == soap.WSA2004: // a received one may have none; one that is made here needs none
		c.Action = request.Addressing.Namespace() + "/fault"
	default:
		c.Action = request.Addressing.Namespace() + "/soap/fault" // WS-Addressing 1.0, SOAP Binding, 6
	}
	return c, nil
}

// unsendable returns what keeps env from being written, nil if nothing does. Its Err does not tell that from the fault
// that it may carry.
func unsendable(env *soap.Envelope) error {
	if env.IsFault() {
		_, err := env.AppendXML(nil)
		return err
	}
	return env.Err()
}

// response makes the envelope that ends a leg, nil for none. It is written as the request was.
func response(f *engine.Finish[letter], request *soap.Envelope, sh *sheet) *soap.Envelope {
	var e *soap.Envelope
	switch v, a := request.Version, request.Addressing; f.What {
	case engine.FinishEmpty:
		return nil
	case engine.FinishFault:
		e = wsrm.NewFault(f.Fault, f.RM.Version, v, a)
	case engine.FinishBody:
		e = wsrm.New(f.Kind, &f.Body, f.RM.Version, v, a)
	case engine.FinishAck:
		e = wsrm.New(wsrm.SequenceAcknowledgement, nil, f.RM.Version, v, a)
	case engine.FinishReply:
		if f.Kind == wsrm.LastMessage {
			e = wsrm.New(wsrm.LastMessage, nil, f.RM.Version, v, a)
		} else {
			e = sh.copy(f.M.env)
		}
	}
	sh.rm = f.RM
	return answering(e, request, f.RelatesTo).AddHeader(&sh.rm)
}

// answering addresses e as an answer to request on its leg.
func answering(e, request *soap.Envelope, relatesTo string) *soap.Envelope {
	e.Version, e.Addressing = request.Version, request.Addressing
	e.RelatesTo = relatesTo
	to := request.ReplyTo
	if e.IsFault() && request.FaultTo != nil {
		to = request.FaultTo
	}
	if to != nil && to.Anonymous() && len(to.Parameters)+len(to.Properties) > 0 {
		e.SetTo(to) // WS-Addressing 1.0, Core, 3.4: they go back, be the address anonymous or not
	}
	if e.Addressing == soap.WSA2004 {
		e.To = e.Addressing.Anonymous()
		e.From = nil // WCF: its client cannot read one of 2004/08
	}
	return e
}

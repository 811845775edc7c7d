package netsim

import (
	"fmt"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/window"
)

// address is where the server is, and anonymous what stands for the other end of an exchange.
const (
	address   = "http://server.example/"
	anonymous = "http://www.w3.org/2005/08/addressing/anonymous"
)

// message is what travels. It is written once and then only read.
type message struct {
	kind      wsrm.Kind
	rm        wsrm.Headers // as written: First and Ask
	body      wsrm.Body
	fault     *wsrm.FaultInfo
	id        string // its MessageID
	relatesTo string
	wants     engine.Wants
	replyTo   engine.Addr // wants Elsewhere; of CreateSequence: AcksTo, if it is an address
	size      int
	m         Payload
}

// in returns m as an input for an engine. rm is scratch that Receive reads.
func (m *message) in(rm *wsrm.Headers) *engine.In[Payload] {
	acks, asks := rm.Acks[:0], rm.AckRequested[:0]
	*rm = m.rm
	if m.rm.First.Identifier != "" {
		acks = append(acks, m.rm.First)
	}
	if m.rm.Ask != "" {
		asks = append(asks, m.rm.Ask)
	}
	rm.Acks, rm.AckRequested = acks, asks
	in := &engine.In[Payload]{
		Kind: m.kind, RM: rm, Fault: m.fault, MessageID: m.id, RelatesTo: m.relatesTo, Wants: m.wants, ReplyTo: m.replyTo, Size: m.size, M: m.m,
	}
	if m.kind != wsrm.Application && m.kind != wsrm.SequenceAcknowledgement && m.kind != wsrm.AckRequested {
		body := m.body
		if m.kind == wsrm.CreateSequence {
			epr := &soap.EndpointReference{Address: anonymous}
			body.AcksTo = epr
			if body.Offer != nil {
				offer := *body.Offer
				offer.Endpoint = epr
				body.Offer = &offer
			}
		}
		in.Body = &body
	}
	return in
}

// sequence returns the identifier of the sequence that m speaks of.
func (m *message) sequence() string {
	for _, id := range []string{m.rm.Sequence.Identifier, m.body.Identifier, m.rm.Ask, m.rm.First.Identifier} {
		if id != "" {
			return id
		}
	}
	if m.fault != nil {
		return m.fault.Identifier
	}
	return ""
}

// oneAck returns the statement of an acknowledgement.
func oneAck(id string, ranges *window.Ranges, final bool, buffer int) wsrm.Acknowledgement {
	return wsrm.Acknowledgement{Identifier: id, Ranges: ranges.Clone(), Final: final, Buffer: buffer}
}

// ackOf returns m's acknowledgement of the sequence id.
func (m *message) ackOf(id string) (*wsrm.Acknowledgement, bool) {
	return &m.rm.First, id != "" && m.rm.First.Identifier == id
}

var kindNames = [...]string{
	"message", "CreateSequence", "CreateSequenceResponse", "CloseSequence", "CloseSequenceResponse",
	"TerminateSequence", "TerminateSequenceResponse", "LastMessage", "ack", "AckRequested", "fault",
}

// String tells what matters of m in one line.
func (m *message) String() string {
	if m == nil {
		return "nothing"
	}
	b := []byte(kindNames[m.kind])
	switch {
	case m.kind == wsrm.Application && m.m.Answer && m.m.Fault:
		b = fmt.Appendf(b[:0], "fault in answer to %d", m.m.Tag)
	case m.kind == wsrm.Application && m.m.Answer:
		b = fmt.Appendf(b[:0], "reply to %d", m.m.Tag)
	case m.kind == wsrm.Application && m.wants == engine.Here || m.kind == wsrm.Application && m.wants == engine.Elsewhere:
		b = fmt.Appendf(b[:0], "call %d", m.m.Tag)
	case m.kind == wsrm.Application:
		b = fmt.Appendf(b[:0], "one-way %d", m.m.Tag)
	case m.fault != nil && m.fault.Code != "":
		b = append(append(b, ' '), m.fault.Code...)
	case m.kind == wsrm.Fault && m.m.Tag != 0:
		b = fmt.Appendf(b, " in answer to %d", m.m.Tag)
	case m.kind == wsrm.CreateSequence || m.kind == wsrm.CreateSequenceResponse:
		b = append(append(b, ' '), versionText(m.rm.Version)...)
		if m.body.Offer != nil {
			b = append(b, " with offer"...)
		}
		if m.body.Accept {
			b = append(b, " accepting"...)
		}
	}
	if s := &m.rm.Sequence; s.Identifier != "" {
		b = fmt.Appendf(b, ", %s#%d", short(s.Identifier), s.Number)
		if s.Last {
			b = append(b, " last"...)
		}
	}
	if a := &m.rm.First; a.Identifier != "" {
		b = fmt.Appendf(b, ", ack %s ", short(a.Identifier))
		if a.Ranges.Len() == 0 {
			b = append(b, "none"...)
		} else {
			b, _ = a.Ranges.AppendText(b)
		}
		if a.Final {
			b = append(b, " final"...)
		}
		if a.Buffer >= 0 {
			b = fmt.Appendf(b, " room %d", a.Buffer)
		}
	}
	if m.rm.Ask != "" && m.kind != wsrm.AckRequested {
		b = fmt.Appendf(b, ", ask %s", short(m.rm.Ask))
	}
	return string(b)
}

// short is the last letters of an identifier, which are all that differs in a simulation.
func short(id string) string { return id[max(0, len(id)-3):] }

package wsrm

import (
	"strconv"
	"time"

	"github.com/gowsrm/wsrm/internal/xmlscan"
	"github.com/gowsrm/wsrm/soap"
)

// New returns a message of the protocol with its action and, if the kind has one, its body. The body may be nil for the
// kinds that have none. Version and addressing of the envelope are set; messages about sequences, addresses and
// MessageIDs are the caller's.
func New(k Kind, body *Body, rm Version, v soap.Version, a soap.Addressing) *soap.Envelope {
	var content any
	if b := AppendBody(nil, k, body, rm, a); len(b) > 0 {
		content = b
	}
	e := soap.New(rm.Action(k, a), content)
	e.Version, e.Addressing = v, a
	return e
}

// AppendBody appends the body element of a lifecycle message, which declares all that it needs; nothing for the other
// kinds. What the version does not have is left out.
func AppendBody(b []byte, k Kind, body *Body, rm Version, a soap.Addressing) []byte {
	switch k {
	case Application, LastMessage, SequenceAcknowledgement, AckRequested, Fault:
		return b
	}
	w := bodyWriter{b: b, rm: rm, a: a}
	name := k.String()
	if (k == CreateSequence || k == CreateSequenceResponse) && body.Oneway {
		name += DialectOneway
	}
	w.b = append(append(append(w.b, "<r:"...), name...), ` xmlns:r="`...)
	w.b = append(append(w.b, rm.Namespace()...), '"')
	if k == CreateSequence || k == CreateSequenceResponse {
		w.b = append(append(append(w.b, ` xmlns:a="`...), a.Namespace()...), '"')
	}
	w.b = append(w.b, '>')
	switch k {
	case CreateSequence:
		w.create(body)
	case CreateSequenceResponse:
		w.created(body)
	case CloseSequence, TerminateSequence:
		w.text("Identifier", body.Identifier)
		if body.LastMsgNumber != 0 && rm == RM11 {
			w.text("LastMsgNumber", strconv.FormatUint(uint64(body.LastMsgNumber), 10))
		}
	default:
		w.text("Identifier", body.Identifier)
	}
	w.close(name)
	return w.b
}

// bodyWriter writes children in the order of the schema, where "r" and "a" are declared.
type bodyWriter struct {
	b  []byte
	rm Version
	a  soap.Addressing
}

func (w *bodyWriter) open(name string)  { w.b = append(append(append(w.b, "<r:"...), name...), '>') }
func (w *bodyWriter) close(name string) { w.b = append(append(append(w.b, "</r:"...), name...), '>') }

func (w *bodyWriter) text(name, value string) {
	w.open(name)
	w.b = xmlscan.EscapeText(w.b, value)
	w.close(name)
}

func (w *bodyWriter) endpoint(name string, e *soap.EndpointReference) {
	if e == nil {
		e = new(soap.EndpointReference)
	}
	w.open(name)
	w.b = e.AppendXML(w.b, w.a)
	w.close(name)
}

func (w *bodyWriter) expires(d time.Duration) {
	if d > 0 {
		w.open("Expires")
		w.b = appendDuration(w.b, d)
		w.close("Expires")
	}
}

func (w *bodyWriter) behavior(b Behavior) {
	if b != BehaviorUnsaid && w.rm == RM11 {
		w.text("IncompleteSequenceBehavior", b.String())
	}
}

// WS-RM 1.1, 3.4; WS-RM 2005/02, 3.4
func (w *bodyWriter) create(body *Body) {
	w.endpoint("AcksTo", body.AcksTo)
	w.expires(body.Expires)
	if o := body.Offer; o != nil {
		w.open("Offer")
		w.text("Identifier", o.Identifier)
		if w.rm == RM11 {
			w.endpoint("Endpoint", o.Endpoint)
		}
		w.expires(o.Expires)
		w.behavior(o.Behavior)
		w.close("Offer")
	}
}

func (w *bodyWriter) created(body *Body) {
	w.text("Identifier", body.Identifier)
	w.expires(body.Expires)
	w.behavior(body.Behavior)
	if body.Accept {
		w.open("Accept")
		w.endpoint("AcksTo", body.AcksTo)
		w.close("Accept")
	}
}

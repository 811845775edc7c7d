package soap

import (
	"encoding/xml"
	"errors"
	"fmt"

	"github.com/gowsrm/wsrm/internal/xmlscan"
)

// Envelope is a SOAP envelope: one that is being made (New) or one that was received (Parse). Header blocks and body never
// change; the fields may be set at will.
//
// The fields are the addressing headers. They are without white space at either end, and references are resolved. An
// empty field stands for a header that is absent, or is not to be written.
type Envelope struct {
	Version    Version    // as received, or to be written. A session ignores it and sets its own
	Addressing Addressing // likewise. WSA10 if the received envelope has no addressing headers

	Action    string
	MessageID string
	RelatesTo string // the first RelatesTo with the relationship "reply"; others are header blocks like any other
	To        string // "": not written, which means anonymous in WS-Addressing 1.0. See SetTo

	ReplyTo, FaultTo, From *EndpointReference // not to be changed once set; replace them

	doc       *document // of a received envelope
	blocks    []block
	appender  HeaderAppender // written before all others
	appenders []HeaderAppender
	body      payload // of one that is being made
	fault     *faultBody
	err       error
}

// document is what an envelope keeps of the text that it was read from.
type document struct {
	version Version
	fault   bool // the first element of Body is a SOAP Fault
	size    int
	scope   []xmlscan.Binding // what Envelope and Header declare
	inner   []xmlscan.Binding // what Envelope and Body declare
	attrs   []xmlscan.Attr    // of Body
	content []byte            // of Body
	first   payload           // its first element

	// As many as usual messages have; see parsed.
	blocksArray [8]block
	scopeArray  [4]xmlscan.Binding
}

// New returns an envelope with an action and a body, which is encoded now. The body is nil (an empty one), the text of one
// element ([]byte; kept and not to be changed afterwards), an *etree.Element, a *Fault, or what encoding/xml marshals. What
// cannot be encoded becomes the error of the envelope, which Err, AppendXML, and Call and Send of a session return.
//
// The action of a fault may be left empty: then it is written with the action that addressing has for that fault.
func New(action string, body any) *Envelope {
	e := &Envelope{Action: action}
	switch body := body.(type) {
	case nil:
	case []byte:
		if !xmlscan.IsSpace(body) {
			e.encode(body)
		}
	case *Fault:
		if body == nil {
			e.fail(errors.New("soap: the fault is nil"))
			break
		}
		f, err := newFaultBody(body)
		if err != nil {
			e.fail(err)
			break
		}
		e.fault = f
	default:
		e.encode(body)
	}
	return e
}

// encode makes v the body.
func (e *Envelope) encode(v any) {
	p, err := encode(v)
	if err != nil {
		e.fail(err)
	}
	e.body = p
}

// fail keeps the first error.
func (e *Envelope) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

// Clone returns a shallow copy: the fields and the list of header blocks are its own, the blocks, the body and what the
// fields point to are shared. It is the same as an assignment.
func (e *Envelope) Clone() *Envelope {
	c := *e
	return &c
}

// Size returns about how many bytes header blocks and body take: for an envelope that was received, those of its text.
func (e *Envelope) Size() int {
	n := len(e.body.raw)
	for i := range e.blocks {
		if e.blocks[i].flags&received == 0 {
			n += len(e.blocks[i].raw)
		}
	}
	if e.doc != nil {
		n += e.doc.size
	}
	if e.fault != nil {
		n += len(e.fault.Reason) + len(e.fault.detail)
	}
	return n
}

// IsFault reports whether the body is a SOAP fault. It decodes nothing. An envelope that cannot be written is none: then Err
// says why.
func (e *Envelope) IsFault() bool {
	return e.err == nil && (e.fault != nil || e.doc != nil && e.doc.fault)
}

// BodyName returns the name of the first element in the body, zero if it is empty. It decodes nothing.
func (e *Envelope) BodyName() xml.Name {
	switch {
	case e.fault != nil:
		return xml.Name{Space: e.Version.Namespace(), Local: "Fault"}
	case e.doc != nil:
		return e.doc.first.name
	}
	return e.body.name
}

// Err returns what is wrong with the envelope: what New or AddHeader could not encode, which is never a *Fault, or the
// *Fault that it carries. Nil otherwise.
func (e *Envelope) Err() error {
	if e.err != nil {
		return e.err
	}
	if f := e.carried(); f != nil {
		return f
	}
	return nil
}

// Decode reads the first element of the body into v:
//
//   - *[]byte: its text, with all namespaces declared that are in scope, owned by the caller
//   - **etree.Element: a tree, with the same declarations; without comments
//   - *EndpointReference
//   - anything else: whatever encoding/xml fills. A fault is not filled in: Decode returns it, as the error that it is.
//     A field XMLName with a tag refuses every other element.
//
// An empty body is an error.
func (e *Envelope) Decode(v any) error {
	if e.err != nil {
		return e.err
	}
	p, scope := e.body, []xmlscan.Binding(nil)
	switch {
	case e.fault != nil:
		p.raw = e.fault.appendXML(nil, e.Version, e.Addressing)
		scope = e.around()
	case e.doc != nil:
		p, scope = e.doc.first, e.doc.inner
	}
	if len(p.raw) == 0 {
		return fmt.Errorf("soap: the body of %q is empty", e.Action)
	}
	if e.IsFault() && !takesFault(v) {
		return e.carried()
	}
	return decodeElement(p.raw, scope, v)
}

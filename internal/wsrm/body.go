package wsrm

import (
	"encoding/xml"
	"errors"
	"time"

	"github.com/gowsrm/wsrm/internal/xmlscan"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/window"
)

// Behavior is IncompleteSequenceBehavior.
type Behavior uint8

const (
	BehaviorUnsaid Behavior = iota
	NoDiscard
	DiscardFollowingFirstGap
	DiscardEntireSequence
)

var behaviors = [...]string{
	NoDiscard:                "NoDiscard",
	DiscardFollowingFirstGap: "DiscardFollowingFirstGap",
	DiscardEntireSequence:    "DiscardEntireSequence",
}

// String returns the word of the specification, "" for BehaviorUnsaid.
func (b Behavior) String() string {
	if int(b) < len(behaviors) {
		return behaviors[b]
	}
	return ""
}

// Body is the content of a lifecycle message; which fields count depends on the Kind.
type Body struct {
	Identifier    string                  // the sequence spoken of; CreateSequenceResponse: the one made. Read "" in some answers: see the exchange
	LastMsgNumber window.Number           // 1.1 CloseSequence and TerminateSequence; 0: absent
	AcksTo        *soap.EndpointReference // CreateSequence; CreateSequenceResponse: of Accept
	Accept        bool                    // CreateSequenceResponse; read false if its AcksTo is none, which is how CXF declines
	Expires       time.Duration           // 0: absent or PT0S: never. Written if not 0
	Behavior      Behavior                // 1.1 CreateSequenceResponse
	Offer         *Offer                  // CreateSequence
	STR           bool                    // CreateSequence holds a SecurityTokenReference. Not written
	Oneway        bool                    // CreateSequence and its answer, CXF: see DialectOneway
}

// DialectOneway ends the names of the body elements with which CXF asks for a sequence, and is told of it, where the answer
// is no response but a message of its own to AcksTo, which relates to nothing.
const DialectOneway = "Oneway"

// Offer is the sequence that CreateSequence offers.
type Offer struct {
	Identifier string
	Endpoint   *soap.EndpointReference // 1.1
	Expires    time.Duration
	Behavior   Behavior // 1.1
}

// ParseBody reads the body of a lifecycle message. The messages without one (LastMessage, SequenceAcknowledgement,
// AckRequested) give an empty Body, and so do Application and Fault. The error is an *Error, answered by
// CreateSequenceRefused if it is about a CreateSequence.
func ParseBody(env *soap.Envelope, k Kind) (*Body, error) {
	switch k {
	case Application, LastMessage, SequenceAcknowledgement, AckRequested, Fault:
		return new(Body), nil
	}
	name := env.BodyName()
	r := bodyReader{kind: k, v: VersionOf(name.Space)}
	code := CodeSequenceTerminated
	if k == CreateSequence {
		code = CodeCreateSequenceRefused
	}
	v, _ := ofAction(env.Action)
	switch {
	case r.v == 0 || name.Local != k.String() && name.Local != k.String()+DialectOneway:
		return nil, &Error{RM: v, Code: code, Block: xml.Name{Space: v.Namespace(), Local: k.String()}, Reason: "the body does not hold it", Err: ErrMalformed}
	case v != 0 && v != r.v:
		return nil, &Error{RM: v, Code: code, Block: name, Reason: "action and body are of two versions of WS-ReliableMessaging", Err: ErrMixed}
	}
	err := env.Decode(&r)
	r.body.Oneway = name.Local != k.String()
	if err == nil {
		err = r.check()
	}
	if err != nil {
		return nil, newError(r.v, code, name, named(r.body.Identifier, err))
	}
	return &r.body, nil
}

// bodyReader reads a lifecycle body.
type bodyReader struct {
	kind Kind
	v    Version
	body Body
	seen bool // Identifier came, perhaps empty
}

// check says what is missing.
func (r *bodyReader) check() error {
	switch {
	case r.kind == CreateSequence:
		if r.body.AcksTo == nil {
			return malformed("no AcksTo")
		}
	case r.body.Identifier != "":
	case r.kind == CloseSequenceResponse, r.kind == TerminateSequenceResponse: // CXF: a sequence that it does not know any more
	case r.kind == TerminateSequence && r.v == RM10 && r.seen: // gSOAP: its answer to TerminateSequence has an empty one
	default:
		return malformed("no Identifier")
	}
	return nil
}

// ScanXML reads the body. It is called by the Decode of the envelope.
func (r *bodyReader) ScanXML(s *xmlscan.Scanner) error {
	ns := r.v.Namespace()
	return eachChild(s, func() (err error) {
		switch b := &r.body; {
		case s.Space() == nsSecurity && s.Local() == "SecurityTokenReference":
			b.STR = r.kind == CreateSequence
			err = s.Skip()
		case s.Space() != ns:
			err = s.Skip()
		case s.Local() == "Identifier" && r.kind != CreateSequence:
			if r.seen {
				return malformed("a second Identifier")
			}
			r.seen = true
			b.Identifier, err = content(s)
		case s.Local() == "LastMsgNumber" && (r.kind == CloseSequence || r.kind == TerminateSequence):
			b.LastMsgNumber, err = scanNumber(s)
		case s.Local() == "AcksTo" && r.kind == CreateSequence:
			b.AcksTo, err = scanEndpoint(s)
		case s.Local() == "Expires" && (r.kind == CreateSequence || r.kind == CreateSequenceResponse):
			b.Expires, err = scanExpires(s)
		case s.Local() == "IncompleteSequenceBehavior" && r.kind == CreateSequenceResponse:
			b.Behavior, err = scanBehavior(s)
		case s.Local() == "Offer" && r.kind == CreateSequence:
			if b.Offer != nil {
				return malformed("a second Offer")
			}
			b.Offer = new(Offer)
			err = r.scanOffer(s, b.Offer)
		case s.Local() == "Accept" && r.kind == CreateSequenceResponse:
			err = r.scanAccept(s)
		default:
			err = s.Skip()
		}
		return err
	})
}

// WS-RM 1.1, 3.4; WS-RM 2005/02, 3.4
func (r *bodyReader) scanOffer(s *xmlscan.Scanner, o *Offer) error {
	ns := r.v.Namespace()
	err := eachChild(s, func() (err error) {
		switch {
		case s.Space() != ns:
			err = s.Skip()
		case s.Local() == "Identifier":
			err = scanIdentifier(s, &o.Identifier)
		case s.Local() == "Endpoint" && r.v == RM11: // gSOAP writes an empty one in 2005/02
			o.Endpoint, err = scanEndpoint(s)
		case s.Local() == "Expires":
			o.Expires, err = scanExpires(s)
		case s.Local() == "IncompleteSequenceBehavior" && r.v == RM11:
			o.Behavior, err = scanBehavior(s)
		default:
			err = s.Skip()
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case o.Identifier == "":
		return malformed("the Offer has no Identifier")
	case o.Endpoint == nil && r.v == RM11:
		return malformed("the Offer has no Endpoint")
	}
	return nil
}

func (r *bodyReader) scanAccept(s *xmlscan.Scanner) error {
	ns := r.v.Namespace()
	err := eachChild(s, func() (err error) {
		if s.Space() == ns && s.Local() == "AcksTo" {
			r.body.AcksTo, err = scanEndpoint(s)
		} else {
			err = s.Skip()
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case r.body.AcksTo == nil:
		return malformed("Accept has no AcksTo")
	}
	r.body.Accept = !r.body.AcksTo.None() // CXF
	return nil
}

func scanEndpoint(s *xmlscan.Scanner) (*soap.EndpointReference, error) {
	name := s.Local()
	e := new(soap.EndpointReference)
	err := e.ScanXML(s)
	if _, syntax := errors.AsType[*xmlscan.SyntaxError](err); err != nil && (!syntax || errors.Is(err, xmlscan.ErrContent)) {
		err = malformed("%s is no endpoint reference: %v", name, err)
	}
	return e, err
}

func scanExpires(s *xmlscan.Scanner) (time.Duration, error) {
	text, err := content(s)
	if err != nil {
		return 0, err
	}
	d, err := parseDuration(text)
	if err != nil {
		return 0, malformed("Expires is %.40q: %v", text, err)
	}
	return d, nil
}

// WS-RM 1.1, 3.4
func scanBehavior(s *xmlscan.Scanner) (Behavior, error) {
	text, err := content(s)
	if err != nil {
		return BehaviorUnsaid, err
	}
	for i, name := range behaviors {
		if name == text && name != "" {
			return Behavior(i), nil
		}
	}
	return BehaviorUnsaid, malformed("IncompleteSequenceBehavior is %.40q", text)
}

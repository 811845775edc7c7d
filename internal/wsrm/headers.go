package wsrm

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unsafe"

	"github.com/gowsrm/wsrm/internal/xmlscan"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/window"
)

const (
	maxNumber = window.MaxNumber

	// MaxRanges is how many ranges of one acknowledgement are read. The number is arbitrary; WCF keeps 128 at most.
	MaxRanges = 4096

	// WrittenRanges is how many ranges of an acknowledgement are written, the lowest ones: no number beyond them can be
	// acknowledged. WCF: MaxSequenceRanges.
	WrittenRanges = 128
)

// Sequence is the header block of a numbered message. Identifier "": the message has none.
type Sequence struct {
	Identifier string
	Number     window.Number
	Last       bool // 2005/02
}

// Acknowledgement is a SequenceAcknowledgement. Without ranges and Nacks it is written as None (1.1) or 0-0 (2005/02, as
// WCF does). With Nacks, they are all that is written, apart from Buffer.
type Acknowledgement struct {
	Identifier string
	Ranges     window.Ranges
	Final      bool // 1.1
	Nacks      []window.Number
	Buffer     int // WCF's BufferRemaining; negative: absent
}

// Headers are the RM header blocks of one message.
type Headers struct {
	Version  Version // read: of the header blocks, else of the body or the action; 0: the message has nothing of the protocol
	Sequence Sequence

	// Acks are, of a message read, its acknowledgements: identifiers differ. If there is one, it lies in First, so that it
	// costs no allocation; so a copy of Headers that was read shares it. Written are First, if its Identifier is set,
	// and then those of Acks that have another Identifier.
	Acks  []Acknowledgement
	First Acknowledgement

	// AckRequested are, of a message read, the identifiers that an acknowledgement is requested for; they differ. Written
	// are Ask, if it is set, and then the others of AckRequested.
	AckRequested []string
	Ask          string

	UsesSTR bool // 1.1 UsesSequenceSTR
	UsesSSL bool // 1.1 UsesSequenceSSL

	asked [1]string // where AckRequested begins
}

// ParseHeaders reads the RM header blocks of a message into h, whatever h held before. Blocks for another role, and what
// extends a block with elements and attributes of other namespaces, are passed over. The error is an *Error.
//
// Not all that is read is what the standards allow: CXF writes None behind its ranges (the ranges count), gSOAP writes
// Final before them, WCF writes the range 0-0 in 2005/02 for nothing at all; and ranges that overlap or stand in no
// order are merged.
func ParseHeaders(env *soap.Envelope, h *Headers) error {
	*h = Headers{}
	h.First.Buffer = -1
	for b := range env.Headers() {
		v := VersionOf(b.Name.Space)
		if v == 0 || !b.ForUs() {
			continue
		}
		if h.Version == 0 {
			h.Version = v
		} else if h.Version != v {
			return &Error{RM: h.Version, Code: CodeSequenceTerminated, Block: b.Name, Identifier: h.known(), Reason: "header blocks of two versions of WS-ReliableMessaging", Err: ErrMixed}
		}
		var err error
		switch b.Name.Local {
		case "Sequence", "SequenceAcknowledgement", "AckRequested":
			err = b.Decode(h)
		case "UsesSequenceSTR":
			h.UsesSTR = v == RM11
		case "UsesSequenceSSL":
			h.UsesSSL = v == RM11
		}
		if err != nil {
			return h.wrong(b, err)
		}
	}
	return h.versionFrom(env)
}

// versionFrom completes the version from body and action, and compares it with them.
func (h *Headers) versionFrom(env *soap.Envelope) error {
	name := env.BodyName()
	v := VersionOf(name.Space)
	if v == 0 {
		v, _ = ofAction(env.Action)
	}
	switch {
	case v == 0 || v == h.Version:
	case h.Version == 0:
		h.Version = v
	default:
		return &Error{RM: h.Version, Code: CodeSequenceTerminated, Block: name, Identifier: h.known(), Reason: "the message and its header blocks are of two versions of WS-ReliableMessaging", Err: ErrMixed}
	}
	return nil
}

// known returns the identifier that an error can name.
func (h *Headers) known() string {
	if h.Sequence.Identifier == "" && len(h.Acks) > 0 {
		return h.Acks[0].Identifier
	}
	return h.Sequence.Identifier
}

// fieldError is what a block has wrong, before it is known where it stands.
type fieldError struct {
	identifier string
	reason     string
	err        error
}

func (e *fieldError) Error() string { return e.reason }

func malformed(format string, args ...any) error {
	return &fieldError{reason: fmt.Sprintf(format, args...), err: ErrMalformed}
}

// wrong makes an Error of what reading block b returned.
func (h *Headers) wrong(b soap.HeaderBlock, err error) *Error {
	return newError(h.Version, CodeSequenceTerminated, b.Name, err)
}

// ScanXML reads one header block. It is called by the Decode of the block.
func (h *Headers) ScanXML(s *xmlscan.Scanner) error {
	switch s.Local() {
	case "Sequence":
		return h.scanSequence(s)
	case "SequenceAcknowledgement":
		return h.scanAck(s)
	}
	return h.scanAckRequested(s)
}

// WS-RM 1.1, 3.7; WS-RM 2005/02, 3.1
func (h *Headers) scanSequence(s *xmlscan.Scanner) error {
	if h.Sequence.Number != 0 {
		return &fieldError{reason: "a second Sequence", err: ErrRepeated}
	}
	ns, depth := h.Version.Namespace(), s.Depth()
	var q Sequence
	var wrong error
	err := eachChild(s, func() (err error) {
		switch {
		case s.Space() != ns:
			err = s.Skip()
		case s.Local() == "Identifier":
			err = scanIdentifier(s, &q.Identifier)
		case s.Local() == "MessageNumber":
			if q.Number != 0 {
				err = malformed("a second MessageNumber")
			} else {
				q.Number, err = scanNumber(s)
			}
		case s.Local() == "LastMessage":
			q.Last = h.Version == RM10
			err = s.Skip()
		default:
			err = s.Skip()
		}
		return keep(s, depth, &wrong, err)
	})
	switch {
	case err != nil:
		return err
	case q.Identifier == "":
		return malformed("no Identifier")
	case wrong != nil:
		return named(q.Identifier, wrong)
	case q.Number == 0:
		return named(q.Identifier, malformed("no MessageNumber"))
	}
	h.Sequence = q
	return nil
}

// WS-RM 1.1, 3.9; WS-RM 2005/02, 3.2
func (h *Headers) scanAck(s *xmlscan.Scanner) error {
	a := &h.First
	if len(h.Acks) > 0 {
		a = &Acknowledgement{Buffer: -1}
	}
	if err := a.scan(s, h.Version); err != nil {
		return named(a.Identifier, err)
	}
	for i := range h.Acks {
		if h.Acks[i].Identifier == a.Identifier {
			return &fieldError{identifier: a.Identifier, reason: "a second one for the same sequence", err: ErrRepeated}
		}
	}
	if len(h.Acks) == 0 {
		h.Acks = unsafe.Slice(a, 1)
	} else {
		h.Acks = append(h.Acks, *a)
	}
	return nil
}

func (a *Acknowledgement) scan(s *xmlscan.Scanner, v Version) error {
	ns, depth := v.Namespace(), s.Depth()
	var wrong error
	ranges, none, buffer := 0, false, false
	err := eachChild(s, func() (err error) {
		switch space := s.Space(); {
		case space == nsNet && s.Local() == "BufferRemaining":
			if buffer {
				return malformed("a second BufferRemaining")
			}
			buffer = true
			a.Buffer, err = scanBuffer(s)
		case space != ns:
			err = s.Skip()
		case s.Local() == "Identifier":
			err = scanIdentifier(s, &a.Identifier)
		case s.Local() == "AcknowledgementRange":
			if ranges++; ranges > MaxRanges {
				return &fieldError{reason: fmt.Sprintf("more than %d ranges", MaxRanges), err: ErrTooManyRanges}
			}
			var r window.Range
			if r, err = scanRange(s, v); err == nil && r.Upper != 0 {
				a.Ranges.AddRange(r)
			}
		case s.Local() == "Nack":
			if len(a.Nacks) >= MaxRanges {
				return &fieldError{reason: fmt.Sprintf("more than %d times Nack", MaxRanges), err: ErrTooManyRanges}
			}
			var n window.Number
			if n, err = scanNumber(s); err == nil {
				a.Nacks = append(a.Nacks, n)
			}
		case s.Local() == "None" && v == RM11:
			none = true
			err = s.Skip()
		case s.Local() == "Final" && v == RM11:
			a.Final = true
			err = s.Skip()
		default:
			err = s.Skip()
		}
		return keep(s, depth, &wrong, err)
	})
	switch {
	case err != nil:
		return err
	case a.Identifier == "":
		return malformed("no Identifier")
	case wrong != nil:
		return wrong
	case len(a.Nacks) > 0 && (ranges > 0 || none || a.Final):
		return malformed("Nack beside ranges, None or Final")
	case len(a.Nacks) == 0 && ranges == 0 && !none:
		return malformed("no ranges, no None and no Nack")
	}
	return nil
}

// WS-RM 1.1, 3.8; WS-RM 2005/02, 3.3
func (h *Headers) scanAckRequested(s *xmlscan.Scanner) error {
	ns := h.Version.Namespace()
	var id string
	err := eachChild(s, func() (err error) {
		// The number that 2005/02 allows is a hint, which its own schema and text spell differently.
		if s.Space() == ns && s.Local() == "Identifier" {
			err = scanIdentifier(s, &id)
		} else {
			err = s.Skip()
		}
		return err
	})
	if err != nil {
		return named(id, err)
	}
	if id == "" {
		return malformed("no Identifier")
	}
	if slices.Contains(h.AckRequested, id) {
		return &fieldError{identifier: id, reason: "a second one for the same sequence", err: ErrRepeated}
	}
	if h.AckRequested == nil {
		h.AckRequested = h.asked[:0]
	}
	h.AckRequested = append(h.AckRequested, id)
	return nil
}

// scanRange reads an AcknowledgementRange. The zero Range stands for 0-0, which is empty in 2005/02.
func scanRange(s *xmlscan.Scanner, v Version) (r window.Range, err error) {
	var lower, upper uint64
	var haveLower, haveUpper bool
	for _, a := range s.Attrs() {
		if a.Space != "" {
			continue
		}
		switch a.Local {
		case "Lower":
			lower, haveLower = parseUnsigned(strings.Trim(a.Value(), " \t\r\n"))
			if !haveLower {
				return r, malformed("Lower is %.40q", a.Raw())
			}
		case "Upper":
			upper, haveUpper = parseUnsigned(strings.Trim(a.Value(), " \t\r\n"))
			if !haveUpper {
				return r, malformed("Upper is %.40q", a.Raw())
			}
		}
	}
	switch {
	case !haveLower || !haveUpper:
		return r, malformed("an AcknowledgementRange without Lower or Upper")
	case lower > upper:
		return r, malformed("the range %d-%d is reversed", lower, upper)
	case lower == 0 && (upper != 0 || v != RM10): // WCF: 0-0 in 2005/02
		return r, malformed("the range %d-%d begins at 0", lower, upper)
	}
	// A range beyond the highest number is one beyond what was sent: whoever sent judges it.
	r = window.Range{Lower: min(window.Number(lower), maxNumber), Upper: min(window.Number(upper), maxNumber)}
	return r, s.Skip()
}

// scanIdentifier reads an Identifier, which must be the only one.
func scanIdentifier(s *xmlscan.Scanner, id *string) error {
	if *id != "" {
		return malformed("a second Identifier")
	}
	text, err := content(s)
	if err == nil && text == "" {
		err = malformed("the Identifier is empty")
	}
	*id = text
	return err
}

// scanNumber reads a message number.
//
// WS-RM 1.1, 3.7
func scanNumber(s *xmlscan.Scanner) (window.Number, error) {
	name := s.Local()
	text, err := content(s)
	if err != nil {
		return 0, err
	}
	n, ok := parseUnsigned(text)
	switch {
	case !ok && allDigits(text), n > uint64(maxNumber):
		return 0, &fieldError{reason: fmt.Sprintf("%s %.40s is above %d", name, text, maxNumber), err: ErrRollover}
	case !ok || n == 0:
		return 0, malformed("%s is %.40q", name, text)
	}
	return window.Number(n), nil
}

// scanBuffer reads BufferRemaining, an xs:int. WCF: 0 and more.
func scanBuffer(s *xmlscan.Scanner) (int, error) {
	text, err := content(s)
	if err != nil {
		return -1, err
	}
	n, ok := parseUnsigned(text)
	if !ok {
		if !allDigits(text) {
			return -1, malformed("BufferRemaining is %.40q", text)
		}
		n = math.MaxInt32
	}
	return int(min(n, math.MaxInt32)), nil
}

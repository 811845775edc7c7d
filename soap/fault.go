package soap

import (
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gowsrm/wsrm/internal/xmlscan"
)

// Fault is a SOAP fault, in the words of SOAP 1.2 whatever the version it travels in. It is an error: what a service
// answered, or what an envelope that cannot be accepted is to be answered with.
type Fault struct {
	// Code is Sender, Receiver, MustUnderstand, VersionMismatch or DataEncodingUnknown. "", like any other word, is
	// written as Receiver. SOAP 1.1 has Client and Server for the first two, and a single code in all: a fault with
	// subcodes is written there with the innermost of them. One that was read with such a code has it as its only
	// subcode, and Code "", but for the codes of WS-Addressing, whose Code is known.
	Code string

	// Subcodes say more, the outermost first. Those of WS-Addressing are written in the version in use.
	Subcodes []xml.Name

	// Reason is for people. Of several languages read, it is the English one, or else the first.
	Reason string
	Lang   string // of Reason; "" is written as "en"

	// Detail is what New and AddHeader take, or nil. []byte may hold any number of elements. Of a fault that was read it is
	// []byte, the content of the detail with all namespaces declared that are in scope; see Decode. In SOAP 1.1 the detail
	// of an addressing fault travels in a header block.
	Detail any

	notUnderstood []xml.Name
}

// Error returns the code, the subcodes and the reason.
func (f *Fault) Error() string {
	var b strings.Builder
	b.WriteString("soap: ")
	b.WriteString(f.code())
	for _, s := range f.Subcodes {
		b.WriteByte('/')
		b.WriteString(s.Local)
	}
	if f.Reason != "" {
		b.WriteString(": ")
		b.WriteString(f.Reason)
	}
	return b.String()
}

// code returns Code as it is written in SOAP 1.2.
func (f *Fault) code() string {
	switch f.Code {
	case "Sender", "MustUnderstand", "VersionMismatch", "DataEncodingUnknown":
		return f.Code
	}
	return "Receiver"
}

// Decode reads the first element of Detail into v, as [Envelope.Decode] does with a body. Without one it is an error.
func (f *Fault) Decode(v any) error {
	b, err := f.detail()
	if err != nil {
		return err
	}
	first, err := firstElement(b)
	if err != nil {
		return err
	}
	if first == nil {
		return errors.New("soap: the fault has no detail")
	}
	return decodeElement(first, nil, v)
}

// detail returns Detail as text: elements that stand alone.
func (f *Fault) detail() ([]byte, error) {
	switch d := f.Detail.(type) {
	case nil:
		return nil, nil
	case []byte:
		if _, err := firstElement(d); err != nil {
			return nil, fmt.Errorf("soap: cannot send the detail: %w", err)
		}
		return d, nil
	}
	p, err := encode(f.Detail)
	return p.raw, err
}

// firstElement checks that b is the content of an element, and returns the first element in it, nil if there is none.
func firstElement(b []byte) (first []byte, err error) {
	if len(b) == 0 {
		return nil, nil
	}
	wrapped := slices.Concat([]byte("<d>"), b, []byte("</d>"))
	err = withScanner(func(s *xmlscan.Scanner) error {
		s.Reset(wrapped, xmlscan.Limits{})
		for {
			k, err := s.Next()
			if err != nil || k == xmlscan.EOF {
				return err
			}
			if k != xmlscan.Start || s.Depth() != 2 {
				continue
			}
			start := s.Offset()
			if err := s.Skip(); err != nil {
				return err
			}
			if first == nil {
				first = wrapped[start:s.End()]
			}
		}
	})
	return first, err
}

// NotUnderstood returns the fault for header blocks that have to be understood and are not. In SOAP 1.2 it names them in
// header blocks.
//
// SOAP 1.2, 5.4.8; SOAP 1.1, 4.4.1
func NotUnderstood(blocks ...xml.Name) *Fault {
	names := make([]string, len(blocks))
	for i, n := range blocks {
		names[i] = qname(n)
	}
	return &Fault{
		Code:          "MustUnderstand",
		Reason:        "header blocks were not understood: " + strings.Join(names, ", "),
		notUnderstood: blocks,
	}
}

// AddressingFault returns a fault of WS-Addressing with its subcode (such as ActionNotSupported), the code below that (such
// as InvalidCardinality; "" if there is none), and what the problem is about: the name of an addressing header for
// InvalidAddressingHeader and MessageAddressingHeaderRequired, but the action of the message if the code below is
// ActionMismatch; the action for ActionNotSupported; an address for DestinationUnreachable and EndpointUnavailable. ""
// leaves out the detail.
//
// The words are those of WS-Addressing 1.0. In an envelope of 2004/08 the fault is written in the words of that version,
// which knows neither codes below the first nor a form for the detail.
//
// WS-Addressing 1.0, SOAP Binding, 6.4
func AddressingFault(subcode, subsubcode, problem string) *Fault {
	f := &Fault{Code: "Sender", Subcodes: []xml.Name{{Space: nsWSA10, Local: subcode}}}
	if subsubcode != "" {
		f.Subcodes = append(f.Subcodes, xml.Name{Space: nsWSA10, Local: subsubcode})
	}
	var before, after string
	switch subcode {
	case "InvalidAddressingHeader":
		f.Reason = "A header representing a Message Addressing Property is not valid and the message cannot be processed"
		before, after = "<a:ProblemHeaderQName>a:", "</a:ProblemHeaderQName>"
		if subsubcode == "ActionMismatch" {
			f.Reason = "The action of the transport is not that of the message: " + problem
			before, after = "<a:ProblemAction><a:Action>", "</a:Action></a:ProblemAction>"
		}
	case "MessageAddressingHeaderRequired":
		f.Reason = "A required header representing a Message Addressing Property is not present"
		before, after = "<a:ProblemHeaderQName>a:", "</a:ProblemHeaderQName>"
	case "ActionNotSupported":
		f.Reason = "The action cannot be processed at the receiver: " + problem
		before, after = "<a:ProblemAction><a:Action>", "</a:Action></a:ProblemAction>"
	case "DestinationUnreachable":
		f.Reason = "No route can be determined to reach the destination"
		before, after = "<a:ProblemIRI>", "</a:ProblemIRI>"
	case "EndpointUnavailable":
		f.Code = "Receiver"
		f.Reason = "The endpoint is unable to process the message at this time"
		before, after = "<a:ProblemIRI>", "</a:ProblemIRI>"
	}
	if problem != "" && before != "" {
		n := strings.IndexByte(before, '>')
		d := append([]byte(before[:n]), ` xmlns:a="`+nsWSA10+`"`...)
		d = append(d, before[n:]...)
		d = xmlscan.EscapeText(d, problem)
		f.Detail = append(d, after...)
	}
	return f
}

// isAddressing reports whether the fault is one of WS-Addressing.
func (f *Fault) isAddressing() bool {
	return len(f.Subcodes) > 0 && (f.Subcodes[0].Space == nsWSA10 || f.Subcodes[0].Space == nsWSA04)
}

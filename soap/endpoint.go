package soap

import (
	"encoding/xml"
	"fmt"
	"slices"

	"github.com/beevik/etree"

	"github.com/gowsrm/wsrm/internal/xmlscan"
)

// EndpointReference says where messages are to be sent, in either version of addressing.
//
// One that was read keeps what else it holds (metadata, policies, WCF's identity), with its namespaces, and is written
// with it. To read one out of a body, decode the element into an *EndpointReference.
type EndpointReference struct {
	// Address is an absolute IRI. "" and the anonymous address of either version mean the back-channel; each is written
	// as the anonymous address of the version in use.
	Address string

	// Parameters are the reference parameters: header blocks that go with every message to the endpoint (SetTo).
	Parameters []*etree.Element

	// Properties are the reference properties of 2004/08: the same, and part of the endpoint's identity. In
	// WS-Addressing 1.0 they are written as reference parameters.
	Properties []*etree.Element

	other []byte // the elements that are none of these, each standing alone
}

// Anonymous reports whether answers go back the way on which a message came: no reference, an empty address, or the
// anonymous address of either version.
func (e *EndpointReference) Anonymous() bool {
	return e == nil || e.Address == "" || e.Address == anon10 || e.Address == anon04
}

// None reports whether messages to the endpoint are to be discarded. WS-Addressing 2004/08 has no such address.
func (e *EndpointReference) None() bool { return e != nil && e.Address == none10 }

// ScanXML reads the endpoint from a scanner of this module. Elsewhere use [HeaderBlock.Decode] or [Envelope.Decode].
// One of more than 64 KiB or 128 elements is an error.
func (e *EndpointReference) ScanXML(s *xmlscan.Scanner) error {
	*e = EndpointReference{}
	r := endpointReader{s: s, start: s.Offset()}
	addressed := false
	for {
		k, err := r.next()
		if err != nil {
			return err
		}
		switch k {
		case xmlscan.End:
			if !addressed {
				return errNoAddress
			}
			return nil
		case xmlscan.Text:
			if !xmlscan.IsSpace(s.Text()) {
				return fmt.Errorf("%w: text %.40q", errEndpoint, s.Text())
			}
			continue
		}
		switch known := s.Space() == nsWSA10 || s.Space() == nsWSA04; {
		case known && s.Local() == "Address":
			if addressed {
				return fmt.Errorf("%w: a second Address", errEndpoint)
			}
			addressed = true
			if e.Address, err = s.Content(); err == nil {
				e.Address = intern(e.Address)
			}
		case known && s.Local() == "ReferenceParameters":
			e.Parameters, err = r.trees(e.Parameters)
		case known && s.Local() == "ReferenceProperties":
			e.Properties, err = r.trees(e.Properties)
		default:
			e.other, err = appendElement(e.other, s)
		}
		if err != nil {
			return err
		}
	}
}

// endpointReader keeps an endpoint reference within bounds.
type endpointReader struct {
	s       *xmlscan.Scanner
	start   int
	members int
}

// next moves to the next token, and counts elements.
func (r *endpointReader) next() (xmlscan.Kind, error) {
	k, err := r.s.Next()
	if err != nil {
		return k, err
	}
	if k == xmlscan.Start {
		r.members++
	}
	if r.members > maxMembers || r.s.End()-r.start > maxEndpoint {
		return k, errLarge
	}
	return k, nil
}

// trees appends the children of the element that has just started.
func (r *endpointReader) trees(list []*etree.Element) ([]*etree.Element, error) {
	for {
		switch k, err := r.next(); {
		case err != nil:
			return nil, err
		case k == xmlscan.End:
			return list, nil
		case k == xmlscan.Start:
			el, err := readTree(r.s, r.start+maxEndpoint)
			if err != nil {
				return nil, err
			}
			list = append(list, el)
		case !xmlscan.IsSpace(r.s.Text()):
			return nil, fmt.Errorf("%w: text %.40q", errEndpoint, r.s.Text())
		}
	}
}

// appendElement appends the element that has just started, standing alone, and reads to its End.
func appendElement(dst []byte, s *xmlscan.Scanner) ([]byte, error) {
	scope := s.AppendScope(nil)
	if scopeSize(scope) > maxScope {
		return nil, errLarge
	}
	start := s.Offset()
	if err := s.Skip(); err != nil {
		return nil, err
	}
	return appendStandAlone(dst, s.Input()[start:s.End()], scope), nil
}

// AppendXML appends the content of an endpoint reference of version a. The prefix "a" has to stand for the namespace of a
// where it is written.
func (e *EndpointReference) AppendXML(b []byte, a Addressing) []byte {
	b = append(b, "<a:Address>"...)
	if e.Anonymous() {
		b = append(b, a.Anonymous()...)
	} else {
		b = xmlscan.EscapeText(b, e.Address)
	}
	b = append(b, "</a:Address>"...)
	properties, parameters := e.Properties, e.Parameters
	if a == WSA10 && len(properties) > 0 {
		properties, parameters = nil, slices.Concat(properties, parameters)
	}
	b = appendTrees(b, "ReferenceProperties", properties)
	b = appendTrees(b, "ReferenceParameters", parameters)
	return append(b, e.other...)
}

func appendTrees(b []byte, name string, list []*etree.Element) []byte {
	if len(list) == 0 {
		return b
	}
	b = append(append(append(b, "<a:"...), name...), '>')
	for _, el := range list {
		b = appendTree(b, el)
	}
	return append(append(append(b, "</a:"...), name...), '>')
}

// SetTo addresses the envelope to an endpoint: its address becomes To ("" if it is anonymous, so that no To header is
// written), and its reference parameters and properties become header blocks.
// It returns e.
//
// WS-Addressing 1.0, SOAP Binding, 3.4; WS-Addressing 2004/08, 2
func (e *Envelope) SetTo(to *EndpointReference) *Envelope {
	e.To = ""
	if to == nil {
		return e
	}
	if !to.Anonymous() {
		e.To = to.Address
	}
	for _, el := range slices.Concat(to.Properties, to.Parameters) {
		e.addBlock(el, reference)
	}
	return e
}

var (
	errEndpoint  = addressingError{"InvalidEPR", "not an endpoint reference"}
	errLarge     = addressingError{"InvalidEPR", "too large"}
	errNoAddress = addressingError{"MissingAddressInEPR", "an endpoint reference without Address"}
)

// addressingError is an error of an addressing header, with the code that WS-Addressing 1.0 has for it.
type addressingError struct{ code, text string }

func (e addressingError) Error() string { return e.text }

// qname is an expanded name as people read it.
func qname(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return "{" + n.Space + "}" + n.Local
}

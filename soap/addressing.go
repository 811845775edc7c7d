package soap

import (
	"encoding/xml"
	"errors"
	"fmt"

	"github.com/gowsrm/wsrm/internal/xmlscan"
)

// seen says which addressing headers a message has had.
type seen uint8

const (
	sawAction seen = 1 << iota
	sawMessageID
	sawRelatesTo
	sawTo
	sawReplyTo
	sawFaultTo
	sawFrom
	sawAny
)

// addressing reads an addressing header that is targeted at us. Not held: it stays a header block like any other.
//
// WS-Addressing 1.0, Core, 3.2; WS-Addressing 2004/08, 3
func (p *parser) addressing(b *block) (held bool, err error) {
	s, env := p.s, p.env
	if _, echoed := s.Attr(nsWSA10, "IsReferenceParameter"); echoed {
		return false, s.Skip() // our own data that comes back, whatever its name
	}
	var bit seen
	var text *string
	var ref **EndpointReference
	var place *EndpointReference
	switch b.name.Local {
	case "Action":
		bit, text = sawAction, &env.Action
	case "MessageID":
		bit, text = sawMessageID, &env.MessageID
	case "To":
		bit, text = sawTo, &env.To
	case "RelatesTo":
		if p.seen&sawRelatesTo != 0 || !p.isReply() {
			return false, s.Skip()
		}
		bit, text = sawRelatesTo, &env.RelatesTo
	case "ReplyTo":
		bit, ref, place = sawReplyTo, &env.ReplyTo, p.place
	case "FaultTo":
		bit, ref, place = sawFaultTo, &env.FaultTo, new(EndpointReference)
	case "From":
		bit, ref, place = sawFrom, &env.From, new(EndpointReference)
	default:
		return false, s.Skip()
	}

	version := WSA10
	if b.name.Space == nsWSA04 {
		version = WSA2004
	}
	if p.seen&sawAny == 0 {
		env.Addressing = version
	}
	switch {
	case p.seen&sawAny != 0 && version != env.Addressing:
		p.complain("", b.name.Local, "headers of two versions of WS-Addressing")
	case p.seen&bit != 0:
		p.complain("InvalidCardinality", b.name.Local, "a second "+b.name.Local+" header")
	default:
		p.seen |= bit | sawAny
		if text != nil {
			*text, err = s.Content()
			if text == &env.To {
				env.To = intern(env.To)
			}
		} else if err = place.ScanXML(s); err == nil {
			*ref = place
		}
		return true, p.judge(b, err)
	}
	return true, p.skipRest()
}

// isReply reports whether the RelatesTo that starts names the request that the message answers.
func (p *parser) isReply() bool {
	a, ok := p.s.Attr("", "RelationshipType")
	if !ok {
		return true
	}
	value := a.Value()
	if p.s.Space() == nsWSA10 {
		return value == nsWSA10+"/reply"
	}
	// A QName in 2004/08: wsa:Reply.
	n := resolve(p.s, value)
	return n.Local == "Reply" && (n.Space == nsWSA04 || n.Space == "")
}

// judge tells what the scanner found wrong, which ends the reading, from what a header holds that it should not.
func (p *parser) judge(b *block, err error) error {
	if err == nil {
		return nil
	}
	var code string
	if a, ok := errors.AsType[addressingError](err); ok {
		code = a.code
	} else if !errors.Is(err, xmlscan.ErrContent) {
		return err
	}
	p.complain(code, b.name.Local, fmt.Sprintf("header %s: %v", b.name.Local, err))
	return p.skipRest()
}

// skipRest reads on to the end of the header block, from wherever inside it the scanner is.
func (p *parser) skipRest() error {
	const block = 3 // Envelope, Header, the block
	for p.s.Depth() >= block {
		if err := p.s.Skip(); err != nil {
			return err
		}
	}
	return nil
}

// complain notes the first fault of an addressing header.
func (p *parser) complain(subsubcode, header, reason string) {
	if p.wrong == nil {
		p.wrong = AddressingFault("InvalidAddressingHeader", subsubcode, header)
		p.wrong.Reason = reason
	}
}

// resolve returns the expanded name for a QName in the text or attribute of the current element. A prefix that is not
// bound gives a name without a namespace.
func resolve(s *xmlscan.Scanner, text string) xml.Name {
	prefix, local := "", text
	for i := range len(text) {
		if text[i] == ':' {
			prefix, local = text[:i], text[i+1:]
			break
		}
	}
	var array [16]xmlscan.Binding
	space, _ := bound(prefix, s.AppendScope(array[:0]))
	return xml.Name{Space: intern(space), Local: local}
}

// appendAddressing appends the addressing headers.
//
// WS-Addressing 1.0, SOAP Binding, 3.4
func (e *Envelope) appendAddressing(b []byte, action string, p presence) []byte {
	a := e.Addressing
	must := ` s:mustUnderstand="1">`
	if p == optional {
		must = ">"
	}
	if action != "" {
		b = append(append(b, "<a:Action"...), must...)
		b = xmlscan.EscapeText(b, action)
		b = append(b, "</a:Action>"...)
	}
	if e.RelatesTo != "" {
		b = append(b, "<a:RelatesTo>"...)
		b = xmlscan.EscapeText(b, e.RelatesTo)
		b = append(b, "</a:RelatesTo>"...)
	}
	if e.MessageID != "" {
		b = append(b, "<a:MessageID>"...)
		b = xmlscan.EscapeText(b, e.MessageID)
		b = append(b, "</a:MessageID>"...)
	}
	b = e.ReplyTo.appendHeader(b, "ReplyTo", a)
	b = e.FaultTo.appendHeader(b, "FaultTo", a)
	b = e.From.appendHeader(b, "From", a)
	if e.To != "" {
		to := e.To
		if to == anon10 || to == anon04 {
			to = a.Anonymous()
		}
		b = append(append(b, "<a:To"...), must...)
		b = xmlscan.EscapeText(b, to)
		b = append(b, "</a:To>"...)
	}
	return b
}

// appendHeader appends the endpoint as an addressing header. In 2004/08, which has no none, that is left out: without
// ReplyTo no reply is wanted there.
func (e *EndpointReference) appendHeader(b []byte, name string, a Addressing) []byte {
	if e == nil || a == WSA2004 && e.None() {
		return b
	}
	b = append(append(append(b, "<a:"...), name...), '>')
	b = e.AppendXML(b, a)
	return append(append(append(b, "</a:"...), name...), '>')
}

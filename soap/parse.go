package soap

import (
	"encoding/xml"
	"fmt"

	"github.com/gowsrm/wsrm/internal/xmlscan"
)

// Parse reads an envelope in UTF-8, or in UTF-16 if a byte order mark or the XML declaration says so. It keeps b, which
// must not change afterwards. Nil limits are the defaults.
//
// The error is always a *[Fault], made to be sent to whoever sent b: of a document that is ill-formed, beyond a limit or no
// SOAP envelope, the Envelope is nil. If only the addressing headers are at fault, the Envelope is returned beside the
// error: not to be processed, but to be answered in its versions and with its MessageID.
func Parse(b []byte, lim *Limits) (*Envelope, error) { return ParseCharset(b, "", lim) }

// ParseCharset is Parse of a document whose carrier told the character set: the charset parameter of an HTTP
// Content-Type. It is believed before the XML declaration, but not before a byte order mark. Known are UTF-8, UTF-16, US-ASCII and
// ISO-8859-1, whatever their case; "" leaves it to the document.
func ParseCharset(b []byte, charset string, lim *Limits) (*Envelope, error) {
	l := lim.withDefaults()
	if l.Bytes >= 0 && int64(len(b)) > l.Bytes {
		return nil, senderFault("the envelope has more than %d bytes", l.Bytes)
	}
	b, err := xmlscan.ToUTF8(b, charset)
	if err != nil {
		return nil, illFormed(err)
	}
	s := scanners.Get().(*xmlscan.Scanner)
	defer release(s)
	s.Reset(b, xmlscan.Limits{Depth: l.Depth, Attrs: l.Attrs})
	p := parser{s: s, b: b, blocks: l.Blocks}
	if err := p.document(); err != nil {
		if f, ok := err.(*Fault); ok {
			return nil, f
		}
		return nil, illFormed(err)
	}
	if p.wrong != nil {
		return p.env, p.wrong
	}
	return p.env, nil
}

// illFormed is the fault for what the scanner refuses.
func illFormed(err error) *Fault { return senderFault("the XML is not acceptable: %v", err) }

// senderFault is a Sender fault with the reason.
func senderFault(format string, args ...any) *Fault {
	return &Fault{Code: "Sender", Reason: fmt.Sprintf(format, args...)}
}

// parser reads one envelope.
type parser struct {
	s      *xmlscan.Scanner
	b      []byte
	blocks int // header blocks allowed, negative: any number

	env   *Envelope
	doc   *document
	place *EndpointReference // where ReplyTo is read to

	declares bool   // Header declares namespaces itself
	seen     seen   // addressing headers
	wrong    *Fault // the first fault of addressing; the document is read to its end nevertheless
}

// parsed is a received envelope with all that a usual message has, in one piece of memory. Its size is one that the
// allocator has (a test watches it): the arrays are as long as that allows.
type parsed struct {
	env     Envelope
	doc     document
	replyTo EndpointReference
}

// document reads from the beginning to the end.
func (p *parser) document() error {
	s := p.s
	if _, err := s.Next(); err != nil {
		return err
	}
	version := V12
	switch space := s.Space(); {
	case s.Local() != "Envelope":
		return senderFault("the document is %s and no SOAP envelope", qname(xml.Name{Space: space, Local: s.Local()}))
	case space == ns12:
	case space == ns11:
		version = V11
	default:
		// SOAP 1.2, 5.4.7; SOAP 1.1, 4.4.1
		return &Fault{Code: "VersionMismatch", Reason: fmt.Sprintf("the envelope is of the namespace %q, which is neither SOAP 1.1 nor SOAP 1.2", space)}
	}
	r := new(parsed)
	p.env, p.doc, p.place = &r.env, &r.doc, &r.replyTo
	r.env.Version, r.env.doc = version, &r.doc
	r.doc.version, r.doc.size = version, len(p.b)
	r.env.blocks, r.doc.scope = r.doc.blocksArray[:0], r.doc.scopeArray[:0]
	if style, ok := s.Attr(ns11, "encodingStyle"); ok && version == V11 {
		r.doc.attrs = []xmlscan.Attr{style} // holds for the Body too: SOAP 1.1, 4.1.1
	}

	if err := p.children(version); err != nil {
		return err
	}
	_, err := s.Next() // EOF, or what does not belong behind the envelope
	return err
}

// children reads Header and Body.
//
// SOAP 1.2, 5.1; SOAP 1.1, 4.1.1
func (p *parser) children(version Version) error {
	s, ns := p.s, version.Namespace()
	header, body := false, false
	for {
		k, err := s.Next()
		if err != nil {
			return err
		}
		switch k {
		case xmlscan.End:
			if !body {
				return senderFault("the envelope has no Body")
			}
			return nil
		case xmlscan.Text:
			if err := p.onlySpace("Envelope"); err != nil {
				return err
			}
			continue
		}
		switch ours := s.Space() == ns; {
		case ours && s.Local() == "Header" && !header && !body:
			header = true
			err = p.header()
		case ours && s.Local() == "Body" && !body:
			body = true
			err = p.body(header)
		case version == V11 && body && s.Space() != "":
			err = s.Skip() // SOAP 1.1 allows other elements behind the Body
		default:
			err = senderFault("unexpected element %s in the Envelope", qname(xml.Name{Space: s.Space(), Local: s.Local()}))
		}
		if err != nil {
			return err
		}
	}
}

// onlySpace refuses text where only elements may be.
func (p *parser) onlySpace(where string) error {
	if !xmlscan.IsSpace(p.s.Text()) {
		return senderFault("text in the %s: %.40q", where, p.s.Text())
	}
	return nil
}

// scope notes the namespaces in scope.
func (p *parser) scope(dst []xmlscan.Binding) ([]xmlscan.Binding, error) {
	var array [16]xmlscan.Binding // so that what dst has no room for, gSOAP's nine, is allocated once
	all := p.s.AppendScope(array[:0])
	for i := range all {
		all[i].Space = intern(all[i].Space)
	}
	if scopeSize(all) > maxScope {
		return nil, senderFault("the namespace declarations of the envelope take more than %d bytes", maxScope)
	}
	return append(dst, all...), nil
}

// declaresAny reports whether the element that starts declares namespaces.
func (p *parser) declaresAny() bool {
	var array [4]xmlscan.Binding
	return len(p.s.AppendDeclared(array[:0])) > 0
}

// header reads the header blocks.
func (p *parser) header() (err error) {
	s := p.s
	if p.doc.scope, err = p.scope(p.doc.scope); err != nil {
		return err
	}
	p.declares = p.declaresAny()
	for {
		k, err := s.Next()
		if err != nil {
			return err
		}
		switch k {
		case xmlscan.End:
			return nil
		case xmlscan.Text:
			if err := p.onlySpace("Header"); err != nil {
				return err
			}
		case xmlscan.Start:
			if p.blocks >= 0 && len(p.env.blocks) >= p.blocks {
				return senderFault("the envelope has more than %d header blocks", p.blocks)
			}
			if err := p.block(); err != nil {
				return err
			}
		}
	}
}

// block reads a header block.
func (p *parser) block() error {
	s, version := p.s, p.doc.version
	start := s.Offset()
	n := len(p.env.blocks)
	if n < cap(p.env.blocks) {
		p.env.blocks = p.env.blocks[:n+1] // not used before, so zero
	} else {
		p.env.blocks = append(p.env.blocks, block{})
	}
	b := &p.env.blocks[n]
	b.name.Space, b.name.Local, b.flags = intern(s.Space()), s.Local(), received
	if b.name.Space == "" {
		return senderFault("the header block %s has no namespace", b.name.Local) // SOAP 1.2, 5.2.1; SOAP 1.1, 4.2
	}
	for _, a := range s.Attrs() {
		switch a.Space {
		case version.Namespace():
			if err := b.target(version, a); err != nil {
				return senderFault("the header block %s: %v", qname(b.name), err)
			}
		case ns11:
			b.flags |= targeted11 // has no meaning here, and must not get one elsewhere
		case ns12:
			b.flags |= targeted12
		}
	}
	var err error
	if (b.name.Space == nsWSA10 || b.name.Space == nsWSA04) && forUs(version, b.role) {
		var held bool
		if held, err = p.addressing(b); held {
			b.flags |= property
		}
	} else {
		err = s.Skip()
	}
	if err != nil {
		return err
	}
	b.raw = p.b[start:s.End()]
	return nil
}

// body reads the body, whose first element is the message.
//
// SOAP 1.2, 5.3; SOAP 1.1, 4.3
func (p *parser) body(header bool) (err error) {
	s, doc := p.s, p.doc
	start := s.End()
	if header && !p.declares && !p.declaresAny() {
		doc.inner = doc.scope
	} else if doc.inner, err = p.scope(nil); err != nil {
		return err
	}
	if _, ok := s.Attr(ns11, "encodingStyle"); ok {
		doc.attrs = nil
	}
	doc.attrs = append(doc.attrs, s.Attrs()...)
	for {
		k, err := s.Next()
		if err != nil {
			return err
		}
		switch k {
		case xmlscan.End:
			doc.content = p.b[start:s.Offset()]
			return nil
		case xmlscan.Text:
			if err := p.onlySpace("Body"); err != nil {
				return err
			}
			continue
		}
		name := xml.Name{Space: intern(s.Space()), Local: s.Local()}
		from := s.Offset()
		if err := s.Skip(); err != nil {
			return err
		}
		if doc.first.raw == nil {
			doc.first = payload{name: name, raw: p.b[from:s.End()]}
			doc.fault = name.Local == "Fault" && name.Space == doc.version.Namespace()
		}
	}
}

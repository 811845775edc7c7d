package soap

import (
	"strconv"

	"github.com/gowsrm/wsrm/internal/xmlscan"
)

// AppendXML appends the envelope in UTF-8, without an XML declaration, in the versions that its fields Version and
// Addressing say: first what HeaderAppenders write, then addressing, then the other header blocks, then the body. What XML
// cannot hold in a field becomes U+FFFD. The error is what New or AddHeader could not encode; b is as it was then.
func (e *Envelope) AppendXML(b []byte) ([]byte, error) { return e.appendXML(b, binding) }

// AppendPlain is AppendXML for a reader that may know nothing of WS-Addressing: its headers are written so that they need not
// be understood, or not at all.
func (e *Envelope) AppendPlain(b []byte, addressing bool) ([]byte, error) {
	if addressing {
		return e.appendXML(b, optional)
	}
	return e.appendXML(b, absent)
}

// presence says how the headers of WS-Addressing are written.
type presence uint8

const (
	binding  presence = iota // Action and To must be understood
	optional                 // none must be
	absent                   // not at all
)

func (e *Envelope) appendXML(b []byte, addressing presence) ([]byte, error) {
	if e.err != nil {
		return b, e.err
	}
	fault := e.fault
	if fault == nil && e.doc != nil && e.doc.fault && e.doc.version != e.Version {
		f, err := newFaultBody(e.carried()) // of one version of SOAP, to be written in the other
		if err != nil {
			return b, err
		}
		fault = f
	}
	action := e.Action
	if action == "" && e.fault != nil {
		action = e.fault.action(e.Addressing)
	}

	b = append(b, `<s:Envelope xmlns:s="`...)
	b = append(b, e.Version.Namespace()...)
	b = append(b, `" xmlns:a="`...)
	b = append(b, e.Addressing.Namespace()...)
	b = append(b, `"><s:Header>`...)
	header := len(b)
	if e.appender != nil {
		b = e.appender.AppendHeader(b, e.Version, e.Addressing)
		for _, h := range e.appenders {
			b = h.AppendHeader(b, e.Version, e.Addressing)
		}
	}
	if fault != nil {
		b = fault.appendHeaders(b, e.Version, e.Addressing)
	}
	if addressing != absent {
		b = e.appendAddressing(b, action, addressing)
	}
	for i := range e.blocks {
		if e.blocks[i].flags&property == 0 {
			b = e.appendBlock(b, &e.blocks[i])
		}
	}
	if len(b) == header {
		b = b[:header-len("<s:Header>")]
	} else {
		b = append(b, "</s:Header>"...)
	}
	switch {
	case fault != nil:
		b = append(b, "<s:Body>"...)
		b = fault.appendXML(b, e.Version, e.Addressing)
		b = append(b, "</s:Body>"...)
	case e.doc != nil:
		b = e.doc.appendBody(b, e.Version)
	default:
		b = append(b, "<s:Body>"...)
		b = append(b, e.body.raw...)
		b = append(b, "</s:Body>"...)
	}
	return append(b, "</s:Envelope>"...), nil
}

// appendBlock appends a header block in the form of the version of SOAP that is being written.
func (e *Envelope) appendBlock(b []byte, blk *block) []byte {
	var scope []xmlscan.Binding
	if blk.flags&received != 0 {
		scope = e.doc.scope
	}
	if blk.name.Space == ns11 || blk.name.Space == ns12 {
		if blk.name.Space != e.Version.Namespace() {
			return b // NotUnderstood, Upgrade: of no meaning in the other version
		}
	}
	rewrite := targeted11 // attributes that must not be written as they are
	if e.Version == V11 {
		rewrite = targeted12
	}
	if blk.flags&received != 0 && e.doc.version != e.Version {
		rewrite = targeted11 | targeted12
	}
	if blk.flags&rewrite != 0 || blk.flags&reference != 0 && e.Addressing == WSA10 {
		return e.appendRetargeted(b, blk, scope)
	}
	return appendWithin(b, blk.raw, scope, e.around())
}

// around returns what is in scope in the header that is being written.
func (e *Envelope) around() []xmlscan.Binding { return around[e.Version&1][e.Addressing&1][:] }

var around = [2][2][2]xmlscan.Binding{
	V12: {WSA10: {{Prefix: "s", Space: ns12}, {Prefix: "a", Space: nsWSA10}}, WSA2004: {{Prefix: "s", Space: ns12}, {Prefix: "a", Space: nsWSA04}}},
	V11: {WSA10: {{Prefix: "s", Space: ns11}, {Prefix: "a", Space: nsWSA10}}, WSA2004: {{Prefix: "s", Space: ns11}, {Prefix: "a", Space: nsWSA04}}},
}

// appendRetargeted appends a block with another start tag: attributes of SOAP become those of the version that is being
// written, and a reference parameter is marked as one.
func (e *Envelope) appendRetargeted(b []byte, blk *block, scope []xmlscan.Binding) []byte {
	s := scanners.Get().(*xmlscan.Scanner)
	defer release(s)
	s.ResetFragment(blk.raw, scope, xmlscan.Limits{})
	if _, err := s.Next(); err != nil {
		panic("BUG: soap: a header block that was read once is not read again: " + err.Error())
	}
	inside := s.AppendScope(nil)
	n := nameEnd(blk.raw)
	b = append(b, blk.raw[:n]...)
	b = appendInherited(b, blk.raw, scope, e.around())
	plain := s.Attrs()
	a := attrsOf(blk.raw)
	for a.next() {
		if _, ok := a.declares(); !ok {
			attr := plain[0]
			plain = plain[1:]
			if e.rewritten(blk, attr) {
				continue
			}
		}
		b = append(b, ' ')
		b = append(b, blk.raw[a.start:a.end]...)
	}
	space := e.Version.Namespace()
	role := otherRole(blk.role, e.Version)
	if blk.flags&mustUnderstand != 0 || role != "" {
		var prefix string
		b, prefix = appendPrefix(b, "s", space, inside)
		if blk.flags&mustUnderstand != 0 {
			b = append(append(append(b, ' '), prefix...), `:mustUnderstand="1"`...)
		}
		if role != "" {
			name := `:role="`
			if e.Version == V11 {
				name = `:actor="`
			}
			b = append(append(append(b, ' '), prefix...), name...)
			b = append(xmlscan.EscapeAttr(b, role), '"')
		}
	}
	if blk.flags&reference != 0 && e.Addressing == WSA10 {
		var prefix string
		b, prefix = appendPrefix(b, "a", nsWSA10, inside)
		b = append(append(append(b, ' '), prefix...), `:IsReferenceParameter="true"`...)
	}
	return append(b, blk.raw[a.i:]...)
}

// rewritten reports whether an attribute is left out of the start tag, because it comes anew or has no meaning.
func (e *Envelope) rewritten(blk *block, a xmlscan.Attr) bool {
	switch a.Space {
	case ns11, ns12:
		return a.Space != e.Version.Namespace() || a.Local == "mustUnderstand" || a.Local == "role" || a.Local == "actor"
	case nsWSA10:
		return a.Local == "IsReferenceParameter" && blk.flags&reference != 0
	}
	return false
}

// otherRole returns the role as version v writes it.
func otherRole(role string, v Version) string {
	switch role {
	case next11, next12:
		return v.next()
	case ultimate:
		if v == V11 {
			return ""
		}
	}
	return role
}

// appendPrefix returns a prefix for space in an element where inside is in scope, want if possible. What "s" and "a" stand
// for around the element holds unless inside says otherwise. If there is need, the prefix is declared.
func appendPrefix(b []byte, want, space string, inside []xmlscan.Binding) ([]byte, string) {
	prefix := want
	for i := 1; ; i++ {
		got, ok := bound(prefix, inside)
		if ok && got == space || !ok && prefix == want {
			return b, prefix
		}
		if !ok {
			return appendDeclaration(b, xmlscan.Binding{Prefix: prefix, Space: space}), prefix
		}
		prefix = want + strconv.Itoa(i)
	}
}

// appendBody appends the body that was received, in the version v.
func (d *document) appendBody(b []byte, v Version) []byte {
	prefix := "s"
	for i := 1; ; i++ {
		if got, ok := bound(prefix, d.inner); !ok || got == v.Namespace() {
			break
		}
		prefix = "s" + strconv.Itoa(i)
	}
	b = append(append(append(b, '<'), prefix...), ":Body"...)
	if prefix != "s" {
		b = appendDeclaration(b, xmlscan.Binding{Prefix: prefix, Space: v.Namespace()})
	}
	if len(d.content) > 0 || len(d.attrs) > 0 {
		for _, x := range d.inner {
			if x.Prefix != prefix {
				b = appendDeclaration(b, x)
			}
		}
	}
	for _, a := range d.attrs {
		name := a.Prefix
		if a.Space == ns11 || a.Space == ns12 {
			if a.Space != v.Namespace() {
				continue
			}
			name = prefix
		}
		b = append(b, ' ')
		if name != "" {
			b = append(append(b, name...), ':')
		}
		b = append(append(b, a.Local...), `="`...)
		b = append(xmlscan.EscapeAttr(b, a.Value()), '"')
	}
	b = append(b, '>')
	b = append(b, d.content...)
	return append(append(append(b, "</"...), prefix...), ":Body>"...)
}

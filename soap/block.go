package soap

import (
	"encoding/xml"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/gowsrm/wsrm/internal/xmlscan"
)

// HeaderAppender is a header that writes itself whenever its envelope is written: blocks of protocols such as
// WS-ReliableMessaging, which differ from one transmission to the next.
//
// AppendHeader appends any number of header blocks. Where they stand, the prefix "s" is the namespace of the version of
// SOAP and "a" that of addressing; every other prefix has to be declared by the block itself. It is called by each
// AppendXML, perhaps from several goroutines at once.
type HeaderAppender interface {
	AppendHeader(b []byte, v Version, a Addressing) []byte
}

// block is a header block, received or added.
type block struct {
	name  xml.Name
	role  string
	raw   []byte
	flags blockFlags
}

type blockFlags uint8

const (
	mustUnderstand blockFlags = 1 << iota
	received                  // cut out of a document: the document's scope applies
	property                  // held by a field of the envelope, and written from there
	reference                 // a reference parameter or property of the endpoint that the envelope is sent to
	targeted11                // has mustUnderstand or actor of SOAP 1.1, or of a document in SOAP 1.2 any attribute of 1.1
	targeted12                // has mustUnderstand, role or relay of SOAP 1.2, or likewise
)

// HeaderBlock is one header block of an envelope.
type HeaderBlock struct {
	Name           xml.Name
	MustUnderstand bool
	Role           string // role or actor as written; "": the ultimate receiver

	version Version
	raw     []byte
	scope   []xmlscan.Binding
}

// ForUs reports whether the block is targeted at whoever received the envelope as its last receiver: no role, the role of
// the ultimate receiver, or "next".
//
// SOAP 1.2, 2.2; SOAP 1.1, 4.2.2
func (h HeaderBlock) ForUs() bool { return forUs(h.version, h.Role) }

func forUs(v Version, role string) bool {
	return role == "" || role == v.next() || v == V12 && role == ultimate
}

// Bytes returns the block as an element that stands alone: all namespaces in scope are declared in it. The caller owns it.
func (h HeaderBlock) Bytes() []byte { return appendStandAlone(nil, h.raw, h.scope) }

// Decode reads the block into v, as [Envelope.Decode] does with a body.
func (h HeaderBlock) Decode(v any) error { return decodeElement(h.raw, h.scope, v) }

// Headers returns the header blocks in their order: those that came with the envelope, addressing headers and those for
// other roles included, then those that AddHeader added. It decodes nothing. What a HeaderAppender will write is not
// among them, and the addressing headers are those that were received, whatever the fields say by now.
func (e *Envelope) Headers() iter.Seq[HeaderBlock] {
	return func(yield func(HeaderBlock) bool) {
		for i := range e.blocks {
			if !yield(e.headerBlock(&e.blocks[i])) {
				return
			}
		}
	}
}

func (e *Envelope) headerBlock(b *block) HeaderBlock {
	h := HeaderBlock{Name: b.name, MustUnderstand: b.flags&mustUnderstand != 0, Role: b.role, raw: b.raw}
	if b.flags&received != 0 {
		h.scope = e.doc.scope
		h.version = e.doc.version
	} else if b.flags&targeted11 != 0 {
		h.version = V11
	}
	return h
}

// Header reads the first header block of that name that is targeted at us (ForUs) into v, as [Envelope.Decode] does with
// a body. A nil v only asks whether there is one. False: there is none, and v is as it was.
func (e *Envelope) Header(space, local string, v any) (bool, error) {
	for i := range e.blocks {
		b := &e.blocks[i]
		if b.name.Local != local || b.name.Space != space {
			continue
		}
		if h := e.headerBlock(b); h.ForUs() {
			if v == nil {
				return true, nil
			}
			return true, h.Decode(v)
		}
	}
	return false, nil
}

// AddHeader adds a header block: XML text ([]byte, kept and not to be changed afterwards), an *etree.Element, what
// encoding/xml marshals, or a [HeaderAppender]. All but the last are encoded now; what cannot be encoded becomes the
// error of the envelope (Err). Its attributes mustUnderstand and role or actor, in the namespace of either version of
// SOAP, are written as the version in use has them. It returns e.
func (e *Envelope) AddHeader(h any) *Envelope {
	if a, ok := h.(HeaderAppender); ok {
		if e.appender == nil {
			e.appender = a
		} else {
			e.appenders = append(slices.Clip(e.appenders), a) // copies of e share the array
		}
		return e
	}
	return e.addBlock(h, 0)
}

func (e *Envelope) addBlock(h any, flags blockFlags) *Envelope {
	p, err := encode(h)
	if err != nil {
		e.fail(err)
		return e
	}
	b := block{name: p.name, raw: p.raw, flags: flags}
	err = withScanner(func(s *xmlscan.Scanner) error {
		s.Reset(p.raw, xmlscan.Limits{})
		if _, err := s.Next(); err != nil {
			return err
		}
		for _, a := range s.Attrs() {
			switch a.Space {
			case ns11:
				if err := b.target(V11, a); err != nil {
					return err
				}
			case ns12:
				if err := b.target(V12, a); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err == nil && p.name.Space == "" {
		err = errors.New("it has no namespace")
	}
	if err != nil {
		e.fail(fmt.Errorf("soap: cannot send the header block %s: %w", p.name.Local, err))
		return e
	}
	e.blocks = append(slices.Clip(e.blocks), b) // copies of e share the array
	return e
}

// target notes an attribute in the namespace of SOAP version v, if it is one of those that say who has to understand the
// block.
func (b *block) target(v Version, a xmlscan.Attr) error {
	targeted, role := targeted12, "role"
	if v == V11 {
		targeted, role = targeted11, "actor"
	}
	switch a.Local {
	case "mustUnderstand":
		switch value := a.Value(); value {
		case "1", "true":
			b.flags |= mustUnderstand
		case "0", "false":
		default:
			return fmt.Errorf("mustUnderstand is %q", value)
		}
	case role:
		b.role = a.Value()
	case "relay":
		if v == V11 {
			return nil
		}
	default:
		return nil
	}
	b.flags |= targeted
	return nil
}

// RemoveHeaders removes the header blocks that drop tells, of those that Headers lists. It returns e. Addressing headers
// stay: they are written from the fields.
func (e *Envelope) RemoveHeaders(drop func(HeaderBlock) bool) *Envelope {
	i := slices.IndexFunc(e.blocks, func(b block) bool { return drop(e.headerBlock(&b)) })
	if i < 0 {
		return e
	}
	kept := slices.Clone(e.blocks[:i]) // copies of e share the array
	for _, b := range e.blocks[i+1:] {
		if !drop(e.headerBlock(&b)) {
			kept = append(kept, b)
		}
	}
	e.blocks = kept
	return e
}

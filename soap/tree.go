package soap

import (
	"bytes"

	"github.com/beevik/etree"

	"github.com/gowsrm/wsrm/internal/xmlscan"
)

// readTree makes a tree of the element that has just started, and reads to its End, which must be within the first limit
// bytes of the input if limit is not 0. Every namespace in scope is declared on it. Comments are left out.
func readTree(s *xmlscan.Scanner, limit int) (*etree.Element, error) {
	scope := s.AppendScope(nil)
	if limit != 0 && scopeSize(scope) > maxScope {
		return nil, errLarge
	}
	root := newElement(s, scope)
	var declared []xmlscan.Binding
	for at := root; ; {
		k, err := s.Next()
		if err != nil {
			return nil, err
		}
		if limit != 0 && s.End() > limit {
			return nil, errLarge
		}
		switch k {
		case xmlscan.Start:
			declared = s.AppendDeclared(declared[:0])
			child := newElement(s, declared)
			at.AddChild(child)
			at = child
		case xmlscan.Text:
			text := string(s.AppendText(nil))
			if s.CDATA() {
				at.CreateCData(text)
			} else {
				at.CreateText(text)
			}
		case xmlscan.End:
			if at == root {
				return root, nil
			}
			at = at.Parent()
		}
	}
}

// newElement makes the element that has just started, without content.
func newElement(s *xmlscan.Scanner, declared []xmlscan.Binding) *etree.Element {
	el := etree.NewElement("")
	// The strings alias the document, which a tree should not keep alive: hence the copies.
	el.Space, el.Tag = clone(s.Prefix()), clone(s.Local())
	for _, d := range declared {
		if d.Prefix == "" {
			addAttr(el, "", "xmlns", d.Space)
		} else {
			addAttr(el, "xmlns", d.Prefix, d.Space)
		}
	}
	for _, a := range s.Attrs() {
		addAttr(el, a.Prefix, a.Local, a.Value())
	}
	return el
}

func addAttr(el *etree.Element, prefix, local, value string) {
	key := clone(local)
	if prefix != "" {
		key = prefix + ":" + local
	}
	el.CreateAttr(key, clone(value))
}

func clone(s string) string { return string([]byte(s)) }

// appendTree appends the element as text, with the declarations that it inherits from the elements around it.
func appendTree(dst []byte, el *etree.Element) []byte {
	if el.Parent() != nil {
		el = withInherited(el)
	}
	w := bytes.NewBuffer(dst)
	// The canonical forms keep carriage returns, and white space in attributes.
	el.WriteTo(w, &etree.WriteSettings{CanonicalText: true, CanonicalAttrVal: true})
	return w.Bytes()
}

// withInherited returns a copy of el that declares what the elements around it declare.
func withInherited(el *etree.Element) *etree.Element {
	c := el.Copy()
	for up := el.Parent(); up != nil; up = up.Parent() {
		for _, a := range up.Attr {
			if key := a.FullKey(); (a.Space == "xmlns" || key == "xmlns") && c.SelectAttr(key) == nil {
				c.CreateAttr(key, a.Value)
			}
		}
	}
	return c
}

package soap

import (
	"slices"
	"strings"

	"github.com/gowsrm/wsrm/internal/xmlscan"
)

// This file cuts start tags of elements that are known to be well-formed.

// nameEnd returns the index behind the name in the start tag that b begins with.
func nameEnd(b []byte) int {
	for i, c := range b {
		switch c {
		case ' ', '\t', '\r', '\n', '/', '>':
			return i
		}
	}
	return len(b)
}

// attrs walks over the attributes of a start tag, namespace declarations among them.
type attrs struct {
	b          []byte
	i          int
	name       []byte // as written
	start, end int    // of the attribute, without white space around it
}

// attrsOf returns the attributes of the start tag that b begins with.
func attrsOf(b []byte) attrs { return attrs{b: b, i: nameEnd(b)} }

// next moves to the next attribute. False: there is none, and i is the index of what ends the tag, ">" or "/>".
func (a *attrs) next() bool {
	a.skipSpace()
	if a.i >= len(a.b) || a.b[a.i] == '>' || a.b[a.i] == '/' {
		return false
	}
	a.start = a.i
	for a.i < len(a.b) && a.b[a.i] != '=' {
		a.i++
	}
	a.name = xmlscan.TrimSpace(a.b[a.start:a.i])
	a.i++
	a.skipSpace()
	if a.i >= len(a.b) {
		return false
	}
	quote := a.b[a.i]
	a.i++
	for a.i < len(a.b) && a.b[a.i] != quote {
		a.i++
	}
	a.i++
	a.end = min(a.i, len(a.b))
	return true
}

func (a *attrs) skipSpace() {
	for a.i < len(a.b) {
		switch a.b[a.i] {
		case ' ', '\t', '\r', '\n':
			a.i++
		default:
			return
		}
	}
}

// declares returns the prefix that the attribute binds, if it is a namespace declaration.
func (a *attrs) declares() (prefix string, ok bool) {
	if string(a.name) == "xmlns" {
		return "", true
	}
	return strings.CutPrefix(str(a.name), "xmlns:")
}

// appendDeclaration appends a namespace declaration, with a space before it.
func appendDeclaration(dst []byte, d xmlscan.Binding) []byte {
	dst = append(dst, " xmlns"...)
	if d.Prefix != "" {
		dst = append(dst, ':')
		dst = append(dst, d.Prefix...)
	}
	dst = append(dst, `="`...)
	dst = xmlscan.EscapeAttr(dst, d.Space)
	return append(dst, '"')
}

// appendStandAlone appends the element raw with all namespaces declared that are in scope where it was cut out.
func appendStandAlone(dst, raw []byte, scope []xmlscan.Binding) []byte {
	return appendWithin(dst, raw, scope, nil)
}

// appendWithin is appendStandAlone where outer is in scope around the element.
func appendWithin(dst, raw []byte, scope, outer []xmlscan.Binding) []byte {
	n := nameEnd(raw)
	dst = appendInherited(append(dst, raw[:n]...), raw, scope, outer)
	return append(dst, raw[n:]...)
}

// appendInherited appends the declarations that the start tag at the beginning of raw lacks.
func appendInherited(dst, raw []byte, scope, outer []xmlscan.Binding) []byte {
	if len(scope) == 0 {
		return dst
	}
	var array [8]string
	own := array[:0]
	for a := attrsOf(raw); a.next(); {
		if prefix, ok := a.declares(); ok {
			own = append(own, prefix)
		}
	}
	for _, d := range scope {
		if !slices.Contains(outer, d) && !slices.Contains(own, d.Prefix) {
			dst = appendDeclaration(dst, d)
		}
	}
	return dst
}

// bound returns what prefix stands for in a scope.
func bound(prefix string, scope []xmlscan.Binding) (space string, ok bool) {
	for _, d := range scope {
		if d.Prefix == prefix {
			return d.Space, true
		}
	}
	return "", false
}

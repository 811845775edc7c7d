package policy

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/gowsrm/wsrm/internal/xmlscan"
)

// node is an element. Its strings alias the document.
type node struct {
	space, local string
	attrs        []xmlscan.Attr
	kids         []*node
	ref          name // of a port the binding, of a binding the port type
	start, open  int  // where the element begins, and where its start tag ends
	end          int  // behind the element
}

type name struct{ space, local string }

func (n *node) is(space, local string) bool { return n.space == space && n.local == local }

// wsp reports whether n is an element of WS-Policy, of any version, with that name.
func (n *node) wsp(local string) bool { return n.local == local && isPolicy(n.space) }

func (n *node) attr(space, local string) (string, bool) {
	for i := range n.attrs {
		if n.attrs[i].Local == local && n.attrs[i].Space == space {
			return n.attrs[i].Value(), true
		}
	}
	return "", false
}

// flag reports whether n has the attribute of WS-Policy, with the value true.
func (n *node) flag(local string) bool {
	for i := range n.attrs {
		if a := &n.attrs[i]; a.Local == local && isPolicy(a.Space) {
			v := strings.TrimSpace(a.Value())
			return v == "true" || v == "1"
		}
	}
	return false
}

// child returns the first child for which f is true.
func (n *node) child(f func(*node) bool) *node {
	for _, k := range n.kids {
		if f(k) {
			return k
		}
	}
	return nil
}

// all yields the children that WSDL calls that.
func (n *node) all(local string) (out []*node) {
	for _, k := range n.kids {
		if k.is(nsWSDL, local) {
			out = append(out, k)
		}
	}
	return out
}

// document is a WSDL or a policy, without what policies have nothing to do with.
type document struct {
	text     []byte // in UTF-8
	root     *node
	target   string           // target namespace
	policies map[string]*node // by what a reference says
	ids      map[string]bool  // of all policies
	bindings map[name]*node
	types    map[name]*node // port types
	nodes    int
	work     int
	scan     xmlscan.Scanner
	scope    []xmlscan.Binding
}

// parse reads a document that is in UTF-8.
func parse(text []byte) (*document, error) {
	d := &document{
		text: text, policies: map[string]*node{}, ids: map[string]bool{}, bindings: map[name]*node{}, types: map[name]*node{},
	}
	d.scan.Reset(withoutInstructions(text), xmlscan.Limits{Depth: maxDepth, Attrs: maxAttrs})
	for {
		kind, err := d.scan.Next()
		switch {
		case err != nil:
			return nil, fmt.Errorf("policy: %w", err)
		case kind == xmlscan.EOF:
			return d, d.index()
		case kind == xmlscan.Start:
			if d.root, err = d.element(nil); err != nil {
				return nil, err
			}
		}
	}
}

// element reads the element that has just started.
func (d *document) element(parent *node) (*node, error) {
	s := &d.scan
	if d.nodes++; d.nodes > maxNodes {
		return nil, d.errorAt(s.Offset(), "more than %d elements", maxNodes)
	}
	n := &node{
		space: s.Space(), local: s.Local(), start: s.Offset(), open: s.End(), attrs: append([]xmlscan.Attr(nil), s.Attrs()...),
	}
	if parent != nil && parent.is(nsWSDL, "definitions") {
		switch {
		case n.is(nsWSDL, "binding"):
			n.ref = d.qname(n, "type")
		case n.space != nsWSDL && !isPolicy(n.space), n.is(nsWSDL, "types"), n.is(nsWSDL, "message"):
			return n, d.skip(n)
		}
	}
	if n.is(nsWSDL, "port") {
		n.ref = d.qname(n, "binding")
	}
	if n.is(nsWSDL, "documentation") {
		return n, d.skip(n)
	}
	for {
		kind, err := s.Next()
		switch {
		case err != nil:
			return nil, fmt.Errorf("policy: %w", err)
		case kind == xmlscan.End:
			n.end = s.End()
			return n, nil
		case kind == xmlscan.Start:
			k, err := d.element(n)
			if err != nil {
				return nil, err
			}
			n.kids = append(n.kids, k)
		}
	}
}

func (d *document) skip(n *node) error {
	if err := d.scan.Skip(); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	n.end = d.scan.End()
	return nil
}

// qname reads an attribute that is a qualified name, while its element is the current one.
func (d *document) qname(n *node, attr string) name {
	v, _ := n.attr("", attr)
	prefix, local, ok := strings.Cut(strings.TrimSpace(v), ":")
	if !ok {
		prefix, local = "", prefix
	}
	d.scope = d.scan.AppendScope(d.scope[:0])
	for i := len(d.scope) - 1; i >= 0; i-- {
		if d.scope[i].Prefix == prefix {
			return name{d.scope[i].Space, local}
		}
	}
	return name{"", local}
}

// index finds what others refer to.
func (d *document) index() error {
	switch {
	case d.root.wsp("Policy"):
	case !d.root.is(nsWSDL, "definitions"):
		return d.errorAt(d.root.start, "neither a WSDL 1.1 document nor a policy but %q of %q", short(d.root.local), short(d.root.space))
	}
	d.target, _ = d.root.attr("", "targetNamespace")
	for _, k := range d.root.kids {
		v, _ := k.attr("", "name")
		switch {
		case k.is(nsWSDL, "binding"):
			keep(d.bindings, name{d.target, v}, k)
		case k.is(nsWSDL, "portType"):
			keep(d.types, name{d.target, v}, k)
		}
	}
	d.identify(d.root)
	return nil
}

// identify notes the policies in n by their names.
//
// WS-Policy 1.5, 4.2: a policy is identified by wsu:Id, xml:id or Name
func (d *document) identify(n *node) {
	if n.wsp("Policy") {
		for _, space := range []string{nsUtility, nsXML} {
			if id, ok := n.attr(space, map[string]string{nsUtility: "Id", nsXML: "id"}[space]); ok {
				keep(d.policies, "#"+id, n)
				d.ids[id] = true
			}
		}
		if v, ok := n.attr("", "Name"); ok {
			keep(d.policies, v, n)
		}
	}
	for _, k := range n.kids {
		d.identify(k)
	}
}

// keep lets the first of a name be the one.
func keep[K comparable](m map[K]*node, k K, n *node) {
	if m[k] == nil {
		m[k] = n
	}
}

// errorAt says what is wrong at a place of the document.
func (d *document) errorAt(offset int, format string, args ...any) error {
	before := d.text[:offset]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := 1 + len([]rune(string(before[bytes.LastIndexByte(before, '\n')+1:])))
	return fmt.Errorf("policy: line %d, column %d: %s", line, column, fmt.Sprintf(format, args...))
}

// short returns what of s may be quoted.
func short(s string) string {
	if len(s) > 100 {
		return s[:100] + "..."
	}
	return s
}

// withoutInstructions returns b with its processing instructions, which WSDL may have and SOAP may not, made white space.
// All else stays where it was. Where b is not well-formed, nothing is certain, but the scanner will say so.
func withoutInstructions(b []byte) []byte {
	out, i := b, 0
	if decl := bytes.TrimPrefix(b, []byte("\uFEFF")); bytes.HasPrefix(decl, []byte("<?xml")) && len(decl) > 5 && xmlscan.IsSpace(decl[5:6]) {
		i = len(b) - len(decl) + 5
	}
	for {
		k := bytes.IndexByte(b[i:], '<')
		if k < 0 {
			return out
		}
		i += k
		var until string
		switch rest := b[i:]; {
		case bytes.HasPrefix(rest, []byte("<!--")):
			until = "-->"
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			until = "]]>"
		case bytes.HasPrefix(rest, []byte("<?")) && !bytes.HasPrefix(bytes.ToLower(rest[2:min(len(rest), 5)]), []byte("xml")),
			bytes.HasPrefix(rest, []byte("<?xml-")):
			until = "?>"
		default:
			i++
			continue
		}
		k = bytes.Index(b[i:], []byte(until))
		if k < 0 {
			return out
		}
		end := i + k + len(until)
		if until == "?>" {
			if &out[0] == &b[0] {
				out = bytes.Clone(b)
			}
			for ; i < end; i++ {
				if out[i] != '\n' && out[i] != '\r' {
					out[i] = ' '
				}
			}
		}
		i = end
	}
}

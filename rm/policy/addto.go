package policy

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strconv"
	"unicode/utf16"

	"github.com/gowsrm/wsrm/internal/xmlscan"
	"github.com/gowsrm/wsrm/rm"
)

// AddTo returns a WSDL 1.1 document with a policy, as [Append] writes it, for each binding of SOAP over HTTP, and a
// reference to it in the binding. All else, byte for byte, stays as it is: formatting, comments, prefixes,
// encoding, byte order mark. What is added is in WS-Policy 1.2, or in 1.5 if the document has policies in that alone.
//
// A binding that says something about reliable messaging already, itself or by its ports, port type, operations or
// messages, is left alone. So a document to which it was added once stays the same. If each alternative of a binding asks
// for WS-Addressing, that is not added again.
//
// If there is nothing to do, as in a document that imports its bindings, wsdl itself is returned. A document that is no
// WSDL 1.1, or that cannot be read (see [Read]), gives an error. wsdl is not changed.
//
// A result that is longer than wsdl does not fit what HTTP said of it: Content-Length, ETag, digests. Its encoding is
// the one that it declares, so that charset still fits; a document that relies on charset alone gives an error, or was UTF-8.
// What is compressed has to be unpacked first.
func AddTo(wsdl []byte, opts *rm.Options) ([]byte, error) {
	d, encode, err := open(wsdl)
	if err != nil {
		return nil, err
	}
	if d.root.space != nsWSDL {
		return nil, d.errorAt(d.root.start, "a policy, where a WSDL 1.1 document was expected")
	}
	var policies, refs []insertion
	ns := d.namespace()
	place := d.top(d.root)
	ports := d.ports()
	for _, binding := range d.root.all("binding") {
		ext := binding.child(func(k *node) bool { return isSOAP(k.space) && k.local == "binding" })
		if ext == nil {
			continue
		}
		if transport, _ := ext.attr("", "transport"); !overHTTP(transport) {
			continue
		}
		has, addressing, err := d.says(binding, ports[binding])
		if err != nil {
			return nil, err
		}
		if has {
			continue
		}
		id := d.newID(named(binding))
		w := writer{line: d.indentation(place), policy: ns, id: id}
		w.b = append(w.b, w.line...)
		w.write(opts, !addressing)
		policies = append(policies, insertion{place, w.b})

		at := d.top(binding)
		ref := `<wsp:PolicyReference xmlns:wsp="` + ns + `" URI="#` + id + `"/>`
		refs = append(refs, insertion{at, []byte(d.indentation(at) + ref)})
	}
	if len(refs) == 0 {
		return wsdl, nil
	}
	all := append(policies, refs...)
	slices.SortStableFunc(all, func(a, b insertion) int { return a.at - b.at })
	return encode(splice(d.text, all)), nil
}

// insertion is text to be put at a place of a document.
type insertion struct {
	at   int
	text []byte
}

func splice(text []byte, what []insertion) []byte {
	size := len(text)
	for _, w := range what {
		size += len(w.text)
	}
	out, done := make([]byte, 0, size), 0
	for _, w := range what {
		out = append(append(out, text[done:w.at]...), w.text...)
		done = w.at
	}
	return append(out, text[done:]...)
}

// top is where an extension may stand in n: behind the documentation, in front of all else.
//
// WSDL 1.1, A 4.1
func (d *document) top(n *node) int {
	if len(n.kids) > 0 && n.kids[0].is(nsWSDL, "documentation") {
		return n.kids[0].end
	}
	return n.open
}

// indentation is the line end and white space that stand at a place, in front of an element: one that is put there stands
// under those beside it. It is empty if a document is written in one line.
func (d *document) indentation(at int) string {
	rest := d.text[at:]
	space := rest[:len(rest)-len(bytes.TrimLeft(rest, " \t\r\n"))]
	// Of several line ends, those of an empty line, the last one counts.
	if i := bytes.LastIndexByte(space, '\n'); i > 0 && space[i-1] == '\r' {
		space = space[i-1:]
	} else if i >= 0 {
		space = space[i:]
	} else {
		space = nil
	}
	return string(space)
}

// ports returns the ports of each binding.
func (d *document) ports() map[*node][]*node {
	out := map[*node][]*node{}
	for _, service := range d.root.all("service") {
		for _, port := range service.all("port") {
			if b := d.bindings[port.ref]; b != nil {
				out[b] = append(out[b], port)
			}
		}
	}
	return out
}

// says reports whether a binding says something about reliable messaging, and whether it asks for addressing in each
// alternative.
func (d *document) says(binding *node, ports []*node) (reliable, addressing bool, err error) {
	alts, err := d.effective(nil, binding)
	if err != nil {
		return false, false, err
	}
	addressing = len(alts) > 0
	for _, a := range alts {
		reliable = reliable || slices.ContainsFunc(a, isRM)
		addressing = addressing && slices.ContainsFunc(a, isAddressing)
	}
	for _, port := range ports {
		if alts, err = d.attached(port); err != nil {
			return false, false, err
		}
		for _, a := range alts {
			reliable = reliable || slices.ContainsFunc(a, isRM)
		}
	}
	return reliable, addressing, nil
}

// namespace is the one of WS-Policy that is right for what is added.
//
// WCF: 1.2 is what its tools write by default, and all that old ones read.
func (d *document) namespace() string {
	if d.mentions(d.root, nsPolicy15) && !d.mentions(d.root, nsPolicy12) {
		return nsPolicy15
	}
	return nsPolicy12
}

// mentions reports whether n has an element of that namespace.
func (d *document) mentions(n *node, space string) bool {
	return n.space == space || n.child(func(k *node) bool { return d.mentions(k, space) }) != nil
}

// newID returns an identifier of a binding's policy that no other policy has, as it is written in an attribute.
func (d *document) newID(binding string) string {
	id := binding + "_rm_policy"
	for i := 2; d.ids[id]; i++ {
		id = binding + "_rm_policy" + strconv.Itoa(i)
	}
	d.ids[id] = true
	var b []byte
	for _, r := range string(xmlscan.EscapeAttr(nil, id)) {
		if r < 0x80 {
			b = append(b, byte(r))
		} else { // the document may be in an encoding without it
			b = append(strconv.AppendInt(append(b, "&#"...), int64(r), 10), ';')
		}
	}
	return string(b)
}

// encoder returns what brings text, changed by ASCII characters, into the encoding of doc, from which it was made.
func encoder(doc, text []byte) func([]byte) []byte {
	var order binary.AppendByteOrder
	switch {
	case len(doc) == 0 || len(text) == 0 || &doc[0] == &text[0]:
		return func(b []byte) []byte { return b }
	case len(doc) > 1 && (doc[0] == 0xFE && doc[1] == 0xFF || doc[0] == 0):
		order = binary.BigEndian
	case len(doc) > 1 && (doc[0] == 0xFF && doc[1] == 0xFE || doc[1] == 0):
		order = binary.LittleEndian
	default: // ISO-8859-1
		return func(b []byte) []byte {
			out := make([]byte, 0, len(b))
			for _, r := range string(b) {
				out = append(out, byte(r))
			}
			return out
		}
	}
	return func(b []byte) []byte {
		out := make([]byte, 0, 2*len(b)+2)
		if doc[0] >= 0xFE {
			out = append(out, doc[:2]...)
		}
		for _, u := range utf16.Encode([]rune(string(b))) {
			out = order.AppendUint16(out, u)
		}
		return out
	}
}

package wsrm

import (
	"bytes"
	"math"
	"unsafe"

	"github.com/gowsrm/wsrm/internal/xmlscan"
	"github.com/gowsrm/wsrm/window"
)

// QuickXML reads a header block that is written in the usual way, several times faster than ScanXML: raw is well-formed,
// so that little is left to look at. False: it is not written so, or something is wrong with it, and ScanXML has to read
// it; h is as it was.
//
// The usual way is that children have the prefix of the block and no attributes, so that they are in its namespace, and
// hold plain text.
func (h *Headers) QuickXML(raw []byte) bool {
	q := quick{b: raw}
	if !q.begin() {
		return false
	}
	switch string(q.local()) {
	case "Sequence":
		return h.Sequence.Number == 0 && h.quickSequence(&q)
	case "SequenceAcknowledgement":
		return len(h.Acks) == 0 && h.quickAck(&q)
	}
	return false
}

func (h *Headers) quickSequence(q *quick) bool {
	var s Sequence
	for q.child() {
		switch string(q.local()) {
		case "Identifier":
			q.identifier(&s.Identifier)
		case "MessageNumber":
			if s.Number != 0 {
				return false
			}
			s.Number = q.number()
		case "LastMessage":
			s.Last = h.Version == RM10
			q.nothing()
		default:
			return false
		}
	}
	if !q.done || s.Identifier == "" || s.Number == 0 {
		return false
	}
	h.Sequence = s
	return true
}

func (h *Headers) quickAck(q *quick) bool {
	a := Acknowledgement{Buffer: -1}
	ranges, none := 0, false
	for q.child() {
		switch string(q.local()) {
		case "Identifier":
			q.identifier(&a.Identifier)
		case "AcknowledgementRange":
			if ranges++; ranges > MaxRanges {
				return false
			}
			if r := q.ackRange(); r.Upper != 0 {
				a.Ranges.AddRange(r)
			}
		case "None":
			none = true
			q.nothing()
		case "Final":
			a.Final = true
			q.nothing()
		case "BufferRemaining":
			if a.Buffer >= 0 {
				return false
			}
			a.Buffer = q.buffer()
		default:
			return false
		}
	}
	if !q.done || a.Identifier == "" || ranges == 0 && !none || (none || a.Final) && h.Version != RM11 {
		return false
	}
	h.First = a
	h.Acks = unsafe.Slice(&h.First, 1)
	return true
}

// quick walks over the children of an element that is known to be well-formed. What it does not expect makes it give up.
// It counts in bytes and holds no pointers but one, so that moving on costs the collector nothing.
type quick struct {
	b           []byte
	i           int // the present place
	prefix      int // length of the block's prefix, with its colon
	name        int // of the child: where it begins,
	colon, size int // where its local name begins, and how long it is as written
	gone        bool
	done        bool // the end of the block was reached
}

// begin reads the block's start tag. False: the block is empty.
func (q *quick) begin() bool {
	end := bytes.IndexByte(q.b, '>') // one in an attribute makes the first child an odd one
	if end < 0 || q.b[end-1] == '/' {
		return false
	}
	q.i = 1
	q.cutName()
	q.prefix = q.colon - q.name
	q.i = end + 1
	return !q.gone
}

// cutName reads a name.
func (q *quick) cutName() {
	q.name, q.colon = q.i, q.i
	for i := q.i; i < len(q.b); i++ {
		switch q.b[i] {
		case ' ', '\t', '\r', '\n', '/', '>':
			q.size, q.i = i-q.name, i
			return
		case ':':
			q.colon = i + 1
		}
	}
	q.gone = true
}

func (q *quick) local() []byte { return q.b[q.colon : q.name+q.size] }

// child moves to the next child, behind its name. False: there is none, or q has given up.
func (q *quick) child() bool {
	for q.i < len(q.b) && xmlscan.IsSpace(q.b[q.i:q.i+1]) {
		q.i++
	}
	switch {
	case q.gone || q.i+1 >= len(q.b) || q.b[q.i] != '<' || q.b[q.i+1] == '!':
		return false
	case q.b[q.i+1] == '/':
		q.done = true
		return false
	}
	q.i++
	q.cutName()
	return !q.gone
}

// accept passes over what the text has to go on with.
func (q *quick) accept(s string) bool {
	if end := q.i + len(s); end <= len(q.b) && string(q.b[q.i:end]) == s {
		q.i = end
		return true
	}
	return false
}

// ours reports whether the child has the block's prefix.
func (q *quick) ours() bool {
	return q.colon-q.name == q.prefix && string(q.b[q.name:q.colon]) == string(q.b[1:1+q.prefix])
}

// content reads the text of the child, to the end of its end tag, "" if it is not plain.
func (q *quick) content() string {
	if n := bytes.IndexByte(q.b[q.i:], '<'); n > 0 {
		raw := q.b[q.i : q.i+n]
		q.i += n
		text := xmlscan.TrimSpace(raw)
		if len(text) > 0 && bytes.IndexByte(raw, '&') < 0 && bytes.IndexByte(raw, '\r') < 0 && q.ends() {
			return unsafe.String(unsafe.SliceData(text), len(text))
		}
	}
	q.gone = true
	return ""
}

// ends passes over the end tag of the child.
func (q *quick) ends() bool {
	return q.accept("</") && q.accept(string(q.b[q.name:q.name+q.size])) && q.accept(">")
}

func (q *quick) identifier(id *string) {
	if *id != "" || !q.ours() || !q.accept(">") {
		q.gone = true
		return
	}
	*id = q.content()
}

// number reads a message number, 0 if it is none.
func (q *quick) number() window.Number {
	if q.ours() && q.accept(">") {
		if n, ok := parseUnsigned(q.content()); ok && n > 0 && n <= uint64(maxNumber) {
			return window.Number(n)
		}
	}
	q.gone = true
	return 0
}

// nothing reads a child without content.
func (q *quick) nothing() {
	if !q.ours() || !q.empty() {
		q.gone = true
	}
}

// empty passes over the rest of a start tag and the end of an element without content.
func (q *quick) empty() bool {
	q.accept(" ")
	return q.accept("/>") || q.accept(">") && q.ends()
}

// ackRange reads a range that is not empty, the zero Range if it is none.
func (q *quick) ackRange() (r window.Range) {
	if q.ours() && q.bound(` Lower="`, &r.Lower) && q.bound(` Upper="`, &r.Upper) && r.Lower <= r.Upper && q.empty() {
		return r
	}
	q.gone = true
	return window.Range{}
}

func (q *quick) bound(attr string, n *window.Number) bool {
	if !q.accept(attr) {
		return false
	}
	end := bytes.IndexByte(q.b[q.i:], '"')
	if end < 0 {
		return false
	}
	v, ok := parseUnsigned(unsafe.String(&q.b[q.i], end))
	if !ok || v == 0 || v > uint64(maxNumber) {
		return false
	}
	*n = window.Number(v)
	q.i += end + 1
	return true
}

// buffer reads BufferRemaining, whose namespace is declared in it. WCF writes it so.
func (q *quick) buffer() int {
	if q.colon > q.name && q.accept(" xmlns:") && q.accept(string(q.b[q.name:q.colon-1])) && q.accept(`="`+nsNet+`">`) {
		if n, ok := parseUnsigned(q.content()); ok && n <= math.MaxInt32 {
			return int(n)
		}
	}
	q.gone = true
	return -1
}

package wsrm

import (
	"bytes"
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
	switch local := q.begin(); {
	case string(local) == "Sequence" && h.Sequence.Number == 0:
		return h.quickSequence(&q)
	case string(local) == "SequenceAcknowledgement" && len(h.Acks) == 0:
		return h.quickAck(&q)
	}
	return false
}

func (h *Headers) quickSequence(q *quick) bool {
	var s Sequence
	for q.child() {
		switch string(q.local) {
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
		switch string(q.local) {
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
type quick struct {
	b     []byte // from the present place on
	block []byte // prefix of the block, with its colon
	name  []byte // of the child, as written
	local []byte // without prefix
	gone  bool   // given up
	done  bool   // the end of the block was reached
}

// begin reads the block's start tag and returns its local name, nil if the block is empty.
func (q *quick) begin() []byte {
	end := bytes.IndexByte(q.b, '>') // one in an attribute makes the first child an odd one
	if end < 0 || q.b[end-1] == '/' {
		return nil
	}
	q.take(1)
	q.cutName()
	q.block = q.name[:len(q.name)-len(q.local)]
	q.b = q.b[end-len(q.name):]
	return q.local
}

// take passes over n bytes.
func (q *quick) take(n int) { q.b = q.b[n:] }

// cutName reads a name.
func (q *quick) cutName() {
	i, local := 0, 0
	for ; i < len(q.b); i++ {
		switch q.b[i] {
		case ' ', '\t', '\r', '\n', '/', '>':
			q.name, q.local = q.b[:i], q.b[local:i]
			q.take(i)
			return
		case ':':
			local = i + 1
		}
	}
	q.giveUp()
}

func (q *quick) giveUp() { q.gone, q.b = true, nil }

// child moves to the next child, behind its name. False: there is none, or q has given up.
func (q *quick) child() bool {
	q.b = xmlscan.TrimSpace(q.b)
	switch {
	case q.gone || len(q.b) < 2 || q.b[0] != '<' || q.b[1] == '!':
		return false
	case q.b[1] == '/':
		q.done = true
		return false
	}
	q.take(1)
	q.cutName()
	return !q.gone
}

// accept passes over what the text has to go on with.
func (q *quick) accept(s string) bool {
	if len(q.b) < len(s) || string(q.b[:len(s)]) != s {
		return false
	}
	q.take(len(s))
	return true
}

// ours reports whether the child has the block's prefix.
func (q *quick) ours() bool {
	return string(q.name[:len(q.name)-len(q.local)]) == string(q.block)
}

// content reads the text of the child, to the end of its end tag, "" if it is not plain.
func (q *quick) content() string {
	for i, c := range q.b {
		switch c {
		case '&', '\r':
			q.giveUp()
			return ""
		case '<':
			text := xmlscan.TrimSpace(q.b[:i])
			q.take(i)
			if !q.ends() || len(text) == 0 {
				q.giveUp()
				return ""
			}
			return unsafe.String(unsafe.SliceData(text), len(text))
		}
	}
	q.giveUp()
	return ""
}

// ends passes over the end tag of the child.
func (q *quick) ends() bool {
	n := len(q.name)
	if len(q.b) < n+3 || q.b[1] != '/' || string(q.b[2:2+n]) != string(q.name) || q.b[2+n] != '>' {
		return false
	}
	q.take(n + 3)
	return true
}

func (q *quick) identifier(id *string) {
	if *id != "" || !q.ours() || !q.accept(">") {
		q.giveUp()
		return
	}
	*id = q.content()
}

// number reads a message number, 0 if it is none.
func (q *quick) number() window.Number {
	if !q.ours() || !q.accept(">") {
		q.giveUp()
		return 0
	}
	n, ok := parseUnsigned(q.content())
	if !ok || n == 0 || n > uint64(maxNumber) {
		q.giveUp()
		return 0
	}
	return window.Number(n)
}

// nothing reads a child without content.
func (q *quick) nothing() {
	if !q.ours() || !q.empty() {
		q.giveUp()
	}
}

// empty passes over the rest of a start tag and the end of an element without content.
func (q *quick) empty() bool {
	q.accept(" ")
	return q.accept("/>") || q.accept(">") && q.ends()
}

// ackRange reads a range that is not empty.
func (q *quick) ackRange() (r window.Range) {
	if q.ours() && q.bound(` Lower="`, &r.Lower) && q.bound(` Upper="`, &r.Upper) && r.Lower <= r.Upper && q.empty() {
		return r
	}
	q.giveUp()
	return window.Range{}
}

func (q *quick) bound(attr string, n *window.Number) bool {
	if !q.accept(attr) {
		return false
	}
	i := bytes.IndexByte(q.b, '"')
	v, ok := parseUnsigned(string(q.b[:max(i, 0)]))
	if !ok || v == 0 || v > uint64(maxNumber) {
		return false
	}
	*n = window.Number(v)
	q.take(i + 1)
	return true
}

// buffer reads BufferRemaining, whose namespace is declared in it. WCF writes it so.
func (q *quick) buffer() int {
	prefix := q.name[:len(q.name)-len(q.local)]
	if len(prefix) == 0 || !q.accept(" xmlns:") || !q.accept(string(prefix[:len(prefix)-1])) || !q.accept(`="`+nsNet+`">`) {
		q.giveUp()
		return -1
	}
	n, ok := parseUnsigned(q.content())
	if !ok || n > 1<<31-1 {
		q.giveUp()
		return -1
	}
	return int(n)
}

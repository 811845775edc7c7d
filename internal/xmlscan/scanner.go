package xmlscan

import "unsafe"

// Kind says what [Scanner.Next] found.
type Kind uint8

const (
	EOF   Kind = iota // the document is complete
	Start             // a start tag, or an empty-element tag, which an End follows
	End               // an end tag, or the second half of an empty-element tag
	Text              // character data or a CDATA section inside an element; adjacent pieces come one by one
)

// Limits bound what a document may grow. Zero means no limit. A document beyond a limit is an error that wraps [ErrLimit].
type Limits struct {
	Depth int // elements within each other; the root alone is 1
	Attrs int // attributes of one element, namespace declarations among them
}

// A Scanner reads one document after the other. Its zero value reads an empty one, which is an error; [Scanner.Reset]
// gives it a document. Once it has seen documents like those to come, it allocates nothing but namespace names that
// contain references.
//
// Strings and slices of bytes that it returns alias the input, which must not change while they are used. They outlive
// the Scanner. What Attrs returns is overwritten by the next call of Next.
//
// A Scanner is used by one goroutine at a time.
type Scanner struct {
	b   []byte
	err error
	progress

	open  []element
	attrs []Attr
	names namespaces
}

// progress is what a Scanner knows of its document and place in it. It has no pointers, so that beginning anew is cheap.
type progress struct {
	lim  Limits
	pos  int // the next byte to read, the end of the current token
	off  int // the beginning of the current token
	kind Kind

	coded    bool // Text: has references or carriage returns
	cdata    bool // Text: is a CDATA section
	from, to int  // Text: the characters

	begun   bool // the beginning has been seen: no declaration may come
	rooted  bool // the root element has been seen
	empty   bool // an empty-element tag was the last token: its End is due
	closing bool // an End was the last token: its element is still on open

	most int // attributes that an element had, so that Reset knows what to let go of
}

// element is one that is open.
type element struct {
	name, size int // the name as written, in b
	colon      int // length of the prefix, 0: none
	ns         int // what the prefix is bound to
	outer      int // how many bindings there are outside
}

// Reset begins a document in UTF-8, with or without a byte order mark. The encoding in an XML declaration is checked for
// its form only; that it is the one in use is checked by [ToUTF8]. Reset(nil, Limits{}) lets go of the last document.
func (s *Scanner) Reset(b []byte, lim Limits) {
	clear(s.attrs[:s.most])
	s.names.reset()
	s.b, s.err, s.progress = b, nil, progress{lim: lim}
	s.open, s.attrs = keep(s.open), keep(s.attrs)
	if hasBOM(b) {
		s.pos = len(bom)
	}
}

// ResetFragment begins one element that was cut out of a document, with the bindings in scope there, such as
// [Scanner.AppendScope] gave. If there are several for one prefix, the last one counts. White space and comments may stand
// around the element, an XML declaration may not.
func (s *Scanner) ResetFragment(b []byte, scope []Binding, lim Limits) {
	s.Reset(b, lim)
	s.pos, s.begun = 0, true
	for _, x := range scope {
		s.names.bind(x.Prefix, x.Space)
	}
}

const mostKept = 1024 // entries of a table that are kept for the next document; arbitrary

// keep returns s, empty, to be used again unless it has grown beyond what is usual.
func keep[T any](s []T) []T {
	if cap(s) > mostKept {
		return nil
	}
	return s[:0]
}

// Next reads the next token. Comments are passed over. The error is a *[SyntaxError]; further calls return it again, as
// they return EOF again at the end.
func (s *Scanner) Next() (Kind, error) {
	if s.closing {
		s.closing = false
		last := len(s.open) - 1
		s.names.cut(s.open[last].outer)
		s.open = s.open[:last]
	}
	if s.empty {
		s.empty = false
		s.off = s.pos
		return s.end()
	}
	if len(s.open) == 0 {
		return s.outside()
	}
	for s.pos < len(s.b) {
		if s.b[s.pos] != '<' {
			return s.text()
		}
		if s.pos+1 == len(s.b) {
			break
		}
		switch s.b[s.pos+1] {
		case '/':
			return s.endTag()
		case '?':
			return s.instruction()
		case '!':
			if kind, err := s.declaration(); kind != EOF || err != nil {
				return kind, err
			}
		default:
			return s.startTag()
		}
	}
	if s.err == nil {
		s.fail(len(s.b), nil, "the input ends inside of element "+quote(s.qname()))
	}
	return EOF, s.err
}

// end makes the innermost element's End the current token.
func (s *Scanner) end() (Kind, error) {
	s.closing = true
	s.kind = End
	return End, nil
}

// outside reads what is in front of the root element, with its tag, or behind it.
//
// XML 1.0, 2.1: document ::= prolog element Misc*
func (s *Scanner) outside() (Kind, error) {
	if s.err != nil {
		return EOF, s.err
	}
	if !s.begun {
		s.begun = true
		if isDecl(s.b[s.pos:]) {
			_, end, bad := xmlDecl(s.b, s.pos)
			if bad != "" {
				return s.fail(end, nil, bad)
			}
			s.pos = end
		}
	}
	for {
		s.pos = skipSpace(s.b, s.pos)
		switch rest := s.b[s.pos:]; {
		case len(rest) == 0 && s.rooted:
			s.kind, s.off = EOF, s.pos
			return EOF, nil
		case len(rest) == 0:
			return s.fail(s.pos, nil, "no root element")
		case rest[0] != '<':
			if s.rooted {
				return s.fail(s.pos, nil, describe(s.b, s.pos)+" after the root element")
			}
			return s.fail(s.pos, nil, describe(s.b, s.pos)+" before the root element")
		case len(rest) > 1 && rest[1] == '?':
			return s.instruction()
		case len(rest) > 1 && rest[1] == '!':
			if kind, err := s.declaration(); kind != EOF || err != nil {
				return kind, err
			}
		case s.rooted:
			return s.fail(s.pos, nil, "markup after the root element")
		default:
			s.rooted = true
			return s.startTag()
		}
	}
}

// fail makes an error at off the end of the document.
func (s *Scanner) fail(off int, wrap error, msg string) (Kind, error) {
	line, column := position(s.b, off)
	s.err = &SyntaxError{Offset: off, Line: line, Column: column, Msg: msg, Err: wrap}
	s.most = max(s.most, len(s.attrs))
	s.kind, s.off, s.pos = EOF, off, len(s.b)
	s.closing, s.empty = false, false
	return EOF, s.err
}

// Skip reads on to the end of the innermost open element, which is the one that starts if the current token is its Start.
// Its End is the current token then. Without an open element Skip does nothing. Whatever is passed over is checked like
// all else.
func (s *Scanner) Skip() error {
	for depth := s.Depth() - 1; depth >= 0; {
		kind, err := s.Next()
		if err != nil {
			return err
		}
		if kind == End && s.Depth() == depth {
			break
		}
	}
	return s.err
}

// Kind returns what the last Next returned: EOF before the first and after an error.
func (s *Scanner) Kind() Kind { return s.kind }

// named returns the element that starts or ends.
func (s *Scanner) named() *element {
	if s.kind != Start && s.kind != End {
		return nil
	}
	return &s.open[len(s.open)-1]
}

// Space returns the namespace of the element that starts or ends, "" if it is in none. It is "" for other tokens.
func (s *Scanner) Space() string {
	if e := s.named(); e != nil {
		return s.names.bound[e.ns].space
	}
	return ""
}

// Local returns the name, without prefix, of the element that starts or ends. It is "" for other tokens.
func (s *Scanner) Local() string {
	e := s.named()
	switch {
	case e == nil:
		return ""
	case e.colon == 0:
		return str(s.b[e.name : e.name+e.size])
	}
	return str(s.b[e.name+e.colon+1 : e.name+e.size])
}

// Prefix returns the prefix, as written, of the element that starts or ends.
func (s *Scanner) Prefix() string {
	if e := s.named(); e != nil {
		return str(s.b[e.name : e.name+e.colon])
	}
	return ""
}

// Attrs returns the attributes, but for namespace declarations, of the element that starts. It is overwritten by Next.
func (s *Scanner) Attrs() []Attr {
	if s.kind != Start {
		return nil
	}
	return s.attrs[:len(s.attrs):len(s.attrs)]
}

// Attr returns the attribute of that name of the element that starts; space is "" for one without prefix.
func (s *Scanner) Attr(space, local string) (Attr, bool) {
	for i := range s.Attrs() {
		if a := &s.attrs[i]; a.Local == local && a.Space == space {
			return *a, true
		}
	}
	return Attr{}, false
}

// Text returns the characters of a Text as written: of a CDATA section, what is between its delimiters.
func (s *Scanner) Text() []byte {
	if s.kind != Text {
		return nil
	}
	return s.b[s.from:s.to:s.to]
}

// Plain reports whether Text is the text itself, without references and carriage returns.
func (s *Scanner) Plain() bool { return !s.coded }

// CDATA reports whether the current token is a CDATA section.
func (s *Scanner) CDATA() bool { return s.kind == Text && s.cdata }

// AppendText appends to dst the characters of a Text, with references replaced and line ends normalized.
func (s *Scanner) AppendText(dst []byte) []byte {
	switch {
	case s.kind != Text:
		return dst
	case !s.coded:
		return append(dst, s.b[s.from:s.to]...)
	}
	return appendText(dst, s.b[s.from:s.to], s.cdata)
}

// Offset returns where the current token begins, in bytes of the input. The End of an empty-element tag begins and ends
// behind the tag, so that an element reaches from the Offset of its Start to the End of its End.
func (s *Scanner) Offset() int { return s.off }

// End returns where the current token ends, in bytes of the input.
func (s *Scanner) End() int { return s.pos }

// Depth returns how many elements are open: 1 at the Start of the root, 0 at its End.
func (s *Scanner) Depth() int {
	if s.closing {
		return len(s.open) - 1
	}
	return len(s.open)
}

// Pos returns the line and the column, both from 1, where the current token begins. It counts from the beginning of the
// input.
func (s *Scanner) Pos() (line, column int) { return position(s.b, s.off) }

// AppendScope appends to dst the bindings that are in scope, within the element at its Start and End. What is shadowed,
// the prefix xml and an empty default namespace are left out. Outer ones come first, those of one element in its order.
func (s *Scanner) AppendScope(dst []Binding) []Binding {
	return s.names.append(dst, firstBinding, true)
}

// AppendDeclared appends to dst the bindings that the element which starts or ends declares, in its order, whatever
// they are.
func (s *Scanner) AppendDeclared(dst []Binding) []Binding {
	if e := s.named(); e != nil {
		return s.names.append(dst, e.outer, false)
	}
	return dst
}

// str returns b as a string without copying.
func str(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

package xmlscan

import "bytes"

// text reads character data from s.pos to the next markup.
//
// XML 1.0, 2.4: CharData
func (s *Scanner) text() (Kind, error) {
	b := s.b
	i := s.pos
	s.off, s.from = i, i
	coded := false
	for {
		i = skipPlain(b, i, ']')
		if i >= len(b) {
			return s.fail(i, nil, "the input ends inside of element "+quote(s.qname()))
		}
		switch c := b[i]; {
		case c == '<':
			s.kind, s.pos, s.to = Text, i, i
			s.coded, s.cdata = coded, false
			return Text, nil
		case c == '\n' || c == '\t':
			i++
		case c == '\r':
			coded = true
			i++
		case c == '&':
			n := s.reference(i)
			if n == 0 {
				return EOF, s.err
			}
			coded = true
			i += n
		case c == ']':
			if i+2 < len(b) && b[i+1] == ']' && b[i+2] == '>' {
				return s.fail(i, nil, "']]>' in character data")
			}
			i++
		case c >= 0x80:
			if i = s.characters(i); i < 0 {
				return EOF, s.err
			}
		default:
			return s.badChar(i)
		}
	}
}

// declaration reads a comment or a CDATA section at s.pos and refuses all else that begins with "<!". It returns EOF
// without an error after a comment.
func (s *Scanner) declaration() (Kind, error) {
	switch rest := s.b[s.pos:]; {
	case bytes.HasPrefix(rest, []byte("<!--")):
		return s.comment()
	case bytes.HasPrefix(rest, []byte("<![CDATA[")) && len(s.open) > 0:
		return s.section()
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		return s.fail(s.pos, nil, "a CDATA section outside of the root element")
	case bytes.HasPrefix(rest, []byte("<!DOCTYPE")):
		return s.fail(s.pos, ErrDTD, "document type declarations are not allowed")
	}
	return s.fail(s.pos, nil, "malformed markup")
}

// comment passes over the comment at s.pos.
//
// XML 1.0, 2.5: Comment
func (s *Scanner) comment() (Kind, error) {
	start := s.pos
	i := start + len("<!--")
	for {
		i = s.skipUntil(i, '-')
		switch {
		case i < 0:
			return EOF, s.err
		case i+2 >= len(s.b):
			return s.fail(len(s.b), nil, "the input ends inside of a comment")
		case s.b[i+1] != '-':
			i++
		case s.b[i+2] != '>':
			return s.fail(i, nil, "'--' inside of a comment")
		default:
			s.pos = i + 3
			return EOF, nil
		}
	}
}

// section reads the CDATA section at s.pos.
//
// XML 1.0, 2.7: CDSect
func (s *Scanner) section() (Kind, error) {
	s.off = s.pos
	from := s.pos + len("<![CDATA[")
	i := from
	for {
		i = s.skipUntil(i, ']')
		switch {
		case i < 0:
			return EOF, s.err
		case i+2 >= len(s.b):
			return s.fail(len(s.b), nil, "the input ends inside of a CDATA section")
		case s.b[i+1] != ']' || s.b[i+2] != '>':
			i++
		default:
			s.kind, s.pos, s.from, s.to = Text, i+3, from, i
			s.coded, s.cdata = bytes.IndexByte(s.b[from:i], '\r') >= 0, true
			return Text, nil
		}
	}
}

// skipUntil returns the place of the next stop from i on, or the end of the input, or -1 after an error: a character that
// is not allowed.
func (s *Scanner) skipUntil(i int, stop byte) int {
	b := s.b
	for {
		i = skipPlain(b, i, stop)
		if i >= len(b) {
			return len(b)
		}
		switch c := b[i]; {
		case c == stop:
			return i
		case c == '<' || c == '&' || class[c]&space != 0:
			i++
		case c >= 0x80:
			if i = s.characters(i); i < 0 {
				return -1
			}
		default:
			s.badChar(i)
			return -1
		}
	}
}

// instruction refuses the processing instruction at s.pos.
func (s *Scanner) instruction() (Kind, error) {
	if isDecl(s.b[s.pos:]) {
		return s.fail(s.pos, nil, "an XML declaration that is not at the beginning of a document")
	}
	return s.fail(s.pos, ErrPI, "processing instructions are not allowed")
}

package xmlscan

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// coding is a character encoding.
type coding uint8

const (
	unknown coding = iota
	utf8Coding
	utf16Coding // the byte order is not said
	utf16LE
	utf16BE
	ascii
	latin1
)

// codings are the encodings by the names that IANA has for them.
var codings = [...]struct {
	name string
	coding
}{
	{"UTF-8", utf8Coding}, {"utf8", utf8Coding},
	{"UTF-16", utf16Coding}, {"ISO-10646-UCS-2", utf16Coding}, {"UTF-16LE", utf16LE}, {"UTF-16BE", utf16BE},
	{"US-ASCII", ascii}, {"ASCII", ascii},
	{"ISO-8859-1", latin1}, {"latin1", latin1},
}

func codingOf(name string) coding {
	for _, c := range codings {
		if strings.EqualFold(name, c.name) {
			return c.coding
		}
	}
	return unknown
}

// ToUTF8 returns the document b in UTF-8. That is b itself, not a copy, if it is in UTF-8 already, in which case it has
// been checked: without surrogates, U+FFFE and U+FFFF. Known are UTF-8, UTF-16 in both byte orders, US-ASCII and
// ISO-8859-1.
//
// charset is what the carrier says, such as the charset of a Content-Type in HTTP, or "". A byte order mark counts for
// more than charset, and charset for more than the XML declaration (RFC 7303, 3). Without charset, the XML declaration
// must not name an encoding that is not the one in use, and UTF-16 needs a byte order mark or a declaration that names it.
//
// The error is a *[SyntaxError] that wraps [ErrEncoding]. Its Offset counts bytes of b.
func ToUTF8(b []byte, charset string) ([]byte, error) {
	c, marked := detect(b)
	if charset == "" {
		return declared(b, c, marked)
	}
	if !marked {
		said := codingOf(charset)
		switch {
		case said == unknown:
			return nil, encodingError(0, nil, "unknown encoding "+quote([]byte(charset)))
		case said == utf16Coding && c != utf16LE:
			said = utf16BE // RFC 2781, 4.3
		case said == utf16Coding:
			said = c
		}
		c = said
	}
	return convert(b, c)
}

// declared converts a document whose carrier says nothing.
//
// XML 1.0, 4.3.3: the encoding in use must be the declared one, without declaration and mark it is UTF-8
func declared(b []byte, c coding, marked bool) ([]byte, error) {
	var doc []byte
	if c == utf16LE || c == utf16BE {
		var err error
		if doc, err = convert(b, c); err != nil {
			return nil, err
		}
	} else {
		doc = b[len(mark(b)):]
	}
	var name []byte
	if isDecl(doc) {
		name, _, _ = xmlDecl(doc, 0)
	}
	said := codingOf(str(name))
	wide := c != utf8Coding
	switch {
	case name == nil && wide && !marked:
		return nil, encodingError(0, nil, "UTF-16 without byte order mark and encoding declaration")
	case name == nil && wide:
		return doc, nil
	case name == nil:
		return convert(b, utf8Coding)
	case said == unknown:
		return nil, encodingError(0, nil, "unknown encoding "+quote(name))
	case wide && (said == c || said == utf16Coding):
		return doc, nil
	case wide || said >= utf16Coding && said <= utf16BE || marked && said != utf8Coding:
		return nil, encodingError(0, nil, "the document is not in "+quote(name)+" as it declares")
	}
	return convert(b, said)
}

// mark returns the byte order mark in front of b, or nothing.
func mark(b []byte) []byte {
	switch {
	case hasBOM(b):
		return b[:3]
	case len(b) >= 2 && (b[0] == 0xFE && b[1] == 0xFF || b[0] == 0xFF && b[1] == 0xFE):
		return b[:2]
	}
	return nil
}

// detect returns the encoding that the first bytes show: one of UTF-16, with byte order, or UTF-8 for all others.
//
// XML 1.0, appendix F
func detect(b []byte) (c coding, marked bool) {
	switch m := mark(b); {
	case len(m) == 3:
		return utf8Coding, true
	case len(m) == 2 && m[0] == 0xFE:
		return utf16BE, true
	case len(m) == 2:
		return utf16LE, true
	case len(b) >= 2 && b[0] == 0 && b[1] != 0:
		return utf16BE, false // a document begins with an ASCII character
	case len(b) >= 2 && b[0] != 0 && b[1] == 0:
		return utf16LE, false
	}
	return utf8Coding, false
}

// convert returns b, which is in c, in UTF-8. Of byte order marks, only one of UTF-8 stays.
func convert(b []byte, c coding) ([]byte, error) {
	switch c {
	case utf16LE:
		return fromUTF16(b, false)
	case utf16BE:
		return fromUTF16(b, true)
	case latin1:
		return fromLatin1(b), nil
	}
	for i := 0; ; {
		if i = skipASCII(b, i); i == len(b) {
			return b, nil
		}
		if c == ascii {
			return nil, encodingError(i, b[:i], describe(b, i)+" is not US-ASCII")
		}
		for i < len(b) && b[i] >= 0x80 {
			n := charLen(b, i)
			switch {
			case n == 0 && noncharacter(b[i:]):
				return nil, encodingError(i, b[:i], "the characters U+FFFE and U+FFFF are not allowed")
			case n == 0:
				return nil, encodingError(i, b[:i], describe(b, i)+" is not UTF-8")
			}
			i += n
		}
	}
}

// skipASCII returns the place of the first byte from i on that is not ASCII.
func skipASCII(b []byte, i int) int {
	for ; i+16 <= len(b); i += 16 {
		if (binary.LittleEndian.Uint64(b[i:])|binary.LittleEndian.Uint64(b[i+8:]))&highs != 0 {
			break
		}
	}
	for i < len(b) && b[i] < 0x80 {
		i++
	}
	return i
}

func fromUTF16(b []byte, big bool) ([]byte, error) {
	in := b[len(mark(b)):]
	out := make([]byte, 0, len(b)/2+len(b)/16) // nearly all is ASCII
	unit := func(i int) rune {
		if big {
			return rune(in[i])<<8 | rune(in[i+1])
		}
		return rune(in[i+1])<<8 | rune(in[i])
	}
	notASCII, low := uint64(0xFF80FF80FF80FF80), 0
	if big {
		notASCII, low = 0x80FF80FF80FF80FF, 1
	}
	i := 0
	for i+2 <= len(in) {
		for i+8 <= len(in) && binary.LittleEndian.Uint64(in[i:])&notASCII == 0 {
			out = append(out, in[i+low], in[i+low+2], in[i+low+4], in[i+low+6])
			i += 8
		}
		if i+2 > len(in) {
			break
		}
		r := unit(i)
		off := len(b) - len(in) + i
		i += 2
		if utf16.IsSurrogate(r) {
			second := rune(0)
			if i+2 <= len(in) {
				second = unit(i)
			}
			if r = utf16.DecodeRune(r, second); r == utf8.RuneError {
				return nil, encodingError(off, out, "a surrogate without its other half")
			}
			i += 2
		}
		if r == 0xFFFE || r == 0xFFFF {
			return nil, encodingError(off, out, "the characters U+FFFE and U+FFFF are not allowed")
		}
		out = utf8.AppendRune(out, r)
	}
	if i < len(in) {
		return nil, encodingError(len(b)-1, out, "half of a character at the end")
	}
	return out, nil
}

func fromLatin1(b []byte) []byte {
	i := skipASCII(b, 0)
	if i == len(b) {
		return b
	}
	out := append(make([]byte, 0, len(b)+len(b)/8), b[:i]...)
	for _, c := range b[i:] {
		out = utf8.AppendRune(out, rune(c))
	}
	return out
}

// encodingError makes an error at off of the input, behind what reads as before in UTF-8.
func encodingError(off int, before []byte, msg string) error {
	line, column := position(before, len(before))
	return &SyntaxError{Offset: off, Line: line, Column: column, Msg: msg, Err: ErrEncoding}
}

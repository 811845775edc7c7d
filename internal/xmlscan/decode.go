package xmlscan

import "unicode/utf8"

// An Attr is an attribute that declares no namespace. Its strings alias the input.
type Attr struct {
	Space, Local, Prefix string // Space is "" without prefix: the default namespace is not for attributes
	raw                  string
	off                  int // of its name, in the input
	ns                   int // what the prefix is bound to
	coded                bool
}

// Raw returns the value as written between its quotes.
func (a Attr) Raw() string { return a.raw }

// Plain reports whether Raw is the value itself, without references, tabs and line ends.
func (a Attr) Plain() bool { return !a.coded }

// Offset returns where the name of the attribute begins, in bytes of the input.
func (a Attr) Offset() int { return a.off }

// Value returns the value, with references replaced and each tab and line end made a space. It aliases the input and
// takes no allocation if the value is Plain.
func (a Attr) Value() string {
	if !a.coded {
		return a.raw
	}
	return string(appendValue(nil, a.raw))
}

// appendValue appends an attribute value that has been checked.
//
// XML 1.0, 3.3.3: attribute-value normalization, without a DTD: as for CDATA
func appendValue(dst []byte, raw string) []byte {
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; c {
		case '&':
			r, n := decodeReference(raw[i:])
			dst = utf8.AppendRune(dst, r)
			i += n - 1
		case '\r':
			// XML 1.0, 2.11: CR LF is one line end
			if i+1 < len(raw) && raw[i+1] == '\n' {
				i++
			}
			dst = append(dst, ' ')
		case '\n', '\t':
			dst = append(dst, ' ')
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// appendText appends character data that has been checked.
//
// XML 1.0, 2.11: CR LF and CR become LF
func appendText(dst, raw []byte, cdata bool) []byte {
	done := 0
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '&' && !cdata:
			r, n := decodeReference(str(raw[i:]))
			dst = utf8.AppendRune(append(dst, raw[done:i]...), r)
			i += n - 1
			done = i + 1
		case c == '\r':
			dst = append(dst, raw[done:i]...)
			if i+1 == len(raw) || raw[i+1] != '\n' {
				dst = append(dst, '\n')
			}
			done = i + 1
		}
	}
	return append(dst, raw[done:]...)
}

// XML 1.0, 4.6: predefined entities
var entities = [...]struct {
	name string
	r    rune
}{{"lt;", '<'}, {"gt;", '>'}, {"amp;", '&'}, {"quot;", '"'}, {"apos;", '\''}}

// decodeReference returns the character that the reference in front of s stands for, and the length of the reference.
// The length is 0 if s begins with no reference, the character -1 if it is one to something that may not be.
//
// XML 1.0, 4.1: CharRef, EntityRef; without a DTD, only the predefined entities are declared
func decodeReference(s string) (r rune, n int) {
	if len(s) < 2 {
		return 0, 0
	}
	if s[1] != '#' {
		for _, e := range entities {
			if len(s) > len(e.name) && s[1:1+len(e.name)] == e.name {
				return e.r, 1 + len(e.name)
			}
		}
		return 0, 0
	}
	i, base := 2, rune(10)
	if len(s) > 2 && s[2] == 'x' {
		i, base = 3, 16
	}
	for first := i; i < len(s); i++ {
		var d rune
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			d = rune(c - '0')
		case base == 16 && c >= 'a' && c <= 'f':
			d = rune(c-'a') + 10
		case base == 16 && c >= 'A' && c <= 'F':
			d = rune(c-'A') + 10
		case c == ';' && i > first:
			if !isChar(r) { // XML 1.0, 4.1: Legal Character
				return -1, i + 1
			}
			return r, i + 1
		default:
			return 0, 0
		}
		r = min(r*base+d, utf8.MaxRune+1)
	}
	return 0, 0
}

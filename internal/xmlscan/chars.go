package xmlscan

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Classes of ASCII characters.
const (
	nameStart = 1 << iota // begins an NCName
	nameByte              // goes on in an NCName
	space                 // XML 1.0, 2.3: S
)

var class = func() (t [256]uint8) {
	for c := range t {
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_':
			t[c] = nameStart | nameByte
		case c >= '0' && c <= '9' || c == '-' || c == '.':
			t[c] = nameByte
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			t[c] = space
		}
	}
	return t
}()

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// skipPlain returns the index of the first byte from i on that is not printable ASCII, or is '<', '&' or stop.
func skipPlain(b []byte, i int, stop byte) int {
	for stops := uint64(stop) * ones; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		// The lowest byte whose high bit is set in the end is one that we look for; above it, borrows may have set others.
		hit := (x | (x - ' '*ones) | ((x ^ '<'*ones) - ones) | ((x ^ '&'*ones) - ones) | ((x ^ stops) - ones)) & highs
		if hit != 0 {
			return i + bits.TrailingZeros64(hit)/8
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c < ' ' || c >= 0x80 || c == '<' || c == '&' || c == stop {
			break
		}
	}
	return i
}

// skipSpace returns the index of the first byte from i on that is no white space.
func skipSpace(b []byte, i int) int {
	for i < len(b) && class[b[i]]&space != 0 {
		i++
	}
	return i
}

// charLen returns the length of the character at b[i], which is not ASCII, or 0: not UTF-8, or no character of XML.
//
// XML 1.0, 2.2: Char, without surrogates, U+FFFE and U+FFFF. Other noncharacters are allowed.
func charLen(b []byte, i int) int {
	c := b[i:]
	switch {
	case c[0] < 0xC2:
		return 0
	case c[0] < 0xE0:
		if len(c) >= 2 && c[1]&0xC0 == 0x80 {
			return 2
		}
	case c[0] < 0xF0:
		if len(c) < 3 || c[1]&0xC0 != 0x80 || c[2]&0xC0 != 0x80 {
			return 0
		}
		r := uint16(c[0])<<12 | uint16(c[1]&0x3F)<<6 | uint16(c[2]&0x3F)
		if r < 0x800 || r >= 0xFFFE || r >= 0xD800 && r < 0xE000 {
			return 0
		}
		return 3
	case c[0] < 0xF5:
		if len(c) < 4 || c[1]&0xC0 != 0x80 || c[2]&0xC0 != 0x80 || c[3]&0xC0 != 0x80 ||
			c[0] == 0xF0 && c[1] < 0x90 || c[0] == 0xF4 && c[1] > 0x8F {
			return 0
		}
		return 4
	}
	return 0
}

// noncharacter reports whether b begins with U+FFFE or U+FFFF.
func noncharacter(b []byte) bool {
	return len(b) >= 3 && b[0] == 0xEF && b[1] == 0xBF && b[2] >= 0xBE && b[2] <= 0xBF
}

// isChar reports whether r is a character of XML.
//
// XML 1.0, 2.2: Char
func isChar(r rune) bool {
	return r >= 0x20 && r <= 0xD7FF || r == '\t' || r == '\n' || r == '\r' || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}

// isName reports whether r, which is not ASCII, may stand in a name, in front of it if first.
//
// XML 1.0, 2.3: NameStartChar, NameChar
func isName(r rune, first bool) bool {
	switch {
	case r < 0x300:
		return r >= 0xC0 && r != 0xD7 && r != 0xF7 || r == 0xB7 && !first
	case r < 0x370:
		return !first
	case r < 0x2000:
		return r != 0x37E
	case r < 0x2070:
		return r == 0x200C || r == 0x200D || (r == 0x203F || r == 0x2040) && !first
	case r < 0x3001:
		return r <= 0x218F || r >= 0x2C00 && r <= 0x2FEF
	}
	return r <= 0xD7FF || r >= 0xF900 && r <= 0xFDCF || r >= 0xFDF0 && r <= 0xFFFD || r >= 0x10000 && r <= 0xEFFFF
}

// skipName returns the end of the NCName that begins at b[i]; i if there is none.
//
// XML Names, 3: NCName is a Name without colons
func skipName(b []byte, i int) int {
	if i >= len(b) || class[b[i]]&nameStart == 0 {
		return skipNameSlow(b, i, i)
	}
	for j := i + 1; j < len(b); j++ {
		if class[b[j]]&nameByte == 0 {
			if b[j] < 0x80 {
				return j
			}
			return skipNameSlow(b, i, j)
		}
	}
	return len(b)
}

// skipNameSlow goes on at b[j] with the name that begins at b[i].
func skipNameSlow(b []byte, i, j int) int {
	for j < len(b) {
		if b[j] < 0x80 {
			if class[b[j]]&nameByte == 0 || i == j && class[b[j]]&nameStart == 0 {
				break
			}
			j++
			continue
		}
		r, n := utf8.DecodeRune(b[j:])
		if n == 1 || !isName(r, i == j) { // n is 1 for what is not UTF-8
			break
		}
		j += n
	}
	return j
}

// IsSpace reports whether b is nothing but white space: space, tab, CR and LF.
func IsSpace(b []byte) bool { return skipSpace(b, 0) == len(b) }

// TrimSpace returns b without the white space at both ends. The result aliases b.
func TrimSpace(b []byte) []byte {
	b = b[skipSpace(b, 0):]
	for len(b) > 0 && class[b[len(b)-1]]&space != 0 {
		b = b[:len(b)-1]
	}
	return b
}

package xmlscan

import "unicode/utf8"

// EscapeText appends s to dst as character data. What XML cannot hold becomes U+FFFD, as in encoding/xml.
func EscapeText(dst []byte, s string) []byte { return escape(dst, s, &textClass) }

// EscapeAttr appends s to dst as the value of an attribute in double quotes. What XML cannot hold becomes U+FFFD.
func EscapeAttr(dst []byte, s string) []byte { return escape(dst, s, &attrClass) }

// textClass and attrClass say of each byte whether it stands for itself (0), or needs a look (1).
var textClass, attrClass [256]uint8

func init() {
	for c := range 256 {
		if c < 0x20 || c >= 0x80 || c == '&' || c == '<' || c == '>' {
			textClass[c], attrClass[c] = 1, 1
		}
	}
	textClass['\t'], textClass['\n'] = 0, 0
	attrClass['"'] = 1
}

func escape(dst []byte, s string, class *[256]uint8) []byte {
	last := 0
	for i := 0; i < len(s); {
		c := s[i]
		if class[c] == 0 {
			i++
			continue
		}
		width, with := 1, "\uFFFD"
		switch c {
		case '&':
			with = "&amp;"
		case '<':
			with = "&lt;"
		case '>':
			with = "&gt;"
		case '"':
			with = "&quot;"
		case '\t':
			with = "&#9;"
		case '\n':
			with = "&#10;"
		case '\r':
			with = "&#13;"
		default:
			if c >= utf8.RuneSelf {
				r, n := utf8.DecodeRuneInString(s[i:])
				width = n
				if (r != utf8.RuneError || n > 1) && r != 0xFFFE && r != 0xFFFF {
					i += n
					continue
				}
			}
		}
		dst = append(dst, s[last:i]...)
		dst = append(dst, with...)
		i += width
		last = i
	}
	return append(dst, s[last:]...)
}

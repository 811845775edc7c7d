package soaphttp

import (
	"encoding/hex"
	"strings"
)

// sameAction says whether what stands in the HTTP head means the action of the envelope. WCF percent-encodes it there.
func sameAction(head, action string) bool {
	return head == action || strings.Contains(head, "%") && unescape(head) == unescape(action)
}

// unescape decodes what is percent-encoded in s and leaves the rest as it is.
func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
				b = append(b, c[0])
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

// quoteAction writes action as a quoted string for the HTTP head, with everything percent-encoded that cannot be part of a
// URI and could be mistaken there.
func quoteAction(before, action string) string {
	plain := true
	for i := 0; i < len(action) && plain; i++ {
		plain = plainInHead(action[i])
	}
	if plain {
		return before + `"` + action + `"`
	}
	const digits = "0123456789ABCDEF"
	b := make([]byte, 0, len(before)+len(action)+32)
	b = append(append(b, before...), '"')
	for i := 0; i < len(action); i++ {
		if c := action[i]; plainInHead(c) {
			b = append(b, c)
		} else {
			b = append(b, '%', digits[c>>4], digits[c&15])
		}
	}
	return string(append(b, '"'))
}

func plainInHead(c byte) bool { return c > ' ' && c < 0x7f && c != '"' && c != '\\' }

package soaphttp

import (
	"encoding/hex"
	"strings"

	"github.com/gowsrm/wsrm/soap"
)

const (
	type11 = "text/xml; charset=utf-8"
	type12 = "application/soap+xml; charset=utf-8"
)

// contentType is a Content-Type as far as SOAP cares.
type contentType struct {
	name    string // "text/xml", in lower case
	charset string // "": none given
	action  string // SOAP 1.2
}

// version returns the SOAP version whose media type c is.
func (c contentType) version() (v soap.Version, ok bool) {
	switch c.name {
	case "text/xml":
		return soap.V11, true
	case "application/soap+xml":
		return soap.V12, true
	}
	return 0, false
}

// parseContentType reads s leniently: parameters in any order, quoted or not, and an unquoted value may hold anything but
// a semicolon, since actions are URIs. Of a parameter that comes twice the first counts.
func parseContentType(s string) (c contentType) {
	switch s { // what most peers send
	case type11:
		return contentType{name: "text/xml", charset: "utf-8"}
	case type12:
		return contentType{name: "application/soap+xml", charset: "utf-8"}
	}
	name, rest, _ := strings.Cut(s, ";")
	c.name = strings.ToLower(strings.TrimSpace(name))
	for rest != "" {
		var key, value string
		if key, value, rest = nextParameter(rest); value == "" {
			continue
		}
		switch {
		case c.charset == "" && strings.EqualFold(key, "charset"):
			c.charset = value
		case c.action == "" && strings.EqualFold(key, "action"):
			c.action = value
		}
	}
	return c
}

// nextParameter cuts one name=value off s.
func nextParameter(s string) (name, value, rest string) {
	end := strings.IndexAny(s, "=;")
	if end < 0 {
		return strings.TrimSpace(s), "", ""
	}
	name = strings.TrimSpace(s[:end])
	if s[end] == ';' {
		return name, "", s[end+1:]
	}
	s = strings.TrimLeft(s[end+1:], " \t")
	if !strings.HasPrefix(s, `"`) {
		value, rest, _ = strings.Cut(s, ";")
		return name, strings.TrimSpace(value), rest
	}
	value, s = unquote(s[1:])
	_, rest, _ = strings.Cut(s, ";")
	return name, value, rest
}

// unquote reads a quoted-string (RFC 9110, 5.6.4) whose opening quote has been read. One that does not end, ends with s.
func unquote(s string) (value, rest string) {
	if end := strings.IndexAny(s, `"\`); end >= 0 && s[end] == '"' {
		return s[:end], s[end+1:]
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:]
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}

// soapAction reads the value of a SOAPAction header, quoted or not.
func soapAction(s string) string {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, `"`) {
		s, _ = unquote(s[1:])
	}
	return strings.TrimSpace(s)
}

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

// acceptsGzip reads an Accept-Encoding header.
func acceptsGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		coding, weight, _ := strings.Cut(part, ";")
		switch coding = strings.TrimSpace(coding); {
		case strings.EqualFold(coding, "gzip"), strings.EqualFold(coding, "x-gzip"), coding == "*":
			q, ok := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(weight), " ", ""), "q=")
			return !ok || strings.Trim(q, "0.") != ""
		}
	}
	return false
}

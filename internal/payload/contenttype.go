// Package payload reads what HTTP requests and responses with SOAP in them carry: what their heads say of it, and the bytes, unpacked
// and within a limit. It reads leniently, and alike for all who do.
package payload

import (
	"net/http"
	"strings"

	"github.com/gowsrm/wsrm/soap"
)

// The usual values of Content-Type, by version of SOAP.
const (
	Type11 = "text/xml; charset=utf-8"
	Type12 = "application/soap+xml; charset=utf-8"
)

// ContentType is a Content-Type as far as SOAP cares.
type ContentType struct {
	Name     string // "text/xml", in lower case
	Charset  string // "": none given
	Action   string // SOAP 1.2
	Boundary string // multipart/related
	Root     string // multipart/related: the type of its root
}

// Version returns the SOAP version whose media type c is.
func (c ContentType) Version() (v soap.Version, ok bool) {
	switch c.Name {
	case "text/xml":
		return soap.V11, true
	case "application/soap+xml":
		return soap.V12, true
	}
	return 0, false
}

// Attachments reports whether this may be an envelope with attachments.
func (c ContentType) Attachments() bool {
	switch strings.ToLower(c.Root) {
	case "", "application/xop+xml", "application/soap+xml", "text/xml":
		return c.Name == "multipart/related"
	}
	return false
}

// ActionOf returns the action that a head with this Content-Type names for an envelope of version v, "" for none.
func (c ContentType) ActionOf(h http.Header, v soap.Version) string {
	if v == soap.V12 {
		return c.Action
	}
	return SOAPAction(h.Get("Soapaction"))
}

// ContentTypeOf reads the Content-Type of a head.
func ContentTypeOf(h http.Header) ContentType { return ParseContentType(h.Get("Content-Type")) }

// ParseContentType reads s leniently: parameters in any order, quoted or not, and an unquoted value may hold anything but
// a semicolon, since actions are URIs. Of a parameter that comes twice the first counts.
func ParseContentType(s string) (c ContentType) {
	switch s { // what most peers send
	case Type11:
		return ContentType{Name: "text/xml", Charset: "utf-8"}
	case Type12:
		return ContentType{Name: "application/soap+xml", Charset: "utf-8"}
	}
	name, rest, _ := strings.Cut(s, ";")
	c.Name = strings.ToLower(strings.TrimSpace(name))
	for rest != "" {
		var key, value string
		if key, value, rest = nextParameter(rest); value == "" {
			continue
		}
		if p := c.parameter(key); p != nil && *p == "" {
			*p = value
		}
	}
	return c
}

// parameter returns where the value of a parameter goes, nil if nobody cares.
func (c *ContentType) parameter(key string) *string {
	switch {
	case strings.EqualFold(key, "charset"):
		return &c.Charset
	case strings.EqualFold(key, "action"):
		return &c.Action
	case strings.EqualFold(key, "boundary"):
		return &c.Boundary
	case strings.EqualFold(key, "type"):
		return &c.Root
	}
	return nil
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

// SOAPAction reads the value of a SOAPAction header, quoted or not.
func SOAPAction(s string) string {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, `"`) {
		s, _ = unquote(s[1:])
	}
	return strings.TrimSpace(s)
}

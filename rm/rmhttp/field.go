package rmhttp

import (
	"fmt"
	"net/http"
	"strings"
)

// sendable returns an error if h has a field that net/http does not send. Such a request would be repeated in vain, and take its session with it.
//
// RFC 9110, 5.1 and 5.5
func sendable(h http.Header) error {
	for name, values := range h {
		if name == "" || strings.ContainsFunc(name, func(r rune) bool { return !isTokenRune(r) }) {
			return fmt.Errorf("%q is no name of a header field", name)
		}
		for _, v := range values {
			if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
				return fmt.Errorf("the header field %s has a value with line breaks or other control characters", name)
			}
		}
	}
	return nil
}

// isTokenRune reports whether a name may have r.
//
// RFC 9110, 5.6.2
func isTokenRune(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}

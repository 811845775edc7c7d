package soaphttp

import (
	"html"
	"net/http"
	"regexp"
	"strings"

	"github.com/gowsrm/wsrm/transport"
)

// StatusError is a response that brought no envelope although it had to say something. Nothing of it was applied.
//
// It wraps transport.ErrPermanent, and errors.Is finds that, if the status is 400, 401, 403, 405, 407, 413, 415, 417, 431 or
// one of 3xx.
// Any other may be different next time, 404 too: that is what a service answers while it is being started.
type StatusError struct {
	URL      string // what was asked, without a password
	Code     int    // such as 503; 200 too, if what came is no envelope
	Status   string // such as "503 Service Unavailable"
	Location string // of a redirect, as an absolute URL: the address to use instead
	Text     string // the beginning of the body if it is plain text, the title if it is HTML, on one line
	Err      error  // why the body is no envelope; nil if it does not claim to be one
}

// Error names the URL, the status, and what else is known.
func (e *StatusError) Error() string {
	var b strings.Builder
	b.WriteString("soaphttp: " + e.URL + ": " + e.Status)
	switch {
	case e.Location != "":
		b.WriteString(": redirects are not followed; the new address is " + e.Location)
	case e.Err != nil:
		b.WriteString(": " + e.Err.Error())
	case e.Text != "":
		b.WriteString(": " + e.Text)
	}
	return b.String()
}

// Unwrap returns Err, and transport.ErrPermanent if the status is permanent.
func (e *StatusError) Unwrap() []error {
	errs := make([]error, 0, 2)
	if e.Err != nil {
		errs = append(errs, e.Err)
	}
	if permanent(e.Code) {
		errs = append(errs, transport.ErrPermanent)
	}
	return errs
}

func permanent(code int) bool {
	switch code {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusMethodNotAllowed,
		http.StatusProxyAuthRequired, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusExpectationFailed,
		http.StatusRequestHeaderFieldsTooLarge:
		return true
	}
	return code/100 == 3
}

var title = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// titleOf is the title of a page, in which servers say what their status means: nginx's 400 may be about a certificate.
func titleOf(page []byte) []byte {
	if m := title.FindSubmatch(page); m != nil {
		return []byte(html.UnescapeString(string(m[1])))
	}
	return nil
}

// oneLine makes text of a stranger fit for an error message: printable, on one line, short.
func oneLine(b []byte) string {
	const most = 200 // arbitrary
	short := len(b) > most
	if short {
		b = b[:most]
	}
	text := strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(string(b), "?"))), " ")
	if short {
		text += "..."
	}
	return text
}

package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
)

// mistyped refuses an envelope that does not say by its content type that it is one. It would pass through, without a session: a client
// that sends it, by curl for example, would believe that it is reliable.
func mistyped(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && !isSOAP(r) && !strings.HasPrefix(mediaType(r.Header), "multipart/") && looksLikeEnvelope(r) {
			http.Error(w, fmt.Sprintf("The message was not sent: an envelope of SOAP 1.1 has the Content-Type text/xml, one of SOAP 1.2 application/soap+xml. This one has %q.",
				r.Header.Get("Content-Type")), http.StatusUnsupportedMediaType)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// lookedInto is how much of a body is read to see what it is: arbitrary.
const lookedInto = 1 << 10

var beginOfEnvelope = regexp.MustCompile(`^\x{FEFF}?\s*(<\?xml\s[^>]*\?>\s*)?(<!--[^>]*-->\s*)*<([\w.-]+:)?Envelope[\s>]`)

// looksLikeEnvelope reports whether the body of r begins as an envelope does. It leaves the body as it was. It waits for more of a body only as
// long as that might be an envelope.
func looksLikeEnvelope(r *http.Request) bool {
	if r.Body == nil {
		return false
	}
	b := make([]byte, 0, lookedInto)
	var err error
	found := false
	for err == nil && len(b) < lookedInto && !found {
		var n int
		n, err = r.Body.Read(b[len(b):lookedInto])
		b = b[:len(b)+n]
		if begin := bytes.TrimLeft(b, "\ufeff \t\r\n"); len(begin) > 0 && begin[0] != '<' {
			break
		}
		found = beginOfEnvelope.Match(b) && (bytes.Contains(b, []byte("http://schemas.xmlsoap.org/soap/envelope/")) ||
			bytes.Contains(b, []byte("http://www.w3.org/2003/05/soap-envelope")))
	}
	rest := io.Reader(r.Body)
	if err != nil {
		rest = failing{err}
	}
	r.Body = readCloser{io.MultiReader(bytes.NewReader(b), rest), r.Body}
	return found
}

// failing is a body that has ended.
type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }

package rmhttp

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"strings"

	"github.com/gowsrm/wsrm/soap"
)

// The namespaces of WS-ReliableMessaging. What has neither in its text carries none of it.
const (
	ns10 = "http://schemas.xmlsoap.org/ws/2005/02/rm"
	ns11 = "http://docs.oasis-open.org/ws-rx/wsrm/200702"
)

func ofRM(space string) bool { return space == ns10 || space == ns11 }

// mediaType is a Content-Type as far as SOAP cares.
type mediaType struct {
	name     string // in lower case
	charset  string
	action   string
	boundary string
	kind     string // of multipart/related: the type of its root, in lower case
	broken   bool   // its parameters cannot be read
}

func mediaTypeOf(h http.Header) mediaType {
	name, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil { // a parameter is broken, such as an action without quotes
		name, _, _ = strings.Cut(h.Get("Content-Type"), ";")
	}
	return mediaType{strings.ToLower(strings.TrimSpace(name)), params["charset"], params["action"], params["boundary"], strings.ToLower(params["type"]), err != nil}
}

// attachments reports whether this may be an envelope with attachments.
func (m mediaType) attachments() bool {
	switch m.kind {
	case "", "application/xop+xml", "application/soap+xml", "text/xml":
		return m.name == "multipart/related"
	}
	return false
}

// soap returns the version whose envelopes have this type.
func (m mediaType) soap() (soap.Version, bool) {
	switch m.name {
	case "text/xml":
		return soap.V11, true
	case "application/soap+xml":
		return soap.V12, true
	}
	return 0, false
}

// actionOf returns the action that the HTTP head names, "" for none.
func (m mediaType) actionOf(h http.Header, v soap.Version) string {
	if v == soap.V12 {
		return m.action
	}
	a := strings.TrimSpace(h.Get("Soapaction"))
	if len(a) >= 2 && a[0] == '"' && a[len(a)-1] == '"' {
		a = a[1 : len(a)-1]
	}
	return a
}

// requestAction returns the action of a request that does not name one by WS-Addressing.
func requestAction(h http.Header, ct mediaType, env *soap.Envelope) (string, error) {
	if a := ct.actionOf(h, env.Version); a != "" {
		return a, nil
	}
	if ct.broken {
		return "", errors.New("the Content-Type cannot be read: its action must be quoted")
	}
	// SOAP 1.1, 6.1.1: an empty SOAPAction says that the URL tells what is meant. WS-Addressing demands more than that: the
	// body tells it, in a form like that of the default actions (WS-Addressing Metadata, 4.4.4), which are made of names that only
	// the WSDL has.
	name := env.BodyName()
	if name.Space == "" {
		return "", errors.New("the request has no action, nor a body with a namespace that tells it: set the SOAPAction header (SOAP 1.1) or the content type's action parameter (SOAP 1.2)")
	}
	delimiter := "/"
	if strings.HasPrefix(name.Space, "urn:") {
		delimiter = ":"
	}
	return strings.TrimSuffix(name.Space, delimiter) + delimiter + name.Local, nil
}

// setType describes an envelope in an HTTP head, as a plain SOAP client or service does.
func setType(h http.Header, v soap.Version, action string, request bool) {
	if v == soap.V11 {
		h.Set("Content-Type", "text/xml; charset=utf-8")
		if request {
			h.Set("Soapaction", `"`+action+`"`)
		}
		return
	}
	h.Del("Soapaction")
	params := map[string]string{"charset": "utf-8"}
	if action != "" && request {
		params["action"] = action
	}
	h.Set("Content-Type", mime.FormatMediaType("application/soap+xml", params))
}

// text is env for a reader that may know nothing of WS-Addressing, in memory that is taken once.
func text(env *soap.Envelope, addressing bool) ([]byte, error) {
	const rest = 1 << 10 // envelope and addressing: more than they mostly are
	return env.AppendPlain(make([]byte, 0, env.Size()+rest), addressing)
}

// byteLimit is the size of the greatest envelope, as soap.Limits has it.
func byteLimit(lim *soap.Limits) int64 {
	switch {
	case lim == nil || lim.Bytes == 0:
		return 4 << 20
	case lim.Bytes < 0:
		return math.MaxInt64 - 1
	}
	return lim.Bytes
}

var errTooLarge = errors.New("too large")

// readAll reads r, which must have no more than limit bytes. What it returns with errTooLarge is the beginning.
func readAll(r io.Reader, size, limit int64) ([]byte, error) {
	var buf bytes.Buffer
	if size > 0 && size <= limit {
		buf.Grow(int(min(size, 1<<20)) + bytes.MinRead)
	}
	_, err := io.Copy(&buf, io.LimitReader(r, limit+1))
	if err == nil && int64(buf.Len()) > limit {
		err = errTooLarge
	}
	return buf.Bytes(), err
}

// unpacked returns b without its content encoding.
func unpacked(b []byte, encoding string, limit int64) ([]byte, error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return b, nil
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		return readAll(z, -1, limit)
	}
	return nil, fmt.Errorf("content encoding %q is not spoken", encoding)
}

// isReliable reports whether env belongs to WS-ReliableMessaging: by a header block, or by its body.
func isReliable(env *soap.Envelope) bool {
	if ofRM(env.BodyName().Space) || strings.HasPrefix(env.Action, ns10+"/") || strings.HasPrefix(env.Action, ns11+"/") {
		return true
	}
	for h := range env.Headers() {
		if ofRM(h.Name.Space) {
			return true
		}
	}
	return false
}

// mentions reports whether the text may be reliable: whether it has one of the namespaces, in UTF-8 or UTF-16.
func mentions(b []byte) bool {
	return bytes.Contains(b, needle10[0]) || bytes.Contains(b, needle11[0]) ||
		len(b) > 1 && (b[0] == 0 || b[1] == 0 || b[0] >= 0xfe) && // no UTF-8
			(bytes.Contains(b, needle10[1]) || bytes.Contains(b, needle11[1]))
}

// A part of each namespace that no other has, in UTF-8 and in UTF-16 of either order, which an odd number of bytes is in.
var needle10, needle11 = needles("/ws/2005/02/rm"), needles("/ws-rx/wsrm/200702")

func needles(s string) [2][]byte {
	wide := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		if i > 0 {
			wide = append(wide, 0)
		}
		wide = append(wide, s[i])
	}
	return [2][]byte{[]byte(s), wide}
}

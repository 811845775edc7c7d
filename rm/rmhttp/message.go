package rmhttp

import (
	"errors"
	"mime"
	"net/http"
	"strings"

	"github.com/gowsrm/wsrm/internal/payload"
	"github.com/gowsrm/wsrm/soap"
)

// requestAction returns the action of a request that does not name one by WS-Addressing.
func requestAction(h http.Header, ct payload.ContentType, env *soap.Envelope) (string, error) {
	if a := ct.ActionOf(h, env.Version); a != "" {
		return a, nil
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
		h.Set("Content-Type", payload.Type11)
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

// text is env for a reader that may know nothing of WS-Addressing, in memory that is taken once. Some readers, soap4r among them, take
// no document without a declaration.
func text(env *soap.Envelope, addressing bool) ([]byte, error) {
	const rest = 1 << 10 // envelope and addressing: more than they mostly are
	const declaration = `<?xml version="1.0" encoding="utf-8"?>`
	return env.AppendPlain(append(make([]byte, 0, env.Size()+rest), declaration...), addressing)
}

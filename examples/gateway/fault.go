package main

import (
	"net/http"
	"strings"

	"github.com/gowsrm/wsrm/soap"
)

// writeFault answers r by a fault with the code Receiver, in the version of SOAP that r has.
func writeFault(w http.ResponseWriter, r *http.Request, status int, reason string) {
	fault := soap.New("", &soap.Fault{Code: "Receiver", Reason: reason})
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	if fault.Version = soap.V11; mediaType(r.Header) == "application/soap+xml" {
		fault.Version = soap.V12
		w.Header().Set("Content-Type", "application/soap+xml; charset=utf-8")
	}
	b, err := fault.AppendPlain(nil, false)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	w.WriteHeader(status)
	w.Write(b)
}

// isSOAP reports whether the content type of r is one of SOAP's.
func isSOAP(r *http.Request) bool {
	name := mediaType(r.Header)
	return name == "text/xml" || name == "application/soap+xml"
}

// mediaType is the content type in a head, without parameters.
func mediaType(h http.Header) string {
	name, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(name))
}

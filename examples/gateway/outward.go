package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"strings"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/rm/rmhttp"
	"github.com/gowsrm/wsrm/soap"
)

// outward sends the requests of plain clients in reliable sessions.
type outward struct {
	reliable *rmhttp.Transport
	proxy    http.Handler
}

func newOutward(c *config) *outward {
	o := &outward{reliable: &rmhttp.Transport{Options: &c.options, MaxSessions: c.maxSessions, Limits: &c.limits}}
	o.reliable.Key = func(r *http.Request) string {
		return fmt.Sprintf("%q %q", r.Header["Authorization"], r.Header.Values(c.sessionBy))
	}
	o.proxy = detached(&httputil.ReverseProxy{
		Transport: o.reliable,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(c.reliable)
			readdress(r, c.reliable, nil)
		},
		ModifyResponse: readdressed,
		ErrorHandler:   tell,
	}, c.limits.Bytes)
	return o
}

func (o *outward) ServeHTTP(w http.ResponseWriter, r *http.Request) { o.proxy.ServeHTTP(w, r) }

// tell tells a plain client what has become of its message: a fault says whether it may have been delivered.
func tell(w http.ResponseWriter, r *http.Request, err error) {
	reason := "The message was not delivered: "
	if _, doubt := errors.AsType[*rm.InDoubtError](err); doubt {
		reason = "The message may have been delivered, or may still be: "
	}
	slog.Warn("gateway: the way out", "err", oneLine(err))
	fault := soap.New("", &soap.Fault{Code: "Receiver", Reason: reason + oneLine(err)})
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	if fault.Version = soap.V11; strings.HasPrefix(r.Header.Get("Content-Type"), "application/soap+xml") {
		fault.Version = soap.V12
		w.Header().Set("Content-Type", "application/soap+xml; charset=utf-8")
	}
	b, err := fault.AppendPlain(nil, false)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	w.WriteHeader(http.StatusInternalServerError)
	w.Write(b)
}

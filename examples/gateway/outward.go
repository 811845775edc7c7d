package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httputil"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/rm/rmhttp"
	"github.com/gowsrm/wsrm/transport"
)

// outward sends the requests of plain clients in reliable sessions.
type outward struct {
	reliable *rmhttp.Transport
	proxy    http.Handler
}

func newOutward(c *config) *outward {
	options := c.options
	options.Trace = new(doorstep).trace
	o := &outward{reliable: &rmhttp.Transport{Options: &options, MaxSessions: c.maxSessions, Limits: &c.limits}}
	o.reliable.Key = func(r *http.Request) string {
		return fmt.Sprintf("%q %q", r.Header["Authorization"], r.Header.Values(c.sessionBy))
	}
	o.proxy = mistyped(detached(&httputil.ReverseProxy{
		Transport: o.reliable,
		Rewrite: func(r *httputil.ProxyRequest) {
			direct(r, c.reliable)
			readdress(r, c.reliable, nil)
		},
		ModifyResponse: readdressed,
		ErrorHandler:   tell,
	}, c.limits.Bytes))
	return o
}

// doorstep tells whoever runs the gateway that the service cannot be reached, before the client is told: an opening has a minute.
type doorstep struct{ says sometimes }

func (d *doorstep) trace(e rm.Event) {
	opening := e.Session == nil && e.Kind == rm.Failed
	if opening && e.Try == 1 && !errors.Is(e.Err, transport.ErrPermanent) && !errors.Is(e.Err, context.Canceled) && d.says.now() {
		slog.Warn("gateway: the way out: no session yet, and tried again", "err", oneLine(e.Err))
	}
}

func (o *outward) ServeHTTP(w http.ResponseWriter, r *http.Request) { o.proxy.ServeHTTP(w, r) }

// tell tells a plain client what has become of its message: a fault says whether it may have been delivered.
func tell(w http.ResponseWriter, r *http.Request, err error) {
	reason := "The message was not delivered: "
	if _, doubt := errors.AsType[*rm.InDoubtError](err); doubt {
		reason = "The message may have been delivered, or may still be: "
	}
	slog.Warn("gateway: the way out", "err", oneLine(err))
	writeFault(w, r, http.StatusInternalServerError, reason+oneLine(err))
}

package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httputil"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/rm/rmhttp"
)

// inward takes reliable sessions for a plain service.
type inward struct {
	reliable *rmhttp.Handler
}

func newInward(c *config) *inward {
	// Between gateway and service there is no WS-ReliableMessaging: one attempt for each message, as any HTTP proxy makes it. What
	// comes of it the rmhttp.Handler tells the client; with -ack-handled a service that is away gets the message again.
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	proxy := &httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(c.to)
			r.SetXForwarded()
			readdress(r, c.to, c.address)
		},
		ModifyResponse: readdressed,
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if !errors.Is(err, context.Canceled) {
				slog.Warn("gateway: the service", "err", oneLine(err))
			}
			w.WriteHeader(http.StatusBadGateway)
		},
	}
	return &inward{&rmhttp.Handler{
		Next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), c.upstream) // for the whole response: what hangs holds up its session
			defer cancel()
			proxy.ServeHTTP(w, r.WithContext(ctx))
		}),
		Required: c.required,
		Limits:   &c.limits,
		Server:   &rm.Server{Options: &c.options, MaxSessions: c.maxSessions},
	}}
}

func (i *inward) ServeHTTP(w http.ResponseWriter, r *http.Request) { i.reliable.ServeHTTP(w, r) }

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"strings"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/rm/rmhttp"
)

// inward takes reliable sessions for a plain service.
type inward struct {
	config   *config
	reliable *rmhttp.Handler
	proxy    *httputil.ReverseProxy
}

func newInward(c *config) *inward {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	i := &inward{config: c}
	i.proxy = &httputil.ReverseProxy{
		Transport: &upstream{next: transport},
		Rewrite: func(r *httputil.ProxyRequest) {
			direct(r, c.to)
			r.SetXForwarded()
			readdress(r, c.to, c.address)
		},
		ModifyResponse: func(resp *http.Response) error {
			if err := i.whole(resp); err != nil {
				return err
			}
			return readdressed(resp)
		},
		ErrorHandler: i.tell,
	}
	i.reliable = &rmhttp.Handler{
		Next:     http.HandlerFunc(i.next),
		Required: c.required,
		Limits:   &c.limits,
		Server:   &rm.Server{Options: &c.options, MaxSessions: c.maxSessions},
	}
	return i
}

func (i *inward) ServeHTTP(w http.ResponseWriter, r *http.Request) { i.reliable.ServeHTTP(w, r) }

// next hands a request on. The timeout is for the whole response, since what hangs holds up its session.
func (i *inward) next(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), i.config.upstream)
	defer cancel()
	defer context.AfterFunc(r.Context(), cancel)() // whatever ends r: the error is context.Canceled then
	i.proxy.ServeHTTP(w, r.WithContext(ctx))
}

// ofSession reports whether a request is a message of a session. Such a one can be read again.
func ofSession(r *http.Request) bool { return r.GetBody != nil }

// whole reads the answer to a message of a session before any of it is passed on, so that one that breaks off is no answer.
func (i *inward) whole(resp *http.Response) error {
	if !ofSession(resp.Request) {
		return nil
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, i.config.limits.Bytes))
	if err != nil {
		return err
	}
	resp.Body = readCloser{io.MultiReader(bytes.NewReader(b), resp.Body), resp.Body}
	return nil
}

// tell tells a client what has become of a message that the service did not answer. In a session a fault is the answer to it, with the status that faults
// have. With -ack-handled there must be none: a message that has an answer counts as handled, and would not come again.
func (i *inward) tell(w http.ResponseWriter, r *http.Request, err error) {
	if !errors.Is(err, context.Canceled) { // that is a client that has gone, or a gateway that ends
		slog.Warn("gateway: the service", "err", oneLine(err))
	}
	status, reason := http.StatusBadGateway, "The service broke off: the message may have been handed on."
	if _, unsent := errors.AsType[*unsentError](err); unsent {
		reason = "The service could not be reached: the message was not handed on."
	} else if errors.Is(err, context.DeadlineExceeded) {
		status, reason = http.StatusGatewayTimeout, "The service did not answer in time: the message may have been handed on."
	}
	switch {
	case ofSession(r) && i.config.options.AckHandled:
		w.WriteHeader(status)
	case ofSession(r):
		writeFault(w, r, http.StatusInternalServerError, reason)
	case r.Method == http.MethodPost && isSOAP(r):
		writeFault(w, r, status, reason)
	default:
		short, _, _ := strings.Cut(reason, ":")
		http.Error(w, short+".", status)
	}
}

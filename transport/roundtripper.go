package transport

import (
	"bytes"
	"context"
	"io"
	"net/http"
)

// RoundTripper returns rt with the faults of f; nil is http.DefaultTransport. It takes requests with SOAP bodies for what
// they are; any other body, a compressed one included, counts as a request without an action. Each request's body is
// read into memory first. A reply is lost by closing its body unread.
func (f Faults) RoundTripper(rt http.RoundTripper) http.RoundTripper {
	if rt == nil {
		rt = http.DefaultTransport
	}
	return &faultyRoundTripper{faults: f, next: rt}
}

type faultyRoundTripper struct {
	faults Faults
	next   http.RoundTripper
	seen   tally
}

func (t *faultyRoundTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		body, err = io.ReadAll(req.Body)
		req.Body.Close()
		if err != nil {
			return nil, err
		}
	}
	fate := t.faults.fate(t.seen.count(body))
	return suffer(req.Context(), t.faults.Delay, fate,
		func(context.Context) (*http.Response, error) {
			again := req.Clone(req.Context()) // net/http owns what it was given until the response's body is closed
			if req.Body != nil {
				again.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
				again.Body, _ = again.GetBody()
				again.ContentLength = int64(len(body))
			}
			return t.next.RoundTrip(again)
		},
		func(r *http.Response) { r.Body.Close() })
}

// CloseIdleConnections lets http.Client's method of this name through.
func (t *faultyRoundTripper) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

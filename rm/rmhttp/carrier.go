package rmhttp

import (
	"context"
	"net/http"

	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport/soaphttp"
)

// carrier is that of a session.
type carrier struct {
	*soaphttp.Client
	own bool // its connections are
}

func newCarrier(t *Transport, r *http.Request, key sessionKey) *carrier {
	x := &soaphttp.Client{URL: key.url, Header: http.Header{}, Limits: t.Limits}
	if who := r.Header.Get("Authorization"); who != "" {
		x.Header.Set("Authorization", who)
	}
	if key.host != "" {
		x.Header.Set("Host", key.host)
	}
	if t.Base != nil {
		x.HTTP = &http.Client{Transport: t.Base, Jar: soaphttp.NewJar()}
	}
	return &carrier{x, t.Base == nil}
}

// Exchange notes whether the first attempt of a request was answered.
func (c *carrier) Exchange(ctx context.Context, env *soap.Envelope) (*soap.Envelope, error) {
	answer, err := c.Client.Exchange(ctx, env)
	if f, ok := ctx.Value(firstKey{}).(*first); ok {
		f.answered = answer != nil
	}
	return answer, err
}

// first is what became of the first attempt of a request, which is made on the goroutine of RoundTrip.
type first struct{ answered bool }

// firstKey is its key in the context of that attempt.
type firstKey struct{}

// release closes connections that no request uses, if no other session may.
func (c *carrier) release() {
	if c.own {
		c.CloseIdleConnections()
	}
}

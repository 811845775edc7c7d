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
	own    bool        // its connections are
	header http.Header // of the request that opened the session: goes with what is no request's
	used   func()      // called when the session is used; set before it is
}

func newCarrier(t *Transport, r *http.Request, key sessionKey) *carrier {
	x := &soaphttp.Client{URL: key.url, Limits: inSession(t.Limits)}
	if key.host != "" {
		x.Header = http.Header{"Host": {key.host}}
	}
	if t.Base != nil {
		x.HTTP = &http.Client{Transport: t.Base, Jar: soaphttp.NewJar()}
	}
	return &carrier{Client: x, own: t.Base == nil, header: passed(r.Header)}
}

// Exchange makes an attempt at a message of some request, all of which carry the header of that request, or sends what the session
// has to say by itself.
func (c *carrier) Exchange(ctx context.Context, env *soap.Envelope) (*soap.Envelope, error) {
	m, ok := ctx.Value(messageKey{}).(*message)
	if !ok || m.of != c { // Base may send requests of its own, in sessions of another Transport
		return c.Client.Exchange(soaphttp.WithHeader(ctx, c.header), env)
	}
	c.used()
	n := m.begin()
	answer, err := c.Client.Exchange(soaphttp.WithHeader(ctx, m.header), env)
	m.end(n, answer, env)
	return answer, err
}

// release closes connections that no request uses, if no other session may.
func (c *carrier) release() {
	if c.own {
		c.CloseIdleConnections()
	}
}

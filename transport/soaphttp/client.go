package soaphttp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gowsrm/wsrm/internal/payload"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

// Client posts envelopes to one URL: a transport.Exchanger. It may be used from several goroutines, its fields must not
// change after the first use, and it must not be copied.
//
// Each Exchange is one request, bounded by its context and by nothing else. net/http repeats it by itself only if the
// connection was an idle one that had died before a byte could be written. Redirects are not followed: whatever
// CheckRedirect of HTTP says, one is a StatusError that names the new address.
//
// A connection that is refused for a reason that only a change of settings cures is an error that says what to change. Of that kind
// are a certificate that is not trusted or is another host's, http where the server wants https and the other way round, a client certificate that it
// demands, versions of TLS without overlap, a proxy that makes no way to an https service, and a header field that cannot be sent. Until there was a first
// response, such an error is permanent: it wraps transport.ErrPermanent, and rm.Open fails at once. Later it is a loss like others,
// and no reason to leave messages in doubt: what was right may be right again, at another server behind the same balancer for example. errors.As finds
// the error of net/http or crypto/tls, such as a *tls.CertificateVerificationError.
type Client struct {
	// URL is http or https. A user and password in it are sent (basic authentication) and nowhere shown.
	URL string
	// HTTP makes the requests: for client certificates, proxies, other authentication. Its Timeout, if set, ends
	// attempts although the service may be at work; leave it zero. An http.Transport does not keep
	// the status by which a proxy refuses an https service, so that is a loss unless its OnProxyConnectResponse returns an error
	// that wraps transport.ErrPermanent.
	//
	// Nil: a client of this Client's own, which speaks HTTP/1.1, keeps up to 64 idle connections, so that a
	// window of callers does not dial anew, and keeps cookies, so that a load balancer finds the same server again.
	HTTP *http.Client
	// Header goes with every request, but for Content-Type and SOAPAction, which are the envelope's. A Host there takes the
	// place of the one in URL.
	Header http.Header
	// Limits bound what is read; bytes count unpacked. Nil: the defaults of package soap.
	Limits *soap.Limits

	once    sync.Once
	err     error // of URL
	client  *http.Client
	request *http.Request // what all requests have in common
	extra   http.Header   // Header as it is sent
	shown   string        // URL without a password
	address string
	reached atomic.Bool // there was a response
}

var _ transport.Exchanger = (*Client)(nil)

// idleConnections is the number of connections that are kept: the window of a session.
const idleConnections = 64

// setup is done once, so that the zero Client with a URL is ready for use.
func (c *Client) setup() error {
	c.once.Do(func() {
		u, err := url.Parse(c.URL)
		if err == nil && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
			err = fmt.Errorf("URL %q is neither http nor https", u.Redacted())
		}
		if err != nil {
			var parse *url.Error
			if errors.As(err, &parse) {
				err = fmt.Errorf("URL cannot be read: %w", parse.Err) // parse.URL may hold a password
			}
			c.err = &refusedError{err: err, permanent: true}
			return
		}
		c.shown = u.Redacted()
		c.address = c.URL
		if u.User != nil || u.Fragment != "" || strings.Contains(u.Host, "%") {
			public := *u
			public.User, public.Fragment, public.RawFragment, public.Host = nil, "", "", withoutZone(u.Host)
			c.address = public.String()
		}
		c.extra = make(http.Header, len(c.Header))
		// Go's own way to make a request is used once; each exchange gets a shallow copy.
		if c.request, c.err = http.NewRequest(http.MethodPost, c.URL, nil); c.err != nil {
			return
		}
		for name, values := range c.Header {
			switch name = http.CanonicalHeaderKey(name); {
			case name == "Host" && len(values) > 0:
				c.request.Host = values[0] // where net/http looks for it
			case name != "Content-Type" && name != "Soapaction":
				c.extra[name] = slices.Clip(slices.Clone(values)) // whoever adds to a request's values gets new ones
			}
		}

		c.client = &http.Client{Transport: newTransport(), Jar: newJar()}
		if c.HTTP != nil {
			client := *c.HTTP
			c.client = &client
		}
		c.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	})
	return c.err
}

// withoutZone is a host and port without the zone of an IPv6 address, which no other host knows (RFC 6874, 4).
func withoutZone(host string) string {
	before, zone, ok := strings.Cut(host, "%")
	end := strings.LastIndexByte(zone, ']')
	if !ok || end < 0 || !strings.HasPrefix(host, "[") {
		return host
	}
	return before + zone[end:]
}

// Address returns URL without user, password, fragment and IPv6 zone, "" if it is no URL: what messages are addressed to.
func (c *Client) Address() string {
	c.setup()
	return c.address
}

// CloseIdleConnections closes the connections that no request uses; further requests make new ones.
func (c *Client) CloseIdleConnections() {
	if c.setup() == nil {
		c.client.CloseIdleConnections()
	}
}

// Exchange posts env and returns the envelope of the response, or nil if the response is empty: status 202 or 204, or no
// bytes with another status of success. The version of env decides about the form.
//
// Errors are a *StatusError if there was a response, else what net/http says, with the URL. An env that cannot be written
// and a URL that cannot be used are permanent; what else is, Client and StatusError say.
func (c *Client) Exchange(ctx context.Context, env *soap.Envelope) (*soap.Envelope, error) {
	if err := c.setup(); err != nil {
		return nil, err
	}
	b, err := encode(env)
	if err != nil {
		return nil, fmt.Errorf("soaphttp: request: %w: %w", err, transport.ErrPermanent)
	}
	header := c.header(ctx, env)
	if ctx.Value(headerKey{}) != nil { // it is for this request, and not for those that HTTP may make to send it
		ctx = context.WithValue(ctx, headerKey{}, nil)
	}
	reached := c.reached.Load()
	var p *path
	if !reached {
		ctx, p = watch(ctx)
	}
	req := c.request.WithContext(ctx)
	req.Header = header
	// Of these readers net/http knows that they never wait, and writes head and body at once.
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
	req.Body, _ = req.GetBody()
	req.ContentLength = int64(len(b))
	resp, err := c.client.Do(req)
	if err != nil {
		if advice, ok := refused(err, p); ok || !reached && p.unsendable(ctx, c.client, err) {
			return nil, &refusedError{err, advice, !reached}
		}
		return nil, fmt.Errorf("soaphttp: %w", err)
	}
	defer resp.Body.Close()
	if !reached {
		c.reached.Store(true)
	}
	return c.read(resp)
}

// encode returns the bytes of env. They are not borrowed: net/http may read them even after the exchange is over.
func encode(env *soap.Envelope) ([]byte, error) {
	buf := payload.Borrow()
	defer payload.GiveBack(buf)
	b, err := env.AppendXML(*buf)
	if err != nil {
		return nil, err
	}
	*buf = b
	if cap(b) > payload.Largest {
		return b, nil
	}
	return append(make([]byte, 0, len(b)), b...), nil
}

// header is made for each request since net/http writes cookies into it.
func (c *Client) header(ctx context.Context, env *soap.Envelope) http.Header {
	h := make(http.Header, len(c.extra)+3)
	maps.Copy(h, c.extra)
	if more, ok := ctx.Value(headerKey{}).(http.Header); ok {
		for name, values := range more {
			if name != "Content-Type" && name != "Soapaction" {
				h[name] = slices.Clip(slices.Clone(values))
			}
		}
	}
	values := new([2]string)
	if env.Version == soap.V11 {
		values[0], values[1] = payload.Type11, quoteAction("", env.Action)
		h["Content-Type"], h["Soapaction"] = values[:1:1], values[1:]
		return h
	}
	values[0] = payload.Type12
	if env.Action != "" {
		// Metro demands that the parameter equals wsa:Action, WCF that it does so or is absent.
		values[0] = quoteAction(payload.Type12+"; action=", env.Action)
	}
	h["Content-Type"] = values[:1:1]
	return h
}

// headerKey is the key of the header that WithHeader gives to a context.
type headerKey struct{}

// WithHeader returns a context under which each Exchange of a Client sends h as well, in place of fields of the same names in
// Client.Header, but for Content-Type and SOAPAction. The names of h must be canonical; h must not be changed afterwards.
//
// All attempts at a message that rm.Session.Call or Send is given have the values of its context, so they have these fields.
func WithHeader(ctx context.Context, h http.Header) context.Context {
	return context.WithValue(ctx, headerKey{}, h)
}

// read makes an envelope, nothing, or an error of a response. Nothing of a body counts before all of it was read.
func (c *Client) read(resp *http.Response) (*soap.Envelope, error) {
	switch {
	case resp.StatusCode < 200:
		return nil, c.fail(resp, nil) // 101, which nobody asked for: what follows is not HTTP
	case resp.StatusCode == http.StatusNoContent:
		return nil, nil
	}
	ct := payload.ContentTypeOf(resp.Header)
	if _, ok := ct.Version(); !ok {
		return nil, c.foreign(resp, ct)
	}
	b, err := c.body(resp)
	if err != nil {
		return nil, c.fail(resp, err)
	}
	if len(b) == 0 {
		if resp.StatusCode < 300 {
			return nil, nil
		}
		return nil, c.fail(resp, nil)
	}
	env, err := soap.ParseCharset(b, ct.Charset, c.Limits)
	if err != nil {
		// Not wrapped: a *soap.Fault in an error is what the service has answered.
		return nil, c.fail(resp, fmt.Errorf("%v", err))
	}
	return env, nil
}

// foreign judges a response whose type is none of SOAP's. Nil: it is empty, or a 202, which says enough by itself.
func (c *Client) foreign(resp *http.Response, ct payload.ContentType) error {
	// The beginning is worth a line in an error; a little more lets the connection live on.
	head, err := io.ReadAll(io.LimitReader(resp.Body, payload.Largest))
	success := resp.StatusCode < 300
	switch {
	case resp.StatusCode == http.StatusAccepted, success && len(head) == 0 && err == nil:
		return nil
	case success && err != nil:
		return c.fail(resp, fmt.Errorf("reading the body: %w", err))
	case success:
		return c.fail(resp, fmt.Errorf("content type %s is not SOAP", payload.Quote(ct.Name)))
	}
	fail := c.fail(resp, nil)
	switch ct.Name {
	case "text/plain", "":
		fail.Text = oneLine(head)
	case "text/html":
		fail.Text = oneLine(titleOf(head))
	}
	return fail
}

// fail says that resp brought no envelope, and why it did not if it claims to bring one.
func (c *Client) fail(resp *http.Response, why error) *StatusError {
	e := &StatusError{URL: c.shown, Code: resp.StatusCode, Status: statusOf(resp.StatusCode), Err: why}
	if resp.StatusCode/100 == 3 {
		if u, err := resp.Location(); err == nil {
			e.Location = u.Redacted()
		}
	}
	return e
}

// statusOf is a status with its usual text, not with what the peer wrote there.
func statusOf(code int) string {
	return strings.TrimSpace(strconv.Itoa(code) + " " + http.StatusText(code))
}

// body reads all of the body, unpacked.
func (c *Client) body(resp *http.Response) ([]byte, error) {
	limit := payload.Limit(c.Limits)
	// net/http unpacks what it has asked for itself; gzip may come unasked, or was asked for in Header.
	b, err := payload.Read(resp.Body, resp.Header.Get("Content-Encoding"), resp.ContentLength, limit)
	switch {
	case err == payload.ErrTooLarge:
		return nil, fmt.Errorf("the envelope is %w of %d bytes", err, limit)
	case errors.Is(err, payload.ErrCoding):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("reading the body: %w", err)
	}
	return b, nil
}

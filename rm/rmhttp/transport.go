package rmhttp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/gowsrm/wsrm/internal/payload"
	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
)

// Transport is an http.RoundTripper that sends the SOAP requests of a client in reliable sessions. A timeout through http.Client
// leaves a request in doubt: errors.As finds an *rm.InDoubtError in what http.Client returns, and whoever then sends it again,
// a wrapper that retries included, has the work done twice. The package comment has the rule.
//
// A session is opened with the first request to an endpoint, used by all requests to it, also concurrent ones, and closed
// in the background when it was idle for IdleTimeout. One that has ended, because the service was restarted for example, is
// replaced: requests that were never transmitted move to the new session, all others end in doubt. A request for which no session can
// be opened, for a reason that repeating does not cure, such as a certificate that is not trusted, fails at once: soaphttp.Client says what counts.
//
// The body of a request is an envelope of SOAP 1.1 or 1.2, with WS-Addressing or without. Its Action, MessageID, From, To, header
// blocks and body are kept. Without an Action of its own it gets the one that the SOAPAction header or the parameter of the
// content type names, and if that is empty or absent one that is made of the name of the element in its body, namespace and
// local name. A service that goes by wsa:Action hardly ever knows that one, and answers with a fault: set the SOAPAction then to what
// its WSDL says.
//
// The response has the status that SOAP over HTTP gives it, 500 for a fault and 200 for any other envelope, and no header fields
// but Content-Type and Content-Length: a reply belongs to a message, and not to the HTTP response that brings it. Cookies that come with
// responses are the session's, and go with it: they keep it at one server behind a balancer. They are not the user's, and not right for a login.
//
// If the service took the message and will not answer, the response is an empty 202. Where its first answer was lost, nobody can
// tell a service that does not answer from one whose reply was lost: that is an *rm.InDoubtError with rm.ErrNoReply, after a dozen
// seconds or so, or twice the time that it took to lose the answer, unless the service has not answered such an action before. A
// request whose ReplyTo is none is sent one-way, and the response waits for its acknowledgement; give it a deadline, as some
// services acknowledge such messages only when the session closes.
//
// Header fields of the request, but for those of the connection and of the body's form, go with each attempt at its message. What
// the session says by itself, to open and close it for example, has those of the request that opened it. So where a
// field other than Authorization tells who the client is, an API key or a cookie, Key must return it: each has a session
// of its own then.
//
// What is not POST, or not SOAP by its Content-Type, goes to Base as it is, and so does a message that a client has put into a session
// of its own. Attachments (MTOM) are an error, and so are a redirect,
// a ReplyTo or FaultTo with an address, and a service that does not speak WS-ReliableMessaging: no envelope with a content type of SOAP is ever
// sent without a session.
//
// A Transport may be used from several goroutines and must not be copied; its fields must not change after the first use. Close
// it, or its sessions keep themselves and the service busy until they have been idle for long enough.
type Transport struct {
	// Base makes the HTTP requests: for client certificates, proxies, authentication. Nil: one for each session, which speaks
	// HTTP/1.1, keeps as many idle connections as a session has callers by default, and keeps cookies, so that a load
	// balancer finds the same server again. With Base, too, each session keeps its cookies.
	Base http.RoundTripper
	// Options are those of the sessions. SOAP and Addressing are taken from the requests, To from their URL or wsa:To; without
	// WS-Addressing in a request, that of Options is used. Understood is everything where it is nil. Nil: the zero Options, which are right for most.
	Options *rm.Options
	// Key divides the requests to one endpoint among several sessions. Nil: by the Authorization header.
	Key func(*http.Request) string
	// MaxSessions is how many sessions may be open, by default 100. Beyond that the one that has been idle for longest is
	// closed, or the request is refused if there is none. Negative: no limit.
	MaxSessions int
	// IdleTimeout is how long a session stays open without requests, by default 90 s. Negative: for ever.
	IdleTimeout time.Duration
	// Limits bound the envelopes, of requests and responses. Nil: the defaults of package soap.
	Limits *soap.Limits

	pool pool
}

const (
	defaultMaxSessions = 100 // arbitrary
	defaultIdleTimeout = 90 * time.Second
)

// RoundTrip sends one request. It waits for the response, at most until shortly before the deadline of the request's context, so
// that http.Client passes its error on, and closes the request's body in any case.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ct := payload.ContentTypeOf(r.Header)
	version, isSOAP := ct.Version()
	switch {
	case r.Method != http.MethodPost || !isSOAP && !ct.Attachments():
		return t.base().RoundTrip(r)
	case !isSOAP:
		closeBody(r)
		return nil, errors.New("rmhttp: attachments (MTOM, multipart/related) are not spoken: have the client send the data within the envelope")
	}
	env, body, err := t.read(r, ct, version)
	if err != nil {
		return nil, fmt.Errorf("rmhttp: %w", err)
	}
	if isReliable(env) {
		r = r.Clone(r.Context())
		r.Body, r.GetBody, r.ContentLength, r.TransferEncoding = io.NopCloser(bytes.NewReader(body)), nil, int64(len(body)), nil
		return t.base().RoundTrip(r)
	}
	addressed := env.Action != "" || env.MessageID != ""
	if env.Action == "" {
		if env.Action, err = requestAction(r.Header, ct, env); err != nil {
			return nil, fmt.Errorf("rmhttp: %w", err)
		}
	}
	oneWay := env.ReplyTo.None()
	for _, to := range []*soap.EndpointReference{env.ReplyTo, env.FaultTo} {
		if !to.None() && !to.Anonymous() {
			return nil, fmt.Errorf("rmhttp: the request wants its answer at %s: use rm.Open with Options.ReplyTo for that", to.Address)
		}
	}
	ctx, cancel := shortly(r.Context())
	defer cancel()

	reply, err := t.send(ctx, r, env, addressed, oneWay)
	if err != nil {
		return nil, err
	}
	return respond(r, env, reply, addressed)
}

// send sends env in its session. A session that turns out to be dead before env was transmitted is replaced, once. The reply
// may carry a fault; without reply the service has the message, and that is all.
func (t *Transport) send(ctx context.Context, r *http.Request, env *soap.Envelope, addressed, oneWay bool) (*soap.Envelope, error) {
	header := passed(r.Header)
	if err := sendable(header); err != nil {
		return nil, fmt.Errorf("rmhttp: %w", err)
	}
	for again := true; ; again = false {
		c, err := t.pool.get(ctx, t, r, env, addressed)
		if err != nil {
			return nil, err
		}
		reply, err := t.use(ctx, c, env, header, oneWay)
		_, doubt := errors.AsType[*rm.InDoubtError](err)
		if doubt || !again || !errors.Is(err, net.ErrClosed) || ctx.Err() != nil {
			return reply, err
		}
	}
}

// use sends env in the session of c, and puts c back.
func (t *Transport) use(ctx context.Context, c *conn, env *soap.Envelope, header http.Header, oneWay bool) (reply *soap.Envelope, err error) {
	var replied string
	defer func() { t.pool.put(t, c, replied) }()
	m := &message{of: c.carrier, header: header}
	ctx = context.WithValue(ctx, messageKey{}, m)
	if oneWay {
		receipt, err := c.session.Send(ctx, env)
		if err != nil {
			return nil, err
		}
		err = receipt.Wait(ctx)
		if fault, ok := errors.AsType[*soap.Fault](err); ok {
			reply = soap.New("", fault)
			reply.RelatesTo = env.MessageID
			return reply, nil
		}
		return nil, err
	}
	m.oneWay = func() bool { return t.pool.unanswered(c, env.Action, false) }
	ctx, m.cancel = context.WithCancelCause(ctx)
	reply, err = c.session.Call(ctx, env)
	err = m.verdict(err)
	switch {
	case reply != nil: // a fault too
		replied = env.Action
		return reply, nil
	case errors.Is(err, rm.ErrNoReply) && t.pool.unanswered(c, env.Action, m.wasAnswered()):
		return nil, nil
	}
	return nil, err
}

// read reads the envelope of a request, whose body is as it came, and closes it.
func (t *Transport) read(r *http.Request, ct payload.ContentType, version soap.Version) (env *soap.Envelope, body []byte, err error) {
	defer closeBody(r)
	if r.Body == nil || r.URL == nil {
		return nil, nil, errors.New("the request has no body, or no URL")
	}
	limit := payload.Limit(t.Limits)
	var b []byte
	if body, err = payload.ReadAll(r.Body, r.ContentLength, limit); err == nil {
		b, err = payload.Unpack(body, r.Header.Get("Content-Encoding"), limit)
	}
	switch {
	case err == payload.ErrTooLarge:
		return nil, nil, fmt.Errorf("the request has more than %d bytes: see Transport.Limits", limit)
	case err != nil:
		return nil, nil, fmt.Errorf("reading the request: %w", err)
	}
	if env, err = soap.ParseCharset(b, ct.Charset, t.Limits); err != nil {
		return nil, nil, fmt.Errorf("the request is no SOAP envelope: %v", err) // not wrapped: a *soap.Fault is what a service answers
	}
	if env.Version != version {
		return nil, nil, fmt.Errorf("the content type %s is not that of a %s envelope", ct.Name, env.Version)
	}
	return env, body, nil
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		r.Body.Close()
	}
}

// shortly returns ctx with a deadline a little earlier, so that there is time to say what has become of the request before
// http.Client says that its time is over: a tenth of what is left, at most 100 ms. Both are arbitrary.
func shortly(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	left := time.Until(end)
	return context.WithDeadline(ctx, end.Add(-min(left/10, 100*time.Millisecond)))
}

// passed is the part of a request's header that goes with each attempt.
func passed(h http.Header) http.Header {
	h = h.Clone()
	endHop(h)
	h.Del("Accept-Encoding") // net/http unpacks only what it asks for itself
	return h
}

// respond makes the response to r, whose envelope is env.
func respond(r *http.Request, env, reply *soap.Envelope, addressed bool) (*http.Response, error) {
	code := http.StatusAccepted
	h := http.Header{}
	var b []byte
	if reply != nil {
		if code = http.StatusOK; reply.IsFault() {
			code = http.StatusInternalServerError
		}
		reply = reply.Clone().RemoveHeaders(func(h soap.HeaderBlock) bool { return ofRM(h.Name.Space) })
		reply.Version, reply.Addressing = env.Version, env.Addressing
		var err error
		if b, err = text(reply, addressed); err != nil {
			return nil, fmt.Errorf("rmhttp: the reply cannot be written: %w", err)
		}
		setType(h, env.Version, reply.Action, false)
	}
	h.Set("Content-Length", strconv.Itoa(len(b)))
	return &http.Response{
		Status: fmt.Sprintf("%d %s", code, http.StatusText(code)), StatusCode: code,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: io.NopCloser(bytes.NewReader(b)), ContentLength: int64(len(b)), Request: r,
	}, nil
}

func (t *Transport) base() http.RoundTripper {
	if t.Base != nil {
		return t.Base
	}
	return http.DefaultTransport
}

// keyOf names the session of a request.
func (t *Transport) keyOf(r *http.Request, env *soap.Envelope, addressed bool) sessionKey {
	key := sessionKey{url: address(r), to: env.To, soap: env.Version, addressing: t.addressing(env, addressed), of: r.Header.Get("Authorization")}
	if r.Host != r.URL.Host {
		key.host = r.Host
	}
	if t.Key != nil {
		key.of = t.Key(r)
	}
	return key
}

// addressing is the version of WS-Addressing that the session of a request speaks.
func (t *Transport) addressing(env *soap.Envelope, addressed bool) soap.Addressing {
	if !addressed && t.Options != nil {
		return t.Options.Addressing
	}
	return env.Addressing
}

// address is the URL of r without a fragment.
func address(r *http.Request) string {
	u := *r.URL
	u.Fragment, u.RawFragment = "", ""
	return u.String()
}

// CloseIdleConnections closes the sessions that no request uses, in the background and with their connections, and the idle
// connections of Base. http.Client has a method that calls this one.
func (t *Transport) CloseIdleConnections() {
	t.pool.closeIdle()
	if c, ok := t.Base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// Close closes all sessions in good order, and waits for it until ctx ends, which aborts them, or the retries of
// Options.MaxRetries are used up. Requests with envelopes fail from now on; those that are under way are waited for. The error
// is nil, or the *rm.InDoubtError of one of the sessions: whoever sent the messages in doubt was told by an error of RoundTrip.
func (t *Transport) Close(ctx context.Context) error { return t.pool.close(ctx) }

// Stats counts what the sessions of a Transport did. The counters of those that have ended are included.
type Stats struct {
	rm.Stats
	Sessions int    // that are open or being opened
	Opened   uint64 // sessions in all
}

// Stats returns what was counted.
func (t *Transport) Stats() Stats { return t.pool.stats() }

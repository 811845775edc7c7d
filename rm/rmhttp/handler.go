package rmhttp

import (
	"bytes"
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"strings"
	"sync"

	"github.com/gowsrm/wsrm/internal/payload"
	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport/soaphttp"
)

// Handler gives reliable sessions to a service that knows nothing of them. Its fields must not change once it serves.
//
// Next gets each message of a session once, as a POST request with the plain envelope: without the header blocks of
// WS-ReliableMessaging, and with those of WS-Addressing marked so that they need not be understood, and ReplyTo
// anonymous. Headers of the application, with mustUnderstand too, are Next's business. Method, URL, Host, RemoteAddr, TLS
// and the header of the request are those of the HTTP request that brought the message first, but for the fields that were for
// its connection or for the form of the bodies; its context has the values of that one, but ends with the session: a request
// whose connection is gone still runs, and its answer waits for the client.
//
// The answer is what Next writes: an envelope with any status is the reply, or the fault. Its action is that of its wsa:Action, or of
// its Content-Type (SOAP 1.2), or the request's with Response instead of Request at the end. An empty one with a status of
// success, or 202 with anything but an envelope, says that there is no reply. Anything else, an error page or a panic, is logged and becomes
// a numbered fault, since the message counts as handled; so a 401 by Next is not the challenge that it would be:
// authentication belongs in front of the Handler. Header fields of the answer stay here, Set-Cookie among them: an answer belongs to
// a message, and not to the HTTP response that brings it. With rm.Options.AckHandled a panic and an error page with a
// status of 500 or more count as not handled instead: the client repeats, and Next gets the message again.
//
// Requests that are not POST and, unless Required, those that carry no WS-ReliableMessaging go to Next as they are. Only the answer
// to a GET for ?wsdl, ?singleWsdl or a file with the ending .wsdl is changed: if it is a WSDL 1.1 that says nothing of it, it gets the WS-RM Policy that says what is spoken
// here (policy.AddTo), by which the tools of WCF, CXF and Metro configure their clients. Messages of sessions with attachments (MTOM)
// are refused by status 415.
type Handler struct {
	// Next is the service. Nil: http.DefaultServeMux.
	Next http.Handler
	// Server says how the sessions behave, by its Options and limits. Where they are zero, its Handler is set to Next, Understood of its
	// Options to everything, and Concurrency to the Window; so it cannot serve anything else. Nil: the zero Server.
	//
	// So calls of one session run side by side, as requests to a http.Handler do: Next need not wait for one to begin the next. They begin in order, and
	// a one-way message is handled before what follows it, unless Options.Unordered.
	Server *rm.Server
	// Principal says on whose behalf a request comes: see soaphttp.Handler.
	Principal func(*http.Request) (string, error)
	// Limits bound the envelopes that are read, from clients and from Next. Nil: the defaults of package soap. Those in sessions may be larger by
	// 16 KiB and 16 header blocks, which is room for what a session adds. A larger request that mentions WS-ReliableMessaging is refused (413).
	Limits *soap.Limits
	// Required refuses messages without a session, by the fault WSRMRequired (ActionNotSupported if only February 2005 is
	// spoken), and whatever else is posted, by status 415.
	Required bool

	once  sync.Once
	next  http.Handler
	front soaphttp.Handler
	srv   *rm.Server
}

func (h *Handler) start() {
	h.once.Do(func() {
		if h.next = h.Next; h.next == nil {
			h.next = http.DefaultServeMux
		}
		if h.srv = h.Server; h.srv == nil {
			h.srv = &rm.Server{}
		}
		if h.srv.Handler == nil {
			h.srv.Handler = (*service)(h)
		}
		var o rm.Options
		if h.srv.Options != nil {
			o = *h.srv.Options
		}
		if o.Concurrency == 0 {
			o.Concurrency = max(1, cmp.Or(o.Window, defaultWindow))
		}
		if o.Understood == nil {
			o.Understood = func(xml.Name) bool { return true }
		}
		h.srv.Options = &o
		h.front = soaphttp.Handler{Server: h.srv, Principal: h.Principal, Limits: inSession(h.Limits)}
	})
}

// ServeHTTP serves a message of a session, or has Next serve the request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.start()
	if asksForWSDL(r) {
		h.describe(w, r)
		return
	}
	if r.Method != http.MethodPost {
		h.next.ServeHTTP(w, r)
		return
	}
	if !h.Required && !h.look(r) {
		h.next.ServeHTTP(w, r)
		return
	}
	head := r.WithContext(r.Context())
	head.Body = nil // what waits for its turn keeps the head, not the bytes
	h.front.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, head)))
}

// defaultWindow is that of rm.Options.
const defaultWindow = 64

// requestKey is the key of the HTTP request that brought a message, in a handler's context.
type requestKey struct{}

// look reports whether r carries WS-ReliableMessaging. It leaves the body as it was, with the error that ended it.
func (h *Handler) look(r *http.Request) bool {
	ct := payload.ContentTypeOf(r.Header)
	_, isSOAP := ct.Version()
	if !isSOAP && ct.Name != "multipart/related" {
		return false
	}
	limit := payload.Limit(h.front.Limits)
	b, err := payload.ReadAll(r.Body, r.ContentLength, limit)
	large := errors.Is(err, payload.ErrTooLarge)
	rest := io.Reader(r.Body)
	if err != nil && !large {
		rest = failing{err}
	}
	body := &again{Reader: io.MultiReader(bytes.NewReader(b), rest), body: r.Body}
	r.Body = body

	b, unpacking := payload.Unpack(b, r.Header.Get("Content-Encoding"), limit)
	if unpacking != nil && err == nil && !errors.Is(unpacking, payload.ErrTooLarge) {
		return false // Next may know what it is
	}
	switch {
	case !mentions(b):
		return false
	case !isSOAP:
		root, charset, ok := rootPart(b, ct.Boundary)
		if !ok {
			return false
		}
		env, err := soap.ParseCharset(root, charset, h.front.Limits)
		return err == nil && isReliable(env) // the front says that attachments are not spoken
	case err != nil || unpacking != nil:
		return true // the front says that it is too large, or did not arrive whole
	}
	env, err := soap.ParseCharset(b, ct.Charset, h.front.Limits)
	if err == nil && !isReliable(env) {
		return false
	}
	if err == nil {
		body.env = env
	}
	return true // the front says what is wrong
}

// rootPart returns the first part of a multipart/related body, which is the envelope of all who write attachments.
func rootPart(b []byte, boundary string) (root []byte, charset string, ok bool) {
	if boundary == "" {
		return nil, "", false
	}
	part, err := multipart.NewReader(bytes.NewReader(b), boundary).NextPart()
	if err != nil {
		return nil, "", false
	}
	root, err = io.ReadAll(part)
	return root, payload.ContentTypeOf(http.Header(part.Header)).Charset, err == nil
}

// failing is a body that ends with an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// again is a body that was read once already.
type again struct {
	io.Reader
	body io.ReadCloser
	env  *soap.Envelope // nil: not known
}

func (a *again) Close() error { return a.body.Close() }

// Envelope gives package soaphttp what was read already.
func (a *again) Envelope() *soap.Envelope { return a.env }

// Shutdown ends the sessions in good order, as rm.Server.Shutdown does. Requests without sessions are still served. Shut down
// the http.Server afterwards.
func (h *Handler) Shutdown(ctx context.Context) error {
	h.start()
	return h.srv.Shutdown(ctx)
}

// Stats returns what the server of the sessions has counted.
func (h *Handler) Stats() rm.ServerStats {
	h.start()
	return h.srv.Stats()
}

func (h *Handler) logger() *slog.Logger {
	if l := h.srv.Options.Logger; l != nil {
		return l
	}
	return slog.Default()
}

// hop are the header fields that were for the connection, or for the body as it was.
var hop = []string{"Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Http2-Settings", "Proxy-Connection",
	"Expect", "Content-Encoding", "Content-Length", "Content-Md5", "Content-Digest"}

// endHop takes them out of h, and those that h itself names.
func endHop(h http.Header) {
	// HTTP Semantics (RFC 9110), 7.6.1
	for _, value := range h["Connection"] {
		for name := range strings.SplitSeq(value, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range hop {
		h.Del(name)
	}
}

// plain makes the request that Next gets for a message.
func (h *Handler) plain(ctx context.Context, m *rm.Message) (*http.Request, error) {
	env := m.Envelope.Clone().RemoveHeaders(func(b soap.HeaderBlock) bool { return ofRM(b.Name.Space) })
	if env.ReplyTo != nil && !env.ReplyTo.None() {
		env.ReplyTo = &soap.EndpointReference{} // the session knows where the answer goes
	}
	env.FaultTo = nil
	body, err := text(env, true)
	if err != nil {
		return nil, err
	}
	var r *http.Request
	if first, ok := ctx.Value(requestKey{}).(*http.Request); ok {
		r = first.Clone(ctx)
	} else if r, err = http.NewRequestWithContext(ctx, http.MethodPost, "/", nil); err != nil {
		return nil, err
	}
	endHop(r.Header)
	r.Header.Del("Accept-Encoding") // the answer goes into an envelope
	setType(r.Header, env.Version, env.Action, true)
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil } // a Next that is a proxy may try again
	r.Body, _ = r.GetBody()
	r.ContentLength, r.TransferEncoding, r.Trailer, r.Close = int64(len(body)), nil, nil, false
	return r, nil
}

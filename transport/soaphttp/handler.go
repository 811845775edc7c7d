package soaphttp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gowsrm/wsrm/internal/payload"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

// Handler is an http.Handler that lets a transport.Handler, such as *rm.Server, answer the envelopes that are posted to it. It
// may be mounted at several paths. Its fields must not change once it serves.
//
// The context that Server gets is the request's: it is done when the client's connection is gone. If the http.Server has a
// WriteTimeout, it has a deadline a second before that, or half of it if that is less than two seconds.
// A panic of Server goes through to net/http, which logs it and breaks the connection, so that the client repeats.
type Handler struct {
	// Server acts upon the requests. It must be set.
	Server transport.Handler
	// Principal says on whose behalf a request comes. It runs before the request's body is read and must not read it. An
	// error is answered by 403 without its text. A challenge (401) is the business of middleware in front.
	//
	// What it returns must stay the same for one subject, since sequences belong to it: an account's name, not a token.
	//
	// Nil: the key of the TLS client certificate, "sha256:" and the SHA-256 of its SubjectPublicKeyInfo in hexadecimal, or ""
	// without one. A certificate that is renewed with another key is another principal then; who wants names takes them
	// from r.TLS.VerifiedChains.
	Principal func(*http.Request) (string, error)
	// Limits bound what is read; bytes count unpacked. Nil: the defaults of package soap.
	Limits *soap.Limits
}

// ServeHTTP answers one request, as the package comment says.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, http.StatusMethodNotAllowed, "SOAP messages are sent by POST")
		return
	}
	ct := payload.ContentTypeOf(r.Header)
	version, ok := ct.Version()
	if !ok {
		refuse(w, http.StatusUnsupportedMediaType, unspoken(ct))
		return
	}
	peer, err := h.peer(r)
	if err != nil {
		refuse(w, http.StatusForbidden, "forbidden")
		return
	}
	var env *soap.Envelope
	if p, ok := r.Body.(parsed); ok {
		env = p.Envelope()
	}
	if env == nil {
		b, ok := h.read(w, r, version)
		if !ok {
			return
		}
		env, err = soap.ParseCharset(b, ct.Charset, h.Limits) // the error is a fault to answer with
	}
	if err == nil {
		err = check(env, r, ct, version)
	}
	if err != nil {
		fault(w, r, version, env, err)
		return
	}

	ctx, cancel := deadline(r.Context(), start)
	defer cancel()
	reply, err := h.Server.ServeExchange(ctx, peer, env)
	switch {
	case err != nil:
		w.Header().Set("Retry-After", "1") // a second; arbitrary
		refuse(w, http.StatusServiceUnavailable, "the request cannot be taken now")
	case reply == nil:
		nothing(w)
	default:
		answer(w, r, reply)
	}
}

// parsed is the body of a request that somebody in front has read already, with the charset of its Content-Type, by the same Limits
// and without an error. Nil: nobody has.
type parsed interface{ Envelope() *soap.Envelope }

// Header values that all answers share; net/http and well-behaved middleware replace such slices, but do not write into them.
var (
	zero     = []string{"0"}
	values11 = []string{payload.Type11}
	values12 = []string{payload.Type12}
)

func (h *Handler) peer(r *http.Request) (transport.Peer, error) {
	principal := h.Principal
	if principal == nil {
		principal = certificatePrincipal
	}
	who, err := principal(r)
	return transport.Peer{Principal: who, Address: r.RemoteAddr, Secure: r.TLS != nil}, err
}

// read returns the whole body, unpacked. If it cannot, it has answered.
func (h *Handler) read(w http.ResponseWriter, r *http.Request, version soap.Version) ([]byte, bool) {
	limit := payload.Limit(h.Limits)
	b, err := payload.Read(r.Body, r.Header.Get("Content-Encoding"), r.ContentLength, limit)
	var outer *http.MaxBytesError // of middleware
	switch {
	case err == nil:
		return b, true
	case errors.Is(err, payload.ErrCoding):
		w.Header().Set("Accept-Encoding", "gzip")
		refuse(w, http.StatusUnsupportedMediaType, err.Error()+"; gzip is")
	case errors.Is(err, payload.ErrTooLarge), errors.As(err, &outer):
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the envelope is larger than %d bytes", limit))
	case errors.Is(err, payload.ErrGzip):
		fault(w, r, version, nil, &soap.Fault{Code: "Sender", Reason: "The body is not what gzip writes."})
	default:
		// The connection is broken or too slow. If anyone still listens, another attempt may go better.
		refuse(w, http.StatusServiceUnavailable, "the request did not arrive whole")
	}
	return nil, false
}

// check compares an envelope with the head that brought it. Its error is a fault to answer with.
func check(env *soap.Envelope, r *http.Request, ct payload.ContentType, version soap.Version) error {
	if env.Version != version {
		// SOAP 1.2, part 2, 7.1.4; SOAP 1.1, 6
		return &soap.Fault{Code: "VersionMismatch", Reason: fmt.Sprintf("The content type %s is not that of a %s envelope.", ct.Name, env.Version)}
	}
	action := ct.ActionOf(r.Header, version)
	if action == "" || env.Action == "" || sameAction(action, env.Action) {
		return nil
	}
	// WS-Addressing 1.0, SOAP Binding, 6.4.1.7
	return soap.AddressingFault("InvalidAddressingHeader", "ActionMismatch", env.Action)
}

// deadline bounds ctx by the WriteTimeout of the http.Server, which counts from the end of the request's head.
func deadline(ctx context.Context, start time.Time) (context.Context, context.CancelFunc) {
	srv, _ := ctx.Value(http.ServerContextKey).(*http.Server)
	if srv == nil || srv.WriteTimeout <= 0 {
		return ctx, func() {}
	}
	margin := min(time.Second, srv.WriteTimeout/2)
	return context.WithDeadline(ctx, start.Add(srv.WriteTimeout-margin))
}

// nothing answers that the request was taken and that there is nothing to say.
func nothing(w http.ResponseWriter) {
	// No Content-Type, since WCF takes a 202 that has one for an error.
	w.Header()["Content-Length"] = zero
	w.WriteHeader(http.StatusAccepted)
}

// answer sends an envelope.
func answer(w http.ResponseWriter, r *http.Request, env *soap.Envelope) {
	buf := payload.Borrow()
	b, err := env.AppendXML(*buf)
	if err != nil {
		// The Server's envelope is broken. Only a fault is an answer that every client can read.
		version, addressing, related := env.Version, env.Addressing, env.RelatesTo
		env = soap.New("", &soap.Fault{Reason: "internal error"})
		env.Version, env.Addressing, env.RelatesTo = version, addressing, related
		if b, err = env.AppendXML(*buf); err != nil {
			panic("BUG: soaphttp: " + err.Error())
		}
	}
	*buf = b
	header := w.Header()
	if len(b) >= worthGzip && acceptsGzip(r.Header.Get("Accept-Encoding")) {
		packed := payload.Borrow()
		*packed = appendGzip(*packed, b)
		payload.GiveBack(buf)
		buf, b = packed, *packed
		header.Set("Content-Encoding", "gzip")
	}
	if env.Version == soap.V11 {
		header["Content-Type"] = values11
	} else {
		header["Content-Type"] = values12
	}
	header["Content-Length"] = []string{strconv.Itoa(len(b))}
	// WCF reads envelopes with 200 and 500 only; so all faults have 500, also those for which SOAP 1.2 says 400.
	if env.IsFault() {
		w.WriteHeader(http.StatusInternalServerError)
	}
	if _, err := w.Write(b); err != nil {
		// The client is gone and will ask again. But an HTTP/2 server that gives up a stream may still be reading b.
		return
	}
	payload.GiveBack(buf)
}

// refuse answers with a status and a line of text.
func refuse(w http.ResponseWriter, code int, text string) { http.Error(w, "soaphttp: "+text, code) }

func unspoken(ct payload.ContentType) string {
	const spoken = "; send text/xml (SOAP 1.1) or application/soap+xml (SOAP 1.2)"
	if ct.Name == "multipart/related" {
		return "attachments (MTOM, multipart/related) are not spoken" + spoken
	}
	return "content type " + payload.Quote(ct.Name) + " is not spoken" + spoken
}

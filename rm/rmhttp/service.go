package rmhttp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/gowsrm/wsrm/internal/payload"
	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
)

// service is a Handler as the rm.Handler of its sessions.
type service Handler

// ServeMessage has Next serve one message.
func (s *service) ServeMessage(ctx context.Context, m *rm.Message) (*soap.Envelope, error) {
	h := (*Handler)(s)
	r, err := h.plain(ctx, m)
	if err != nil {
		return nil, err
	}
	rec := &recorder{limit: payload.Limit(h.Limits), header: http.Header{}}
	aborted := run(h.next, rec, r)
	resp, b, err := rec.end()
	if aborted && err == nil { // else that is why
		if h.srv.Options.AckHandled {
			return nil, errors.New("rmhttp: the service gave up")
		}
		return nil, &soap.Fault{Code: "Receiver", Reason: "The service gave up."}
	}
	env, err := h.answer(m, resp, b, err)
	if !m.WantsReply && env != nil && !env.IsFault() {
		return nil, err // some toolkits answer one-way messages by an empty body
	}
	return env, err
}

// run calls next, and reports whether it gave up: by a panic with http.ErrAbortHandler, which nobody shall log. Other panics go
// on: the session logs them.
func run(next http.Handler, rec *recorder, r *http.Request) (aborted bool) {
	defer func() {
		rec.end()
		if v := recover(); v != nil {
			if v != http.ErrAbortHandler {
				panic(v)
			}
			aborted = true
		}
	}()
	next.ServeHTTP(rec, r)
	return false
}

// answer makes a reply of what Next has written. A *soap.Fault is for the client to see, any other error is not.
func (h *Handler) answer(m *rm.Message, resp *http.Response, b []byte, err error) (*soap.Envelope, error) {
	ct := payload.ContentTypeOf(resp.Header)
	version, isSOAP := ct.Version()
	accepted := resp.StatusCode == http.StatusAccepted
	switch {
	case err != nil:
		return nil, h.broken(resp, fmt.Errorf("it cannot be read: %w", err))
	case resp.StatusCode/100 == 2 && len(b) == 0, accepted && !isSOAP:
		return nil, nil
	case !isSOAP || len(b) == 0:
		return nil, h.broken(resp, errors.New("it is no SOAP envelope"))
	}
	env, err := soap.ParseCharset(b, ct.Charset, h.Limits)
	switch {
	case err != nil && accepted:
		return nil, nil
	case err != nil:
		return nil, h.broken(resp, errors.New(err.Error())) // a *soap.Fault would be an answer
	}
	if env.Action == "" && !env.IsFault() {
		env.Action = replyAction(m.Action, version, ct)
	}
	return env, nil
}

// replyAction is the action of a reply that has no wsa:Action: the one of its Content-Type, or else that of WSDL 1.1's defaults,
// as far as the request tells it. The request's own action in a Content-Type is there by accident: gSOAP's services and
// others copy it, and WCF's client takes no reply for another message.
func replyAction(request string, version soap.Version, ct payload.ContentType) string {
	if version == soap.V12 && ct.Action != "" && ct.Action != request {
		return ct.Action
	}
	return strings.TrimSuffix(request, "Request") + "Response"
}

// broken is what becomes of a response that is no answer: a fault that says so, or, where a message may come again after
// its handler has failed, an error by which it does.
func (h *Handler) broken(resp *http.Response, why error) error {
	status := fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	if h.srv.Options.AckHandled && resp.StatusCode >= 500 {
		return fmt.Errorf("rmhttp: the service answered %s: %w", status, why)
	}
	h.logger().Warn("rmhttp: answer of the service", "status", resp.StatusCode, "err", why)
	if errors.Is(why, errFull) || errors.Is(why, payload.ErrTooLarge) {
		return &soap.Fault{Code: "Receiver", Reason: "The service answered " + status + ", with more than may be passed on."}
	}
	return &soap.Fault{Code: "Receiver", Reason: "The service answered " + status + ", and it is no answer to a SOAP message."}
}

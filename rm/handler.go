package rm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/gowsrm/wsrm/rm/internal/engine"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/window"
)

// Handler does what messages ask for. A Server runs it, once for each message of a session, on as many goroutines as
// Options.Concurrency allows in each session, and for any number of sessions at once.
type Handler interface {
	// ServeMessage returns the reply, or nil for none. Of the reply the session keeps Action, MessageID, From, headers
	// and body, and sets the rest in a copy. A caller who gets no reply is told ErrNoReply; a reply to a message
	// that wants none is dropped and logged.
	//
	// A *soap.Fault as the error, even a wrapped one, is the caller's answer as it stands. Errors of
	// Message.Decode are such faults. Any other error, and a panic, is logged, and the caller reads "internal
	// error" and no more. Such a fault goes to FaultTo, if the message has one. For a message that wants neither a
	// reply nor a fault every error is only logged.
	//
	// ctx ends with the session. It has the values of the carrier's context with which the message arrived first. It
	// does not end when the connection does: the work goes on, and the reply waits for the repeat.
	ServeMessage(ctx context.Context, m *Message) (*soap.Envelope, error)
}

// HandlerFunc is a function that is a Handler.
type HandlerFunc func(ctx context.Context, m *Message) (*soap.Envelope, error)

// ServeMessage calls f.
func (f HandlerFunc) ServeMessage(ctx context.Context, m *Message) (*soap.Envelope, error) {
	return f(ctx, m)
}

// Mux is a Handler that chooses by the message's Action. Any other Action is answered with the fault
// ActionNotSupported. It must not change while it is used.
type Mux map[string]HandlerFunc

// ServeMessage calls the function for m.Action.
func (mux Mux) ServeMessage(ctx context.Context, m *Message) (*soap.Envelope, error) {
	if f := mux[m.Action]; f != nil {
		return f(ctx, m)
	}
	return nil, soap.AddressingFault("ActionNotSupported", "", m.Action)
}

// Message is a message that was delivered.
type Message struct {
	*soap.Envelope
	// Session is the session that it belongs to.
	Session *Session
	// Number is its number in the peer's sequence.
	Number window.Number
	// WantsReply reports whether its sender waits for a reply. What a handler returns for another message is dropped; a fault
	// may still go where the sender wants faults.
	WantsReply bool
}

// Decode reads the body into v: see soap.Envelope. An error is a *soap.Fault, which tells the caller that the message
// is not what it should be; a handler may return it as it is. A field XMLName with a tag in v refuses every other body;
// without one, a wrong body leaves v empty.
func (m *Message) Decode(v any) error { return senderFault(m.Envelope.Decode(v)) }

// Header reads the first header block of that name into v: see soap.Envelope. Errors are like those of Decode.
func (m *Message) Header(space, local string, v any) (bool, error) {
	found, err := m.Envelope.Header(space, local, v)
	return found, senderFault(err)
}

func senderFault(err error) error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*soap.Fault](err); ok {
		return f
	}
	return &soap.Fault{Code: "Sender", Reason: strings.TrimPrefix(err.Error(), "soap: ")}
}

// deliver begins a handler: on the goroutine of the request that waits for the outcome if the engine has named it,
// otherwise on a new one. s.mu is held.
func (s *Session) deliver(d *engine.Deliver[letter]) {
	if l := s.acc.legs[d.Leg]; l != nil && !l.until {
		l.work, l.hasWork = *d, true
		l.nudge()
		return
	}
	go s.handle(*d)
}

// handle runs the handler and tells the engine what came of it.
func (s *Session) handle(d engine.Deliver[letter]) {
	var env *soap.Envelope
	var what engine.Result
	returned := false
	defer func() {
		if !returned { // the handler has ended its goroutine, as FailNow of a test does
			env, what = s.broken(&d)
		}
		size := 0
		if env != nil {
			to := d.M.env.ReplyTo
			if what == engine.ReplyFault && d.M.env.FaultTo != nil {
				to = d.M.env.FaultTo
			}
			if addressed(to) {
				env.SetTo(to)
				env.To = strings.Clone(env.To) // of the request's memory
			}
			size = env.Size()
		}
		s.mu.Lock()
		defer s.release()
		now := clock()
		s.engine.Handled(now, d.N, what, letter{env: env}, size)
		s.take(now)
	}()
	env, what = s.serve(&d)
	returned = true
}

var internalError = &soap.Fault{Code: "Receiver", Reason: "internal error"}

// serve runs the handler and translates its outcome.
func (s *Session) serve(d *engine.Deliver[letter]) (reply *soap.Envelope, what engine.Result) {
	in := &struct { // one allocation
		Message
		messageContext
	}{Message{Envelope: d.M.env, Session: s, Number: d.N, WantsReply: d.Wants}, messageContext{s.ctx, d.M.ctx}}
	m := &in.Message
	if s.acc.srv.answers(m.Envelope) {
		return nil, engine.NoReply
	}

	env, err := s.guard(&in.messageContext, m)
	fault, isFault := errors.AsType[*soap.Fault](err)
	switch {
	case err == nil && env != nil && !d.Wants && !(d.Faults && env.IsFault()):
		s.logMessage(slog.LevelWarn, "rm: reply to a one-way message dropped", m, nil)
		return nil, engine.NoReply
	case err == nil && env == nil:
		return nil, engine.NoReply
	case err == nil:
		reply, err = composeReply(env, m.Envelope)
		if err == nil && reply.IsFault() {
			return reply, engine.ReplyFault
		} else if err == nil {
			return reply, engine.Replied
		}
		err = fmt.Errorf("reply: %w", err)
	case isFault && d.Faults:
		reply = soap.New("", fault)
		if err = unsendable(reply); err == nil {
			return reply, engine.ReplyFault
		}
		err = fmt.Errorf("fault: %w", err)
	case isFault:
		s.logMessage(slog.LevelWarn, "rm: one-way message refused by its handler", m, err)
		return nil, engine.NoReply
	}
	s.logMessage(slog.LevelError, "rm: handler failed", m, err)
	return s.broken(d)
}

// broken is the outcome of a handler that has none of its own.
func (s *Session) broken(d *engine.Deliver[letter]) (*soap.Envelope, engine.Result) {
	switch {
	case s.set.AckHandled:
		return nil, engine.Released
	case d.Faults:
		return soap.New("", internalError), engine.ReplyFault
	}
	return nil, engine.NoReply
}

// guard calls the handler and turns a panic into an error.
func (s *Session) guard(ctx context.Context, m *Message) (env *soap.Envelope, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return s.acc.handler.ServeMessage(ctx, m)
}

func (s *Session) logMessage(level slog.Level, text string, m *Message, err error) {
	attrs := []slog.Attr{slog.String("sequence", s.ID()), slog.Uint64("number", uint64(m.Number)), slog.String("action", m.Action)}
	if err != nil {
		attrs = append(attrs, slog.Any("err", err))
	}
	s.set.logger().LogAttrs(context.Background(), level, text, attrs...)
}

// messageContext ends with the session and has the values of the context that a message came with: that of the carrier, or
// of Call or Send.
type messageContext struct {
	context.Context // of the session
	values          context.Context
}

// Value asks the session first: it has no values, but the key by which package context finds what ends a context.
func (c *messageContext) Value(key any) any {
	if v := c.Context.Value(key); v != nil {
		return v
	}
	return c.values.Value(key)
}

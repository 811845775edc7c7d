package rm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
	"github.com/gowsrm/wsrm/window"
)

// Session is a reliable conversation with one peer. Open makes one; a Server makes one for each client that does.
//
// Its methods may be called from any number of goroutines. A session that Open returned must be closed, by Close or
// Abort: until then it keeps itself and its counterpart alive. A session that has ended stays so; open another one.
type Session struct {
	set    *settings
	ctx    context.Context
	cancel context.CancelCauseFunc

	mu     sync.Mutex // guards what follows. Nothing waits while it is held, and no code of the user runs
	engine *engine.Session[letter]
	ini    *initiator // one of these two
	acc    *acceptor

	timer *time.Timer
	armed engine.Time // when the timer will fire, 0: not at all

	id      string // of the created sequence, "": not yet
	replyID string // of the offered one, "": none
	version wsrm.Version
	end     *engine.End // the session has ended
	cause   error       // why
	aborted error       // the cause, if the session is ended from this side

	observer observer
}

// letter is what the engine carries without looking at it.
type letter struct {
	env *soap.Envelope
	ctx context.Context // its values are the message's: of the carrier that brought it, or of Call or Send; nil: none
}

func newSession(set *settings) *Session {
	s := &Session{set: set}
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	return s
}

// Call sends env and waits for the reply. The error tells what happened, as the package comment says: a *soap.Fault is
// the peer's answer, an *InDoubtError means that the peer may have acted upon env or may still do so, anything
// else that it has not and will not. With a fault comes the envelope that carries it, with its action and header blocks. A reply
// with a header block that must be understood and is not (Options.Understood) is a MustUnderstand fault of our own making: the peer has answered.
//
// What is written of env is its Action, its MessageID, its From, its headers and its body; the session sets the rest,
// and a MessageID if there is none, in a copy. So env may be used again, and a received envelope may be sent on.
// A MessageID that another Call of the session is waiting with is an error.
//
// If ctx ends before the message has a number, it is not sent. If it ends later, the message stays and is repeated
// until the peer has it, and the reply is thrown away when it comes. If the cause of its end is ErrNoReply (context.WithCancelCause), the session
// waits for no reply either: it takes an acknowledgement for the end of the call. All attempts have the values of ctx.
//
// A server cannot call a client that it can reach only by answering it.
func (s *Session) Call(ctx context.Context, env *soap.Envelope) (*soap.Envelope, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o, err := s.submit(ctx, env, true)
	if err != nil {
		return nil, err
	}
	defer o.cancel()
	if err := s.await(ctx, o); err != nil {
		return nil, err
	}
	if o.err != nil {
		return nil, o.err
	}
	if o.reply.IsFault() {
		return o.reply, o.reply.Err()
	}
	if names := notUnderstood(o.reply, s.set); names != nil {
		return nil, fmt.Errorf("rm: the reply has header blocks that Options.Understood does not name: %w", soap.NotUnderstood(names...))
	}
	return o.reply, nil
}

// Send sends env one-way and returns as soon as it has a number: at once if there is room in the window, otherwise it
// waits for room or the end of ctx. An error means that env was not sent. The Receipt tells whether it has arrived.
//
// Of env the same is written as for Call. With WS-Addressing 1.0 its ReplyTo is none; with 2004/08, which has no such
// address, it has no MessageID.
//
// A server cannot send to a client that it can reach only by answering it.
func (s *Session) Send(ctx context.Context, env *soap.Envelope) (*Receipt, error) {
	o, err := s.submit(ctx, env, false)
	if err != nil {
		return nil, err
	}
	return &Receipt{s: s, o: o}, nil
}

// Flush waits until all that was sent before is concluded. Nil means that the peer has it; an *InDoubtError that the peer
// has all but perhaps the numbers in it, because the session or ctx ended; a *soap.Fault that it has all but a one-way message
// that it refused by this fault. Numbers that were never sent or were refused may be among those of an *InDoubtError: their
// Calls and Receipts tell more.
//
// If nothing is left to wait for, Flush does not look at ctx. Some peers acknowledge one-way messages only when the
// session closes.
func (s *Session) Flush(ctx context.Context) error {
	s.mu.Lock()
	if s.end != nil || s.ini == nil || len(s.ini.sent) == 0 {
		defer s.mu.Unlock()
		return s.outcome()
	}
	f := &flush{upTo: s.ini.lastTag, left: len(s.ini.sent), done: make(chan struct{})}
	s.ini.flushes = append(s.ini.flushes, f)
	s.mu.Unlock()

	select {
	case <-f.done:
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ini.dropFlush(f)
	switch {
	case f.left > 0:
		return s.verdict(&f.missed, ctx.Err(), s.ini.unsettled(f.upTo))
	case s.cause == nil:
		return s.verdict(&f.missed, errUnsaid, nil)
	}
	return s.verdict(&f.missed, s.cause, nil)
}

// Close ends the session in good order: it waits until the peer has all that was sent and all calls have their replies,
// and tells the peer. New calls fail from now on. If ctx ends first, the session is aborted; without end it ends when
// MaxRetries are used up, unless they are negative.
//
// Nil means that the peer has everything that was ever sent. The error is like that of Flush, an *InDoubtError with all
// that may be lost or a *soap.Fault, and it is logged.
//
// A deferred Close with a context that is already done is an Abort; give it one that is not:
//
//	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
//	defer cancel()
//	err := s.Close(ctx)
//
// On a server it is the client that ends a session. There Close waits for that, and aborts the session if ctx ends first.
func (s *Session) Close(ctx context.Context) error {
	s.mu.Lock()
	if s.ini != nil && s.end == nil {
		s.ini.closing = true
		s.turnAway(errClosed)
		now := clock()
		s.engine.Close(now)
		s.take(now)
	}
	s.release()
	select {
	case <-s.ctx.Done():
	case <-ctx.Done():
		s.mu.Lock()
		s.abort(clock(), "", closed(joinText("rm: session not closed in time", ctx.Err().Error()), ctx.Err()))
		s.release()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.outcome()
}

// Abort ends the session at once, and tells the peer in the background, within a second and without waiting for an
// answer. What was sent and not acknowledged is in doubt. On a server the contexts of running handlers end, and
// requests that are still open are answered with a SequenceTerminated fault.
//
// cause is what the session's context tells from now on, joined with net.ErrClosed; nil is allowed. Only the first call counts.
func (s *Session) Abort(cause error) {
	err := errAborted
	if cause != nil {
		err = closed(joinText("rm: session aborted", cause.Error()), cause)
	}
	s.mu.Lock()
	s.abort(clock(), "", err)
	s.release()
}

// abort ends the session because of cause, with a fault of the given code for the peer. s.mu is held.
func (s *Session) abort(now engine.Time, code string, cause error) {
	if s.end != nil {
		return
	}
	s.aborted = cause
	s.engine.Abort(now, code)
	s.take(now)
}

// Context is done when the session has ended. Its cause tells why and matches net.ErrClosed. It never is an
// *InDoubtError.
func (s *Session) Context() context.Context { return s.ctx }

// ID returns the identifier of the created sequence. Both sides have the same.
func (s *Session) ID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.id
}

// Version returns the version of the protocol that the two sides agreed upon.
func (s *Session) Version() Version {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Version(s.version)
}

// Peer returns the other side as the transport knows it: on a server who created the session, on a client the address
// that it was opened to.
func (s *Session) Peer() transport.Peer {
	if s.acc != nil {
		return s.acc.peer
	}
	return transport.Peer{Address: s.ini.to.Address}
}

// Stats returns what the session has counted. It works after the end, too.
func (s *Session) Stats() Stats {
	s.mu.Lock()
	st := s.engine.Stats()
	s.mu.Unlock()
	return statsOf(st)
}

// outcome is what an ended session, or one that has nothing under way, says about all that was sent. s.mu is held.
func (s *Session) outcome() error {
	if s.end == nil || s.ini == nil {
		return nil
	}
	return s.verdict(&s.ini.missed, s.cause, s.end.InDoubt)
}

// doubt returns an *InDoubtError, or nil if there are no numbers.
func (s *Session) doubt(err error, numbers []window.Number) error {
	if len(numbers) == 0 {
		return nil
	}
	return &InDoubtError{Session: s.id, Numbers: slices.Clone(numbers), Err: err}
}

// dead returns why nothing can be sent any more, nil if it can. s.mu is held.
func (s *Session) dead() error {
	switch {
	case s.cause != nil:
		return s.cause
	case s.ini == nil:
		return errOneSided
	case s.ini.closing:
		return errClosed
	}
	return nil
}

var errOneSided = errors.New("rm: this peer can only be answered, not sent to")

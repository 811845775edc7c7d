package rm

import (
	"context"
	"errors"
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
	"github.com/gowsrm/wsrm/window"
)

// farewellTime bounds the exchange that tells the peer of the end of the session: nobody waits for it.
const farewellTime = time.Second

// attempt is one exchange that the engine asked for. The session's mutex guards what changes.
type attempt struct {
	s      *Session
	try    engine.Try
	number window.Number // 0: none
	count  int           // of attempts of the same message, with this one
	env    *soap.Envelope
	sheet  sheet     // where env is
	o      *outgoing // whose goroutine makes it; nil: one of its own
	ctx    context.Context
	cancel context.CancelFunc

	dropped bool // its answer is not wanted any more
}

// transmit begins an exchange: on the goroutine that waits for the reply if it is the first attempt, otherwise on a
// new one. s.mu is held.
func (s *Session) transmit(t *engine.Transmit[letter]) {
	if s.acc != nil {
		s.post(t)
		return
	}
	a := &attempt{s: s, try: t.Try, number: t.N, count: t.Attempt}
	a.env = s.outEnvelope(t, &a.sheet)
	s.ini.expect(s, t)
	if t.Kind == wsrm.Fault {
		go a.farewell()
		return
	}
	s.ini.tries[t.Try] = a
	if o := s.waiter(t); o != nil {
		// Open and Call bring a context for this: it ends with their own.
		a.o, a.ctx, a.cancel = o, o.ctx, o.cancel
		o.work = a
		o.nudge()
		return
	}
	ctx := s.ctx
	if t.M.ctx != nil {
		ctx = &messageContext{s.ctx, t.M.ctx}
	}
	a.ctx, a.cancel = context.WithCancel(ctx)
	go a.run()
}

// waiter returns whose goroutine may make an exchange, nil if it is nobody's.
func (s *Session) waiter(t *engine.Transmit[letter]) *outgoing {
	var o *outgoing
	switch {
	case t.Kind == wsrm.CreateSequence:
		o = s.ini.opener
	case t.Kind == wsrm.Application && t.Attempt == 1:
		o = s.ini.sent[t.Tag]
	}
	if o == nil || !o.lends || o.work != nil {
		return nil
	}
	return o
}

// drop cancels an exchange whose answer is not wanted any more. s.mu is held.
func (s *Session) drop(t engine.Try) {
	if a := s.ini.tries[t]; a != nil {
		a.drop()
	}
}

func (a *attempt) drop() {
	a.dropped = true
	a.cancel()
}

// run makes the attempt and tells the engine what came of it.
func (a *attempt) run() {
	if a.o == nil {
		defer a.cancel()
	}
	var begin engine.Time
	if a.s.set.Trace != nil {
		begin = clock()
	}
	returned := false
	defer func() {
		if !returned { // the Exchanger panicked, and whoever called it shall see that
			a.failed(begin, engine.Failed, errors.New("rm: the Exchanger did not return"))
		}
	}()
	answer, err := a.s.ini.x.Exchange(a.ctx, a.env)
	returned = true
	switch {
	case errors.Is(err, transport.ErrPermanent):
		a.failed(begin, engine.Permanent, err)
	case err != nil:
		a.failed(begin, engine.Failed, err)
	case answer == nil:
		a.failed(begin, engine.Empty, nil)
	default:
		a.answered(begin, answer)
	}
}

// errPlain is why no session is opened with a service that takes CreateSequence for a message of its application.
var errPlain = errors.New("rm: the service answered CreateSequence by a message of its own: it does not speak WS-ReliableMessaging")

// answered brings the engine the envelope that came back.
func (a *attempt) answered(begin engine.Time, env *soap.Envelope) {
	s := a.s
	b := inbounds.Get().(*inbound)
	defer b.release()
	if p := b.readAnswer(env, s.set); p != nil {
		if p.ends && s.owns(p.identifier) {
			s.mu.Lock()
			delete(s.ini.tries, a.try)
			s.abort(clock(), p.info.Code, sequenceError(p.info, s.id, false))
			s.release()
			return
		}
		a.failed(begin, engine.Failed, p)
		return
	}
	b.in.Try = a.try
	s.mu.Lock()
	if s.id == "" && b.in.Kind == wsrm.Application {
		s.mu.Unlock()
		a.failed(begin, engine.Permanent, errPlain)
		return
	}
	delete(s.ini.tries, a.try)
	s.ini.lastErr = nil
	now := clock()
	s.engine.Receive(now, &b.in)
	s.take(now)
	s.release()
}

// failed brings the engine an exchange without an answer.
func (a *attempt) failed(begin engine.Time, what engine.Outcome, err error) {
	s := a.s
	s.mu.Lock()
	defer s.release()
	delete(s.ini.tries, a.try)
	if s.end != nil {
		return
	}
	now := clock()
	if !a.dropped {
		s.ini.lastErr = err
		if err != nil {
			s.note(Event{Kind: Failed, Session: s.known(), Number: a.number, Try: a.count, Elapsed: now.Sub(begin), Err: err})
		}
	}
	s.engine.Tried(now, a.try, what)
	s.take(now)
}

// farewell tells the peer by a fault that the session has ended. What comes back tells nothing any more.
func (a *attempt) farewell() {
	ctx, cancel := context.WithTimeout(context.Background(), farewellTime)
	defer cancel()
	_, _ = a.s.ini.x.Exchange(ctx, a.env)
}

// owns reports whether id is one of the session's sequences.
func (s *Session) owns(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return id != "" && (id == s.id || id == s.replyID)
}

package rm

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

// acceptor is what a session has more that a client opened at a Server.
type acceptor struct {
	srv  *Server
	peer transport.Peer // who created the session

	// What its CreateSequence said, and the answer to it.
	messageID string
	response  wsrm.Body
	// accepted is closed when the session may be used. Nil: from the start.
	accepted chan struct{}
	refusal  *problem // set before accepted is closed: Accept refused

	// How the client speaks, for what goes to its addresses.
	soap       soap.Version
	addressing soap.Addressing

	handler Handler     // set before the first message can come
	used    atomic.Bool // a message has come

	// The session's mutex guards what follows.
	legs    map[engine.Leg]*leg
	lastLeg engine.Leg
	tomb    *engine.Tombstone // after the end
	remotes []*remote         // addresses of the client's
	lastErr error             // of the exchange with one of them that failed last
}

// leg is a request whose response is still to be written. The session's mutex guards it.
type leg struct {
	id      engine.Leg
	until   bool // the response must be written by a certain time: no handler runs on this goroutine
	work    engine.Deliver[letter]
	hasWork bool // work is to be done by the goroutine that waits for the response
	done    bool
	request *soap.Envelope
	answer  *soap.Envelope // nil: none
	sheet   sheet          // where answer is
	wake    chan struct{}  // made when somebody has to wait
}

func (l *leg) nudge() {
	if l.wake != nil {
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
}

// finish gives a leg what is to be written on it. s.mu is held.
func (s *Session) finish(f *engine.Finish[letter]) {
	if s.acc == nil {
		if l := s.ini.arriving; l != nil {
			l.answer = response(f, l.request, &l.sheet)
		}
		return
	}
	l := s.acc.legs[f.Leg]
	if l == nil {
		return // nobody waits any more
	}
	delete(s.acc.legs, f.Leg)
	l.answer, l.done = response(f, l.request, &l.sheet), true
	if f.What == engine.FinishFault {
		l.answer = s.acc.srv.blameAway(l.request, l.answer, wsrm.Application)
	}
	l.nudge()
}

// serveRequest brings the engine a request and returns the response. False: the session had ended before.
func (s *Session) serveRequest(ctx context.Context, b *inbound, env *soap.Envelope) (*soap.Envelope, bool) {
	s.acc.used.Store(true)
	l := &leg{request: env}
	s.mu.Lock()
	now := clock()
	if deadline, ok := ctx.Deadline(); ok {
		l.until = true
		b.in.Until = max(timeOf(deadline), 1)
	}
	s.acc.lastLeg++
	l.id = s.acc.lastLeg
	b.in.Leg = l.id
	if s.acc.legs == nil {
		s.acc.legs = map[engine.Leg]*leg{}
	}
	s.acc.legs[l.id] = l
	if !s.engine.Receive(now, &b.in) {
		delete(s.acc.legs, l.id)
		s.mu.Unlock()
		return nil, false
	}
	s.take(now)
	b.release()

	for !l.done {
		if l.hasWork {
			d := l.work
			l.work, l.hasWork = engine.Deliver[letter]{}, false
			s.release()
			s.handle(d)
			s.mu.Lock()
			continue
		}
		if ctx.Err() != nil {
			// Nobody can be told any more. If the time is over, saying nothing makes the peer ask again.
			delete(s.acc.legs, l.id)
			now := clock()
			s.engine.LegLost(now, l.id)
			s.take(now)
			s.release()
			return nil, true
		}
		if l.wake == nil {
			l.wake = make(chan struct{}, 1)
		}
		s.release()
		select {
		case <-l.wake:
		case <-ctx.Done():
		}
		s.mu.Lock()
	}
	if l.hasWork { // the session ended meanwhile; what was delivered is handled all the same
		go s.handle(l.work)
	}
	s.release()
	return l.answer, true
}

// drain ends a session that has nothing to do once its server shuts down. s.mu is held.
func (s *Session) drain(now engine.Time) bool {
	if s.acc == nil || s.end != nil || !s.acc.srv.draining.Load() || !s.engine.Quiet(now.Add(-lull)) {
		return false
	}
	s.aborted = errShutdown
	s.engine.Abort(now, "")
	return true
}

// lull is after how long a client is taken to have a reply that it has not acknowledged, and not asked for again: arbitrary. Most
// clients acknowledge the last one only with their next message.
const lull = 3 * time.Second

var errShutdown = closed("rm: server shut down")

// ended makes a tombstone of the session. s.mu is held.
func (a *acceptor) ended(now engine.Time, s *Session) {
	a.tomb = s.end.Tombstone
	for _, l := range a.legs { // the engine has finished them all; nobody shall hang if it has not
		l.done = true
		l.nudge()
	}
	a.legs = nil
	a.srv.table.bury(now, s)
}

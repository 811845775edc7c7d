package rm

import (
	"sync"
	"time"

	"github.com/gowsrm/wsrm/rm/internal/engine"
)

// A turn is: lock, tell the engine one thing, take, release. take carries out what the engine wants, and nothing of
// that waits or runs code of the user: exchanges and handlers begin on the goroutine that waits for them, or
// on a new one, once the lock is free. So each output is carried out completely, in the order in which the engine
// gave it, before anybody else brings an input, and whoever brings one pays for it.

// origin is the zero of the engine's time, a little in the past as zero means never.
var origin = time.Now().Add(-time.Second)

// clock is the engine's time. It reads the monotonic clock.
func clock() engine.Time { return engine.Time(time.Since(origin)) }

// timeOf translates an instant into the engine's time.
func timeOf(t time.Time) engine.Time { return engine.Time(t.Sub(origin)) }

// outputs are shared by all sessions: an idle one has none.
var outputs = sync.Pool{New: func() any { return new(engine.Output[letter]) }}

// take carries out all that the engine wants, and sets the timer. s.mu is held.
func (s *Session) take(now engine.Time) {
	out := outputs.Get().(*engine.Output[letter])
	for again := true; again; again = s.admit(now) || s.drain(now) {
		for s.engine.Take(now, out) {
			s.carryOut(now, out)
		}
	}
	outputs.Put(out)
	s.arm(now)
}

// carryOut does what out says, in its order. It copies what it keeps. s.mu is held.
func (s *Session) carryOut(now engine.Time, out *engine.Output[letter]) {
	for i := range out.Transmit {
		s.transmit(&out.Transmit[i])
	}
	for i := range out.Finish {
		s.finish(&out.Finish[i])
	}
	for i := range out.Deliver {
		s.deliver(&out.Deliver[i])
	}
	for i := range out.Events {
		s.observe(now, &out.Events[i])
	}
	for i := range out.Settle {
		s.settle(&out.Settle[i], out.Ended != nil)
	}
	for _, t := range out.Drop {
		s.drop(t)
	}
	if out.Opened != nil {
		s.opened(now, out.Opened)
	}
	if out.Ended != nil {
		s.ended(now, out.Ended)
	}
}

// arm sets the timer to the engine's deadline if that is earlier than what it is set to. If it is later, the timer
// fires in vain once and is set anew: most deadlines move away with each message. s.mu is held.
func (s *Session) arm(now engine.Time) {
	due := s.engine.Deadline()
	if due == 0 || s.end != nil || s.armed != 0 && s.armed <= due {
		return
	}
	s.armed = due
	wait := max(0, due.Sub(now))
	if s.timer == nil {
		s.timer = time.AfterFunc(wait, s.advance)
	} else {
		s.timer.Reset(wait)
	}
}

// advance is what the timer calls.
func (s *Session) advance() { s.advanceTo(clock()) }

func (s *Session) advanceTo(now engine.Time) {
	s.mu.Lock()
	s.armed = 0
	s.engine.Advance(now)
	if s.acc != nil && len(s.acc.legs) == 0 {
		s.acc.legs = nil // a map stays as large as it ever was
	}
	s.take(now)
	s.release()
}

// ended takes the session down. It is the last thing that the engine wants. s.mu is held.
func (s *Session) ended(now engine.Time, e *engine.End) {
	s.end, s.cause = e, s.causeOf(e)
	if s.timer != nil {
		s.timer.Stop()
	}
	if s.ini != nil {
		s.ini.ended(s)
	}
	if s.acc != nil {
		s.acc.ended(now, s)
	}
	s.cancel(s.cause)
	s.note(Event{Kind: Closed, Session: s.known(), Err: s.failure()})
}

// failure is the cause of the end, nil if it was in good order.
func (s *Session) failure() error {
	if s.end.Cause == engine.ClosedInOrder {
		return nil
	}
	return s.cause
}

// known returns s if it is open or was, nil before.
func (s *Session) known() *Session {
	if s.id == "" {
		return nil
	}
	return s
}

// causeOf translates the engine's last word.
func (s *Session) causeOf(e *engine.End) error {
	switch e.Cause {
	case engine.ClosedInOrder:
		return errClosed
	case engine.Expired:
		return errExpired
	case engine.PeerFault, engine.Refused:
		return sequenceError(e.Fault, s.id, true)
	case engine.OwnFault:
		return sequenceError(e.Fault, s.id, false)
	case engine.Unreachable:
		if last := s.lastError(); last != nil {
			return closed(joinText(ErrUnreachable.Error(), last.Error()), ErrUnreachable, last)
		}
		return closed(ErrUnreachable.Error(), ErrUnreachable)
	case engine.PermanentError:
		if last := s.lastError(); last != nil {
			text := last.Error()
			if s.id != "" { // otherwise there was none to end
				text = joinText("rm: session ended", text)
			}
			return closed(text, last)
		}
	case engine.Aborted:
		if s.aborted != nil {
			return s.aborted
		}
	}
	return errAborted
}

// lastError is how the last exchange failed, nil if none did.
func (s *Session) lastError() error {
	if s.ini == nil {
		return s.acc.lastErr
	}
	return s.ini.lastErr
}

// observe translates an event of the engine. s.mu is held.
func (s *Session) observe(now engine.Time, e *engine.Event) {
	ev := Event{Session: s.known(), Number: e.N, Try: e.Attempt}
	switch e.Kind {
	case engine.EvTransmitted:
		ev.Kind = Transmitted
	case engine.EvAcknowledged:
		ev.Kind = Acknowledged
		ev.Try = 0
		if s.ini != nil {
			ev.Elapsed = s.ini.age(now, e.N)
		}
	case engine.EvDelivered:
		ev.Kind, ev.Try = Delivered, 0
	case engine.EvDropped:
		ev.Kind, ev.Try = Dropped, 0
	case engine.EvStalled:
		ev.Kind, ev.Try = Stalled, 0
	}
	s.note(ev)
}

package rm

import (
	"context"
	"log/slog"
)

// observer tells Trace what has happened, in order, though it must not be called under the session's lock: events
// are collected, and one goroutine at a time tells them. An idle session has none.
type observer struct {
	events  []Event
	telling bool
}

// note keeps e until the lock is free. Without Trace nobody wants to know but of the end, which is logged. s.mu is held.
func (s *Session) note(e Event) {
	if s.set.Trace != nil || e.Kind == Closed {
		s.observer.events = append(s.observer.events, e)
	}
}

// Whoever releases a session has work of its own, so it tells no more than so many batches before another goroutine
// goes on. Arbitrary.
const maxBatches = 16

// release unlocks s.mu, which is held, and tells what has happened meanwhile.
func (s *Session) release() {
	if len(s.observer.events) == 0 || s.observer.telling {
		s.mu.Unlock()
		return
	}
	s.observer.telling = true
	s.mu.Unlock()
	s.tell(maxBatches)
}

func (s *Session) tell(batches int) {
	finished := false
	defer func() {
		if !finished { // Trace panicked: the events of others are told by the next
			s.mu.Lock()
			s.observer.telling = false
			s.mu.Unlock()
		}
	}()
	for {
		s.mu.Lock()
		events := s.observer.events
		s.observer.events = nil
		s.observer.telling = len(events) > 0
		s.mu.Unlock()
		if len(events) == 0 {
			finished = true
			return
		}
		for i := range events {
			if events[i].Kind == Closed {
				s.logEnd()
			}
			if s.set.Trace != nil {
				s.set.Trace(events[i])
			}
		}
		if batches--; batches == 0 {
			finished = true
			go s.tell(maxBatches)
			return
		}
	}
}

// logEnd logs an end that was not in good order. In doubt is more than a nuisance, and worse is what the peer takes for done.
func (s *Session) logEnd() {
	s.mu.Lock()
	id, err, missed, unhandled := s.id, s.failure(), s.outcome(), s.end.Unhandled
	s.mu.Unlock()
	if len(unhandled) > 0 {
		s.set.logger().Error("rm: session ended, and messages that were acknowledged were not handled", "sequence", id, "numbers", spans(unhandled), "err", err, "peer", s.Peer().Address)
		return
	}
	switch {
	case id == "": // Open returns the error
	case missed != nil:
		s.set.logger().Warn("rm: session ended, and the peer may lack messages", "err", missed, "peer", s.Peer().Address)
	case err != nil:
		s.set.logger().LogAttrs(context.Background(), slog.LevelInfo, "rm: session ended", slog.String("sequence", id), slog.Any("err", err), slog.String("peer", s.Peer().Address))
	}
}

package engine

import (
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
)

// An addressed initiator named an address of its own in CreateSequence and in its messages. The exchanges that carry
// them bring nothing then but the word that they were taken; acknowledgements, replies and all other answers arrive as
// requests of the peer, on legs.

const (
	takenBase = time.Second // how long an answer elsewhere is waited for; doubled for each time: arbitrary
	takenCap  = 30 * time.Second
)

// arrived takes a message that the peer sent to our address. Without a leg it is the answer to a call of ours that came
// in another session.
func (s *Session[M]) arrived(now Time, in *In[M]) {
	i := s.ini
	s.finishArrival(now, in)
	if s.phase == opening {
		if in.RelatesTo == i.messageID && in.RelatesTo != "" {
			s.created(now, in)
		}
		return
	}
	s.heard(now)
	before := i.pend.len()
	if !s.acksOf(now, in.RM) {
		return
	}
	if i.pend.len() < before {
		s.succeeded(now)
	}
	if i.asking != 0 && s.acknowledges(in.RM) {
		delete(i.tries, i.asking)
		i.asking = 0
		s.probed(now)
	}
	ending := attempt{kind: wsrm.CloseSequence}
	if s.phase == terminating {
		ending.kind = wsrm.TerminateSequence
	}
	e := i.waiting(in.RelatesTo)
	switch in.Kind {
	case wsrm.Application, wsrm.LastMessage:
		if e != nil {
			s.succeeded(now)
		} else if q := in.RM.Sequence; s.phase >= closing && s.version == wsrm.RM11 && q.Identifier != "" && !i.received.Contains(q.Number) {
			// WS-RM 1.1, 3.9: CloseSequence carried the final acknowledgement. Nobody waits for what comes now.
			s.event(EvDropped, q.Number, 0)
			return
		}
		s.replied(now, in, e)
	case wsrm.Fault:
		var a attempt
		if s.phase >= closing && in.RelatesTo == i.messageID {
			a = ending
		}
		s.faulted(now, in, a, e)
	case wsrm.CloseSequenceResponse:
		if s.phase == closing {
			s.lifecycleAnswered(now, ending)
		}
	case wsrm.TerminateSequenceResponse:
		if s.phase == terminating {
			s.lifecycleAnswered(now, ending)
		}
	case wsrm.CloseSequence, wsrm.TerminateSequence:
		if in.Leg == 0 || in.Wants != Here || in.Body == nil || in.Body.Identifier != s.replyID {
			s.peerCloses(now, in)
		}
	case wsrm.AckRequested:
		if in.Wants != Here {
			s.replyUnsaid(now)
			s.set(tAck, now)
		}
	}
}

// finishArrival ends the leg of a message that arrived: with the answer, if the peer wants one there, otherwise with
// nothing.
func (s *Session[M]) finishArrival(now Time, in *In[M]) {
	f := finishing[M]{leg: in.Leg, what: FinishEmpty}
	if in.Wants == Here && s.replyID != "" && s.phase != opening {
		switch {
		case in.Kind == wsrm.AckRequested:
			f.what, f.relates = FinishAck, in.MessageID
		case in.Body == nil || in.Body.Identifier != s.replyID || s.version != wsrm.RM11:
		case in.Kind == wsrm.CloseSequence, in.Kind == wsrm.TerminateSequence:
			f.what, f.kind, f.relates = FinishBody, wsrm.CloseSequenceResponse, in.MessageID
			if in.Kind == wsrm.TerminateSequence {
				f.kind = wsrm.TerminateSequenceResponse
			}
			f.ctl = &control{body: wsrm.Body{Identifier: s.replyID}}
		}
	}
	s.finish(f)
}

// acknowledges reports whether h has an acknowledgement of what we sent.
func (s *Session[M]) acknowledges(h *wsrm.Headers) bool {
	if h == nil {
		return false
	}
	for k := range h.Acks {
		if h.Acks[k].Identifier == s.id && len(h.Acks[k].Nacks) == 0 {
			return true
		}
	}
	return false
}

// waiting returns the unconcluded message with that MessageID, nil if there is none.
func (i *initiator[M]) waiting(id string) *entry[M] {
	if id == "" {
		return nil
	}
	for k := range i.pend.len() {
		if e := i.pend.at(k); e.msg.ID == id {
			return e
		}
	}
	return nil
}

// taken notes that e reached the peer, who answers elsewhere. If no acknowledgement comes it is asked for, and then the
// message is repeated.
func (s *Session[M]) taken(now Time, e *entry[M], t Try) {
	e.failures = 0
	if e.acked {
		if e.waits++; s.exhausted(e.waits) {
			s.giveUp(now, e, t)
		} else {
			s.awaitReply(now, e)
		}
		return
	}
	if e.empties++; s.exhausted(e.empties) {
		s.giveUpEmpty(now, e, t)
		return
	}
	e.unasked = true
	if s.ini.serial > 0 && !e.msg.Reply {
		e.unasked = false // the next number waits for it
		s.ask(now)
	}
	s.dueAt(e, now.Add(s.jitter(backOff(takenBase, takenCap, e.empties-1))))
}

// awaitReply gives the peer time for the reply to e, which it acknowledged. It is the peer's to repeat the reply until we
// acknowledge it; one that does not may do so if it is asked again, much later: a slow handler is not loss.
func (s *Session[M]) awaitReply(now Time, e *entry[M]) {
	e.unasked = false
	s.dueAt(e, now.Add(backOff(hangTime, time.Hour, e.waits)))
}

// askFirst reports whether e, which is due, waits once more while the peer is asked what it has.
func (s *Session[M]) askFirst(now Time, e *entry[M]) bool {
	if !e.unasked {
		return false
	}
	e.unasked = false
	s.ask(now)
	s.dueAt(e, now.Add(s.jitter(backOff(takenBase, takenCap, e.empties-1))))
	return true
}

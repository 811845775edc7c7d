package engine

import (
	"github.com/gowsrm/wsrm/internal/wsrm"
)

// closeOn takes the next step of an initiator's closing, if the last one is done.
func (s *Session[M]) closeOn(now Time) {
	i := s.ini
	if s.over || !i.wantClose {
		return
	}
	switch s.phase {
	case open:
		s.phase = draining
		s.drain(now)
	case draining:
		s.drain(now)
	case repeating:
		if i.lowest() == nil {
			s.startLifecycle(now, terminating)
		}
	}
}

// drain waits until everything is concluded and acknowledged, then begins to close. A silent peer is not waited for:
// only the answer to closing tells what it has.
func (s *Session[M]) drain(now Time) {
	i := s.ini
	if s.cfg.Mutant != EarlyClose {
		if i.silent && i.lowest() != nil {
			return
		}
		if !i.silent && i.pend.len() > 0 {
			return
		}
		if !i.silent && s.askConcluded(now) {
			return
		}
	}
	if s.version == wsrm.RM11 {
		s.startLifecycle(now, closing)
		return
	}
	if i.last == 0 {
		// WS-RM 2005/02, 3.1: the last message is numbered. WCF: it always has an empty body of its own.
		i.last = s.add(now, &Msg[M]{}, wsrm.LastMessage)
		s.pump(now)
		return
	}
	if i.find(i.last) == nil || s.cfg.Mutant == EarlyClose {
		s.startLifecycle(now, terminating)
	}
}

// askConcluded asks for the acknowledgement of what was concluded by a reply without one, and reports whether that is
// still to be waited for. A peer that does not give it is closed all the same: the reply has shown what it did.
func (s *Session[M]) askConcluded(now Time) bool {
	i := s.ini
	if i.snd.Acked().Missing() > i.snd.Highest() || i.mute || i.doubted != 0 {
		return false
	}
	if i.asking != 0 {
		return true
	}
	if i.asked++; i.asked > 3 {
		return false
	}
	s.ask(now)
	return true
}

// startLifecycle sends CloseSequence or TerminateSequence.
func (s *Session[M]) startLifecycle(now Time, p phase) {
	i := s.ini
	s.phase = p
	i.failures, i.empties = 0, 0
	i.messageID = s.cfg.NewID()
	s.sendLifecycle(now)
}

// sendLifecycle sends CloseSequence or TerminateSequence, the same again for each repeat.
func (s *Session[M]) sendLifecycle(now Time) {
	i := s.ini
	kind := wsrm.TerminateSequence
	if s.phase == closing {
		kind = wsrm.CloseSequence
	}
	body := wsrm.Body{Identifier: s.id}
	if s.version == wsrm.RM11 {
		body.LastMsgNumber = i.snd.Highest() // WS-RM 1.1, 3.5: the same in both, absent if there was none
	}
	t := s.try(now, kind, 0, i.failures+i.empties+1)
	s.out.transmit = append(s.out.transmit, sending{try: t, kind: kind, ctl: &control{messageID: i.messageID, body: body}})
}

// lifecycleFailed repeats CloseSequence or TerminateSequence, or gives up: a peer that is gone was there last, and one that takes
// CloseSequence again and again and says nothing gets TerminateSequence, which it need not answer either. Neither gets a
// fault: that would end the handlers that still run there.
func (s *Session[M]) lifecycleFailed(now Time, t Try, o Outcome) {
	i := s.ini
	switch {
	case o != Empty:
		if i.failures++; s.exhausted(i.failures) {
			s.end(now, End{Cause: Unreachable, Try: t})
			return
		}
	case s.phase == terminating && s.version == wsrm.RM10:
		s.closed(now) // 2005/02: TerminateSequence is one-way
		return
	default:
		i.failures = 0
		if i.empties++; !s.exhausted(i.empties) {
			break
		}
		if s.phase == closing {
			s.startLifecycle(now, terminating)
		} else {
			s.closed(now)
		}
		return
	}
	base := failedBase
	if o == Empty && i.addressed {
		base = takenBase // the answer comes elsewhere
	}
	s.set(tLifecycle, now.Add(s.jitter(backOff(base, failedCap, i.failures+i.empties-1))))
}

// lifecycleAnswered takes CloseSequenceResponse or TerminateSequenceResponse, or what 2005/02 has in its place. The
// acknowledgement that came with it was applied.
func (s *Session[M]) lifecycleAnswered(now Time, a attempt) {
	i := s.ini
	s.clear(tLifecycle)
	switch {
	case a.kind == wsrm.TerminateSequence:
		s.closed(now)
	case s.phase != closing:
	default:
		if i.pend.len() > 0 && !i.final {
			// A silent peer has spoken: what it lacks is repeated, in order. gSOAP takes it up to LastMsgNumber.
			s.phase = repeating
			i.silent = true
			s.pump(now)
			return
		}
		s.startLifecycle(now, terminating)
	}
}

// closed is the end of an initiator in good order. Numbers that the peer never acknowledged are in doubt.
func (s *Session[M]) closed(now Time) {
	e := End{Cause: ClosedInOrder}
	if s.ini.reason != nil {
		e = End{Cause: PeerFault, Fault: s.ini.reason}
	}
	s.end(now, e)
}

// peerCloses takes CloseSequence or TerminateSequence that the peer sent on a leg of ours.
func (s *Session[M]) peerCloses(now Time, in *In[M]) {
	if in.Body == nil {
		return
	}
	if in.Body.Identifier == s.replyID && s.replyID != "" {
		// The source of the offered sequence closes it: replies keep coming on their legs, or not. It wants an answer
		// where the version has one.
		if s.version == wsrm.RM11 {
			kind := wsrm.CloseSequenceResponse
			if in.Kind == wsrm.TerminateSequence {
				kind = wsrm.TerminateSequenceResponse
			}
			t := s.try(now, wsrm.SequenceAcknowledgement, 0, 1)
			s.out.transmit = append(s.out.transmit, sending{try: t, kind: kind,
				ctl: &control{relatesTo: in.MessageID, body: wsrm.Body{Identifier: s.replyID}}})
		}
		return
	}
	if in.Body.Identifier != s.id {
		return
	}
	// WS-RM 1.1, 3.5 and 3.6: the destination may end the sequence by itself. What it did not acknowledge it never will.
	code, reason := wsrm.CodeSequenceClosed, "The RM Destination closed the Sequence."
	if in.Kind == wsrm.TerminateSequence {
		code, reason = wsrm.CodeSequenceTerminated, "The RM Destination terminated the Sequence."
	}
	s.end(now, End{Cause: PeerFault, Fault: &wsrm.FaultInfo{RM: s.version, Code: code, Identifier: s.id, Reason: reason}})
}

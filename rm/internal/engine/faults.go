package engine

import (
	"slices"

	"github.com/gowsrm/wsrm/internal/wsrm"
)

// faulted takes a fault without Sequence header that came on an exchange of ours; e is the unconcluded message whose
// exchange it was, if it was one's.
func (s *Session[M]) faulted(now Time, in *In[M], a attempt, e *entry[M]) {
	f := in.Fault
	if f == nil {
		f = &wsrm.FaultInfo{Reason: "a fault that cannot be read"}
	}
	i := s.ini
	gone := f.RM != 0 && (f.Code == wsrm.CodeUnknownSequence || f.Code == wsrm.CodeSequenceTerminated)
	switch {
	case a.kind == wsrm.TerminateSequence && (gone || f.RM == 0):
		// The peer has forgotten the sequence: an earlier try had reached it.
		s.closed(now)
	case a.kind == wsrm.CloseSequence && gone && i.pend.len() == 0:
		s.closed(now)
	case f.RM == wsrm.RM11 && f.Code == wsrm.CodeMessageNumberRollover && s.version == wsrm.RM11:
		// WS-RM 1.1, 4.5: no new messages; what was sent before goes on until the sequence is closed.
		i.reason = f
		if e != nil {
			s.conclude(now, e, Faulted, in.M)
		}
		i.wantClose = true
	case f.RM != 0:
		s.end(now, End{Cause: PeerFault, Fault: f, Try: in.Try})
	case e != nil:
		acked := e.acked
		s.conclude(now, e, Faulted, in.M)
		if !acked {
			// The peer did not accept the number, and one that takes them in order never passes the hole.
			s.end(now, End{Cause: PeerFault, Fault: f, Try: in.Try})
		}
	case a.kind == wsrm.AckRequested || a.kind == wsrm.SequenceAcknowledgement || a.kind == wsrm.Application:
		// It concerns no message that waits.
		s.event(EvDropped, 0, 0)
	default:
		s.end(now, End{Cause: PeerFault, Fault: f, Try: in.Try})
	}
}

// abandon ends the session and tells the peer that it is terminated.
func (s *Session[M]) abandon(now Time, e End, reason string) {
	s.abandonWith(now, e, &wsrm.FaultInfo{RM: s.version, Code: wsrm.CodeSequenceTerminated, Identifier: s.id, Reason: reason})
}

// abandonWith ends the session and tells the peer by f: an initiator by an exchange of its own, an acceptor on the
// legs that it holds.
func (s *Session[M]) abandonWith(now Time, e End, f *wsrm.FaultInfo) {
	if e.Cause == OwnFault && e.Fault == nil {
		e.Fault = f
	}
	if s.ini != nil && s.phase != opening {
		s.ini.lastTry++
		s.out.transmit = append(s.out.transmit, sending{try: s.ini.lastTry, kind: wsrm.Fault, ctl: &control{fault: f}})
	}
	if s.acc != nil {
		s.finishAll(finishing[M]{what: FinishFault, ctl: &control{fault: f}})
		if to := s.acc.away.acksTo; to != 0 {
			s.sendAway(sentAway[M]{}, sending{kind: wsrm.Fault, to: to, ctl: &control{fault: f}})
		}
	}
	s.end(now, e)
}

// unhandled returns what a peer believes to be done and what is not: acknowledged, and not handed over.
func (s *Session[M]) unhandled() []Number {
	var out []Number
	for n, r := range s.acc.reqs {
		if r.state == waiting && r.kind == wsrm.Application && s.ackable().Contains(n) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}

// end is the last thing that happens in a session.
func (s *Session[M]) end(now Time, e End) {
	if s.over {
		return
	}
	s.over = true
	s.timers = [numTimers]Time{}
	if i := s.ini; i != nil {
		var none M
		var doubt []Number
		if i.doubted != 0 && !i.snd.Acked().Contains(i.doubted) {
			doubt = append(doubt, i.doubted)
		}
		for k := range i.pend.len() {
			en := i.pend.at(k)
			if en.kind != wsrm.Application {
				continue
			}
			what := InDoubt
			if en.attempts == 0 {
				what = NeverSent
			} else {
				doubt = append(doubt, en.n)
			}
			s.out.settle = append(s.out.settle, Settle[M]{N: en.n, Tag: en.msg.Tag, What: what, M: none})
		}
		e.InDoubt = doubt
		from := len(s.out.drop)
		for t := range i.tries {
			s.out.drop = append(s.out.drop, t)
		}
		sortTries(s.out.drop[from:])
		i.pend, i.free, i.tries = deque[*entry[M]]{}, nil, nil
	} else {
		e.Unhandled = s.unhandled()
		e.Tombstone = s.acc.tombstone(s, e.Cause)
		what := finishing[M]{what: FinishFault, ctl: &control{fault: &wsrm.FaultInfo{RM: s.version, Code: wsrm.CodeSequenceTerminated,
			Identifier: s.id, Reason: "The Sequence has been terminated."}}}
		if e.Cause == Expired {
			what = finishing[M]{what: FinishEmpty} // silently
		}
		s.finishAll(what)
		s.acc.reqs, s.acc.ready = nil, deque[*request[M]]{}
	}
	s.out.closed = e.Cause == ClosedInOrder
	s.out.end = &e
}

package engine

import (
	"github.com/gowsrm/wsrm/internal/wsrm"
)

// peerEnds takes CloseSequence or TerminateSequence. Its leg is held until no handler runs, closeTime at most.
func (s *Session[M]) peerEnds(now Time, in *In[M]) {
	a := s.acc
	var b wsrm.Body
	if in.Body != nil {
		b = *in.Body
	}
	if b.Identifier == s.replyID && b.Identifier != "" && s.version == wsrm.RM11 {
		// The destination of the offered sequence ends it. It goes with the session.
		kind := wsrm.CloseSequenceResponse
		if in.Kind == wsrm.TerminateSequence {
			kind = wsrm.TerminateSequenceResponse
		}
		s.finish(finishing[M]{leg: in.Leg, what: FinishBody, kind: kind, relates: in.MessageID, ctl: &control{body: wsrm.Body{Identifier: s.replyID}}})
		return
	}
	if b.Identifier != "" && b.Identifier != s.id {
		// It came to this session by a header that names it, and speaks of another one.
		s.finish(finishing[M]{leg: in.Leg, what: FinishFault, relates: in.MessageID, ctl: &control{fault: &wsrm.FaultInfo{RM: s.version,
			Code: wsrm.CodeUnknownSequence, Sender: true, Identifier: b.Identifier, Reason: "The value of wsrm:Identifier is not a known Sequence identifier."}}})
		return
	}
	if s.version == wsrm.RM11 {
		// WS-RM 1.1, 3.5: LastMsgNumber is the highest number, in all that say it.
		top := a.rcv.Accepted().Max()
		if b.LastMsgNumber != 0 && b.LastMsgNumber < top || a.hasLast && b.LastMsgNumber != 0 && b.LastMsgNumber != a.last {
			s.refuse(now, in, &wsrm.FaultInfo{RM: s.version, Code: wsrm.CodeSequenceTerminated, Sender: true, Identifier: s.id,
				Reason: "LastMsgNumber contradicts the numbers of the messages received, or an earlier LastMsgNumber."})
			return
		}
		if b.LastMsgNumber != 0 {
			a.last, a.hasLast = b.LastMsgNumber, true
		}
	}
	a.closed = true
	if in.Kind == wsrm.TerminateSequence {
		a.over = true
	}
	h := held{leg: in.Leg, until: earlier(in.Until, now.Add(closeTime)), relates: in.MessageID, kind: in.Kind}
	if s.leaves(in) {
		s.finish(finishing[M]{leg: in.Leg, what: FinishEmpty})
		if in.Wants == None {
			return
		}
		h = held{relates: in.MessageID, kind: in.Kind, to: in.ReplyTo}
	}
	if len(a.ctl) >= maxLegs {
		s.finish(finishing[M]{leg: a.ctl[0].leg, what: FinishEmpty})
		a.ctl = append(a.ctl[:0], a.ctl[1:]...)
	}
	a.ctl = append(a.ctl, h)
	s.lapseAt(h)
}

// endOn answers Close and Terminate once no handler runs and none will, and ends a terminated session.
func (s *Session[M]) endOn(now Time) {
	a := s.acc
	if s.over || !a.closed || a.running > 0 || a.waiting > 0 {
		return
	}
	ctl := a.ctl
	a.ctl = nil
	for _, h := range ctl {
		switch {
		case h.to == 0:
			s.finish(s.ending(h))
		case !a.away.gone:
			s.answerAway(now, h)
		}
	}
	if a.over && a.away.until == 0 && !a.away.gone && a.untaken() {
		s.lingers(now)
	}
	if a.over && a.away.gone || a.over && len(a.away.ends) == 0 && (a.away.until <= now || !a.untaken()) {
		// Also where the leg of Terminate has lapsed: the tombstone answers its repeat.
		s.end(now, End{Cause: ClosedInOrder})
	}
}

// ending is the answer to Close or Terminate.
func (s *Session[M]) ending(h held) finishing[M] {
	f := finishing[M]{leg: h.leg, what: FinishBody, relates: h.relates, ctl: &control{body: wsrm.Body{Identifier: s.id}}}
	switch {
	case h.kind == wsrm.CloseSequence:
		f.kind = wsrm.CloseSequenceResponse
	case s.version == wsrm.RM11:
		f.kind = wsrm.TerminateSequenceResponse
	case s.replyID != "":
		// WCF: the answer to TerminateSequence is one of the offered sequence. It relates to nothing.
		f.kind, f.relates, f.ctl.body.Identifier = wsrm.TerminateSequence, "", s.replyID
	default:
		f.what = FinishEmpty
	}
	return f
}

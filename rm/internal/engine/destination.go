package engine

import (
	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/window"
)

// request takes a message of the peer that came on a leg.
func (s *Session[M]) request(now Time, in *In[M]) {
	if !s.replyAcks(now, in) {
		return
	}
	s.heard(now)
	s.redirect(in)
	switch in.Kind {
	case wsrm.Application, wsrm.LastMessage:
		s.accept(now, in)
	case wsrm.AckRequested:
		if s.acc.away.acksTo != 0 {
			s.finish(finishing[M]{leg: in.Leg, what: FinishEmpty})
			s.ackSoon(now)
			break
		}
		s.finish(finishing[M]{leg: in.Leg, what: FinishAck, relates: in.MessageID})
	case wsrm.CloseSequence, wsrm.TerminateSequence:
		s.peerEnds(now, in)
	case wsrm.Fault:
		s.finish(finishing[M]{leg: in.Leg, what: FinishEmpty})
		if in.Fault != nil && in.Fault.RM != 0 {
			s.end(now, End{Cause: PeerFault, Fault: in.Fault})
		}
	default: // a stand-alone acknowledgement, or the answer to something that an acceptor never asks
		s.finish(finishing[M]{leg: in.Leg, what: FinishEmpty})
	}
}

// accept judges a numbered message.
func (s *Session[M]) accept(now Time, in *In[M]) {
	a := s.acc
	seq := in.RM.Sequence
	n := seq.Number
	if seq.Identifier != s.id {
		// The offered sequence has a number from us only.
		s.finish(finishing[M]{leg: in.Leg, what: FinishFault, relates: in.MessageID, ctl: &control{fault: &wsrm.FaultInfo{RM: s.version,
			Code: wsrm.CodeUnknownSequence, Sender: true, Identifier: seq.Identifier, Reason: "The value of wsrm:Identifier is not a known Sequence identifier."}}})
		return
	}
	last := seq.Last && s.version == wsrm.RM10 || in.Kind == wsrm.LastMessage
	if a.rcv.Accepted().Contains(n) {
		s.stats.Repeated++
		if s.cfg.Mutant != NoDedupe || a.reqs[n] != nil && a.reqs[n].state != replied {
			s.event(EvDropped, n, 0)
			s.join(now, a.reqs[n], in)
			return
		}
		a.rcv.Forget(n)
	}
	switch {
	case s.version == wsrm.RM10 && (a.hasLast && n > a.last || last && n < a.rcv.Accepted().Max()):
		// WS-RM 2005/02, 4.6: a number beyond the last one.
		s.refuse(now, in, &wsrm.FaultInfo{RM: s.version, Code: wsrm.CodeLastMessageNumberExceeded, Sender: true, Identifier: s.id,
			Reason: "The value for wsrm:MessageNumber exceeds the value of the MessageNumber accompanying a LastMessage element in this Sequence."})
		return
	case a.closed && s.version == wsrm.RM11:
		// WS-RM 1.1, 4.7: nothing new on a closed sequence; the sender may still learn its final state.
		s.event(EvDropped, n, 0)
		s.finish(finishing[M]{leg: in.Leg, what: FinishFault, relates: in.MessageID, ctl: &control{final: true, fault: &wsrm.FaultInfo{RM: s.version,
			Code: wsrm.CodeSequenceClosed, Sender: true, Identifier: s.id, Reason: "The Sequence is closed and cannot accept new messages."}}})
		return
	}
	r := a.take()
	r.n, r.m, r.size, r.kind, r.last = n, in.M, int64(in.Size), in.Kind, last
	r.wants = in.Kind == wsrm.Application && (in.Wants == Here || in.Wants == Elsewhere)
	if in.Wants == Elsewhere {
		r.post = post{to: in.ReplyTo, relates: in.MessageID}
	}
	if r.here = in.Wants == Here; in.Kind == wsrm.Application {
		r.blamed(in)
	}
	r.none = in.Wants == None
	r.closes = !r.none && (r.kind == wsrm.LastMessage || last && s.replyID != "")
	ok := !a.closed && s.admits(now, r)
	if ok {
		_, ok = a.rcv.Accept(n, r)
	}
	if !ok {
		a.keep(r)
		s.notAccepted(in)
		return
	}
	s.stats.Received++
	if a.reqs == nil {
		a.reqs = map[Number]*request[M]{}
	}
	a.reqs[n] = r
	a.waiting++
	a.bytes += r.size
	if last {
		a.last, a.hasLast = n, true
	}
	s.join(now, r, in)
}

// admits reports whether a message that was not seen before can be taken: the messages that wait, and the handlers that
// owe a reply together with the replies that are kept for the peer, are at most a window each, and MaxBytes holds, unless
// nothing is buffered. What is waited for is always taken: nothing goes on without it.
func (s *Session[M]) admits(now Time, r *request[M]) bool {
	a := s.acc
	// A hole is filled whatever replies are kept: a client that sends one number at a time, the lowest first, asks for
	// them again only when it is done with this one.
	if hole := r.n < a.rcv.Accepted().Max(); r.wants && !hole && a.owed+a.replies.Unacked() >= s.cfg.Window {
		if s.forgiveStale(now); a.owed+a.replies.Unacked() >= s.cfg.Window {
			return false
		}
	}
	if r.wants && s.replyID != "" && s.cfg.MaxBytes >= 0 && a.kept > s.cfg.MaxBytes && r.n > a.rcv.Accepted().Max() {
		if s.forgiveStale(now); a.kept > s.cfg.MaxBytes {
			return false
		}
	}
	stuck := !a.rcv.Ready() && a.storing == 0 && (a.ready.len() == 0 || !s.inTurn(a.ready.at(0)))
	if a.waiting == 0 || r.n == a.rcv.Missing() && stuck {
		return true
	}
	return a.waiting < s.cfg.Window && (s.cfg.MaxBytes < 0 || a.bytes+r.size <= s.cfg.MaxBytes)
}

// notAccepted answers with nothing: the peer sends it again.
func (s *Session[M]) notAccepted(in *In[M]) {
	n := in.RM.Sequence.Number
	s.event(EvDropped, n, 0)
	if s.cfg.Mutant == AckBeforeAccept {
		s.acc.claimed = append(s.acc.claimed, n)
		s.finish(finishing[M]{leg: in.Leg, what: FinishAck})
		return
	}
	s.finish(finishing[M]{leg: in.Leg, what: FinishEmpty})
}

// room is BufferRemaining: what is left beside the messages that wait. Handlers that run and replies that are kept do
// not count, as at WCF: its client would not send the request that acknowledges them.
func (s *Session[M]) room() int {
	a := s.acc
	if s.cfg.MaxBytes >= 0 && a.waiting > 0 && a.bytes >= s.cfg.MaxBytes {
		return 0
	}
	return max(s.cfg.Window-a.waiting, 0)
}

// ackable returns the numbers that may be acknowledged: those accepted, or only those that are stored, or handled.
func (s *Session[M]) ackable() *window.Ranges {
	if s.separate() && s.cfg.Mutant != AckBeforeStored {
		return &s.acc.safe
	}
	return s.acc.rcv.Accepted()
}

func (s *Session[M]) separate() bool { return s.cfg.Store || s.cfg.AckHandled }

// early reports whether r waits for a lower number that has not arrived.
func (s *Session[M]) early(r *request[M]) bool {
	return r.state == waiting && (s.cfg.Ordered || r.kind == wsrm.LastMessage) && r.n > s.acc.rcv.Missing()
}

// slot reports whether one more handler may run. In an ordered session none begins beside that of a one-way message: who calls
// has not waited for the replies of what else runs and knows it, but a one-way message gives nobody a sign that it is done.
func (s *Session[M]) slot() bool {
	a := s.acc
	if s.cfg.Ordered && a.running > a.owed && s.cfg.Mutant != OneWayOverlapped {
		return false
	}
	return s.cfg.Concurrency < 0 || a.running < s.cfg.Concurrency
}

// deliverOn hands over what can be handed over.
func (s *Session[M]) deliverOn(now Time) {
	a := s.acc
	if s.cfg.Store {
		s.storeOn()
		for a.ready.len() > 0 && s.slot() && s.inTurn(a.ready.at(0)) {
			r := a.ready.pop()
			if s.cfg.Ordered {
				a.passed.Add(r.n)
			}
			s.deliver(now, r)
		}
	} else {
		for a.rcv.Ready() && s.slot() {
			_, r, _ := a.rcv.Next()
			s.deliver(now, r)
		}
	}
	if a.closed && s.cfg.Ordered && !a.rcv.Ready() && a.rcv.Buffered() > 0 {
		// WS-RM 1.1, 3.4: DiscardFollowingFirstGap. What was accepted behind the gap stays acknowledged.
		a.rcv.Discard(func(_ Number, r *request[M]) { s.discard(r) })
	}
	for a.closed && a.ready.len() > 0 && a.storing == 0 && !s.inTurn(a.ready.at(0)) {
		s.discard(a.ready.pop()) // behind a gap that the store made
	}
	s.lastOn(now)
	if r := a.reqs[a.last]; a.closed && a.waiting == 1 && a.running == 0 && r != nil && r.state == waiting && s.early(r) {
		s.discard(r) // a LastMessage behind a gap that nothing fills any more
	}
}

// discard drops r, which will not get its turn.
func (s *Session[M]) discard(r *request[M]) {
	f := finishing[M]{what: FinishEmpty}
	if s.ackable().Contains(r.n) {
		f.what = FinishAck
	}
	s.event(EvDropped, r.n, 0)
	s.finishLegs(r, f)
	s.drop(r)
}

// deliver hands r to the application.
func (s *Session[M]) deliver(now Time, r *request[M]) {
	a := s.acc
	if r.kind == wsrm.LastMessage {
		return // lastOn answers it
	}
	a.waiting--
	r.state = running
	a.running++
	if r.wants {
		a.owed++
	}
	a.bytes -= r.size
	s.stats.Delivered++
	s.event(EvDelivered, r.n, 0)
	for i := range r.legs {
		// A leg with a deadline is finished from elsewhere: a handler must not run on its goroutine.
		if r.wants && r.legs[i].until == 0 {
			r.run = r.legs[i].leg
			break
		}
	}
	s.out.deliver = append(s.out.deliver, Deliver[M]{N: r.n, Leg: r.run, Wants: r.wants && !r.mute, Faults: r.wants && r.faults != None, M: r.m})
	var none M
	r.m = none
}

// Handled tells what became of the handler of n. A number whose handler does not run is ignored.
func (s *Session[M]) Handled(now Time, n Number, res Result, m M, size int) {
	if s.over || s.acc == nil {
		return
	}
	a := s.acc
	r := a.reqs[n]
	if r == nil || r.state != running {
		return
	}
	a.running--
	if r.wants {
		a.owed--
	}
	r.run = 0
	if res == Released && s.cfg.AckHandled {
		// The number counts as never accepted: the peer repeats it, and it is delivered again.
		s.finishLegs(r, finishing[M]{what: FinishEmpty})
		a.release(r)
		s.forgetNumber(now, n)
		s.settleDown(now)
		return
	}
	if s.cfg.AckHandled {
		a.safe.Add(n)
		s.ackLater(now)
	}
	switch {
	case res == ReplyFault:
		res = r.faulted()
	case res == Replied && r.mute:
		res = NoReply
	}
	if res == Replied && !r.wants {
		s.event(EvDropped, n, 0)
		res = NoReply
	}
	switch {
	case res == Replied:
		s.reply(now, r, m, int64(size))
	case r.last && !r.none && s.replyID != "" && s.version == wsrm.RM10:
		// 2005/02: the last message is answered by the last reply, be it empty.
		r.kind = wsrm.LastMessage
		var none M
		s.reply(now, r, none, 0)
	default:
		s.finishLegs(r, s.plain(r))
		a.release(r)
	}
	s.heard(now)
	s.settleDown(now)
}

// lastOn answers a LastMessage once all before it is handled.
func (s *Session[M]) lastOn(now Time) {
	a := s.acc
	if !a.hasLast || s.over {
		return
	}
	r := a.reqs[a.last]
	if r == nil || r.kind != wsrm.LastMessage || r.state != waiting || a.running > 0 || a.waiting > 1 || a.rcv.Missing() <= a.last {
		return
	}
	if s.cfg.Store && !s.cfg.AckHandled && !a.safe.Contains(r.n) {
		return
	}
	a.waiting--
	a.bytes -= r.size
	if s.cfg.AckHandled {
		a.safe.Add(r.n)
	}
	if s.replyID != "" && !r.none {
		var none M
		s.reply(now, r, none, 0)
		return
	}
	s.finishLegs(r, finishing[M]{what: FinishAck})
	a.release(r)
}

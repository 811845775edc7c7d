package engine

import (
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
)

// replySpan is how far the lowest unacknowledged reply may lie behind the newest: arbitrary. Each takes 24 bytes of
// bookkeeping, and a client with thousands of calls a second may need seconds to ask for the lowest one again.
const replySpan = 1 << 16

// reply keeps the reply to r and finishes all its legs with it: numbered on the offered sequence, or without number.
func (s *Session[M]) reply(now Time, r *request[M], m M, size int64) {
	a := s.acc
	r.state, r.reply, r.rsize, r.said, r.shown = replied, m, size, now, len(r.legs) > 0
	a.bytes += size
	a.kept += size
	if s.replyID != "" {
		if r.k = a.replies.Add(r); r.k == 0 {
			s.abandonWith(now, End{Cause: OwnFault}, &wsrm.FaultInfo{RM: s.version, Code: wsrm.CodeMessageNumberRollover, Sender: true,
				Identifier: s.replyID, MaxNumber: a.replies.Highest(), Reason: "The numbers of the Sequence are used up."})
			return
		}
		s.stats.Sent++
		s.event(EvTransmitted, r.k, 1)
		for k, old := range a.replies.All() {
			if r.k-k >= replySpan {
				// A peer that acknowledges all but one makes the ring grow: that one is not repeated any more.
				a.replies.Forgive(k)
				s.forget(old.n)
			}
			break
		}
	} else {
		// Nothing acknowledges it: the last window of them is kept.
		a.loose.push(r.n)
		if a.loose.len() > s.cfg.Window {
			s.forget(a.loose.pop())
		}
	}
	s.postReply(now, r)
	s.finishLegs(r, s.said(r))
}

// answer is what goes on each leg of a request that was replied to.
func (r *request[M]) answer() finishing[M] {
	return finishing[M]{what: FinishReply, kind: r.kind, n: r.n, k: r.k, last: r.last, m: r.reply}
}

// forget drops the reply to n, which nobody needs again. A repeat of the request is answered by an acknowledgement.
func (s *Session[M]) forget(n Number) {
	if r := s.acc.reqs[n]; r != nil {
		s.acc.away.freed = s.acc.away.freed || r.post.to != 0
		s.acc.bytes -= r.rsize
		s.acc.kept -= r.rsize
		s.acc.release(r)
	}
}

// staleTime is for how long a lost reply takes the room of another: arbitrary.
const staleTime = 10 * time.Minute

// forgiveStale drops the replies that were neither acknowledged nor asked for again for long. CXF never asks again for a
// lost reply whose request it knows to be acknowledged: a window of them would be the end of its session.
func (s *Session[M]) forgiveStale(now Time) {
	a := s.acc
	var stale []*request[M]
	for _, r := range a.replies.All() {
		if now.Sub(r.said) >= staleTime {
			stale = append(stale, r)
		}
	}
	for _, r := range stale {
		a.replies.Forgive(r.k)
		s.forget(r.n)
	}
}

// replyAcks applies the acknowledgements that a request carries, before the request itself is judged. False: one was
// invalid, and the session has ended.
func (s *Session[M]) replyAcks(now Time, in *In[M]) bool {
	if in.RM == nil || s.replyID == "" {
		return true
	}
	a := s.acc
	for k := range in.RM.Acks {
		ack := &in.RM.Acks[k]
		if ack.Identifier != s.replyID || len(ack.Nacks) > 0 {
			continue
		}
		err := a.replies.Ack(now, &ack.Ranges, -1, func(k Number, r *request[M]) {
			s.stats.Acknowledged++
			s.event(EvAcknowledged, k, 0)
			s.forget(r.n)
		})
		if err != nil {
			// WS-RM 1.1, 4.4: an acknowledgement of what was never sent.
			bad := *ack
			bad.Ranges = ack.Ranges.Clone()
			s.refuse(now, in, &wsrm.FaultInfo{RM: s.version, Code: wsrm.CodeInvalidAcknowledgement, Sender: true, Identifier: s.replyID, Ack: &bad,
				Reason: "The SequenceAcknowledgement violates the cumulative Acknowledgement invariant."})
			return false
		}
	}
	return true
}

// refuse answers a message with a fault that ends the session.
func (s *Session[M]) refuse(now Time, in *In[M], f *wsrm.FaultInfo) {
	s.finish(finishing[M]{leg: in.Leg, what: FinishFault, relates: in.MessageID, ctl: &control{fault: f}})
	s.end(now, End{Cause: OwnFault, Fault: f})
}

package engine

import (
	"slices"

	"github.com/gowsrm/wsrm/internal/wsrm"
)

// queue is what a session has decided and Take has not given out yet. It is small: RM headers are stamped in Take.
type queue[M any] struct {
	store    []Deliver[M]
	transmit []sending
	finish   []finishing[M]
	deliver  []Deliver[M]
	settle   []Settle[M]
	drop     []Try
	events   []Event
	opened   *Opened
	closed   bool
	end      *End
	extra    bool // mutant OutputAfterEnd
}

// sending is a Transmit to be.
type sending struct {
	try  Try
	kind wsrm.Kind
	n    Number
	ctl  *control

	to      Addr // of an acceptor
	relates string
}

// finishing is a Finish to be.
type finishing[M any] struct {
	leg     Leg
	what    FinishKind
	kind    wsrm.Kind // FinishBody; FinishReply: LastMessage
	last    bool      // FinishReply
	n, k    Number    // FinishReply: of the request, of the reply
	m       M         // FinishReply
	relates string
	ctl     *control
}

// control is what a message has that is not the application's.
type control struct {
	messageID string
	relatesTo string
	body      wsrm.Body
	fault     *wsrm.FaultInfo
	final     bool // FinishFault: with the final acknowledgement
}

func (s *Session[M]) event(k EventKind, n Number, attempt int) {
	if s.cfg.NoEvents {
		return
	}
	s.out.events = append(s.out.events, Event{Kind: k, N: n, Attempt: attempt})
}

// Take fills o with what the shell has to do next. False: there is nothing, and o is empty. The slices of o are
// reused by the next Take; what they point to is the shell's.
func (s *Session[M]) Take(now Time, o *Output[M]) bool {
	o.reset()
	q := &s.out
	if len(q.store) > 0 && !s.over {
		o.Store = append(o.Store, q.store...)
		clear(q.store)
		q.store = q.store[:0]
		return true
	}
	if q.empty() {
		return false
	}
	for i := range q.transmit {
		if s.acc != nil {
			s.stampAway(now, o, &q.transmit[i])
		} else {
			s.stampTransmit(o, &q.transmit[i])
		}
	}
	for i := range q.finish {
		s.stampFinish(o, &q.finish[i])
	}
	o.Deliver = append(o.Deliver, q.deliver...)
	o.Settle = append(o.Settle, q.settle...)
	o.Drop = append(o.Drop, q.drop...)
	o.Events = append(o.Events, q.events...)
	o.Opened, o.Closed, o.Ended = q.opened, q.closed, q.end
	if s.cfg.Mutant == OutputAfterEnd && q.end != nil {
		q.extra = true
	} else if q.extra {
		q.extra = false
		o.Events = append(o.Events, Event{Kind: EvStalled})
	}
	q.reset()
	return len(o.Transmit)+len(o.Finish)+len(o.Deliver)+len(o.Settle)+len(o.Drop)+len(o.Events) > 0 || o.Opened != nil || o.Ended != nil
}

// keep is how many elements a queue keeps room for between turns.
const keep = 8

// empty reports whether nothing was decided. It is asked once in each turn, when all is done.
func (q *queue[M]) empty() bool {
	return len(q.store)+len(q.transmit)+len(q.finish)+len(q.deliver)+len(q.settle)+len(q.drop)+len(q.events) == 0 &&
		q.opened == nil && !q.closed && q.end == nil && !q.extra
}

func (q *queue[M]) reset() {
	q.store = recycle(q.store)
	q.transmit, q.finish = recycle(q.transmit), recycle(q.finish)
	q.deliver, q.settle = recycle(q.deliver), recycle(q.settle)
	q.drop, q.events = recycle(q.drop), recycle(q.events)
	q.opened, q.closed, q.end = nil, false, nil
}

func recycle[T any](v []T) []T {
	if cap(v) > keep {
		return nil
	}
	clear(v)
	return v[:0]
}

func (o *Output[M]) reset() {
	clear(o.Store)
	clear(o.Transmit)
	clear(o.Finish)
	clear(o.Deliver)
	clear(o.Settle)
	*o = Output[M]{Store: o.Store[:0], Transmit: o.Transmit[:0], Finish: o.Finish[:0], Deliver: o.Deliver[:0],
		Settle: o.Settle[:0], Drop: o.Drop[:0], Events: o.Events[:0]}
}

// stampTransmit gives an exchange its headers as they are now.
func (s *Session[M]) stampTransmit(o *Output[M], q *sending) {
	t := Transmit[M]{Try: q.try, Kind: q.kind, N: q.n}
	t.RM.Version = s.version
	if q.n != 0 {
		e := s.ini.find(q.n)
		if e == nil {
			// Concluded between the decision and now, or the session is over.
			if a, ok := s.ini.tries[q.try]; ok {
				s.finished(q.try, a)
			}
			return
		}
		t.Attempt, t.Tag, t.M = e.attempts, e.msg.Tag, e.msg.M
		t.RM.Sequence = wsrm.Sequence{Identifier: s.id, Number: q.n, Last: q.kind == wsrm.LastMessage}
	}
	if q.ctl != nil {
		t.MessageID, t.RelatesTo, t.Body, t.Fault = q.ctl.messageID, q.ctl.relatesTo, q.ctl.body, q.ctl.fault
		if a, ok := s.ini.tries[q.try]; ok {
			t.Attempt = a.attempt
		}
	}
	switch q.kind {
	case wsrm.CreateSequence, wsrm.Fault:
	case wsrm.AckRequested:
		t.RM.Ask = s.id
		s.stampReplies(&t.RM, false)
	case wsrm.CloseSequence, wsrm.TerminateSequence, wsrm.CloseSequenceResponse, wsrm.TerminateSequenceResponse:
		s.stampReplies(&t.RM, true)
	default:
		s.stampReplies(&t.RM, false)
	}
	o.Transmit = append(o.Transmit, t)
}

// stampReplies acknowledges replies. Nothing is said while there were none, but for the end of a 1.1 sequence.
func (s *Session[M]) stampReplies(h *wsrm.Headers, final bool) {
	final = final && s.version == wsrm.RM11
	if s.replyID == "" || s.ini.received.Len() == 0 && !final {
		return
	}
	// WS-RM 1.1, 3.9: what was said to be final stays so, in AckRequested while closing too.
	final = final || s.phase >= closing && s.version == wsrm.RM11
	h.First = wsrm.Acknowledgement{Identifier: s.replyID, Ranges: s.ini.received.Clone(), Final: final, Buffer: -1}
	s.ini.unsaid = false
	s.clear(tAck)
}

// stampFinish gives an answer its headers as they are now.
func (s *Session[M]) stampFinish(o *Output[M], q *finishing[M]) {
	f := Finish[M]{Leg: q.leg, What: q.what, Kind: q.kind, RelatesTo: q.relates}
	f.RM.Version = s.version
	switch q.what {
	case FinishReply:
		f.N, f.M = q.n, q.m
		if q.k != 0 {
			f.RM.Sequence = wsrm.Sequence{Identifier: s.replyID, Number: q.k, Last: q.last}
		}
		s.stampAck(&f.RM)
	case FinishAck, FinishBody:
		if s.ini != nil {
			s.stampReplies(&f.RM, q.what == FinishBody)
		} else {
			s.stampAck(&f.RM)
		}
	case FinishFault:
		if q.ctl.final {
			s.stampAck(&f.RM)
		}
	}
	if q.ctl != nil {
		f.Body, f.Fault = q.ctl.body, q.ctl.fault
	}
	o.Finish = append(o.Finish, f)
}

// stampAck acknowledges what may be acknowledged: every answer of an acceptor says it.
func (s *Session[M]) stampAck(h *wsrm.Headers) {
	a := s.acc
	// WS-RM 1.1, 3.9: final is what will not grow, so not while the store or a handler may still make a number safe.
	final := a.closed && s.version == wsrm.RM11 && (!s.separate() || a.waiting == 0 && a.running == 0)
	h.First = wsrm.Acknowledgement{Identifier: s.id, Ranges: s.ackable().Clone(), Final: final, Buffer: s.room()}
	switch s.cfg.Mutant {
	case AckBeforeAccept:
		for _, n := range a.claimed {
			h.First.Ranges.Add(n)
		}
	case AckNotCumulative:
		if top := h.First.Ranges.Max(); top > 1 {
			h.First.Ranges.Reset()
			h.First.Ranges.Add(top)
		}
	}
}

func sortNumbers(v []Number) { slices.Sort(v) }
func sortTries(v []Try)      { slices.Sort(v) }

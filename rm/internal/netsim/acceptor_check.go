package netsim

import (
	"cmp"
	"slices"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
)

// arrive notes a numbered message before the engine sees it.
func (a *acceptor) arrive(h *held, m *message) {
	in := a.number(h.n)
	in.legs++
	in.received++
	in.id, in.replyTo = m.id, m.replyTo
	if in.tag == 0 {
		in.tag, in.size = m.m.Tag, m.size
	}
	in.last = in.last || m.kind == wsrm.LastMessage
	a.arrived.Add(h.n)
	if in.runs == 0 && !in.known && !in.last && m.kind == wsrm.Application {
		a.buffered[h.n] = in
	}
	if !a.sim.plan.Server.Store && !a.sim.plan.Server.AckHandled || m.kind == wsrm.LastMessage {
		a.acks.may.Add(h.n)
	}
}

// refuse notes that n counts as never received, if no copy of it is left.
func (a *acceptor) refuse(n Number, in *inbound) {
	if in.received > in.refused {
		return
	}
	a.reopened = a.reopened || in.runs > 0 || in.stores > 0
	a.arrived.Remove(n)
	delete(a.buffered, n)
	if !a.acks.must.Contains(n) {
		a.acks.may.Remove(n)
	}
}

func (a *acceptor) events(events []engine.Event) {
	for _, e := range events {
		in := a.numbers[e.N]
		switch {
		case e.Kind != engine.EvDropped || in == nil:
		case a.closing:
			delete(a.buffered, e.N) // what an ordered session discards behind a gap stays acknowledged
		default:
			in.refused++
			a.refuse(e.N, in)
		}
	}
}

// handOver judges a delivery.
func (a *acceptor) handOver(d *engine.Deliver[Payload], in *inbound) {
	s, c := a.sim, &a.sim.plan.Server
	switch {
	case in.received == 0:
		s.fail(Integrity, "number %d is delivered and was not received", d.N)
	case in.tag != d.M.Tag:
		s.fail(Integrity, "number %d is message %d and is delivered as %d", d.N, in.tag, d.M.Tag)
	case !in.free || in.known:
		s.fail(Once, "number %d is delivered again", d.N)
	case c.Store && !in.kept:
		s.fail(Truth, "number %d is delivered before it is stored", d.N)
	case c.Concurrency > 0 && a.running >= c.Concurrency:
		s.fail(Bounds, "number %d is delivered while %d handlers run", d.N, a.running)
	case !a.reopened && a.beyond(d.N):
		s.fail(Bounds, "number %d is delivered while %d is missing", d.N, a.arrived.Missing())
	case d.Wants != s.ledger.sent[d.M.Tag].call:
		s.fail(Integrity, "number %d is delivered as one that wants a reply: %v", d.N, d.Wants)
	}
	if s.failure != nil {
		return
	}
	if c.Ordered {
		if a.silent > 0 {
			s.fail(Order, "number %d is delivered while a one-way message is handled", d.N)
			return
		}
		next := a.cursor + 1
		for d.N != next && a.numbers[next] != nil && (a.numbers[next].known || a.numbers[next].last) {
			next++
		}
		if d.N != next {
			s.fail(Order, "number %d is delivered in the turn of %d", d.N, next)
			return
		}
		a.cursor = d.N
	}
	delete(a.buffered, d.N)
	if !c.AckHandled {
		a.acks.must.Add(d.N)
	}
	if d.Leg != 0 {
		// Where outputs wait, the leg may have gone since.
		if h := a.legs[d.Leg]; h == nil && !s.drowsy || h != nil && (h.n != d.N || h.until != 0) {
			s.fail(Legs, "number %d is delivered on leg %d, which is not its own", d.N, d.Leg)
		}
	}
}

// beyond reports whether n is further from the lowest missing number than a receiver may accept.
func (a *acceptor) beyond(n Number) bool {
	return n >= a.arrived.Missing()+Number(4*a.sim.plan.Server.Window)
}

// outgoing judges the end of a leg.
func (a *acceptor) outgoing(h *held, f *engine.Finish[Payload]) {
	s := a.sim
	if h.until != 0 && s.now > h.until && !s.drowsy {
		s.fail(Legs, "leg %d had to be finished by %v", h.id, h.until.Sub(start))
		return
	}
	if w := h.x.m.wants; w == engine.Elsewhere && f.What != engine.FinishEmpty && f.What != engine.FinishFault &&
		(f.What != engine.FinishAck || a.decision.AcksTo != 0) {
		s.fail(Wire, "%v is answered on its leg", h.x.m)
		return
	}
	in := &inbound{}
	if h.n != 0 {
		in = a.number(h.n)
	}
	if f.What == engine.FinishReply && (h.n != f.N || f.M != in.result || !in.handled && f.Kind != wsrm.LastMessage) {
		s.fail(Integrity, "leg %d of number %d gets the reply to number %d, %+v", h.id, h.n, f.N, f.M)
		return
	}
	if f.What == engine.FinishReply && (f.RM.Sequence.Identifier != "") != (a.decision.ReplyID != "") {
		s.fail(Wire, "the reply to number %d is in sequence %q", h.n, f.RM.Sequence.Identifier)
		return
	}
	if q := &f.RM.Sequence; q.Identifier != "" {
		a.replyNumber(h, in, q)
	}
	if m := h.x.m; m.id != "" && f.RelatesTo != m.id && (f.What == engine.FinishReply || f.What == engine.FinishFault || f.What == engine.FinishBody) &&
		f.Kind != wsrm.TerminateSequence {
		s.fail(Wire, "%v is answered with RelatesTo %q", m, f.RelatesTo)
	}
	if f.RM.First.Identifier != "" {
		a.acknowledgement(&f.RM.First)
	} else if f.What == engine.FinishAck {
		s.fail(Wire, "an acknowledgement without an acknowledgement")
	}
	// WCF and Metro take an acknowledgement on the leg of a message for one that covers it.
	if (f.What == engine.FinishAck || f.What == engine.FinishReply) && h.n != 0 && !f.RM.First.Ranges.Contains(h.n) {
		s.fail(Wire, "the leg of number %d gets the acknowledgement %v", h.n, &f.RM.First.Ranges)
	}
	if f.What == engine.FinishEmpty && h.kind == wsrm.AckRequested && a.decision.AcksTo == 0 {
		s.fail(Wire, "AckRequested gets nothing")
	}
}

// replyNumber judges the number of a reply: the same for each repeat, and no other's.
func (a *acceptor) replyNumber(h *held, in *inbound, q *wsrm.Sequence) {
	s := a.sim
	switch {
	case q.Identifier != a.decision.ReplyID:
		s.fail(Wire, "a reply in sequence %s", q.Identifier)
	case h.n == 0 && h.kind != wsrm.TerminateSequence:
		s.fail(Wire, "a reply to %v", h.kind)
	case in.reply == q.Number:
	case in.reply != 0 || a.replies[q.Number] != 0 || q.Number > Number(len(a.numbers)+1):
		s.fail(Integrity, "the reply to number %d has the number %d; before: %d; that of %d", h.n, q.Number, in.reply, a.replies[q.Number])
	default:
		in.reply = q.Number
		a.replies[q.Number] = h.n
	}
}

func (a *acceptor) acknowledgement(k *wsrm.Acknowledgement) {
	s := a.sim
	if k.Identifier != a.decision.ID {
		s.fail(Wire, "an acknowledgement of %s", k.Identifier)
		return
	}
	a.acks.check(s, "server", k)
	if k.Buffer > s.plan.Server.Window {
		s.fail(Bounds, "room for %d is offered", k.Buffer)
	}
	if m := k.Ranges.Max(); m != 0 && !a.reopened && a.beyond(m) {
		s.fail(Bounds, "number %d is acknowledged while %d is missing", m, a.arrived.Missing())
	}
}

// after judges the state between two inputs.
func (a *acceptor) after() {
	s, w := a.sim, a.sim.plan.Server.Window
	if s.failure != nil || a.end != nil {
		return
	}
	st := a.eng.Stats()
	// What is waited for is taken even if nothing else is. A window of replies may have been kept when a window of
	// messages was accepted, and holes are filled whatever is kept: they are fewer than the span.
	if st.Buffered > w+1 || st.StoredReplies > 6*w+1 {
		s.fail(Bounds, "%d messages and %d replies are kept, in a window of %d", st.Buffered, st.StoredReplies, w)
	}
	if most := s.plan.Server.MaxBytes; most > 0 && len(a.buffered) > 1 {
		// The first to wait is taken whatever its size, and so is what all wait for.
		bytes, largest, lowest := int64(0), int64(0), Number(0)
		for n, in := range a.buffered {
			bytes += int64(in.size)
			largest = max(largest, int64(in.size))
			if lowest == 0 || n < lowest {
				lowest = n
			}
		}
		if bytes-int64(a.numbers[lowest].size)-largest > most {
			s.fail(Bounds, "%d bytes in %d messages are buffered", bytes, len(a.buffered))
		}
	}
	for _, h := range a.legs {
		if h.x.m.wants == engine.Elsewhere && !a.waiting {
			s.fail(Legs, "the leg of %v is held", h.x.m)
			return
		}
		if h.n != 0 && a.number(h.n).legs > heldLegs {
			s.fail(Bounds, "%d legs of number %d are held", a.number(h.n).legs, h.n)
			return
		}
	}
	if a.eng.Quiet(a.sim.now) && (a.running > 0 || len(a.legs) > 0) {
		s.fail(Legs, "the session is quiet with %d handlers and %d legs", a.running, len(a.legs))
	}
}

// heldLegs is how many legs of one number are held at most.
const heldLegs = 10

// ends judges the last word of the session.
func (a *acceptor) ends(e *engine.End) {
	s := a.sim
	if s.trace != nil {
		s.tracef("server", "ends: %s", causeText(e))
	}
	if len(a.legs) > 0 {
		s.fail(Legs, "the session ends with %d open legs", len(a.legs))
		return
	}
	for _, n := range e.Unhandled {
		if in := a.numbers[n]; in == nil || in.received == 0 || in.runs > 0 {
			s.fail(Truth, "number %d is said to be acknowledged and not handled", n)
			return
		}
	}
	if n := a.eng.Stats().Delivered; n != a.runs {
		s.fail(Integrity, "%d messages were delivered, and %d are counted", a.runs, n)
		return
	}
	if e.Tombstone == nil {
		s.fail(Quiet, "the session ends without a tombstone")
		return
	}
	ok := false
	switch c := &s.plan.Server; e.Cause {
	case engine.ClosedInOrder:
		ok = a.ending
	case engine.Unreachable:
		ok = c.Inactivity > 0 && s.now.Sub(a.heard) >= c.Inactivity-dither && a.running == 0 || a.weary
	case engine.PermanentError:
		ok = s.mail != nil && s.permanent
	case engine.PeerFault:
		ok = a.told
	case engine.OwnFault:
		ok = s.rude || a.host.alone // what a proxy repeats of a sequence before the restart
	case engine.Expired:
		ok = a.decision.Expires > 0 && s.now.Sub(a.since) >= a.decision.Expires
	case engine.Aborted:
		ok = a.aborted
	}
	if !ok {
		s.fail(Reason, "the server's session ends: %s", causeText(e))
	}
}

var causeNames = [...]string{"closed in order", "unreachable", "permanent error", "fault of the peer", "own fault", "expired", "aborted", "refused"}

func causeText(e *engine.End) string {
	text := causeNames[e.Cause]
	if e.Fault != nil && e.Fault.Code != "" {
		text += " " + e.Fault.Code
	}
	return text
}

func sortedLegs(m map[engine.Leg]*held) []*held {
	legs := make([]*held, 0, len(m))
	for _, h := range m {
		legs = append(legs, h)
	}
	slices.SortFunc(legs, func(x, y *held) int { return cmp.Compare(x.id, y.id) })
	return legs
}

// check judges what is left at the end of the run.
func (a *acceptor) check() {
	s := a.sim
	if a.forgotten {
		return
	}
	if a.end == nil {
		s.fail(Finished, "the server's session lives on")
		return
	}
	if a.running > 0 {
		s.fail(Finished, "%d handlers still run", a.running)
	}
	// A number that was acknowledged is done, unless the session was killed before its turn came.
	if a.end.Cause == engine.ClosedInOrder && !s.rude {
		for r := range a.acks.said.All() {
			for n := r.Lower; n <= r.Upper; n++ {
				in := a.numbers[n]
				if in.tag != 0 && !in.known && !in.last && in.runs == 0 && (!s.plan.Server.Ordered || n <= a.arrived.Missing()) {
					s.fail(Finished, "number %d was acknowledged and not delivered", n)
					return
				}
			}
		}
	}
}

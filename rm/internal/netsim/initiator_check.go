package netsim

import (
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
	"github.com/gowsrm/wsrm/window"
)

const (
	patience    = 60 * time.Second      // an exchange that is open for so long gets a parallel one
	dither      = 10 * time.Millisecond // between the decision of an engine and its performance
	firstFlight = 8
	quickly     = 8 // transmissions of one message that back-off allows in two seconds, with a margin
)

// outgoing judges a transmission.
func (i *initiator) outgoing(t *engine.Transmit[Payload]) {
	s := i.sim
	if t.Kind != wsrm.Fault {
		i.spoke = s.now
	}
	if a := &t.RM.First; a.Identifier != "" {
		if i.opened == nil || a.Identifier != i.opened.ReplyID {
			s.fail(Wire, "an acknowledgement of %q", a.Identifier)
			return
		}
		i.replies.check(s, "client", a)
	}
	switch t.Kind {
	case wsrm.CreateSequence:
		i.creates++
		if most := s.plan.Client.Retries; most >= 0 && i.creates > 2*(most+1) {
			s.fail(Attempts, "CreateSequence goes out %d times", i.creates)
		}
		return
	case wsrm.Application:
	case wsrm.CloseSequence, wsrm.TerminateSequence:
		i.ending = true
		return
	default:
		return
	}
	q := &t.RM.Sequence
	if i.opened == nil || q.Identifier != i.opened.ID || q.Number != t.N || t.RM.Version != i.opened.Version {
		s.fail(Wire, "number %d goes out as number %d of %q", t.N, q.Number, q.Identifier)
		return
	}
	if s.ledger.tag(t.N) != t.Tag || t.M.Tag != t.Tag {
		s.fail(Integrity, "number %d, message %d, goes out as message %d with the content of %d", t.N, s.ledger.tag(t.N), t.Tag, t.M.Tag)
		return
	}
	m := &s.ledger.sent[t.Tag]
	if m.transmits++; m.transmits == 1 {
		m.first = s.now
	}
	m.open = append(m.open, s.now)
	switch most := s.plan.Client.Retries; {
	case m.settled:
		s.fail(Settled, "message %d goes out after it is %v", t.Tag, m.what)
	case t.Attempt != m.transmits:
		s.fail(Attempts, "transmission %d of message %d counts as %d", m.transmits, t.Tag, t.Attempt)
	case most >= 0 && m.failed > most && (!s.plan.Client.Addressed || !m.acked || m.failed > 2*most+1): // asking for a reply is counted anew
		s.fail(Attempts, "message %d goes out after %d failures", t.Tag, m.failed)
	case m.transmits > quickly && s.now.Sub(m.first) < 2*time.Second:
		s.fail(Attempts, "message %d goes out %d times in %v", t.Tag, m.transmits, s.now.Sub(m.first))
	case m.transmits > 1000:
		s.fail(Attempts, "message %d goes out again and again", t.Tag)
	case len(m.open) > 2:
		s.fail(Patience, "message %d has %d exchanges", t.Tag, len(m.open))
	case len(m.open) == 2 && s.now.Sub(m.open[0]) < patience-dither:
		s.fail(Patience, "message %d is repeated %v after the exchange that is still open", t.Tag, s.now.Sub(m.open[0]))
	}
}

// incoming notes what an answer says before the engine sees it.
func (i *initiator) incoming(m *message) {
	if i.opened == nil {
		return
	}
	s := i.sim
	if q := &m.rm.Sequence; q.Identifier != "" && q.Identifier == i.opened.ReplyID && (!i.replies.final || i.replies.said.Contains(q.Number)) {
		i.replies.may.Add(q.Number)
		if i.end == nil && !s.rude {
			i.replies.must.Add(q.Number)
		}
	}
	a, ok := m.ackOf(i.opened.ID)
	if !ok {
		return
	}
	before, news := i.acked.Count(), true
	for r := range i.acked.All() {
		news = news && a.Ranges.Covers(r)
	}
	for r := range a.Ranges.All() {
		i.acked.AddRange(r)
	}
	s.markAcked(&a.Ranges)
	switch {
	case !news && before > 0, a.Buffer < 0:
	case i.acked.Count() > before || !i.heardAck:
		i.room = a.Buffer
		i.bound = true
	default:
		i.room = max(i.room, a.Buffer)
		i.bound = true
	}
	i.heardAck = true
}

// markAcked notes that the client knows of an acknowledgement.
func (s *sim) markAcked(ranges *window.Ranges) {
	l := &s.ledger
	for r := range ranges.All() {
		for n := max(r.Lower, l.low); n <= r.Upper && n < Number(len(l.numbers)); n++ {
			l.sent[l.numbers[n]].acked = true
		}
	}
	l.advance()
}

// advance moves the lowest number that is neither acknowledged nor settled.
func (l *ledger) advance() {
	l.low = max(l.low, 1)
	for l.low < Number(len(l.numbers)) && l.sent[l.numbers[l.low]].concluded() {
		l.low++
	}
}

func (m *sent) concluded() bool { return m.acked || m.settled }

// bounds judges how much is under way.
func (i *initiator) bounds() {
	s, l := i.sim, &i.sim.ledger
	l.advance()
	if i.end != nil || len(l.numbers) == 0 {
		return
	}
	w, under, highest := s.plan.Client.Window, 0, Number(len(l.numbers)-1)
	for n := l.low; n <= highest; n++ {
		if !l.sent[l.numbers[n]].concluded() {
			under++
		}
	}
	switch {
	case s.quietPeer || s.emptied: // room is bounded by bytes
	case under > w:
		s.fail(Bounds, "%d messages are unacknowledged, in a window of %d", under, w)
	case highest >= l.low+Number(4*w):
		s.fail(Bounds, "number %d is sent while %d is unconcluded", highest, l.low)
	case under > firstFlight+int(highest)-under:
		s.fail(Bounds, "a first flight of %d messages", under)
	case i.sentNow && i.bound && under > i.room:
		s.fail(Bounds, "%d messages are sent to a peer that has room for %d", under, i.room)
	}
	i.sentNow = false
}

// lawful judges what became of a message: whether what happened to it explains that.
func (i *initiator) lawful(st *engine.Settle[Payload], ended bool) {
	s := i.sim
	m := &s.ledger.sent[st.Tag]
	most := s.plan.Client.Retries
	tired := most >= 0 && m.failed+m.empties > most
	ok := true
	switch st.What {
	case engine.Acked:
		ok = m.acked || s.quietPeer || m.doubtful
	case engine.Unanswered:
		// Without an offer nothing acknowledges replies, and the server keeps only the last of them.
		ok = m.answered == mute || m.doubtful || m.acked && (tired || i.opened.ReplyID == "" && m.transmits > 1)
	case engine.InDoubt:
		ok = ended || m.doubtful || tired
	case engine.NeverSent:
		ok = ended
	case engine.Answered:
		ok = st.M.Fault == (m.answered == faulted) || m.reran
	}
	if !ok {
		s.fail(Settled, "message %d is %v, and nothing explains that", st.Tag, st.What)
	}
}

// ends judges the last word of the session.
func (i *initiator) ends(out *engine.Output[Payload]) {
	s, e := i.sim, out.Ended
	if s.trace != nil {
		s.tracef("client", "ends: %s", causeText(e))
	}
	st, answered := i.eng.Stats(), uint64(0)
	doubts := 0
	for tag := 1; tag < len(s.ledger.sent); tag++ {
		m := &s.ledger.sent[tag]
		if m.number != 0 && !m.settled {
			s.fail(Settled, "message %d is not settled at the end", tag)
			return
		}
		if m.settled && m.what == engine.Answered {
			answered++
		}
		if m.settled && m.what == engine.InDoubt && !m.doubtful && !i.acked.Contains(m.number) {
			doubts++
			// A peer that never acknowledged anything but calls may be one that does so only at the end.
			if e.Cause == engine.ClosedInOrder && (i.vocal || !s.emptied) {
				s.fail(Settled, "message %d is in doubt after an end in good order", tag)
				return
			}
		}
	}
	if st.Delivered != answered {
		s.fail(Integrity, "%d calls are answered, and %d are counted", answered, st.Delivered)
		return
	}
	for _, n := range e.InDoubt {
		if tag := s.ledger.tag(n); tag == 0 || s.ledger.sent[tag].what != engine.InDoubt {
			s.fail(Settled, "number %d is in doubt and was settled otherwise", n)
			return
		}
	}
	if len(e.InDoubt) < doubts {
		s.fail(Settled, "%d messages are in doubt, and the end lists %d", doubts, len(e.InDoubt))
		return
	}
	if out.Closed != (e.Cause == engine.ClosedInOrder && i.closing) {
		s.fail(Reason, "closed: %v, at an end of cause %q", out.Closed, causeNames[e.Cause])
		return
	}
	if !i.justified(e) {
		s.fail(Reason, "the client's session ends: %s", causeText(e))
	}
	i.app.closed = true
	for _, tag := range i.app.waiting {
		if s.trace != nil {
			s.tracef("client", "message %d was not sent", tag)
		}
	}
}

func (i *initiator) justified(e *engine.End) bool {
	s, c := i.sim, &i.sim.plan.Client
	switch e.Cause {
	case engine.ClosedInOrder:
		return i.closing
	case engine.Unreachable:
		// A client that hears nothing asks before it gives up.
		if c.Inactivity > 0 && s.now.Sub(i.heard) >= c.Inactivity-dither && i.spoke.Sub(i.heard) >= c.Inactivity/2-dither {
			return true
		}
		if c.Retries >= 0 && (i.useless >= c.Retries || max(i.closes, i.parts) > c.Retries) {
			return true
		}
		for tag := 1; tag < len(s.ledger.sent); tag++ {
			if m := &s.ledger.sent[tag]; c.Retries >= 0 && m.failed+m.empties > c.Retries || m.doubtful {
				return true
			}
		}
	case engine.PermanentError:
		return s.permanent
	case engine.PeerFault, engine.Refused:
		return i.told != nil
	case engine.OwnFault:
		return s.rude
	case engine.Expired:
		return c.Expires > 0 && s.now.Sub(i.since) >= c.Expires
	case engine.Aborted:
		return i.aborted
	}
	return false
}

// check judges what is left at the end of the run.
func (i *initiator) check() {
	s := i.sim
	if i.off {
		return
	}
	if i.end == nil {
		s.fail(Finished, "the client's session lives on")
		return
	}
	if s.host == nil || s.host.alone || s.host.killed || i.end.Cause != engine.ClosedInOrder {
		return // what was acknowledged went with the server
	}
	for tag := 1; tag < len(s.ledger.sent); tag++ {
		m := &s.ledger.sent[tag]
		if m.number != 0 && (m.what == engine.Acked || m.what == engine.Answered) && m.delivered-m.released != 1 {
			s.fail(Settled, "message %d is %v and was delivered %d times", tag, m.what, m.delivered-m.released)
			return
		}
	}
}

package engine

import (
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
)

// replied takes a message that came on an exchange of ours: the reply to e, whose exchange it was. e is nil if nobody
// waits for a reply any more.
func (s *Session[M]) replied(now Time, in *In[M], e *entry[M]) {
	i := s.ini
	if seq := in.RM.Sequence; seq.Identifier != "" {
		if seq.Identifier != s.replyID {
			// Not a sequence of this session: the message does not count.
			s.event(EvDropped, seq.Number, 0)
			s.lost(now, in.Try, e)
			return
		}
		if i.received.Contains(seq.Number) {
			s.stats.Repeated++
			s.event(EvDropped, seq.Number, 0)
			s.replyUnsaid(now) // the peer does not know that we have it
			if s.cfg.Mutant != WrongReply {
				// A number used before is the repeat of a reply that we have, or a mistake: it answers nothing now.
				s.lost(now, in.Try, e)
				return
			}
		}
		if i.received.Len() >= maxRanges {
			s.event(EvDropped, seq.Number, 0)
			s.lost(now, in.Try, e)
			return
		}
		i.received.Add(seq.Number)
		s.stats.Received++
		s.replyUnsaid(now)
	}
	if e == nil {
		s.event(EvDropped, in.RM.Sequence.Number, 0)
		return
	}
	var none M
	switch {
	case e.kind == wsrm.LastMessage || !e.msg.Reply:
		// Whatever answers a one-way message shows that it arrived.
		s.conclude(now, e, Acked, none)
	case in.Kind == wsrm.LastMessage:
		s.conclude(now, e, Unanswered, none)
	default:
		s.stats.Delivered++
		s.event(EvDelivered, in.RM.Sequence.Number, 0)
		s.conclude(now, e, Answered, in.M)
	}
}

// maxRanges bounds the set of reply numbers.
const maxRanges = 4096

// lost treats the answer to e as one that did not come.
func (s *Session[M]) lost(now Time, t Try, e *entry[M]) {
	if e != nil {
		s.failed(now, e, t)
	}
}

// replyUnsaid notes that a reply is to be acknowledged. The acknowledgement rides on the next request; a stand-alone
// one goes out after AckDelay if other exchanges are open, since an ordered Metro server holds further replies for it.
func (s *Session[M]) replyUnsaid(now Time) {
	s.ini.unsaid = true
	if s.timers[tAck] == 0 && s.replyID != "" {
		s.set(tAck, now.Add(max(s.cfg.AckDelay, 1)))
	}
}

func (s *Session[M]) ackReplies(now Time) {
	i := s.ini
	if !i.unsaid || i.open == 0 && !i.addressed || s.phase == terminating {
		return
	}
	t := s.try(now, wsrm.SequenceAcknowledgement, 0, 1)
	s.out.transmit = append(s.out.transmit, sending{try: t, kind: wsrm.SequenceAcknowledgement})
}

// ask sends AckRequested, unless one is under way.
func (s *Session[M]) ask(now Time) {
	i := s.ini
	if i.asking != 0 {
		return
	}
	i.asking, i.unheard = s.try(now, wsrm.AckRequested, 0, 1), false
	s.out.transmit = append(s.out.transmit, sending{try: i.asking, kind: wsrm.AckRequested})
	s.bound(tHang, now.Add(askTime))
}

// askHangs gives up an AckRequested that has had no answer for long, so that there can be another: it waits for no
// handler, but keep-alive, closing and a serial session wait for it.
func (s *Session[M]) askHangs(now Time) {
	i := s.ini
	a, ok := i.tries[i.asking]
	if !ok {
		return
	}
	if at := a.at.Add(askTime); at > now {
		s.bound(tHang, at)
		return
	}
	delete(i.tries, i.asking)
	s.out.drop = append(s.out.drop, i.asking)
	i.asking, i.unheard = 0, true
}

// crowd notes that a message waits for room.
func (s *Session[M]) crowd(now Time) {
	if i := s.ini; s.phase == open && i.crowded == 0 {
		i.crowded = now
		s.bound(tRoom, now.Add(roomTime))
	}
}

// makeRoom asks for acknowledgements when messages have waited for room: all that are under way may be at slow handlers, and
// a peer acknowledges calls with their replies. A full Window is left alone: it is what the user wants to have under way.
func (s *Session[M]) makeRoom(now Time) {
	i := s.ini
	if i.crowded == 0 || s.phase != open || i.mute || i.silent || s.Room() > 0 {
		i.crowded, i.crowds = 0, 0 // who waited may have gone; whoever comes says so
		return
	}
	if at := i.crowded.Add(backOff(roomTime, probeCap, i.crowds)); at > now {
		s.set(tRoom, at)
		return
	}
	if i.snd.Buffer() != 0 && i.snd.Unacked() < s.cfg.Window { // without any buffer probes ask
		s.ask(now)
	}
	i.crowds++
	s.set(tRoom, now.Add(backOff(roomTime, probeCap, i.crowds)))
}

// probeLater plans the next AckRequested to a peer that said that it has no room.
func (s *Session[M]) probeLater(now Time) {
	if s.timers[tProbe] == 0 {
		s.event(EvStalled, 0, 0)
		s.set(tProbe, now.Add(s.probeWait()))
	}
}

// probeWait is the time to the next probe. The first ones follow soon: a peer that works off its buffer has room again
// in an instant, and over exchanges it cannot say so by itself.
func (s *Session[M]) probeWait() time.Duration {
	base := probeBase
	if rtt := s.stats.RoundTrip; rtt > 0 {
		base = min(max(2*rtt, probeFloor), probeBase)
	}
	return s.jitter(backOff(base, probeCap, s.ini.probes))
}

func (s *Session[M]) probe(now Time) {
	if s.ini.snd.Buffer() != 0 || s.phase > draining || s.phase == draining && s.ini.pend.len() == 0 {
		return
	}
	s.ini.probes++
	s.ask(now)
	s.set(tProbe, now.Add(s.probeWait()))
}

// probed follows the answer to an AckRequested.
func (s *Session[M]) probed(now Time) {
	if s.ini.snd.Buffer() != 0 {
		s.ini.probes = 0
		s.clear(tProbe)
	}
}

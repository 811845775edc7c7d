package engine

import (
	"github.com/gowsrm/wsrm/internal/wsrm"
)

// Tried tells of an exchange that brought no envelope. A try that is not under way is ignored.
func (s *Session[M]) Tried(now Time, t Try, o Outcome) {
	if s.over {
		return
	}
	if s.acc != nil {
		s.triedAway(now, t, o)
		s.settleDown(now)
		return
	}
	i := s.ini
	a, ok := i.tries[t]
	if !ok {
		return
	}
	s.finished(t, a)
	switch {
	case o == Permanent && a.kind != wsrm.SequenceAcknowledgement && a.kind != wsrm.AckRequested:
		if i.first != nil {
			s.refused(now, i.first, t)
		} else {
			s.end(now, End{Cause: PermanentError, Try: t})
		}
	case a.n != 0:
		if e := i.find(a.n); e != nil {
			switch {
			case o == Empty && i.addressed:
				s.taken(now, e, t)
			case o == Empty:
				s.emptied(now, e, t)
			default:
				s.failed(now, e, t)
			}
		}
	case a.kind == wsrm.AckRequested && o == Empty && i.addressed:
		i.tries[t] = a // the answer comes elsewhere, or askTime passes
	case a.kind == wsrm.AckRequested:
		i.asking, i.unheard = 0, o != Empty
		if o == Empty {
			s.askedInVain(now)
		}
	case a.kind == wsrm.CreateSequence:
		if s.phase == opening { // the answer may have come elsewhere meanwhile
			s.createFailed(now, t, o)
		}
	case a.kind == wsrm.CloseSequence && s.phase == closing || a.kind == wsrm.TerminateSequence:
		s.lifecycleFailed(now, t, o)
	case a.kind == wsrm.SequenceAcknowledgement && o == Failed:
		s.replyUnsaid(now)
	}
	s.settleDown(now)
}

// finished takes an exchange off the books.
func (s *Session[M]) finished(t Try, a attempt) {
	i := s.ini
	delete(i.tries, t)
	if a.n != 0 {
		i.open--
		if e := i.find(a.n); e != nil {
			e.open--
		}
	}
}

// failed plans the repeat of e, or gives up.
func (s *Session[M]) failed(now Time, e *entry[M], t Try) {
	if s.ini.addressed && e.acked {
		s.taken(now, e, t) // only the word that it was taken was lost
		return
	}
	if s.cfg.Mutant != RetryForever {
		e.failures++
	}
	if s.exhausted(e.failures) {
		s.giveUp(now, e, t)
		return
	}
	if e.open == 0 {
		s.dueAt(e, now.Add(s.jitter(backOff(failedBase, failedCap, e.failures-1))))
	}
}

func (s *Session[M]) exhausted(n int) bool { return s.cfg.MaxRetries >= 0 && n > s.cfg.MaxRetries }

// giveUp ends what cannot be brought to the peer: a call that was acknowledged alone, anything else with its session.
func (s *Session[M]) giveUp(now Time, e *entry[M], t Try) {
	if e.acked {
		var none M
		s.conclude(now, e, Unanswered, none)
		return
	}
	s.abandon(now, End{Cause: Unreachable, Try: t}, "the retries of a message are exhausted")
}

// emptied judges an empty answer to e: the peer took the request and said nothing. WCF's request-reply service and
// gSOAP do so with every number but the next one, and gSOAP with every one-way message, accepted or not.
func (s *Session[M]) emptied(now Time, e *entry[M], t Try) {
	i := s.ini
	if low := i.lowest(); e != low {
		if e.presumed {
			return
		}
		// Not a failure of the path, and not counted while a lower number is unconcluded.
		e.blank = true
		e.blanks++
		if i.buffers {
			s.dueAt(e, now.Add(s.jitter(backOff(emptyBase, emptyCap, e.blanks-1))))
			return
		}
		// It takes the next number only, or it has the message and says so in the answer to another one: CXF and Metro write
		// an acknowledgement once, on whichever answer goes first. So those under way are waited for, as long as a peer that
		// holds them lets that be.
		i.serial = serialSuccesses
		s.dueAt(e, now.Add(emptyBase))
		return
	}
	if i.snd.Buffer() == 0 {
		// It says that it has no room, so it lives, and that counts nothing against it. Whether it still says so, the probes
		// tell.
		e.blanks++
		if e.open == 0 {
			s.dueAt(e, now.Add(s.jitter(backOff(emptyBase, emptyCap, e.blanks-1))))
		}
		return
	}
	e.empties++
	oneWay := !e.msg.Reply
	switch {
	case i.silent && oneWay:
		if e.kind == wsrm.LastMessage {
			s.concludeAcked(now, e) // any 2xx concludes it: a silent peer has no more to say
			return
		}
		e.presumed = true
		return
	case s.exhausted(e.empties):
		s.giveUpEmpty(now, e, t)
		return
	}
	n := e.n
	switch {
	case e.empties == 2 && i.mute && oneWay:
		s.fallSilent(now, e)
	case e.empties >= 2 && (e.empties&(e.empties-1) == 0 || i.unheard):
		// A call behind a message that a seemingly silent peer did not get would be tried in vain for ever. And Metro
		// answers repeats of one-way messages by nothing, having acknowledged others before it had worked these off. A question
		// that was lost is put again, or such a peer would be taken for one that is away.
		s.ask(now)
	}
	if i.find(n) == e && e.open == 0 && !e.presumed {
		s.dueAt(e, now.Add(backOff(emptyBase, emptyCap, e.empties-1)))
	}
}

const serialSuccesses = 64 // answered exchanges in a row until they run in parallel again: arbitrary

// askedInVain learns from an AckRequested that came back empty.
func (s *Session[M]) askedInVain(now Time) {
	i := s.ini
	if i.vocal {
		return // it was not the peer that said nothing
	}
	i.mute = true
	s.heard(now) // it is all that such a peer says, and shows that it is there
	if e := i.lowest(); e != nil && e.empties >= 2 {
		s.fallSilent(now, e)
	}
}

// listen learns from the answer to a whether the peer is one that acknowledges what has no reply.
func (s *Session[M]) listen(now Time, a attempt, h *wsrm.Headers) {
	i := s.ini
	e := i.find(a.n)
	if i.vocal || h == nil || a.kind != wsrm.AckRequested && (e == nil || e.msg.Reply) {
		return
	}
	for k := range h.Acks {
		if ack := &h.Acks[k]; ack.Identifier == s.id && len(ack.Nacks) == 0 && (e == nil || ack.Ranges.Contains(a.n)) {
			i.vocal = true
			s.speaks(now)
		}
	}
}

// fallSilent takes the peer for one that acknowledges one-way messages only when the sequence is closed: an empty
// answer lets the next number go, and the message is kept.
func (s *Session[M]) fallSilent(now Time, e *entry[M]) {
	if e.msg.Reply || s.ini.vocal {
		return
	}
	s.ini.silent = true
	if e.kind == wsrm.LastMessage {
		s.concludeAcked(now, e) // nothing but TerminateSequence comes after it
		return
	}
	e.presumed, e.due = true, 0
}

// giveUpEmpty gives up a number that is answered by nothing again and again. A call at a peer that never says what it
// has may have been done, and its reply lost: it alone is in doubt, if the next number shows that the sequence goes on.
func (s *Session[M]) giveUpEmpty(now Time, e *entry[M], t Try) {
	i := s.ini
	if e.acked || !e.msg.Reply || !i.mute && !i.addressed || i.doubted != 0 && !i.snd.Acked().Contains(i.doubted) {
		s.giveUp(now, e, t)
		return
	}
	i.doubted = e.n
	var none M
	s.conclude(now, e, InDoubt, none)
}

// answer takes an envelope that came back on an exchange of ours.
func (s *Session[M]) answer(now Time, in *In[M]) {
	i := s.ini
	a, known := i.tries[in.Try]
	if known {
		s.finished(in.Try, a)
		if a.attempt == 1 && a.at != 0 {
			s.sample(now, a)
		}
	}
	if s.phase == opening {
		if known && a.kind == wsrm.CreateSequence {
			s.created(now, in)
		}
		return
	}
	s.heard(now)
	if known {
		s.listen(now, a, in.RM)
	}
	if !s.acksOf(now, in.RM) {
		return
	}
	if a.kind == wsrm.AckRequested {
		i.asking = 0
		s.probed(now)
	}
	var e *entry[M]
	if known && a.n != 0 {
		e = i.find(a.n)
	}
	isReply := in.Kind == wsrm.Application || in.Kind == wsrm.LastMessage
	if a.n != 0 && in.Kind != wsrm.Fault && (e == nil || e.acked || isReply) {
		s.succeeded(now)
	}
	ending := a.kind == wsrm.CloseSequence || a.kind == wsrm.TerminateSequence
	switch {
	case in.Kind == wsrm.Fault:
		s.faulted(now, in, a, e)
	case isReply:
		s.replied(now, in, e)
		if ending && !s.over {
			s.lifecycleFailed(now, in.Try, Failed)
		}
	case a.kind == wsrm.TerminateSequence && s.version == wsrm.RM10, // any answer ends it
		a.kind == wsrm.CloseSequence && in.Kind == wsrm.CloseSequenceResponse,
		a.kind == wsrm.TerminateSequence && in.Kind == wsrm.TerminateSequenceResponse:
		s.lifecycleAnswered(now, a)
	default:
		switch in.Kind {
		case wsrm.CloseSequence, wsrm.TerminateSequence:
			s.peerCloses(now, in)
		case wsrm.AckRequested:
			s.replyUnsaid(now)
		}
		switch {
		case s.over:
		case e != nil:
			s.acknowledgedOnly(now, in.Try, a, e)
		case ending:
			s.lifecycleFailed(now, in.Try, Failed)
		}
	}
}

// sample measures the round trip.
func (s *Session[M]) sample(now Time, a attempt) {
	rtt := now.Sub(a.at)
	if s.stats.RoundTrip == 0 {
		s.stats.RoundTrip = rtt
	} else {
		s.stats.RoundTrip += (rtt - s.stats.RoundTrip) / 8
	}
}

// succeeded counts an exchange that the peer answered.
func (s *Session[M]) succeeded(now Time) {
	i := s.ini
	if i.serial > 0 {
		if i.serial--; i.serial == 0 {
			s.bound(tRepeat, now) // what waited for its turn
		}
	}
}

// acksOf applies the acknowledgements of a message. False: one was invalid, and the session has ended.
func (s *Session[M]) acksOf(now Time, h *wsrm.Headers) bool {
	if h == nil {
		return true
	}
	i := s.ini
	for k := range h.Acks {
		ack := &h.Acks[k]
		// An acknowledgement of another sequence beside what was asked for is none of ours: CXF writes them.
		if ack.Identifier != s.id || len(ack.Nacks) > 0 {
			continue
		}
		if ack.Ranges.Max() > i.top {
			// WS-RM 1.1, 4.4: an acknowledgement of what was never sent, though it may have a number already.
			bad := *ack
			bad.Ranges = ack.Ranges.Clone()
			s.abandonWith(now, End{Cause: OwnFault}, &wsrm.FaultInfo{RM: s.version, Code: wsrm.CodeInvalidAcknowledgement, Sender: true,
				Identifier: s.id, Ack: &bad, Reason: "The SequenceAcknowledgement lists messages that were never sent."})
			return false
		}
		err := i.snd.Ack(now, &ack.Ranges, ack.Buffer, func(n Number, _ struct{}) {
			s.stats.Acknowledged++
			s.event(EvAcknowledged, n, 0)
			if e := i.find(n); e != nil {
				if e.blank && e.open == 0 {
					s.buffering(now) // it had been accepted when nothing was said
					s.dueAt(e, now)  // a call's reply comes with the repeat
				}
				s.concludeAcked(now, e)
			}
		})
		if err != nil {
			panic("BUG: engine: an acknowledgement within what was transmitted is beyond the window: " + err.Error())
		}
		if ack.Ranges.Missing() < ack.Ranges.Max() {
			s.buffering(now)
		}
		i.final = i.final || ack.Final
		s.speaks(now)
		if i.snd.Buffer() == 0 {
			s.probeLater(now)
		}
	}
	return true
}

// buffering notes that the peer takes numbers out of order: an acknowledgement had a hole, or lists what was answered by
// nothing. Then an empty answer says that there is no room just now, or that the number waits for a lower one there,
// and nothing speaks for one exchange at a time.
func (s *Session[M]) buffering(now Time) {
	i := s.ini
	i.buffers = true
	if i.serial > 0 && !i.silent {
		i.serial = 0
		s.bound(tRepeat, now)
	}
}

// concludeAcked notes that e was accepted, which is all that a one-way message waits for.
func (s *Session[M]) concludeAcked(now Time, e *entry[M]) {
	e.acked = true
	if !e.msg.Reply {
		var none M
		s.conclude(now, e, Acked, none)
	} else if s.ini.addressed {
		s.awaitReply(now, e)
	}
}

// speaks ends the silence of a peer: what it does not acknowledge now, it does not have.
func (s *Session[M]) speaks(now Time) {
	i := s.ini
	i.mute = false
	if !i.silent {
		return
	}
	i.silent = false
	i.serial = serialSuccesses
	for k := range i.pend.len() {
		if e := i.pend.at(k); e.presumed {
			e.presumed, e.empties = false, 0
			s.dueAt(e, now)
		}
	}
}

// acknowledgedOnly judges an answer to e that is neither reply nor fault.
func (s *Session[M]) acknowledgedOnly(now Time, t Try, a attempt, e *entry[M]) {
	var none M
	switch {
	case !e.acked:
		s.emptied(now, e, t) // an acknowledgement without the number of the message: it was not accepted
	case a.attempt == 1:
		s.conclude(now, e, Unanswered, none)
	default:
		// Its reply was lost on an earlier leg, and may be on the next one (WS-RM leaves that open: some peers
		// repeat replies, some acknowledge the repeat and say no more).
		s.failed(now, e, t)
	}
}

package engine

const maxLegs = 10 // held for one number; then the oldest is finished empty

// finish ends a leg. Every leg comes here once, or to LegLost.
func (s *Session[M]) finish(f finishing[M]) {
	if f.leg == 0 {
		return
	}
	s.out.finish = append(s.out.finish, f)
	if s.cfg.Mutant == LegFinishedTwice && f.what == FinishReply {
		s.out.finish = append(s.out.finish, f)
	}
}

// finishLegs ends all legs of r alike.
func (s *Session[M]) finishLegs(r *request[M], f finishing[M]) {
	for _, h := range r.legs {
		f.leg, f.relates = h.leg, h.relates
		s.finish(f)
	}
	clear(r.legs)
	r.legs = r.legs[:0]
}

// finishAll ends every leg that is held.
func (s *Session[M]) finishAll(f finishing[M]) {
	a := s.acc
	numbers := make([]Number, 0, len(a.reqs))
	for n, r := range a.reqs {
		if len(r.legs) > 0 {
			numbers = append(numbers, n)
		}
	}
	sortNumbers(numbers)
	for _, n := range numbers {
		s.finishLegs(a.reqs[n], f)
	}
	for _, h := range a.ctl {
		f.leg, f.relates = h.leg, h.relates
		s.finish(f)
	}
	a.ctl = nil
}

// join finishes the leg that brought r, or one of its repeats, or holds it. r nil: the number was accepted and there is
// nothing more to say about it.
func (s *Session[M]) join(now Time, r *request[M], in *In[M]) {
	if s.leaves(in) {
		s.joinAway(now, r, in)
		return
	}
	if s.acc.away.acksTo != 0 && in.Wants != Here { // the leg waits for a fault, and for no acknowledgement
		if r == nil || r.joined {
			s.ackSoon(now)
		} else {
			s.ackLater(now)
		}
	}
	h := held{leg: in.Leg, until: in.Until, relates: in.MessageID}
	first := r != nil && len(r.legs) == 0 && !r.joined
	if r != nil {
		r.joined = true
	}
	if s.cfg.Mutant == LegForgotten && !first {
		return
	}
	switch {
	case r == nil && !s.ackable().Contains(in.RM.Sequence.Number):
		s.finish(finishing[M]{leg: h.leg, what: FinishEmpty}) // it was discarded behind a gap
		return
	case r == nil && s.acc.away.acksTo != 0 && in.Wants != Here:
		s.finish(finishing[M]{leg: h.leg, what: FinishEmpty})
		return
	case r == nil:
		s.finish(finishing[M]{leg: h.leg, what: FinishAck, relates: h.relates})
		return
	case r.state == replied && r.post.to != 0:
		f := s.said(r)
		f.leg, f.relates = h.leg, h.relates
		s.finish(f)
		s.postReply(now, r)
		return
	case r.state == replied:
		f := r.answer()
		if s.cfg.Mutant == ReplyNotRepeated && !first {
			f = finishing[M]{what: FinishAck}
		}
		f.leg, f.relates = h.leg, h.relates
		r.said, r.shown = now, true
		s.stats.Resent++
		s.finish(f)
		return
	case (!r.wants || r.mute && r.faults != Here) && !r.closes && s.ackable().Contains(r.n):
		s.finish(finishing[M]{leg: h.leg, what: FinishAck, relates: h.relates})
		return
	case !r.wants && !r.closes:
		// Not ackable yet: the store has it, or the handler, which may take longer.
		wait := ackableTime
		if s.cfg.AckHandled {
			wait = closeTime
		}
		h.until = earlier(h.until, now.Add(wait))
	case s.early(r) && !first:
		// CXF resends on one thread and waits for each answer: while it waits here it does not send the missing number.
		s.finish(finishing[M]{leg: h.leg, what: FinishEmpty})
		return
	case s.early(r):
		h.turn = now.Add(turnTime)
	}
	if len(r.legs) >= maxLegs {
		for i := range r.legs {
			if r.legs[i].leg != r.run {
				s.finish(finishing[M]{leg: r.legs[i].leg, what: FinishEmpty})
				r.legs = append(r.legs[:i], r.legs[i+1:]...)
				break
			}
		}
	}
	r.legs = append(r.legs, h)
	s.lapseAt(h)
}

// earlier returns the earlier of two times, of which zero is never.
func earlier(a, b Time) Time {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// lapseAt makes the leg timer look at h in time.
func (s *Session[M]) lapseAt(h held) {
	if at := earlier(h.until, h.turn); at != 0 {
		s.bound(tLeg, at)
	}
}

// lapseLegs finishes the legs that have waited as long as they may.
func (s *Session[M]) lapseLegs(now Time) {
	a := s.acc
	numbers := make([]Number, 0, len(a.reqs))
	for n, r := range a.reqs {
		if len(r.legs) > 0 {
			numbers = append(numbers, n)
		}
	}
	sortNumbers(numbers)
	for _, n := range numbers {
		r := a.reqs[n]
		r.legs = s.lapse(now, r.legs, s.early(r))
	}
	a.ctl = s.lapse(now, a.ctl, false)
}

func (s *Session[M]) lapse(now Time, legs []held, early bool) []held {
	kept := legs[:0]
	for _, h := range legs {
		if !early {
			h.turn = 0
		}
		if at := earlier(h.until, h.turn); at != 0 && at <= now {
			s.finish(finishing[M]{leg: h.leg, what: FinishEmpty})
			continue
		}
		s.lapseAt(h)
		kept = append(kept, h)
	}
	return kept
}

// LegLost tells that nothing can be written on l any more. A leg that is not held is ignored.
func (s *Session[M]) LegLost(now Time, l Leg) {
	if s.over || s.acc == nil {
		return
	}
	without := func(legs []held) []held {
		for i := range legs {
			if legs[i].leg == l {
				return append(legs[:i], legs[i+1:]...)
			}
		}
		return legs
	}
	for _, r := range s.acc.reqs {
		r.legs = without(r.legs)
	}
	s.acc.ctl = without(s.acc.ctl)
	s.settleDown(now)
}

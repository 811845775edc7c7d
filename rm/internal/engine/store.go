package engine

import "github.com/gowsrm/wsrm/internal/wsrm"

// storeOn gives the store what may go to it: in order only the contiguous prefix. While it works on one batch there is
// no further one.
func (s *Session[M]) storeOn() {
	a := s.acc
	if a.storing > 0 {
		return
	}
	for a.rcv.Ready() {
		n, r, _ := a.rcv.Next()
		if r.kind == wsrm.LastMessage {
			a.safe.Add(n) // it has no content
			a.passed.Add(n)
			continue
		}
		a.storing++
		s.out.store = append(s.out.store, Deliver[M]{N: n, Wants: r.wants, M: r.m})
	}
}

// Stored brings the verdicts about the batch of the last Store, one for each of its numbers.
func (s *Session[M]) Stored(now Time, verdicts []Verdict) {
	if s.over || s.acc == nil {
		return
	}
	a := s.acc
	for _, v := range verdicts {
		r := a.reqs[v.N]
		if r == nil || a.storing == 0 {
			continue
		}
		a.storing--
		switch v.What {
		case StoreRefused:
			s.finishLegs(r, finishing[M]{what: FinishEmpty})
			s.drop(r)
			s.forgetNumber(now, v.N)
		case StoreKnown:
			a.safe.Add(v.N)
			a.passed.Add(v.N)
			s.finishLegs(r, finishing[M]{what: FinishAck})
			s.drop(r)
		default:
			if !s.cfg.AckHandled {
				a.safe.Add(v.N)
			}
			a.ready.push(r)
			if s.cfg.Ordered {
				a.ready.rise(func(x, y *request[M]) bool { return x.n < y.n })
			}
			if !r.wants && !s.cfg.AckHandled && !r.closes {
				s.finishLegs(r, finishing[M]{what: FinishAck})
			}
		}
	}
	s.ackLater(now)
	s.settleDown(now)
}

// drop forgets a request that waits.
func (s *Session[M]) drop(r *request[M]) {
	s.acc.waiting--
	s.acc.bytes -= r.size
	s.acc.release(r)
}

// inTurn reports whether r, which is stored, may be handed over: in order, a lower number that the store refused, or
// that was released, comes first.
func (s *Session[M]) inTurn(r *request[M]) bool {
	return !s.cfg.Ordered || r.n == s.acc.passed.Missing()
}

// forgetNumber makes n count as never accepted. Ordered, the legs of higher numbers wait for it, as those of early ones do.
func (s *Session[M]) forgetNumber(now Time, n Number) {
	a := s.acc
	a.rcv.Forget(n)
	a.passed.Remove(n)
	if !s.cfg.Ordered {
		return
	}
	for _, r := range a.reqs {
		if r.n < n || r.state != waiting {
			continue
		}
		for k := range r.legs {
			if r.legs[k].turn == 0 {
				r.legs[k].turn = now.Add(turnTime)
				s.lapseAt(r.legs[k])
			}
		}
	}
}

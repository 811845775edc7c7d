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
			a.rcv.Forget(v.N)
		case StoreKnown:
			a.safe.Add(v.N)
			s.finishLegs(r, finishing[M]{what: FinishAck})
			s.drop(r)
		default:
			if !s.cfg.AckHandled {
				a.safe.Add(v.N)
			}
			if r.kind != wsrm.LastMessage {
				a.ready.push(r)
			}
			if !r.wants && !s.cfg.AckHandled && !r.closes {
				s.finishLegs(r, finishing[M]{what: FinishAck})
			}
		}
	}
	s.settleDown(now)
}

// drop forgets a request that waits.
func (s *Session[M]) drop(r *request[M]) {
	s.acc.waiting--
	s.acc.bytes -= r.size
	s.acc.release(r)
}

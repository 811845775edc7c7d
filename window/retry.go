package window

// fastAfter is how many acknowledged numbers above a missing one show that it is lost: RFC 5681, 3.2.
const fastAfter = 3

// retry is what a Sender on a stream knows of repeating. One timer runs, for the lowest unconcluded number.
type retry struct {
	off        bool
	maxRetries int
	flushed    Number // written, as Flushed said
	rewrites   int    // unconcluded numbers up to flushed whose repeat is not written
	since      Time   // when the lowest number became that, by an acknowledgement
	judged     Number // below it, every number was looked at for being lost
	lost       int    // numbers marked so
	lostAt     Time
}

// Flushed says that at now no transmission of any number up to upto, first or repeated, waits to be written any more.
// Only then does time count against a message: one that waits behind others is not late.
func (s *Sender[M]) Flushed(now Time, upto Number) {
	r := &s.retry
	if r.off {
		return
	}
	upto = min(upto, s.highest)
	from := s.lowest()
	if r.rewrites == 0 {
		from = max(from, r.flushed+1)
	}
	for n := from; n <= upto; n++ {
		if e := s.open(n); e != nil && e.written == 0 {
			e.written = now
			if n <= r.flushed {
				r.rewrites--
			}
		}
	}
	r.flushed = max(r.flushed, upto)
}

// Deadline returns when Due is to be called, which may be in the past, or 0 if no timer runs. It changes with every
// other call.
//
// The timer is that of the lowest unconcluded number. It runs from when that was written or, if that was later, from
// the acknowledgement that made it the lowest: a peer that works its way through a full window is not late. The time
// is Timeout, doubled for each repeat of this number, at most 30 s.
func (s *Sender[M]) Deadline() Time {
	r := &s.retry
	switch {
	case r.off || s.sent.n == 0:
		return 0
	case r.lost > 0:
		return r.lostAt
	}
	e := s.sent.at(0)
	if e.written == 0 {
		return 0
	}
	return max(e.written, r.since).Add(s.rtt.timeout(e.repeats))
}

// Due calls resend for what is to be transmitted again at now, and counts it as an attempt: numbers that are lost since
// three higher ones were acknowledged (each once), ascending, then the lowest one if its timer has run out. A repeat has
// no timer until Flushed tells that it is written.
//
// If the timer of a number has run out that was repeated MaxRetries times, Due returns it and does not repeat it: the
// peer is taken to be unreachable. Otherwise it returns 0.
func (s *Sender[M]) Due(now Time, resend func(Number, M)) (exhausted Number) {
	r := &s.retry
	for i := 0; r.lost > 0; i++ {
		if e := s.sent.at(i); e.lost {
			e.lost = false
			r.lost--
			s.repeat(s.lowest()+Number(i), e, resend)
		}
	}
	if at := s.Deadline(); at == 0 || now < at {
		return 0
	}
	n, e := s.lowest(), s.sent.at(0)
	if r.maxRetries >= 0 && int(e.repeats) >= r.maxRetries {
		return n
	}
	s.repeat(n, e, resend)
	return 0
}

func (s *Sender[M]) repeat(n Number, e *outgoing[M], resend func(Number, M)) {
	if n <= s.retry.flushed {
		s.retry.rewrites++
	}
	e.written, e.again = 0, true
	e.repeats++
	resend(n, e.m)
}

// Attempts returns how often n was to be transmitted: 1 since Add, one more for each repeat by Due. It is 0 if n is
// concluded or was never given.
func (s *Sender[M]) Attempts(n Number) int {
	if e := s.open(n); e != nil {
		return 1 + int(e.repeats)
	}
	return 0
}

// Stop says that the path is lost: no timer runs until Flushed tells that something is written again. On the next path
// the owner transmits everything unacknowledged (All) in order; that is not an attempt more.
func (s *Sender[M]) Stop() {
	for i := range s.sent.n {
		if e := s.sent.at(i); !e.done {
			e.written, e.again, e.lost = 0, true, false
		}
	}
	s.retry.flushed, s.retry.rewrites, s.retry.lost = 0, 0, 0
}

// settleRetry forgets what was to be done about n, which is concluded.
func (s *Sender[M]) settleRetry(n Number, e *outgoing[M]) {
	if e.lost {
		s.retry.lost--
	}
	if e.written == 0 && n <= s.retry.flushed {
		s.retry.rewrites--
	}
}

// progress draws the conclusions from an acknowledgement of something new: moved says that the lowest number was
// concluded, sample is when the message was written that measures the round trip, 0 if none does.
func (s *Sender[M]) progress(now Time, moved bool, sample Time) {
	r := &s.retry
	if r.off {
		return
	}
	if sample != 0 {
		s.rtt.sample(now.Sub(sample))
	}
	if moved {
		r.since = now
	}
	third := s.acked.fromTop(fastAfter)
	for n := max(s.lowest(), r.judged); n < third; n++ {
		if e := s.open(n); e != nil && !e.again {
			e.lost = true
			r.lost++
			r.lostAt = now
		}
	}
	r.judged = third // which never falls
}

package window

import "time"

const (
	maxTimeout   = 30 * time.Second // of the doubled timeout, too
	firstTimeout = 1 * time.Second  // before a round trip was measured: RFC 6298, 2.1
	fastAfter    = 3                // acknowledgements of higher numbers: RFC 5681, 3.2
)

// retry says when messages on a stream are to be repeated.
type retry struct {
	margin     time.Duration // MinRetry; negative: off
	maxRetries int
	mean, dev  time.Duration // round-trip time; mean 0: not measured
	flushed    Number        // Flushed said so
	rewrites   int           // unconcluded numbers up to flushed whose repeat is not written
	since      Time          // when the lowest unconcluded number became that, by an acknowledgement
	judged     Number        // all below it were looked at for being lost
	lost       int           // numbers marked lost
	lostAt     Time          // since when
}

func (r *retry) init(c Config) {
	r.margin, r.maxRetries = c.MinRetry, c.MaxRetries
}

func (r *retry) off() bool { return r.margin < 0 }

// timeout returns how long a transmission may stay unacknowledged, after so many repeats.
func (r *retry) timeout(repeats int32) time.Duration {
	t := max(firstTimeout, r.margin)
	if r.mean > 0 {
		t = r.mean + max(r.margin, 4*r.dev)
	}
	for ; repeats > 0 && t < maxTimeout; repeats-- {
		t *= 2
	}
	return min(t, maxTimeout)
}

func (r *retry) sample(rtt time.Duration) {
	if rtt < 0 {
		return
	}
	rtt = min(max(rtt, 1), maxTimeout)
	if r.mean == 0 {
		r.mean, r.dev = rtt, rtt/2
		return
	}
	r.dev += ((rtt - r.mean).Abs() - r.dev) / 4 // RFC 6298, 2.3
	r.mean += (rtt - r.mean) / 8
}

// Sample tells s of a round-trip time that was measured elsewhere. The first should come from CreateSequence.
func (s *Sender[M]) Sample(rtt time.Duration) { s.retry.sample(rtt) }

// RoundTrip returns the smoothed round-trip time, 0 if none is known.
func (s *Sender[M]) RoundTrip() time.Duration { return s.retry.mean }

// Timeout returns the retransmission timeout of a message that was not repeated.
func (s *Sender[M]) Timeout() time.Duration { return s.retry.timeout(0) }

// Flushed says that at now no transmission of a number up to upto waits to be written any more, neither the first nor a
// repeat. Timeouts run from then on.
func (s *Sender[M]) Flushed(now Time, upto Number) {
	r := &s.retry
	if r.off() {
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

// Deadline returns when Due is to be called, 0 if no timer runs.
func (s *Sender[M]) Deadline() Time {
	r := &s.retry
	switch {
	case r.off() || s.sent.n == 0:
		return 0
	case r.lost > 0:
		return r.lostAt
	}
	e := s.sent.at(0)
	if e.written == 0 {
		return 0
	}
	return max(e.written, r.since).Add(r.timeout(e.repeats))
}

// Due calls resend for the messages that are to be transmitted again at now, ascending.
func (s *Sender[M]) Due(now Time, resend func(Number, M)) (exhausted Number) {
	for i := 0; s.retry.lost > 0; i++ {
		if e := s.sent.at(i); e.lost {
			e.lost = false
			s.retry.lost--
			s.repeat(s.lowest()+Number(i), e, resend)
		}
	}
	if at := s.Deadline(); at == 0 || now < at {
		return 0
	}
	e := s.sent.at(0)
	if s.retry.maxRetries >= 0 && int(e.repeats) >= s.retry.maxRetries {
		return s.lowest()
	}
	s.repeat(s.lowest(), e, resend)
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

// Attempts returns how often n was transmitted.
func (s *Sender[M]) Attempts(n Number) int {
	if e := s.open(n); e != nil {
		return 1 + int(e.repeats)
	}
	return 0
}

// Stop tells s that the path is lost.
func (s *Sender[M]) Stop() {
	for i := range s.sent.n {
		if e := s.sent.at(i); !e.done {
			e.written, e.again, e.lost = 0, true, false
		}
	}
	s.retry.flushed, s.retry.rewrites, s.retry.lost = 0, 0, 0
}

// settleRetry forgets what was to be done about n.
func (s *Sender[M]) settleRetry(n Number, e *outgoing[M]) {
	if e.lost {
		s.retry.lost--
	}
	if e.written == 0 && n <= s.retry.flushed {
		s.retry.rewrites--
	}
}

// progress draws the conclusions from an acknowledgement that brought something new.
func (s *Sender[M]) progress(now Time, moved bool, sample Time) {
	r := &s.retry
	if r.off() {
		return
	}
	if sample != 0 {
		r.sample(now.Sub(sample))
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
	r.judged = max(r.judged, third)
}

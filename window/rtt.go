package window

import "time"

const (
	maxTimeout   = 30 * time.Second // doubled timeouts end here
	firstTimeout = 1 * time.Second  // before a round trip was measured: RFC 6298, 2.1
)

// rtt estimates how long a message and its acknowledgement take, and from that how long to wait for one.
type rtt struct {
	margin    time.Duration // what the timeout is above mean at least
	mean, dev time.Duration // mean 0: not measured yet
}

// sample takes a measured round trip into account: RFC 6298, 2.2 and 2.3.
func (r *rtt) sample(d time.Duration) {
	if d < 0 {
		return
	}
	d = min(max(d, 1), maxTimeout) // what is longer could not lengthen the timeout further
	if r.mean == 0 {
		r.mean, r.dev = d, d/2
		return
	}
	r.dev += ((d - r.mean).Abs() - r.dev) / 4
	r.mean += (d - r.mean) / 8
}

// timeout returns how long a transmission may stay unacknowledged after so many repeats.
func (r *rtt) timeout(repeats int32) time.Duration {
	margin := max(r.margin, 0)
	t := max(firstTimeout, margin)
	if r.mean > 0 {
		t = min(r.mean+max(margin, 4*r.dev), maxTimeout)
	}
	for ; repeats > 0 && t < maxTimeout; repeats-- {
		t *= 2
	}
	return min(t, maxTimeout)
}

// Sample tells s of a round trip that was measured elsewhere: the first one is that of CreateSequence. Later ones come
// from acknowledgements by themselves, but for messages that were repeated.
func (s *Sender[M]) Sample(rtt time.Duration) { s.rtt.sample(rtt) }

// RoundTrip returns the smoothed round-trip time, 0 if none was measured.
func (s *Sender[M]) RoundTrip() time.Duration { return s.rtt.mean }

// Timeout returns the retransmission timeout of a message that was not repeated: the round-trip time, and above it
// MinRetry or four times the mean deviation, whichever is longer. It is 1 s (or MinRetry, if longer) before the first
// sample, and at most 30 s. With a negative MinRetry it is what it would be for 0.
func (s *Sender[M]) Timeout() time.Duration { return s.rtt.timeout(0) }

package window

import "time"

// Time is an instant in nanoseconds on a monotonic clock with an arbitrary origin. Zero means never, so a clock must
// not begin there.
type Time int64

// Add returns the instant d after t.
func (t Time) Add(d time.Duration) Time { return t + Time(d) }

// Sub returns how much time passed from u to t.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t - u) }

// Number is the number of a message in its sequence. The first is 1, the last MaxNumber; zero means none.
type Number uint64

// MaxNumber is the last number of a sequence.
//
// WS-RM 1.1, 3.7 (2005/02 allows more on paper, but its implementations stop here as well)
const MaxNumber Number = 1<<63 - 1

// Range is an inclusive interval of numbers. One with Lower above Upper is empty.
type Range struct{ Lower, Upper Number }

// clean returns r without zero, which is no number. ok is false if nothing is left.
func (r Range) clean() (_ Range, ok bool) {
	r.Lower = max(r.Lower, 1)
	return r, r.Lower <= r.Upper
}

package window

import (
	"math"
	"time"
)

// Config says how large a window is. A zero field means its default. A negative Size, Span, First or MaxRanges counts as 1.
type Config struct {
	// Size is, for a Sender, how many messages may be unacknowledged, and for a Receiver how many it buffers. 64.
	Size int
	// Span limits how far the highest number is ahead of the lowest unconcluded one: their difference is less than
	// Span. For a Sender a number is concluded when it is acknowledged or forgiven, for a Receiver when it is
	// accepted. 4*Size.
	Span int
	// First is the Sender's first flight: so many messages may be unacknowledged at the beginning, and one more for
	// each message concluded, up to Size. 8.
	First int
	// MinRetry is the least that the Sender's retransmission timeout is above the round-trip time. 400 ms. Negative:
	// there is no retransmission timer, the owner repeats by its own rules; Deadline is always 0, Due does nothing.
	MinRetry time.Duration
	// MaxRetries is how often the Sender repeats one message before it is exhausted. 8; negative: no limit.
	MaxRetries int
	// Unordered lets the Receiver hand over messages in order of arrival. Otherwise it is the order of their numbers.
	Unordered bool
	// MaxRanges is how many intervals the set of accepted numbers may have: a Receiver does not accept a message
	// that would make more. A Sender that is told of more gaps among concluded numbers stops telling them apart. 4096.
	MaxRanges int
}

// complete returns c with its defaults filled in and its limits sane.
func (c Config) complete() Config {
	c.Size = atLeastOne(c.Size, 64)
	c.First = min(atLeastOne(c.First, 8), c.Size)
	c.Span = atLeastOne(c.Span, 4*min(c.Size, math.MaxInt/4))
	c.MaxRanges = atLeastOne(c.MaxRanges, 4096)
	if c.MinRetry == 0 {
		c.MinRetry = 400 * time.Millisecond
	}
	if c.MaxRetries == 0 {
		c.MaxRetries = 8
	}
	return c
}

func atLeastOne(v, otherwise int) int {
	if v == 0 {
		return otherwise
	}
	return max(v, 1)
}

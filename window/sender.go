package window

import (
	"errors"
	"iter"
)

// ErrBeyond is what Ack returns for an acknowledgement of numbers that were never given.
var ErrBeyond = errors.New("window: acknowledgement of a number that was not sent")

// Sender is the outbound half of a sequence: it numbers messages, keeps those that are unacknowledged, and says how many
// more may be sent and which are to be repeated. It must be initialized by Init.
//
// A number is concluded when it is acknowledged or forgiven. Its message is released then.
type Sender[M any] struct {
	size, span, maxRanges int

	sent    ring[outgoing[M]] // from the lowest unconcluded number to highest
	highest Number
	flight  int // how many may be unacknowledged now: grows from First to Size
	unacked int
	buffer  int // BufferRemaining, -1: not known

	acked      Ranges
	ackedCount uint64 // numbers from floor on in acked
	floor      Number // below it gaps of acked are not told apart any more

	rtt   rtt
	retry retry
}

// outgoing is a number that was given.
type outgoing[M any] struct {
	m       M
	written Time  // since when its last transmission is under way; 0: that has yet to be written
	repeats int32 // transmissions beyond the first
	done    bool  // concluded
	again   bool  // transmitted more than once, perhaps: tells nothing about the round-trip time
	lost    bool  // to be repeated at once
}

// Init makes s new, with the limits that c says.
func (s *Sender[M]) Init(c Config) {
	c = c.complete()
	*s = Sender[M]{size: c.Size, span: c.Span, maxRanges: c.MaxRanges, flight: c.First, buffer: -1, floor: 1}
	s.rtt.margin = min(c.MinRetry, maxTimeout)
	s.retry.off, s.retry.maxRetries = c.MinRetry < 0, c.MaxRetries
}

// Room returns how many messages may be added now: what window, span and the peer's buffer allow.
func (s *Sender[M]) Room() int {
	room := min(s.flight-s.unacked, s.span-s.sent.n)
	if s.buffer >= 0 {
		room = min(room, s.buffer-s.unacked)
	}
	room = max(room, 0)
	if left := MaxNumber - s.highest; Number(room) > left {
		room = int(left)
	}
	return room
}

// Add gives m the next number and keeps it until that is concluded. It does not look at Room: who knows better may
// exceed it. It returns 0, and keeps nothing, if MaxNumber has been given.
//
// No timer runs yet: on a stream it is Flushed that tells when m was written.
func (s *Sender[M]) Add(m M) Number {
	if s.highest >= MaxNumber {
		return 0
	}
	s.highest++
	s.unacked++
	s.sent.push(outgoing[M]{m: m})
	return s.highest
}

// Get returns the message with number n. False: n is concluded or was never given.
func (s *Sender[M]) Get(n Number) (m M, ok bool) {
	if e := s.open(n); e != nil {
		return e.m, true
	}
	return m, false
}

// All yields what is neither acknowledged nor forgiven, ascending. s must not change meanwhile.
func (s *Sender[M]) All() iter.Seq2[Number, M] {
	return func(yield func(Number, M) bool) {
		for i := range s.sent.n {
			if e := s.sent.at(i); !e.done && !yield(s.lowest()+Number(i), e.m) {
				return
			}
		}
	}
}

// Ack applies an acknowledgement: ranges are all numbers that the peer says it accepted (nil: none), buffer is its
// BufferRemaining (negative: not said). settled, if not nil, is called for each number that is concluded by it,
// ascending; not for numbers that were forgiven before.
//
// If ranges holds a number above Highest, Ack returns ErrBeyond and changes nothing. Otherwise everything new in it
// counts, and nothing else: acknowledgements may overtake each other, and what was acknowledged once stays so. buffer
// counts if ranges lacks nothing that is known to be acknowledged; if it adds nothing to that either, buffer only raises
// what was said before.
//
// WS-RM 1.1, 3.9
func (s *Sender[M]) Ack(now Time, ranges *Ranges, buffer int, settled func(Number, M)) error {
	if ranges == nil {
		ranges = &Ranges{}
	}
	if ranges.Max() > s.highest {
		return ErrBeyond
	}
	before, lowest := s.ackedCount, s.lowest()
	sample := Time(0)
	for r := range ranges.All() {
		for gap, ok := s.acked.gap(r); ok; gap, ok = s.acked.gap(r) {
			s.acked.AddRange(gap)
			s.ackedCount += uint64(gap.Upper-gap.Lower) + 1
			for n := max(gap.Lower, lowest); n <= gap.Upper; n++ {
				e := s.open(n)
				if e == nil {
					continue
				}
				if e.written != 0 && !e.again {
					sample = e.written // the latest of them waited least for its acknowledgement
				}
				m := e.m
				s.conclude(n, e)
				if settled != nil {
					settled(n, m)
				}
			}
			r.Lower = gap.Upper + 1
		}
	}
	news := s.ackedCount > before
	if buffer >= 0 && ranges.countFrom(s.floor) == s.ackedCount { // nothing acknowledged is missing in it
		if news {
			s.buffer = buffer
		}
		s.buffer = max(s.buffer, buffer) // -1 at first: 0 counts, too
	}
	if news {
		s.advance()
		s.limitRanges()
		s.progress(now, s.lowest() > lowest, sample)
	}
	return nil
}

// Forgive concludes n although it is not acknowledged, because its fate is known otherwise (a reply came on its own
// exchange). It leaves window and span. It is not in Acked before an acknowledgement says so.
func (s *Sender[M]) Forgive(n Number) {
	if e := s.open(n); e != nil {
		s.conclude(n, e)
		s.advance()
	}
}

// Highest returns the highest number given, 0 if there is none.
func (s *Sender[M]) Highest() Number { return s.highest }

// Lowest returns the lowest number that is not concluded, 0 if there is none.
func (s *Sender[M]) Lowest() Number {
	if s.sent.n == 0 {
		return 0
	}
	return s.lowest()
}

// Acked returns the numbers that are acknowledged. The set belongs to s, changes with it, and must not be changed.
// Beyond MaxRanges intervals it also holds forgiven numbers below Lowest.
func (s *Sender[M]) Acked() *Ranges { return &s.acked }

// Unacked returns how many numbers are neither acknowledged nor forgiven.
func (s *Sender[M]) Unacked() int { return s.unacked }

// Buffer returns how many messages beyond the acknowledged ones the peer can buffer, -1 if it never said.
func (s *Sender[M]) Buffer() int { return s.buffer }

// Trim gives back the memory that is kept for reuse: for a session that falls idle.
func (s *Sender[M]) Trim() { s.sent.trim() }

// lowest is the first number of the ring, or the next to be given.
func (s *Sender[M]) lowest() Number { return s.highest + 1 - Number(s.sent.n) }

// open returns what is known of a number that is not concluded, nil if n is none.
func (s *Sender[M]) open(n Number) *outgoing[M] {
	if n < s.lowest() || n > s.highest {
		return nil
	}
	if e := s.sent.at(int(n - s.lowest())); !e.done {
		return e
	}
	return nil
}

// conclude releases n; advance must follow.
func (s *Sender[M]) conclude(n Number, e *outgoing[M]) {
	s.settleRetry(n, e)
	*e = outgoing[M]{done: true}
	s.unacked--
	s.flight = min(s.flight+1, s.size)
}

// advance takes concluded numbers from the front of the ring.
func (s *Sender[M]) advance() {
	for s.sent.n > 0 && s.sent.at(0).done {
		s.sent.pop()
	}
}

// limitRanges keeps a peer that acknowledges few of many forgiven numbers from growing acked without end: what is
// below the lowest unconcluded number is concluded in any case, and its gaps are closed.
func (s *Sender[M]) limitRanges() {
	if s.acked.Len() <= s.maxRanges || s.acked.first.Upper >= s.lowest()-1 {
		return
	}
	s.floor = s.lowest()
	s.acked.AddRange(Range{1, s.floor - 1})
	s.ackedCount = s.acked.countFrom(s.floor)
}

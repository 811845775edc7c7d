// Package window is the arithmetic of one sequence: message numbers and sets of them, what a source may
// send and what is still unacknowledged (Sender), what a destination accepts, remembers and hands over in
// order (Receiver). It is pure: no clock, lock, goroutine or I/O; whoever owns a value passes the time in.
package window

import (
	"iter"
	"time"
)

// Time is an instant in nanoseconds on a monotonic clock with an arbitrary origin. Zero means never.
type Time int64

func (t Time) Add(d time.Duration) Time { return t + Time(d) }
func (t Time) Sub(u Time) time.Duration { return time.Duration(t - u) }

// Number is the number of a message in its sequence. The first is 1, the last MaxNumber; zero means none.
type Number uint64

const MaxNumber Number = 1<<63 - 1 // WS-RM 1.1, 3.4; what WCF allows in 1.0 too

// Range is an inclusive interval of numbers.
type Range struct{ Lower, Upper Number }

// Ranges is a set of numbers kept as ascending, disjoint, merged intervals. The zero value is empty. A set of at
// most one range needs no heap. Copying the struct shares the ranges beyond the first: use Clone.
type Ranges struct {
	first Range
	more  []Range
}

func (s *Ranges) Add(n Number) bool                   { panic("contract") } // false: it was there
func (s *Ranges) AddRange(r Range)                    { panic("contract") }
func (s *Ranges) Remove(n Number) bool                { panic("contract") } // false: it was not there
func (s *Ranges) Contains(n Number) bool              { panic("contract") }
func (s *Ranges) Covers(r Range) bool                 { panic("contract") }
func (s *Ranges) Len() int                            { panic("contract") } // ranges
func (s *Ranges) Count() uint64                       { panic("contract") } // numbers
func (s *Ranges) Max() Number                         { panic("contract") } // 0: empty
func (s *Ranges) Missing() Number                     { panic("contract") } // the lowest number, from 1, that is not in the set
func (s *Ranges) All() iter.Seq[Range]                { panic("contract") } // ascending
func (s *Ranges) Clone() Ranges                       { panic("contract") }
func (s *Ranges) Reset()                              { panic("contract") }
func (s *Ranges) AppendText(b []byte) ([]byte, error) { panic("contract") } // "1-4 6-9"
func (s Ranges) String() string                       { panic("contract") }

// Config says how large a window is. A zero field means its default.
type Config struct {
	Size       int           // Sender: unacknowledged messages at most; Receiver: buffered messages at most. 64
	Span       int           // distance between the lowest unconcluded number and the highest at most. 4*Size
	First      int           // Sender: the first flight; each acknowledged message adds one, up to Size. 8
	MinRetry   time.Duration // Sender: floor of the retransmission timeout's margin. 400 ms; negative: no retransmission timer
	MaxRetries int           // Sender: retransmissions of one message at most. 8; negative: no limit
	Unordered  bool          // Receiver: hand over in order of arrival
	MaxRanges  int           // Receiver: a message that would make more ranges is not accepted. 4096
}

// Sender is the outbound half: it numbers messages, keeps what is unacknowledged, and says how many more may be sent.
type Sender[M any] struct{ _ M }

func (s *Sender[M]) Init(c Config)            { panic("contract") }
func (s *Sender[M]) Room() int                { panic("contract") } // how many messages may be added now
func (s *Sender[M]) Add(now Time, m M) Number { panic("contract") } // does not look at Room: who knows better may exceed it. 0: MaxNumber is used up
func (s *Sender[M]) Get(n Number) (M, bool)   { panic("contract") } // an unacknowledged message
// Ack applies an acknowledgement: ranges is the peer's cumulative statement, buffer its BufferRemaining (negative: none).
// settled is called for each number that is acknowledged for the first time, ascending. A range above the
// highest number sent is ErrBeyond, and nothing is applied. Older acknowledgements than one seen change nothing.
func (s *Sender[M]) Ack(now Time, ranges *Ranges, buffer int, settled func(Number, M)) error {
	panic("contract")
}

// Forgive takes n out of window and span though it is not acknowledged: it was concluded otherwise (a reply on its own leg).
func (s *Sender[M]) Forgive(n Number) { panic("contract") }
func (s *Sender[M]) Highest() Number  { panic("contract") } // highest number given, 0: none
func (s *Sender[M]) Acked() *Ranges   { panic("contract") } // not to be changed
func (s *Sender[M]) Unacked() int     { panic("contract") } // numbers neither acknowledged nor forgiven
func (s *Sender[M]) Buffer() int      { panic("contract") } // what the peer said last, -1: nothing

// Receiver is the inbound half.
type Receiver[M any] struct{ _ M }

func (r *Receiver[M]) Init(c Config) { panic("contract") }

// Accept judges message n: fresh says that it was not accepted before, ok that it is accepted now (then it will come out of Next once).
func (r *Receiver[M]) Accept(n Number, m M) (fresh, ok bool) { panic("contract") }
func (r *Receiver[M]) Next() (n Number, m M, ok bool)        { panic("contract") } // the next message to hand over; it leaves the buffer
func (r *Receiver[M]) Ready() bool                           { panic("contract") } // Next would give one
func (r *Receiver[M]) Forget(n Number)                       { panic("contract") } // n, which was handed over or is still buffered, counts as never accepted; ordered: it will be the next one again
func (r *Receiver[M]) Discard(each func(Number, M))          { panic("contract") } // drops all that is buffered (behind a gap); stays accepted
func (r *Receiver[M]) Accepted() *Ranges                     { panic("contract") } // not to be changed
func (r *Receiver[M]) Buffered() int                         { panic("contract") }
func (r *Receiver[M]) Free() int                             { panic("contract") } // Size less what is buffered, 0 at least
func (r *Receiver[M]) Missing() Number                       { panic("contract") } // lowest number not accepted

package netsim

import (
	"fmt"
	"time"
)

// Invariant is what holds at every step of every run.
type Invariant string

const (
	Once      Invariant = "once"      // no message is delivered twice
	Order     Invariant = "order"     // an ordered session delivers in the order of numbers
	Integrity Invariant = "integrity" // a number is one message, a reply answers its own call
	Finished  Invariant = "finished"  // when the network has healed everything is settled and both ends end
	Legs      Invariant = "legs"      // every leg is finished exactly once, in time, or lost
	Truth     Invariant = "truth"     // acknowledgements list what is ackable, all of it, and never less than before
	Bounds    Invariant = "bounds"    // windows, spans, buffers and handlers stay within their limits
	Quiet     Invariant = "quiet"     // no output after the end, no deadline in the past, no spinning
	Attempts  Invariant = "attempts"  // transmissions are counted, and end
	Patience  Invariant = "patience"  // nothing is repeated while its own exchange is open
	Settled   Invariant = "settled"   // each message settles once, as what it was
	Reason    Invariant = "reason"    // a session ends for a reason that there was
	Wire      Invariant = "wire"      // a peer can read what is written
)

// Failure is the first invariant that did not hold.
type Failure struct {
	Invariant Invariant
	At        time.Duration
	What      string
}

func (f *Failure) Error() string { return fmt.Sprintf("%s: %s (at %v)", f.Invariant, f.What, f.At) }

// fail notes that an invariant is broken. The first one counts, and ends the run.
func (s *sim) fail(i Invariant, format string, args ...any) {
	if s.failure == nil {
		s.failure = &Failure{i, s.elapsed(), fmt.Sprintf(format, args...)}
		s.tracef("!", "%s: %s", i, s.failure.What)
	}
}

// checkClient judges at the end of a run what a scripted client that was not cut short has left; over: it came to its end.
func (s *sim) checkClient(over bool) {
	if !over {
		s.fail(Finished, "the client is not done")
		return
	}
	for tag := 1; tag < len(s.ledger.sent); tag++ {
		if m := &s.ledger.sent[tag]; m.number != 0 && (!m.settled || m.delivered-m.released != 1) && !s.host.alone && !s.host.killed {
			s.fail(Settled, "message %d is settled: %v, %v, and was delivered %d times", tag, m.settled, m.what, m.delivered-m.released)
			return
		}
	}
}

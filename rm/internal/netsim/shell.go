package netsim

import (
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
)

// shell drives one engine: it brings inputs, takes outputs and keeps the one timer, as a session of rm does.
type shell struct {
	sim     *sim
	who     string
	eng     *engine.Session[Payload]
	perform func(*engine.Output[Payload])
	settled func() // after each turn

	out     engine.Output[Payload]
	rm      wsrm.Headers // scratch of inputs
	armed   Time
	timer   uint64 // which setting of the timer counts
	fired   uint64
	inputs  uint64
	waiting bool // outputs wait for whoever performs
	asleep  Time // suspended until then
	off     bool // the machine is gone, or has forgotten the session
	heard   Time // last message received
	past    int  // Advances since the deadline was in the future
	end     *engine.End
}

// input brings one input, and performs what comes of it.
func (sh *shell) input(do func()) {
	s := sh.sim
	if s.failure != nil || sh.off {
		return
	}
	if sh.asleep > s.now {
		s.at(sh.asleep, func() { sh.input(do) })
		return
	}
	do()
	if sh.waiting {
		return
	}
	sh.inputs++
	if lag := s.plan.lag(sh.who, sh.inputs, s.elapsed()); lag > 0 {
		sh.waiting = true
		s.after(lag, func() {
			if sh.waiting = false; s.failure == nil && !sh.off {
				sh.turn()
			}
		})
		return
	}
	sh.turn()
}

// turn takes all outputs, and arms the timer.
func (sh *shell) turn() {
	s := sh.sim
	for n := 0; sh.eng.Take(s.now, &sh.out); n++ {
		if n == 1000 {
			s.fail(Quiet, "%s: a thousand outputs at one instant", sh.who)
		}
		if sh.end != nil {
			s.fail(Quiet, "%s: output after the end", sh.who)
		}
		if s.failure != nil {
			return
		}
		sh.perform(&sh.out)
		sh.end = sh.out.Ended
	}
	d := sh.eng.Deadline()
	switch {
	case sh.end != nil && d != 0:
		s.fail(Quiet, "%s: a deadline after the end", sh.who)
	case d == 0 || d > s.now:
		sh.past = 0
	case sh.past > 2:
		s.fail(Quiet, "%s: the deadline stays in the past", sh.who)
	}
	if s.failure != nil {
		return
	}
	sh.arm(d)
	sh.settled()
}

// arm makes the timer fire at d. It is moved only if d is earlier than what it stands at.
func (sh *shell) arm(d Time) {
	if d == 0 || sh.armed != 0 && sh.armed <= d {
		return
	}
	s := sh.sim
	sh.armed = d
	sh.timer++
	timer := sh.timer
	s.at(d, func() {
		if timer != sh.timer {
			return // it was moved
		}
		sh.timer++
		sh.fired++
		late := s.plan.late(sh.who, sh.fired, s.elapsed())
		s.after(late, func() {
			sh.input(func() {
				sh.armed = 0
				if d := sh.eng.Deadline(); d != 0 && d <= s.now {
					sh.past++
					sh.eng.Advance(s.now)
				}
			})
		})
	})
}

// suspend lets nothing happen on this side for a while: what arrives waits, and then comes all at once.
func (sh *shell) suspend(d time.Duration) { sh.asleep = max(sh.asleep, sh.sim.now.Add(d)) }

package netsim

import (
	"fmt"
	"time"

	"github.com/gowsrm/wsrm/window"
)

// Number is a message number.
type Number = window.Number

// sim is one run.
type sim struct {
	agenda
	plan   plan
	trace  *[]byte // nil: none is kept
	server station
	host   *host // the server, if it is an engine's
	client actor
	mail   station // the client at its address, nil if it has none

	exchanges uint64
	legs      uint64
	openLegs  int
	ids       int
	messages  uint64 // transmissions and answers

	ledger  ledger
	failure *Failure

	permanent bool // an exchange was refused by its carrier
	emptied   bool // a proxy answered with nothing

	ends      bool // a step of the scenario ends the session
	drowsy    bool // Advance may come late
	rude      bool // one end breaks the protocol
	quietPeer bool // the server acknowledges one-way messages only at the end
}

// actor is a client: an engine's or a scripted one.
type actor interface {
	begin()
	step(Step)   // close, abort, vanish, suspend
	feed()       // there are messages to send
	ended() bool // it will do nothing any more
	check()      // at the end of the run
}

func (s *sim) elapsed() time.Duration { return s.now.Sub(start) }

// newID returns an identifier that no other of this run equals.
func (s *sim) newID(side string) func() string {
	return func() string {
		s.ids++
		return fmt.Sprintf("urn:uuid:00000000-0000-4000-8000-0000000000%s%02d", side, s.ids)
	}
}

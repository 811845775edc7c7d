package netsim

import (
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
)

// Scenario determines a run. The zero value of every field is harmless: nothing happens, nothing goes wrong.
type Scenario struct {
	Seed  uint64 // what is not written down is drawn from it
	Drawn bool   // false: what is not written down does not happen, Seed is not used

	Client  Client
	Server  Server
	Network Network

	Messages string        // what the client's application sends: c a call, p a one-way message
	Callers  int           // how many of them at once; 0: one
	Think    time.Duration // between two messages of one caller

	Steps    []Step
	Fates    map[uint64]Fate          // by exchange
	Handlers map[uint64]Handling      // by message and run, see nth
	Stores   map[uint64]Storing       // by number and time, see nth
	Late     map[string]time.Duration // "client 3": how late the third Advance comes
	Lag      map[string]time.Duration // "server 5": how late the outputs of the fifth input are taken
}

// nth is the key of what happens to i for the kth time, from 1.
func nth(i uint64, k int) uint64 { return i<<8 | uint64(k&0xff) }

// Client is the side that creates the session.
type Client struct {
	Play       string       // engine, or a scripted client: see clients and correspondents; hostile
	Version    wsrm.Version // 0: 1.1, then 2005/02
	Offer      bool
	Ordered    bool // the replies
	Window     int
	Retries    int
	AckDelay   time.Duration
	Inactivity time.Duration
	Expires    time.Duration
	Random     uint64 // of the engine's jitter, of what a hostile client says
	Mutant     engine.Mutant
	Addressed  bool // an engine's answers come to an address of its own
}

// Server is the side that accepts it.
type Server struct {
	Play        string       // engine, or a scripted server: see profiles
	Version     wsrm.Version // 0: both
	Ordered     bool
	AckHandled  bool
	Store       bool
	Window      int
	Concurrency int
	MaxBytes    int64 // 0: no limit
	Inactivity  time.Duration
	Full        time.Duration // a scripted server says BufferRemaining 0 from the first message on for so long
	Mutant      engine.Mutant
}

// Network says how likely trouble is. Nothing bad begins after Heals, but for what Dead says.
type Network struct {
	Latency    time.Duration // one way; each exchange draws up to as much again
	Heals      time.Duration
	Dead       time.Duration // from then on every exchange fails; 0: never
	Lose       float64       // the request is lost
	LoseReply  float64       // the response is lost after processing
	Cut        float64       // a proxy cuts the exchange
	Repeat     float64       // a proxy repeats the request
	Delay      float64       // the request is delayed, so that others overtake it
	Hold       float64       // the response is delayed
	Empty      float64       // a proxy answers with nothing
	Permanent  float64       // a proxy refuses for good
	Until      time.Duration // a response must have begun by then; 0: no such time
	Sleepy     float64       // an Advance comes late, or a performer is slow
	Slow       float64       // a handler takes long
	SlowUpTo   time.Duration
	Faulty     float64 // a handler answers with a fault
	Mute       float64 // a handler does not answer a call
	Releases   float64 // AckHandled: a handler gives up for now
	Refuses    float64 // the store refuses a message
	Duplicates float64 // the store knows a message already
}

// Step is something that happens at a time of its own.
type Step struct {
	At   time.Duration
	What string // close, abort, vanish, suspend, restart
	Who  string // client, server
	For  time.Duration
}

// Fate is what the network does to one exchange. The zero value is a fast and faithful network.
type Fate struct {
	LoseRequest bool
	LoseReply   bool
	Empty       bool // a proxy answers, and the request goes nowhere
	Permanent   bool
	Fails       time.Duration // so long after a loss the client notices
	Delay       time.Duration // of the request
	Hold        time.Duration // of the response
	Cut         time.Duration // after so long; the server notices if it still holds the leg
	Repeat      time.Duration // a copy of the request arrives so long after the first
	Until       time.Duration // the leg must be finished so long after it began
}

// Handling is what a handler does with one message.
type Handling struct {
	Takes   time.Duration
	Fault   bool
	Mute    bool
	Release bool
}

// Storing is what the store does with one message.
type Storing struct {
	Takes   time.Duration
	Refused bool
	Known   bool
}

// Payload is what messages carry in a simulation.
type Payload struct {
	Tag    uint64 // of the message, or of the one that this answers
	Answer bool
	Run    int // of the handler that answered
	Fault  bool
}

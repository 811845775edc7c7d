// Package engine is WS-ReliableMessaging as a value: one session of either role, without goroutine, lock, clock or I/O.
//
// The shell brings inputs (method calls with the present time), collects outputs with Take until it returns false,
// performs them in order, and calls Advance when Deadline has come. Methods must not be called concurrently.
package engine

import (
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
)

// Config is what a session is told when it is made. The shell has applied the defaults: nothing here has one.
type Config struct {
	Version wsrm.Version  // initiator: 0 tries 1.1, then 2005/02
	Offer   bool          // initiator: offer a sequence for replies
	NewID   func() string // a new sequence identifier or MessageID, "urn:uuid:..."
	Random  uint64        // seeds the jitter of repeats

	Window      int
	MaxRetries  int   // negative: no limit
	MaxBytes    int64 // buffered messages and stored replies; negative: no limit
	Concurrency int
	Ordered     bool
	AckHandled  bool
	Store       bool
	AckDelay    time.Duration // negative: none
	Inactivity  time.Duration // negative: none
	Expires     time.Duration // initiator: the wish. 0: never

	Mutant Mutant // tests only: an engine that is broken in one place
}

// Session is one session, of the side that created it (NewInitiator) or of the side that accepted it (Accept).
type Session[M any] struct{ _ M }

func NewInitiator[M any](c Config) *Session[M] { panic("contract") }

// Open begins: CreateSequence goes out. Opened or Ended will follow in an Output.
func (s *Session[M]) Open(now Time) { panic("contract") }

// Room returns how many messages Send would number now. 0 always for an acceptor over exchanges and after Close.
func (s *Session[M]) Room() int { panic("contract") }

// Send numbers a prefix of msgs (at most Room) and appends the numbers to nums.
func (s *Session[M]) Send(now Time, msgs []Msg[M], nums []Number) []Number { panic("contract") }

// Receive takes a message. False: the session has ended before; ask the tombstone. Nothing was done then.
func (s *Session[M]) Receive(now Time, in *In[M]) bool { panic("contract") }

// Tried tells of an exchange that brought no envelope.
func (s *Session[M]) Tried(now Time, t Try, o Outcome) { panic("contract") }

func (s *Session[M]) Stored(now Time, v []Verdict)                        { panic("contract") }
func (s *Session[M]) Handled(now Time, n Number, r Result, m M, size int) { panic("contract") }
func (s *Session[M]) LegLost(now Time, l Leg)                             { panic("contract") }
func (s *Session[M]) Close(now Time)                                      { panic("contract") } // initiator: in good order, once everything is concluded; acceptor: no effect (the server's Shutdown waits)
func (s *Session[M]) Abort(now Time, code string)                         { panic("contract") } // code: the fault that the peer is told, "" SequenceTerminated
func (s *Session[M]) Advance(now Time)                                    { panic("contract") }
func (s *Session[M]) Take(now Time, o *Output[M]) bool                    { panic("contract") }
func (s *Session[M]) Deadline() Time                                      { panic("contract") } // when Advance is due; 0: never
func (s *Session[M]) Quiet() bool                                         { panic("contract") } // acceptor: no handler runs, no message waits, no leg is held, no reply is unacknowledged
func (s *Session[M]) Stats() Stats                                        { panic("contract") }

// Stats counts what the session did.
type Stats struct {
	Sent, Resent, Acknowledged, Received, Repeated, Delivered uint64
	InFlight, Buffered, StoredReplies                         int
	RoundTrip                                                 time.Duration
}

// Request is a CreateSequence to be judged.
type Request struct {
	Version        wsrm.Version
	Body           *wsrm.Body
	RM             *wsrm.Headers
	To             string // returned in Accept/AcksTo byte for byte
	MessageID      string
	ReplyAnonymous bool // ReplyTo is absent or anonymous
}

// Decision is what became of it: a new session, or a fault.
type Decision struct {
	Fault   *wsrm.FaultInfo // not nil: refused
	ID      string
	ReplyID string    // "": no offer
	Body    wsrm.Body // of CreateSequenceResponse
	Expires time.Duration
}

// Judge decides about a CreateSequence, purely: whether it can be met, and with what answer. Limits on the number of
// sessions and recognising repeats are the server's.
func Judge(c *Config, r *Request) Decision { panic("contract") }

// NewAcceptor makes the session that d describes.
func NewAcceptor[M any](now Time, c Config, d *Decision) *Session[M] { panic("contract") }

// Tombstone answers for a session that has ended (acceptor). It is a value that does not change.
type Tombstone struct {
	Version     wsrm.Version
	ID, ReplyID string
	MessageID   string // filled by the server: of its CreateSequence
	Principal   string // filled by the server
}

// Reply answers a message for a dead session: repeated Close and Terminate and acknowledged numbers as before, else a fault.
func (t *Tombstone) Reply(kind wsrm.Kind, h *wsrm.Headers, body *wsrm.Body, messageID string) TombAnswer {
	panic("contract")
}

// TombAnswer is a Finish without payload or leg.
type TombAnswer struct {
	What      FinishKind
	Kind      wsrm.Kind
	RM        wsrm.Headers
	RelatesTo string
	Body      wsrm.Body
	Fault     *wsrm.FaultInfo
}

// Mutant is one deliberate defect, for the tests that show that the simulation finds it.
type Mutant uint8

const (
	Sound            Mutant = iota
	NoDedupe                // a duplicate is delivered again
	AckBeforeAccept         // a message that is not accepted is acknowledged
	AckBeforeStored         // acknowledged before Stored
	ReplyNotRepeated        // the repeat of an answered request gets an ack instead of its reply
	LegFinishedTwice
	LegForgotten    // a leg of a repeat is never finished
	SpanIgnored     // a number beyond the span is accepted
	TimerNotRearmed // after a repeat no further repeat is due
	HoleSkipped     // ordered: a missing number is passed over
	RetryForever    // attempts are not counted
	WrongReply      // a reply number used twice settles the second call
	EarlyClose      // Close does not wait for acknowledgements
	OutputAfterEnd
	AckNotCumulative // an ack lists only the latest range
	WindowIgnored    // Room is always large
)

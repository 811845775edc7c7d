package engine

import (
	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/window"
)

// Time is an instant of the shell's monotonic clock, in nanoseconds. Zero means never.
type Time = window.Time

// Number is a message number.
type Number = window.Number

// Leg names one response that the shell still has to write. Zero: none.
type Leg uint64

// Try names one exchange that the engine asked for. Zero: none.
type Try uint64

// Wants says where the sender of a message expects the answer.
type Wants uint8

const (
	Nothing   Wants = iota // one-way
	Here                   // on the leg that brought the message
	Elsewhere              // on an exchange of its own, to the address that the message names
	None                   // one-way, and says so: not even LastMessage is to be answered but by an acknowledgement
)

// Addr names an address of the peer, in the shell's books. Zero: none, which means the leg.
type Addr uint8

// Msg is a message to be sent.
type Msg[M any] struct {
	M     M
	Size  int
	Reply bool   // a reply is expected
	ID    string // its MessageID, "" if it has none
	Tag   uint64 // given back in Transmit and Settle
}

// In is a message that arrived: on a leg (a request of the peer), or as the answer to a try of ours.
type In[M any] struct {
	Leg   Leg
	Until Time // the leg must be finished by then; 0: no such time
	Try   Try  // the exchange that it answers, which is over with it

	Kind      wsrm.Kind
	RM        *wsrm.Headers // read during Receive only
	Body      *wsrm.Body    // lifecycle messages; kept
	Fault     *wsrm.FaultInfo
	MessageID string
	RelatesTo string // initiators: of what came on a leg
	Wants     Wants
	ReplyTo   Addr  // acceptors, Elsewhere: where the answer goes
	Faults    Wants // acceptors, Application: where a handler's fault goes; Nothing: where the reply does
	FaultTo   Addr  // Faults Elsewhere: there
	Size      int
	M         M // Application, and a Fault that goes to a caller
}

// Outcome is how an exchange ended that brought no envelope.
type Outcome uint8

const (
	Failed    Outcome = iota // no answer that can be used; another attempt may help
	Empty                    // taken by the peer, who had nothing to say
	Permanent                // refused by the carrier; another attempt cannot help
)

// Result is what became of a handler.
type Result uint8

const (
	Replied    Result = iota // with the message given
	NoReply                  // done, nothing to say
	Released                 // not done: the number is forgotten and may come again (AckHandled only)
	ReplyFault               // with the message given, which is a fault
)

// Verdict is what the store did with one message.
type Verdict struct {
	N    Number
	What Stored
}

type Stored uint8

const (
	StoreKept    Stored = iota // it is safe: acknowledge and deliver
	StoreKnown                 // a duplicate by the store's own key: acknowledge, do not deliver
	StoreRefused               // forget the number
)

// Output is what the shell has to perform, in the order of the fields. Take fills it and reuses its slices.
type Output[M any] struct {
	Store    []Deliver[M] // to be made durable, answered by Stored; alone in its Output
	Transmit []Transmit[M]
	Finish   []Finish[M]
	Deliver  []Deliver[M]
	Settle   []Settle[M]
	Drop     []Try // exchanges whose answer is not wanted any more: cancel them (Tried may still follow, and is ignored)
	Events   []Event
	Opened   *Opened // the session is open (initiator)
	Closed   bool    // the closing handshake succeeded; Ended follows in this Output
	Ended    *End    // the last output of a session
}

// Transmit asks for one exchange: send this, and bring what comes of it by Receive or Tried with the same Try.
type Transmit[M any] struct {
	Try       Try
	To        Addr // acceptors: where to; N is then that of the request
	Kind      wsrm.Kind
	N         Number // Application and LastMessage
	Attempt   int    // from 1
	Tag       uint64 // of the Msg
	RM        wsrm.Headers
	MessageID string          // lifecycle messages that have one: the same for each repeat
	RelatesTo string          // of an answer that goes out as an exchange of its own
	Body      wsrm.Body       // lifecycle messages
	Fault     *wsrm.FaultInfo // Kind Fault
	M         M               // Application
}

// FinishKind says what goes on a leg.
type FinishKind uint8

const (
	FinishEmpty FinishKind = iota // nothing: 202
	FinishAck                     // a stand-alone acknowledgement
	FinishReply                   // the reply M, numbered if RM.Sequence is set
	FinishBody                    // a lifecycle message: Kind and Body
	FinishFault                   // a protocol fault
)

// Finish ends a leg.
type Finish[M any] struct {
	Leg       Leg
	What      FinishKind
	Kind      wsrm.Kind // FinishBody
	N         Number    // FinishReply: the request's number
	RM        wsrm.Headers
	RelatesTo string          // "": none
	Body      wsrm.Body       // FinishBody
	Fault     *wsrm.FaultInfo // FinishFault
	M         M               // FinishReply
}

// Deliver hands a message to the application: the shell runs the handler and answers with Handled.
type Deliver[M any] struct {
	N      Number
	Leg    Leg  // a leg that waits for the outcome, whose goroutine may run the handler; 0: none
	Wants  bool // a reply is expected
	Faults bool // a fault is expected if there is one
	M      M
}

// Settled is what became of a message that we sent.
type Settled uint8

const (
	Acked      Settled = iota // one-way: acknowledged
	Answered                  // M is the reply
	Faulted                   // M is a fault outside the sequence, which the peer sent for this message
	Unanswered                // acknowledged, and no reply will come
	InDoubt                   // the session ended; it may have been done
	NeverSent                 // the session ended before the first attempt
)

func (s Settled) String() string {
	return [...]string{"Acked", "Answered", "Faulted", "Unanswered", "InDoubt", "NeverSent"}[s]
}

// Settle concludes a message that we sent.
type Settle[M any] struct {
	N    Number
	Tag  uint64
	What Settled
	M    M // Answered, Faulted
}

// EventKind is a kind of Event.
type EventKind uint8

const (
	EvTransmitted  EventKind = iota // N, Attempt
	EvAcknowledged                  // N
	EvDelivered                     // N
	EvDropped                       // N: received and not accepted, or a duplicate, or a reply that nobody waits for
	EvStalled                       // the peer has no room
)

// Event tells an observer what happened.
type Event struct {
	Kind    EventKind
	N       Number
	Attempt int
}

// Opened tells the shell of a sequence created.
type Opened struct {
	Version wsrm.Version
	ID      string // of the created sequence
	ReplyID string // of the offered one, "" if there was no offer or it was declined
}

// Cause says why a session ended.
type Cause uint8

const (
	ClosedInOrder  Cause = iota // by us or by the peer, in good order
	Unreachable                 // retries exhausted, or nothing heard for the inactivity time
	PermanentError              // a Permanent outcome
	PeerFault                   // Fault was received
	OwnFault                    // Fault was raised here
	Expired                     // Expires
	Aborted                     // Abort
	Refused                     // CreateSequence was refused: Fault
)

// End is the last word of a session.
type End struct {
	Cause     Cause
	Fault     *wsrm.FaultInfo // PeerFault, OwnFault, Refused
	Try       Try             // Unreachable, PermanentError: the try whose outcome decided; 0: none
	InDoubt   []Number        // ours, whose fate is unknown
	Unhandled []Number        // acceptor: the peer's, acknowledged and never handed over
	Tombstone *Tombstone      // acceptor: answers for the session from now on
}

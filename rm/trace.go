package rm

import (
	"fmt"
	"time"

	"github.com/gowsrm/wsrm/window"
)

// Event is something that happened in a session: see Options.Trace.
type Event struct {
	Kind EventKind
	// Session is where it happened, nil as long as there is none.
	Session *Session
	// Number is the number of the message, 0 if it has none: in the peer's sequence for Delivered and Dropped, otherwise
	// in our own, which on a server is that of its replies.
	Number window.Number
	// Try counts the attempts at sending a message, from 1. 0 for what is not sent.
	Try int
	// Elapsed is the time that an opening or a failed attempt took, or that lies between the numbering of a message
	// and its acknowledgement.
	Elapsed time.Duration
	// Err is why a session ended (Closed) or an attempt failed (Failed). Nil: in good order.
	Err error
}

// EventKind is what an Event tells of.
type EventKind uint8

const (
	Opened       EventKind = iota + 1 // the session is open
	Closed                            // the session has ended; it is the last event
	Transmitted                       // an attempt at sending a message begins
	Failed                            // an attempt brought no answer that could be used
	Acknowledged                      // the peer has a message of ours
	Delivered                         // a message of the peer goes to the handler, or a reply to its caller
	Dropped                           // a message of the peer was a duplicate, or was not accepted
	Stalled                           // the peer has no room for more
)

var eventKinds = [...]string{"", "Opened", "Closed", "Transmitted", "Failed", "Acknowledged", "Delivered", "Dropped", "Stalled"}

func (k EventKind) String() string {
	if k > 0 && int(k) < len(eventKinds) {
		return eventKinds[k]
	}
	return fmt.Sprintf("EventKind(%d)", uint8(k))
}

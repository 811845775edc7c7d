package engine

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
	ReplyPostedOnce  // a reply that was taken and not acknowledged is not repeated
	OneWayOverlapped // ordered: a handler begins beside that of a one-way message
	LegHeldElsewhere // the leg of a message whose answer goes elsewhere is held
)

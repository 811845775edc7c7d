package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wsrm"
)

const faultTo Addr = 3

// requestBlaming brings call n, whose reply and whose fault go to different places.
func (test *talk) requestBlaming(reply, faults Wants, l Leg, n Number, text string, acked ...Number) {
	test.t.Helper()
	in := &In[string]{Leg: l, Wants: reply, Faults: faults, MessageID: "id-" + text, Size: len(text), M: text,
		RM: &wsrm.Headers{Sequence: wsrm.Sequence{Identifier: idA, Number: n}, Acks: acks(idB, acked...)}}
	if reply == Elsewhere {
		in.ReplyTo = replyTo
	}
	if faults == Elsewhere {
		in.FaultTo = faultTo
	}
	test.receive(in)
}

// The reply would go on the leg, the fault goes to its address, and the leg tells what was received.
func TestFaultElsewhere(t *testing.T) {
	test := startAcceptor(t)
	test.requestBlaming(Here, Elsewhere, 1, 1, "a")
	test.want("deliver 1 a on l1")
	test.handled(1, ReplyFault, "F")
	test.want("t1 → #1 F ack[1]", "l1 ← ack[1]")
	test.tried(1, Empty)
	test.requestBlaming(Here, Elsewhere, 2, 1, "a") // its leg was lost
	test.want("t2 → #1 F ack[1]", "l2 ← ack[1]")
	test.tried(2, Empty)
	test.requestBlaming(Here, Elsewhere, 3, 2, "b", 1)
	test.want("deliver 2 b on l3")
	test.handled(2, Replied, "B")
	test.want("l3 ← reply B #2 ack[1-2]")
	test.requestBlaming(Here, Elsewhere, 4, 3, "c", 1, 2)
	test.want("deliver 3 c on l4")
	test.handled(3, NoReply, "")
	test.want("l4 ← ack[1-3]")
	require.Zero(t, test.s.Stats().StoredReplies)
}

// The reply goes to its address, and the leg waits for the fault.
func TestFaultOnTheLegOfAReplyElsewhere(t *testing.T) {
	test := startAway(t)
	test.requestBlaming(Elsewhere, Here, 1, 1, "a")
	test.want("deliver 1 a on l1")
	test.advance(200 * time.Millisecond) // meanwhile it is acknowledged where acknowledgements go
	test.want("t1 → SequenceAcknowledgement ack[1]")
	test.tried(1, Empty)
	test.handled(1, ReplyFault, "F")
	test.want("l1 ← reply F #1 ack[1]")
	test.requestBlaming(Elsewhere, Here, 2, 1, "a")
	test.want("l2 ← reply F #1 ack[1]")
	test.requestBlaming(Elsewhere, Here, 3, 2, "b", 1)
	test.want("deliver 2 b on l3")
	test.handled(2, Replied, "B")
	test.want("t2 → #2 B", "l3 ← empty")
	test.tried(2, Empty)
}

// Nobody is told of a fault.
func TestFaultToNobody(t *testing.T) {
	test := startAcceptor(t)
	test.requestBlaming(Here, None, 1, 1, "a")
	test.want("deliver 1 a on l1")
	test.handled(1, ReplyFault, "F")
	test.want("l1 ← ack[1]")
	test.requestBlaming(Here, None, 2, 2, "b")
	test.want("deliver 2 b on l2")
	test.handled(2, Replied, "B")
	test.want("l2 ← reply B #1 ack[1-2]")
}

// A one-way message is acknowledged at once, and its fault follows. Where the fault has nothing but the leg, that waits.
func TestFaultOfAOneWayMessage(t *testing.T) {
	test := startAcceptor(t)
	test.requestBlaming(Nothing, Elsewhere, 1, 1, "a")
	test.want("l1 ← ack[1]", "deliver 1 a")
	test.handled(1, ReplyFault, "F")
	test.want("t1 → #1 F ack[1]")
	test.tried(1, Empty)
	test.requestBlaming(Nothing, Here, 2, 2, "b", 1)
	test.want("deliver 2 b on l2")
	test.handled(2, ReplyFault, "G")
	test.want("l2 ← reply G #2 ack[1-2]")
	test.requestBlaming(Nothing, Here, 3, 3, "c", 1, 2)
	test.want("deliver 3 c on l3")
	test.handled(3, Replied, "C") // which nobody wants
	test.want("l3 ← ack[1-3]")
	require.Zero(t, test.s.Stats().StoredReplies)
}

package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wsrm"
)

// What is still unsaid when an address fails for good is not said any more.
func TestNothingIsDueAfterTheEndElsewhere(t *testing.T) {
	test := startAway(t, func(c *Config) { c.MaxRetries = 0 })
	test.requestFor(replyTo, 1, 1, "a")
	test.want("l1 ← empty", "deliver 1 a")
	test.handled(1, Replied, "A")
	require.Len(t, test.log, 1)
	test.log = nil
	test.tried(1, Failed)
	test.want("t2 → fault SequenceTerminated", "ended Unreachable")
	require.Zero(t, test.s.Deadline())
}

func TestAcknowledgementsElsewhereAreGivenUp(t *testing.T) {
	test := startAway(t, func(c *Config) { c.MaxRetries = 2 })
	test.ping(1, 1, "a")
	test.want("l1 ← empty", "deliver 1 a")
	test.handled(1, NoReply, "")
	for try := Try(1); try <= 3; try++ {
		test.advance(time.Second)
		require.Len(t, test.log, 1, "try %d", try)
		test.log = nil
		test.tried(try, Failed)
	}
	test.advance(time.Hour)
	test.wantIdle()
	test.ping(2, 1, "a") // the peer is back
	test.want("l2 ← empty")
	test.advance(time.Second)
	test.want("t4 → SequenceAcknowledgement ack[1]")
	test.tried(4, Empty)
}

// The last acknowledgement goes with the answer to CloseSequence, although it is not the address of AcksTo.
func TestFinalAcknowledgementAtReplyTo(t *testing.T) {
	test := startAway(t)
	test.receive(&In[string]{Leg: 1, Kind: wsrm.CloseSequence, Wants: Elsewhere, ReplyTo: replyTo, MessageID: "id", RM: &wsrm.Headers{}, Body: &wsrm.Body{Identifier: idA}})
	test.want("t1 → CloseSequenceResponse ack[] final", "l1 ← empty")
	test.tried(1, Empty)
}

// A peer that terminated the session, got the answer and lost its own word of that need not know the sequence any more.
func TestForgottenAtTheEnd(t *testing.T) {
	test := startAway(t)
	test.asks(1, wsrm.TerminateSequence, 0)
	test.want("t1 → TerminateSequenceResponse ack[] final", "l1 ← empty")
	test.receive(&In[string]{Try: 1, Kind: wsrm.Fault, RM: &wsrm.Headers{}, Fault: &wsrm.FaultInfo{RM: wsrm.RM11, Code: wsrm.CodeUnknownSequence}})
	test.want("ended ClosedInOrder")
}

// Who has sent the TerminateSequence of 2005/02, which is one-way, may be gone.
func TestTerminateSequence10IsNotSentForLong(t *testing.T) {
	test := startAway(t, func(c *Config) { c.Version = wsrm.RM10 })
	test.asks(1, wsrm.TerminateSequence, 0)
	test.want("t1 → TerminateSequence of B ack[]", "l1 ← empty")
	test.tried(1, Failed)
	test.advance(time.Second)
	test.want("t2 → TerminateSequence of B ack[]")
	test.tried(2, Failed)
	test.want("ended ClosedInOrder")
}

package engine

import (
	"fmt"
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

// Who has sent TerminateSequence may be gone.
func TestAnswerToTerminateSequenceIsNotSentForLong(t *testing.T) {
	for v, answer := range map[wsrm.Version]string{wsrm.RM10: "TerminateSequence of B ack[]", wsrm.RM11: "TerminateSequenceResponse ack[] final"} {
		test := startAway(t, func(c *Config) { c.Version = v })
		test.asks(1, wsrm.TerminateSequence, 0)
		test.want("t1 → "+answer, "l1 ← empty")
		test.tried(1, Failed)
		test.advance(time.Second)
		test.want("t2 → " + answer)
		test.tried(2, Failed)
		test.want("ended ClosedInOrder")
	}
}

// gSOAP's client takes no reply that belongs to no sequence, and its session goes on.
func TestUnnumberedReplyIsNotTaken(t *testing.T) {
	test := startAway(t, func(c *Config) { c.Offer = false })
	test.requestFor(acksTo, 1, 1, "a")
	test.want("l1 ← empty", "deliver 1 a")
	test.handled(1, Replied, "A")
	test.want("t1 → #1 A ack[1]")
	test.receive(&In[string]{Try: 1, Kind: wsrm.Fault, RM: &wsrm.Headers{}, Fault: &wsrm.FaultInfo{RM: wsrm.RM11, Code: wsrm.CodeWSRMRequired}})
	test.advance(time.Minute)
	test.wantIdle()
	test.ping(2, 2, "b")
	test.want("l2 ← empty", "deliver 2 b")
	test.advance(time.Second)
	test.want("t2 → SequenceAcknowledgement ack[1-2]")
	test.tried(2, Empty)
}

// gSOAP's client takes only the next number: a reply goes out when the one before it was taken.
func TestRepliesGoInOrder(t *testing.T) {
	test := startAway(t)
	test.requestFor(acksTo, 1, 1, "a")
	test.want("l1 ← empty", "deliver 1 a")
	test.handled(1, Replied, "A")
	test.want("t1 → #1 A ack[1]")
	test.requestFor(acksTo, 2, 2, "b")
	test.want("l2 ← empty", "deliver 2 b")
	test.handled(2, Replied, "B")
	test.wantIdle()
	test.tried(1, Failed)
	test.advance(500 * time.Millisecond)
	test.want("t2 → SequenceAcknowledgement ack[1-2]", "t3 → #1 A ack[1-2]")
	test.tried(2, Empty)
	test.requestFor(acksTo, 3, 2, "b") // it is not its turn
	test.want("l3 ← empty")
	test.told(wsrm.SequenceAcknowledgement, 4, 1) // and this is as good as the word that it was taken
	test.want("t4 → #2 B ack[1-2]", "l4 ← empty")
	test.tried(3, Empty)
	test.tried(4, Empty)
	test.told(wsrm.SequenceAcknowledgement, 5, 2)
	test.want("l5 ← empty")
	test.advance(time.Second)
	test.wantIdle()
}

// With several handlers at once there are as many replies on their way.
func TestRepliesOfManyHandlers(t *testing.T) {
	test := startAway(t, func(c *Config) { c.Concurrency, c.Ordered = 2, false })
	for n := Number(1); n <= 3; n++ {
		test.requestFor(acksTo, Leg(n), n, "a")
		test.log = nil
		test.handled(n, Replied, "A")
		if n <= 2 {
			test.want(map[Number]string{1: "t1 → #1 A ack[1]", 2: "t2 → #2 A ack[1-2]"}[n])
		}
	}
	test.wantIdle() // the third one waits
	test.tried(1, Empty)
	test.want("t3 → #3 A ack[1-3]")
	test.tried(2, Empty)
	test.tried(3, Empty)
	test.told(wsrm.SequenceAcknowledgement, 9, 1, 2, 3)
	test.want("l9 ← empty")
}

// Replies that have not arrived keep a terminated session for a minute.
func TestTerminatedSessionWaitsForItsReplies(t *testing.T) {
	for _, arrives := range []bool{true, false} {
		test := startAway(t, func(c *Config) { c.MaxRetries = -1 })
		test.requestFor(acksTo, 1, 1, "a")
		test.want("l1 ← empty", "deliver 1 a")
		test.handled(1, Replied, "A")
		test.want("t1 → #1 A ack[1]")
		test.asks(2, wsrm.TerminateSequence, 1)
		test.want("t2 → TerminateSequenceResponse ack[1] final", "l2 ← empty")
		test.tried(2, Empty)
		if arrives {
			test.tried(1, Empty)
		} else {
			test.advance(time.Minute)
		}
		test.want("ended ClosedInOrder")
	}
}

// A peer that asks for the end again and again, at an address where nobody answers, gets no more than some exchanges.
func TestAnswersToTheEndAreBounded(t *testing.T) {
	test := startAway(t)
	for l := Leg(1); l <= 20; l++ {
		test.asks(l, wsrm.CloseSequence, 0)
		if l > maxLegs {
			test.want(fmt.Sprintf("l%d ← empty", l))
		}
		test.log = nil
	}
}

// A peer that has terminated the session and forgotten it hears nothing more; what it was told that we have is handled.
func TestForgottenByThePeer(t *testing.T) {
	test := startAway(t)
	test.requestFor(acksTo, 1, 1, "a")
	test.want("l1 ← empty", "deliver 1 a")
	test.requestFor(acksTo, 2, 2, "b")
	test.want("l2 ← empty")
	test.receive(&In[string]{Leg: 3, Kind: wsrm.TerminateSequence, Wants: None, Body: &wsrm.Body{Identifier: idA}})
	test.want("l3 ← empty")
	test.advance(200 * time.Millisecond)
	test.want("t1 → SequenceAcknowledgement ack[1-2] final")
	test.receive(&In[string]{Try: 1, Kind: wsrm.Fault, Fault: &wsrm.FaultInfo{RM: wsrm.RM11, Code: wsrm.CodeUnknownSequence, Identifier: idA}})
	test.wantIdle()
	test.handled(1, Replied, "A")
	test.want("deliver 2 b")
	test.handled(2, Replied, "B")
	test.want("ended ClosedInOrder")
}

// Close gives up after its retries: a peer that is gone, and one that takes everything and answers nothing.
func TestCloseGivesUp(t *testing.T) {
	few := func(c *Config) { c.MaxRetries = 2 }
	test := startInitiator(t, few)
	three := func(first Try, kind string, o Outcome) {
		t.Helper()
		for try := first; try < first+3; try++ {
			if try > first {
				test.advance(3 * time.Second)
			}
			test.want(fmt.Sprintf("t%d → %s ack[] final", try, kind))
			test.tried(try, o)
		}
	}
	test.close()
	three(2, "CloseSequence", Failed)
	test.want("ended Unreachable")

	test = startInitiator(t, few)
	test.close()
	three(2, "CloseSequence", Empty)
	three(5, "TerminateSequence", Empty)
	test.want("ended ClosedInOrder")
}

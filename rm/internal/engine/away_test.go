package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wsrm"
)

const (
	acksTo  Addr = 1
	replyTo Addr = 2
)

// startAway is a session whose peer named an address for acknowledgements.
func startAway(t *testing.T, edit ...func(*Config)) *talk {
	test := startAcceptor(t, edit...)
	test.s.acc.away.acksTo = acksTo
	return test
}

// requestFor brings call n, whose reply goes to an address.
func (test *talk) requestFor(to Addr, l Leg, n Number, text string, acked ...Number) {
	test.t.Helper()
	test.receive(&In[string]{Leg: l, Wants: Elsewhere, ReplyTo: to, MessageID: "id-" + text, Size: len(text), M: text,
		RM: &wsrm.Headers{Sequence: wsrm.Sequence{Identifier: idA, Number: n}, Acks: acks(idB, acked...)}})
}

func TestReplyElsewhere(t *testing.T) {
	test := startAway(t)
	test.requestFor(acksTo, 1, 1, "a")
	test.want("l1 ← empty", "deliver 1 a")
	test.handled(1, Replied, "A")
	test.want("t1 → #1 A ack[1]") // which is all the acknowledgement there is
	test.tried(1, Empty)
	test.requestFor(acksTo, 2, 2, "b", 1)
	test.want("l2 ← empty", "deliver 2 b")
	test.handled(2, Replied, "B")
	test.want("t2 → #2 B ack[1-2]")
	test.tried(2, Empty)
	test.told(wsrm.SequenceAcknowledgement, 3, 1, 2)
	test.want("l3 ← empty")
	test.advance(time.Minute)
	test.wantIdle()
	require.Zero(t, test.s.Stats().StoredReplies)
}

// told brings a stand-alone message with acknowledgements of our replies.
func (test *talk) told(k wsrm.Kind, l Leg, acked ...Number) {
	test.t.Helper()
	test.receive(&In[string]{Leg: l, Kind: k, RM: &wsrm.Headers{Acks: acks(idB, acked...)}})
}

func TestSlowHandlerIsAcknowledgedMeanwhile(t *testing.T) {
	test := startAway(t)
	test.requestFor(acksTo, 1, 1, "a")
	test.want("l1 ← empty", "deliver 1 a")
	test.advance(200 * time.Millisecond)
	test.want("t1 → SequenceAcknowledgement ack[1]")
	test.tried(1, Empty)
	test.advance(time.Minute)
	test.wantIdle()
	test.handled(1, Replied, "A")
	test.want("t2 → #1 A ack[1]")
	test.tried(2, Empty)
	test.told(wsrm.SequenceAcknowledgement, 2, 1)
	test.want("l2 ← empty")
}

func TestReplyElsewhereIsRepeated(t *testing.T) {
	test := startAway(t)
	test.requestFor(acksTo, 1, 1, "a")
	test.want("l1 ← empty", "deliver 1 a")
	test.handled(1, Replied, "A")
	test.want("t1 → #1 A ack[1]")
	test.tried(1, Failed) // back-off
	test.advance(500 * time.Millisecond)
	test.want("t2 → #1 A ack[1]")
	test.tried(2, Empty) // taken, and not acknowledged
	test.advance(2 * time.Second)
	test.wantIdle()
	test.advance(2 * time.Second)
	test.want("t3 → #1 A ack[1]")

	// A repeat of the request wants it too, but one is under way.
	test.requestFor(acksTo, 2, 1, "a")
	test.want("l2 ← empty")
	test.tried(3, Empty)
	test.advance(60 * time.Millisecond)
	test.want("t4 → SequenceAcknowledgement ack[1]")
	test.tried(4, Empty)
	test.requestFor(acksTo, 3, 1, "a")
	test.want("t5 → #1 A ack[1]", "l3 ← empty")
	test.tried(5, Empty)
	test.told(wsrm.SequenceAcknowledgement, 4, 1)
	test.want("l4 ← empty")
	test.requestFor(acksTo, 5, 1, "a") // acknowledged and repeated: an acknowledgement
	test.want("l5 ← empty")
	test.advance(100 * time.Millisecond)
	test.want("t6 → SequenceAcknowledgement ack[1]")
	test.tried(6, Empty)
}

func TestReplyThatIsNeverAcknowledged(t *testing.T) {
	test := startAway(t, func(c *Config) { c.MaxRetries = 1 })
	test.requestFor(acksTo, 1, 1, "a")
	test.want("l1 ← empty", "deliver 1 a")
	test.handled(1, Replied, "A")
	test.want("t1 → #1 A ack[1]")
	test.tried(1, Empty)
	test.advance(4 * time.Second)
	test.want("t2 → #1 A ack[1]")
	test.tried(2, Empty)
	test.advance(time.Hour)
	test.wantIdle() // the peer has it; the session goes on
	require.Zero(t, test.s.Stats().StoredReplies)
}

func TestAddressCannotBeReached(t *testing.T) {
	test := startAway(t, func(c *Config) { c.MaxRetries = 1 })
	test.requestFor(acksTo, 1, 1, "a")
	test.want("l1 ← empty", "deliver 1 a")
	test.handled(1, Replied, "A")
	test.want("t1 → #1 A ack[1]")
	test.tried(1, Failed)
	test.advance(time.Second)
	test.want("t2 → #1 A ack[1]")
	test.tried(2, Failed)
	test.want("t3 → fault SequenceTerminated", "ended Unreachable")
}

func TestOneWayIsAcknowledgedElsewhere(t *testing.T) {
	test := startAway(t)
	test.ping(1, 1, "a")
	test.want("l1 ← empty", "deliver 1 a")
	test.handled(1, NoReply, "")
	test.ping(2, 2, "b")
	test.want("l2 ← empty", "deliver 2 b")
	test.advance(200 * time.Millisecond)
	test.want("t1 → SequenceAcknowledgement ack[1-2]")
	test.tried(1, Failed)
	test.advance(500 * time.Millisecond)
	test.want("t2 → SequenceAcknowledgement ack[1-2]")
	test.tried(2, Empty)
	test.told(wsrm.AckRequested, 3)
	test.want("l3 ← empty")
	test.advance(0)
	test.want("t3 → SequenceAcknowledgement ack[1-2]")
	test.tried(3, Empty)
	for l := Leg(4); l < 8; l++ { // not one for each repeat
		test.ping(l, 1, "a")
		test.want(map[Leg]string{4: "l4 ← empty", 5: "l5 ← empty", 6: "l6 ← empty", 7: "l7 ← empty"}[l])
	}
	test.advance(50 * time.Millisecond)
	test.want("t4 → SequenceAcknowledgement ack[1-2]")
	test.tried(4, Empty)
}

func TestRepliesElsewhereAndAcknowledgementsHere(t *testing.T) {
	// Metro does it that way.
	test := startAcceptor(t)
	test.requestFor(replyTo, 1, 1, "a")
	test.want("l1 ← ack[1]", "deliver 1 a")
	test.handled(1, Replied, "A")
	test.want("t1 → #1 A ack[1]")
	test.tried(1, Empty)
	test.ping(2, 2, "b")
	test.want("l2 ← ack[1-2]", "deliver 2 b")
}

func TestRepliesHereAndAcknowledgementsElsewhere(t *testing.T) {
	test := startAway(t)
	test.request(1, 1, "a")
	test.want("deliver 1 a on l1")
	test.handled(1, Replied, "A")
	test.want("l1 ← reply A #1 ack[1]")
}

func TestUnnumberedReplyElsewhere(t *testing.T) {
	test := startAway(t, func(c *Config) { c.Offer = false })
	test.requestFor(acksTo, 1, 1, "a")
	test.want("l1 ← empty", "deliver 1 a")
	test.handled(1, Replied, "A")
	test.want("t1 → #1 A ack[1]")
	test.tried(1, Empty)
	test.advance(time.Minute)
	test.wantIdle()
	test.requestFor(acksTo, 2, 1, "a") // it did not arrive after all
	test.want("t2 → #1 A ack[1]", "l2 ← empty")
	test.tried(2, Empty)
	test.advance(time.Second)
	test.wantIdle()
}

func TestEndElsewhere(t *testing.T) {
	test := startAway(t)
	test.requestFor(acksTo, 1, 1, "a")
	test.want("l1 ← empty", "deliver 1 a")
	test.asks(2, wsrm.CloseSequence, 1)
	test.want("l2 ← empty") // its answer waits for the handler
	test.handled(1, Replied, "A")
	test.want("t1 → #1 A ack[1] final", "t2 → CloseSequenceResponse ack[1] final")
	test.tried(1, Empty)
	test.tried(2, Failed)
	test.advance(500 * time.Millisecond)
	test.want("t3 → CloseSequenceResponse ack[1] final")
	test.tried(3, Empty)
	test.asks(3, wsrm.TerminateSequence, 1, 1)
	test.want("t4 → TerminateSequenceResponse ack[1] final", "l3 ← empty")
	test.tried(4, Empty)
	test.want("ended ClosedInOrder")
}

func TestTerminatedSessionGivesUp(t *testing.T) {
	test := startAway(t, func(c *Config) { c.MaxRetries = -1 })
	test.asks(1, wsrm.TerminateSequence, 0)
	test.want("t1 → TerminateSequenceResponse ack[] final", "l1 ← empty")
	test.advance(time.Minute)
	test.want("ended ClosedInOrder")
}

func TestEndElsewhere10(t *testing.T) {
	v10 := func(c *Config) { c.Version = wsrm.RM10 }
	last := func(l Leg, w Wants) *In[string] {
		return &In[string]{Leg: l, Kind: wsrm.LastMessage, Wants: w, MessageID: "last", RM: &wsrm.Headers{Sequence: wsrm.Sequence{Identifier: idA, Number: 1, Last: true}}}
	}
	// gSOAP: all goes to the address for acknowledgements.
	test := startAway(t, v10)
	test.receive(last(1, Nothing))
	test.want("t1 → #1 LastMessage ack[1]", "l1 ← empty")
	test.tried(1, Empty)
	test.asks(2, wsrm.TerminateSequence, 0, 1)
	test.want("t2 → TerminateSequence of B ack[1]", "l2 ← empty")
	test.tried(2, Empty)
	test.want("ended ClosedInOrder")

	// CXF: acknowledgements, and nothing else.
	test = startAway(t, v10)
	test.receive(last(1, None))
	test.want("l1 ← empty")
	test.advance(0)
	test.want("t1 → SequenceAcknowledgement ack[1]")
	test.tried(1, Empty)
	test.receive(&In[string]{Leg: 2, Kind: wsrm.TerminateSequence, Wants: None, RM: &wsrm.Headers{}, Body: &wsrm.Body{Identifier: idA}})
	test.want("l2 ← empty", "ended ClosedInOrder")
}

func TestFaultsStayOnTheLeg(t *testing.T) {
	test := startAway(t)
	test.asks(1, wsrm.CloseSequence, 0)
	test.want("t1 → CloseSequenceResponse ack[] final", "l1 ← empty")
	test.tried(1, Empty)
	test.requestFor(acksTo, 2, 1, "late")
	test.want("l2 ← fault SequenceClosed ack[] final")
}

func TestAnswersToWhatWentElsewhere(t *testing.T) {
	test := startAway(t)
	test.requestFor(acksTo, 1, 1, "a")
	test.want("l1 ← empty", "deliver 1 a")
	test.handled(1, Replied, "A")
	test.want("t1 → #1 A ack[1]")
	test.receive(&In[string]{Try: 1, Kind: wsrm.SequenceAcknowledgement, RM: &wsrm.Headers{Acks: acks(idB, 1)}})
	test.advance(time.Minute)
	test.wantIdle()
	test.requestFor(acksTo, 2, 2, "b")
	test.want("l2 ← empty", "deliver 2 b")
	test.handled(2, Replied, "B")
	test.want("t2 → #2 B ack[1-2]")
	test.receive(&In[string]{Try: 2, Kind: wsrm.Fault, RM: &wsrm.Headers{}, Fault: &wsrm.FaultInfo{RM: wsrm.RM11, Code: wsrm.CodeUnknownSequence}})
	test.want("ended PeerFault UnknownSequence")
}

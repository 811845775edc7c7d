package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wsrm"
)

func addressed(c *Config) { c.Addressed = true }

// arrives brings what the peer sent to our address on leg l.
func (test *talk) arrives(l Leg, in In[string]) {
	test.t.Helper()
	in.Leg = l
	test.receive(&in)
}

// replyTo brings reply k to the call with the text of, with an acknowledgement of our numbers.
func (test *talk) replyTo(l Leg, of string, k Number, text string, acked ...Number) {
	test.t.Helper()
	test.arrives(l, In[string]{RelatesTo: "id-" + of, M: text,
		RM: &wsrm.Headers{Sequence: wsrm.Sequence{Identifier: idB, Number: k}, Acks: acks(idA, acked...)}})
}

func (test *talk) acked(l Leg, ns ...Number) {
	test.t.Helper()
	test.arrives(l, In[string]{Kind: wsrm.SequenceAcknowledgement, RM: &wsrm.Headers{Acks: acks(idA, ns...)}})
}

func startAddressed(t *testing.T, edit ...func(*Config)) *talk {
	return startInitiator(t, append(edit, addressed)...)
}

func TestAddressedOpening(t *testing.T) {
	test := newInitiator(t, config(addressed))
	test.tried(1, Empty) // the answer comes elsewhere
	test.arrives(1, In[string]{Kind: wsrm.CreateSequenceResponse, RelatesTo: "urn:m99", Body: &wsrm.Body{Identifier: "urn:x"}})
	test.want("l1 ← empty") // not to us
	test.advance(1300 * time.Millisecond)
	test.want("t2 → CreateSequence offer")
	test.arrives(2, In[string]{Kind: wsrm.CreateSequenceResponse, RelatesTo: "urn:m1", Body: &wsrm.Body{Identifier: idA, Accept: true}})
	test.want("l2 ← empty", "opened")
	test.tried(2, Empty) // the word that it was taken is late
	test.advance(time.Minute)
	test.wantIdle()
	require.Equal(t, idB, test.s.replyID)
}

func TestAddressedOpeningIsAnsweredOnTheExchange(t *testing.T) {
	test := startAddressed(t) // created there
	test.send("a")
	test.want("t2 → #1 a")
	test.tried(2, Empty)
	test.replyTo(1, "a", 1, "A", 1)
	test.want("l1 ← empty", "settle 1 Answered A")
	test.advance(time.Second)
	test.want("t3 → SequenceAcknowledgement ack[1]")
}

func TestAddressedOpeningIsRefused(t *testing.T) {
	test := newInitiator(t, config(addressed))
	test.tried(1, Empty)
	test.arrives(1, In[string]{Kind: wsrm.Fault, RelatesTo: "urn:m1", Fault: &wsrm.FaultInfo{RM: wsrm.RM11, Code: wsrm.CodeCreateSequenceRefused}})
	test.want("l1 ← empty", "ended Refused CreateSequenceRefused")
}

func TestReplyOvertakesTheWordThatItsRequestWasTaken(t *testing.T) {
	test := startAddressed(t)
	test.send("a")
	test.want("t2 → #1 a")
	test.replyTo(1, "a", 1, "A", 1)
	test.want("l1 ← empty", "settle 1 Answered A")
	test.tried(2, Empty)
	test.send("b")
	test.want("t3 → #2 b ack[1]")
	test.tried(3, Empty)
	test.replyTo(2, "b", 2, "B", 1, 2)
	test.want("l2 ← empty", "settle 2 Answered B")
	test.advance(time.Second)
	test.want("t4 → SequenceAcknowledgement ack[1-2]")
	test.tried(4, Empty)
}

func TestRepeatedReplyIsDroppedAndAcknowledged(t *testing.T) {
	test := startAddressed(t)
	test.send("a")
	test.want("t2 → #1 a")
	test.tried(2, Empty)
	test.replyTo(1, "a", 1, "A", 1)
	test.want("l1 ← empty", "settle 1 Answered A")
	test.advance(time.Second)
	test.want("t3 → SequenceAcknowledgement ack[1]")
	test.tried(3, Failed)
	test.replyTo(2, "a", 1, "A", 1)
	test.want("l2 ← empty")
	test.advance(time.Second)
	test.want("t4 → SequenceAcknowledgement ack[1]")
	test.tried(4, Empty)
}

func TestTakenAndNotAcknowledged(t *testing.T) {
	// The peer is asked first: the acknowledgement may be all that got lost.
	test := startAddressed(t)
	test.oneWay("a", "b")
	test.want("t2 → #1 a", "t3 → #2 b")
	test.tried(2, Empty)
	test.tried(3, Empty)
	test.advance(1200 * time.Millisecond)
	test.want("t4 → AckRequested")
	test.tried(4, Empty)
	test.acked(1, 1)
	test.want("l1 ← empty", "settle 1 Acked")
	test.advance(1200 * time.Millisecond)
	test.want("t5 → #2 b")
	test.tried(5, Empty)
	test.acked(2, 1, 2)
	test.want("l2 ← empty", "settle 2 Acked")
	test.advance(time.Minute)
	test.wantIdle()
}

func TestAcknowledgedCallWaitsForItsReply(t *testing.T) {
	test := startAddressed(t)
	test.send("slow")
	test.want("t2 → #1 slow")
	test.tried(2, Empty)
	test.acked(1, 1)
	test.want("l1 ← empty")
	test.advance(59 * time.Second)
	test.wantIdle()
	test.advance(2 * time.Second) // the peer may have lost it, and repeat it if it is asked again
	test.want("t3 → #1 slow")
	test.tried(3, Failed)
	test.advance(59 * time.Second)
	test.wantIdle()
	test.replyTo(2, "slow", 1, "SLOW", 1)
	test.want("l2 ← empty", "settle 1 Answered SLOW")
	test.advance(time.Second)
	test.want("t4 → SequenceAcknowledgement ack[1]")
	test.tried(4, Empty)
}

func TestReplyThatNeverComes(t *testing.T) {
	test := startAddressed(t, func(c *Config) { c.MaxRetries = 1 })
	test.send("a")
	test.want("t2 → #1 a")
	test.tried(2, Empty)
	test.acked(1, 1)
	test.want("l1 ← empty")
	test.advance(61 * time.Second)
	test.want("t3 → #1 a")
	test.tried(3, Empty)
	test.advance(2 * time.Minute)
	test.want("t4 → #1 a")
	test.tried(4, Empty)
	test.want("settle 1 Unanswered") // it alone; the session lives
}

func TestFailedExchangeOfAnAcknowledgedCallIsNotRepeated(t *testing.T) {
	test := startAddressed(t)
	test.send("a")
	test.want("t2 → #1 a")
	test.acked(1, 1)
	test.want("l1 ← empty")
	test.tried(2, Failed) // 202 was lost
	test.advance(50 * time.Second)
	test.wantIdle()
	test.replyTo(2, "a", 0, "A", 1)
	test.want("l2 ← empty", "settle 1 Answered A")
}

func TestTakenTooOften(t *testing.T) {
	// A call alone is in doubt; a one-way message ends the session, since a hole cannot be told from a mute peer.
	test := startAddressed(t, func(c *Config) { c.MaxRetries = 1 })
	test.send("a")
	test.want("t2 → #1 a")
	test.tried(2, Empty)
	test.advance(2500 * time.Millisecond)
	test.want("t3 → AckRequested", "t4 → #1 a")
	test.tried(4, Empty)
	test.want("settle 1 InDoubt")

	test = startAddressed(t, func(c *Config) { c.MaxRetries = 1 })
	test.oneWay("a")
	test.want("t2 → #1 a")
	test.tried(2, Empty)
	test.advance(2500 * time.Millisecond)
	test.want("t3 → AckRequested", "t4 → #1 a")
	test.tried(4, Empty)
	test.want("t5 → fault SequenceTerminated", "settle 1 InDoubt", "drop t3", "ended Unreachable doubt=[1]")
}

func TestReplyFromAnotherSession(t *testing.T) {
	test := startAddressed(t)
	test.send("a")
	test.want("t2 → #1 a")
	test.tried(2, Empty)
	test.receive(&In[string]{RelatesTo: "id-a", M: "A"})
	test.want("settle 1 Answered A")
	test.advance(time.Minute)
	test.wantIdle()
}

func TestFaultThatArrives(t *testing.T) {
	test := startAddressed(t)
	test.send("a")
	test.want("t2 → #1 a")
	test.tried(2, Empty)
	test.acked(1, 1)
	test.want("l1 ← empty")
	test.arrives(2, In[string]{Kind: wsrm.Fault, RelatesTo: "id-a", Fault: &wsrm.FaultInfo{Reason: "no"}, M: "fault"})
	test.want("l2 ← empty", "settle 1 Faulted fault")
	test.arrives(3, In[string]{Kind: wsrm.Fault, RelatesTo: "id-z", Fault: &wsrm.FaultInfo{Reason: "no"}, M: "fault"})
	test.want("l3 ← empty") // it concerns nobody
	test.arrives(4, In[string]{Kind: wsrm.Fault, Fault: &wsrm.FaultInfo{RM: wsrm.RM11, Code: wsrm.CodeSequenceTerminated}})
	test.want("l4 ← empty", "ended PeerFault SequenceTerminated")
}

func TestAddressedClosing(t *testing.T) {
	test := startAddressed(t)
	test.oneWay("a")
	test.want("t2 → #1 a")
	test.tried(2, Empty)
	test.close()
	test.wantIdle() // not before the acknowledgement
	test.acked(1, 1)
	test.want("t3 → CloseSequence last=1 ack[] final", "l1 ← empty", "settle 1 Acked")
	test.tried(3, Empty)
	test.advance(1300 * time.Millisecond)
	test.want("t4 → CloseSequence last=1 ack[] final") // the answer was lost
	test.arrives(2, In[string]{Kind: wsrm.CloseSequenceResponse, RelatesTo: "urn:m3", Body: &wsrm.Body{Identifier: idA}})
	test.want("t5 → TerminateSequence last=1 ack[] final", "l2 ← empty")
	test.tried(4, Empty) // late
	test.tried(5, Empty)
	test.arrives(3, In[string]{Kind: wsrm.TerminateSequenceResponse, RelatesTo: "urn:m4", Body: &wsrm.Body{Identifier: idA}})
	test.want("l3 ← empty", "ended ClosedInOrder")
}

func TestAddressedClosing10(t *testing.T) {
	test := startAddressed(t, func(c *Config) { c.Version = wsrm.RM10 })
	test.send("a")
	test.want("t2 → #1 a")
	test.tried(2, Empty)
	test.replyTo(1, "a", 1, "A", 1)
	test.want("l1 ← empty", "settle 1 Answered A")
	test.close()
	test.want("t3 → #2 LastMessage ack[1]")
	test.acked(2, 1, 2)
	test.want("t4 → TerminateSequence ack[1]", "l2 ← empty") // before 202, as CXF's client
	test.tried(3, Empty)
	test.arrives(3, In[string]{Kind: wsrm.LastMessage, RM: &wsrm.Headers{Sequence: wsrm.Sequence{Identifier: idB, Number: 2, Last: true}}})
	test.want("l3 ← empty")
	test.tried(4, Empty)
	test.want("ended ClosedInOrder")
}

func TestPeerEndsTheOfferedSequenceAtOurAddress(t *testing.T) {
	body := &wsrm.Body{Identifier: idB}
	test := startAddressed(t)
	test.arrives(1, In[string]{Kind: wsrm.AckRequested, Wants: Here, MessageID: "x"})
	test.want("l1 ←")
	test.arrives(2, In[string]{Kind: wsrm.CloseSequence, Wants: Here, MessageID: "x", Body: body})
	test.want("l2 ← CloseSequenceResponse of B ack[] final")
	test.arrives(3, In[string]{Kind: wsrm.TerminateSequence, Wants: Elsewhere, MessageID: "x", Body: body})
	test.want("t2 → TerminateSequenceResponse of B ack[] final", "l3 ← empty")
	test.tried(2, Empty)
	test.send("a")
	test.want("t3 → #1 a") // ours goes on
	test.tried(3, Empty)
	test.arrives(4, In[string]{Kind: wsrm.AckRequested, MessageID: "x"})
	test.want("l4 ← empty")
	test.replyTo(5, "a", 1, "A", 1)
	test.want("l5 ← empty", "settle 1 Answered A")
	test.arrives(6, In[string]{Kind: wsrm.AckRequested, Wants: Elsewhere, MessageID: "x"})
	test.want("l6 ← empty")
	test.advance(0)
	test.want("t4 → SequenceAcknowledgement ack[1]")
}

func TestOneNumberAtATimeIsAskedForAtOnce(t *testing.T) {
	test := startAddressed(t)
	test.oneWay("a", "b")
	test.want("t2 → #1 a", "t3 → #2 b")
	test.tried(2, Empty)
	test.tried(3, Empty)
	test.advance(1250 * time.Millisecond)
	test.want("t4 → AckRequested")
	test.tried(4, Empty)
	test.acked(1, 1)
	test.want("l1 ← empty", "settle 1 Acked")
	test.oneWay("c")
	test.want("t5 → #3 c")
	test.tried(5, Empty)
	test.advance(2500 * time.Millisecond)
	test.want("t6 → #2 b", "t7 → AckRequested")
	test.tried(6, Empty)
	test.tried(7, Empty)
	test.acked(2, 1, 2)
	test.want("t8 → #3 c", "l2 ← empty", "settle 2 Acked")
	test.tried(8, Empty)
	test.want("t9 → AckRequested") // no second's pause
	test.tried(9, Empty)
	test.acked(3, 1, 2, 3)
	test.want("l3 ← empty", "settle 3 Acked")
}

func TestAddressedPeerThatTakesOnlyTheNextNumber(t *testing.T) {
	// gSOAP drops what comes out of order, with 202.
	test := startAddressed(t)
	test.send("a", "b", "c")
	test.want("t2 → #1 a", "t3 → #2 b", "t4 → #3 c")
	for try := Try(2); try <= 4; try++ {
		test.tried(try, Empty)
	}
	test.replyTo(1, "a", 1, "A", 1)
	test.want("l1 ← empty", "settle 1 Answered A")
	test.advance(1250 * time.Millisecond)
	test.want("t5 → SequenceAcknowledgement ack[1]", "t6 → AckRequested ack[1]")
	test.tried(5, Empty)
	test.tried(6, Empty)
	test.acked(2, 1)
	test.want("l2 ← empty")
	test.advance(1250 * time.Millisecond)
	test.want("t7 → #2 b ack[1]") // one at a time from now on
	test.tried(7, Empty)
	test.replyTo(3, "b", 2, "B", 1, 2)
	test.want("t8 → #3 c ack[1-2]", "l3 ← empty", "settle 2 Answered B")
	test.tried(8, Empty)
	test.replyTo(4, "c", 3, "C", 1, 2, 3)
	test.want("l4 ← empty", "settle 3 Answered C")
	test.advance(time.Second)
	test.want("t9 → SequenceAcknowledgement ack[1-3]")
	test.tried(9, Empty)
}

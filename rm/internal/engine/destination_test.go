package engine

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wsrm"
)

func TestCallIsHeldUntilItIsHandled(t *testing.T) {
	test := startAcceptor(t)
	test.request(1, 1, "a")
	test.want("deliver 1 a on l1")
	test.handled(1, Replied, "A")
	test.want("l1 ← reply A #1 ack[1]")
	test.request(2, 2, "b", 1)
	test.want("deliver 2 b on l2")
	test.handled(2, NoReply, "")
	test.want("l2 ← ack[1-2]")
}

func TestOneWayIsAcknowledgedAtOnce(t *testing.T) {
	test := startAcceptor(t)
	test.ping(1, 1, "a")
	test.want("l1 ← ack[1]", "deliver 1 a")
	test.ping(2, 1, "a") // a repeat too, while the handler runs
	test.want("l2 ← ack[1]")
	test.ping(3, 2, "b") // it waits for the handler's slot
	test.want("l3 ← ack[1-2] room=63"[:len("l3 ← ack[1-2]")])
	test.handled(1, NoReply, "")
	test.want("deliver 2 b")
	test.handled(2, Replied, "a reply that nobody expects is dropped")
	test.wantIdle()
}

func TestRepeatsJoinTheRunningHandler(t *testing.T) {
	test := startAcceptor(t)
	test.request(1, 1, "a")
	test.want("deliver 1 a on l1")
	test.request(2, 1, "a")
	test.request(3, 1, "a")
	test.wantIdle()
	test.handled(1, Replied, "A")
	test.want("l1 ← reply A #1 ack[1]", "l2 ← reply A #1 ack[1]", "l3 ← reply A #1 ack[1]")
	require.EqualValues(t, 2, test.s.Stats().Repeated)
	require.EqualValues(t, 1, test.s.Stats().Delivered)
}

func TestTheOldestLegBeyondTenGoesEmpty(t *testing.T) {
	test := startAcceptor(t)
	test.request(1, 1, "a")
	test.want("deliver 1 a on l1")
	for l := Leg(2); l <= 10; l++ {
		test.request(l, 1, "a")
	}
	test.wantIdle()
	test.request(11, 1, "a")
	test.want("l2 ← empty") // not l1, whose goroutine runs the handler
	test.handled(1, Replied, "A")
	require.Len(t, test.log, 10)
	test.log = nil
}

func TestStoredReplyIsRepeatedUntilItIsAcknowledged(t *testing.T) {
	test := startAcceptor(t)
	test.request(1, 1, "a")
	test.want("deliver 1 a on l1")
	test.handled(1, Replied, "A")
	test.want("l1 ← reply A #1 ack[1]")
	test.request(2, 1, "a")
	test.want("l2 ← reply A #1 ack[1]")
	require.Equal(t, 1, test.s.Stats().StoredReplies)
	test.request(3, 2, "b", 1)
	test.want("deliver 2 b on l3")
	test.handled(2, Replied, "B")
	test.want("l3 ← reply B #2 ack[1-2]")
	require.Equal(t, 1, test.s.Stats().StoredReplies)
	test.request(4, 1, "a") // acknowledged and forgotten
	test.want("l4 ← ack[1-2]")
}

func TestReplyWhoseLegWasLostWaitsForTheRepeat(t *testing.T) {
	test := startAcceptor(t)
	test.request(1, 1, "a")
	test.want("deliver 1 a on l1")
	test.input(func() { test.s.LegLost(test.now, 1) })
	test.handled(1, Replied, "A")
	test.wantIdle()
	test.request(2, 1, "a")
	test.want("l2 ← reply A #1 ack[1]")
}

func TestOvertakenRequestsWaitForTheirTurn(t *testing.T) {
	test := startAcceptor(t)
	test.request(3, 3, "c")
	test.request(2, 2, "b")
	test.wantIdle()
	test.request(4, 3, "c") // CXF resends on one thread and waits for each answer
	test.want("l4 ← empty")
	test.request(1, 1, "a")
	test.want("deliver 1 a on l1")
	test.handled(1, Replied, "A")
	test.want("l1 ← reply A #1 ack[1-3]", "deliver 2 b on l2")
	test.handled(2, Replied, "B")
	test.want("l2 ← reply B #2 ack[1-3]", "deliver 3 c on l3")
	test.handled(3, Replied, "C")
	test.want("l3 ← reply C #3 ack[1-3]")
}

func TestTurnIsWaitedForTenSeconds(t *testing.T) {
	test := startAcceptor(t)
	test.request(2, 2, "b")
	test.advance(10*time.Second - 1)
	test.wantIdle()
	test.advance(1)
	test.want("l2 ← empty")
	test.request(1, 1, "a")
	test.want("deliver 1 a on l1")
	test.handled(1, Replied, "A")
	test.want("l1 ← reply A #1 ack[1-2]", "deliver 2 b")
	test.handled(2, Replied, "B")
	test.wantIdle() // for the repeat
	test.request(3, 2, "b", 1)
	test.want("l3 ← reply B #2 ack[1-2]")
}

func TestASlotIsWaitedForWithoutLimit(t *testing.T) {
	test := startAcceptor(t)
	test.request(1, 1, "a")
	test.want("deliver 1 a on l1")
	test.request(2, 2, "b")
	test.advance(time.Hour)
	test.wantIdle()
	test.handled(1, Replied, "A")
	test.want("l1 ← reply A #1 ack[1-2]", "deliver 2 b on l2")
	test.handled(2, NoReply, "")
	test.want("l2 ← ack[1-2]")
}

// A session with nothing to do but to be acknowledged may end, once its peer has had the time to ask again.
func TestQuiet(t *testing.T) {
	test := startAcceptor(t)
	quiet := func() bool { return test.s.Quiet(test.now) }
	require.True(t, quiet())
	test.request(1, 1, "a")
	test.want("deliver 1 a on l1")
	require.False(t, quiet(), "a handler runs")
	test.input(func() { test.s.LegLost(test.now, 1) })
	test.handled(1, Replied, "A")
	test.advance(time.Minute)
	require.False(t, quiet(), "the reply has not gone out")
	test.request(2, 1, "a")
	test.want("l2 ← reply A #1 ack[1]")
	require.False(t, quiet(), "just now")
	test.advance(time.Millisecond)
	require.True(t, quiet())
	test.ping(3, 3, "c")
	test.want("l3 ← ack[1 3]")
	require.False(t, quiet(), "a message waits")
}

// A call that is sent while others run does not wait for them; what follows a one-way message may build on it.
func TestOrderedHandlersSideBySide(t *testing.T) {
	test := startAcceptor(t, func(c *Config) { c.Concurrency = 4 })
	test.request(1, 1, "a")
	test.want("deliver 1 a on l1")
	test.request(2, 2, "b")
	test.want("deliver 2 b on l2")
	test.ping(3, 3, "c")
	test.want("l3 ← ack[1-3]", "deliver 3 c")
	test.request(4, 4, "d")
	test.wantIdle()
	test.handled(1, Replied, "A")
	test.want("l1 ← reply A #1 ack[1-4]")
	test.handled(3, NoReply, "")
	test.want("deliver 4 d on l4")
	test.handled(4, Replied, "D")
	test.handled2(2, "B")
	test.want("l4 ← reply D #2 ack[1-4]", "l2 ← reply B #3 ack[1-4]")
}

func TestALegWithADeadline(t *testing.T) {
	test := startAcceptor(t)
	test.receive(&In[string]{Leg: 1, Until: test.now.Add(5 * time.Second), Wants: Here, M: "a", RM: &wsrm.Headers{Sequence: wsrm.Sequence{Identifier: idA, Number: 1}}})
	test.want("deliver 1 a") // on no leg: it may have to be finished before the handler returns
	test.advance(5 * time.Second)
	test.want("l1 ← empty")
	test.request(2, 1, "a")
	test.handled(1, Replied, "A")
	test.want("l2 ← reply A #1 ack[1]")
}

func TestUnordered(t *testing.T) {
	test := startAcceptor(t, func(c *Config) { c.Ordered, c.Concurrency = false, 2 })
	test.request(3, 3, "c")
	test.want("deliver 3 c on l3")
	test.request(1, 1, "a")
	test.want("deliver 1 a on l1")
	test.request(2, 2, "b")
	test.wantIdle() // no slot
	test.handled(3, Replied, "C")
	test.want("l3 ← reply C #1 ack[1-3]", "deliver 2 b on l2")
	test.handled(2, Replied, "B")
	test.handled2(1, "A")
	test.want("l2 ← reply B #2 ack[1-3]", "l1 ← reply A #3 ack[1-3]")
}

// handled2 is handled for a second input before want.
func (test *talk) handled2(n Number, text string) {
	log := test.log
	test.log = nil
	test.handled(n, Replied, text)
	test.log = append(log, test.log...)
}

func TestNumbersBeyondTheSpanAreNotAccepted(t *testing.T) {
	test := startAcceptor(t, func(c *Config) { c.Window = 2 })
	test.ping(1, 8, "h")
	test.want("l1 ← ack[8] room=1")
	test.ping(2, 9, "i") // four windows above 1, the lowest missing one
	test.want("l2 ← empty")
	test.ping(3, 8, "h")
	test.want("l3 ← ack[8] room=1")
}

func TestBufferIsBounded(t *testing.T) {
	test := startAcceptor(t, func(c *Config) { c.Window = 2 })
	test.ping(1, 2, "b")
	test.want("l1 ← ack[2] room=1")
	test.ping(2, 3, "c")
	test.want("l2 ← ack[2-3] room=0")
	test.ping(3, 4, "d")
	test.want("l3 ← empty")
	test.ping(4, 1, "a") // what all wait for is taken
	test.want("l4 ← ack[1-3] room=0", "deliver 1 a")
	test.handled(1, NoReply, "")
	test.want("deliver 2 b")
	test.handled(2, NoReply, "")
	test.want("deliver 3 c")
	test.handled(3, NoReply, "")
}

func TestBytesAreBounded(t *testing.T) {
	test := startAcceptor(t, func(c *Config) { c.MaxBytes = 3 })
	test.ping(1, 2, "a message of more than that") // taken, since nothing is buffered
	test.want("l1 ← ack[2] room=0")
	test.ping(2, 3, "x")
	test.want("l2 ← empty")
}

func TestHandlersAndStoredRepliesAreAWindow(t *testing.T) {
	test := startAcceptor(t, func(c *Config) { c.Window, c.Concurrency = 2, 2 })
	test.request(1, 1, "a")
	test.want("deliver 1 a on l1")
	test.handled(1, Replied, "A")
	test.want("l1 ← reply A #1 ack[1] room=2")
	test.request(2, 2, "b")
	test.want("deliver 2 b on l2")
	test.request(3, 3, "c")
	test.want("l3 ← empty")
	test.request(4, 3, "c", 1) // its acknowledgement makes room for itself
	test.want("deliver 3 c on l4")
	test.handled(2, NoReply, "")
	test.want("l2 ← ack[1-3] room=2")
	test.handled(3, NoReply, "")
	test.want("l4 ← ack[1-3] room=2")
}

func TestRepliesWithoutOfferAreKeptForAWindow(t *testing.T) {
	test := startAcceptor(t, func(c *Config) { c.Offer, c.Window = false, 2 })
	for n := Number(1); n <= 3; n++ {
		test.request(Leg(n), n, "x")
		test.want(fmt.Sprintf("deliver %d x on l%d", n, n))
		test.handled(n, Replied, "X")
		require.Len(t, test.log, 1)
		test.log = nil
	}
	test.request(4, 3, "x")
	test.want("l4 ← reply X ack[1-3] room=2")
	test.request(5, 1, "x")
	test.want("l5 ← ack[1-3] room=2")
}

func TestAckHandled(t *testing.T) {
	test := startAcceptor(t, func(c *Config) { c.AckHandled = true })
	test.ping(1, 1, "a")
	test.want("deliver 1 a")
	test.advance(25 * time.Second)
	test.want("l1 ← empty") // a one-way leg does not wait for longer
	test.ping(2, 1, "a")
	test.wantIdle() // not acknowledged, not delivered again
	test.handled(1, NoReply, "")
	test.want("l2 ← ack[1]")
	test.request(3, 2, "b")
	test.want("deliver 2 b on l3")
	test.handled(2, Released, "")
	test.want("l3 ← empty")
	test.request(4, 2, "b")
	test.want("deliver 2 b on l4") // at least once, then
	test.handled(2, Replied, "B")
	test.want("l4 ← reply B #1 ack[1-2]")
}

func TestStore(t *testing.T) {
	test := startAcceptor(t, func(c *Config) { c.Store = true })
	test.ping(1, 1, "a")
	test.want("store 1")
	test.ping(2, 2, "b")
	test.request(3, 3, "c")
	test.ping(4, 5, "e")
	test.wantIdle() // while the store works there is no further batch, and only the contiguous prefix goes there
	test.stored(Verdict{1, StoreKept})
	test.want("store 2 3", "l1 ← ack[1]", "deliver 1 a")
	test.stored(Verdict{2, StoreKnown}, Verdict{3, StoreRefused})
	test.want("l2 ← ack[1-2]", "l3 ← empty") // 3 counts as never accepted
	test.handled(1, NoReply, "")
	test.request(5, 3, "c")
	test.want("store 3")
	test.stored(Verdict{3, StoreKept})
	test.want("deliver 3 c on l5")
	test.handled(3, Replied, "C")
	test.want("l5 ← reply C #1 ack[1-3]")
	test.advance(2 * time.Second)
	test.want("l4 ← empty") // accepted, and not ackable
}

func TestAckRequestedIsAnswered(t *testing.T) {
	test := startAcceptor(t)
	test.asks(1, wsrm.AckRequested, 0)
	test.want("l1 ← ack[]")
	test.ping(2, 2, "b")
	test.want("l2 ← ack[2]")
	test.asks(3, wsrm.AckRequested, 0)
	test.want("l3 ← ack[2]")
	test.asks(4, wsrm.SequenceAcknowledgement, 0)
	test.want("l4 ← empty")
}

func TestAcknowledgementOfARepliesNeverSent(t *testing.T) {
	test := startAcceptor(t)
	test.asks(1, wsrm.SequenceAcknowledgement, 0, 1)
	test.want("l1 ← fault InvalidAcknowledgement", "ended OwnFault InvalidAcknowledgement")
}

func TestAcceptorInactivity(t *testing.T) {
	test := startAcceptor(t, func(c *Config) { c.Inactivity = time.Minute })
	test.request(2, 2, "b") // held
	test.advance(10 * time.Second)
	test.want("l2 ← empty")
	test.request(1, 1, "a")
	test.want("deliver 1 a on l1")
	test.advance(time.Hour)
	test.wantIdle() // suspended while a handler runs
	test.handled(1, NoReply, "")
	test.want("l1 ← ack[1-2]", "deliver 2 b")
	test.handled(2, NoReply, "")
	test.request(3, 4, "d")
	test.advance(9 * time.Second)
	test.advance(51 * time.Second)
	test.want("l3 ← empty", "ended Unreachable")
}

func TestPeerFaultEndsTheSession(t *testing.T) {
	test := startAcceptor(t)
	test.request(1, 2, "b")
	test.receive(&In[string]{Leg: 2, Kind: wsrm.Fault, Fault: &wsrm.FaultInfo{RM: wsrm.RM11, Code: wsrm.CodeSequenceTerminated, Identifier: idB}})
	test.want("l2 ← empty", "l1 ← fault SequenceTerminated", "ended PeerFault SequenceTerminated")
}

func TestAbortTellsHeldLegs(t *testing.T) {
	test := startAcceptor(t)
	test.request(1, 2, "b")
	test.input(func() { test.s.Abort(test.now, "") })
	test.want("l1 ← fault SequenceTerminated", "ended Aborted")
	require.False(t, test.s.Receive(test.now, &In[string]{Leg: 2}))
}

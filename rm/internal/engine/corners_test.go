package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wsrm"
)

// Corners that the simulation led into. Each is told here with as few messages as it takes.

func TestWhatIsBehindARefusedNumberWaits(t *testing.T) {
	test := startAcceptor(t, func(c *Config) { c.Store = true })
	test.request(1, 1, "a")
	test.want("store 1")
	test.request(2, 2, "b")
	test.request(3, 3, "c")
	test.stored(Verdict{1, StoreKept})
	test.want("store 2 3", "deliver 1 a on l1")
	test.handled(1, Replied, "A")
	test.want("l1 ← reply A #1 ack[1]")
	test.stored(Verdict{2, StoreRefused}, Verdict{3, StoreKept})
	test.want("l2 ← empty") // 3 is stored, and waits
	test.advance(10 * time.Second)
	test.want("l3 ← empty") // no longer than the leg of an early number
	test.request(4, 2, "b")
	test.want("store 2")
	test.stored(Verdict{2, StoreKept})
	test.want("deliver 2 b on l4")
	test.handled(2, Replied, "B")
	test.want("l4 ← reply B #2 ack[1-3]", "deliver 3 c")
	test.handled(3, Replied, "C")
	test.request(5, 3, "c")
	test.want("l5 ← reply C #3 ack[1-3]")
}

func TestAHoleIsFilledWhateverRepliesAreKept(t *testing.T) {
	test := startAcceptor(t, func(c *Config) { c.Ordered, c.Window, c.Concurrency = false, 1, 2 })
	test.request(1, 2, "b")
	test.want("deliver 2 b on l1")
	test.handled(2, Replied, "B")
	test.want("l1 ← reply B #1 ack[2] room=1")
	test.request(2, 3, "c")
	test.want("l2 ← empty") // there is room for one reply
	test.request(3, 1, "a")
	test.want("deliver 1 a on l3") // but its client may ask for reply 1 when it is done with this
	test.handled(1, Replied, "A")
	test.want("l3 ← reply A #2 ack[1-2] room=1")
}

func TestRepliesThatNobodyAsksForAreGivenUp(t *testing.T) {
	test := startAcceptor(t, func(c *Config) { c.Window = 1 })
	test.request(1, 1, "a")
	test.want("deliver 1 a on l1")
	test.handled(1, Replied, "A")
	test.want("l1 ← reply A #1 ack[1] room=1")
	test.advance(9 * time.Minute)
	test.request(2, 2, "b")
	test.want("l2 ← empty")
	test.advance(time.Minute)
	test.request(3, 2, "b")
	test.want("deliver 2 b on l3")
	test.handled(2, NoReply, "")
	test.want("l3 ← ack[1-2] room=1")
	test.request(4, 1, "a")
	test.want("l4 ← ack[1-2] room=1")
}

func TestFinalIsSaidWhenNothingCanBeAdded(t *testing.T) {
	test := startAcceptor(t, func(c *Config) { c.AckHandled = true })
	test.request(1, 1, "a")
	test.want("deliver 1 a on l1")
	test.asks(2, wsrm.CloseSequence, 1)
	test.asks(3, wsrm.AckRequested, 0)
	test.want("l3 ← ack[]") // 1 may still be acknowledged
	test.handled(1, Replied, "A")
	test.want("l1 ← reply A #1 ack[1] final", "l2 ← CloseSequenceResponse ack[1] final")
}

func TestANumberOfTheOfferedSequenceIsNoneOfOurs(t *testing.T) {
	test := startAcceptor(t)
	test.receive(&In[string]{Leg: 1, RM: &wsrm.Headers{Version: wsrm.RM11, Sequence: wsrm.Sequence{Identifier: idB, Number: 1}}, M: "a"})
	test.want("l1 ← fault UnknownSequence")
	test.ping(2, 1, "a")
	test.want("l2 ← ack[1]", "deliver 1 a")
	test.handled(1, NoReply, "")
}

func TestAPeerThatAcknowledgedAOneWayMessageIsNotSilent(t *testing.T) {
	test := startInitiator(t)
	test.oneWay("a")
	test.want("t2 → #1 a")
	test.ack(2, 1)
	test.want("settle 1 Acked")
	test.oneWay("b")
	test.want("t3 → #2 b")
	test.tried(3, Empty) // a proxy's answer
	test.advance(100 * time.Millisecond)
	test.want("t4 → #2 b")
	test.tried(4, Empty)
	test.want("t5 → AckRequested")
	test.tried(5, Empty)
	test.close()
	test.wantIdle() // what was not acknowledged did not arrive
	test.advance(200 * time.Millisecond)
	test.want("t6 → #2 b")
	test.ack(6, 1, 2)
	test.want("t7 → CloseSequence last=2 ack[] final", "settle 2 Acked")
}

func TestLastMessageAtASilentPeer(t *testing.T) {
	test := startInitiator(t, func(c *Config) { c.Version, c.Offer = wsrm.RM10, false })
	test.close()
	test.want("t2 → #1 LastMessage")
	test.tried(2, Empty)
	test.advance(100 * time.Millisecond)
	test.want("t3 → #1 LastMessage")
	test.tried(3, Empty)
	test.want("t4 → AckRequested")
	test.tried(4, Empty)
	test.want("t5 → TerminateSequence")
	test.tried(5, Empty)
	test.want("ended ClosedInOrder")
}

func TestAnAckRequestedThatHangsIsGivenUp(t *testing.T) {
	test := startInitiator(t, func(c *Config) { c.Inactivity = time.Minute })
	test.advance(30 * time.Second)
	test.want("t2 → AckRequested")
	test.advance(8 * time.Second)
	test.wantIdle()
	test.advance(2 * time.Second)
	test.want("drop t2")
	test.advance(2 * time.Second)
	test.want("t3 → AckRequested")
	test.ack(3)
}

func TestALowestNumberThatHangsEndsTheSerialMode(t *testing.T) {
	test := startInitiator(t)
	test.send("a", "b")
	test.want("t2 → #1 a", "t3 → #2 b")
	test.tried(3, Empty)
	test.wantIdle() // serial: b waits for a
	test.advance(time.Minute)
	test.want("t4 → #1 a", "t5 → #2 b") // but a may wait for the reply to b to be acknowledged
	test.reply(5, 1, "B", 1, 2)
	test.want("settle 2 Answered B")
	test.reply(4, 2, "A", 1, 2)
	test.want("settle 1 Answered A", "drop t2")
}

// One call that takes long does not make the session keep all that comes after it.
func TestOnlyWhatIsUnconcludedIsKept(t *testing.T) {
	test := startInitiator(t, func(c *Config) { c.Window = 8 })
	test.send("slow")
	test.want("t2 → #1 slow")
	for n := Number(2); n < 10_000; n++ {
		test.send("x")
		test.log = nil
		test.reply(Try(n+1), n-1, "X", 1, n)
		test.log = nil
	}
	require.Equal(t, 1, test.s.ini.pend.len())
	require.LessOrEqual(t, len(test.s.ini.free), 8)
}

func TestHandlersThatOweNoReplyTakeNoRoomOfReplies(t *testing.T) {
	test := startAcceptor(t, func(c *Config) { c.Ordered, c.Window, c.Concurrency = false, 1, 3 })
	test.ping(1, 1, "a")
	test.want("l1 ← ack[1] room=1", "deliver 1 a")
	test.ping(2, 2, "b") // its sender has nothing that waits, and would give up after some empty answers
	test.want("l2 ← ack[1-2] room=1", "deliver 2 b")
	test.request(3, 3, "c")
	test.want("deliver 3 c on l3")
	test.request(4, 4, "d")
	test.want("l4 ← empty")
	test.handled(3, NoReply, "")
	test.want("l3 ← ack[1-3] room=1")
}

func TestAPeerWithoutRoomIsNotGivenUp(t *testing.T) {
	test := startInitiator(t, func(c *Config) { c.MaxRetries = 2 })
	test.oneWay("a", "b")
	test.want("t2 → #1 a", "t3 → #2 b")
	test.receive(&In[string]{Try: 2, Kind: wsrm.SequenceAcknowledgement,
		RM: &wsrm.Headers{Version: wsrm.RM11, Acks: []wsrm.Acknowledgement{{Identifier: idA, Ranges: ranges(1), Buffer: 0}}}})
	test.want("settle 1 Acked")
	test.tried(3, Empty)
	for range 20 { // far more than MaxRetries
		test.advance(6 * time.Second)
		require.NotEmpty(t, test.log)
		for k := range test.s.ini.tries {
			test.log = nil
			test.tried(k, Empty)
		}
		test.log = nil
	}
	require.False(t, test.s.over)
}

package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wsrm"
)

// up returns the numbers from..to.
func up(from, to Number) []Number {
	var ns []Number
	for n := from; n <= to; n++ {
		ns = append(ns, n)
	}
	return ns
}

// gSOAP answers AckRequested with nothing. That shows that it is there.
func TestAMutePeerIsKeptAlive(t *testing.T) {
	test := startInitiator(t, func(c *Config) { c.Inactivity = 10 * time.Minute })
	test.send("a")
	test.want("t2 → #1 a")
	test.reply(2, 1, "A", 1)
	test.want("settle 1 Answered A")
	for try := Try(3); try < 13; try++ {
		test.advance(5 * time.Minute)
		require.Len(t, test.log, 1, "AckRequested")
		test.log = nil
		test.tried(try, Empty)
	}
	require.False(t, test.s.over)
}

func TestAnExchangeThatHangsIsCancelledWhereItsMessageIsConcluded(t *testing.T) {
	test := startInitiator(t)
	test.oneWay("a", "b")
	test.want("t2 → #1 a", "t3 → #2 b")
	test.ack(3, 1, 2)
	test.want("settle 1 Acked", "settle 2 Acked")
	test.advance(59 * time.Second)
	test.wantIdle() // it may still bring something
	test.advance(2 * time.Second)
	test.want("drop t2")
	require.Zero(t, test.s.ini.open)
}

// A call that is in doubt at a mute peer takes no place for ever.
func TestACallInDoubtDoesNotHoldTheSpan(t *testing.T) {
	test := startInitiator(t, func(c *Config) { c.MaxRetries, c.Window = 2, 2 })
	test.send("a")
	test.want("t2 → #1 a")
	test.tried(2, Empty)
	test.advance(100 * time.Millisecond)
	test.want("t3 → #1 a")
	test.tried(3, Empty)
	test.want("t4 → AckRequested")
	test.tried(4, Empty)
	test.advance(200 * time.Millisecond)
	test.want("t5 → #1 a")
	test.tried(5, Empty)
	test.want("settle 1 InDoubt")
	for n := Number(2); n < 30; n++ {
		test.send("b")
		test.log = nil
		test.reply(test.s.ini.lastTry, n, "B", up(2, n)...)
		test.log = nil
	}
	require.NotZero(t, test.s.Room())
}

func TestTerminateWithALastMessageBehindAGap2005(t *testing.T) {
	test := startAcceptor(t, rm10, func(c *Config) { c.Ordered = false })
	test.lastMessage(1, 3) // 1 and 2 never come
	test.asks(2, wsrm.TerminateSequence, 0)
	test.want("l1 ← ack[3]", "l2 ← TerminateSequence of B ack[3]", "ended ClosedInOrder")
}

// What cannot be written in an acknowledgement is not accepted.
func TestNoMoreRangesThanCanBeWritten(t *testing.T) {
	test := startAcceptor(t, func(c *Config) { c.Window = 1000 })
	for n := Number(2); n <= 600; n += 2 {
		test.ping(Leg(n), n, "x")
		test.log = nil
	}
	require.LessOrEqual(t, test.s.acc.rcv.Accepted().Len(), wsrm.WrittenRanges)
}

func TestTerminateThatNamesAnotherSequence(t *testing.T) {
	for _, version := range []wsrm.Version{wsrm.RM10, wsrm.RM11} {
		test := startAcceptor(t, func(c *Config) { c.Version = version })
		test.receive(&In[string]{Leg: 1, Kind: wsrm.TerminateSequence, MessageID: "id", Body: &wsrm.Body{Identifier: "urn:other"}})
		test.want("l1 ← fault UnknownSequence")
		require.False(t, test.s.over)
	}
}

func TestStoredRepliesAreBoundedByBytes(t *testing.T) {
	test := startAcceptor(t, func(c *Config) { c.MaxBytes = 10 })
	test.request(1, 1, "a")
	test.want("deliver 1 a on l1")
	test.handled(1, Replied, "a reply of more than ten bytes")
	test.want("l1 ← reply a reply of more than ten bytes #1 ack[1]")
	test.request(2, 2, "b")
	test.want("l2 ← empty")
	test.request(3, 1, "a") // but what is asked for again is answered
	test.want("l3 ← reply a reply of more than ten bytes #1 ack[1]")
	test.request(4, 2, "b", 1)
	test.want("deliver 2 b on l4")
	test.handled(2, NoReply, "")
	test.want("l4 ← ack[1-2]")
}

package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/window"
)

func TestCallIsSettledByItsReply(t *testing.T) {
	test := startInitiator(t)
	test.send("a", "b")
	test.want("t2 → #1 a", "t3 → #2 b")
	test.reply(2, 1, "A", 1)
	test.want("settle 1 Answered A")
	test.send("c")
	test.want("t4 → #3 c ack[1]")
	test.reply(3, 2, "B", 1, 2)
	test.want("settle 2 Answered B")
	test.reply(4, 3, "C", 1, 2, 3)
	test.want("settle 3 Answered C")
}

func TestReplySettlesWithoutAcknowledgement(t *testing.T) {
	test := startInitiator(t)
	test.send("a")
	test.want("t2 → #1 a")
	test.reply(2, 1, "A")
	test.want("settle 1 Answered A")
}

func TestOneWayIsSettledByAnyAcknowledgement(t *testing.T) {
	test := startInitiator(t)
	test.oneWay("a", "b")
	test.want("t2 → #1 a", "t3 → #2 b")
	test.ack(3, 1, 2)
	test.want("settle 1 Acked", "settle 2 Acked")
	test.tried(2, Failed)
	test.wantIdle()
}

func TestFailedExchangeIsRepeatedWithBackOff(t *testing.T) {
	test := startInitiator(t)
	test.send("a")
	test.want("t2 → #1 a")
	test.tried(2, Failed)
	test.advance(300 * time.Millisecond)
	test.wantIdle() // 400 ms ± 20 %
	test.advance(200 * time.Millisecond)
	test.want("t3 → #1 a")
	test.tried(3, Failed)
	test.advance(600 * time.Millisecond)
	test.wantIdle()
	test.advance(400 * time.Millisecond)
	test.want("t4 → #1 a")
	test.reply(4, 1, "A", 1)
	test.want("settle 1 Answered A")
}

func TestAcknowledgedCallIsRepeatedForItsReply(t *testing.T) {
	test := startInitiator(t)
	test.send("a", "b")
	test.want("t2 → #1 a", "t3 → #2 b")
	test.tried(2, Failed)
	test.reply(3, 1, "B", 1, 2)
	test.want("settle 2 Answered B")
	test.advance(500 * time.Millisecond)
	test.want("t4 → #1 a ack[1]")
	test.reply(4, 2, "A", 1, 2)
	test.want("settle 1 Answered A")
}

func TestRetriesExhausted(t *testing.T) {
	for _, acked := range []bool{false, true} {
		test := startInitiator(t, func(c *Config) { c.MaxRetries = 2 })
		test.send("a", "b")
		test.want("t2 → #1 a", "t3 → #2 b")
		if acked {
			test.reply(3, 1, "B", 1, 2)
			test.want("settle 2 Answered B")
		}
		test.tried(2, Failed)
		test.advance(time.Second)
		test.log = nil
		test.tried(4, Failed)
		test.advance(time.Second)
		test.log = nil
		test.tried(5, Failed)
		if acked {
			test.want("settle 1 Unanswered") // only that call: its session lives
			require.NotZero(t, test.s.Room())
		} else {
			test.want("t6 → fault SequenceTerminated", "settle 1 InDoubt", "settle 2 InDoubt", "drop t3", "ended Unreachable doubt=[1 2]")
		}
	}
}

func TestPermanentErrorEndsTheSession(t *testing.T) {
	test := startInitiator(t)
	test.oneWay("a")
	test.want("t2 → #1 a")
	test.tried(2, Permanent)
	test.want("settle 1 InDoubt", "ended PermanentError doubt=[1]")
}

func TestAckAloneOnTheFirstLegMeansNoReply(t *testing.T) {
	test := startInitiator(t)
	test.send("a")
	test.want("t2 → #1 a")
	test.ack(2, 1)
	test.want("settle 1 Unanswered")
}

func TestAckAloneOnALaterLegIsRepeated(t *testing.T) {
	test := startInitiator(t, func(c *Config) { c.MaxRetries = 2 })
	test.send("a")
	test.want("t2 → #1 a")
	test.tried(2, Failed)
	test.advance(time.Second)
	test.want("t3 → #1 a")
	test.ack(3, 1)
	test.wantIdle()
	test.advance(time.Second)
	test.want("t4 → #1 a")
	test.ack(4, 1)
	test.want("settle 1 Unanswered")
}

func TestAnExchangeThatHangsGetsOneParallel(t *testing.T) {
	test := startInitiator(t)
	test.send("a")
	test.want("t2 → #1 a")
	test.advance(59 * time.Second)
	test.wantIdle() // a slow handler is not loss
	test.advance(2 * time.Second)
	test.want("t3 → #1 a")
	test.advance(10 * time.Minute)
	test.wantIdle() // at most two
	test.reply(3, 1, "A", 1)
	test.want("settle 1 Answered A", "drop t2")
}

func TestHolesInAcknowledgementsAreNormal(t *testing.T) {
	test := startInitiator(t)
	test.send("a", "b", "c", "d")
	test.want("t2 → #1 a", "t3 → #2 b", "t4 → #3 c", "t5 → #4 d")
	test.reply(5, 1, "D", 4)
	test.want("settle 4 Answered D")
	test.reply(4, 2, "C", 3, 4)
	test.want("settle 3 Answered C")
	test.advance(10 * time.Second)
	test.want("t6 → SequenceAcknowledgement ack[1-2]") // of the replies, since other exchanges are open
	test.tried(6, Empty)
	test.reply(2, 4, "A", 1, 2, 3, 4)
	test.want("settle 1 Answered A")
	test.reply(3, 3, "B", 1, 2, 3, 4)
	test.want("settle 2 Answered B")
}

// WCF's request-reply service and gSOAP take only the next number, and answer any other with nothing.
func TestEmptyAnswerToAHigherNumberMakesTheSessionSerial(t *testing.T) {
	test := startInitiator(t)
	test.send("a", "b", "c")
	test.want("t2 → #1 a", "t3 → #2 b", "t4 → #3 c")
	test.tried(3, Empty)
	test.tried(4, Empty)
	test.reply(2, 1, "A", 1)
	test.want("t5 → #2 b ack[1]", "settle 1 Answered A")
	test.send("d")
	test.wantIdle() // one at a time, the lowest first
	test.reply(5, 2, "B", 1, 2)
	test.want("t6 → #3 c ack[1-2]", "settle 2 Answered B")
	test.reply(6, 3, "C", 1, 2, 3)
	test.want("t7 → #4 d ack[1-3]", "settle 3 Answered C")
	test.reply(7, 4, "D", 1, 2, 3, 4)
	test.want("settle 4 Answered D")
	acked := []Number{1, 2, 3, 4}
	for n := Number(5); n < 5+60; n++ { // with the four above 64 answers in a row
		test.send("x")
		test.log = nil
		acked = append(acked, n)
		test.reply(Try(n+3), n, "X", acked...)
		test.log = nil
	}
	test.send("e", "f")
	test.want("t68 → #65 e ack[1-64]", "t69 → #66 f ack[1-64]")
}

// Our own server answers the repeat of a number that waits for a lower one with nothing. It does take numbers out of order.
func TestAPeerThatBuffersDoesNotMakeTheSessionSerial(t *testing.T) {
	t.Run("a hole in an acknowledgement", func(t *testing.T) {
		test := startInitiator(t)
		test.oneWay("a", "b", "c")
		test.want("t2 → #1 a", "t3 → #2 b", "t4 → #3 c")
		test.tried(3, Empty)
		test.ack(4, 3)
		test.want("settle 3 Acked")
		test.advance(100 * time.Millisecond)
		test.want("t5 → #2 b") // beside the first, which is still open
		test.oneWay("d")
		test.want("t6 → #4 d")
		test.tried(6, Empty)
		test.advance(150 * time.Millisecond)
		test.want("t7 → #4 d")
		test.ack(7, 1, 2, 3, 4)
		test.want("settle 1 Acked", "settle 2 Acked", "settle 4 Acked", "drop t5")
	})
	t.Run("an acknowledgement of what was answered by nothing", func(t *testing.T) {
		test := startInitiator(t)
		test.send("a", "b", "c")
		test.want("t2 → #1 a", "t3 → #2 b", "t4 → #3 c")
		test.tried(4, Empty) // its leg was given up while it waited for the first two
		test.reply(2, 1, "A", 1, 2, 3)
		test.want("t5 → #3 c ack[1]", "settle 1 Answered A") // beside the second
		test.reply(3, 2, "B", 1, 2, 3)
		test.want("settle 2 Answered B")
		test.reply(5, 3, "C", 1, 2, 3)
		test.want("settle 3 Answered C")
	})
}

func TestEmptyAnswersToTheLowestNumber(t *testing.T) {
	test := startInitiator(t, func(c *Config) { c.MaxRetries = 3 })
	test.send("a")
	test.want("t2 → #1 a")
	test.tried(2, Empty)
	test.advance(90 * time.Millisecond)
	test.wantIdle()
	test.advance(10 * time.Millisecond)
	test.want("t3 → #1 a")
	test.tried(3, Empty)
	test.want("t4 → AckRequested") // is it a peer that says nothing at all?
	test.ack(4)
	test.advance(200 * time.Millisecond)
	test.want("t5 → #1 a")
	test.tried(5, Empty)
	test.advance(400 * time.Millisecond)
	test.want("t6 → #1 a")
	test.tried(6, Empty)
	test.want("t7 → fault SequenceTerminated", "settle 1 InDoubt", "ended Unreachable doubt=[1]")
}

// Metro acknowledges once, what it has worked off by then, and answers repeats by nothing: it is asked again.
func TestWhatIsWorkedOffLateIsAskedForAgain(t *testing.T) {
	test := startInitiator(t)
	test.oneWay("a", "b")
	test.want("t2 → #1 a", "t3 → #2 b")
	test.ack(3, 2)
	test.want("settle 2 Acked")
	test.tried(2, Empty)
	test.advance(100 * time.Millisecond)
	test.want("t4 → #1 a")
	test.tried(4, Empty)
	test.want("t5 → AckRequested")
	test.ack(5, 2)
	test.advance(200 * time.Millisecond)
	test.want("t6 → #1 a")
	test.tried(6, Empty)
	test.advance(400 * time.Millisecond)
	test.want("t7 → #1 a")
	test.tried(7, Empty)
	test.want("t8 → AckRequested")
	test.ack(8, 1, 2)
	test.want("settle 1 Acked")
	test.advance(10 * time.Second)
	test.wantIdle()
}

// gSOAP answers a repeated call with nothing, and AckRequested too: whether the call was done only the next one shows.
func TestCallInDoubtAtAMutePeerDoesNotEndTheSession(t *testing.T) {
	test := startInitiator(t, func(c *Config) { c.MaxRetries = 2 })
	test.send("a")
	test.want("t2 → #1 a")
	test.tried(2, Failed) // its reply was lost
	test.advance(500 * time.Millisecond)
	test.want("t3 → #1 a")
	test.tried(3, Empty)
	test.advance(100 * time.Millisecond)
	test.want("t4 → #1 a")
	test.tried(4, Empty)
	test.want("t5 → AckRequested")
	test.tried(5, Empty)
	test.advance(200 * time.Millisecond)
	test.want("t6 → #1 a")
	test.tried(6, Empty)
	test.want("settle 1 InDoubt")
	test.send("b")
	test.want("t7 → #2 b")
	test.reply(7, 2, "B", 1, 2)
	test.want("settle 2 Answered B")
	test.close()
	test.want("t8 → CloseSequence last=2 ack[2] final")
	test.answer(8, wsrm.CloseSequenceResponse, 1, 2)
	test.want("t9 → TerminateSequence last=2 ack[2] final")
	test.answer(9, wsrm.TerminateSequenceResponse, 1, 2)
	test.want("ended ClosedInOrder")
}

func TestSilentPeer(t *testing.T) {
	test := startInitiator(t)
	test.oneWay("a", "b", "c")
	test.want("t2 → #1 a", "t3 → #2 b", "t4 → #3 c")
	test.tried(2, Empty)
	test.tried(3, Empty) // not the lowest: serial
	test.tried(4, Empty)
	test.advance(100 * time.Millisecond)
	test.want("t5 → #1 a")
	test.tried(5, Empty)
	test.want("t6 → AckRequested")
	test.tried(6, Empty)
	test.want("t7 → #2 b") // an empty answer lets the next one go
	test.tried(7, Empty)
	test.want("t8 → #3 c")
	test.close()
	test.wantIdle() // 3 has not arrived for certain
	test.tried(8, Failed)
	test.advance(500 * time.Millisecond)
	test.want("t9 → #3 c")
	test.tried(9, Empty)
	test.want("t10 → CloseSequence last=3 ack[] final")
	test.answer(10, wsrm.CloseSequenceResponse, 1)
	test.want("t11 → #2 b", "settle 1 Acked") // what it lacks is repeated, in order
	test.tried(11, Empty)
	test.want("t12 → #3 c")
	test.tried(12, Empty)
	test.want("t13 → TerminateSequence last=3 ack[] final")
	test.answer(13, wsrm.TerminateSequenceResponse, 1, 2)
	test.want("settle 2 Acked", "settle 3 InDoubt", "ended ClosedInOrder doubt=[3]")
}

// A silent peer behind a path that loses the question.
func TestSilentPeerIsAskedAgain(t *testing.T) {
	test := startInitiator(t)
	test.oneWay("a")
	test.want("t2 → #1 a")
	test.tried(2, Empty)
	test.advance(100 * time.Millisecond)
	test.want("t3 → #1 a")
	test.tried(3, Empty)
	test.want("t4 → AckRequested")
	test.tried(4, Failed)
	test.advance(200 * time.Millisecond)
	test.want("t5 → #1 a")
	test.tried(5, Empty)
	test.want("t6 → AckRequested") // not only after the fourth
	test.tried(6, Empty)
	test.oneWay("b")
	test.want("t7 → #2 b")
}

func TestSilentPeerThatSpeaks(t *testing.T) {
	test := startInitiator(t)
	test.oneWay("a")
	test.want("t2 → #1 a")
	test.tried(2, Empty)
	test.advance(100 * time.Millisecond)
	test.want("t3 → #1 a")
	test.tried(3, Empty)
	test.want("t4 → AckRequested")
	test.tried(4, Empty)
	test.oneWay("b")
	test.want("t5 → #2 b")
	test.ack(5, 2)
	test.want("t6 → #1 a", "settle 2 Acked") // 1 is missing after all
	test.ack(6, 1, 2)
	test.want("settle 1 Acked")
	test.oneWay("c", "d")
	test.want("t7 → #3 c", "t8 → #4 d") // it takes numbers out of order, as the hole showed
	test.ack(8, 1, 2, 3, 4)
	test.want("settle 3 Acked", "settle 4 Acked")
}

func TestWindowGrowsByAcknowledgements(t *testing.T) {
	test := startInitiator(t, func(c *Config) { c.Window = 10 })
	require.Equal(t, 8, test.s.Room())
	test.oneWay("a", "b")
	test.want("t2 → #1 a", "t3 → #2 b")
	require.Equal(t, 6, test.s.Room())
	test.ack(3, 1, 2)
	test.want("settle 1 Acked", "settle 2 Acked")
	require.Equal(t, 10, test.s.Room())
	for i := range 4 {
		test.oneWay("x")
		test.log = nil
		test.ack(Try(4+i), 1, 2, Number(3+i))
		test.log = nil
	}
	require.Equal(t, 10, test.s.Room())
}

func TestSpanIsFourWindows(t *testing.T) {
	test := startInitiator(t, func(c *Config) { c.Window = 2 })
	test.oneWay("lost")
	test.want("t2 → #1 lost")
	for i := range 7 {
		require.NotZero(t, test.s.Room())
		test.oneWay("x")
		test.log = nil
		ns := []Number{}
		for n := 2; n <= i+2; n++ {
			ns = append(ns, Number(n))
		}
		test.ack(Try(3+i), ns...)
		test.log = nil
	}
	require.Zero(t, test.s.Room(), "the lowest unconcluded number is 1, the highest 8")
	test.reply(2, 1, "any answer concludes a one-way message")
	test.want("settle 1 Acked")
	require.NotZero(t, test.s.Room())
}

// Eight calls at slow handlers are all that a young session has room for, and their acknowledgements come with their replies.
func TestMessagesThatWaitForRoomAsk(t *testing.T) {
	test := startInitiator(t, func(c *Config) { c.Window = 20 })
	test.send("1", "2", "3", "4", "5", "6", "7", "8")
	test.log = nil
	test.advance(time.Second)
	test.wantIdle() // nobody waits
	test.input(func() { require.Empty(t, test.s.Send(test.now, make([]Msg[string], 1), nil)) })
	test.advance(300 * time.Millisecond)
	test.wantIdle()
	test.advance(100 * time.Millisecond)
	test.want("t10 → AckRequested")
	test.ack(10)
	test.advance(700 * time.Millisecond)
	test.wantIdle() // they have not arrived
	test.advance(100 * time.Millisecond)
	test.want("t11 → AckRequested")
	test.ack(11, 1, 2, 3, 4, 5, 6, 7, 8)
	require.Equal(t, 16, test.s.Room())
	test.send("9")
	test.want("t12 → #9 9")
	test.advance(30 * time.Second)
	test.wantIdle()
}

// Who waited may go, and room come and go again, before the next one waits.
func TestWhoWaitsForRoomLaterAsksToo(t *testing.T) {
	test := startInitiator(t, func(c *Config) { c.Window = 20 })
	test.send("1", "2", "3", "4", "5", "6", "7", "8")
	test.log = nil
	wait := func() { test.input(func() { require.Empty(t, test.s.Send(test.now, make([]Msg[string], 1), nil)) }) }
	var acked window.Ranges
	reply := func(n Number, buffer int) {
		acked.Add(n)
		test.log = nil
		test.receive(&In[string]{Try: Try(n + 1), Kind: wsrm.Application, M: "x", RM: &wsrm.Headers{
			Sequence: wsrm.Sequence{Identifier: idB, Number: n},
			Acks:     []wsrm.Acknowledgement{{Identifier: idA, Ranges: acked.Clone(), Buffer: buffer}}}})
	}
	wait()
	for n := Number(1); n <= 6; n++ {
		reply(n, 5)
	}
	require.Equal(t, 3, test.s.Room())
	test.log = nil
	test.advance(10 * time.Second)
	reply(7, 1)
	require.Zero(t, test.s.Room(), "8 is not acknowledged")
	test.log = nil
	wait()
	test.advance(400 * time.Millisecond)
	test.want("t11 → SequenceAcknowledgement ack[1-7]", "t12 → AckRequested ack[1-7]")
}

func TestBufferRemainingZero(t *testing.T) {
	test := startInitiator(t)
	test.oneWay("a")
	test.want("t2 → #1 a")
	test.receive(&In[string]{Try: 2, Kind: wsrm.SequenceAcknowledgement,
		RM: &wsrm.Headers{Acks: []wsrm.Acknowledgement{{Identifier: idA, Ranges: ranges(1), Buffer: 0}}}})
	test.want("settle 1 Acked")
	require.Zero(t, test.s.Room(), "0 in the very first acknowledgement binds")
	test.advance(500 * time.Millisecond)
	test.want("t3 → AckRequested")
	test.receive(&In[string]{Try: 3, Kind: wsrm.SequenceAcknowledgement,
		RM: &wsrm.Headers{Acks: []wsrm.Acknowledgement{{Identifier: idA, Ranges: ranges(1), Buffer: 0}}}})
	test.advance(400 * time.Millisecond)
	test.wantIdle() // doubled
	test.advance(600 * time.Millisecond)
	test.want("t4 → AckRequested")
	test.receive(&In[string]{Try: 4, Kind: wsrm.SequenceAcknowledgement,
		RM: &wsrm.Headers{Acks: []wsrm.Acknowledgement{{Identifier: idA, Ranges: ranges(1), Buffer: 3}}}})
	require.Equal(t, 3, test.s.Room())
	test.advance(time.Hour)
	test.wantIdle()
}

func TestInvalidAcknowledgement(t *testing.T) {
	test := startInitiator(t)
	test.oneWay("a")
	test.want("t2 → #1 a")
	test.ack(2, 1, 2)
	test.want("t3 → fault InvalidAcknowledgement", "settle 1 InDoubt", "ended OwnFault InvalidAcknowledgement doubt=[1]")
}

// CXF acknowledges what has no reply once, on whichever answer goes first.
func TestAcknowledgementOnTheAnswerToAnother(t *testing.T) {
	begin := func(t *testing.T) *talk {
		test := startInitiator(t)
		test.oneWay("a", "b", "c")
		test.want("t2 → #1 a", "t3 → #2 b", "t4 → #3 c")
		test.ack(3) // nothing new
		test.ack(2, 1)
		test.want("settle 1 Acked")
		test.wantIdle()
		return test
	}
	t.Run("comes", func(t *testing.T) {
		test := begin(t)
		test.advance(50 * time.Millisecond)
		test.ack(4, 1, 2, 3)
		test.want("settle 2 Acked", "settle 3 Acked")
		test.advance(time.Minute)
		test.wantIdle()
	})
	t.Run("does not come", func(t *testing.T) {
		test := begin(t)
		test.ack(4, 1)
		test.want("t5 → #2 b")
	})
	t.Run("may not come for long", func(t *testing.T) {
		test := begin(t)
		test.advance(100 * time.Millisecond)
		test.want("t5 → #2 b")
	})
}

func TestAcknowledgementOfAMessageThatOnlyHasANumber(t *testing.T) {
	test := startInitiator(t)
	test.oneWay("a", "b")
	test.want("t2 → #1 a", "t3 → #2 b")
	test.tried(3, Empty) // serial now
	test.oneWay("c")
	test.ack(2, 1, 3)
	test.want("t4 → fault InvalidAcknowledgement", "settle 1 InDoubt", "settle 2 InDoubt", "settle 3 NeverSent", "ended OwnFault InvalidAcknowledgement doubt=[1 2]")
}

func TestAcknowledgementOfAnotherSequenceIsIgnored(t *testing.T) {
	test := startInitiator(t)
	test.send("a")
	test.want("t2 → #1 a")
	h := &wsrm.Headers{Sequence: wsrm.Sequence{Identifier: idB, Number: 1}, Acks: append(acks("urn:other", 7), acks(idA, 1)...)}
	test.receive(&In[string]{Try: 2, RM: h, M: "A"})
	test.want("settle 1 Answered A")
}

func TestReplyNumberUsedTwice(t *testing.T) {
	test := startInitiator(t)
	test.send("a", "b")
	test.want("t2 → #1 a", "t3 → #2 b")
	test.reply(2, 1, "A", 1, 2)
	test.want("settle 1 Answered A")
	test.reply(3, 1, "B", 1, 2) // never given to the second call
	test.wantIdle()
	test.advance(500 * time.Millisecond)
	test.want("t4 → #2 b ack[1]")
	test.reply(4, 2, "B", 1, 2)
	test.want("settle 2 Answered B")
}

func TestBareFault(t *testing.T) {
	soapFault := wsrm.FaultInfo{Sender: true, Reason: "no"}
	t.Run("acknowledged: the session lives", func(t *testing.T) {
		test := startInitiator(t)
		test.send("a")
		test.want("t2 → #1 a")
		test.receive(&In[string]{Try: 2, Kind: wsrm.Fault, Fault: &soapFault, M: "no", RM: &wsrm.Headers{Acks: acks(idA, 1)}})
		test.want("settle 1 Faulted no")
		require.NotZero(t, test.s.Room())
	})
	t.Run("not acknowledged: a hole", func(t *testing.T) {
		test := startInitiator(t)
		test.send("a", "b")
		test.want("t2 → #1 a", "t3 → #2 b")
		test.fault(2, soapFault)
		test.want("settle 1 Faulted fault", "settle 2 InDoubt", "drop t3", "ended PeerFault  doubt=[2]")
	})
}

func TestNeverSentIsTold(t *testing.T) {
	test := startInitiator(t)
	test.send("a", "b")
	test.want("t2 → #1 a", "t3 → #2 b")
	test.tried(3, Empty) // serial now
	test.send("c")
	test.wantIdle()
	test.input(func() { test.s.Abort(test.now, "") })
	test.want("t4 → fault SequenceTerminated", "settle 1 InDoubt", "settle 2 InDoubt", "settle 3 NeverSent", "drop t2", "ended Aborted doubt=[1 2]")
}

// Who knows that no reply comes says so; an acknowledgement is the end then, whether it came before or comes afterwards.
func TestRenounce(t *testing.T) {
	for _, before := range []bool{true, false} {
		test := startInitiator(t)
		test.created()
		test.send("a", "b")
		test.want("t2 → #1 a", "t3 → #2 b")
		renounce := func() { test.input(func() { test.s.Renounce(test.now, 1) }) }
		if !before {
			renounce()
			test.wantIdle()
		}
		test.reply(3, 1, "B", 1, 2)
		if before {
			test.want("settle 2 Answered B")
			renounce()
			test.want("settle 1 Unanswered")
			continue
		}
		test.want("settle 1 Acked", "settle 2 Answered B")
	}
}

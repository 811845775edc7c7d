package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wsrm"
)

func rm10(c *Config) { c.Version = wsrm.RM10 }

func TestCloseWithoutMessages(t *testing.T) {
	test := startInitiator(t)
	test.close()
	test.want("t2 → CloseSequence ack[] final")
	test.answer(2, wsrm.CloseSequenceResponse, 0)
	test.want("t3 → TerminateSequence ack[] final")
	test.answer(3, wsrm.TerminateSequenceResponse, 0)
	test.want("ended ClosedInOrder")
}

func TestCloseWaitsForAcksAndReplies(t *testing.T) {
	test := startInitiator(t)
	test.send("a")
	test.want("t2 → #1 a")
	test.oneWay("b")
	test.want("t3 → #2 b")
	test.close()
	test.wantIdle()
	require.Zero(t, test.s.Room(), "nothing new after Close")
	test.ack(3, 1, 2)
	test.want("settle 2 Acked")
	test.reply(2, 1, "A", 1, 2)
	test.want("t4 → CloseSequence last=2 ack[1] final", "settle 1 Answered A")
	test.answer(4, wsrm.CloseSequenceResponse) // no acknowledgement at all, as CXF's
	test.want("t5 → TerminateSequence last=2 ack[1] final")
	test.answer(5, wsrm.TerminateSequenceResponse)
	test.want("ended ClosedInOrder")
}

func TestCloseAsksForWhatARepliedCallLacks(t *testing.T) {
	for _, version := range []wsrm.Version{wsrm.RM10, wsrm.RM11} {
		test := startInitiator(t, func(c *Config) { c.Version = version })
		test.send("a")
		test.want("t2 → #1 a")
		test.reply(2, 1, "A")
		test.want("settle 1 Answered A")
		test.close()
		test.want("t3 → AckRequested ack[1]")
		test.ack(3, 1)
		if version == wsrm.RM11 {
			test.want("t4 → CloseSequence last=1 ack[1] final")
			test.answer(4, wsrm.CloseSequenceResponse, 1)
			test.want("t5 → TerminateSequence last=1 ack[1] final")
			test.answer(5, wsrm.TerminateSequenceResponse, 1)
		} else {
			test.want("t4 → #2 LastMessage ack[1]")
			test.receive(&In[string]{Try: 4, Kind: wsrm.LastMessage, RM: &wsrm.Headers{Sequence: wsrm.Sequence{Identifier: idB, Number: 2, Last: true}, Acks: acks(idA, 1, 2)}})
			test.want("t5 → TerminateSequence ack[1-2]")
			test.receive(&In[string]{Try: 5, Kind: wsrm.TerminateSequence, Body: &wsrm.Body{Identifier: idB}})
		}
		test.want("ended ClosedInOrder")
	}
}

func TestClose2005OneWay(t *testing.T) {
	test := startInitiator(t, rm10, func(c *Config) { c.Offer = false })
	test.oneWay("a")
	test.want("t2 → #1 a")
	test.close()
	test.ack(2, 1)
	test.want("t3 → #2 LastMessage", "settle 1 Acked")
	test.ack(3, 1, 2)
	test.want("t4 → TerminateSequence")
	test.tried(4, Empty) // 2005/02: one-way, any 2xx ends it
	test.want("ended ClosedInOrder")
}

func TestLostClosingMessagesAreRepeated(t *testing.T) {
	test := startInitiator(t)
	test.close()
	test.want("t2 → CloseSequence ack[] final")
	id := test.s.ini.messageID
	test.tried(2, Failed)
	test.advance(500 * time.Millisecond)
	test.want("t3 → CloseSequence ack[] final")
	require.Equal(t, id, test.s.ini.messageID)
	test.answer(3, wsrm.CloseSequenceResponse, 0)
	test.want("t4 → TerminateSequence ack[] final")
	test.tried(4, Failed)
	test.advance(500 * time.Millisecond)
	test.want("t5 → TerminateSequence ack[] final")
	test.fault(5, wsrm.FaultInfo{RM: wsrm.RM11, Code: wsrm.CodeUnknownSequence, Sender: true}) // it had arrived
	test.want("ended ClosedInOrder")
}

func TestUnknownSequenceInAnswerToClose(t *testing.T) {
	test := startInitiator(t)
	test.close()
	test.want("t2 → CloseSequence ack[] final")
	test.fault(2, wsrm.FaultInfo{RM: wsrm.RM11, Code: wsrm.CodeUnknownSequence, Sender: true})
	test.want("ended ClosedInOrder")
}

func TestTerminateAnsweredByNothing(t *testing.T) {
	test := startInitiator(t, func(c *Config) { c.MaxRetries = 1 })
	test.close()
	test.want("t2 → CloseSequence ack[] final")
	test.answer(2, wsrm.CloseSequenceResponse, 0)
	test.want("t3 → TerminateSequence ack[] final")
	test.tried(3, Empty)
	test.advance(500 * time.Millisecond)
	test.want("t4 → TerminateSequence ack[] final")
	test.tried(4, Empty)
	test.want("ended ClosedInOrder")
}

func TestPeerAsksAndEndsTheOfferedSequence(t *testing.T) {
	test := startInitiator(t)
	test.oneWay("a", "b")
	test.want("t2 → #1 a", "t3 → #2 b")
	test.receive(&In[string]{Try: 2, Kind: wsrm.CloseSequence, MessageID: "x", Body: &wsrm.Body{Identifier: idB}, RM: &wsrm.Headers{Acks: acks(idA, 1, 2)}})
	test.want("t4 → CloseSequenceResponse of B ack[] final", "settle 1 Acked", "settle 2 Acked")
	test.receive(&In[string]{Try: 3, Kind: wsrm.AckRequested})
	require.NotZero(t, test.s.Room(), "the session lives on")
}

func TestPeerEndsOurSequence(t *testing.T) {
	test := startInitiator(t)
	test.oneWay("a", "b")
	test.want("t2 → #1 a", "t3 → #2 b")
	test.receive(&In[string]{Try: 2, Kind: wsrm.TerminateSequence, Body: &wsrm.Body{Identifier: idA}, RM: &wsrm.Headers{Acks: acks(idA, 1)}})
	test.want("settle 1 Acked", "settle 2 InDoubt", "drop t3", "ended PeerFault SequenceTerminated doubt=[2]")
}

func TestRollover(t *testing.T) {
	for _, version := range []wsrm.Version{wsrm.RM10, wsrm.RM11} {
		test := startInitiator(t, func(c *Config) { c.Version = version })
		test.send("a", "b")
		test.want("t2 → #1 a", "t3 → #2 b")
		test.fault(3, wsrm.FaultInfo{RM: version, Code: wsrm.CodeMessageNumberRollover, Sender: true})
		if version == wsrm.RM10 {
			test.want("settle 1 InDoubt", "settle 2 InDoubt", "drop t2", "ended PeerFault MessageNumberRollover doubt=[1 2]")
			continue
		}
		test.want("settle 2 Faulted fault") // 1.1: what was sent before goes on
		require.Zero(t, test.s.Room())
		test.reply(2, 1, "A", 1)
		test.want("t4 → AckRequested ack[1]", "settle 1 Answered A")
		for i := range 3 {
			test.ack(Try(4+i), 1)
			if i < 2 {
				test.want([]string{"t5 → AckRequested ack[1]", "t6 → AckRequested ack[1]"}[i])
			}
		}
		test.want("t7 → CloseSequence last=2 ack[1] final")
		test.answer(7, wsrm.CloseSequenceResponse, 1)
		test.want("t8 → TerminateSequence last=2 ack[1] final")
		test.answer(8, wsrm.TerminateSequenceResponse, 1)
		test.want("ended PeerFault MessageNumberRollover")
	}
}

func TestKeepAliveAndInactivity(t *testing.T) {
	test := startInitiator(t, func(c *Config) { c.Inactivity = 16 * time.Minute })
	test.advance(8*time.Minute - 1)
	test.wantIdle()
	test.advance(1)
	test.want("t2 → AckRequested")
	test.ack(2)
	test.advance(8 * time.Minute)
	test.want("t3 → AckRequested")
	test.tried(3, Failed)
	test.advance(time.Minute) // then at each sixteenth
	test.want("t4 → AckRequested")
	test.tried(4, Failed)
	for try := Try(5); try < 11; try++ {
		test.advance(time.Minute)
		require.Len(t, test.log, 1)
		test.log = nil
		test.tried(try, Failed)
	}
	test.advance(time.Minute)
	require.Contains(t, test.log, "ended Unreachable")
	test.log = nil
}

func TestSuspendedMachine(t *testing.T) {
	test := startInitiator(t, func(c *Config) { c.Inactivity = 16 * time.Minute })
	test.now = test.now.Add(time.Hour)
	test.input(func() { test.s.Advance(test.now) })
	test.want("t2 → AckRequested")
	test.ack(2)
	test.advance(7 * time.Minute)
	require.False(t, test.s.ended())
}

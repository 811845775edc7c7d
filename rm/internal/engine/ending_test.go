package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wsrm"
)

func TestCloseAndTerminateCarryTheFinalAck(t *testing.T) {
	test := startAcceptor(t)
	test.ping(1, 1, "a")
	test.want("l1 ← ack[1]", "deliver 1 a")
	test.handled(1, NoReply, "")
	test.asks(2, wsrm.CloseSequence, 1)
	test.want("l2 ← CloseSequenceResponse ack[1] final")
	test.asks(3, wsrm.CloseSequence, 1)
	test.want("l3 ← CloseSequenceResponse ack[1] final")
	test.asks(4, wsrm.AckRequested, 0)
	test.want("l4 ← ack[1] final")
	test.ping(5, 2, "b")
	test.want("l5 ← fault SequenceClosed ack[1] final")
	test.ping(6, 1, "a")
	test.want("l6 ← ack[1] final")
	test.asks(7, wsrm.TerminateSequence, 1)
	test.want("l7 ← TerminateSequenceResponse ack[1] final", "ended ClosedInOrder")
}

func TestCloseWaitsForHandlers(t *testing.T) {
	test := startAcceptor(t)
	test.ping(1, 1, "a")
	test.want("l1 ← ack[1]", "deliver 1 a")
	test.asks(2, wsrm.CloseSequence, 1)
	test.advance(25 * time.Second)
	test.want("l2 ← empty")
	test.asks(3, wsrm.TerminateSequence, 1)
	test.advance(25 * time.Second)
	test.want("l3 ← empty")
	test.asks(4, wsrm.TerminateSequence, 1)
	test.handled(1, NoReply, "")
	test.want("l4 ← TerminateSequenceResponse ack[1] final", "ended ClosedInOrder")
}

func TestWhatLiesBehindAGapIsDiscardedAtClose(t *testing.T) {
	test := startAcceptor(t)
	test.ping(1, 1, "a")
	test.want("l1 ← ack[1]", "deliver 1 a")
	test.ping(2, 2, "b")
	test.want("l2 ← ack[1-2]")
	test.request(4, 4, "d")
	test.asks(5, wsrm.CloseSequence, 4)
	test.wantIdle()
	test.handled(1, NoReply, "")
	test.want("l4 ← ack[1-2 4] final", "deliver 2 b") // 2 waited for a slot, 4 for 3
	test.handled(2, NoReply, "")
	test.want("l5 ← CloseSequenceResponse ack[1-2 4] final")
}

func TestUnorderedDeliversAllAtClose(t *testing.T) {
	test := startAcceptor(t, func(c *Config) { c.Ordered = false })
	test.ping(1, 1, "a")
	test.want("l1 ← ack[1]", "deliver 1 a")
	test.ping(3, 3, "c")
	test.want("l3 ← ack[1 3]")
	test.asks(5, wsrm.CloseSequence, 3)
	test.handled(1, NoReply, "")
	test.want("deliver 3 c")
	test.handled(3, NoReply, "")
	test.want("l5 ← CloseSequenceResponse ack[1 3] final")
}

func TestLastMsgNumberMustAgree(t *testing.T) {
	t.Run("too small", func(t *testing.T) {
		test := startAcceptor(t)
		test.ping(1, 2, "b")
		test.want("l1 ← ack[2]")
		test.asks(2, wsrm.CloseSequence, 1)
		test.want("l2 ← fault SequenceTerminated", "ended OwnFault SequenceTerminated")
	})
	t.Run("changed", func(t *testing.T) {
		test := startAcceptor(t)
		test.asks(1, wsrm.CloseSequence, 2)
		test.want("l1 ← CloseSequenceResponse ack[] final")
		test.asks(2, wsrm.TerminateSequence, 3)
		test.want("l2 ← fault SequenceTerminated", "ended OwnFault SequenceTerminated")
	})
	t.Run("absent", func(t *testing.T) {
		test := startAcceptor(t)
		test.ping(1, 2, "b")
		test.want("l1 ← ack[2]")
		test.asks(2, wsrm.TerminateSequence, 0)
		test.want("l2 ← TerminateSequenceResponse ack[2] final", "ended ClosedInOrder")
	})
}

// lastMessage brings 2005/02's empty last message.
func (test *talk) lastMessage(l Leg, n Number, acked ...Number) {
	test.t.Helper()
	test.receive(&In[string]{Leg: l, Kind: wsrm.LastMessage, RM: &wsrm.Headers{Sequence: wsrm.Sequence{Identifier: idA, Number: n, Last: true}, Acks: acks(idB, acked...)}})
}

func TestLastMessage2005(t *testing.T) {
	test := startAcceptor(t, rm10)
	test.request(1, 1, "a")
	test.want("deliver 1 a on l1")
	test.lastMessage(2, 2)
	test.wantIdle() // until all below it is handled
	test.handled(1, Replied, "A")
	test.want("l1 ← reply A #1 ack[1-2]", "l2 ← reply LastMessage #2 last ack[1-2]")
	test.lastMessage(3, 2, 1)
	test.want("l3 ← reply LastMessage #2 last ack[1-2]")
	test.asks(4, wsrm.TerminateSequence, 0, 1, 2)
	test.want("l4 ← TerminateSequence of B ack[1-2]", "ended ClosedInOrder")
}

func TestLastMessage2005ThatWantsNoAnswer(t *testing.T) {
	// CXF's client says ReplyTo none, and reads acknowledgements where nothing else is only.
	test := startAcceptor(t, func(c *Config) { c.Version = wsrm.RM10 })
	test.request(1, 1, "a")
	test.want("deliver 1 a on l1")
	test.receive(&In[string]{Leg: 2, Kind: wsrm.LastMessage, Wants: None, RM: &wsrm.Headers{Sequence: wsrm.Sequence{Identifier: idA, Number: 2, Last: true}}})
	test.want("l2 ← ack[1-2]")
	test.handled(1, Replied, "A")
	test.want("l1 ← reply A #1 ack[1-2]")
	test.asks(3, wsrm.TerminateSequence, 0, 1)
	test.want("l3 ← TerminateSequence of B ack[1-2]", "ended ClosedInOrder")
}

func TestLastMessage2005WithoutOffer(t *testing.T) {
	test := startAcceptor(t, rm10, func(c *Config) { c.Offer = false })
	test.ping(1, 1, "a")
	test.want("l1 ← ack[1]", "deliver 1 a")
	test.lastMessage(2, 2)
	test.wantIdle()
	test.handled(1, NoReply, "")
	test.want("l2 ← ack[1-2]")
	test.asks(3, wsrm.TerminateSequence, 0)
	test.want("l3 ← empty", "ended ClosedInOrder")
}

func TestApplicationMessageMarkedLast2005(t *testing.T) {
	last := func(test *talk, wants Wants) {
		test.receive(&In[string]{Leg: 1, Wants: wants, M: "a", RM: &wsrm.Headers{Sequence: wsrm.Sequence{Identifier: idA, Number: 1, Last: true}}})
	}
	t.Run("its reply is marked", func(t *testing.T) {
		test := startAcceptor(t, rm10)
		last(test, Here)
		test.want("deliver 1 a on l1")
		test.handled(1, Replied, "A")
		test.want("l1 ← reply A #1 last ack[1]")
	})
	t.Run("one-way: an empty LastMessage follows", func(t *testing.T) {
		test := startAcceptor(t, rm10)
		last(test, Nothing)
		test.want("deliver 1 a")
		test.handled(1, NoReply, "")
		test.want("l1 ← reply LastMessage #1 last ack[1]")
	})
}

func TestNumberBeyondTheLast2005(t *testing.T) {
	test := startAcceptor(t, rm10)
	test.lastMessage(1, 1)
	test.want("l1 ← reply LastMessage #1 last ack[1]")
	test.ping(2, 2, "b")
	test.want("l2 ← fault LastMessageNumberExceeded", "ended OwnFault LastMessageNumberExceeded")
}

func TestTombstone(t *testing.T) {
	for _, version := range []wsrm.Version{wsrm.RM10, wsrm.RM11} {
		test := startAcceptor(t, func(c *Config) { c.Version = version })
		test.ping(1, 1, "a")
		test.want("l1 ← ack[1]", "deliver 1 a")
		test.handled(1, NoReply, "")
		test.asks(2, wsrm.TerminateSequence, 0)
		require.Contains(t, test.log, "ended ClosedInOrder")
		test.log = nil
		seq := func(n Number) *wsrm.Headers {
			return &wsrm.Headers{Sequence: wsrm.Sequence{Identifier: idA, Number: n}}
		}

		a := test.tomb.Reply(wsrm.TerminateSequence, seq(0), "id")
		require.Equal(t, FinishBody, a.What)
		require.Equal(t, "1", a.RM.First.Ranges.String())
		if version == wsrm.RM11 {
			require.Equal(t, wsrm.TerminateSequenceResponse, a.Kind)
			require.True(t, a.RM.First.Final)
			require.Equal(t, "id", a.RelatesTo)
			require.Equal(t, wsrm.CloseSequenceResponse, test.tomb.Reply(wsrm.CloseSequence, seq(0), "id").Kind)
		} else {
			require.Equal(t, wsrm.TerminateSequence, a.Kind)
			require.Equal(t, idB, a.Body.Identifier)
		}
		require.Equal(t, FinishAck, test.tomb.Reply(wsrm.Application, seq(1), "id").What)
		require.Equal(t, wsrm.CodeSequenceTerminated, test.tomb.Reply(wsrm.Application, seq(2), "id").Fault.Code)
		require.Equal(t, FinishEmpty, test.tomb.Reply(wsrm.Fault, seq(0), "id").What, "never a fault for a fault")
	}
	test := startAcceptor(t)
	test.input(func() { test.s.Abort(test.now, "") })
	test.want("ended Aborted")
	require.Equal(t, wsrm.CodeSequenceTerminated, test.tomb.Reply(wsrm.TerminateSequence, nil, "id").Fault.Code)
}

func TestAcceptorExpires(t *testing.T) {
	d := &Decision{Version: wsrm.RM11, ID: idA, Expires: time.Minute}
	test := &talk{t: t, now: 1}
	test.s = NewAcceptor[string](test.now, config(), d)
	test.request(1, 2, "b")
	test.advance(time.Minute - 51*time.Second)
	test.advance(51 * time.Second)
	test.want("l1 ← empty", "ended Expired")
}

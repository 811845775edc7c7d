package window

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// exchanges is the configuration without timers.
func exchanges(size int) Config { return Config{Size: size, MinRetry: -1} }

func TestSenderSettles(t *testing.T) {
	test := newSenderTest(t, exchanges(0))
	require.Zero(t, test.s.Highest())
	require.Zero(t, test.s.Lowest())
	test.send("a", "b", "c")
	require.Equal(t, Number(1), test.s.Lowest())
	require.Equal(t, 3, test.s.Unacked())
	test.ack(1, 1)
	test.wantSettled("the acknowledged message", "1 a")
	test.ack(1, 3)
	test.wantSettled("an acknowledgement is cumulative: only what is new in it is settled", "2 b", "3 c")
	require.Zero(t, test.s.Unacked())
	require.Zero(t, test.s.Lowest())
	_, ok := test.s.Get(2)
	require.False(t, ok, "what is settled is released")
}

func TestSenderHoles(t *testing.T) {
	test := newSenderTest(t, exchanges(0))
	test.send("a", "b", "c", "d", "e")
	test.ack(2, 2, 4, 5)
	test.wantSettled("holes are normal", "2 b", "4 d", "5 e")
	require.Equal(t, "2 4-5", test.s.Acked().String())
	require.Equal(t, Number(1), test.s.Lowest())
	var left []string
	for n, m := range test.s.All() {
		left = append(left, m)
		_, ok := test.s.Get(n)
		require.True(t, ok)
	}
	require.Equal(t, []string{"a", "c"}, left)
	test.ack(1, 5)
	test.wantSettled("the holes", "1 a", "3 c")
	require.Equal(t, "1-5", test.s.Acked().String())
}

// WS-RM 1.1, 3.9: what was acknowledged stays so, whatever overtakes whatever.
func TestSenderOldAcknowledgement(t *testing.T) {
	test := newSenderTest(t, exchanges(0))
	test.send("a", "b", "c", "d")
	test.ack(1, 3)
	test.wantSettled("", "1 a", "2 b", "3 c")
	test.ack(1, 2)
	test.wantIdle("an older acknowledgement changes nothing")
	test.ack()
	test.wantIdle("not even the oldest")
	require.Equal(t, "1-3", test.s.Acked().String())
	test.ack(1, 1, 4, 4)
	test.wantSettled("what is new counts", "4 d")
	require.Equal(t, "1-4", test.s.Acked().String())
}

func TestSenderBeyond(t *testing.T) {
	test := newSenderTest(t, exchanges(0))
	test.ackBuffer(3, 1, 1)
	test.want("nothing was sent", "beyond")
	test.send("a", "b")
	test.ackBuffer(3, 1, 1, 3, 3)
	test.want("nothing of it counts", "beyond")
	test.ackBuffer(3, 1, 1<<64-1)
	test.want("", "beyond")
	require.Equal(t, 2, test.s.Unacked())
	require.Equal(t, -1, test.s.Buffer())
	require.Zero(t, test.s.Acked().Len())
}

func TestSenderAckOfNothing(t *testing.T) {
	var s Sender[string]
	s.Init(Config{})
	s.Add("a")
	require.NoError(t, s.Ack(2, nil, 5, nil))
	require.Equal(t, 5, s.Buffer())
	set := rangesOf(1, 1)
	require.NoError(t, s.Ack(2, &set, 5, nil), "nobody needs to listen")
	require.Zero(t, s.Unacked())
}

func TestSenderFirstFlight(t *testing.T) {
	test := newSenderTest(t, exchanges(10))
	test.wantRoom("the first flight is 8", 8)
	test.sendMany(8)
	test.wantRoom("full", 0)
	test.ack(1, 1)
	test.wantSettled("", "1 m1")
	test.wantRoom("one place is free, and the flight has grown by one", 2)
	test.ack(1, 2)
	test.wantSettled("", "2 m2")
	test.wantRoom("the same again: the flight is 10", 4)
	test.ack(1, 3)
	test.wantSettled("", "3 m3")
	test.wantRoom("it does not grow beyond Size", 5)
	test.sendMany(6)
	test.wantRoom("more was sent than there was room for", 0)
	require.Equal(t, 11, test.s.Unacked())
}

func TestSenderFirstFlightWithinSize(t *testing.T) {
	test := newSenderTest(t, exchanges(3))
	test.wantRoom("the first flight is not larger than Size", 3)
	test = newSenderTest(t, Config{First: 2, MinRetry: -1})
	test.wantRoom("First", 2)
}

func TestSenderSpan(t *testing.T) {
	test := newSenderTest(t, Config{Size: 4, Span: 6, MinRetry: -1})
	test.sendMany(4)
	test.ack(2, 4)
	test.wantSettled("", "2 m2", "3 m3", "4 m4")
	test.wantRoom("window has room for 3, but 1 is still missing: up to 6", 2)
	test.sendMany(2)
	test.wantRoom("6-1 is less than 6, 7-1 is not", 0)
	test.ack(1, 1)
	test.wantSettled("", "1 m1")
	test.wantRoom("5 and 6 are on their way", 2)
}

func TestSenderSpanIsFourWindows(t *testing.T) {
	test := newSenderTest(t, exchanges(8))
	test.sendMany(8)
	for n := Number(8); n < 32; n++ {
		test.ack(2, n)
		for len(test.happened) > 0 {
			test.want("", test.happened[0])
		}
		test.sendMany(1)
	}
	require.Less(t, test.s.Unacked(), 8)
	test.wantRoom("32 numbers from the lowest unacknowledged one", 0)
}

func TestSenderForgive(t *testing.T) {
	test := newSenderTest(t, Config{Size: 2, Span: 3, MinRetry: -1})
	test.send("a", "b")
	test.wantRoom("full", 0)
	test.forgive(1)
	require.Equal(t, 1, test.s.Unacked())
	require.Equal(t, Number(2), test.s.Lowest())
	test.wantRoom("forgiven is out of the window", 1)
	_, ok := test.s.Get(1)
	require.False(t, ok)
	test.send("c")
	test.forgive(3)
	test.forgive(3)
	test.forgive(4)
	require.Equal(t, 1, test.s.Unacked(), "once, and only what was sent")
	test.wantRoom("2 holds the span: 4 fits", 1)
	test.ack(1, 2)
	test.wantSettled("a forgiven number is not settled again", "2 b")
	require.Equal(t, "1-2", test.s.Acked().String(), "but it is acknowledged now")
	test.wantRoom("all is concluded", 2)
	test.forgive(2)
	require.Zero(t, test.s.Unacked())
}

func TestSenderBuffer(t *testing.T) {
	test := newSenderTest(t, exchanges(0))
	require.Equal(t, -1, test.s.Buffer())
	test.sendMany(3)
	test.ackBuffer(4, 1, 1)
	test.wantSettled("", "1 m1")
	require.Equal(t, 4, test.s.Buffer())
	test.wantRoom("2 of 4 are taken by what is unacknowledged", 2)
	test.ackBuffer(3, 1, 1)
	test.wantRoom("the same coverage does not lower it", 2)
	test.ackBuffer(6, 1, 1)
	test.wantRoom("it raises it", 4)
	test.ackBuffer(2, 1, 2)
	test.wantSettled("", "2 m2")
	test.wantRoom("more coverage binds", 1)
	test.ackBuffer(60, 1, 1)
	test.wantRoom("an older one changes nothing", 1)
	test.ackBuffer(60, 1, 1, 3, 3)
	test.wantSettled("what is new in it counts", "3 m3")
	test.wantRoom("but it is older than what is known: 2 still, and nothing is unacknowledged", 2)
	test.ack(1, 3)
	test.wantRoom("who says nothing changes nothing", 2)
	require.Equal(t, 2, test.s.Buffer())
}

func TestSenderBufferZero(t *testing.T) {
	test := newSenderTest(t, exchanges(0))
	test.ackBuffer(0)
	test.wantRoom("the very first word binds", 0)
	test.ackBuffer(1)
	test.wantRoom("until there is room", 1)
	test.ackBuffer(0)
	test.wantRoom("which was true later or earlier: nothing was sent since", 1)
	test.send("a")
	test.wantRoom("it is taken", 0)
	test.ackBuffer(0, 1, 1)
	test.wantSettled("", "1 a")
	test.wantRoom("again none", 0)
	test.ackBuffer(1<<31-1, 1, 1)
	test.wantRoom("the window counts", 9)
}

func TestSenderLastNumber(t *testing.T) {
	test := newSenderTest(t, exchanges(0))
	test.s.highest = MaxNumber - 2
	test.wantRoom("2 numbers are left", 2)
	test.send("a", "b")
	require.Equal(t, MaxNumber, test.s.Highest())
	test.wantRoom("none", 0)
	require.Zero(t, test.s.Add("c"))
	require.Equal(t, 2, test.s.Unacked())
	test.ack(1, MaxNumber)
	test.wantSettled("", "9223372036854775806 a", "9223372036854775807 b")
}

// A peer that answers every message and acknowledges every second one does not make the set grow for ever.
func TestSenderBoundsGaps(t *testing.T) {
	var s Sender[int]
	s.Init(Config{MinRetry: -1, MaxRanges: 10})
	var said Ranges
	for i := range 1000 {
		n := s.Add(i)
		s.Forgive(n)
		if n%2 == 0 {
			said.Add(n)
		}
		require.NoError(t, s.Ack(1, &said, i, nil))
		require.LessOrEqual(t, s.Acked().Len(), 11)
		if n%2 == 0 {
			require.Equal(t, i, s.Buffer(), "its word about the buffer counts all the same")
		}
	}
}

// The memory that is kept for reuse holds no message back.
func TestSenderReleases(t *testing.T) {
	test := newSenderTest(t, exchanges(0))
	test.send("a", "b", "c")
	test.forgive(3)
	test.ack(1, 2)
	test.wantSettled("", "1 a", "2 b")
	for _, e := range test.s.sent.buf {
		require.Empty(t, e.m)
	}
}

func TestSenderTrim(t *testing.T) {
	test := newSenderTest(t, Config{})
	test.send("a", "b")
	test.s.Trim()
	test.ack(1, 1)
	test.wantSettled("nothing that is needed is lost", "1 a")
	test.ack(1, 2)
	test.wantSettled("", "2 b")
	test.s.Trim()
	require.Nil(t, test.s.sent.buf)
	test.send("c")
	test.advance(1 * time.Second)
	test.wantResent("and all goes on", 3)
}

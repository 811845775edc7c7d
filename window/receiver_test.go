package window

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReceiverInOrder(t *testing.T) {
	test := newReceiverTest(t, Config{})
	require.Equal(t, Number(1), test.r.Missing())
	test.arrive(1, 2)
	test.wantAccepted("", 1, 2)
	test.wantState("both wait", "1-2", 62)
	require.Equal(t, 2, test.r.Buffered())
	test.take()
	test.wantTaken("", 1, 2)
	test.wantState("accepted is remembered, the place is free", "1-2", 64)
	test.arrive(1, 2, 3)
	test.wantOld("duplicates", 1, 2)
	test.wantAccepted("", 3)
	test.take()
	test.wantTaken("once", 3)
	require.Equal(t, Number(4), test.r.Missing())
}

func TestReceiverGap(t *testing.T) {
	test := newReceiverTest(t, Config{})
	test.arrive(3, 5, 2)
	test.wantAccepted("requests overtake each other", 3, 5, 2)
	test.take()
	test.wantIdle("all of them wait for 1")
	test.wantState("", "2-3 5", 61)
	test.arrive(1)
	test.wantAccepted("", 1)
	test.take()
	test.wantTaken("in order, up to the gap", 1, 2, 3)
	test.arrive(5, 4)
	test.wantOld("buffered is accepted", 5)
	test.wantAccepted("", 4)
	test.take()
	test.wantTaken("", 4, 5)
	test.wantState("", "1-5", 64)
}

func TestReceiverUnordered(t *testing.T) {
	test := newReceiverTest(t, Config{Unordered: true})
	test.arrive(3, 1, 5)
	test.wantAccepted("", 3, 1, 5)
	test.take()
	test.wantTaken("in order of arrival", 3, 1, 5)
	test.arrive(4, 2, 3)
	test.wantAccepted("", 4, 2)
	test.wantOld("", 3)
	test.take()
	test.wantTaken("", 4, 2)
	test.wantState("", "1-5", 64)
}

func TestReceiverNumbers(t *testing.T) {
	test := newReceiverTest(t, Config{})
	test.arrive(0, MaxNumber+1, 1<<64-1)
	test.wantOld("are none", 0, MaxNumber+1, 1<<64-1)
	test.arrive(MaxNumber)
	test.wantRefused("far off", MaxNumber)
	test.wantState("", "", 64)
	test.r.accepted = rangesOf(1, MaxNumber-1)
	test.arrive(MaxNumber)
	test.wantAccepted("the last one", MaxNumber)
	test.take()
	test.wantTaken("", MaxNumber)
	test.arrive(MaxNumber, MaxNumber+1)
	test.wantOld("", MaxNumber, MaxNumber+1)
}

func TestReceiverSpan(t *testing.T) {
	test := newReceiverTest(t, Config{Size: 8, Span: 10})
	test.arrive(11, 10)
	test.wantRefused("10 above 1", 11)
	test.wantAccepted("9 above 1", 10)
	test.arrive(1, 11)
	test.wantAccepted("now 2 is the lowest missing", 1, 11)
	test.arrive(12)
	test.wantRefused("", 12)
	test.take()
	test.wantTaken("handing over does not move it", 1)
	test.arrive(12)
	test.wantRefused("", 12)
	test.wantState("refused is not acknowledged", "1 10-11", 6)
}

func TestReceiverFull(t *testing.T) {
	test := newReceiverTest(t, Config{Size: 2})
	test.arrive(1, 2, 3)
	test.wantAccepted("", 1, 2)
	test.wantRefused("no place, though it is the next", 3)
	test.wantState("", "1-2", 0)
	n, _, _ := test.r.Next()
	require.Equal(t, Number(1), n)
	test.arrive(4, 3)
	test.wantAccepted("", 4)
	test.wantRefused("", 3)
	test.take()
	test.wantTaken("", 2)
	test.arrive(3)
	test.wantAccepted("", 3)
	test.take()
	test.wantTaken("", 3, 4)
}

// A buffer full of messages that wait for a lower one must not refuse that one: nothing would ever move again.
func TestReceiverFullBehindGap(t *testing.T) {
	test := newReceiverTest(t, Config{Size: 2})
	test.arrive(3, 4, 5, 2, 1)
	test.wantAccepted("", 3, 4)
	test.wantRefused("no place, and it would not help", 5, 2)
	test.wantAccepted("the lowest missing one", 1)
	require.Equal(t, 3, test.r.Buffered())
	test.wantState("not negative", "1 3-4", 0)
	test.arrive(2)
	test.wantRefused("1 can be handed over first", 2)
	test.take()
	test.wantTaken("", 1)
	test.arrive(2)
	test.wantAccepted("", 2)
	test.take()
	test.wantTaken("", 2, 3, 4)
}

func TestReceiverMaxRanges(t *testing.T) {
	test := newReceiverTest(t, Config{MaxRanges: 3, Unordered: true})
	test.arrive(3, 5, 7, 6, 4)
	test.wantAccepted("", 3, 5)
	test.wantRefused("a place is kept for the range that begins with 1", 7)
	test.wantAccepted("what touches a range makes none", 6, 4)
	test.take()
	test.wantTaken("", 3, 5, 6, 4)
	test.arrive(9, 1, 11)
	test.wantAccepted("", 9, 1)
	test.wantRefused("", 11)
	test.wantState("three", "1 3-6 9", 62)
	test.arrive(2, 11)
	test.wantAccepted("", 2, 11)
	test.take()
	test.wantTaken("", 9, 1, 2, 11)
	test.wantState("", "1-6 9 11", 64)
}

func TestReceiverOneRange(t *testing.T) {
	test := newReceiverTest(t, Config{MaxRanges: 1})
	test.arrive(3, 2, 4, 1, 3)
	test.wantRefused("1 would make the second range", 3)
	test.wantAccepted("1 will join it", 2)
	test.wantRefused("not to be joined by 1", 4)
	test.wantAccepted("", 1, 3)
	test.take()
	test.wantTaken("", 1, 2, 3)
}

func TestReceiverForget(t *testing.T) {
	test := newReceiverTest(t, Config{})
	test.arrive(1, 2, 3, 5)
	test.wantAccepted("", 1, 2, 3, 5)
	n, _, _ := test.r.Next()
	require.Equal(t, Number(1), n)
	test.forget(1)
	test.wantState("", "2-3 5", 61)
	test.take()
	test.wantIdle("1 is the next one again")
	test.arrive(1)
	test.wantAccepted("as if it had never been", 1)
	test.take()
	test.wantTaken("and what followed is handed over once", 1, 2, 3)
	test.forget(2)
	test.forget(5)
	test.forget(7)
	test.wantState("handed over, buffered, and never seen", "1 3", 64)
	test.arrive(2, 4, 5)
	test.wantAccepted("", 2, 4, 5)
	test.take()
	test.wantTaken("3 is not handed over again", 2, 4, 5)
}

func TestReceiverForgetUnordered(t *testing.T) {
	test := newReceiverTest(t, Config{Unordered: true})
	test.arrive(4, 2, 3)
	test.wantAccepted("", 4, 2, 3)
	test.forget(2)
	test.take()
	test.wantTaken("2 is dropped", 4, 3)
	test.arrive(2)
	test.wantAccepted("", 2)
	test.take()
	test.wantTaken("", 2)
}

func TestReceiverDiscard(t *testing.T) {
	test := newReceiverTest(t, Config{})
	test.arrive(5, 1, 3, 4)
	test.wantAccepted("", 5, 1, 3, 4)
	test.take()
	test.wantTaken("", 1)
	test.discard()
	test.wantDiscarded("what is behind the gap, in order", 3, 4, 5)
	test.wantState("but it was accepted", "1 3-5", 64)
	test.arrive(4, 2)
	test.wantOld("", 4)
	test.wantAccepted("", 2)
	test.take()
	test.wantTaken("", 2)
	test.arrive(6)
	test.wantAccepted("", 6)
	test.r.Discard(nil)
	test.take()
	test.wantIdle("nobody needs to listen")
}

// The memory that is kept for reuse holds no message back.
func TestReceiverReleases(t *testing.T) {
	test := newReceiverTest(t, Config{})
	test.arrive(2, 3, 1)
	test.wantAccepted("", 2, 3, 1)
	test.forget(3)
	test.take()
	test.wantTaken("", 1, 2)
	for _, e := range test.r.buf[:cap(test.r.buf)] {
		require.Zero(t, e)
	}
}

func TestReceiverTrim(t *testing.T) {
	test := newReceiverTest(t, Config{})
	test.arrive(1, 3)
	test.wantAccepted("", 1, 3)
	test.r.Trim()
	test.take()
	test.wantTaken("nothing that is needed is lost", 1)
	test.arrive(2)
	test.wantAccepted("", 2)
	test.take()
	test.wantTaken("", 2, 3)
	test.r.Trim()
	require.Nil(t, test.r.buf)
}

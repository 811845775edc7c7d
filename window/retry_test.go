package window

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const ms = time.Millisecond

func TestRetry(t *testing.T) {
	test := newSenderTest(t, Config{})
	test.sample(100 * ms)
	test.send("a", "b")
	test.wantTimer("100 ms and the least margin", 500*ms)
	test.ack(1, 1)
	test.wantSettled("", "1 a")
	test.advance(1 * time.Second)
	test.wantResent("only the unacknowledged message is repeated", 2)
	test.ack(1, 2)
	test.wantSettled("", "2 b")
	test.wantNoTimer("nothing is left to repeat")
	test.advance(time.Hour)
	test.wantIdle("for ever")
}

func TestRetryOff(t *testing.T) {
	test := newSenderTest(t, Config{MinRetry: -1})
	test.send("a", "b", "c", "d")
	test.wantNoTimer("the owner has its own rules")
	test.ack(2, 4)
	test.wantSettled("", "2 b", "3 c", "4 d")
	test.wantNoTimer("nothing is lost by three higher ones either")
	require.Zero(t, test.s.Due(test.now.Add(time.Hour), func(Number, string) { t.Error("resent") }))
	require.Equal(t, 1, test.s.Attempts(1))
	require.Zero(t, test.s.RoundTrip(), "time is not measured between Add and Ack")
	test.sample(70 * ms)
	require.Equal(t, 70*ms, test.s.RoundTrip())
}

func TestRetryOnlyTheLowest(t *testing.T) {
	test := newSenderTest(t, Config{})
	test.send("a", "b", "c")
	test.advance(999 * ms)
	test.wantIdle("1 s before anything was measured")
	test.advance(1 * ms)
	test.wantResent("the timer is that of the lowest", 1)
	test.wantTimer("and is doubled", 2*time.Second)
	require.Equal(t, 2, test.s.Attempts(1))
	require.Equal(t, 1, test.s.Attempts(2))
	require.Zero(t, test.s.Attempts(4))
	test.ack(1, 1)
	test.wantSettled("", "1 a")
	test.wantTimer("the next has its own, undoubled, from now", 1*time.Second)
	require.Zero(t, test.s.Attempts(1))
}

func TestRetryDoubles(t *testing.T) {
	test := newSenderTest(t, Config{MaxRetries: -1})
	test.sample(100 * ms)
	test.send("a")
	for _, wait := range []time.Duration{500 * ms, 1 * time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 30 * time.Second, 30 * time.Second} {
		test.wantTimer("", wait)
		test.advance(wait - 1)
		test.wantIdle("not before")
		test.advance(1)
		test.wantResent("", 1)
	}
	for range 1000 {
		test.advance(30 * time.Second)
		test.wantResent("there is no limit", 1)
	}
}

func TestRetryExhausted(t *testing.T) {
	test := newSenderTest(t, Config{MaxRetries: 2})
	test.send("a")
	test.advance(3 * time.Second)
	test.wantResent("", 1)
	test.want("", "resent 1")
	test.advance(4*time.Second - 1)
	test.wantIdle("the last attempt has its time, too")
	test.advance(1)
	test.want("two repeats were all", "exhausted 1")
	test.advance(1)
	test.want("and it stays so", "exhausted 1")
	test.ack(1, 1)
	test.wantSettled("an acknowledgement may still come", "1 a")
	test.wantNoTimer("")
}

func TestRetryDefaultIsEight(t *testing.T) {
	test := newSenderTest(t, Config{})
	test.send("a")
	test.advance(time.Hour)
	test.wantResent("", 1)
	test.want("", "resent 1", "resent 1", "resent 1", "resent 1", "resent 1", "resent 1", "resent 1", "exhausted 1")
}

func TestRetryWaitsForFlush(t *testing.T) {
	test := newSenderTest(t, Config{})
	test.written = false
	test.send("a", "b")
	test.wantNoTimer("what is not written is not late")
	test.advance(time.Minute)
	test.s.Flushed(test.now, 1)
	test.wantTimer("from the writing", 1*time.Second)
	test.advance(1 * time.Second)
	test.wantResent("", 1)
	test.wantNoTimer("the repeat waits to be written")
	test.advance(time.Minute)
	test.s.Flushed(test.now, 0)
	test.wantNoTimer("still")
	test.flush()
	test.wantTimer("now it is written", 2*time.Second)
	test.ack(1, 1)
	test.wantSettled("", "1 a")
	test.wantTimer("2 was written just now", 1*time.Second)
	test.s.Flushed(test.now.Add(100*ms), 2)
	test.wantTimer("a flush of something else does not move it", 1*time.Second)
	test.s.Flushed(test.now, 9)
	test.send("c")
	test.ack(1, 2)
	test.wantSettled("", "2 b")
	test.wantNoTimer("a number beyond the highest flushes nothing to come")
	test.flush()
	test.wantTimer("so it is written only now", test.s.Timeout())
}

// A peer that works through a full window, one acknowledgement at a time, is not repeated at.
func TestRetrySlowPeer(t *testing.T) {
	test := newSenderTest(t, Config{})
	test.sample(1 * ms)
	test.send("a", "b", "c")
	test.wantTimer("", 401*ms)
	test.advance(400 * ms)
	test.ack(1, 1)
	test.wantSettled("", "1 a")
	first := test.s.Timeout()
	test.wantTimer("from the acknowledgement", first)
	test.advance(first - 1)
	test.ack(1, 1, 3, 3)
	test.wantSettled("", "3 c")
	test.wantTimer("one that does not move the lowest does not restart the timer", test.s.Timeout()-(first-1))
}

func TestRetryMeasures(t *testing.T) {
	test := newSenderTest(t, Config{})
	test.sample(100 * ms)
	require.Equal(t, 100*ms, test.s.RoundTrip())
	require.Equal(t, 500*ms, test.s.Timeout(), "4 times half of it is less than the least margin")
	test.send("a")
	test.advance(100 * ms)
	test.send("b")
	test.advance(300 * ms)
	test.ack(1, 2)
	test.wantSettled("", "1 a", "2 b")
	require.Equal(t, 125*ms, test.s.RoundTrip(), "the later message, 300 ms: 100 + 200/8")
	require.Equal(t, 525*ms, test.s.Timeout(), "deviation 50 + (200-50)/4 = 87.5 ms")
	test.sample(2125 * ms)
	require.Equal(t, 375*ms, test.s.RoundTrip())
	require.Equal(t, 375*ms+4*(87500*time.Microsecond+(2000*ms-87500*time.Microsecond)/4), test.s.Timeout())
}

func TestRetryMeasuresWithinReason(t *testing.T) {
	test := newSenderTest(t, Config{})
	test.sample(-1)
	require.Zero(t, test.s.RoundTrip(), "a clock that runs backwards measures nothing")
	test.sample(0)
	require.Equal(t, 400*ms+1, test.s.Timeout(), "a round trip without duration is one")
	test.sample(1<<63 - 1)
	test.sample(1<<63 - 1)
	require.Equal(t, 30*time.Second, test.s.Timeout())
	test = newSenderTest(t, Config{MinRetry: 2 * time.Second})
	require.Equal(t, 2*time.Second, test.s.Timeout(), "at least MinRetry")
	test.s.Init(Config{MinRetry: 1<<63 - 1})
	test.sample(1 * ms)
	require.Equal(t, 30*time.Second, test.s.Timeout(), "at most 30 s")
}

// Karn: nobody knows which transmission of a repeated message is acknowledged.
func TestRetryNoSampleFromRepeat(t *testing.T) {
	test := newSenderTest(t, Config{})
	test.sample(100 * ms)
	test.send("a")
	test.advance(500 * ms)
	test.wantResent("", 1)
	test.advance(1 * ms)
	test.ack(1, 1)
	test.wantSettled("", "1 a")
	require.Equal(t, 100*ms, test.s.RoundTrip())
	test.written = false
	test.send("b")
	test.advance(1 * time.Second)
	test.ack(1, 2)
	test.wantSettled("acknowledged before the writer reported", "2 b")
	require.Equal(t, 100*ms, test.s.RoundTrip(), "when it was written is not known")
}

func TestFastRetransmit(t *testing.T) {
	test := newSenderTest(t, Config{})
	test.sample(100 * ms)
	test.sendMany(8)
	test.advance(100 * ms)
	test.ack(1, 1, 3, 4)
	test.wantSettled("", "1 m1", "3 m3", "4 m4")
	test.advance(0)
	test.wantIdle("two higher ones may have overtaken it")
	test.ack(1, 1, 3, 4, 6, 6)
	test.wantSettled("", "6 m6")
	test.wantTimer("the third shows that 2 is lost", 0)
	test.advance(0)
	test.wantResent("but not yet 5", 2)
	require.Equal(t, 2, test.s.Attempts(2))
	test.ack(1, 1, 3, 4, 6, 8)
	test.wantSettled("", "7 m7", "8 m8")
	test.advance(0)
	test.wantResent("2 not again", 5)
	test.wantTimer("2 has its timer", 1*time.Second)
	test.ack(1, 8)
	test.wantSettled("", "2 m2", "5 m5")
	test.wantNoTimer("")
}

func TestFastRetransmitComesTooLate(t *testing.T) {
	test := newSenderTest(t, Config{})
	test.sendMany(5)
	test.ack(3, 5)
	test.wantSettled("", "3 m3", "4 m4", "5 m5")
	test.ack(1, 5)
	test.wantSettled("they had been overtaken, after all", "1 m1", "2 m2")
	test.wantNoTimer("")
	require.Zero(t, test.s.Due(test.now, nil))
}

func TestFastRetransmitAfterTimeout(t *testing.T) {
	test := newSenderTest(t, Config{})
	test.sendMany(5)
	test.advance(1 * time.Second)
	test.wantResent("", 1)
	test.ack(2, 5)
	test.wantSettled("", "2 m2", "3 m3", "4 m4", "5 m5")
	test.wantTimer("what was sent before the repeat says nothing about it: it has its timer", 2*test.s.Timeout())
}

func TestPathLost(t *testing.T) {
	test := newSenderTest(t, Config{})
	test.sample(100 * ms)
	test.sendMany(6)
	test.advance(500 * ms)
	test.wantResent("", 1)
	test.ack(3, 5)
	test.wantSettled("", "3 m3", "4 m4", "5 m5")
	test.stop()
	test.wantNoTimer("neither timer nor what was lost")
	test.advance(time.Hour)
	test.wantIdle("")
	require.Equal(t, 2, test.s.Attempts(1))
	var again []Number
	for n := range test.s.All() {
		again = append(again, n)
	}
	require.Equal(t, []Number{1, 2, 6}, again, "goes out on the next path")
	test.flush()
	test.wantTimer("the number of attempts counts, that of paths does not", 2*test.s.Timeout())
	require.Equal(t, 1, test.s.Attempts(2))
	test.advance(10 * ms)
	before := test.s.RoundTrip()
	test.ack(1, 6)
	test.wantSettled("", "1 m1", "2 m2", "6 m6")
	require.Equal(t, before, test.s.RoundTrip(), "it may be the lost path's transmission that is acknowledged")
	test.send("m7")
	test.advance(100 * ms)
	test.ack(1, 7)
	test.wantSettled("", "7 m7")
	require.Less(t, test.s.RoundTrip(), before, "new messages measure it")
}

package window

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// story is what the conversations of this package are told with. Verbs act and record what happened, wants ask for it.
// Whatever happened and was not asked about by the next verb, or by the end of the test, fails the test.
type story struct {
	t        *testing.T
	happened []string
}

func newStory(t *testing.T) *story {
	s := &story{t: t}
	t.Cleanup(func() { s.begin("end of the test") })
	return s
}

func (s *story) begin(format string, args ...any) {
	s.t.Helper()
	verb := fmt.Sprintf(format, args...)
	require.Empty(s.t, s.happened, "happened before %q and was not asked about", verb)
	s.t.Log(verb)
}

func (s *story) record(format string, args ...any) {
	event := fmt.Sprintf(format, args...)
	s.t.Log("   ", event)
	s.happened = append(s.happened, event)
}

// want asks for the next events.
func (s *story) want(why string, events ...string) {
	s.t.Helper()
	n := min(len(events), len(s.happened))
	require.Equal(s.t, events, s.happened[:n:n], why)
	s.happened = s.happened[n:]
}

func (s *story) wantIdle(why string) {
	s.t.Helper()
	require.Empty(s.t, s.happened, why)
}

// each returns one event for each number.
func each(what string, numbers []Number) []string {
	events := []string{}
	for _, n := range numbers {
		events = append(events, fmt.Sprint(what, " ", n))
	}
	return events
}

// senderTest is a Sender, its owner and a clock.
type senderTest struct {
	*story
	s       Sender[string]
	now     Time
	written bool // what is sent is written at once
}

func newSenderTest(t *testing.T, c Config) *senderTest {
	test := &senderTest{story: newStory(t), now: 1, written: true}
	test.s.Init(c)
	return test
}

// send adds messages, which are written at once unless the test says written = false.
func (test *senderTest) send(messages ...string) {
	test.t.Helper()
	test.begin("send %q", messages)
	for _, m := range messages {
		before := test.s.Highest()
		n := test.s.Add(m)
		require.Equal(test.t, before+1, n, "numbers have no gaps")
		require.Equal(test.t, n, test.s.Highest())
		got, ok := test.s.Get(n)
		require.True(test.t, ok)
		require.Equal(test.t, m, got)
	}
	if test.written {
		test.s.Flushed(test.now, test.s.Highest())
	}
}

// sendMany adds k messages, called m1, m2, ...
func (test *senderTest) sendMany(k int) {
	test.t.Helper()
	var messages []string
	for i := range k {
		messages = append(messages, fmt.Sprint("m", uint64(test.s.Highest())+uint64(i)+1))
	}
	test.send(messages...)
}

func (test *senderTest) flush() {
	test.t.Helper()
	test.begin("all that waited is written")
	test.s.Flushed(test.now, test.s.Highest())
}

// ack applies an acknowledgement of the given pairs of lower and upper numbers.
func (test *senderTest) ack(pairs ...Number) {
	test.t.Helper()
	test.ackBuffer(-1, pairs...)
}

func (test *senderTest) ackBuffer(buffer int, pairs ...Number) {
	test.t.Helper()
	set := rangesOf(pairs...)
	test.begin("ack %v, buffer %d", set, buffer)
	err := test.s.Ack(test.now, &set, buffer, func(n Number, m string) {
		test.record("settled %d %s", n, m)
	})
	if err != nil {
		require.ErrorIs(test.t, err, ErrBeyond)
		test.record("beyond")
	}
}

func (test *senderTest) forgive(n Number) {
	test.t.Helper()
	test.begin("forgive %d", n)
	test.s.Forgive(n)
}

func (test *senderTest) sample(d time.Duration) {
	test.t.Helper()
	test.begin("round trip of %v", d)
	test.s.Sample(d)
}

func (test *senderTest) stop() {
	test.t.Helper()
	test.begin("path lost")
	test.s.Stop()
}

// advance lets time pass and calls Due whenever Deadline says so.
func (test *senderTest) advance(d time.Duration) {
	test.t.Helper()
	test.begin("advance %v", d)
	end := test.now.Add(d)
	for calls := 0; ; calls++ {
		at := test.s.Deadline()
		if at == 0 || at > end {
			break
		}
		test.now = max(test.now, at)
		if n := test.due(); n != 0 {
			test.record("exhausted %d", n)
			break
		}
		require.Less(test.t, calls, 100, "the deadline does not move on")
	}
	test.now = end
}

func (test *senderTest) due() Number {
	highest := Number(0)
	n := test.s.Due(test.now, func(n Number, m string) {
		test.record("resent %d", n)
		highest = n
	})
	if test.written && highest > 0 {
		test.s.Flushed(test.now, highest)
	}
	return n
}

func (test *senderTest) wantSettled(why string, events ...string) {
	test.t.Helper()
	for i := range events {
		events[i] = "settled " + events[i]
	}
	test.want(why, events...)
}

func (test *senderTest) wantResent(why string, numbers ...Number) {
	test.t.Helper()
	test.want(why, each("resent", numbers)...)
}

func (test *senderTest) wantRoom(why string, room int) {
	test.t.Helper()
	require.Equal(test.t, room, test.s.Room(), why)
}

// wantTimer asks how long it is until Due is to be called.
func (test *senderTest) wantTimer(why string, in time.Duration) {
	test.t.Helper()
	require.NotZero(test.t, test.s.Deadline(), why)
	require.Equal(test.t, in, test.s.Deadline().Sub(test.now), why)
}

func (test *senderTest) wantNoTimer(why string) {
	test.t.Helper()
	require.Zero(test.t, test.s.Deadline(), why)
}

// receiverTest is a Receiver of messages that are called after their numbers.
type receiverTest struct {
	*story
	r Receiver[string]
}

func newReceiverTest(t *testing.T, c Config) *receiverTest {
	test := &receiverTest{story: newStory(t)}
	test.r.Init(c)
	return test
}

func (test *receiverTest) arrive(numbers ...Number) {
	test.t.Helper()
	test.begin("arrive %v", numbers)
	for _, n := range numbers {
		switch fresh, ok := test.r.Accept(n, fmt.Sprint("m", n)); {
		case ok:
			require.True(test.t, fresh)
			test.record("accepted %d", n)
		case fresh:
			test.record("refused %d", n)
		default:
			test.record("old %d", n)
		}
	}
}

// take hands over all that is ready.
func (test *receiverTest) take() {
	test.t.Helper()
	test.begin("take")
	for test.r.Ready() {
		n, m, ok := test.r.Next()
		require.True(test.t, ok)
		require.Equal(test.t, fmt.Sprint("m", n), m)
		test.record("taken %d", n)
	}
	_, _, ok := test.r.Next()
	require.False(test.t, ok, "Next agrees with Ready")
}

func (test *receiverTest) forget(n Number) {
	test.t.Helper()
	test.begin("forget %d", n)
	test.r.Forget(n)
}

func (test *receiverTest) discard() {
	test.t.Helper()
	test.begin("discard")
	test.r.Discard(func(n Number, m string) {
		require.Equal(test.t, fmt.Sprint("m", n), m)
		test.record("discarded %d", n)
	})
}

func (test *receiverTest) wantAccepted(why string, numbers ...Number) {
	test.t.Helper()
	test.want(why, each("accepted", numbers)...)
}

func (test *receiverTest) wantRefused(why string, numbers ...Number) {
	test.t.Helper()
	test.want(why, each("refused", numbers)...)
}

func (test *receiverTest) wantOld(why string, numbers ...Number) {
	test.t.Helper()
	test.want(why, each("old", numbers)...)
}

func (test *receiverTest) wantTaken(why string, numbers ...Number) {
	test.t.Helper()
	test.want(why, each("taken", numbers)...)
}

func (test *receiverTest) wantDiscarded(why string, numbers ...Number) {
	test.t.Helper()
	test.want(why, each("discarded", numbers)...)
}

// wantState asks what an acknowledgement would say, and how much fits in.
func (test *receiverTest) wantState(why, accepted string, free int) {
	test.t.Helper()
	require.Equal(test.t, accepted, test.r.Accepted().String(), why)
	require.Equal(test.t, free, test.r.Free(), why)
}

package transport_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

// numbered is message n of sequence id.
func numbered(id string, n int) *soap.Envelope {
	env := soap.New("urn:a:Ask", fmt.Appendf(nil, `<q>%d</q>`, n))
	env.MessageID = fmt.Sprintf("urn:uuid:%s-%d", id, n)
	env.AddHeader(fmt.Appendf(nil, `<Sequence xmlns="%s"><Identifier>%s</Identifier><MessageNumber>%d</MessageNumber></Sequence>`, rm11, id, n))
	return env
}

// journal is an Exchanger that answers at once and notes what it got.
type journal struct {
	mu   sync.Mutex
	got  []string
	when []time.Time
}

func (j *journal) Exchange(ctx context.Context, env *soap.Envelope) (*soap.Envelope, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.got = append(j.got, env.MessageID)
	j.when = append(j.when, time.Now())
	return soap.New(env.Action+"Response", nil), nil
}

func (j *journal) Address() string { return "urn:journal" }

// outcome runs one exchange and says what became of it.
func outcome(t *testing.T, x transport.Exchanger, env *soap.Envelope) string {
	_, err := x.Exchange(t.Context(), env)
	if err == nil {
		return "ok"
	}
	require.NotErrorIs(t, err, transport.ErrPermanent)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF, "a loss looks like a broken connection")
	return strings.Fields(err.Error())[1]
}

func TestFaultsZeroDoesNothing(t *testing.T) {
	j := new(journal)
	x := transport.Faults{}.Exchanger(j)
	for n := range 100 {
		require.Equal(t, "ok", outcome(t, x, numbered("s", n+1)))
	}
	require.Len(t, j.got, 100)
}

func TestFaultsCertain(t *testing.T) {
	for _, test := range []struct {
		faults    transport.Faults
		outcome   string
		delivered int
	}{
		{transport.Faults{LoseRequest: 1}, "request", 0},
		{transport.Faults{LoseReply: 1}, "reply", 1},
		{transport.Faults{Repeat: 1}, "ok", 2},
		{transport.Faults{Repeat: 1, LoseReply: 1}, "reply", 2},
		{transport.Faults{Repeat: 1, LoseRequest: 1}, "request", 0},
	} {
		j := new(journal)
		require.Equal(t, test.outcome, outcome(t, test.faults.Exchanger(j), numbered("s", 1)), "%+v", test.faults)
		require.Len(t, j.got, test.delivered, "%+v", test.faults)
	}
}

// Two runs of a program differ in identifiers and in the order of goroutines, not in what is lost.
func TestFaultsDependOnTheMessageAlone(t *testing.T) {
	const messages, attempts = 200, 3
	run := func(id string, concurrent bool) [messages][attempts]string {
		var out [messages][attempts]string
		x := transport.Faults{Seed: 1, LoseRequest: 0.2, LoseReply: 0.2, Repeat: 0.1}.Exchanger(new(journal))
		var all sync.WaitGroup
		for n := range messages {
			send := func() {
				for a := range attempts {
					out[n][a] = outcome(t, x, numbered(id, n+1))
				}
			}
			if concurrent {
				all.Go(send)
			} else {
				send()
			}
		}
		all.Wait()
		return out
	}
	first := run("one", false)
	require.Equal(t, first, run("two", true))

	count := map[string]int{}
	differ := 0
	for _, tries := range first {
		for _, o := range tries {
			count[o]++
		}
		if tries[0] != tries[1] {
			differ++
		}
	}
	require.InDelta(t, 0.20*messages*attempts, count["request"], 40)
	require.InDelta(t, 0.16*messages*attempts, count["reply"], 40)
	require.Greater(t, differ, messages/4, "attempts of one message fare differently")

	other := transport.Faults{Seed: 2, LoseRequest: 0.2, LoseReply: 0.2}.Exchanger(new(journal))
	same := 0
	for n := range messages {
		if outcome(t, other, numbered("one", n+1)) == first[n][0] {
			same++
		}
	}
	require.Less(t, same, messages*9/10, "another seed is another story")
}

// What has no number is told apart by how many of its action went before.
func TestFaultsOfUnnumberedMessages(t *testing.T) {
	run := func(id string) (out []string) {
		x := transport.Faults{Seed: 5, LoseRequest: 0.5}.Exchanger(new(journal))
		for n := range 64 {
			env := soap.New([]string{"urn:a:Create", "urn:a:Close"}[n%2], nil)
			env.MessageID = fmt.Sprint("urn:uuid:", id, n)
			out = append(out, outcome(t, x, env))
		}
		return out
	}
	first := run("one")
	require.Equal(t, first, run("two"))
	require.Contains(t, first, "ok")
	require.Contains(t, first, "request")
}

func TestFaultsDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := new(journal)
		x := transport.Faults{Seed: 1, Delay: time.Second}.Exchanger(j)
		begin := time.Now()
		var all sync.WaitGroup
		for n := range 50 {
			all.Go(func() {
				_, err := x.Exchange(t.Context(), numbered("s", n+1))
				require.NoError(t, err)
				require.LessOrEqual(t, time.Since(begin), 2*time.Second)
			})
		}
		all.Wait()
		require.Greater(t, time.Since(begin), time.Second, "replies are delayed too")
		late := 0
		for i, w := range j.when {
			require.LessOrEqual(t, w.Sub(begin), time.Second)
			if j.got[i] != fmt.Sprintf("urn:uuid:s-%d", i+1) {
				late++
			}
		}
		require.Greater(t, late, 25, "messages overtake each other")
	})
}

func TestFaultsLossTakesDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		require.Equal(t, "request", outcome(t, transport.Faults{LoseRequest: 1, Delay: time.Second}.Exchanger(new(journal)), numbered("s", 1)))
		require.Equal(t, time.Second, time.Since(begin))

		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		for _, f := range []transport.Faults{{LoseRequest: 1, Delay: time.Hour}, {LoseReply: 1, Delay: time.Hour}, {Repeat: 1, Delay: time.Hour}} {
			begin = time.Now()
			_, err := f.Exchanger(new(journal)).Exchange(ctx, numbered("s", 1))
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.LessOrEqual(t, time.Since(begin), time.Millisecond)
		}
	})
}

// Both copies run; the answer is the first one's, whichever is ready sooner.
func TestFaultsRepeatRunsBothAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		calls := 0
		x := transport.Faults{Repeat: 1}.Exchanger(&transport.Pipe{Handler: handlerFunc(func(ctx context.Context, p transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
			mu.Lock()
			calls++
			mu.Unlock()
			time.Sleep(time.Second)
			return echo(ctx, p, env)
		})})
		begin := time.Now()
		reply, err := x.Exchange(t.Context(), numbered("s", 1))
		require.NoError(t, err)
		require.Equal(t, "urn:a:AskResponse", reply.Action)
		require.Equal(t, 2, calls)
		require.Equal(t, time.Second, time.Since(begin))
	})
}

func TestFaultsKeepTheAddress(t *testing.T) {
	x := transport.Faults{}.Exchanger(new(journal))
	require.Equal(t, "urn:journal", x.(interface{ Address() string }).Address())
	_, has := transport.Faults{}.Exchanger(&transport.Pipe{}).(interface{ Address() string })
	require.False(t, has)
}

func TestFaultsPassErrorsOn(t *testing.T) {
	x := transport.Faults{}.Exchanger(&transport.Pipe{Handler: handlerFunc(echo)})
	_, err := x.Exchange(t.Context(), soap.New("urn:a:Ask", func() {}))
	require.ErrorIs(t, err, transport.ErrPermanent)
}

type roundTripperFunc func(*http.Request) (*http.Response, error)

func (f roundTripperFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// closer notes that it was closed.
type closer struct {
	io.Reader
	closed bool
}

func (c *closer) Close() error { c.closed = true; return nil }

func TestFaultsRoundTripper(t *testing.T) {
	wire, err := numbered("s", 1).AppendXML(nil)
	require.NoError(t, err)
	for _, test := range []struct {
		faults    transport.Faults
		fails     string
		delivered int
	}{
		{transport.Faults{}, "", 1},
		{transport.Faults{LoseRequest: 1}, "request lost", 0},
		{transport.Faults{LoseReply: 1}, "reply lost", 1},
		{transport.Faults{Repeat: 1}, "", 2},
	} {
		var mu sync.Mutex
		var bodies []*closer
		rt := test.faults.RoundTripper(roundTripperFunc(func(r *http.Request) (*http.Response, error) {
			b, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			require.Equal(t, wire, b)
			require.EqualValues(t, len(wire), r.ContentLength)
			again, err := r.GetBody()
			require.NoError(t, err)
			b, _ = io.ReadAll(again)
			require.Equal(t, wire, b)
			mu.Lock()
			defer mu.Unlock()
			bodies = append(bodies, &closer{Reader: strings.NewReader("answer")})
			return &http.Response{StatusCode: 200, Body: bodies[len(bodies)-1]}, nil
		}))
		sent := &closer{Reader: bytes.NewReader(wire)}
		req, err := http.NewRequestWithContext(t.Context(), "POST", "http://example.org/", sent)
		require.NoError(t, err)
		resp, err := rt.RoundTrip(req)
		require.True(t, sent.closed)
		require.Len(t, bodies, test.delivered)
		closed := 0
		for _, b := range bodies {
			if b.closed {
				closed++
			}
		}
		if test.fails != "" {
			require.ErrorContains(t, err, test.fails)
			require.Equal(t, test.delivered, closed)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, test.delivered-1, closed, "the answer thrown away is closed")
		b, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.Equal(t, "answer", string(b))
	}
}

func TestFaultsRoundTripperOtherBodies(t *testing.T) {
	broken := errors.New("broken")
	rt := transport.Faults{LoseRequest: 1}.RoundTripper(nil)
	for _, body := range []io.Reader{nil, strings.NewReader("no xml"), strings.NewReader("")} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", "http://example.org/", body)
		require.NoError(t, err)
		_, err = rt.RoundTrip(req)
		require.ErrorContains(t, err, "request lost")
	}
	req, err := http.NewRequestWithContext(t.Context(), "POST", "http://example.org/", io.MultiReader(strings.NewReader("<"), errReader{broken}))
	require.NoError(t, err)
	_, err = rt.RoundTrip(req)
	require.ErrorIs(t, err, broken)
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

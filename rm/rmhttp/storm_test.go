package rmhttp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/rm/rmhttp"
)

// TestStorm has hundreds of callers at once, over real HTTP: services that panic, hang and give up, callers that go away, connections that
// break, and a service that is shut down and started anew. Nothing runs twice, and nothing is left.
func TestStorm(t *testing.T) {
	before := runtime.NumGoroutine()
	quiet := slog.New(slog.DiscardHandler)
	var mu sync.Mutex
	ran, fate := map[string]int{}, map[string]string{} // by text
	service := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		text := string(textIn.FindSubmatch(b)[1])
		mu.Lock()
		ran[text]++
		mu.Unlock()
		switch _, kind, _ := strings.Cut(text, " "); strings.TrimRight(kind, " 0123456789") {
		case "panics":
			panic("wrong")
		case "aborts":
			panic(http.ErrAbortHandler)
		case "hangs":
			<-r.Context().Done() // until its session ends
		default:
			reply(w, shapes[0].soap, 200, "<done>"+text+"</done>")
		}
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	start := func(l net.Listener) (stop func()) {
		handler := &rmhttp.Handler{Next: service, Server: &rm.Server{Options: &rm.Options{Unordered: true, Window: 200, Logger: quiet}}}
		front := &http.Server{Handler: handler, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
		go front.Serve(l)
		return func() {
			// Hanging services have to be cut off.
			ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
			defer cancel()
			require.ErrorIs(t, handler.Shutdown(ctx), context.DeadlineExceeded)
			require.Zero(t, handler.Stats().Sessions)
			require.NoError(t, front.Close())
		}
	}

	base := http.DefaultTransport.(*http.Transport).Clone()
	base.MaxIdleConnsPerHost = 100
	rt := &rmhttp.Transport{Base: &breaking{RoundTripper: base}, Options: &rm.Options{Window: 200, Logger: quiet}}
	client := &http.Client{Transport: rt}
	storm := func(round string, callers int, kinds ...string) {
		var group sync.WaitGroup
		for i := range callers {
			kind := kinds[i%len(kinds)]
			text := fmt.Sprintf("%s %s %d", round, kind, i)
			group.Go(func() {
				ctx := t.Context()
				switch kind {
				case "goes away":
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, time.Duration(i)*100*time.Microsecond)
					defer cancel()
				case "hangs":
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, time.Second)
					defer cancel()
				case "is late":
					var cancel context.CancelFunc
					ctx, cancel = context.WithCancel(ctx)
					cancel()
				}
				r := shapes[i%2].request(t, ctx, "echo", text, "")
				r.URL.Host = l.Addr().String()
				resp, err := client.Do(r)
				what := "undone"
				if _, doubt := errors.AsType[*rm.InDoubtError](err); doubt {
					what = "in doubt"
				} else if err == nil {
					b, err := io.ReadAll(resp.Body)
					if err != nil {
						panic(err)
					}
					resp.Body.Close()
					what = fmt.Sprintf("%s %d %s", kind, resp.StatusCode, b)
				}
				mu.Lock()
				defer mu.Unlock()
				fate[text] = what
			})
		}
		group.Wait()
	}

	kinds := []string{"answers", "panics", "answers", "aborts", "goes away", "answers", "hangs", "is late", "answers", "answers"}
	stop := start(l)
	storm("before", 400, kinds...)
	stop()
	again, err := net.Listen("tcp", l.Addr().String())
	require.NoError(t, err)
	stop = start(again)
	// The old sessions have ended; whoever finds that out may be in doubt, all others have a new session.
	for round := 0; rt.Stats().Opened < 4; round++ {
		require.Less(t, round, 10)
		storm(fmt.Sprint("between-", round), 20, "answers")
	}
	storm("after", 200, kinds...)
	stop()

	mu.Lock()
	defer mu.Unlock()
	count := map[string]int{}
	for text, what := range fate {
		n := ran[text]
		require.LessOrEqual(t, n, 1, text)
		switch what {
		case "undone":
			require.Zero(t, n, text)
			count["undone"]++
		case "in doubt":
			count["in doubt"]++
		default:
			require.Equal(t, 1, n, text)
			count["answered"]++
			if strings.Contains(text, "answers") {
				require.Contains(t, what, "200 ")
				require.Contains(t, what, ">"+text+"</done>")
			} else if !strings.Contains(text, "goes away") { // or it was answered in time
				require.Contains(t, what, " 500 ")
			}
		}
	}
	t.Log(count, rt.Stats())
	require.GreaterOrEqual(t, count["answered"], 600*7/10, "what answers, panics and gives up; a restart is no trouble to those who come later")
	require.NotZero(t, count["in doubt"], "what hangs")
	require.GreaterOrEqual(t, count["undone"], 600/10, "what is late")

	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_ = rt.Close(ctx) // tells what is in doubt
	base.CloseIdleConnections()
	require.Zero(t, rt.Stats().Sessions)
	require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, 10*time.Second, 10*time.Millisecond, "goroutines are left, beside the condition's own")
}

// breaking loses each twentieth request, and as many responses.
type breaking struct {
	http.RoundTripper
	mu sync.Mutex
	n  int
}

func (b *breaking) RoundTrip(r *http.Request) (*http.Response, error) {
	b.mu.Lock()
	b.n++
	turn := b.n % 20
	b.mu.Unlock()
	if turn == 3 {
		r.Body.Close()
		return nil, errLost
	}
	resp, err := b.RoundTripper.RoundTrip(r)
	if err == nil && turn == 7 {
		resp.Body.Close()
		return nil, errLost
	}
	return resp, err
}

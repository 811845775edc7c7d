package rmhttp_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/rm/rmhttp"
)

func TestCloseWaitsForWhatIsUnderWay(t *testing.T) {
	in(t, func(w *world) {
		w.service.set(func(rw http.ResponseWriter, r *http.Request) {
			time.Sleep(2 * time.Minute)
			rw.WriteHeader(http.StatusAccepted)
		})
		done := make(chan error)
		go func() {
			_, err := w.client.Do(shapes[1].request(w, w.Context(), "echo", "slow", ""))
			done <- err
		}()
		time.Sleep(time.Second)
		began := time.Now()
		closed := make(chan error)
		go func() { closed <- w.rt.Close(w.Context()) }()
		require.NoError(w, <-done)
		require.NoError(w, <-closed)
		require.Greater(w, time.Since(began), time.Minute)
		require.Zero(w, w.handler.Stats().Sessions)
		require.NoError(w, w.rt.Close(w.Context()), "once more")
	})
}

// A server bounds the sessions of one host that nobody uses; the users of one Transport, who all come at once, are one host.
func TestManySessionsBeginAtOnce(t *testing.T) {
	handler := &rmhttp.Handler{Server: &rm.Server{}, Next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {})}
	server := httptest.NewServer(handler)
	defer server.Close()
	rt := &rmhttp.Transport{MaxSessions: 1000}
	client := &http.Client{Transport: rt}
	var all sync.WaitGroup
	for i := range 300 {
		all.Go(func() {
			r := shapes[1].request(t, t.Context(), "echo", "x", "")
			r.URL.Host = server.Listener.Addr().String()
			r.SetBasicAuth(fmt.Sprint("user", i), "secret")
			resp, err := client.Do(r)
			require.NoError(t, err)
			require.Equal(t, 202, resp.StatusCode)
			require.NoError(t, resp.Body.Close())
		})
	}
	all.Wait()
	require.EqualValues(t, 300, handler.Stats().Created)
	require.NoError(t, rt.Close(t.Context()))
}

// One endpoint at which nobody answers keeps no session from another one.
func TestOpeningsWaitForTheirOwnEndpoint(t *testing.T) {
	in(t, func(w *world) {
		w.net.serve(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Host == "hangs.example.org" {
				<-r.Context().Done()
				return
			}
			w.handler.ServeHTTP(rw, r)
		}))
		ctx, cancel := context.WithCancel(w.Context())
		defer cancel()
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				r := shapes[1].request(w, ctx, "echo", "x", "")
				r.URL.Host = "hangs.example.org"
				r.SetBasicAuth(fmt.Sprint("user", i), "secret")
				_, err := w.client.Do(r)
				require.ErrorIs(w, err, context.Canceled)
			})
		}
		time.Sleep(time.Second)
		began := time.Now()
		w.do(shapes[1].request(w, w.Context(), "echo", "x", ""))
		require.Less(w, time.Since(began), time.Second)
		cancel()
		all.Wait()
	})
}

func TestCloseThatIsCutShort(t *testing.T) {
	in(t, func(w *world) {
		w.service.set(func(rw http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		done := make(chan error)
		go func() {
			_, err := w.client.Do(shapes[1].request(w, w.Context(), "echo", "hangs", ""))
			done <- err
		}()
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(w.Context(), time.Second)
		defer cancel()
		err := w.rt.Close(ctx)
		_, doubt := errors.AsType[*rm.InDoubtError](err)
		require.True(w, doubt, "%v", err)
		_, doubt = errors.AsType[*rm.InDoubtError](<-done)
		require.True(w, doubt)
		time.Sleep(2 * time.Second)
		require.Zero(w, w.handler.Stats().Sessions, "it was told")
		require.Zero(w, w.rt.Stats().Sessions)
		require.EqualValues(w, 1, w.rt.Stats().Sent)
	})
}

// A session whose opening succeeds when nobody wants it any more is closed again.
func TestOpeningInVain(t *testing.T) {
	for name, giveUp := range map[string]func(w *world, cancel func()){
		"the only caller goes":    func(_ *world, cancel func()) { cancel() },
		"the Transport is closed": func(w *world, _ func()) { go w.rt.Close(w.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(w *world) {
				ctx, cancel := context.WithCancel(w.Context())
				defer cancel()
				var once sync.Once
				w.rt.Base = roundTripper(func(r *http.Request) (*http.Response, error) {
					resp, err := w.net.RoundTrip(r)
					once.Do(func() {
						giveUp(w, cancel)
						time.Sleep(time.Second)
					})
					return resp, err
				})
				resp, err := w.client.Do(shapes[1].request(w, ctx, "echo", "x", ""))
				_, doubt := errors.AsType[*rm.InDoubtError](err)
				require.False(w, doubt, "%v", err)
				if err == nil { // it was quicker than Close
					require.NoError(w, resp.Body.Close())
					require.Len(w, w.service.delivered(), 1)
				} else {
					require.Empty(w, w.service.delivered())
				}
				time.Sleep(5 * time.Second)
				require.Zero(w, w.rt.Stats().Sessions)
				require.Equal(w, rm.ServerStats{Created: 1, Ended: 1}, func(st rm.ServerStats) rm.ServerStats {
					return rm.ServerStats{Created: st.Created, Ended: st.Ended, Sessions: st.Sessions}
				}(w.handler.Stats()))
			})
		})
	}
}

func TestStatsNeverGoBack(t *testing.T) {
	in(t, func(w *world) {
		w.rt.MaxSessions = 1
		w.rt.Key = func(r *http.Request) string { return r.Header.Get("X-Trace") }
		for i := range 10 {
			w.do(shapes[1].request(w, w.Context(), "echo", fmt.Sprint(i), ""))
			st := w.rt.Stats()
			require.EqualValues(w, i+1, st.Sent)
			require.EqualValues(w, i+1, st.Opened)
			require.Equal(w, 1, st.Sessions)
		}
		require.NoError(w, w.rt.Close(w.Context()))
		require.EqualValues(w, 10, w.rt.Stats().Sent)
	})
}

// Without Base a Transport has connections of its own, and leaves none.
func TestConnectionsAreClosed(t *testing.T) {
	front := httptest.NewServer(&rmhttp.Handler{Next: &plainService{}, Server: &rm.Server{Options: &rm.Options{Unordered: true}}})
	defer front.Close()
	before := runtime.NumGoroutine()
	for _, end := range []func(*rmhttp.Transport){
		func(rt *rmhttp.Transport) { require.NoError(t, rt.Close(t.Context())) },
		func(rt *rmhttp.Transport) { rt.CloseIdleConnections() },
	} {
		rt := &rmhttp.Transport{}
		var group sync.WaitGroup
		for i := range 20 {
			group.Go(func() {
				r := shapes[1].request(t, t.Context(), "echo", fmt.Sprint(i), "")
				r.URL.Host, r.Host = front.Listener.Addr().String(), ""
				resp, err := (&http.Client{Transport: rt}).Do(r)
				if err == nil {
					err = resp.Body.Close()
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		end(rt)
		require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, 10*time.Second, 10*time.Millisecond, "beside the condition's own")
		require.EqualValues(t, 1, rt.Stats().Opened)
	}
}

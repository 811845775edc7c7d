package rm_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

// An error or panic of the handler makes the message one that never came, if it is acknowledged after the handler.
func TestAckHandled(t *testing.T) {
	for _, unordered := range []bool{false, true} {
		t.Run(fmt.Sprintf("unordered=%v", unordered), func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				w.server.Options.AckHandled = true
				w.server.Options.Unordered = unordered
				var runs atomic.Int32
				flaky := func(_ context.Context, m *rm.Message) (*soap.Envelope, error) {
					switch runs.Add(1) {
					case 1:
						return nil, errors.New("not now")
					case 2:
						panic("not now")
					}
					return say("reply", fmt.Sprint(runs.Load())), nil
				}
				w.service.Mux[ns+"/call"], w.service.Mux[ns+"/send"] = flaky, flaky

				s := w.open(v.options)
				reply, err := s.Call(w.Context(), say("call", "x"))
				require.NoError(w, err)
				require.Equal(w, "3", heard(w, reply))

				runs.Store(0)
				receipt, err := s.Send(w.Context(), say("send", "x"))
				require.NoError(w, err)
				require.NoError(w, receipt.Wait(w.Context()))
				require.EqualValues(w, 3, runs.Load())

				_, err = s.Call(w.Context(), say("unknown", "x"))
				_, isFault := errors.AsType[*soap.Fault](err)
				require.True(w, isFault, "a fault is an outcome")
				w.close(s)
			})
		})
	}
}

// A one-way message that is acknowledged when it was handled is not acknowledged before.
func TestAckHandledWaits(t *testing.T) {
	in(t, func(w *world) {
		w.server.Options.AckHandled = true
		s := w.open()
		begin := time.Now()
		receipt, err := s.Send(w.Context(), say("sleep", "1500ms"))
		require.NoError(w, err)
		require.NoError(w, receipt.Wait(w.Context()))
		require.Equal(w, 1500*time.Millisecond, time.Since(begin))
		w.close(s)
	})
}

// gate counts the handlers that run at once.
type gate struct {
	now, most atomic.Int32
	mu        sync.Mutex
	begun     []int
}

func (g *gate) handle(_ context.Context, m *rm.Message) (*soap.Envelope, error) {
	n := g.now.Add(1)
	defer g.now.Add(-1)
	g.mu.Lock()
	g.begun = append(g.begun, int(m.Number))
	g.mu.Unlock()
	for old := g.most.Load(); n > old && !g.most.CompareAndSwap(old, n); old = g.most.Load() {
	}
	time.Sleep(time.Second)
	return say("reply", ""), nil
}

func TestConcurrency(t *testing.T) {
	for _, test := range []struct {
		name    string
		options rm.Options
		most    int32
	}{
		{"ordered", rm.Options{}, 1},
		{"ordered with three", rm.Options{Concurrency: 3}, 3}, // calls
		{"unordered", rm.Options{Unordered: true}, 20},
		{"unordered with a window", rm.Options{Unordered: true, Window: 5}, 5},
		{"unordered without limit", rm.Options{Unordered: true, Concurrency: -1}, 20},
		{"handled in order", rm.Options{AckHandled: true, Concurrency: 3}, 1},
	} {
		for _, call := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, call=%v", test.name, call), func(t *testing.T) {
				in(t, func(w *world) {
					var g gate
					w.service.Mux[ns+"/gate"] = g.handle
					*w.server.Options = test.options
					s := w.open(func(o *rm.Options) { o.Window = 20 })
					w.echo(s, "1")
					for range 10 { // the first flight grows
						w.echo(s, "")
						w.echo(s, "")
					}
					var wg sync.WaitGroup
					for range 20 {
						wg.Go(func() {
							if call {
								_, err := s.Call(w.Context(), say("gate", ""))
								require.NoError(w, err)
								return
							}
							_, err := s.Send(w.Context(), say("gate", ""))
							require.NoError(w, err)
						})
					}
					wg.Wait()
					w.close(s)
					most := test.most
					if !call && !test.options.Unordered {
						most = 1
					}
					require.Equal(w, most, g.most.Load())
					require.Len(w, g.begun, 20)
					if test.name == "ordered" {
						require.True(w, slices.IsSorted(g.begun))
					}
				})
			})
		}
	}
}

// Large messages go through one by one, whatever MaxBytes; many of them wait at the client.
func TestMaxBytes(t *testing.T) {
	in(t, func(w *world) {
		w.server.Options.MaxBytes = 1
		s := w.open()
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() { w.echo(s, fmt.Sprint(i)) })
		}
		wg.Wait()
		require.Len(w, w.service.delivered(), 20)
		w.close(s)
	})
}

// The window of a client bounds what is unacknowledged.
func TestWindow(t *testing.T) {
	in(t, func(w *world) {
		s := w.open(func(o *rm.Options) { o.Window = 3 })
		w.link.delay = time.Second
		for range 3 {
			_, err := s.Send(w.Context(), say("ping", "x"))
			require.NoError(w, err)
		}
		require.Equal(w, 3, s.Stats().InFlight)
		begin := time.Now()
		_, err := s.Send(w.Context(), say("ping", "x"))
		require.NoError(w, err)
		require.Equal(w, 2*time.Second, time.Since(begin))
		w.close(s)
	})
}

// Those who wait for room get it in the order in which they came.
func TestRoomIsGivenInOrder(t *testing.T) {
	in(t, func(w *world) {
		w.link.delay = 50 * time.Millisecond
		s := w.open(func(o *rm.Options) { o.Window = 1 })
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() { w.echo(s, fmt.Sprint(i)) })
			time.Sleep(time.Millisecond)
		}
		wg.Wait()
		require.Equal(w, []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}, w.service.delivered())
		w.close(s)
	})
}

// after calls f when the answer to a request is there.
type after struct {
	transport.Handler
	f func(*soap.Envelope)
}

func (a after) ServeExchange(ctx context.Context, p transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
	answer, err := a.Handler.ServeExchange(ctx, p, env)
	a.f(env)
	return answer, err
}

// What was delivered is handled, though the session ends before the goroutine that shall do it has woken.
func TestDeliveredAtTheEnd(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // who was woken runs when the other one waits, not before
	in(t, func(w *world) {
		s := w.open()
		w.link.serve(after{w.server, func(env *soap.Envelope) {
			if short(env) != "sleep" {
				return
			}
			for s := range w.server.Sessions() {
				require.EqualValues(w, 2, s.Stats().Delivered)
				s.Abort(nil)
			}
		}})
		var wg sync.WaitGroup
		for _, operation := range []string{"sleep", "echo"} {
			wg.Go(func() { _, _ = s.Call(w.Context(), say(operation, "1s")) })
			time.Sleep(time.Millisecond)
		}
		wg.Wait()
		synctest.Wait()
		require.Equal(w, []string{"1s", "1s"}, w.service.delivered())
	})
}

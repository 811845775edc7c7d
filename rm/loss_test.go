package rm_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

// Each exchange of a whole conversation in turn is lost, either way, or repeated: nobody notices.
func TestEveryExchangeIsLostOnce(t *testing.T) {
	for _, f := range []struct {
		name string
		fate
	}{{"request", loseRequest}, {"reply", loseReply}, {"twice", twice}, {"empty", empty}} {
		t.Run(f.name, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				const exchanges = 8
				for n := 1; n <= exchanges; n++ {
					w.service.forget()
					w.link.restart()
					w.link.set(nth(n, f.fate))
					s := w.open(v.options)
					w.echo(s, "one")
					receipt, err := s.Send(w.Context(), say("ping", "two"))
					require.NoError(w, err)
					require.NoError(w, receipt.Wait(w.Context()))
					w.echo(s, "three")
					w.close(s)
					require.Equal(w, []string{"one", "two", "three"}, w.service.delivered(), "exchange %d", n)
				}
				if f.fate == empty && v.rm == rm.RM10 {
					// WS-RM 2005/02: TerminateSequence is one-way, so nothing is all that its answer has to be.
					require.Equal(w, 1, w.server.Stats().Sessions)
				} else {
					require.Zero(w, w.server.Stats().Sessions)
				}
				require.Empty(w, w.log.String())
			})
		})
	}
}

func TestConcurrentCallsInOrder(t *testing.T) {
	in(t, func(w *world) {
		w.link.delay = 5 * time.Millisecond
		s := w.open()
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() { w.echo(s, fmt.Sprint(i)) })
		}
		wg.Wait()
		require.Len(w, w.service.delivered(), 50)
		st := s.Stats()
		require.EqualValues(w, 50, st.Sent)
		require.Zero(w, st.InFlight)
		w.close(s)
	})
}

func TestConcurrentCallsOverABadLink(t *testing.T) {
	for _, unordered := range []bool{false, true} {
		t.Run(fmt.Sprintf("unordered=%v", unordered), func(t *testing.T) {
			in(t, func(w *world) {
				w.server.Options.Unordered = unordered
				w.link.delay = time.Millisecond
				faults := &transport.Faults{Seed: 1, LoseRequest: 0.2, LoseReply: 0.2, Repeat: 0.2}
				s, err := rm.Open(w.Context(), faults.Exchanger(w.link), nil)
				require.NoError(w, err)
				var wg sync.WaitGroup
				for i := range 200 {
					wg.Go(func() { w.echo(s, fmt.Sprint(i)) })
				}
				for i := range 200 {
					_, err := s.Send(w.Context(), say("ping", fmt.Sprint("ping ", i)))
					require.NoError(w, err)
				}
				wg.Wait()
				require.NoError(w, s.Flush(w.Context()))
				w.close(s)
				notes := w.service.delivered()
				require.Len(w, notes, 400)
				seen := map[string]bool{}
				pings := 0
				for _, note := range notes {
					require.False(w, seen[note], "%s came twice", note)
					seen[note] = true
					var i int
					if n, _ := fmt.Sscanf(note, "ping %d", &i); n == 1 && !unordered {
						require.Equal(w, pings, i, "pings are in order")
						pings++
					}
				}
			})
		})
	}
}

// A handler that takes longer than the client's patience runs once, and its reply arrives.
func TestSlowHandler(t *testing.T) {
	variants(t, func(w *world, v variant) {
		s := w.open(v.options)
		reply, err := s.Call(w.Context(), say("sleep", "90s"))
		require.NoError(w, err)
		require.Equal(w, "90s", heard(w, reply))
		require.Equal(w, []string{"90s"}, w.service.delivered())
		require.EqualValues(w, 1, s.Stats().Resent, "an exchange that is silent for a minute gets one beside it")
		w.close(s)
	})
}

// A proxy cuts each request after 10 s, and so does the patience of a carrier with a deadline.
func TestSlowHandlerBehindAProxy(t *testing.T) {
	for _, test := range []struct {
		name string
		cut  func(context.Context) (context.Context, context.CancelFunc)
	}{
		{"cut", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			stop := time.AfterFunc(10*time.Second, cancel)
			return ctx, func() { stop.Stop(); cancel() }
		}},
		{"deadline", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 10*time.Second)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			in(t, func(w *world) {
				w.link.handler = handlerFunc(func(ctx context.Context, p transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
					ctx, cancel := test.cut(ctx)
					defer cancel()
					answer, err := w.server.ServeExchange(ctx, p, env)
					if test.name == "cut" && ctx.Err() != nil {
						return nil, errors.New("cut")
					}
					return answer, err
				})
				s := w.open()
				reply, err := s.Call(w.Context(), say("sleep", "35s"))
				require.NoError(w, err)
				require.Equal(w, "35s", heard(w, reply))
				require.Equal(w, []string{"35s"}, w.service.delivered())
				w.close(s)
			})
		})
	}
}

func TestUnreachable(t *testing.T) {
	in(t, func(w *world) {
		s := w.open()
		w.echo(s, "one")
		w.link.set(func(int, *soap.Envelope) fate { return loseRequest })
		_, err := s.Call(w.Context(), say("echo", "two"))
		w.inDoubt(err, 2)
		require.ErrorIs(w, err, rm.ErrUnreachable)
		require.ErrorIs(w, err, errLost, "the last attempt's error")
		require.ErrorIs(w, err, net.ErrClosed)
		require.EqualValues(w, 8, s.Stats().Resent)

		cause := context.Cause(s.Context())
		require.ErrorIs(w, cause, rm.ErrUnreachable)
		w.certain(cause)
		_, err = s.Call(w.Context(), say("echo", "three"))
		require.Equal(w, cause, err, "a dead session answers with its cause")
		_, err = s.Send(w.Context(), say("ping", "four"))
		require.Equal(w, cause, err)
		w.inDoubt(s.Flush(w.Context()), 2)
		w.inDoubt(s.Close(w.Context()), 2)
		require.Contains(w, w.log.String(), "in doubt")
	})
}

func TestPermanentError(t *testing.T) {
	in(t, func(w *world) {
		refusing := &refuser{link: w.link}
		s, err := rm.Open(w.Context(), refusing, nil)
		require.NoError(w, err)
		w.echo(s, "one")
		refusing.on = true
		begin := time.Now()
		_, err = s.Call(w.Context(), say("echo", "two"))
		require.Zero(w, time.Since(begin), "nothing is repeated")
		w.inDoubt(err, 2)
		require.ErrorIs(w, err, transport.ErrPermanent)
		require.ErrorIs(w, err, net.ErrClosed)

		_, err = rm.Open(w.Context(), refusing, nil)
		require.ErrorIs(w, err, transport.ErrPermanent)
		w.certain(err)
	})
}

// refuser is a carrier that refuses.
type refuser struct {
	*link
	on bool
}

func (r *refuser) Exchange(ctx context.Context, env *soap.Envelope) (*soap.Envelope, error) {
	if r.on {
		// As a carrier might that could not parse the answer: a fault inside an error is no answer.
		return nil, fmt.Errorf("403 Forbidden: %w: %w", transport.ErrPermanent, &soap.Fault{Reason: "no answer"})
	}
	return r.link.Exchange(ctx, env)
}

// The client goes away without a word: the server forgets it, but not before its handlers are done.
func TestClientVanishes(t *testing.T) {
	in(t, func(w *world) {
		w.server.Options.Inactivity = time.Minute
		s := w.open(func(o *rm.Options) { o.MaxRetries = -1 })
		_, err := s.Call(w.after(time.Second), say("sleep", "2m"))
		w.inDoubt(err, 1)
		w.link.set(func(int, *soap.Envelope) fate { return loseRequest })
		time.Sleep(2 * time.Minute)
		require.Equal(w, 1, w.server.Stats().Sessions, "the handler was at work")
		time.Sleep(2 * time.Minute)
		require.Zero(w, w.server.Stats().Sessions)
		require.Contains(w, w.log.String(), "peer unreachable")

		w.link.set(nil)
		time.Sleep(time.Minute)
		require.Error(w, s.Context().Err(), "the next repeat learned that the session has ended")
		remote, ok := errors.AsType[*rm.SequenceError](context.Cause(s.Context()))
		require.True(w, ok)
		require.Equal(w, "SequenceTerminated", remote.Code)
	})
}

func TestIdleSessionIsKeptAlive(t *testing.T) {
	variants(t, func(w *world, v variant) {
		s := w.open(v.options)
		w.echo(s, "one")
		w.link.forget()
		time.Sleep(time.Hour)
		require.Contains(w, w.link.seen(), "-> AckRequested")
		require.Less(w, len(w.link.seen()), 30)
		w.echo(s, "two")
		w.close(s)
	})
}

// The server lost its memory: what was not acknowledged is in doubt, and everybody is told.
func TestServerRestarts(t *testing.T) {
	variants(t, func(w *world, v variant) {
		s := w.open(v.options)
		w.echo(s, "one")
		w.link.serve(&rm.Server{Handler: w.service})
		_, err := s.Call(w.Context(), say("echo", "two"))
		w.inDoubt(err, 2)
		unknown, ok := errors.AsType[*rm.SequenceError](err)
		require.True(w, ok)
		require.Equal(w, "UnknownSequence", unknown.Code)
		require.True(w, unknown.Remote)
		require.Equal(w, s.ID(), unknown.Sequence)
		require.Equal(w, []string{"one"}, w.service.delivered())
	})
}

// handlerFunc is a function that is a carrier's Handler.
type handlerFunc func(context.Context, transport.Peer, *soap.Envelope) (*soap.Envelope, error)

func (f handlerFunc) ServeExchange(ctx context.Context, p transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
	return f(ctx, p, env)
}

package rm_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
)

func TestCloseWaits(t *testing.T) {
	variants(t, func(w *world, v variant) {
		s := w.open(v.options)
		var wg sync.WaitGroup
		wg.Go(func() {
			reply, err := s.Call(w.Context(), say("sleep", "5s"))
			require.NoError(w, err)
			require.Equal(w, "5s", heard(w, reply))
		})
		for range 3 {
			_, err := s.Send(w.Context(), say("ping", "x"))
			require.NoError(w, err)
		}
		time.Sleep(time.Second)
		begin := time.Now()
		wg.Go(func() { w.close(s) })
		w.close(s) // twice is once
		require.Equal(w, 4*time.Second, time.Since(begin))
		wg.Wait()
		require.Zero(w, w.server.Stats().Sessions)

		_, err := s.Call(w.Context(), say("echo", "late"))
		w.certain(err)
		require.ErrorIs(w, err, net.ErrClosed)
		require.NoError(w, s.Close(w.Context()), "once more")
		s.Abort(errors.New("too late"))
		require.ErrorContains(w, context.Cause(s.Context()), "session closed")
	})
}

// Those who wait for room are turned away: they were not sent. Those who have a number are waited for.
func TestCloseTurnsAwayThoseWithoutANumber(t *testing.T) {
	in(t, func(w *world) {
		s := w.open(func(o *rm.Options) { o.Window = 1 })
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := s.Call(w.Context(), say("sleep", "5s"))
			require.NoError(w, err)
		})
		time.Sleep(time.Millisecond)
		wg.Go(func() {
			_, err := s.Call(w.Context(), say("echo", "x"))
			w.certain(err)
			require.ErrorIs(w, err, net.ErrClosed)
		})
		time.Sleep(time.Millisecond)
		w.close(s)
		wg.Wait()
		require.Equal(w, []string{"5s"}, w.service.delivered())
	})
}

func TestCloseWithAContextThatIsDone(t *testing.T) {
	in(t, func(w *world) {
		s := w.open()
		w.echo(s, "one")
		w.link.set(func(int, *soap.Envelope) fate { return loseRequest })
		_, err := s.Send(w.Context(), say("ping", "two"))
		require.NoError(w, err)
		err = s.Close(w.after(time.Second))
		w.inDoubt(err, 2)
		require.ErrorIs(w, err, context.DeadlineExceeded)
		require.Contains(w, w.log.String(), "message 2 of")
		w.inDoubt(s.Close(w.Context()), 2)
		time.Sleep(time.Second)

		w.link.set(nil)
		s = w.open()
		w.echo(s, "all is acknowledged")
		ended, cancel := context.WithCancel(w.Context())
		cancel()
		require.NoError(w, s.Close(ended), "nothing is in doubt")
		time.Sleep(time.Second)
		require.Equal(w, 1, w.server.Stats().Sessions, "the first one is still there")
	})
}

func TestAbort(t *testing.T) {
	variants(t, func(w *world, v variant) {
		s := w.open(v.options)
		w.echo(s, "one")
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := s.Call(w.Context(), say("sleep", "5s"))
			w.inDoubt(err, 2)
			require.ErrorContains(w, err, "enough")
			require.ErrorIs(w, err, net.ErrClosed)
		})
		time.Sleep(time.Second)
		begin := time.Now()
		cause := errors.New("enough")
		s.Abort(cause)
		require.Zero(w, time.Since(begin))
		wg.Wait()
		require.Zero(w, time.Since(begin))
		require.ErrorIs(w, context.Cause(s.Context()), cause)
		require.ErrorIs(w, context.Cause(s.Context()), net.ErrClosed)
		time.Sleep(time.Second)
		require.Zero(w, w.server.Stats().Sessions, "the server was told")
		require.Equal(w, []string{"one", "5s", "interrupted"}, w.service.delivered())
	})
}

// The cause of a session's end is neither an answer nor doubt, whatever Abort is given.
func TestAbortWithAnOddCause(t *testing.T) {
	in(t, func(w *world) {
		for _, cause := range []error{nil, &soap.Fault{Reason: "odd"}, &rm.InDoubtError{Err: errors.New("odd")}, net.ErrClosed} {
			s := w.open()
			s.Abort(cause)
			err := context.Cause(s.Context())
			w.certain(err)
			require.ErrorIs(w, err, net.ErrClosed)
			if cause != nil {
				require.ErrorIs(w, err, cause)
			}
			_, again := s.Call(w.Context(), say("echo", "x"))
			require.Equal(w, err, again)
		}
	})
}

// A server ends a session: its client learns it with the next message.
func TestServerAborts(t *testing.T) {
	variants(t, func(w *world, v variant) {
		s := w.open(v.options)
		w.echo(s, "one")
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := s.Call(w.Context(), say("sleep", "5s"))
			w.inDoubt(err, 2)
			remote, ok := errors.AsType[*rm.SequenceError](err)
			require.True(w, ok, "%v", err)
			require.Equal(w, "SequenceTerminated", remote.Code)
		})
		time.Sleep(time.Second)
		for theirs := range w.server.Sessions() {
			require.Equal(w, s.ID(), theirs.ID())
			theirs.Abort(errors.New("enough"))
			require.ErrorContains(w, context.Cause(theirs.Context()), "enough")
		}
		wg.Wait()
		require.Equal(w, []string{"one", "5s", "interrupted"}, w.service.delivered())
		require.NotNil(w, s.Context().Err())
	})
}

// Close of a server's session waits for the client to end it.
func TestServersClose(t *testing.T) {
	in(t, func(w *world) {
		s := w.open()
		w.echo(s, "one")
		for theirs := range w.server.Sessions() {
			var wg sync.WaitGroup
			wg.Go(func() { require.NoError(w, theirs.Close(w.Context())) })
			time.Sleep(time.Minute)
			w.close(s)
			wg.Wait()
		}

		s = w.open()
		for theirs := range w.server.Sessions() {
			require.NoError(w, theirs.Close(w.after(time.Second)))
			require.ErrorContains(w, context.Cause(theirs.Context()), "not closed in time")
		}
		_, err := s.Call(w.Context(), say("echo", "x"))
		require.ErrorContains(w, err, "SequenceTerminated")
	})
}

func TestShutdown(t *testing.T) {
	variants(t, func(w *world, v variant) {
		busy, quiet := w.open(v.options), w.open(v.options)
		w.echo(quiet, "x")
		w.echo(quiet, "its acknowledgement is outstanding")
		require.NoError(w, quiet.Flush(w.Context()))
		idle := w.open(v.options)

		var wg sync.WaitGroup
		wg.Go(func() {
			reply, err := busy.Call(w.Context(), say("sleep", "5s"))
			require.NoError(w, err)
			require.Equal(w, "5s", heard(w, reply))
			w.close(busy)
			require.NoError(w, quiet.Close(w.Context()), "it has ended, and lacks nothing")
		})
		time.Sleep(time.Second)
		wg.Go(func() {
			time.Sleep(time.Second)
			_, err := rm.Open(w.Context(), w.link, &rm.Options{Version: v.rm, SOAP: v.soap, Addressing: v.wsa})
			refusal, ok := errors.AsType[*rm.SequenceError](err)
			require.True(w, ok)
			require.Equal(w, "CreateSequenceRefused", refusal.Code)
			require.Contains(w, refusal.Reason, "shutting down")
		})
		require.NoError(w, w.server.Shutdown(w.Context()))
		wg.Wait()
		require.Zero(w, w.server.Stats().Sessions)
		_, err := idle.Call(w.Context(), say("echo", "x"))
		require.ErrorContains(w, err, "SequenceTerminated")
	})
}

// A client that has its last reply, and nothing more to say, keeps no server from ending.
func TestShutdownWithIdleClients(t *testing.T) {
	for _, noOffer := range []bool{false, true} {
		in(t, func(w *world) {
			s := w.open(func(o *rm.Options) { o.NoOffer = noOffer })
			w.echo(s, "x")
			begin := time.Now()
			require.NoError(w, w.server.Shutdown(w.Context()))
			require.WithinDuration(w, begin.Add(3*time.Second), time.Now(), 500*time.Millisecond)
			require.Zero(w, w.server.Stats().Sessions)
		})
	}
}

// What is lost with a server although its client takes it for done is said.
func TestShutdownSaysWhatIsLost(t *testing.T) {
	in(t, func(w *world) {
		s := w.open()
		for range 5 {
			_, err := s.Send(w.Context(), say("sleep", "1h"))
			require.NoError(w, err)
		}
		require.NoError(w, s.Flush(w.Context()))
		err := w.server.Shutdown(w.after(10 * time.Second))
		require.ErrorIs(w, err, context.DeadlineExceeded)
		require.ErrorContains(w, err, "rm: 4 acknowledged messages were not handled")
		time.Sleep(time.Second)
		require.Contains(w, w.log.String(), "messages that were acknowledged were not handled")
		require.Contains(w, w.log.String(), "numbers=2-5")
	})
}

func TestShutdownLosesPatience(t *testing.T) {
	in(t, func(w *world) {
		s := w.open()
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := s.Call(w.Context(), say("sleep", "1h"))
			w.inDoubt(err, 1)
			require.ErrorContains(w, err, "SequenceTerminated")
		})
		time.Sleep(time.Second)
		begin := time.Now()
		require.ErrorIs(w, w.server.Shutdown(w.after(10*time.Second)), context.DeadlineExceeded)
		require.Equal(w, 10*time.Second, time.Since(begin))
		wg.Wait()
		require.Equal(w, []string{"1h", "interrupted"}, w.service.delivered())
		require.Zero(w, w.server.Stats().Sessions)
	})
}

// A session that the peer ends while messages are under way gives each caller its own doubt.
func TestEachCallerGetsItsOwnDoubt(t *testing.T) {
	in(t, func(w *world) {
		s := w.open()
		var wg sync.WaitGroup
		for i := range 3 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				_, err := s.Call(w.Context(), say("sleep", "1h"))
				doubt, ok := errors.AsType[*rm.InDoubtError](err)
				require.True(w, ok)
				require.Len(w, doubt.Numbers, 1)
				require.EqualValues(w, i+1, doubt.Numbers[0])
			})
		}
		time.Sleep(time.Second)
		s.Abort(nil)
		wg.Wait()
		doubt := w.inDoubt(s.Close(w.Context()), 1, 2, 3)
		require.ErrorContains(w, doubt, "message 1-3 of "+s.ID())
	})
}

// Close that nobody bounds ends by itself, whatever the peer does not do. All had been acknowledged, so nothing is in doubt.
func TestCloseWithoutADeadline(t *testing.T) {
	for _, test := range []struct {
		name  string
		fate  fate
		of    string // the messages that have it, by a part of their action; all others are answered
		ended string
	}{
		{"the peer is gone", loseRequest, "", "peer unreachable: lost on the way"},
		{"CloseSequence does not get through", loseRequest, "/CloseSequence", "peer unreachable: lost on the way"},
		{"TerminateSequence does not get through", loseReply, "/TerminateSequence", "peer unreachable: lost on the way"},
		{"the peer says nothing any more", empty, "", "session closed"},
		{"CloseSequence is not answered", empty, "/CloseSequence", "session closed"},
		{"TerminateSequence is not answered", empty, "/TerminateSequence", "session closed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				if v.rm == rm.RM10 && test.of == "/CloseSequence" {
					return // which has none
				}
				s := w.open(v.options)
				w.echo(s, "one")
				w.link.set(func(_ int, request *soap.Envelope) fate {
					if strings.Contains(request.Action, test.of) {
						return test.fate
					}
					return pass
				})
				began := time.Now()
				require.NoError(w, s.Close(context.Background()))
				require.Less(w, time.Since(began), 4*time.Minute)
				require.ErrorContains(w, context.Cause(s.Context()), test.ended)
			})
		})
	}
}

// The same where answers come to an address.
func TestCloseWithoutADeadlineAddressable(t *testing.T) {
	for _, lost := range []string{"", "CloseSequenceResponse", "TerminateSequenceResponse"} {
		t.Run(lost, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				s, p := w.addressable(v.options)
				w.echo(s, "one")
				p.mu.Lock()
				p.lose = func(answer string) bool { return strings.Contains(answer, lost) }
				p.mu.Unlock()
				began := time.Now()
				require.NoError(w, s.Close(context.Background()))
				require.Less(w, time.Since(began), 6*time.Minute)
				require.Error(w, context.Cause(s.Context()))
			})
		})
	}
}

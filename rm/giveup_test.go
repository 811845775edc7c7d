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
)

func TestCallerGivesUpBeforeTheMessageHasANumber(t *testing.T) {
	in(t, func(w *world) {
		s := w.open(func(o *rm.Options) { o.Window = 1 })
		ended, cancel := context.WithCancel(w.Context())
		cancel()
		_, err := s.Call(ended, say("echo", "never"))
		w.certain(err)
		require.ErrorIs(w, err, context.Canceled)

		var wg sync.WaitGroup
		wg.Go(func() { _, _ = s.Call(w.Context(), say("sleep", "10s")) })
		time.Sleep(time.Millisecond)
		_, err = s.Call(w.after(time.Second), say("echo", "no room"))
		w.certain(err)
		require.ErrorIs(w, err, context.DeadlineExceeded)
		_, err = s.Send(w.after(time.Second), say("ping", "no room"))
		w.certain(err)
		require.ErrorIs(w, err, context.DeadlineExceeded)
		wg.Wait()
		w.echo(s, "there is room")
		require.Equal(w, []string{"10s", "there is room"}, w.service.delivered())
		w.close(s)
	})
}

// Send looks at the room first, then at the context.
func TestSendNeedsNoContextIfThereIsRoom(t *testing.T) {
	in(t, func(w *world) {
		s := w.open()
		ended, cancel := context.WithCancel(w.Context())
		cancel()
		receipt, err := s.Send(ended, say("ping", "x"))
		require.NoError(w, err)
		require.NoError(w, receipt.Wait(w.Context()))
		require.NoError(w, receipt.Wait(ended), "what is known needs no wait")
		require.NoError(w, s.Flush(ended))
	})
}

func TestCallerGivesUpLater(t *testing.T) {
	variants(t, func(w *world, v variant) {
		s := w.open(v.options)
		_, err := s.Call(w.after(time.Second), say("sleep", "5s"))
		doubt := w.inDoubt(err, 1)
		require.ErrorIs(w, err, context.DeadlineExceeded)
		require.Equal(w, s.ID(), doubt.Session)
		w.echo(s, "after") // in its turn
		require.Equal(w, []string{"5s", "after"}, w.service.delivered())
		w.close(s)
	})
}

// The first attempt goes with its caller; the message is repeated until the peer has it.
func TestCallerGivesUpAndTheMessageStays(t *testing.T) {
	in(t, func(w *world) {
		s := w.open()
		w.link.set(func(int, *soap.Envelope) fate { return loseRequest })
		_, err := s.Call(w.after(100*time.Millisecond), say("echo", "one"))
		w.inDoubt(err, 1)
		w.link.set(nil)
		time.Sleep(time.Minute)
		require.Equal(w, []string{"one"}, w.service.delivered())
		require.Zero(w, s.Stats().InFlight)
		w.close(s)
	})
}

// Many give up at any moment, and whatever they leave is picked up.
func TestManyGiveUp(t *testing.T) {
	in(t, func(w *world) {
		w.link.delay = 3 * time.Millisecond
		w.link.set(func(n int, _ *soap.Envelope) fate { return []fate{pass, pass, loseRequest, pass, loseReply}[n%5] })
		s := w.open(func(o *rm.Options) { o.Window, o.MaxRetries = 4, -1 })
		var wg sync.WaitGroup
		var mu sync.Mutex
		fates := map[string]string{}
		for i := range 100 {
			wg.Go(func() {
				text := fmt.Sprint(i)
				ctx, cancel := context.WithTimeout(w.Context(), time.Duration(i*7)*time.Millisecond)
				defer cancel()
				_, err := s.Call(ctx, say("echo", text))
				fate := "done"
				if _, doubt := errors.AsType[*rm.InDoubtError](err); doubt {
					fate = "in doubt"
				} else if err != nil {
					fate = "not sent"
				}
				mu.Lock()
				defer mu.Unlock()
				fates[text] = fate
			})
		}
		wg.Wait()
		w.close(s)
		times := map[string]int{}
		for _, text := range w.service.delivered() {
			times[text]++
		}
		for text, fate := range fates {
			if fate == "not sent" {
				require.Zero(w, times[text], "%s was not sent", text)
			} else {
				require.Equal(w, 1, times[text], "%s is %s; the session closed in good order, so it was done", text, fate)
			}
		}
	})
}

func TestReceipt(t *testing.T) {
	in(t, func(w *world) {
		s := w.open()
		w.link.set(nth(w.link.count()+1, loseRequest))
		receipt, err := s.Send(w.Context(), say("ping", "x"))
		require.NoError(w, err)
		err = receipt.Wait(w.after(100 * time.Millisecond))
		w.inDoubt(err, 1)
		require.ErrorIs(w, err, context.DeadlineExceeded)
		select {
		case <-receipt.Done():
			w.Fatal("not yet")
		default:
		}
		err = s.Flush(w.after(100 * time.Millisecond))
		w.inDoubt(err, 1)
		<-receipt.Done()
		require.NoError(w, receipt.Wait(w.Context()))
		time.Sleep(time.Millisecond)
		require.Equal(w, []string{"x"}, w.service.delivered())

		w.link.set(func(int, *soap.Envelope) fate { return loseRequest })
		receipt, err = s.Send(w.Context(), say("ping", "y"))
		require.NoError(w, err)
		flushed := make(chan error)
		go func() { flushed <- s.Flush(w.Context()) }()
		time.Sleep(time.Millisecond)
		s.Abort(errors.New("enough"))
		w.inDoubt(receipt.Wait(w.Context()), 2)
		err = <-flushed
		w.inDoubt(err, 2)
		require.ErrorContains(w, err, "enough")
	})
}

func TestFlushWaitsForWhatWasSentBefore(t *testing.T) {
	in(t, func(w *world) {
		w.link.delay = time.Second
		s := w.open()
		for i := range 3 {
			_, err := s.Send(w.Context(), say("ping", fmt.Sprint(i)))
			require.NoError(w, err)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			time.Sleep(1900 * time.Millisecond)
			_, err := s.Send(w.Context(), say("ping", "later"))
			require.NoError(w, err)
		})
		begin := time.Now()
		require.NoError(w, s.Flush(w.Context()))
		require.Equal(w, 2*time.Second, time.Since(begin))
		require.Equal(w, 1, s.Stats().InFlight)
		wg.Wait()
		w.close(s)
	})
}

func TestOpenIsGivenUp(t *testing.T) {
	in(t, func(w *world) {
		w.link.set(func(int, *soap.Envelope) fate { return loseRequest })
		begin := time.Now()
		_, err := rm.Open(w.after(3*time.Second), w.link, nil)
		w.certain(err)
		require.ErrorIs(w, err, context.DeadlineExceeded)
		require.ErrorContains(w, err, "lost on the way")
		require.Equal(w, 3*time.Second, time.Since(begin))
	})
}

func TestOpenEndsByItself(t *testing.T) {
	in(t, func(w *world) {
		w.link.set(func(int, *soap.Envelope) fate { return empty })
		_, err := rm.Open(w.Context(), w.link, nil)
		w.certain(err)
		require.ErrorIs(w, err, rm.ErrUnreachable)
		require.Equal(w, 8, w.link.count())
		require.Empty(w, w.log.String())
	})
}

func TestOpenWithoutContext(t *testing.T) {
	in(t, func(w *world) {
		ended, cancel := context.WithCancel(w.Context())
		cancel()
		_, err := rm.Open(ended, w.link, nil)
		require.ErrorIs(w, err, context.Canceled)
		require.Zero(w, w.link.count())
		_, err = rm.Open(w.Context(), nil, nil)
		require.Error(w, err)
	})
}

// An answer that takes long is waited for.
func TestOpenSlowly(t *testing.T) {
	in(t, func(w *world) {
		w.link.delay = 20 * time.Second
		s := w.open()
		w.echo(s, "x")
		require.NotErrorIs(w, context.Cause(s.Context()), net.ErrClosed)
	})
}

// gSOAP answers the repeat of a call, whose reply was lost, and AckRequested with nothing. That call is in doubt, and its
// caller is told at once; the next reply shows that the session is sound.
func TestACallInDoubtDoesNotEndItsSession(t *testing.T) {
	in(t, func(w *world) {
		s := w.open()
		w.link.set(func(_ int, env *soap.Envelope) fate {
			switch short(env) {
			case "echo":
				if len(w.service.delivered()) == 0 {
					return loseReply
				}
				return empty
			case "AckRequested":
				return empty
			}
			return pass
		})
		flushed := make(chan error)
		go func() {
			time.Sleep(time.Millisecond)
			flushed <- s.Flush(w.Context())
		}()
		_, err := s.Call(w.Context(), say("echo", "one"))
		for _, err := range []error{err, <-flushed} {
			doubt := w.inDoubt(err, 1)
			require.ErrorIs(w, doubt.Err, rm.ErrUnreachable)
		}
		require.NoError(w, s.Context().Err())
		w.link.set(nil)
		w.echo(s, "two")
		require.Equal(w, []string{"one", "two"}, w.service.delivered())
		w.close(s)
	})
}

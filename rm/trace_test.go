package rm_test

import (
	"fmt"
	"regexp"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
)

// tracer writes events down.
type tracer struct {
	mu     sync.Mutex
	inside bool
	lines  []string
}

func (r *tracer) trace(e rm.Event) {
	r.mu.Lock()
	if r.inside {
		panic("two events at once")
	}
	r.inside = true
	r.mu.Unlock()
	line := e.Kind.String()
	if e.Number != 0 {
		line += fmt.Sprint(" ", e.Number)
	}
	if e.Try > 1 {
		line += fmt.Sprint(" try ", e.Try)
	}
	if e.Elapsed != 0 {
		line += fmt.Sprint(" after ", e.Elapsed)
	}
	if e.Err != nil {
		line += ": " + e.Err.Error()
	}
	if e.Session != nil {
		e.Session.Stats() // which it may
		e.Session.ID()
		e.Session.Peer()
	}
	r.mu.Lock()
	r.inside = false
	r.lines = append(r.lines, line)
	r.mu.Unlock()
}

func (r *tracer) told() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lines
}

func TestTrace(t *testing.T) {
	in(t, func(w *world) {
		var client, server tracer
		w.server.Options.Trace = server.trace
		w.link.delay = time.Millisecond
		s := w.open(func(o *rm.Options) { o.Trace = client.trace })
		w.echo(s, "one")
		w.link.set(nth(w.link.count()+1, loseReply))
		w.echo(s, "two")
		w.close(s)
		synctest.Wait() // until whoever had a part in it has told its share
		require.Equal(w, []string{
			"Opened after 2ms",
			"Transmitted 1", "Acknowledged 1 after 2ms", "Delivered 1",
			"Transmitted 2", "Failed 2 after 2ms: lost on the way",
			"Transmitted 2 try 2", "Acknowledged 2 after LATER", "Delivered 2",
			"Closed",
		}, later(client.told()))
		// Of a server, Transmitted and Acknowledged are about its replies.
		require.Equal(w, []string{
			"Opened",
			"Delivered 1", "Transmitted 1",
			"Acknowledged 1", "Delivered 2", "Transmitted 2",
			"Dropped 2",
			"Acknowledged 2", "Closed",
		}, server.told())
	})
}

// later hides when the repeat came, which is left to chance.
func later(lines []string) []string {
	for i := range lines {
		lines[i] = regexp.MustCompile(`after 4\d\d.*ms|after 3\d\d.*ms`).ReplaceAllString(lines[i], "after LATER")
	}
	return lines
}

func TestTraceOfTrouble(t *testing.T) {
	in(t, func(w *world) {
		var client tracer
		s := w.open(func(o *rm.Options) { o.Trace, o.MaxRetries = client.trace, 1 })
		w.link.set(func(int, *soap.Envelope) fate { return loseRequest })
		_, err := s.Call(w.Context(), say("echo", "one"))
		require.Error(w, err)
		synctest.Wait() // until the goroutine of the last attempt has told its end
		lines := client.told()
		require.Equal(w, []string{"Opened", "Transmitted 1", "Failed 1: lost on the way", "Transmitted 1 try 2", "Failed 1 try 2: lost on the way"}, lines[:5])
		require.Equal(w, "Closed: rm: peer unreachable: lost on the way", lines[5])
		require.Len(w, lines, 6)

		// An opening that fails is told, too.
		client = tracer{}
		_, err = rm.Open(w.Context(), w.link, &rm.Options{Trace: client.trace, MaxRetries: 1})
		require.Error(w, err)
		require.Equal(w, []string{"Failed: lost on the way", "Closed: rm: peer unreachable: lost on the way"}, client.told())
	})
}

// A Trace that panics takes its goroutine with it, and no event of others.
func TestTracePanics(t *testing.T) {
	in(t, func(w *world) {
		var client tracer
		armed := true
		s := w.open(func(o *rm.Options) {
			o.Trace = func(e rm.Event) {
				client.trace(e)
				if e.Kind == rm.Transmitted && armed {
					armed = false
					panic("in Trace")
				}
			}
		})
		require.PanicsWithValue(w, "in Trace", func() { _, _ = s.Call(w.Context(), say("echo", "one")) })
		w.echo(s, "two")
		require.Contains(w, client.told(), "Transmitted 2")
	})
}

func TestEventKindString(t *testing.T) {
	require.Equal(t, "Opened", rm.Opened.String())
	require.Equal(t, "Stalled", rm.Stalled.String())
	require.Equal(t, "EventKind(99)", rm.EventKind(99).String())
	require.Equal(t, "1.0 1.1 automatic", fmt.Sprint(rm.RM10, rm.RM11, rm.Version(0)))
}

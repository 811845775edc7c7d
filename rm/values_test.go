package rm_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
)

// watching is a link that notes the value that the context of each exchange has.
type watching struct {
	*link
	mu     sync.Mutex
	values []any
}

func (l *watching) Exchange(ctx context.Context, env *soap.Envelope) (*soap.Envelope, error) {
	l.mu.Lock()
	l.values = append(l.values, ctx.Value(key{}))
	l.mu.Unlock()
	return l.link.Exchange(ctx, env)
}

func (l *watching) seen() []any {
	l.mu.Lock()
	defer l.mu.Unlock()
	values := l.values
	l.values = nil
	return values
}

// What the caller's context says of a message, the carrier sees at each attempt, also when the caller has given up.
func TestAllAttemptsHaveTheCallersValues(t *testing.T) {
	in(t, func(w *world) {
		l := &watching{link: w.link}
		s, err := rm.Open(context.WithValue(w.Context(), key{}, "open"), l, nil)
		require.NoError(w, err)
		w.opened = append(w.opened, s)
		require.Equal(w, []any{"open"}, l.seen())

		lost := func(n int, _ *soap.Envelope) fate {
			if n%3 != 0 {
				return loseRequest
			}
			return pass
		}
		w.link.restart()
		w.link.set(lost)
		_, err = s.Call(context.WithValue(w.Context(), key{}, "call"), say("echo", "one"))
		require.NoError(w, err)
		require.Equal(w, []any{"call", "call", "call"}, l.seen())

		w.link.restart()
		receipt, err := s.Send(context.WithValue(w.Context(), key{}, "send"), say("ping", "two"))
		require.NoError(w, err)
		require.NoError(w, receipt.Wait(w.Context()))
		require.Equal(w, []any{"send", "send", "send"}, l.seen())

		w.link.restart()
		_, err = s.Call(context.WithValue(w.after(time.Millisecond), key{}, "gone"), say("echo", "three"))
		w.inDoubt(err, 3)
		time.Sleep(10 * time.Second)
		require.Equal(w, []any{"gone", "gone", "gone"}, l.seen())
		require.Equal(w, []string{"one", "two", "three"}, w.service.delivered())

		w.link.set(nil)
		w.close(s)
		require.Equal(w, []any{nil, nil}, l.seen(), "nobody called for these")
	})
}

package rm_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

// fussy is a service that refuses some one-way messages by faults of no protocol, and says nothing to others.
type fussy struct{ transport.Handler }

func (f fussy) ServeExchange(ctx context.Context, p transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
	var in text
	switch err := env.Decode(&in); {
	case err != nil:
	case in.Text == "refuse":
		time.Sleep(time.Second)
		return soap.New("", &soap.Fault{Code: "Sender", Reason: "not that"}), nil
	case in.Text == "ignore":
		return nil, nil
	}
	return f.Handler.ServeExchange(ctx, p, env)
}

// Who waits for all that was sent, and asks for no Receipt, learns that a message was refused.
func TestFlushAndCloseTellOfARefusedMessage(t *testing.T) {
	in(t, func(w *world) {
		w.link.serve(fussy{w.server})
		s := w.open()
		_, err := s.Send(w.Context(), say("ping", "one"))
		require.NoError(w, err)
		require.NoError(w, s.Flush(w.Context()))
		receipt, err := s.Send(w.Context(), say("ping", "refuse"))
		require.NoError(w, err)

		for what, err := range map[string]error{
			"Flush": s.Flush(w.Context()), "Close": s.Close(w.Context()), "Wait": receipt.Wait(w.Context()),
		} {
			fault, ok := errors.AsType[*soap.Fault](err)
			require.True(w, ok, "%s: %v", what, err)
			require.Equal(w, "not that", fault.Reason, what)
		}
		require.Contains(w, w.log.String(), "the peer may lack messages")
	})
}

// What was never sent, because the session ended first, has not arrived, whether that is certain or not.
func TestFlushAndCloseTellOfMessagesNeverSent(t *testing.T) {
	in(t, func(w *world) {
		w.link.serve(fussy{w.server})
		s := w.open()
		var receipts []*rm.Receipt
		for _, text := range []string{"refuse", "ignore", "three"} {
			r, err := s.Send(w.Context(), say("ping", text))
			require.NoError(w, err)
			receipts = append(receipts, r)
			time.Sleep(time.Millisecond) // the answer of nothing makes the session serial: the third one has to wait
		}
		w.inDoubt(s.Flush(w.Context()), 1, 2, 3)
		w.inDoubt(s.Close(w.Context()), 1, 2, 3)

		_, refused := errors.AsType[*soap.Fault](receipts[0].Wait(w.Context()))
		require.True(w, refused)
		w.inDoubt(receipts[1].Wait(w.Context()), 2)
		w.certain(receipts[2].Wait(w.Context()))
		require.Empty(w, w.service.delivered())
	})
}

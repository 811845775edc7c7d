package rm_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

// dialled is an Exchanger to a client's address.
type dialled func(ctx context.Context, env *soap.Envelope) (*soap.Envelope, error)

func (d dialled) Exchange(ctx context.Context, env *soap.Envelope) (*soap.Envelope, error) {
	return d(ctx, env)
}

// withAddress opens a session whose client has an address, at a server that reaches it by way.
func (w *world) withAddress(way dialled) (*rm.Session, error) {
	replies := &rm.Server{Address: replyAddress}
	w.server.DialBack = func(_ context.Context, to *soap.EndpointReference) (transport.Exchanger, error) {
		if to.Address != replyAddress {
			return nil, errors.New("no such address")
		}
		return dialled(func(ctx context.Context, env *soap.Envelope) (*soap.Envelope, error) {
			if way != nil {
				if answer, err := way(ctx, env); answer != nil || err != nil {
					return answer, err
				}
			}
			// Written and read, as a carrier does.
			env, err := soap.Parse([]byte(written(env)), nil)
			if err != nil {
				return nil, err
			}
			return replies.ServeExchange(ctx, transport.Peer{Address: "192.0.2.7:80"}, env)
		}), nil
	}
	s, err := rm.Open(w.Context(), w.link, &rm.Options{Logger: w.logger(), ReplyTo: replies})
	if err == nil {
		w.opened = append(w.opened, s)
	}
	return s, err
}

// Both ends are ours, and each answer goes to where the client said.
func TestDialBack(t *testing.T) {
	in(t, func(w *world) {
		s, err := w.withAddress(nil)
		require.NoError(w, err)
		w.echo(s, "one")
		w.echo(s, "two")
		r, err := s.Send(w.Context(), say("ping", "three"))
		require.NoError(w, err)
		require.NoError(w, r.Wait(w.Context()))
		w.close(s)
	})
}

// An address that takes a connection and says nothing holds up replies for a minute, not for ever.
func TestDialBackToAnAddressThatHangs(t *testing.T) {
	in(t, func(w *world) {
		var hang atomic.Bool
		s, err := w.withAddress(func(ctx context.Context, _ *soap.Envelope) (*soap.Envelope, error) {
			if hang.CompareAndSwap(true, false) {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return nil, nil
		})
		require.NoError(w, err)
		hang.Store(true)
		began := time.Now()
		w.echo(s, "one")
		require.GreaterOrEqual(w, time.Since(began), 60*time.Second)
		require.Less(w, time.Since(began), 62*time.Second)
		w.close(s)
	})
}

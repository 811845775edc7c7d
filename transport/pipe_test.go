package transport_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

func TestPipeCarriesWhatAWireWould(t *testing.T) {
	for _, v := range []soap.Version{soap.V11, soap.V12} {
		for _, a := range []soap.Addressing{soap.WSA10, soap.WSA2004} {
			sent := soap.New("urn:a:Ask", []byte(`<q xmlns="urn:q">text</q>`))
			sent.Version, sent.Addressing, sent.MessageID, sent.To = v, a, "urn:uuid:1", "urn:to"
			peer := transport.Peer{Principal: "ann", Address: "192.0.2.1:5", Secure: true}
			pipe := &transport.Pipe{Peer: peer, Handler: handlerFunc(func(ctx context.Context, p transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
				require.Equal(t, peer, p)
				require.NotSame(t, sent, env)
				require.Equal(t, v, env.Version)
				require.Equal(t, a, env.Addressing)
				require.Equal(t, "urn:to", env.To)
				return echo(ctx, p, env)
			})}
			got, err := pipe.Exchange(t.Context(), sent)
			require.NoError(t, err)
			require.Equal(t, v, got.Version)
			require.Equal(t, a, got.Addressing)
			require.Equal(t, "urn:a:AskResponse", got.Action)
			require.Equal(t, "urn:uuid:1", got.RelatesTo)
			var text string
			require.NoError(t, got.Decode(&text))
			require.Equal(t, "text", text)
		}
	}
}

func TestPipeAnswers(t *testing.T) {
	internal := errors.New("the handler's own trouble")
	fault := soap.New("urn:a:Fault", &soap.Fault{Code: "Sender", Reason: "no"})
	for _, test := range []struct {
		name  string
		reply *soap.Envelope
		err   error
		check func(t *testing.T, got *soap.Envelope, err error)
	}{
		{"nothing", nil, nil, func(t *testing.T, got *soap.Envelope, err error) {
			require.NoError(t, err)
			require.Nil(t, got)
		}},
		{"a fault is an envelope", fault, nil, func(t *testing.T, got *soap.Envelope, err error) {
			require.NoError(t, err)
			require.True(t, got.IsFault())
		}},
		{"overloaded", nil, internal, func(t *testing.T, got *soap.Envelope, err error) {
			require.ErrorContains(t, err, "the handler refused")
			require.NotErrorIs(t, err, internal, "no kind of error crosses a wire")
			require.NotErrorIs(t, err, transport.ErrPermanent)
		}},
		{"a permanent error of the handler is not the carrier's", nil, transport.ErrPermanent, func(t *testing.T, got *soap.Envelope, err error) {
			require.Error(t, err)
			require.NotErrorIs(t, err, transport.ErrPermanent)
		}},
		{"an answer that cannot be written", soap.New("urn:a:Bad", func() {}), nil, func(t *testing.T, got *soap.Envelope, err error) {
			require.ErrorContains(t, err, "answer")
			require.NotErrorIs(t, err, transport.ErrPermanent)
		}},
		{"an answer that cannot be read", soap.New("urn:a:Bad", []byte("<ill")), nil, func(t *testing.T, got *soap.Envelope, err error) {
			require.ErrorContains(t, err, "answer")
			_, ok := errors.AsType[*soap.Fault](err)
			require.False(t, ok, "nobody has answered with a fault")
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			pipe := &transport.Pipe{Handler: handlerFunc(func(context.Context, transport.Peer, *soap.Envelope) (*soap.Envelope, error) {
				return test.reply, test.err
			})}
			got, err := pipe.Exchange(t.Context(), soap.New("urn:a:Ask", nil))
			test.check(t, got, err)
		})
	}
}

// As over a wire, where its connection would break.
func TestPipeHandlerEndsItsGoroutine(t *testing.T) {
	pipe := &transport.Pipe{Handler: handlerFunc(func(context.Context, transport.Peer, *soap.Envelope) (*soap.Envelope, error) {
		runtime.Goexit()
		return nil, nil
	})}
	_, err := pipe.Exchange(t.Context(), soap.New("urn:a:Ask", nil))
	require.ErrorContains(t, err, "ended its goroutine")
	require.NotErrorIs(t, err, transport.ErrPermanent)
}

func TestPipeRequestThatCannotBeWritten(t *testing.T) {
	pipe := &transport.Pipe{Handler: handlerFunc(func(context.Context, transport.Peer, *soap.Envelope) (*soap.Envelope, error) {
		t.Error("the handler must not see it")
		return nil, nil
	})}
	_, err := pipe.Exchange(t.Context(), soap.New("urn:a:Ask", func() {}))
	require.ErrorIs(t, err, transport.ErrPermanent)
}

func TestPipeContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "mine"), time.Second)
		defer cancel()
		begin := time.Now()
		ended := make(chan time.Duration, 1)
		pipe := &transport.Pipe{Handler: handlerFunc(func(ctx context.Context, _ transport.Peer, _ *soap.Envelope) (*soap.Envelope, error) {
			_, has := ctx.Deadline()
			require.False(t, has, "a wire does not tell the caller's deadline")
			require.Nil(t, ctx.Value(key{}), "nor its values")
			<-ctx.Done()
			ended <- time.Since(begin)
			time.Sleep(time.Hour) // a handler that takes no notice
			return nil, nil
		})}
		_, err := pipe.Exchange(ctx, soap.New("urn:a:Ask", nil))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotErrorIs(t, err, transport.ErrPermanent)
		require.Equal(t, time.Second, time.Since(begin), "the caller does not wait for the handler")
		require.Equal(t, time.Second, <-ended)
		time.Sleep(2 * time.Hour)
	})
}

func TestPipeContextDoneBefore(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("gone")
	cancel(gone)
	pipe := &transport.Pipe{Handler: handlerFunc(func(context.Context, transport.Peer, *soap.Envelope) (*soap.Envelope, error) {
		t.Error("nothing is to be sent")
		return nil, nil
	})}
	_, err := pipe.Exchange(ctx, soap.New("urn:a:Ask", nil))
	require.ErrorIs(t, err, gone)
}

func TestPipeHandlerContextEndsWithTheExchange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var serving context.Context
		pipe := &transport.Pipe{Handler: handlerFunc(func(ctx context.Context, p transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
			serving = ctx
			return echo(ctx, p, env)
		})}
		_, err := pipe.Exchange(t.Context(), soap.New("urn:a:Ask", []byte("<x/>")))
		require.NoError(t, err)
		synctest.Wait()
		require.ErrorIs(t, serving.Err(), context.Canceled)
	})
}

package rm_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

// direct hands envelopes over as they are, but for writing and reading them: what a carrier costs at least.
type direct struct{ h transport.Handler }

func (d direct) Exchange(ctx context.Context, env *soap.Envelope) (*soap.Envelope, error) {
	request, err := carried(env)
	if err != nil {
		return nil, err
	}
	answer, err := d.h.ServeExchange(ctx, transport.Peer{Address: "192.0.2.1:1"}, request)
	if answer == nil || err != nil {
		return nil, err
	}
	return carried(answer)
}

func carried(env *soap.Envelope) (*soap.Envelope, error) {
	b, err := env.AppendXML(make([]byte, 0, 2048))
	if err != nil {
		return nil, err
	}
	return soap.Parse(b, nil)
}

// plain answers without reliable messaging.
type plain struct{ reply *soap.Envelope }

func (p plain) ServeExchange(context.Context, transport.Peer, *soap.Envelope) (*soap.Envelope, error) {
	return p.reply, nil
}

var body = append(append([]byte(`<echo xmlns="urn:echo">`), make1K()...), "</echo>"...)

func make1K() []byte {
	b := make([]byte, 1000)
	for i := range b {
		b[i] = 'x'
	}
	return b
}

// The twin of BenchmarkCall: the same bytes without a session.
func BenchmarkPlain(b *testing.B) {
	d := direct{plain{soap.New("urn:echoResponse", body)}}
	env := soap.New("urn:echo", body)
	env.MessageID, env.To = "urn:uuid:00000000-0000-0000-0000-000000000000", "http://example.org/service"
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Exchange(context.Background(), env); err != nil {
			b.Fatal(err)
		}
	}
}

func echoServer() *rm.Server {
	reply := soap.New("urn:echoResponse", body)
	return &rm.Server{Handler: rm.HandlerFunc(func(context.Context, *rm.Message) (*soap.Envelope, error) { return reply, nil })}
}

// One call after the other.
func BenchmarkCall(b *testing.B) {
	s, err := rm.Open(b.Context(), direct{echoServer()}, nil)
	require.NoError(b, err)
	env := soap.New("urn:echo", body)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Call(context.Background(), env); err != nil {
			b.Fatal(err)
		}
	}
	require.NoError(b, s.Close(b.Context()))
}

// 64 callers of one session.
func BenchmarkCallParallel(b *testing.B) {
	s, err := rm.Open(b.Context(), direct{echoServer()}, nil)
	require.NoError(b, err)
	env := soap.New("urn:echo", body)
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.Call(context.Background(), env); err != nil {
				b.Error(err)
				return
			}
		}
	})
	require.NoError(b, s.Close(b.Context()))
}

// One-way messages, as fast as the window lets them.
func BenchmarkSend(b *testing.B) {
	taken := func(context.Context, *rm.Message) (*soap.Envelope, error) { return nil, nil }
	s, err := rm.Open(b.Context(), direct{&rm.Server{Handler: rm.HandlerFunc(taken)}}, nil)
	require.NoError(b, err)
	env := soap.New("urn:echo", body)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Send(context.Background(), env); err != nil {
			b.Fatal(err)
		}
	}
	require.NoError(b, s.Close(b.Context()))
}

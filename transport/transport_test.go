package transport_test

import (
	"context"

	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

type handlerFunc func(context.Context, transport.Peer, *soap.Envelope) (*soap.Envelope, error)

func (f handlerFunc) ServeExchange(ctx context.Context, p transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
	return f(ctx, p, env)
}

// echo answers with the body that came.
func echo(_ context.Context, _ transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
	var body []byte
	if err := env.Decode(&body); err != nil {
		return nil, err
	}
	reply := soap.New(env.Action+"Response", body)
	reply.Version, reply.Addressing, reply.RelatesTo = env.Version, env.Addressing, env.MessageID
	return reply, nil
}

const (
	rm11 = "http://docs.oasis-open.org/ws-rx/wsrm/200702"
	rm10 = "http://schemas.xmlsoap.org/ws/2005/02/rm"
)

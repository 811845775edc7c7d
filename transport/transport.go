// Package transport holds what carriers of envelopes and sessions agree on.
package transport

import (
	"context"
	"errors"

	"github.com/gowsrm/wsrm/soap"
)

// Exchanger makes one attempt at a request and its response.
type Exchanger interface {
	Exchange(context.Context, *soap.Envelope) (*soap.Envelope, error)
}

type Peer struct {
	Principal, Address string
	Secure             bool
}

type Handler interface {
	ServeExchange(context.Context, Peer, *soap.Envelope) (*soap.Envelope, error)
}

var ErrPermanent = errors.New("transport: another attempt cannot help")

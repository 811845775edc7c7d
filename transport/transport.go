package transport

import (
	"context"
	"errors"

	"github.com/gowsrm/wsrm/soap"
)

// Exchanger makes one attempt at a request and its response. It is the client's side of carriers such as HTTP.
//
// An Exchanger may have a method Address() string: the address of the other side, which a session writes as To
// unless it is told otherwise.
type Exchanger interface {
	// Exchange sends env and waits for what comes back. A SOAP fault that comes back is an envelope, not an error.
	// Nil, nil says that the other side took the request and had nothing to say.
	//
	// An error says only that no answer can be used: the request may have been acted upon, or not. It wraps
	// ErrPermanent if another attempt with the same envelope cannot go better.
	//
	// Exchange is called from several goroutines at once. It only reads env and keeps nothing of it after it has
	// returned; the envelope returned is the caller's. It returns soon after ctx is done, and ctx bounds this attempt only.
	Exchange(ctx context.Context, env *soap.Envelope) (*soap.Envelope, error)
}

// Peer is what a carrier knows about the other side.
type Peer struct {
	// Principal is the subject that the carrier has authenticated, "" if none. It stays the same from one request and
	// connection to the next: a certificate's key or an account, never a token that changes. Sequences belong to it.
	Principal string
	// Address is the network address, for limits and logs. It proves nothing.
	Address string
	// Secure says that the carrier keeps others from reading and changing what is exchanged (TLS).
	Secure bool
}

// Handler takes what a carrier receives. It is the server's side.
type Handler interface {
	// ServeExchange acts upon a request and returns what is to be sent back: an envelope, which may be a fault, or nil
	// for nothing. An error says that the request was not acted upon, for lack of resources, and may be
	// tried again (HTTP: 503); its text does not reach the peer.
	//
	// ctx is done when nobody waits for the answer any more. If it has a deadline, an answer given later is lost.
	// Its values are the carrier's and reach whatever handles the message.
	//
	// ServeExchange is called from several goroutines at once. The envelope is the Handler's; the one returned is only
	// read, and no more once it is sent, so it may be returned to several requests.
	ServeExchange(ctx context.Context, peer Peer, env *soap.Envelope) (*soap.Envelope, error)
}

// ErrPermanent is wrapped by errors that another attempt cannot cure, such as a request that is not authorized.
var ErrPermanent = errors.New("transport: another attempt cannot help")

package transport

import (
	"context"
	"errors"
	"fmt"

	"github.com/gowsrm/wsrm/soap"
)

// Pipe is an Exchanger that calls a Handler in memory. It is meant for tests and examples: it needs no socket, leaves no
// goroutine behind once the Handler has returned, and works inside a testing/synctest bubble.
//
// Each envelope is written and parsed again on its way, in both directions, so that either side sees just what it
// would see over a wire. A Pipe may be used from several goroutines; its fields must not change meanwhile.
type Pipe struct {
	Handler Handler // must be set
	Peer    Peer    // what the Handler is told about the caller
}

// Exchange lets the Handler serve env on a goroutine of its own.
//
// The Handler's context carries no values of ctx and no deadline, since over a wire neither would arrive. It ends when
// ctx does, or else when the Handler has returned. If ctx ends first, Exchange returns its cause at once,
// even if the Handler still runs. An error of the Handler is one that another attempt may cure, and so is that it has ended
// its goroutine, as FailNow of a test does.
// An envelope that cannot be written or parsed is permanent, and the Handler does not see it. A panic of the Handler ends
// the program: nothing recovers it.
func (p *Pipe) Exchange(ctx context.Context, env *soap.Envelope) (*soap.Envelope, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("transport: pipe: %w", context.Cause(ctx))
	}
	request, err := carry(env)
	if err != nil {
		return nil, fmt.Errorf("transport: pipe: request: %w: %w", err, ErrPermanent)
	}

	type answer struct {
		env *soap.Envelope
		err error
	}
	done := make(chan answer, 1)
	serving, cancel := context.WithCancel(context.Background())
	stop := context.AfterFunc(ctx, cancel)
	go func() {
		defer cancel()
		defer stop()
		a := answer{err: errExited}
		defer func() { done <- a }()
		a.env, a.err = p.Handler.ServeExchange(serving, p.Peer, request)
	}()

	var a answer
	select {
	case a = <-done:
	case <-ctx.Done():
		select {
		case a = <-done: // an answer that is there counts
		default:
			return nil, fmt.Errorf("transport: pipe: %w", context.Cause(ctx))
		}
	}
	switch {
	case a.err != nil:
		// Not wrapped: over a wire the kind of error would not arrive, only that there was one.
		return nil, fmt.Errorf("transport: pipe: the handler refused: %v", a.err)
	case a.env == nil:
		return nil, nil
	}
	reply, err := carry(a.env)
	if err != nil {
		return nil, fmt.Errorf("transport: pipe: answer: %w", err)
	}
	return reply, nil
}

var errExited = errors.New("it has ended its goroutine")

// carry takes env over the wire.
func carry(env *soap.Envelope) (*soap.Envelope, error) {
	b, err := env.AppendXML(nil)
	if err != nil {
		return nil, err
	}
	parsed, err := soap.Parse(b, nil)
	if err != nil {
		// Not wrapped: a *soap.Fault in an error is what the other side has answered.
		return nil, fmt.Errorf("%v", err)
	}
	return parsed, nil
}

package transport

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/gowsrm/wsrm/soap"
)

// Faults makes a carrier unreliable, for tests and demonstrations: it loses requests and replies, repeats
// requests, and holds messages back so that they overtake each other. The zero value does nothing.
//
// What happens to a request depends on Seed and the request alone, not on the order of goroutines: on its message
// number and on how often this number was sent in its sequence before, or, if it has no number, on its action and on how
// many of this action went before. So the same program with the same seed meets the same trouble, and no message is lost
// for ever unless its probability is 1. Two sessions meet the same trouble too; give them Faults of their own.
//
// A lost message does not go unnoticed: the exchange ends after Delay with an error, as when a connection breaks. The
// error is not permanent. Waiting ends with the caller's context.
type Faults struct {
	Seed uint64
	// LoseRequest is the probability, from 0 to 1, that a request does not arrive.
	LoseRequest float64
	// LoseReply is the probability that a request arrives and is served, and its answer is lost.
	LoseReply float64
	// Repeat is the probability that a request arrives twice, as if a proxy had repeated it. Both run at the same
	// time, the exchange lasts until both have ended, and the second answer is thrown away.
	Repeat float64
	// Delay is the greatest delay in each direction: requests and replies are held back for a time between 0 and Delay.
	Delay time.Duration
}

// Exchanger returns x with the faults of f. It has an Address if x has one.
func (f Faults) Exchanger(x Exchanger) Exchanger {
	faulty := &faultyExchanger{faults: f, next: x}
	if a, ok := x.(addresser); ok {
		return addressedExchanger{faulty, a}
	}
	return faulty
}

type addresser interface{ Address() string }

type addressedExchanger struct {
	*faultyExchanger
	addresser
}

type faultyExchanger struct {
	faults Faults
	next   Exchanger
	seen   tally
}

func (x *faultyExchanger) Exchange(ctx context.Context, env *soap.Envelope) (*soap.Envelope, error) {
	b, err := env.AppendXML(nil)
	if err != nil {
		return x.next.Exchange(ctx, env) // which knows what to say about it
	}
	fate := x.faults.fate(x.seen.count(b))
	return suffer(ctx, x.faults.Delay, fate,
		func(ctx context.Context) (*soap.Envelope, error) { return x.next.Exchange(ctx, env) },
		func(*soap.Envelope) {})
}

// fate is what happens to one request.
type fate struct {
	loseRequest, loseReply, repeat bool
	there, thereAgain, back        float64 // delays of the request, its repetition and the reply, as parts of Delay
}

// fate draws from a stream that belongs to this request alone.
func (f *Faults) fate(label string, attempt int) fate {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %d", label, attempt)
	r := rand.New(rand.NewPCG(f.Seed, h.Sum64()))
	return fate{
		loseRequest: r.Float64() < f.LoseRequest,
		loseReply:   r.Float64() < f.LoseReply,
		repeat:      r.Float64() < f.Repeat,
		there:       r.Float64(),
		thereAgain:  r.Float64(),
		back:        r.Float64(),
	}
}

// lostError says what was lost. It is what a broken connection looks like: io.ErrUnexpectedEOF.
type lostError string

func (e lostError) Error() string { return "transport: " + string(e) + " lost by Faults" }
func (e lostError) Unwrap() error { return io.ErrUnexpectedEOF }

// suffer runs one exchange. Discard gets the answers that nobody will see.
func suffer[R any](ctx context.Context, delay time.Duration, f fate, send func(context.Context) (R, error), discard func(R)) (R, error) {
	var none R
	if f.loseRequest {
		if err := wait(ctx, delay); err != nil {
			return none, err
		}
		return none, lostError("request")
	}
	var second sync.WaitGroup
	if f.repeat {
		second.Go(func() {
			if wait(ctx, scale(delay, f.thereAgain)) != nil {
				return
			}
			if r, err := send(ctx); err == nil {
				discard(r)
			}
		})
	}
	defer second.Wait()

	if err := wait(ctx, scale(delay, f.there)); err != nil {
		return none, err
	}
	r, err := send(ctx)
	if err != nil {
		return none, err
	}
	if f.loseReply {
		discard(r)
		if err := wait(ctx, delay); err != nil {
			return none, err
		}
		return none, lostError("reply")
	}
	if err := wait(ctx, scale(delay, f.back)); err != nil {
		discard(r)
		return none, err
	}
	return r, nil
}

func scale(d time.Duration, part float64) time.Duration { return time.Duration(float64(d) * part) }

// wait returns after d, or with the cause when ctx is done before.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("transport: waiting: %w", context.Cause(ctx))
	}
}

package rm

import (
	"context"

	"github.com/gowsrm/wsrm/window"
)

// Receipt is for a message that was sent one-way. Its methods may be called from several goroutines.
type Receipt struct {
	s *Session
	o *outgoing
}

// Number returns the number of the message in its sequence.
func (r *Receipt) Number() window.Number { return r.o.number }

// Done returns a channel that is closed when the fate of the message is known, at the latest when the session ends.
func (r *Receipt) Done() <-chan struct{} {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.o.doneLocked()
}

// Wait waits until the message is acknowledged and returns nil then. A *soap.Fault is the peer's answer to it; an
// *InDoubtError says that the message may have arrived, or not: the session ended, or ctx did; any other error
// says that it was not sent. Once the fate is known it is returned even if ctx is done. Wait does not
// stop the message.
func (r *Receipt) Wait(ctx context.Context) error {
	select {
	case <-r.Done():
	case <-ctx.Done():
		r.s.mu.Lock()
		defer r.s.mu.Unlock()
		if !r.o.settled {
			return r.s.doubt(ctx.Err(), []window.Number{r.o.number})
		}
	}
	return r.o.err // it does not change any more
}

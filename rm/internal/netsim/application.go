package netsim

import "slices"

// application is the callers on the client's side. Each takes the next message of the scenario, waits for room, and, if it
// is a call, for the answer.
type application struct {
	sim     *sim
	free    int // callers without a message
	started bool
	waiting []uint64 // tags that wait for a number, first come first served
	calls   int      // calls that have a number and no answer
	resting int      // callers between two messages
	closed  bool     // nothing more is sent
}

// begin puts the callers to work, and again when there are more messages.
func (a *application) begin() {
	if !a.started {
		a.started = true
		a.free = max(1, a.sim.plan.Callers)
	}
	n := a.free
	a.free = 0
	for range n {
		a.more()
	}
}

// more lets one caller take the next message.
func (a *application) more() {
	l, messages := &a.sim.ledger, a.sim.plan.Messages
	if a.closed || l.next >= len(messages) {
		a.free++
		return
	}
	if len(l.sent) == 0 {
		l.sent = append(l.sent, sent{})
	}
	l.sent = append(l.sent, sent{call: messages[l.next] == 'c'})
	l.next++
	a.waiting = append(a.waiting, uint64(len(l.sent)-1))
}

// numbered takes the first n of those who wait; the caller of a one-way message goes on.
func (a *application) numbered(n int) {
	for _, tag := range a.waiting[:n] {
		if a.sim.ledger.sent[tag].call {
			a.calls++
		} else {
			a.rest()
		}
	}
	a.waiting = slices.Delete(a.waiting, 0, n)
}

// answered tells that the call tag has its answer, whatever it is.
func (a *application) answered(tag uint64) {
	if a.sim.ledger.sent[tag].call {
		a.calls--
		a.rest()
	}
}

// rest lets a caller think before its next message.
func (a *application) rest() {
	a.resting++
	a.sim.after(a.sim.plan.Think, func() {
		a.resting--
		a.more()
		if a.sim.failure == nil {
			a.sim.client.feed()
		}
	})
}

// done reports whether every message has a number and every call its answer.
func (a *application) done() bool {
	return a.started && len(a.waiting) == 0 && a.calls == 0 && a.resting == 0 && (a.closed || a.sim.ledger.next >= len(a.sim.plan.Messages))
}

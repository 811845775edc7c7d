package netsim

import (
	"time"

	"github.com/gowsrm/wsrm/rm/internal/engine"
)

// Time is virtual time.
type Time = engine.Time

// start is the instant at which every run begins: not zero, which means never.
const start = Time(1000 * time.Second)

type event struct {
	at  Time
	seq uint64 // events of one instant happen in the order in which they were entered
	do  func()
}

func (e *event) before(f *event) bool { return e.at < f.at || e.at == f.at && e.seq < f.seq }

// agenda is what is going to happen: a heap of events, and the present.
type agenda struct {
	now  Time
	seq  uint64
	heap []event
}

func (a *agenda) after(d time.Duration, do func()) { a.at(a.now.Add(d), do) }

func (a *agenda) at(t Time, do func()) {
	a.seq++
	h := append(a.heap, event{max(t, a.now), a.seq, do})
	i := len(h) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !h[i].before(&h[up]) {
			break
		}
		h[i], h[up] = h[up], h[i]
		i = up
	}
	a.heap = h
}

// step lets the next event happen unless it is later than until. False: there is none.
func (a *agenda) step(until Time) bool {
	h := a.heap
	if len(h) == 0 || h[0].at > until {
		return false
	}
	e := h[0]
	last := len(h) - 1
	h[0] = h[last]
	h[last] = event{}
	h = h[:last]
	for i := 0; ; {
		down := 2*i + 1
		if down >= len(h) {
			break
		}
		if r := down + 1; r < len(h) && h[r].before(&h[down]) {
			down = r
		}
		if !h[down].before(&h[i]) {
			break
		}
		h[i], h[down] = h[down], h[i]
		i = down
	}
	a.heap = h
	a.now = e.at
	e.do()
	return true
}

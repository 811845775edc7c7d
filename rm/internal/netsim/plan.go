package netsim

import (
	"fmt"
	"time"
)

// plan answers what will happen to each thing: what the scenario says, else what its seed says. What is drawn is
// written down, if somebody wants it.
type plan struct {
	*Scenario
	chance chance
	notes  *Scenario // nil: not written down
}

func (p *plan) stormy(at time.Duration) bool { return at < p.Network.Heals }

// fate tells what the network does to exchange k, which begins at at.
func (p *plan) fate(k uint64, at time.Duration) Fate {
	f, ok := p.Fates[k]
	if !ok && p.Drawn && p.stormy(at) {
		f = p.drawFate(p.chance.about("fate", k))
		if p.notes != nil && f != (Fate{}) {
			note(&p.notes.Fates, k, f)
		}
	}
	if n := &p.Network; !ok && n.Until != 0 {
		f.Until = n.Until
	}
	return f
}

func (p *plan) drawFate(c chance) (f Fate) {
	n := &p.Network
	if c.yes(n.Permanent) {
		f.Permanent = true
		return f
	}
	if c.yes(n.Lose) {
		f.LoseRequest, f.Fails = true, one(&c, 0, time.Millisecond, 50*time.Millisecond, 2*time.Second, 90*time.Second)
		return f
	}
	if c.yes(n.Empty) {
		f.Empty = true
		return f
	}
	if c.yes(n.LoseReply) {
		f.LoseReply, f.Fails = true, one(&c, 0, 20*time.Millisecond, time.Second)
	}
	if c.yes(n.Cut) {
		f.Cut = one(&c, 3*time.Millisecond, 100*time.Millisecond, 3*time.Second, 30*time.Second)
	}
	if c.yes(n.Repeat) {
		f.Repeat = one(&c, time.Millisecond, 30*time.Millisecond, time.Second, 20*time.Second)
	}
	if c.yes(n.Delay) {
		f.Delay = one(&c, 5*time.Millisecond, 40*time.Millisecond, time.Second, 15*time.Second, 70*time.Second)
	}
	if c.yes(n.Hold) {
		f.Hold = one(&c, 5*time.Millisecond, 40*time.Millisecond, 5*time.Second, 65*time.Second, 200*time.Second)
	}
	return f
}

// latency is how long a message of exchange k takes, in the direction dir. It follows from k alone.
func (p *plan) latency(k uint64, dir uint64) time.Duration {
	l := p.Network.Latency
	if l == 0 {
		return time.Millisecond
	}
	return l + time.Duration(mix(k<<2|dir)%uint64(l))
}

// handling tells what the handler does with message tag when it gets it for the kth time.
func (p *plan) handling(tag uint64, run int, at time.Duration) Handling {
	key := nth(tag, run)
	h, ok := p.Handlers[key]
	if ok || !p.Drawn {
		return h
	}
	n := &p.Network
	c := p.chance.about("handler", key)
	if c.yes(n.Slow) {
		h.Takes = min(n.SlowUpTo, one(&c, time.Millisecond, 30*time.Millisecond, 700*time.Millisecond, 3*time.Second, 12*time.Second, 70*time.Second))
	}
	h.Fault, h.Mute = c.yes(n.Faulty), c.yes(n.Mute)
	h.Release = c.yes(n.Releases) && p.stormy(at)
	if p.notes != nil && h != (Handling{}) {
		note(&p.notes.Handlers, key, h)
	}
	return h
}

// storing tells what the store does with number n when it gets it for the kth time.
func (p *plan) storing(n uint64, k int, at time.Duration) Storing {
	key := nth(n, k)
	s, ok := p.Stores[key]
	if ok || !p.Drawn {
		return s
	}
	c := p.chance.about("store", key)
	s.Takes = one(&c, 0, 0, time.Millisecond, 20*time.Millisecond, 3*time.Second)
	s.Refused = c.yes(p.Network.Refuses) && p.stormy(at)
	s.Known = !s.Refused && c.yes(p.Network.Duplicates)
	if p.notes != nil && s != (Storing{}) {
		note(&p.notes.Stores, key, s)
	}
	return s
}

// late tells how late the kth Advance of who comes.
func (p *plan) late(who string, k uint64, at time.Duration) time.Duration {
	return p.sleepy("late", who, k, at, 0.3, p.Late, time.Millisecond, 30*time.Millisecond, 900*time.Millisecond, 4*time.Second)
}

// lag tells how late the outputs of the kth input of who are taken: somebody else is performing.
func (p *plan) lag(who string, k uint64, at time.Duration) time.Duration {
	return p.sleepy("lag", who, k, at, 0.2, p.Lag, time.Microsecond, time.Millisecond, 3*time.Millisecond)
}

func (p *plan) sleepy(kind, who string, k uint64, at time.Duration, share float64, said map[string]time.Duration, of ...time.Duration) time.Duration {
	if len(said) > 0 {
		if d, ok := said[fmt.Sprintf("%s %d", who, k)]; ok {
			return d
		}
	}
	if !p.Drawn || p.Network.Sleepy == 0 || !p.stormy(at) {
		return 0
	}
	c := p.chance.about(kind, uint64(len(who)), uint64(who[0]), k)
	if !c.yes(p.Network.Sleepy * share) {
		return 0
	}
	d := one(&c, of...)
	if p.notes != nil {
		m := &p.notes.Late
		if kind == "lag" {
			m = &p.notes.Lag
		}
		if *m == nil {
			*m = map[string]time.Duration{}
		}
		(*m)[fmt.Sprintf("%s %d", who, k)] = d
	}
	return d
}

func note[V any](m *map[uint64]V, k uint64, v V) {
	if *m == nil {
		*m = map[uint64]V{}
	}
	(*m)[k] = v
}

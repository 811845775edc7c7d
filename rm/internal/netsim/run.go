package netsim

import (
	"cmp"
	"slices"
	"time"
)

// Result is what a run showed.
type Result struct {
	Failure   *Failure // nil: every invariant held
	Messages  uint64   // envelopes that the engines wrote and read
	Delivered int
	Took      time.Duration // virtual
	Trace     string        // if it was asked for
	Explicit  *Scenario     // if it was asked for: the same run with all choices written down
}

// Run plays a scenario to its end: until both sides have ended and nothing is under way, or an invariant is broken.
func Run(sc *Scenario) Result { return run(sc, false) }

// Retrace is Run with a trace, and the scenario written down.
func Retrace(sc *Scenario) Result { return run(sc, true) }

func run(sc *Scenario, trace bool) Result {
	p := newPlay(sc, trace)
	p.until(p.sim.due())
	return p.finish()
}

// play is a run that is stopped now and then, to look at its trace and to change what comes.
type play struct {
	sim   *sim
	steps int // of the scenario, done or entered
	trace []byte
}

func newPlay(sc *Scenario, trace bool) *play {
	own := *sc
	p := &play{sim: &sim{}}
	s := p.sim
	s.now = start
	s.plan = plan{Scenario: &own, chance: chance(own.Seed)}
	if trace {
		s.trace = &p.trace
		s.plan.notes = &Scenario{}
	}
	s.server = newStation(s)
	s.host, _ = s.server.(*host)
	s.client = newActor(s)
	return p
}

// enter puts the steps that are new on the agenda.
func (p *play) enter() {
	s := p.sim
	n := &s.plan.Network
	s.drowsy = n.Sleepy > 0 || len(s.plan.Late)+len(s.plan.Lag) > 0
	for _, st := range s.plan.Steps {
		s.ends = s.ends || st.Who == "client" && st.What != "suspend"
		s.drowsy = s.drowsy || st.What == "suspend"
	}
	for _, st := range s.plan.Steps[p.steps:] {
		s.at(start.Add(st.At), func() { s.step(st) })
	}
	p.steps = len(s.plan.Steps)
	s.client.begin()
}

func (s *sim) step(st Step) {
	if s.failure != nil {
		return
	}
	if s.trace != nil {
		switch st.What {
		case "suspend":
			s.tracef(st.Who, "is suspended for %v", st.For)
		case "abort", "vanish", "restart":
			s.tracef(st.Who, "%s", map[string]string{"abort": "aborts", "vanish": "vanishes", "restart": "restarts"}[st.What])
		}
	}
	if st.Who == "client" {
		s.client.step(st)
	} else if s.host != nil {
		s.host.step(st)
	}
}

// until lets everything happen that happens before the end.
func (p *play) until(end time.Duration) {
	s := p.sim
	p.enter()
	limit := start.Add(end)
	for s.failure == nil && !s.over() && s.agenda.step(limit) {
		if s.messages > 10_000+200*uint64(len(s.plan.Messages))+20*uint64(max(1, s.plan.Callers))*uint64(s.elapsed().Seconds()) {
			s.fail(Quiet, "%d envelopes for %d messages", s.messages, len(s.plan.Messages))
		}
	}
	if s.failure == nil && !s.over() && s.now < limit {
		s.now = limit
	}
}

// over reports whether nothing will happen any more.
func (s *sim) over() bool {
	return s.client.ended() && (s.host == nil || s.host.ended()) && len(s.heap) == 0
}

func (p *play) finish() Result {
	s := p.sim
	if s.failure == nil {
		s.verdict()
	}
	r := Result{Failure: s.failure, Messages: s.messages, Delivered: s.ledger.handled, Took: s.elapsed(), Trace: string(p.trace)}
	if notes := s.plan.notes; notes != nil {
		r.Explicit = s.plan.explicit(notes)
	}
	return r
}

// verdict judges the run as a whole.
func (s *sim) verdict() {
	s.client.check()
	if s.host != nil {
		for _, a := range s.host.all {
			if s.failure == nil {
				a.check()
			}
		}
	}
	if s.failure == nil && s.host != nil && s.openLegs > 0 {
		s.fail(Legs, "%d legs were never finished", s.openLegs)
	}
}

// explicit returns the scenario with what was drawn in notes.
func (p *plan) explicit(notes *Scenario) *Scenario {
	sc := *p.Scenario
	n := &sc.Network
	*n = Network{Latency: n.Latency, Until: n.Until, Heals: n.Heals, Dead: n.Dead}
	sc.Seed, sc.Drawn = 0, false
	sc.Fates = merge(sc.Fates, notes.Fates)
	sc.Handlers = merge(sc.Handlers, notes.Handlers)
	sc.Stores = merge(sc.Stores, notes.Stores)
	sc.Late = merge(sc.Late, notes.Late)
	sc.Lag = merge(sc.Lag, notes.Lag)
	sc.Steps = slices.Clone(sc.Steps)
	return &sc
}

func merge[K comparable, V any](a, b map[K]V) map[K]V {
	if len(a)+len(b) == 0 {
		return nil
	}
	m := make(map[K]V, len(a)+len(b))
	for k, v := range a {
		m[k] = v
	}
	for k, v := range b {
		m[k] = v
	}
	return m
}

func newActor(s *sim) actor {
	play := cmp.Or(s.plan.Client.Play, "engine")
	switch play {
	case "engine":
		i := newInitiator(s)
		if s.plan.Client.Addressed {
			s.mail = i
		}
		return i
	case "hostile":
		return newHostile(s)
	}
	if where, ok := correspondents[play]; ok {
		c := newCorrespondent(s, where)
		s.mail = c
		return c
	}
	how, ok := clients[play]
	if !ok {
		panic("BUG: no client " + play)
	}
	return newVisitor(s, how)
}

func newStation(s *sim) station {
	play := cmp.Or(s.plan.Server.Play, "engine")
	if play == "engine" {
		return newHost(s)
	}
	how, ok := profiles[play]
	if !ok {
		panic("BUG: no server " + play)
	}
	return newPeer(s, how)
}

// sizeOf returns the size of message tag: various, and the same in every run.
func (p *plan) sizeOf(tag uint64) int { return 100 * (1 + int(mix(tag)%11)) }

package netsim

import (
	"maps"
	"slices"
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
)

// Draw makes a scenario from a seed.
func Draw(seed uint64) *Scenario {
	c := chance(seed).about("scenario")
	sc := &Scenario{Seed: seed, Drawn: true}
	sc.Client = Client{
		Play:       "engine",
		Version:    one(&c, 0, wsrm.RM10, wsrm.RM11, wsrm.RM11),
		Offer:      c.yes(0.75),
		Ordered:    c.yes(0.5),
		Window:     one(&c, 1, 2, 4, 8, 8, 16, 64),
		Retries:    one(&c, 8, 8, 30, -1),
		AckDelay:   one(&c, -1, 200*time.Millisecond, 2*time.Second),
		Inactivity: one(&c, 10*time.Minute, 10*time.Minute, time.Minute, -1),
		Random:     c.next(),
	}
	sc.Server = Server{
		Play:        "engine",
		Version:     one(&c, 0, 0, 0, wsrm.RM10),
		Ordered:     c.yes(0.6),
		AckHandled:  c.yes(0.15),
		Store:       c.yes(0.2),
		Window:      one(&c, 1, 2, 4, 8, 8, 16, 64),
		Concurrency: one(&c, 1, 2, 8, 64),
		MaxBytes:    one[int64](&c, 0, 0, 0, 500, 3000),
		Inactivity:  one(&c, 10*time.Minute, 10*time.Minute, 2*time.Minute),
	}
	if sc.Server.Version == wsrm.RM10 && sc.Client.Version == wsrm.RM11 {
		sc.Client.Version = 0
	}
	if sc.Server.AckHandled && sc.Server.Ordered {
		sc.Server.Concurrency = 1
	}
	// Without limit a call whose reply will never come is repeated for ever.
	unlimited := sc.Client.Retries < 0
	sc.Client.Offer = sc.Client.Offer || unlimited
	drawLoad(&c, sc)
	drawNetwork(&c, sc)
	if unlimited {
		sc.Network.Mute, sc.Network.Duplicates = 0, 0
	}
	drawSteps(&c, sc)
	switch seed % 4 {
	case 0:
		drawPeer(&c, sc)
	case 1:
		drawVisitor(&c, sc, append(slices.Sorted(maps.Keys(clients)), "hostile"))
	case 2:
		drawVisitor(&c, sc, slices.Sorted(maps.Keys(correspondents)))
	case 3:
		if sc.Client.Addressed = c.yes(0.5); sc.Client.Addressed {
			sc.Network.Mute, sc.Network.Duplicates = 0, 0 // a call that gets no reply waits for hours
		}
	}
	return sc
}

func drawLoad(c *chance, sc *Scenario) {
	share := one(c, 0, 0.3, 0.7, 1, 1)
	b := make([]byte, one(c, 1, 5, 20, 60, 120))
	for i := range b {
		b[i] = 'p'
		if c.yes(share) {
			b[i] = 'c'
		}
	}
	sc.Messages = string(b)
	sc.Callers = one(c, 1, 1, 2, 8, 32)
	sc.Think = one(c, 0, 0, 10*time.Millisecond, 500*time.Millisecond)
}

func drawNetwork(c *chance, sc *Scenario) {
	n := &sc.Network
	n.Latency = one(c, 0, time.Millisecond, 20*time.Millisecond, 150*time.Millisecond)
	n.Heals = one(c, 2*time.Second, 20*time.Second, 2*time.Minute)
	worst := one(c, 0.02, 0.1, 0.3)
	for _, p := range []*float64{&n.Lose, &n.LoseReply, &n.Cut, &n.Repeat, &n.Delay, &n.Hold, &n.Empty} {
		if c.yes(0.5) {
			*p = worst * float64(1+c.below(10)) / 10
		}
	}
	if c.yes(0.02) {
		n.Permanent = 0.02
	}
	if c.yes(0.2) {
		n.Until = one(c, time.Second, 20*time.Second, 100*time.Second)
	}
	if c.yes(0.3) {
		n.Sleepy = 0.3
	}
	n.Slow = one(c, 0, 0.1, 0.5)
	n.SlowUpTo = one(c, 30*time.Millisecond, 3*time.Second, 70*time.Second)
	n.Faulty = one(c, 0, 0, 0.1)
	n.Mute = one(c, 0, 0, 0.1)
	if sc.Server.AckHandled && !sc.Server.Store { // what is stored is not given back
		n.Releases = one(c, 0, 0.1, 0.3)
	}
	if sc.Server.Store {
		n.Refuses, n.Duplicates = one(c, 0, 0.1), one(c, 0, 0.05)
	}
}

func drawSteps(c *chance, sc *Scenario) {
	step := func(what, who string, d time.Duration) {
		at := c.between(0, max(sc.Network.Heals, 5*time.Second))
		sc.Steps = append(sc.Steps, Step{At: at, What: what, Who: who, For: d})
	}
	if c.yes(0.15) {
		step("suspend", one(c, "client", "server"), one(c, time.Second, 20*time.Second, 5*time.Minute))
	}
	switch c.below(20) {
	case 0:
		step("abort", "client", 0)
	case 1:
		step("abort", "server", 0)
	case 2:
		step("vanish", "client", 0)
	case 3:
		step("restart", "server", 0)
	case 4, 5, 6:
		step("close", "client", 0)
	case 7:
		sc.Network.Dead = c.between(time.Second, sc.Network.Heals+time.Second)
		// Else CreateSequence and Close are tried for ever.
		sc.Client.Inactivity, sc.Client.Retries = max(sc.Client.Inactivity, time.Minute), max(sc.Client.Retries, 8)
	}
	if c.yes(0.03) {
		sc.Client.Expires = one(c, 2*time.Second, 30*time.Second)
	}
}

// drawPeer puts a scripted server in the place of the engine's.
func drawPeer(c *chance, sc *Scenario) {
	names := slices.Sorted(maps.Keys(profiles))
	s := &sc.Server
	*s = Server{Play: names[c.below(len(names))], Version: s.Version, Window: s.Window}
	if c.yes(0.1) && !profiles[s.Play].silent {
		s.Full = one(c, time.Second, 30*time.Second)
	}
	// What these servers lose is lost: somebody has to give up.
	cl := &sc.Client
	cl.Retries, cl.Inactivity = max(cl.Retries, 8), max(cl.Inactivity, time.Minute)
	sc.Network.Mute = 0
	sc.Steps = slices.DeleteFunc(sc.Steps, func(st Step) bool { return st.Who == "server" })
}

// drawVisitor puts a scripted client in the place of the engine's.
func drawVisitor(c *chance, sc *Scenario, plays []string) {
	cl := &sc.Client
	*cl = Client{Play: one(c, plays...), Version: cl.Version, Offer: cl.Offer, Random: cl.Random}
	if sc.Server.Version != 0 {
		cl.Version = sc.Server.Version
	}
	if cl.Play == "cxf" {
		// It does not ask for a lost reply again, and the server keeps it for ten minutes: a small window of them takes hours.
		sc.Server.Window, sc.Server.MaxBytes = max(sc.Server.Window, 16), 0
	}
	sc.Network.Permanent, sc.Network.Dead = 0, 0  // most of them try for ever
	sc.Network.Mute, sc.Network.Duplicates = 0, 0 // a call that gets no reply fails there
	sc.Steps = slices.DeleteFunc(sc.Steps, func(st Step) bool { return st.Who == "client" && st.What == "suspend" })
}

package netsim

import (
	"time"

	"github.com/gowsrm/wsrm/rm/internal/engine"
)

// exchange is one request and what comes back.
type exchange struct {
	k    uint64 // from 1
	m    *message
	fate Fate
	at   Time
	open bool                           // somebody waits for the outcome
	done func(engine.Outcome, *message) // called once, unless cancelled; the outcome counts if the message is nil
	legs []*leg
	to   station
	way  *way
}

// way is a direction: who sends, and who is sent to.
type way struct{ from, to string }

var (
	outward = &way{"client", "server"}
	back    = &way{"server", "client"} // to an address of the client
)

// leg is the server's end of an exchange. A request that a proxy repeats has two.
type leg struct {
	id    engine.Leg
	x     *exchange
	until Time
	at    Time
	over  bool   // finished or lost
	lost  func() // tells the server that the connection is gone; it ends the leg
}

// station takes requests: a server, an engine's or a scripted one, or a client at an address of its own.
type station interface {
	// request takes a request. It, or whatever comes later, finishes the leg with sim.finish exactly once.
	request(*leg, *message)
}

// send begins an exchange with the server.
func (s *sim) send(m *message, done func(engine.Outcome, *message)) *exchange {
	return s.begin(outward, s.server, m, done)
}

// post begins an exchange of the server with the client's address.
func (s *sim) post(m *message, done func(engine.Outcome, *message)) *exchange {
	return s.begin(back, s.mail, m, done)
}

func (s *sim) begin(w *way, to station, m *message, done func(engine.Outcome, *message)) *exchange {
	s.exchanges++
	x := &exchange{k: s.exchanges, m: m, at: s.now, open: true, done: done, way: w, to: to}
	at := s.elapsed()
	x.fate = s.plan.fate(x.k, at)
	if d := s.plan.Network.Dead; d != 0 && at >= d {
		x.fate = Fate{LoseRequest: true, Fails: time.Second}
	}
	if s.trace != nil {
		s.tracef(w.from, "-> #%d %v", x.k, m)
	}
	there := s.plan.latency(x.k, 0)
	switch f := &x.fate; {
	case f.Permanent:
		s.permanent = true
		s.after(2*there, func() { s.outcome(x, engine.Permanent, "refused by the carrier") })
	case f.LoseRequest:
		s.after(there+f.Fails, func() { s.outcome(x, engine.Failed, "request lost") })
	case f.Empty:
		s.emptied = true
		s.after(2*there, func() { s.outcome(x, engine.Empty, "a proxy answers nothing") })
	default:
		s.after(there+f.Delay, func() { s.arrive(x, "") })
		if f.Repeat != 0 {
			s.after(there+f.Delay+f.Repeat, func() { s.arrive(x, " (repeated by a proxy)") })
		}
		if f.Cut != 0 {
			s.after(f.Cut, func() { s.cut(x) })
		}
	}
	return x
}

func (s *sim) arrive(x *exchange, how string) {
	s.legs++
	l := &leg{id: engine.Leg(s.legs), x: x, at: s.now}
	if u := x.fate.Until; u != 0 {
		l.until = s.now.Add(u)
	}
	x.legs = append(x.legs, l)
	s.openLegs++
	if s.trace != nil && (how != "" || x.fate.Delay != 0) {
		s.tracef(x.way.to, "<- #%d %v%s", x.k, x.m, how)
	}
	x.to.request(l, x.m)
}

// outcome ends an exchange without an envelope.
func (s *sim) outcome(x *exchange, o engine.Outcome, why string) {
	if !x.open {
		return
	}
	x.open = false
	if s.trace != nil {
		s.tracef("network", "#%d %s", x.k, why)
	}
	x.done(o, nil)
}

// cut breaks an exchange. The server learns of it if it still holds the leg.
func (s *sim) cut(x *exchange) {
	s.outcome(x, engine.Failed, "cut")
	s.loseLegs(x)
}

func (s *sim) loseLegs(x *exchange) {
	for _, l := range x.legs {
		if !l.over && l.lost != nil {
			s.after(s.plan.latency(x.k, 2), func() {
				if !l.over {
					l.lost()
				}
			})
		}
	}
}

// cancel ends an exchange that its sender does not want any more.
func (s *sim) cancel(x *exchange) {
	if !x.open {
		return
	}
	x.open = false
	if s.trace != nil {
		s.tracef(x.way.from, "drops #%d", x.k)
	}
	s.loseLegs(x)
}

func (s *sim) end(l *leg) {
	l.over = true
	s.openLegs--
}

// finish ends a leg. A nil message is an empty answer.
func (s *sim) finish(l *leg, m *message) {
	if l.over {
		s.fail(Legs, "leg %d of #%d is finished and was not open", l.id, l.x.k)
		return
	}
	s.end(l)
	x := l.x
	if s.trace != nil {
		s.tracef(x.way.to, "-> #%d %v", x.k, m)
	}
	takes := s.plan.latency(x.k, 1) + x.fate.Hold
	if x.fate.LoseReply {
		s.after(takes+x.fate.Fails, func() { s.outcome(x, engine.Failed, "response lost") })
		return
	}
	s.after(takes, func() {
		if !x.open {
			return
		}
		x.open = false
		if m == nil {
			x.done(engine.Empty, nil)
			return
		}
		x.done(0, m)
	})
}

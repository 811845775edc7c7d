package netsim

import (
	"maps"
	"slices"
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
	"github.com/gowsrm/wsrm/window"
)

// acceptor is a server's session, with its handlers and its store.
type acceptor struct {
	shell
	host     *host
	decision engine.Decision
	version  wsrm.Version
	since    Time

	legs     map[engine.Leg]*held
	gone     map[engine.Leg]bool // lost
	numbers  map[Number]*inbound
	acks     ackable
	arrived  window.Ranges       // numbers received and not refused
	cursor   Number              // ordered: all up to it were handed over, or the store knew them
	replies  map[Number]Number   // requests by the numbers of their replies
	buffered map[Number]*inbound // arrived and not handed over
	running  int
	silent   int    // of them: those of one-way messages
	runs     uint64 // handlers begun, all in all
	stored   bool   // the store is at work

	posts map[engine.Try]*exchange // to addresses of the client
	weary bool                     // one of them failed too often
	rests Time                     // since when none is under way

	reopened  bool // a number that was accepted was given back
	aborted   bool
	forgotten bool // the server was restarted
	closing   bool // a CloseSequence arrived
	ending    bool // a TerminateSequence arrived
	told      bool // a fault arrived
}

// held is a leg in the hands of the engine.
type held struct {
	*leg
	n    Number // of the message that it brought
	kind wsrm.Kind
}

// inbound is one number of the client's sequence.
type inbound struct {
	tag      uint64
	size     int
	last     bool // a LastMessage, which is not delivered
	received int
	refused  int
	runs     int // deliveries
	running  bool
	free     bool // may be delivered: accepted anew since the last time, or for the first time
	handled  bool // for good
	stores   int
	kept     bool        // the store has it
	known    bool        // the store had it before
	legs     int         // held now
	id       string      // its MessageID
	replyTo  engine.Addr // where its reply goes
	posted   int         // how often its reply went elsewhere
	posting  bool        // an exchange of that is under way
	failed   int         // of these, in a row, without effect
	rests    Time        // since when none is under way
	reply    Number
	result   Payload
}

func newAcceptor(h *host, c engine.Config, d *engine.Decision, v wsrm.Version) *acceptor {
	a := &acceptor{
		host: h, decision: *d, version: v, since: h.sim.now,
		legs: map[engine.Leg]*held{}, gone: map[engine.Leg]bool{}, numbers: map[Number]*inbound{}, buffered: map[Number]*inbound{}, replies: map[Number]Number{},
		posts: map[engine.Try]*exchange{},
	}
	a.shell = shell{sim: h.sim, who: "server", perform: a.do, settled: a.after, heard: h.sim.now, asleep: h.asleep}
	a.eng = engine.NewAcceptor[Payload](h.sim.now, c, d)
	a.turn()
	return a
}

func (a *acceptor) number(n Number) *inbound {
	in := a.numbers[n]
	if in == nil {
		in = &inbound{free: true}
		a.numbers[n] = in
	}
	return in
}

// receive brings a request to the engine, or to what is left of it.
func (a *acceptor) receive(l *leg, m *message) {
	a.input(func() {
		s := a.sim
		if a.forgotten || l.over {
			return
		}
		if a.end != nil {
			a.bury(l, m)
			return
		}
		s.messages++
		h := &held{leg: l, kind: m.kind}
		if a.numbered(m) {
			h.n = m.rm.Sequence.Number
			a.arrive(h, m)
		}
		a.legs[l.id] = h
		l.lost = func() {
			a.input(func() {
				if a.drop(h) {
					a.gone[l.id] = true
					s.end(l)
					a.eng.LegLost(s.now, l.id)
				}
			})
		}
		a.heard = s.now
		switch m.kind {
		case wsrm.CloseSequence:
			a.closing = true
		case wsrm.TerminateSequence:
			a.closing, a.ending = true, true
		case wsrm.Fault:
			a.told = true
		}
		in := m.in(&a.rm)
		in.Leg, in.Until = l.id, l.until
		if !a.eng.Receive(s.now, in) {
			if !a.waiting {
				s.fail(Quiet, "Receive of the server says that the session has ended")
			}
			a.drop(h)
			a.sim.after(time.Millisecond, func() { a.receive(l, m) })
		}
	})
}

func (a *acceptor) numbered(m *message) bool {
	return (m.kind == wsrm.Application || m.kind == wsrm.LastMessage) && m.rm.Sequence.Identifier == a.decision.ID
}

// bury answers with the tombstone.
func (a *acceptor) bury(l *leg, m *message) {
	in := m.in(&a.rm)
	t := a.end.Tombstone.Reply(m.kind, in.RM, m.id)
	elsewhere := m.wants == engine.Elsewhere && t.What != engine.FinishEmpty && t.What != engine.FinishFault
	if t.What == engine.FinishReply {
		a.sim.fail(Wire, "a tombstone replies")
		return
	}
	f := engine.Finish[Payload]{Leg: l.id, What: t.What, Kind: t.Kind, RM: t.RM, RelatesTo: t.RelatesTo, Body: t.Body, Fault: t.Fault}
	if elsewhere {
		a.sim.post(a.letter(&f), func(engine.Outcome, *message) {})
		f = engine.Finish[Payload]{Leg: l.id, What: engine.FinishEmpty}
	}
	a.write(l, &f)
}

// drop takes a leg off the books. False: it was not on them.
func (a *acceptor) drop(h *held) bool {
	if a.legs[h.id] != h {
		return false
	}
	delete(a.legs, h.id)
	if h.n != 0 {
		a.number(h.n).legs--
	}
	return true
}

// do performs one output.
func (a *acceptor) do(out *engine.Output[Payload]) {
	s := a.sim
	if s.mail == nil && len(out.Transmit)+len(out.Drop) > 0 || len(out.Settle) > 0 || out.Opened != nil {
		s.fail(Quiet, "a server's session transmits, settles, drops or opens")
		return
	}
	a.events(out.Events)
	a.acks.over = out.Ended != nil
	if len(out.Store) > 0 {
		if len(out.Finish)+len(out.Deliver)+len(out.Transmit) > 0 || out.Ended != nil {
			s.fail(Truth, "an output has more than what is to be stored")
		}
		a.store(out.Store)
	}
	for k := range out.Transmit {
		if a.transmit(&out.Transmit[k], out.Ended != nil); s.failure != nil {
			return
		}
	}
	for _, t := range out.Drop {
		if x := a.posts[t]; x != nil && x.k%2 == 0 { // what the others still bring must have no effect
			delete(a.posts, t)
			s.cancel(x)
		}
	}
	for k := range out.Finish {
		if a.finish(&out.Finish[k]); s.failure != nil {
			return
		}
	}
	for k := range out.Deliver {
		if a.deliver(&out.Deliver[k]); s.failure != nil {
			return
		}
	}
	if out.Ended != nil {
		a.ends(out.Ended)
	}
}

func (a *acceptor) finish(f *engine.Finish[Payload]) {
	s := a.sim
	h := a.legs[f.Leg]
	if h == nil && s.drowsy && a.gone[f.Leg] {
		return // it was lost while this was waiting
	}
	if h == nil {
		s.fail(Legs, "leg %d is finished and is not open", f.Leg)
		return
	}
	a.outgoing(h, f)
	if s.failure != nil {
		return
	}
	a.drop(h)
	a.write(h.leg, f)
}

// write puts f on its way.
func (a *acceptor) write(l *leg, f *engine.Finish[Payload]) {
	a.sim.messages++
	a.sim.finish(l, a.letter(f))
}

// letter returns what f says, nil for nothing.
func (a *acceptor) letter(f *engine.Finish[Payload]) *message {
	m := &message{rm: f.RM, relatesTo: f.RelatesTo, size: 100}
	m.rm.Version = a.version
	switch f.What {
	case engine.FinishEmpty:
		return nil
	case engine.FinishAck:
		m.kind = wsrm.SequenceAcknowledgement
	case engine.FinishReply:
		m.kind, m.m, m.size = f.Kind, f.M, a.sim.plan.sizeOf(f.M.Tag)
		if f.M.Fault && f.RM.Sequence.Identifier == "" {
			m.kind, m.fault = wsrm.Fault, &wsrm.FaultInfo{Sender: true}
		}
	case engine.FinishBody:
		m.kind, m.body = f.Kind, f.Body
	case engine.FinishFault:
		m.kind, m.fault = wsrm.Fault, f.Fault
	}
	return m
}

// forget ends a session as a restart of its server does.
func (a *acceptor) forget() {
	a.forgotten, a.off = true, true
	for _, t := range slices.Sorted(maps.Keys(a.posts)) {
		a.sim.cancel(a.posts[t])
	}
	clear(a.posts)
	for _, h := range a.legs {
		a.sim.end(h.leg)
	}
	legs := a.legs
	a.legs = map[engine.Leg]*held{}
	for _, h := range sortedLegs(legs) {
		a.sim.after(time.Millisecond, func() { a.sim.outcome(h.x, engine.Failed, "the server is gone") })
	}
}

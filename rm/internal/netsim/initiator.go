package netsim

import (
	"maps"
	"slices"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
	"github.com/gowsrm/wsrm/window"
)

// initiator is a client whose session is an engine.
type initiator struct {
	shell
	app    application
	tries  map[engine.Try]*exchange
	legs   map[engine.Leg]*leg // at its address
	msgs   []engine.Msg[Payload]
	nums   []Number
	opened *engine.Opened
	since  Time // opened at

	crowded  bool // the engine knows that messages wait for room
	closing  bool
	aborted  bool
	acked    window.Ranges // all that acknowledgements which arrived have said
	replies  ackable       // of the offered sequence
	heardAck bool
	vocal    bool // the peer acknowledged what has no reply, before the end began
	ending   bool
	bound    bool // the peer said how much it can buffer
	room     int  // how much
	sentNow  bool
	creates  int
	spoke    Time            // last transmission
	told     *wsrm.FaultInfo // a fault that arrived
	useless  int             // exchanges of CreateSequence and LastMessage without answer
	closes   int             // CloseSequences sent
	parts    int             // TerminateSequences sent
}

func newInitiator(s *sim) *initiator {
	c := &s.plan.Client
	i := &initiator{tries: map[engine.Try]*exchange{}, legs: map[engine.Leg]*leg{}, app: application{sim: s}}
	i.shell = shell{sim: s, who: "client", perform: i.do, settled: i.after}
	i.eng = engine.NewInitiator[Payload](engine.Config{
		Version: c.Version, Offer: c.Offer, NewID: s.newID("a"), Random: c.Random,
		Window: c.Window, MaxRetries: c.Retries, MaxBytes: -1, Concurrency: 1, Ordered: c.Ordered,
		AckDelay: c.AckDelay, Inactivity: c.Inactivity, Expires: c.Expires, Addressed: c.Addressed, Mutant: c.Mutant,
	})
	return i
}

func (i *initiator) begin() {
	if i.since == 0 {
		i.since = i.sim.now
		i.heard = i.sim.now
		i.input(func() { i.eng.Open(i.sim.now) })
	}
	i.app.begin()
	i.feed()
}

// feed gives the engine what there is room for.
func (i *initiator) feed() {
	if i.off || i.end != nil || i.asleep > i.sim.now {
		return
	}
	if room := min(i.eng.Room(), len(i.app.waiting)); room > 0 && i.opened != nil {
		i.crowded = false
		i.input(func() { i.send(min(room, i.eng.Room(), len(i.app.waiting))) })
		return
	}
	if len(i.app.waiting) > 0 && i.opened != nil && !i.crowded {
		i.crowded = true
		i.input(func() { // which tells the engine that something waits
			if nums := i.eng.Send(i.sim.now, make([]engine.Msg[Payload], 1), nil); len(nums) > 0 {
				i.sim.fail(Bounds, "a message was numbered, for which there was no room")
			}
		})
		return
	}
	if i.app.done() && !i.closing && !i.closesLater() {
		i.close()
	}
}

// closesLater reports whether the scenario says itself when the session ends.
func (i *initiator) closesLater() bool { return i.sim.ends }

func (i *initiator) close() {
	i.closing, i.app.closed = true, true
	if i.sim.trace != nil {
		i.sim.tracef("client", "closes")
	}
	i.input(func() {
		i.eng.Close(i.sim.now)
		if r := i.eng.Room(); r != 0 {
			i.sim.fail(Bounds, "room for %d after Close", r)
		}
	})
}

func (i *initiator) send(n int) {
	s := i.sim
	i.msgs = i.msgs[:0]
	for _, tag := range i.app.waiting[:n] {
		m := engine.Msg[Payload]{M: Payload{Tag: tag}, Size: s.plan.sizeOf(tag), Reply: s.ledger.sent[tag].call, Tag: tag}
		if m.Reply {
			m.ID = "urn:call"
			if s.plan.Client.Addressed {
				m.ID = callID(tag)
			}
		}
		i.msgs = append(i.msgs, m)
	}
	i.nums = i.eng.Send(s.now, i.msgs, i.nums[:0])
	if len(i.nums) != n {
		s.fail(Bounds, "%d of %d messages were numbered, for which there was room", len(i.nums), n)
		return
	}
	for k, num := range i.nums {
		s.numbered(i.msgs[k].Tag, num)
	}
	i.app.numbered(n)
	i.sentNow = true
	i.bounds()
}

// do performs one output.
func (i *initiator) do(out *engine.Output[Payload]) {
	s := i.sim
	if len(out.Store)+len(out.Deliver) > 0 || s.mail == nil && len(out.Finish) > 0 {
		s.fail(Quiet, "a client stores, finishes or delivers")
	}
	if out.Opened != nil {
		i.opened = out.Opened
		i.heard = s.now
		if s.trace != nil {
			s.tracef("client", "is open, %s", versionText(out.Opened.Version))
		}
	}
	for k := range out.Transmit {
		i.transmit(&out.Transmit[k])
	}
	for k := range out.Finish {
		i.finish(&out.Finish[k])
	}
	for k := range out.Settle {
		st := &out.Settle[k]
		if s.ledger.tag(st.N) != st.Tag {
			s.fail(Integrity, "number %d is settled as message %d and was message %d", st.N, st.Tag, s.ledger.tag(st.N))
			return
		}
		s.settle(st.Tag, st.What, st.M)
		if s.failure != nil {
			return
		}
		i.lawful(st, out.Ended != nil)
		i.app.answered(st.Tag)
	}
	for _, t := range out.Drop {
		// At the end every other exchange goes on: what it still brings must have no effect.
		if x := i.tries[t]; x != nil && (out.Ended == nil || x.k%2 == 0) {
			i.over(t, x)
			s.cancel(x)
		}
	}
	if out.Ended != nil {
		i.ends(out)
	}
}

func (i *initiator) transmit(t *engine.Transmit[Payload]) {
	switch t.Kind {
	case wsrm.CloseSequence:
		i.closes++
	case wsrm.TerminateSequence:
		i.parts++
	}
	s := i.sim
	s.messages++
	m := &message{kind: t.Kind, rm: t.RM, body: t.Body, fault: t.Fault, id: t.MessageID, relatesTo: t.RelatesTo, size: 100, m: t.M}
	if i.tries[t.Try] != nil || t.Try == 0 {
		s.fail(Integrity, "try %d is used twice", t.Try)
		return
	}
	i.outgoing(t)
	if s.failure != nil {
		return
	}
	if t.Kind == wsrm.Application {
		e := &s.ledger.sent[t.Tag]
		m.size = s.plan.sizeOf(t.Tag)
		if e.call {
			m.wants, m.id = engine.Here, "urn:call"
		}
	}
	i.address(m, t.Tag)
	n := t.N
	try := t.Try
	x := s.send(m, func(o engine.Outcome, answer *message) {
		i.input(func() { i.outcome(try, n, o, answer) })
	})
	i.tries[t.Try] = x
}

// over takes an exchange off the books.
func (i *initiator) over(t engine.Try, x *exchange) {
	delete(i.tries, t)
	if x.m.kind == wsrm.Application {
		m := &i.sim.ledger.sent[x.m.m.Tag]
		m.open = slices.Delete(m.open, slices.Index(m.open, x.at), slices.Index(m.open, x.at)+1)
	}
}

func (i *initiator) outcome(t engine.Try, n Number, o engine.Outcome, answer *message) {
	x := i.tries[t]
	if x == nil || i.off {
		return // dropped meanwhile, or the machine is off
	}
	s := i.sim
	i.over(t, x)
	if answer == nil {
		if x.m.kind == wsrm.Application {
			e := &s.ledger.sent[x.m.m.Tag]
			if o == engine.Empty {
				e.empties++
				if s.plan.Client.Addressed {
					e.failed = 0 // it was taken, and only failures in a row count
				}
			} else {
				e.failed++
			}
		} else if x.m.kind == wsrm.CreateSequence || x.m.kind == wsrm.LastMessage {
			i.useless++
		}
		if s.trace != nil && o == engine.Empty {
			s.tracef("client", "<- #%d nothing", x.k)
		}
		i.eng.Tried(s.now, t, o)
		return
	}
	s.messages++
	if s.trace != nil {
		s.tracef("client", "<- #%d %v", x.k, answer)
	}
	i.heard = s.now
	if answer.kind == wsrm.Fault {
		i.told = answer.fault
	}
	i.incoming(answer)
	if a, ok := answer.ackOf(i.id()); ok && !i.ending && (x.m.kind == wsrm.AckRequested || x.m.kind == wsrm.Application && x.m.wants == engine.Nothing && a.Ranges.Contains(n)) {
		i.vocal = true
	}
	in := answer.in(&i.rm)
	in.Try = t
	if ok := i.eng.Receive(s.now, in); ok == (i.end != nil) && !i.waiting {
		s.fail(Quiet, "Receive of the client says %v", ok)
	}
}

func (i *initiator) step(st Step) {
	switch st.What {
	case "close":
		if !i.closing && i.end == nil {
			i.close()
		}
	case "abort":
		i.aborted = true
		i.input(func() { i.eng.Abort(i.sim.now, "") })
	case "vanish":
		i.off, i.app.closed = true, true
		for _, t := range slices.Sorted(maps.Keys(i.tries)) {
			i.sim.cancel(i.tries[t])
		}
		clear(i.tries)
		for _, id := range slices.Sorted(maps.Keys(i.legs)) {
			i.sim.end(i.legs[id])
			i.sim.outcome(i.legs[id].x, engine.Failed, "nobody is there")
		}
		clear(i.legs)
	case "suspend":
		i.suspend(st.For)
		i.sim.after(st.For, i.feed)
	}
}

func (i *initiator) ended() bool { return i.end != nil || i.off }

func (i *initiator) after() {
	if i.sim.failure == nil {
		i.bounds()
	}
	if i.end == nil {
		i.feed()
	}
}

// id returns the identifier of the created sequence, "" before there is one.
func (i *initiator) id() string {
	if i.opened == nil {
		return ""
	}
	return i.opened.ID
}

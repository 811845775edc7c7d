package netsim

import (
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
	"github.com/gowsrm/wsrm/window"
)

// whereabouts is where a scripted client with addresses wants its answers.
type whereabouts struct {
	acksTo  engine.Addr // 0: on the legs
	replyTo engine.Addr // 0: on the legs
	quiet   bool        // 2005/02: it wants no LastMessage and no TerminateSequence back
	unsaid  bool        // 2005/02: its LastMessage and TerminateSequence do not say where the answer goes
}

// correspondents are the scripted clients with addresses, each named for where its ways were seen.
var correspondents = map[string]whereabouts{
	"cxf-afar":   {acksTo: 1, replyTo: 1, quiet: true},
	"gsoap-afar": {acksTo: 1, replyTo: 1, unsaid: true},
	"metro-afar": {replyTo: 1},
	"two-afar":   {acksTo: 1, replyTo: 2},
	"acks-afar":  {acksTo: 1},
}

// correspondent is a scripted client that is sent acknowledgements and replies at addresses of its own. It repeats what is
// not acknowledged, and trusts the server to repeat replies until they are.
type correspondent struct {
	sim     *sim
	where   whereabouts
	app     application
	version wsrm.Version
	id      string
	offer   string
	begun   bool

	papers   []*paper // by number, from 1
	acked    window.Ranges
	replies  window.Ranges
	owes     bool              // a reply came that nothing has acknowledged
	answerTo map[Number]uint64 // tags by reply number

	last   Number    // highest number, when the end has begun
	ending wsrm.Kind // what is sent to end
	endID  string    // its MessageID
	over   bool
	gone   bool // nobody is at the address any more
	gaveUp bool
	killed bool // by a fault that the server had reason for
}

// paper is a message of a correspondent.
type paper struct {
	n     Number
	tag   uint64 // 0: LastMessage
	id    string
	call  bool
	tries int
	open  int
	sent  Time
	done  bool
}

func newCorrespondent(s *sim, where whereabouts) *correspondent {
	c := &correspondent{sim: s, where: where, version: s.plan.Client.Version, answerTo: map[Number]uint64{}}
	if c.version == 0 {
		c.version = wsrm.RM11
	}
	c.app.sim = s
	return c
}

// address sets where the answer to m goes.
func (c *correspondent) address(m *message) {
	if c.where.replyTo != 0 {
		m.wants, m.replyTo = engine.Elsewhere, c.where.replyTo
	}
}

func (c *correspondent) begin() {
	if c.begun {
		c.app.begin()
		c.feed()
		return
	}
	c.begun = true
	m := &message{kind: wsrm.CreateSequence, rm: wsrm.Headers{Version: c.version}, id: c.sim.newID("c")(), replyTo: c.where.acksTo}
	if c.sim.plan.Client.Offer {
		c.offer = c.sim.newID("c")()
		m.body.Offer = &wsrm.Offer{Identifier: c.offer}
	}
	c.create(m)
}

// create sends CreateSequence until it is answered, on its leg: this is not a session's business.
func (c *correspondent) create(m *message) {
	c.sim.send(m, func(_ engine.Outcome, answer *message) {
		switch {
		case c.over || c.id != "" || c.sim.failure != nil:
		case answer == nil:
			c.sim.after(time.Second, func() {
				if !c.over && c.id == "" {
					c.create(m)
				}
			})
		case answer.kind != wsrm.CreateSequenceResponse:
			c.unreadable(m, answer)
		default:
			c.id = answer.body.Identifier
			c.app.begin()
			c.feed()
			c.repeat()
		}
	})
}

// unreadable notes what this client cannot take.
func (c *correspondent) unreadable(m, answer *message) {
	c.over = true
	if f := answer.fault; answer.kind == wsrm.Fault && f.RM != 0 && c.sim.host.lawful(f) {
		c.killed, c.app.closed = true, true
		return
	}
	c.sim.fail(Wire, "%v is answered by %v", m, answer)
}

func (c *correspondent) step(st Step) {
	switch st.What {
	case "close":
		c.app.closed = true
		c.app.waiting = nil
		c.feed()
	case "abort":
		if !c.over && c.id != "" {
			c.leave()
			f := &wsrm.FaultInfo{RM: c.version, Code: wsrm.CodeSequenceTerminated, Identifier: c.id}
			c.sim.send(&message{kind: wsrm.Fault, rm: wsrm.Headers{Version: c.version}, fault: f}, func(engine.Outcome, *message) {})
		}
	case "vanish":
		c.leave()
		c.gone = true
	}
}

func (c *correspondent) leave() { c.over, c.gaveUp, c.app.closed = true, true, true }

func (c *correspondent) ended() bool { return c.over }

// feed sends what may be sent, and begins the end when there is nothing more.
func (c *correspondent) feed() {
	waits := 0
	for _, p := range c.papers {
		if !p.done {
			waits++
		}
	}
	for ; !c.over && c.id != "" && len(c.app.waiting) > 0 && waits < max(1, c.sim.plan.Callers); waits++ {
		tag := c.app.waiting[0]
		p := &paper{n: Number(len(c.papers) + 1), tag: tag, call: c.sim.ledger.sent[tag].call}
		if p.call {
			p.id = c.sim.newID("c")()
		}
		c.papers = append(c.papers, p)
		c.sim.numbered(tag, p.n)
		c.app.numbered(1)
		c.transmit(p)
	}
	if !c.over && c.id != "" && c.app.done() && waits == 0 && c.last == 0 && c.ending == 0 {
		c.end()
	}
}

// headers returns what each message carries: the acknowledgement of replies.
func (c *correspondent) headers(final bool) wsrm.Headers {
	h := wsrm.Headers{Version: c.version}
	if c.offer != "" && (c.replies.Len() > 0 || final) {
		h.First = oneAck(c.offer, &c.replies, final && c.version == wsrm.RM11, -1)
		c.owes = false
	}
	return h
}

func (c *correspondent) transmit(p *paper) {
	s := c.sim
	m := &message{rm: c.headers(false), size: 100, m: Payload{Tag: p.tag}, id: p.id}
	m.rm.Sequence = wsrm.Sequence{Identifier: c.id, Number: p.n}
	switch {
	case p.tag == 0:
		m.kind, m.rm.Sequence.Last = wsrm.LastMessage, true
		c.addressLast(m)
	case p.call:
		m.wants = engine.Here
		c.address(m)
		fallthrough
	default:
		m.size = s.plan.sizeOf(p.tag)
		s.ledger.sent[p.tag].transmits++
	}
	p.tries++
	p.open++
	p.sent = s.now
	s.send(m, func(_ engine.Outcome, answer *message) {
		p.open--
		if c.over || s.failure != nil || answer == nil {
			return
		}
		if answer.kind == wsrm.Fault && answer.m.Tag == 0 {
			c.unreadable(m, answer)
			return
		}
		c.read(answer, p)
		c.feed()
	})
}

// addressLast sets where the answer to a LastMessage or TerminateSequence of 2005/02 goes.
func (c *correspondent) addressLast(m *message) {
	switch {
	case c.where.quiet:
		m.wants = engine.None
	case !c.where.unsaid:
		c.address(m)
	}
}

// repeat is the thread that sends again what the server is not known to have.
func (c *correspondent) repeat() {
	c.sim.after(500*time.Millisecond, func() {
		if c.over {
			return
		}
		for _, p := range c.papers {
			if p.done || p.open > 0 || c.sim.now < p.sent.Add(2*time.Second<<min(p.tries-1, 4)) {
				continue
			}
			if p.call && c.acked.Contains(p.n) && c.patient(p) {
				continue
			}
			c.transmit(p)
		}
		c.repeat()
	})
}

// patient reports whether p, a call that is acknowledged, need not be sent again: its reply comes by itself. After very
// long it is given up.
func (c *correspondent) patient(p *paper) bool {
	s := c.sim
	switch {
	case c.offer == "" && c.keeps(p), c.offer != "" && c.where.replyTo == 0:
		return false // nothing repeats it but this
	case s.now.Sub(p.sent) < time.Hour:
		c.await(p)
		return true
	}
	s.ledger.sent[p.tag].doubtful = true
	c.conclude(p, engine.Unanswered, Payload{})
	s.after(0, c.feed)
	return true
}

// await judges the server while the reply to p has not come: it repeats it, but gives one up that is taken again and again.
func (c *correspondent) await(p *paper) {
	s := c.sim
	for _, a := range s.host.all {
		in := a.numbers[p.n]
		if a.decision.ID != c.id || in == nil || a.end != nil || a.forgotten || s.drowsy || c.offer == "" || !in.handled || in.posted > hostRetries {
			continue
		}
		rests, busy := in.rests, in.posting
		if in.posted == 0 { // it waits for those before it
			rests, busy = a.rests, len(a.posts) > 0
		}
		if !busy && s.now.Sub(max(rests, p.sent)) > postPause {
			s.fail(Finished, "the reply to number %d was sent %d times, did not arrive, and is not sent again", p.n, in.posted)
		}
	}
}

// postPause is how long a reply that is not acknowledged rests at most, with a margin.
const postPause = 45 * time.Second

// keeps reports whether the server still owes a reply to p: without an offer nothing acknowledges replies, and it keeps
// only the last of them.
func (c *correspondent) keeps(p *paper) bool {
	l := &c.sim.ledger
	return l.handled-l.sent[p.tag].handled < c.sim.plan.Server.Window
}

func (c *correspondent) conclude(p *paper, what engine.Settled, m Payload) {
	if p.done {
		return
	}
	p.done = true
	if p.tag != 0 {
		c.sim.settle(p.tag, what, m)
		c.app.answered(p.tag)
	}
	if p.tag == 0 {
		c.insist(wsrm.TerminateSequence)
	}
}

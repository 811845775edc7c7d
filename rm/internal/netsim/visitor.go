package netsim

import (
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
	"github.com/gowsrm/wsrm/window"
)

// visitor is a scripted client. It reads answers as its model does: what that could not read breaks Wire.
type visitor struct {
	sim     *sim
	how     manners
	app     application
	version wsrm.Version
	id      string
	offer   string
	begun   bool

	errands  []*errand // by number, from 1
	lowest   Number    // the lowest that is not done
	allowed  int       // messages unanswered at most, where the window grows
	timeout  time.Duration
	timers   int  // the timer that counts
	busy     bool // the resending thread waits for an answer
	room     int  // what the server can buffer; negative: it never said
	acked    window.Ranges
	replies  window.Ranges
	answerTo map[Number]uint64 // tags by reply number

	last   Number // highest number, when the end has begun
	ending wsrm.Kind
	over   bool
	gaveUp bool // by itself: after too many tries, or aborted
	killed bool // by a fault that the server had reason for
}

// errand is a message of a visitor.
type errand struct {
	n     Number
	tag   uint64 // 0: LastMessage
	call  bool
	tries int
	open  int
	sent  Time
	done  bool
}

func newVisitor(s *sim, how manners) *visitor {
	v := &visitor{sim: s, how: how, version: s.plan.Client.Version, lowest: 1, allowed: 1, timeout: how.retry, room: -1, answerTo: map[Number]uint64{}}
	if v.version == 0 {
		v.version = wsrm.RM11
	}
	v.app.sim = s
	return v
}

func (v *visitor) begin() {
	if v.begun {
		v.app.begin()
		v.feed()
		return
	}
	v.begun = true
	m := &message{kind: wsrm.CreateSequence, rm: wsrm.Headers{Version: v.version}, id: v.sim.newID("c")()}
	if v.sim.plan.Client.Offer {
		v.offer = v.sim.newID("c")()
		m.body.Offer = &wsrm.Offer{Identifier: v.offer}
	}
	v.insist(m, 1, func(answer *message) bool {
		if answer.kind != wsrm.CreateSequenceResponse || answer.relatesTo != m.id || answer.body.Accept != (v.offer != "") ||
			answer.body.Accept && answer.body.AcksTo.Address != address {
			v.unreadable(m, answer)
			return true
		}
		v.id = answer.body.Identifier
		v.app.begin()
		v.feed()
		if v.how.impetus == byThread {
			v.thread()
		}
		if v.how.asks {
			v.ask()
		}
		return true
	})
}

// insist sends a message that opens or ends the sequence until it is answered.
func (v *visitor) insist(m *message, try int, answered func(*message) bool) {
	v.sim.send(m, func(o engine.Outcome, answer *message) {
		switch {
		case v.over || v.sim.failure != nil:
		case answer == nil && o == engine.Empty && m.kind == wsrm.TerminateSequence && v.version == wsrm.RM10 && v.offer == "":
			v.over = true // one-way
		case answer != nil && answered(answer):
		case v.how.endTries > 0 && try >= v.how.endTries:
			v.leave()
		default:
			v.sim.after(v.how.endPause, func() {
				if !v.over {
					v.insist(m, try+1, answered)
				}
			})
		}
	})
}

// leave gives up: the server hears no more.
func (v *visitor) leave() { v.over, v.gaveUp, v.app.closed = true, true, true }

// terminate gives up and says so.
func (v *visitor) terminate() {
	v.leave()
	f := &wsrm.FaultInfo{RM: v.version, Code: wsrm.CodeSequenceTerminated, Identifier: v.id}
	v.sim.send(&message{kind: wsrm.Fault, rm: wsrm.Headers{Version: v.version}, fault: f}, func(engine.Outcome, *message) {})
}

// unreadable notes an answer that this client cannot take.
func (v *visitor) unreadable(m, answer *message) {
	v.over = true
	if f := answer.fault; answer.kind == wsrm.Fault && f.RM != 0 && v.sim.host.lawful(f) {
		v.killed, v.app.closed = true, true
		return
	}
	v.sim.fail(Wire, "%v is answered by %v", m, answer)
}

// lawful reports whether the server had a reason for the fault f.
func (h *host) lawful(f *wsrm.FaultInfo) bool {
	if h.alone || h.killed {
		return true
	}
	for _, a := range h.all {
		if a.end != nil && a.end.Cause != engine.ClosedInOrder {
			return true // inactivity, expiry; whether there was a reason for that is judged where it ends
		}
	}
	return false
}

func (v *visitor) step(st Step) {
	switch st.What {
	case "close":
		v.app.closed = true
		v.app.waiting = nil
		v.feed()
	case "abort":
		if !v.over && v.id != "" {
			v.terminate()
		}
	case "vanish":
		v.leave()
	} // a scripted client is not suspended
}

func (v *visitor) ended() bool { return v.over }

// feed sends what may be sent, and begins the end when there is nothing more.
func (v *visitor) feed() {
	for !v.over && v.id != "" && len(v.app.waiting) > 0 && v.mayStart() {
		tag := v.app.waiting[0]
		e := &errand{n: Number(len(v.errands) + 1), tag: tag, call: v.sim.ledger.sent[tag].call}
		v.errands = append(v.errands, e)
		v.sim.numbered(tag, e.n)
		v.app.numbered(1)
		v.transmit(e, nil)
	}
	if v.over || v.id == "" || !v.app.done() || v.unanswered() > 0 || v.last != 0 || v.ending != 0 {
		return
	}
	v.end()
}

func (v *visitor) unanswered() (n int) {
	for _, e := range v.errands[v.lowest-1:] {
		if !e.done {
			n++
		}
	}
	return n
}

func (v *visitor) mayStart() bool {
	limit := max(1, v.sim.plan.Callers)
	if v.how.window > 0 {
		limit = v.allowed
		if v.room == 0 {
			return false
		}
	}
	return v.unanswered() < limit && int(Number(len(v.errands))+1-v.lowest) < max(limit, v.how.window)
}

// headers returns what each message carries: the acknowledgement of replies.
func (v *visitor) headers(final bool) wsrm.Headers {
	h := wsrm.Headers{Version: v.version}
	if v.offer != "" && (v.replies.Len() > 0 || final) {
		h.First = oneAck(v.offer, &v.replies, final && v.version == wsrm.RM11, -1)
	}
	return h
}

// transmit sends e. then, if it is not nil, is called when that exchange is over.
func (v *visitor) transmit(e *errand, then func()) {
	s := v.sim
	m := &message{rm: v.headers(false), size: 100, m: Payload{Tag: e.tag}}
	m.rm.Sequence = wsrm.Sequence{Identifier: v.id, Number: e.n}
	switch {
	case e.tag == 0:
		m.kind, m.rm.Sequence.Last = wsrm.LastMessage, true
	case e.call:
		m.wants, m.id = engine.Here, "urn:call"
		fallthrough
	default:
		m.size = s.plan.sizeOf(e.tag)
		s.ledger.sent[e.tag].transmits++
	}
	if v.how.asks && v.acked.Missing() < e.n {
		m.rm.Ask = v.id
	}
	e.tries++
	e.open++
	e.sent = s.now
	if v.how.impetus == byTimer && e.n == v.lowest {
		v.startTimer()
	}
	s.send(m, func(_ engine.Outcome, answer *message) {
		e.open--
		if then != nil {
			then()
		}
		if !v.over && s.failure == nil {
			v.answered(e, m, answer)
			v.feed()
		}
	})
}

package netsim

import (
	"slices"
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
)

// answered takes what an exchange of e brought; nil: nothing, or it failed.
func (v *visitor) answered(e *errand, m, answer *message) {
	if answer == nil {
		if v.how.impetus == byCaller && !e.done {
			v.sim.after(v.how.retry, func() {
				if !v.over && !e.done && e.open == 0 {
					v.transmit(e, nil)
				}
			})
		}
		return
	}
	if v.sim.trace != nil {
		v.sim.tracef("client", "<- %v", answer)
	}
	if answer.kind == wsrm.Fault && answer.m.Tag == 0 {
		v.unreadable(m, answer)
		return
	}
	v.acks(answer)
	if e.done {
		return
	}
	// WCF, Metro: what answers a message carries an acknowledgement that covers it.
	if a, ok := answer.ackOf(v.id); !ok || !a.Ranges.Contains(e.n) {
		v.unreadable(m, answer)
		return
	}
	switch {
	case answer.kind == wsrm.Application || answer.kind == wsrm.Fault:
		if q := &answer.rm.Sequence; q.Identifier != "" {
			v.replied(q.Number, answer.m.Tag)
		}
		what := engine.Answered
		if answer.kind == wsrm.Fault {
			what = engine.Faulted
		}
		v.conclude(e, what, answer.m)
	case e.tag == 0 && (answer.kind == wsrm.LastMessage) != (v.offer != ""), e.tag != 0 && answer.kind != wsrm.SequenceAcknowledgement:
		v.unreadable(m, answer)
	case answer.kind == wsrm.LastMessage:
		v.replies.Add(answer.rm.Sequence.Number)
		v.conclude(e, engine.Acked, Payload{})
	case e.call && v.sim.ledger.sent[e.tag].answered != mute && v.keeps(e):
		// "No meaningful reply": an acknowledgement alone ends the call.
		v.unreadable(m, answer)
	case e.call:
		v.conclude(e, engine.Unanswered, Payload{})
	default:
		v.conclude(e, engine.Acked, Payload{})
	}
}

// keeps reports whether the server still owes a reply to e: without an offer nothing acknowledges replies, and it keeps
// only the last of them.
func (v *visitor) keeps(e *errand) bool {
	l := &v.sim.ledger
	return v.offer != "" || l.handled-l.sent[e.tag].handled < v.sim.plan.Server.Window
}

func (v *visitor) replied(k Number, tag uint64) {
	if before := v.answerTo[k]; before != 0 && before != tag {
		v.sim.fail(Integrity, "reply number %d answers message %d, and answered %d", k, tag, before)
	}
	v.answerTo[k] = tag
	v.replies.Add(k)
}

// acks notes the acknowledgement of an answer.
func (v *visitor) acks(answer *message) {
	a, ok := answer.ackOf(v.id)
	if !ok {
		return
	}
	if top := a.Ranges.Max(); top > Number(len(v.errands)) {
		v.sim.fail(Truth, "number %d is acknowledged and was not sent", top)
		return
	}
	if a.Final && v.ending == 0 {
		v.sim.fail(Wire, "a final acknowledgement before the end")
		return
	}
	for r := range a.Ranges.All() {
		v.acked.AddRange(r)
	}
	if a.Buffer >= 0 {
		v.room = a.Buffer
		if v.room == 0 && v.how.window > 0 {
			v.sim.after(5*time.Second, v.poll)
		}
	}
	for _, e := range slices.Clone(v.errands[v.lowest-1:]) {
		if v.how.any && !e.done && !e.call && v.acked.Contains(e.n) {
			v.conclude(e, engine.Acked, Payload{})
		}
	}
}

func (v *visitor) conclude(e *errand, what engine.Settled, p Payload) {
	if e.done {
		return
	}
	e.done = true
	if e.tag != 0 {
		v.sim.settle(e.tag, what, p)
		v.app.answered(e.tag)
	}
	moved := false
	for v.lowest <= Number(len(v.errands)) && v.errands[v.lowest-1].done {
		v.lowest++
		moved = true
	}
	if moved {
		v.allowed = min(v.allowed+1, max(v.how.window, 1))
		v.timeout = v.how.retry
		v.startTimer()
	}
	if e.tag == 0 {
		v.insistEnd(wsrm.TerminateSequence)
	}
}

// poll asks a server that said that it has no room.
func (v *visitor) poll() {
	if !v.over && v.room == 0 {
		v.request()
	}
}

// request sends AckRequested.
func (v *visitor) request() {
	m := &message{kind: wsrm.AckRequested, rm: v.headers(false)}
	m.rm.Ask = v.id
	v.sim.send(m, func(_ engine.Outcome, answer *message) {
		switch {
		case v.over || v.sim.failure != nil:
		case answer == nil:
			v.sim.after(5*time.Second, v.poll)
		case answer.kind == wsrm.Fault:
			v.unreadable(m, answer)
		default:
			v.acks(answer)
			v.feed()
		}
	})
}

// ask sends AckRequested at intervals while something is unacknowledged.
func (v *visitor) ask() {
	v.sim.after(v.how.retry, func() {
		if !v.over && v.ending == 0 {
			if v.acked.Missing() <= Number(len(v.errands)) {
				v.request()
			}
			v.ask()
		}
	})
}

// startTimer begins the interval after which the lowest unanswered message is repeated.
func (v *visitor) startTimer() {
	if v.how.impetus != byTimer {
		return
	}
	v.timers++
	k := v.timers
	v.sim.after(v.timeout, func() {
		if k != v.timers || v.over || v.lowest > Number(len(v.errands)) {
			return
		}
		e := v.errands[v.lowest-1]
		if e.tries > v.how.retries {
			v.terminate()
			return
		}
		v.timeout *= 2
		v.allowed = 1
		v.transmit(e, nil)
	})
}

// thread is the one that resends: it waits for the answer to each.
func (v *visitor) thread() {
	v.sim.after(500*time.Millisecond, func() {
		if v.over {
			return
		}
		for _, e := range v.errands[v.lowest-1:] {
			if e.call && !e.done && e.open == 0 && v.acked.Contains(e.n) && v.sim.now.Sub(e.sent) > patience {
				// It is not sent again, although its reply was lost: the caller gives up.
				v.sim.ledger.sent[e.tag].doubtful = true
				v.conclude(e, engine.Unanswered, Payload{})
			}
			if v.busy || e.done || v.acked.Contains(e.n) || v.sim.now < e.sent.Add(v.how.retry<<min(e.tries-1, 4)) {
				continue
			}
			v.busy = true
			v.transmit(e, func() { v.busy = false })
		}
		v.thread()
	})
}

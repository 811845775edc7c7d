package netsim

import (
	"github.com/gowsrm/wsrm/internal/wsrm"
)

// end begins to end the sequence: with CloseSequence, or with a LastMessage of its own.
func (v *visitor) end() {
	v.last = Number(len(v.errands))
	if v.version == wsrm.RM11 {
		v.insistEnd(wsrm.CloseSequence)
		return
	}
	v.last++
	e := &errand{n: v.last}
	v.errands = append(v.errands, e)
	v.transmit(e, nil)
}

// insistEnd sends CloseSequence or TerminateSequence until it is answered.
func (v *visitor) insistEnd(kind wsrm.Kind) {
	v.ending = kind
	m := &message{kind: kind, rm: v.headers(true), body: wsrm.Body{Identifier: v.id}, id: v.sim.newID("c")()}
	if v.version == wsrm.RM11 {
		m.body.LastMsgNumber = v.last
	}
	tries := 0
	v.insist(m, 1, func(answer *message) bool {
		tries++
		if v.sim.trace != nil {
			v.sim.tracef("client", "<- %v", answer)
		}
		if answer.kind == wsrm.Fault {
			if kind == wsrm.TerminateSequence && answer.fault.Code == wsrm.CodeUnknownSequence {
				v.over = true
				return true
			}
			v.unreadable(m, answer)
			return true
		}
		v.ended1(m, answer)
		return true
	})
}

// ended1 reads the answer to CloseSequence or TerminateSequence as WCF does.
func (v *visitor) ended1(m, answer *message) {
	want := wsrm.CloseSequenceResponse
	switch {
	case m.kind == wsrm.TerminateSequence && v.version == wsrm.RM11:
		want = wsrm.TerminateSequenceResponse
	case m.kind == wsrm.TerminateSequence:
		want = wsrm.TerminateSequence
	}
	a, ok := answer.ackOf(v.id)
	exact := ok && a.Ranges.Count() == uint64(v.last) && a.Ranges.Len() <= 1
	if answer.kind != want || !exact || v.version == wsrm.RM11 && (!a.Final || answer.relatesTo != m.id) {
		v.unreadable(m, answer)
		return
	}
	if m.kind == wsrm.CloseSequence {
		v.insistEnd(wsrm.TerminateSequence)
		return
	}
	v.over = true
}

// check judges what is left at the end of the run.
func (v *visitor) check() {
	if !v.gaveUp && !v.killed {
		v.sim.checkClient(v.over)
	}
}

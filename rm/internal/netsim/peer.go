package netsim

import (
	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/window"
)

// peer is a scripted server. It does what its profile says, right or wrong; the engine opposite has to live with it.
type peer struct {
	sim      *sim
	how      profile
	newID    func() string
	sessions map[string]*peerSession
	creates  map[string]*peerSession
}

// peerSession is one session of a scripted server.
type peerSession struct {
	*peer
	id, replyID string
	version     wsrm.Version
	begun       Time // when the first message arrived

	got     window.Ranges // accepted
	turn    Number        // waits: the number to run next
	calls   map[Number]*peerCall
	replies []*peerCall // by number of the reply, from 1
	acked   window.Ranges
	last    *message // the last reply sent, for rude ones
	closed  bool
	over    bool
}

// peerCall is a message that a scripted server has accepted.
type peerCall struct {
	m     *message
	legs  []*leg
	ran   int
	done  bool
	k     Number   // of its reply
	reply *message // without acknowledgement; nil: there is none
}

func newPeer(s *sim, how profile) *peer {
	s.quietPeer, s.rude = how.silent, how.rude
	return &peer{sim: s, how: how, newID: s.newID("b"), sessions: map[string]*peerSession{}, creates: map[string]*peerSession{}}
}

func (p *peer) request(l *leg, m *message) {
	l.lost = func() { p.sim.end(l) }
	if m.kind == wsrm.CreateSequence {
		p.create(l, m)
		return
	}
	ps := p.sessions[m.sequence()]
	if ps == nil || ps.over && m.kind != wsrm.TerminateSequence {
		p.fault(l, m, "UnknownSequence")
		return
	}
	ps.take(l, m)
}

func (p *peer) answer(l *leg, m *message) {
	if !l.over {
		p.sim.messages++
		p.sim.finish(l, m)
	}
}

func (p *peer) fault(l *leg, m *message, code string) {
	if m.kind == wsrm.Fault || m.kind == wsrm.SequenceAcknowledgement {
		p.answer(l, nil)
		return
	}
	f := &wsrm.FaultInfo{RM: m.rm.Version, Code: code, Sender: true, Identifier: m.sequence()}
	p.answer(l, &message{kind: wsrm.Fault, rm: wsrm.Headers{Version: m.rm.Version}, fault: f, relatesTo: m.id})
}

func (p *peer) create(l *leg, m *message) {
	v := p.sim.plan.Server.Version
	switch {
	case v == wsrm.RM10 && m.rm.Version != v:
		p.answer(l, &message{kind: wsrm.Fault, fault: &wsrm.FaultInfo{Code: "ActionNotSupported", Sender: true}})
		return
	case p.how.refuses:
		p.fault(l, m, "CreateSequenceRefused")
		return
	}
	ps := p.creates[m.id]
	if ps == nil || p.how.forgetful {
		ps = &peerSession{peer: p, id: p.newID(), version: m.rm.Version, turn: 1, calls: map[Number]*peerCall{}}
		if o := m.body.Offer; o != nil {
			ps.replyID = o.Identifier
			p.sessions[ps.replyID] = ps
		}
		p.sessions[ps.id], p.creates[m.id] = ps, ps
	}
	body := wsrm.Body{Identifier: ps.id, Accept: ps.replyID != ""}
	if body.Accept {
		body.AcksTo = &soap.EndpointReference{Address: address}
	}
	p.answer(l, &message{kind: wsrm.CreateSequenceResponse, rm: wsrm.Headers{Version: ps.version}, body: body, relatesTo: m.id})
}

// take judges a message of a session.
func (ps *peerSession) take(l *leg, m *message) {
	if ps.begun == 0 && m.kind == wsrm.Application {
		ps.begun = ps.sim.now
	}
	if a, ok := m.ackOf(ps.replyID); ok {
		for r := range a.Ranges.All() {
			ps.acked.AddRange(r)
		}
		ps.inTurn()
	}
	switch m.kind {
	case wsrm.Application, wsrm.LastMessage:
		ps.message(l, m)
	case wsrm.AckRequested:
		if ps.how.silent {
			ps.answer(l, nil)
		} else {
			ps.ack(l, m, false)
		}
	case wsrm.CloseSequence, wsrm.TerminateSequence:
		ps.end(l, m)
	case wsrm.Fault:
		ps.over = true
		ps.answer(l, nil)
		ps.release()
	default:
		ps.answer(l, nil)
	}
}

// headers returns what each answer carries.
func (ps *peerSession) headers(end, final bool) wsrm.Headers {
	h := wsrm.Headers{Version: ps.version}
	if ps.how.mute && !end || ps.how.noEndAck && end {
		return h
	}
	room := -1
	if full := ps.sim.plan.Server.Full; full != 0 {
		room = 8
		if ps.begun != 0 && ps.sim.now.Sub(ps.begun) < full {
			room = 0
		}
	}
	h.First = oneAck(ps.id, &ps.got, final && ps.version == wsrm.RM11, room)
	return h
}

// ack answers with an acknowledgement, or with nothing if this server has none.
func (ps *peerSession) ack(l *leg, m *message, empty bool) {
	h := ps.headers(false, ps.closed)
	if h.First.Identifier == "" && !empty {
		ps.answer(l, nil)
		return
	}
	if empty {
		h.First = wsrm.Acknowledgement{}
	}
	ps.answer(l, &message{kind: wsrm.SequenceAcknowledgement, rm: h, relatesTo: m.id})
}

// end answers CloseSequence and TerminateSequence.
func (ps *peerSession) end(l *leg, m *message) {
	if ps.how.allReplies && !ps.over && ps.acked.Missing() <= Number(len(ps.replies)) && len(ps.replies) > 0 {
		ps.over = true
		ps.fault(l, m, "SequenceTerminated")
		ps.release()
		return
	}
	closing := m.kind == wsrm.CloseSequence
	ps.closed = true
	if !closing {
		ps.over = true
		defer ps.release()
	}
	answer := &message{kind: wsrm.TerminateSequenceResponse, rm: ps.headers(true, !closing || !ps.how.noFinal), body: wsrm.Body{Identifier: ps.id}, relatesTo: m.id}
	switch {
	case closing:
		answer.kind = wsrm.CloseSequenceResponse
	case ps.version == wsrm.RM11:
	case ps.replyID != "":
		answer.kind, answer.relatesTo, answer.body.Identifier = wsrm.TerminateSequence, "", ps.replyID
	case ps.how.silent:
		answer.kind = wsrm.SequenceAcknowledgement
	default:
		answer = nil
	}
	ps.answer(l, answer)
}

// release lets go of all legs at the end of the session.
func (ps *peerSession) release() {
	for n := Number(1); n <= ps.got.Max(); n++ {
		if c := ps.calls[n]; c != nil {
			for _, l := range c.legs {
				ps.answer(l, nil)
			}
			c.legs = nil
		}
	}
}

package engine

import (
	"slices"
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
)

// A peer that named addresses of its own gets acknowledgements, replies and the answers to its lifecycle messages there, on
// exchanges of ours, and nothing on the legs of its requests but faults. What it is sent is repeated until an exchange
// succeeds, and a numbered reply until it is acknowledged.

// away is what an acceptor has to do with addresses of its peer.
type away[M any] struct {
	acksTo   Addr // 0: acknowledgements go on legs
	tries    map[Try]sentAway[M]
	lastTry  Try
	unsaid   bool // something was accepted, and no acknowledgement has gone there since
	acking   Try  // the stand-alone one that is under way
	ackFails int
	freed    bool         // a reply was taken, or concluded: the next one may go
	ackedAt  Time         // when the last one went out
	ends     []*ending[M] // answers to lifecycle messages that have not arrived
	until    Time         // when a terminated session gives them up, and replies
	gone     bool         // the peer has terminated the session and forgotten it: nothing is sent any more
}

// sentAway is what an exchange carries: the reply to n, an answer of ends, or an acknowledgement.
type sentAway[M any] struct {
	n   Number
	end *ending[M]
}

// post is how far a reply is that goes elsewhere.
type post struct {
	to       Addr   // 0: it does not
	id       string // its MessageID, unless the application has given it one
	relates  string // the request's
	due      Time   // when it is to be sent again; 0: not now
	open     bool   // an exchange is under way
	attempts int
	failures int // in a row
	takens   int // how often it was taken and not acknowledged
}

// ending is the answer to a lifecycle message that goes elsewhere.
type ending[M any] struct {
	f        finishing[M]
	to       Addr
	due      Time
	open     bool
	failures int
}

const (
	postBase   = 3 * time.Second // the first repeat of a reply that was taken and not acknowledged; doubled: arbitrary
	postCap    = 30 * time.Second
	dampTime   = 50 * time.Millisecond // between two acknowledgements of repeats
	endingTime = time.Minute           // how long a terminated session tries to say so: arbitrary
)

// redirect finds out where the answer to in goes that says nothing of it: to where acknowledgements go.
func (s *Session[M]) redirect(in *In[M]) {
	if in.Kind != wsrm.Application && in.Wants == Nothing && s.acc.away.acksTo != 0 {
		in.Wants, in.ReplyTo = Elsewhere, s.acc.away.acksTo
	}
}

// leaves reports whether nothing is to be said on the leg of in.
func (s *Session[M]) leaves(in *In[M]) bool {
	if in.Kind == wsrm.Application && in.Faults == Here {
		return false
	}
	return in.Wants == Elsewhere || s.acc.away.acksTo != 0 && in.Wants != Here
}

// joinAway is join for a message whose leg waits for nothing.
func (s *Session[M]) joinAway(now Time, r *request[M], in *In[M]) {
	f := finishing[M]{leg: in.Leg, what: FinishEmpty}
	if s.acc.away.acksTo == 0 && s.ackable().Contains(in.RM.Sequence.Number) {
		f.what, f.relates = FinishAck, in.MessageID // Metro: replies elsewhere, acknowledgements here
	}
	if s.cfg.Mutant == LegHeldElsewhere && r != nil && r.state != replied {
		r.legs = append(r.legs, held{leg: in.Leg})
	} else {
		s.finish(f)
	}
	repeat := r == nil || r.joined
	if r != nil {
		r.joined = true
	}
	if repeat || in.Wants != Elsewhere && len(in.RM.AckRequested) > 0 || in.Wants == None {
		s.ackSoon(now)
	} else {
		s.ackLater(now)
	}
	if repeat && r != nil && r.state == replied {
		s.postReply(now, r)
	}
}

// ackLater notes that there is something to acknowledge, unless a reply does it.
func (s *Session[M]) ackLater(now Time) {
	w := &s.acc.away
	if w.acksTo == 0 || w.gone {
		return
	}
	w.unsaid = true
	if s.timers[tAck] == 0 && w.acking == 0 {
		s.set(tAck, now.Add(max(s.cfg.AckDelay, 1)))
	}
}

// ackSoon has an acknowledgement sent at once, but not for each of many repeats.
func (s *Session[M]) ackSoon(now Time) {
	w := &s.acc.away
	if w.acksTo == 0 || w.gone {
		return
	}
	w.unsaid = true
	if w.acking == 0 {
		s.bound(tAck, max(now, w.ackedAt.Add(dampTime)))
	}
}

// sayAck sends a stand-alone acknowledgement.
func (s *Session[M]) sayAck(now Time) {
	w := &s.acc.away
	if w.unsaid && w.acking == 0 && !w.gone {
		w.acking = s.sendAway(sentAway[M]{}, sending{kind: wsrm.SequenceAcknowledgement, to: w.acksTo})
	}
}

// sendAway begins an exchange.
func (s *Session[M]) sendAway(x sentAway[M], q sending) Try {
	w := &s.acc.away
	if w.tries == nil {
		w.tries = map[Try]sentAway[M]{}
	}
	w.lastTry++
	w.tries[w.lastTry] = x
	q.try = w.lastTry
	s.out.transmit = append(s.out.transmit, q)
	return q.try
}

// postReply has the reply to r sent to its address, unless it is on its way.
func (s *Session[M]) postReply(now Time, r *request[M]) {
	if r.post.to != 0 && !r.post.open {
		r.post.due = now
		s.acc.away.freed = true
	}
}

// sendReplies sends the replies that are due, in the order of numbers: at most as many as handlers may run are on their way
// and not taken. So one after the other where messages are handled one after the other: gSOAP's client takes only the next
// number, and ends the session when it has missed one.
func (s *Session[M]) sendReplies(now Time) {
	a := s.acc
	a.away.freed = false
	if a.away.gone {
		return
	}
	free := s.cfg.Window
	if c := s.cfg.Concurrency; c > 0 {
		free = min(free, c)
	}
	var due []*request[M]
	for _, r := range a.replies.All() {
		p := &r.post
		if p.to == 0 {
			continue
		}
		if p.takens == 0 {
			if free--; free < 0 {
				break
			}
		}
		switch {
		case p.due == 0 || p.open:
		case p.due <= now:
			due = append(due, r)
		default:
			s.bound(tRepeat, p.due)
		}
	}
	for k := range a.loose.len() { // without numbers
		switch r := a.reqs[a.loose.at(k)]; {
		case r == nil || r.post.due == 0 || r.post.open:
		case r.post.due <= now:
			due = append(due, r)
		default:
			s.bound(tRepeat, r.post.due)
		}
	}
	for _, r := range due {
		s.sendReply(now, r)
	}
}

// untaken reports whether there are replies that have not reached their address.
func (a *acceptor[M]) untaken() bool {
	for _, r := range a.replies.All() {
		if r.post.to != 0 && r.post.takens == 0 {
			return true
		}
	}
	return false
}

// sendReply sends the reply to r to its address.
func (s *Session[M]) sendReply(now Time, r *request[M]) {
	p := &r.post
	if p.id == "" {
		p.id = s.cfg.NewID()
	}
	p.open, p.due = true, 0
	r.said = now
	if p.attempts++; p.attempts > 1 {
		s.stats.Resent++
		s.event(EvTransmitted, r.k, p.attempts)
	}
	s.sendAway(sentAway[M]{n: r.n}, sending{kind: r.kind, n: r.n, to: p.to})
}

// answerAway sends the answer to a lifecycle message to its address.
func (s *Session[M]) answerAway(now Time, h held) {
	f := s.ending(h)
	if f.what == FinishEmpty || len(s.acc.away.ends) >= maxLegs {
		return // the peer asks again
	}
	e := &ending[M]{f: f, to: h.to}
	s.acc.away.ends = append(s.acc.away.ends, e)
	s.lingers(now)
	s.sendEnding(e)
}

// lingers gives what ends the session time to arrive.
func (s *Session[M]) lingers(now Time) {
	s.acc.away.until = now.Add(endingTime)
	s.bound(tRepeat, s.acc.away.until)
}

func (s *Session[M]) sendEnding(e *ending[M]) {
	e.open, e.due = true, 0
	s.sendAway(sentAway[M]{end: e}, sending{kind: e.f.kind, to: e.to, ctl: e.f.ctl, relates: e.f.relates})
}

// sendDue sends what is due, and finds the next time at which something is.
func (s *Session[M]) sendDue(now Time) {
	a := s.acc
	s.sendReplies(now)
	if len(a.away.ends) > 0 && a.away.until <= now {
		a.away.ends = nil
	}
	for _, e := range a.away.ends {
		switch {
		case e.due == 0 || e.open:
		case e.due <= now:
			s.sendEnding(e)
		default:
			s.bound(tRepeat, e.due)
		}
	}
	if len(a.away.ends) > 0 || a.over && a.away.until > now {
		s.bound(tRepeat, a.away.until)
	}
}

// triedAway judges an exchange to an address of the peer: Empty is all that it has to say there.
func (s *Session[M]) triedAway(now Time, t Try, o Outcome) {
	a := s.acc
	x, ok := a.away.tries[t]
	if !ok {
		return
	}
	delete(a.away.tries, t)
	switch {
	case x.end != nil:
		x.end.open = false
		// Who has sent TerminateSequence may be gone, and who wants the answer sends it again: the tombstone has it.
		parting := a.over && x.end.failures > 0
		if x.end.failures++; o == Failed && !parting && !s.exhausted(x.end.failures) {
			x.end.due = now.Add(s.jitter(backOff(failedBase, failedCap, x.end.failures-1)))
			s.bound(tRepeat, x.end.due)
		} else {
			a.away.ends = slices.DeleteFunc(a.away.ends, func(e *ending[M]) bool { return e == x.end })
		}
	case x.n != 0:
		a.away.freed = true
		if r := a.reqs[x.n]; r != nil && r.post.open {
			r.post.open = false
			s.replyTried(now, r, t, o)
		}
	default:
		a.away.acking = 0
		if o != Failed {
			a.away.ackFails = 0
			break
		}
		if a.away.ackFails++; s.exhausted(a.away.ackFails) {
			a.away.ackFails = 0
			break // whoever is still there asks, or sends again what it wants acknowledged
		}
		a.away.unsaid = true
		s.set(tAck, now.Add(s.jitter(backOff(failedBase, failedCap, a.away.ackFails-1))))
	}
	if !s.over && a.away.unsaid && a.away.acking == 0 && s.timers[tAck] == 0 {
		s.set(tAck, now.Add(max(s.cfg.AckDelay, 1)))
	}
}

// replyTried plans the repeat of a reply, or gives it up.
func (s *Session[M]) replyTried(now Time, r *request[M], t Try, o Outcome) {
	p := &r.post
	switch {
	case o == Permanent:
		s.abandon(now, End{Cause: PermanentError, Try: t}, "the address for replies refuses them")
		return
	case o == Failed:
		if p.failures++; s.exhausted(p.failures) {
			s.abandon(now, End{Cause: Unreachable, Try: t}, "the address for replies cannot be reached")
			return
		}
		p.due = now.Add(s.jitter(backOff(failedBase, failedCap, p.failures-1)))
	case r.k == 0:
		return // nothing acknowledges it. If its request comes again, so does it
	default:
		p.failures = 0
		if p.takens++; s.exhausted(p.takens) {
			// The peer takes it again and again: it has it, whatever it does not say.
			s.event(EvDropped, r.n, 0)
			s.acc.replies.Forgive(r.k)
			s.forget(r.n)
			return
		}
		if s.cfg.Mutant == ReplyPostedOnce {
			return
		}
		p.due = now.Add(s.jitter(backOff(postBase, postCap, p.takens-1)))
	}
	s.bound(tRepeat, p.due)
}

// answeredAway takes what came back on an exchange to an address of the peer: acknowledgements, or a fault.
func (s *Session[M]) answeredAway(now Time, in *In[M]) {
	s.heard(now)
	if !s.replyAcks(now, in) {
		return
	}
	// WSRMRequired is said of a reply without number, which gSOAP's client does not take.
	if in.Kind == wsrm.Fault && in.Fault != nil && in.Fault.RM != 0 && in.Fault.Code != wsrm.CodeWSRMRequired {
		s.toldAway(now, in)
		return
	}
	s.triedAway(now, in.Try, Empty)
}

// toldAway ends the session because of a fault of the protocol. A peer that has terminated it, and has its answer, may
// have forgotten it; what it had been acknowledged is handled all the same.
func (s *Session[M]) toldAway(now Time, in *In[M]) {
	if f := in.Fault; s.acc.over && (f.Code == wsrm.CodeUnknownSequence || f.Code == wsrm.CodeSequenceTerminated) {
		w := &s.acc.away
		w.gone, w.unsaid, w.ends, w.until = true, false, nil, 0
		delete(w.tries, in.Try)
		s.clear(tAck)
		return // endOn ends it
	}
	s.end(now, End{Cause: PeerFault, Fault: in.Fault, Try: in.Try})
}

// stampAway gives an exchange of an acceptor its headers as they are now.
func (s *Session[M]) stampAway(now Time, o *Output[M], q *sending) {
	w := &s.acc.away
	t := Transmit[M]{Try: q.try, To: q.to, Kind: q.kind, N: q.n, RelatesTo: q.relates}
	t.RM.Version = s.version
	if q.ctl != nil {
		t.Body, t.Fault = q.ctl.body, q.ctl.fault
	}
	if q.n != 0 {
		r := s.acc.reqs[q.n]
		if r == nil || r.state != replied { // acknowledged between the decision and now
			delete(w.tries, q.try)
			return
		}
		t.M, t.MessageID, t.RelatesTo, t.Attempt = r.reply, r.post.id, r.post.relates, r.post.attempts
		if r.k != 0 {
			t.RM.Sequence = wsrm.Sequence{Identifier: s.replyID, Number: r.k, Last: r.last}
			if r.post.takens > 0 {
				t.RM.Ask = s.replyID
			}
		}
	}
	there := w.acksTo == 0 || w.acksTo == q.to
	// WS-RM 1.1, 3.5 and 3.6: the answers to CloseSequence and TerminateSequence tell the final state, wherever they go.
	if q.kind != wsrm.Fault && (there || q.n == 0) {
		s.stampAck(&t.RM)
	}
	if q.kind != wsrm.Fault && there {
		w.unsaid, w.ackedAt = false, now
		s.clear(tAck)
	}
	o.Transmit = append(o.Transmit, t)
}

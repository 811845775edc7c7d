package engine

import (
	"strings"

	"github.com/gowsrm/wsrm/internal/wsrm"
)

// Open begins: CreateSequence goes out, in version 1.1 unless the configuration names one. An Output with Opened or
// with Ended will follow.
func (s *Session[M]) Open(now Time) {
	if s.over || s.ini == nil || s.version != 0 {
		return
	}
	s.version = s.cfg.Version
	if s.version == 0 {
		s.version = wsrm.RM11
	}
	s.begin(now)
	s.settleDown(now)
}

// begin starts with a CreateSequence of its own MessageID and offer.
func (s *Session[M]) begin(now Time) {
	i := s.ini
	i.failures = 0
	i.messageID = s.cfg.NewID()
	if s.cfg.Offer {
		i.offerID = s.cfg.NewID()
	}
	s.sendCreate(now)
}

func (s *Session[M]) sendCreate(now Time) {
	i := s.ini
	body := wsrm.Body{Expires: s.cfg.Expires}
	if i.offerID != "" {
		body.Offer = &wsrm.Offer{Identifier: i.offerID, Expires: s.cfg.Expires}
		if s.version == wsrm.RM11 {
			// Replies come on the exchanges of their requests, and none is discarded for a gap. gSOAP's server goes by this
			// for the other direction too: told DiscardFollowingFirstGap, it ends the sequence when requests overtake each other.
			body.Offer.Behavior = wsrm.NoDiscard
		}
	}
	t := s.try(now, wsrm.CreateSequence, 0, i.failures+1)
	s.out.transmit = append(s.out.transmit, sending{try: t, kind: wsrm.CreateSequence, ctl: &control{messageID: i.messageID, body: body}})
}

// behavior is what a destination does with what lies behind a gap when the sequence is closed.
func behavior(ordered bool) wsrm.Behavior {
	if ordered {
		return wsrm.DiscardFollowingFirstGap
	}
	return wsrm.NoDiscard
}

// createFailed repeats CreateSequence with the same MessageID and offer, by which the peer knows it again.
func (s *Session[M]) createFailed(now Time, t Try, o Outcome) {
	i := s.ini
	i.failures++
	if s.cfg.MaxRetries >= 0 && i.failures >= max(s.cfg.MaxRetries, 1) {
		if i.first != nil {
			s.refused(now, i.first, t)
			return
		}
		s.end(now, End{Cause: Unreachable, Try: t})
		return
	}
	base := failedBase
	if o == Empty && i.addressed {
		base = takenBase
	}
	s.set(tCreate, now.Add(s.jitter(backOff(base, failedCap, i.failures-1))))
}

// created takes the answer to CreateSequence.
func (s *Session[M]) created(now Time, in *In[M]) {
	i := s.ini
	switch {
	case in.Kind == wsrm.Fault && in.Fault != nil:
		s.createRefused(now, in.Fault, in.Try)
		return
	case in.Kind != wsrm.CreateSequenceResponse || in.Body == nil || in.Body.Identifier == "":
		s.createFailed(now, in.Try, Failed)
		return
	}
	if i.offerID != "" && !in.Body.Accept && i.failures > 0 && !i.renewed {
		// Sandesha2's server declines an offer that it knows already, from the CreateSequence whose answer was lost, and answers no
		// calls without. Another one it accepts.
		i.renewed = true
		s.clear(tCreate)
		s.begin(now)
		return
	}
	s.id = strings.Clone(in.Body.Identifier) // the message it came in need not be kept for it
	if in.Body.Accept {
		s.replyID = i.offerID
	}
	i.offerID, i.messageID, i.failures = "", "", 0
	s.phase = open
	s.clear(tCreate)
	s.heard(now)
	// WS-RM 1.1, 3.4: the granted lifetime is at most the one wished for.
	if in.Body.Expires > 0 {
		s.set(tExpires, now.Add(in.Body.Expires))
	}
	s.out.opened = &Opened{Version: s.version, ID: s.id, ReplyID: s.replyID}
}

// createRefused falls back to 2005/02 where the fault may come from a peer that does not know 1.1.
func (s *Session[M]) createRefused(now Time, f *wsrm.FaultInfo, t Try) {
	i := s.ini
	refusal := f.RM == s.version && f.Code == wsrm.CodeCreateSequenceRefused
	switch {
	case i.first != nil && refusal:
		s.refused(now, f, t)
	case i.first != nil:
		s.refused(now, i.first, t)
	case refusal || f.Unavailable || f.Security || s.cfg.Version != 0 || s.version != wsrm.RM11:
		s.refused(now, f, t)
	default:
		i.first = f
		s.version = wsrm.RM10
		i.offerID = ""
		s.begin(now)
	}
}

func (s *Session[M]) refused(now Time, f *wsrm.FaultInfo, t Try) {
	s.end(now, End{Cause: Refused, Fault: f, Try: t})
}

package engine

// Where the fault of a handler goes, which need not be where its reply would.
//
// WS-Addressing 1.0, Core, 3.4

// blamed notes what in says of faults.
func (r *request[M]) blamed(in *In[M]) {
	r.faults, r.blame = in.Faults, in.FaultTo
	if !r.wants && (in.Faults == Here || in.Faults == Elsewhere) {
		r.wants, r.mute = true, true
	}
	if in.Faults == Elsewhere {
		r.post.relates = in.MessageID
	}
}

// faulted is the result of a handler that ended in a fault: an answer like any other, on its way to where it belongs.
func (r *request[M]) faulted() Result {
	switch r.faults {
	case None:
		return NoReply
	case Here:
		r.post.to = 0
	case Elsewhere:
		r.post.to = r.blame
	}
	return Replied
}

// said is what goes on the legs of a request that was answered: the answer, unless it goes elsewhere.
func (s *Session[M]) said(r *request[M]) finishing[M] {
	if r.post.to == 0 || s.cfg.Mutant == LegHeldElsewhere {
		return r.answer()
	}
	return s.plain(r)
}

// plain is what goes on a leg where there is nothing to say but what was received.
func (s *Session[M]) plain(r *request[M]) finishing[M] {
	if s.acc.away.acksTo != 0 && !r.here {
		return finishing[M]{what: FinishEmpty}
	}
	return finishing[M]{what: FinishAck}
}

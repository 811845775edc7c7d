package rm

import (
	"time"

	"github.com/gowsrm/wsrm/rm/internal/engine"
)

// Stats counts what a session did, from its opening.
type Stats struct {
	Sent         uint64 // messages sent for the first time
	Resent       uint64 // repeats of them
	Acknowledged uint64 // messages that the peer has
	Received     uint64 // messages of the peer that were accepted
	Repeated     uint64 // messages of the peer that came again
	Delivered    uint64 // messages handed to the handler, and replies to their callers

	InFlight      int // messages of ours that are not acknowledged
	Buffered      int // messages of the peer that wait for the handler
	StoredReplies int // replies that are not acknowledged

	RoundTrip time.Duration // smoothed time of an exchange, 0: not known
}

// ServerStats counts what a Server did, from its first use. The counters of Stats are those of all its sessions, the ended
// ones included, so that they never fall; the numbers of messages and replies are those of the sessions that live.
type ServerStats struct {
	Stats
	Sessions int    // that live
	Created  uint64 // sessions in all
	Refused  uint64 // CreateSequence messages that were refused
	Ended    uint64 // sessions that ended, in whatever way
}

func statsOf(st engine.Stats) Stats {
	return Stats{
		Sent: st.Sent, Resent: st.Resent, Acknowledged: st.Acknowledged,
		Received: st.Received, Repeated: st.Repeated, Delivered: st.Delivered,
		InFlight: st.InFlight, Buffered: st.Buffered, StoredReplies: st.StoredReplies,
		RoundTrip: st.RoundTrip,
	}
}

// add adds the counters of another session.
func (st *Stats) add(o Stats) {
	st.Sent += o.Sent
	st.Resent += o.Resent
	st.Acknowledged += o.Acknowledged
	st.Received += o.Received
	st.Repeated += o.Repeated
	st.Delivered += o.Delivered
}

// Package engine is WS-ReliableMessaging as a value: one session of either role, without goroutine, lock, clock or I/O.
//
// The shell brings inputs (method calls with the present time), collects outputs with Take until it returns false,
// performs them in order, and calls Advance when Deadline has come. Methods must not be called concurrently.
//
// A session is either an initiator, which made the sequence with CreateSequence and sends on exchanges of its own
// (opening.go, source.go, outcome.go, replies.go, closing.go), or an acceptor, which answers on the legs of its peer's
// exchanges (accept.go, destination.go, store.go, stored.go, legs.go, ending.go). What both share is here and in timers.go, faults.go,
// take.go, trim.go. Inside, the source is the side that sends on a sequence and the destination the side that receives.
package engine

import (
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/window"
)

// Config is what a session is told when it is made. The shell has applied the defaults: nothing here has one.
type Config struct {
	Version wsrm.Version  // initiator: 0 tries 1.1, then 2005/02
	Offer   bool          // initiator: offer a sequence for replies
	NewID   func() string // a new sequence identifier or MessageID, "urn:uuid:..."
	Random  uint64        // seeds the jitter of repeats

	Window      int           // source: unacknowledged messages; destination: buffered messages, and replies kept
	MaxRetries  int           // negative: no limit
	MaxBytes    int64         // buffered messages and stored replies; negative: no limit
	Concurrency int           // handlers at once; negative: no limit
	Ordered     bool          // deliver in the order of numbers
	AckHandled  bool          // acknowledge what was handled, not what was accepted
	Store       bool          // acknowledge and deliver what Stored has confirmed
	AckDelay    time.Duration // negative: none
	Inactivity  time.Duration // negative: none
	Expires     time.Duration // initiator: the wish. 0: never
	Addressed   bool          // initiator: answers come to an address of ours, on legs

	NoEvents bool // nobody wants to know: Output has no Events

	Mutant Mutant // tests only: an engine that is broken in one place
}

// phase is how far an initiator is.
type phase uint8

const (
	opening     phase = iota
	open              // messages flow
	draining          // Close was called: what is unconcluded is waited for
	closing           // CloseSequence is out (1.1)
	repeating         // a silent peer's answer to CloseSequence showed what it lacks
	terminating       // TerminateSequence is out
)

// Session is one session, of the side that created it (NewInitiator) or of the side that accepted it (NewAcceptor).
type Session[M any] struct {
	cfg     Config
	version wsrm.Version
	id      string // of the created sequence
	replyID string // of the offered sequence, "": none
	phase   phase
	random  uint64
	timers  [numTimers]Time
	ini     *initiator[M] // one of these two
	acc     *acceptor[M]
	stats   Stats
	out     queue[M]
	over    bool // ended: nothing goes in any more
}

// initiator is the state of the side that created the sequence.
type initiator[M any] struct {
	snd     window.Sender[struct{}]
	pend    deque[*entry[M]] // what is not concluded, ascending
	free    []*entry[M]
	tries   map[Try]attempt
	lastTry Try
	top     Number // the highest number that was transmitted
	open    int    // exchanges of numbered messages that are under way
	bytes   int64  // of unconcluded messages

	addressed bool // Config.Addressed

	serial  int    // > 0: one numbered exchange at a time; so many successes until they are parallel again
	buffers bool   // the peer has shown that it takes numbers out of order
	mute    bool   // an AckRequested came back empty: this peer does not answer it
	silent  bool   // and it says nothing to one-way messages either
	vocal   bool   // it did acknowledge an AckRequested or a one-way message on its own exchange: it is not silent
	doubted Number // a call that was given up although its session goes on

	asking   Try  // the AckRequested that is under way
	unheard  bool // the last AckRequested was lost
	probes   int
	crowded  Time          // since when a message waits for room; 0: none does
	crowds   int           // AckRequested sent because of it
	asked    int           // AckRequested sent before closing, to learn what was concluded without an acknowledgement
	received window.Ranges // numbers of replies
	unsaid   bool          // a reply was accepted, and no acknowledgement has gone out since

	// opening and closing
	messageID string
	offerID   string
	failures  int
	renewed   bool // CreateSequence was begun anew for the sake of the offer
	empties   int
	first     *wsrm.FaultInfo // why the peer did not take the first version
	wantClose bool
	final     bool            // an acknowledgement was final
	last      Number          // 2005/02: the number of our LastMessage
	reason    *wsrm.FaultInfo // closing because of it
}

// NewInitiator makes the session of the side that will create the sequence. Nothing happens before Open.
func NewInitiator[M any](c Config) *Session[M] {
	s := &Session[M]{cfg: c, random: c.Random, ini: &initiator[M]{tries: map[Try]attempt{}, addressed: c.Addressed}}
	s.ini.snd.Init(window.Config{Size: c.Window, MinRetry: -1, MaxRetries: -1})
	return s
}

// ended reports whether the session is over, and with that whether an input has no effect.
func (s *Session[M]) ended() bool { return s.over }

// settleDown is the end of every input: whatever can go on now goes on.
func (s *Session[M]) settleDown(now Time) {
	if s.over {
		return
	}
	if s.ini != nil {
		if at := s.timers[tRepeat]; at != 0 && at <= now {
			s.clear(tRepeat)
			s.repeatDue(now)
		}
		s.pump(now)
		s.closeOn(now)
	} else {
		s.deliverOn(now)
		if s.acc.away.freed && !s.over {
			s.sendReplies(now)
		}
		s.endOn(now)
	}
}

// Room returns how many messages Send would number now: none before the session is open, after Close, and for an
// acceptor, whose peer cannot be reached but by answers.
func (s *Session[M]) Room() int {
	if s.over || s.ini == nil || s.phase != open {
		return 0
	}
	if s.cfg.Mutant == WindowIgnored {
		return 1 << 10
	}
	if s.ini.silent {
		// No acknowledgement will make room: what is kept is bounded by its bytes.
		if s.cfg.MaxBytes < 0 || s.ini.bytes < s.cfg.MaxBytes {
			return s.cfg.Window
		}
		return 0
	}
	if s.ini.mute && s.ini.snd.Buffer() == 0 && s.ini.snd.Unacked() == 0 {
		return 1 // a peer that does not answer AckRequested can tell of room only in answer to a message
	}
	return s.ini.snd.Room()
}

// Send numbers a prefix of msgs, as long as there is Room, and appends the numbers to nums. For what is left it
// is called again when there may be room; that something is left makes the session ask for acknowledgements.
func (s *Session[M]) Send(now Time, msgs []Msg[M], nums []Number) []Number {
	if s.over || s.ini == nil {
		return nums
	}
	for i := range msgs {
		if s.Room() == 0 {
			s.crowd(now)
			break
		}
		n := s.add(now, &msgs[i], wsrm.Application)
		if n == 0 {
			break
		}
		nums = append(nums, n)
		s.ini.crowded, s.ini.crowds = 0, 0
	}
	s.settleDown(now)
	return nums
}

// Receive takes a message: a request of the peer with its Leg, or the answer to one of our exchanges with its Try, or, with
// neither, a reply to an addressed initiator that came in another session.
// False: the session had ended before; nothing was done, and the tombstone has the answer.
func (s *Session[M]) Receive(now Time, in *In[M]) bool {
	if s.over {
		return false
	}
	switch {
	case s.ini == nil && in.Try != 0:
		s.answeredAway(now, in)
	case s.ini == nil:
		s.request(now, in)
	case in.Try == 0 && s.cfg.Addressed:
		s.arrived(now, in)
	default:
		s.answer(now, in)
	}
	s.settleDown(now)
	return true
}

// Renounce says that the peer sends no reply to n: from now on it is concluded by its acknowledgement.
func (s *Session[M]) Renounce(now Time, n Number) {
	if s.over || s.ini == nil {
		return
	}
	e := s.ini.find(n)
	if e == nil || !e.msg.Reply {
		return
	}
	e.msg.Reply = false
	if e.acked {
		var none M
		s.conclude(now, e, Unanswered, none)
	}
	s.settleDown(now)
}

// Close ends an initiator's session in good order once everything is concluded: an Output will have Closed and Ended.
// An acceptor is ended by its peer: Close has no effect on it.
func (s *Session[M]) Close(now Time) {
	if s.over || s.ini == nil {
		return
	}
	s.ini.wantClose = true
	s.settleDown(now)
}

// Abort ends the session at once. The peer is told by one fault with the given code, which blames its messages, or for ""
// by SequenceTerminated, which does not.
func (s *Session[M]) Abort(now Time, code string) {
	if s.over {
		return
	}
	sender := code != ""
	if !sender {
		code = wsrm.CodeSequenceTerminated
	}
	s.abandonWith(now, End{Cause: Aborted}, &wsrm.FaultInfo{RM: s.version, Code: code, Sender: sender, Identifier: s.id, Reason: "The Sequence was aborted."})
}

// Quiet reports whether an acceptor has nothing to do: no handler runs, no message waits, no leg is held, and no reply is
// unacknowledged, but for those that have gone out, and last did so before the given time. A peer that has a reply may have
// nothing to say for long, and one that lacks it asks again.
func (s *Session[M]) Quiet(before Time) bool {
	a := s.acc
	if a == nil {
		return true
	}
	if a.running > 0 || a.waiting > 0 || len(a.ctl) > 0 || len(a.away.tries) > 0 {
		return false
	}
	for _, r := range a.reqs {
		if gone := r.shown || r.post.takens > 0; r.state != replied || len(r.legs) > 0 || !gone || r.said >= before {
			return false
		}
	}
	return true
}

// Stats counts what a session did.
type Stats struct {
	Sent, Resent, Acknowledged, Received, Repeated, Delivered uint64
	InFlight, Buffered, StoredReplies                         int
	RoundTrip                                                 time.Duration // smoothed, of exchanges answered at the first attempt
}

// Stats returns the counters as they are.
func (s *Session[M]) Stats() Stats {
	st := s.stats
	if s.ini != nil {
		st.InFlight = s.ini.snd.Unacked()
	} else {
		st.Buffered = s.acc.rcv.Buffered() + s.acc.ready.len()
		st.StoredReplies = s.acc.replies.Unacked()
	}
	return st
}

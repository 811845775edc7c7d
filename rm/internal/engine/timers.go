package engine

import "time"

// timer names what a session waits for. There are no others: what a timer of this list does stands beside it, and
// when it is armed and cancelled stands where set and clear are called.
//
// The timers called "bound" belong to many things at once (each unconcluded message has a time at which it is due).
// They hold a lower bound of those times: when it passes, all are looked at, and the bound is made exact again.
type timer uint8

const (
	tCreate    timer = iota // the next try of CreateSequence
	tRepeat                 // bound: the next repeat of a message, and of what an acceptor sends elsewhere
	tHang                   // bound: an exchange that has been open for hangTime gets a parallel one, AckRequested is given up after askTime
	tProbe                  // the next AckRequested towards a peer without room
	tRoom                   // messages have waited for room, and nothing was heard that makes any
	tAck                    // a reply was accepted, or a message of a peer with an address, and nothing has carried its acknowledgement yet
	tLifecycle              // the next try of CloseSequence or TerminateSequence
	tKeepAlive              // the next AckRequested of an idle initiator
	tInactive               // nothing was heard for Config.Inactivity
	tIdle                   // nothing was heard for idleTime: memory is given back
	tExpires                // the sequence has lived as long as CreateSequenceResponse granted
	tLeg                    // bound: a held leg has waited as long as it may
	numTimers
)

const (
	failedBase  = 400 * time.Millisecond // the first repeat after a failure; doubled for each, jittered by a fifth
	failedCap   = 30 * time.Second
	emptyBase   = 100 * time.Millisecond // the first repeat after an empty answer to the lowest number; doubled
	emptyCap    = 5 * time.Second
	hangTime    = 60 * time.Second       // a slow handler is not loss: arbitrary
	askTime     = 10 * time.Second       // how long an AckRequested may be without answer: arbitrary
	probeFloor  = 2 * time.Millisecond   // the first probe, after two round trips but no sooner: arbitrary
	probeBase   = 400 * time.Millisecond // and no later
	probeCap    = 10 * time.Second
	roomTime    = 400 * time.Millisecond // how long messages wait for room before the peer is asked what it has; doubled up to probeCap: arbitrary
	turnTime    = 10 * time.Second       // how long the first leg of an early number is held: arbitrary
	ackableTime = 2 * time.Second        // how long a one-way leg waits for its number to become ackable: arbitrary
	closeTime   = 25 * time.Second       // how long legs that need no reply wait for handlers (Close, Terminate, AckHandled): arbitrary
	lateTime    = 2 * time.Second        // an Advance that comes later than this was suspended with the machine
	idleTime    = 15 * time.Second       // when a session counts as idle: arbitrary
	graceTime   = 10 * time.Second       // what such an Advance leaves to the peer before inactivity
)

func (s *Session[M]) set(t timer, at Time) { s.timers[t] = at }
func (s *Session[M]) clear(t timer)        { s.timers[t] = 0 }

// bound makes t fire at the latest at at.
func (s *Session[M]) bound(t timer, at Time) {
	if s.timers[t] == 0 || at < s.timers[t] {
		s.timers[t] = at
	}
}

// Deadline returns when Advance is due, 0 for never. It may be earlier than anything is due, but a call of Advance
// at that time moves it.
func (s *Session[M]) Deadline() Time {
	var d Time
	for _, at := range s.timers {
		if at != 0 && (d == 0 || at < d) {
			d = at
		}
	}
	return d
}

// Advance does what is due at now.
func (s *Session[M]) Advance(now Time) {
	if s.ended() {
		return
	}
	if d := s.Deadline(); d != 0 && now.Sub(d) > lateTime && s.timers[tInactive] != 0 && s.timers[tInactive] < now.Add(graceTime) {
		// The machine slept, not the peer: it gets the chance to show that it is still there.
		s.set(tInactive, now.Add(graceTime))
		if s.ini != nil && s.phase != opening {
			s.ask(now)
		}
	}
	for t := range s.timers {
		if at := s.timers[t]; at != 0 && at <= now && !s.ended() {
			s.timers[t] = 0
			s.fire(now, timer(t))
		}
	}
	s.settleDown(now)
}

func (s *Session[M]) fire(now Time, t timer) {
	switch t {
	case tCreate:
		s.sendCreate(now)
	case tRepeat:
		if s.acc != nil {
			s.sendDue(now)
		} else {
			s.repeatDue(now)
		}
	case tHang:
		s.repeatHanging(now)
	case tProbe:
		s.probe(now)
	case tRoom:
		s.makeRoom(now)
	case tAck:
		if s.acc != nil {
			s.sayAck(now)
		} else {
			s.ackReplies(now)
		}
	case tLifecycle:
		s.sendLifecycle(now)
	case tKeepAlive:
		s.keepAlive(now)
	case tInactive:
		s.inactive(now)
	case tIdle:
		s.trim()
	case tExpires:
		s.end(now, End{Cause: Expired})
	case tLeg:
		s.lapseLegs(now)
	}
}

// backOff returns base doubled k times, at most limit.
func backOff(base, limit time.Duration, k int) time.Duration {
	if k > 20 {
		return limit
	}
	return min(base<<max(k, 0), limit)
}

// jitter moves d by at most a fifth, so that sessions that failed together do not come back together.
func (s *Session[M]) jitter(d time.Duration) time.Duration {
	// splitmix64, seeded by Config.Random
	s.random += 0x9e3779b97f4a7c15
	z := s.random
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	z ^= z >> 31
	return d*4/5 + time.Duration(z%uint64(d*2/5+1))
}

// heard notes that the peer is alive.
func (s *Session[M]) heard(now Time) {
	s.set(tIdle, now.Add(idleTime))
	if s.cfg.Inactivity <= 0 {
		return
	}
	s.set(tInactive, now.Add(s.cfg.Inactivity))
	if s.ini != nil {
		s.set(tKeepAlive, now.Add(s.cfg.Inactivity/2))
	}
}

// keepAlive asks the peer for a sign of life, at half of the inactivity time and then at each sixteenth.
func (s *Session[M]) keepAlive(now Time) {
	s.ask(now)
	s.set(tKeepAlive, now.Add(max(s.cfg.Inactivity/16, time.Millisecond)))
}

func (s *Session[M]) inactive(now Time) {
	if s.acc != nil && s.acc.running > 0 {
		// Handlers at work keep the session: their peer waits for them.
		s.heard(now)
		return
	}
	s.abandon(now, End{Cause: Unreachable}, "nothing was received for the inactivity timeout")
}

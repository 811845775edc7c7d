package engine

import (
	"github.com/gowsrm/wsrm/internal/wsrm"
)

// entry is a numbered message of ours that is not concluded.
type entry[M any] struct {
	n        Number
	msg      Msg[M]
	kind     wsrm.Kind // Application, LastMessage
	attempts int       // transmissions
	failures int       // attempts that came to nothing
	empties  int       // empty answers while it was the lowest
	blanks   int       // empty answers while it was not
	blank    bool      // the last exchange came back empty
	open     int       // exchanges under way, two at most
	due      Time      // when it is to be transmitted; 0: not now
	acked    bool
	presumed bool // a silent peer took it without a word
	unasked  bool // addressed: before it is repeated, the peer is asked what it has
	waits    int  // addressed: repeats of an acknowledged call whose reply did not come
}

// attempt is an exchange under way.
type attempt struct {
	kind    wsrm.Kind
	n       Number
	at      Time
	attempt int
}

// add numbers m. 0: the numbers are used up, and the session ends.
func (s *Session[M]) add(now Time, m *Msg[M], kind wsrm.Kind) Number {
	i := s.ini
	n := i.snd.Add(struct{}{})
	if n == 0 {
		// WS-RM 1.1, 3.7: the numbers of a sequence end at 2^63-1.
		s.abandonWith(now, End{Cause: OwnFault}, &wsrm.FaultInfo{RM: s.version, Code: wsrm.CodeMessageNumberRollover,
			Sender: true, Identifier: s.id, MaxNumber: i.snd.Highest(), Reason: "The numbers of the Sequence are used up."})
		return 0
	}
	var e *entry[M]
	if k := len(i.free); k > 0 {
		e, i.free = i.free[k-1], i.free[:k-1]
	} else {
		e = new(entry[M])
	}
	*e = entry[M]{n: n, msg: *m, kind: kind, due: now}
	i.pend.push(e)
	i.bytes += int64(m.Size)
	s.stats.Sent++
	if i.serial == 0 && !i.silent {
		s.transmit(now, e)
	}
	return n
}

// find returns the entry of n, nil if it is concluded.
func (i *initiator[M]) find(n Number) *entry[M] {
	if k := i.index(n); k < i.pend.len() && i.pend.at(k).n == n {
		return i.pend.at(k)
	}
	return nil
}

// index returns the place of n in pend, or where it would be.
func (i *initiator[M]) index(n Number) int {
	low, high := 0, i.pend.len()
	for low < high {
		if mid := (low + high) / 2; i.pend.at(mid).n < n {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// lowest returns the entry that a peer which takes only the next number waits for.
func (i *initiator[M]) lowest() *entry[M] {
	for k := range i.pend.len() {
		if e := i.pend.at(k); !e.presumed && !(i.addressed && e.acked) {
			return e
		}
	}
	return nil
}

// transmit begins an exchange for e.
func (s *Session[M]) transmit(now Time, e *entry[M]) {
	i := s.ini
	e.attempts++
	e.open++
	e.due = 0
	e.blank = false
	i.open++
	i.top = max(i.top, e.n)
	t := s.try(now, e.kind, e.n, e.attempts)
	s.out.transmit = append(s.out.transmit, sending{try: t, kind: e.kind, n: e.n})
	s.bound(tHang, now.Add(hangTime))
	if e.attempts > 1 {
		s.stats.Resent++
	}
	s.event(EvTransmitted, e.n, e.attempts)
}

// try makes a new exchange known.
func (s *Session[M]) try(now Time, kind wsrm.Kind, n Number, attempts int) Try {
	s.ini.lastTry++
	s.ini.tries[s.ini.lastTry] = attempt{kind: kind, n: n, at: now, attempt: attempts}
	return s.ini.lastTry
}

// dueAt plans the next transmission of e.
func (s *Session[M]) dueAt(e *entry[M], at Time) {
	e.due = at
	if s.cfg.Mutant == TimerNotRearmed && e.attempts > 1 {
		return
	}
	s.bound(tRepeat, at)
}

// parallel reports whether numbered exchanges may overtake each other.
func (i *initiator[M]) parallel() bool { return i.serial == 0 && !i.silent }

// repeatDue transmits what is due, and finds the next time at which something is.
func (s *Session[M]) repeatDue(now Time) {
	i := s.ini
	for k := range i.pend.len() {
		e := i.pend.at(k)
		switch {
		case e.due == 0 || e.open > 0:
		case e.due > now:
			s.bound(tRepeat, e.due)
		case s.askFirst(now, e):
		case i.addressed && e.acked:
			s.transmit(now, e)
		case i.addressed && e.empties > 0 && !i.buffers && e != i.lowest():
			i.serial = serialSuccesses // it was taken, and the peer does not have it: it may take the next number only
		case i.parallel():
			s.transmit(now, e)
		}
	}
}

// pump lets the next number go where only one exchange is allowed at a time.
func (s *Session[M]) pump(now Time) {
	i := s.ini
	if i.parallel() || i.silent && i.open > 0 || s.phase == opening || s.phase == terminating {
		return
	}
	// Exchanges of higher numbers, from before, may be waiting for the lowest one.
	e := i.lowest()
	if e == nil || e.due == 0 || e.open > 0 || i.asking != 0 && e.empties > 0 {
		return
	}
	if e.due > now && !(e.blank && i.open == 0) { // no answer is under way that could say that it was accepted
		s.bound(tRepeat, e.due)
		return
	}
	if !s.askFirst(now, e) {
		s.transmit(now, e)
	}
}

// repeatHanging gives each exchange that has been open for long a parallel one: the connection may be dead without a word.
// One whose message was concluded elsewhere is cancelled.
func (s *Session[M]) repeatHanging(now Time) {
	i := s.ini
	s.askHangs(now)
	var hanging []Number
	from := len(s.out.drop)
	for t, a := range i.tries {
		e := i.find(a.n)
		if a.n == 0 || e != nil && (e.open != 1 || i.addressed && e.acked) { // or its reply is awaited elsewhere
			continue
		}
		switch at := a.at.Add(hangTime); {
		case at > now:
			s.bound(tHang, at)
		case e == nil:
			s.out.drop = append(s.out.drop, t)
			delete(i.tries, t)
			i.open--
		default:
			hanging = append(hanging, a.n)
		}
	}
	sortTries(s.out.drop[from:])
	sortNumbers(hanging) // the order of a map must not show
	for _, n := range hanging {
		s.transmit(now, i.find(n))
	}
	if len(hanging) > 0 && i.serial > 0 {
		// The lowest number may be waiting for a higher one: an ordered Metro server holds its reply until an earlier
		// reply, to a later request, is acknowledged.
		i.serial = 0
		s.bound(tRepeat, now)
	}
}

// conclude ends e. Other exchanges of it are not waited for.
func (s *Session[M]) conclude(now Time, e *entry[M], what Settled, m M) {
	i := s.ini
	if i.find(e.n) != e {
		return
	}
	i.bytes -= int64(e.msg.Size)
	if !e.acked {
		i.snd.Forgive(e.n)
	}
	if e.kind == wsrm.Application {
		s.out.settle = append(s.out.settle, Settle[M]{N: e.n, Tag: e.msg.Tag, What: what, M: m})
	}
	if e.attempts > 1 && e.open > 0 {
		// The answer came on another exchange than the one that hangs.
		s.dropTries(e)
	}
	i.pend.remove(i.index(e.n))
	if len(i.free) < s.cfg.Window {
		*e = entry[M]{}
		i.free = append(i.free, e)
	}
}

// dropTries cancels the exchanges of e that are under way.
func (s *Session[M]) dropTries(e *entry[M]) {
	i := s.ini
	from := len(s.out.drop)
	for t, a := range i.tries {
		if a.n == e.n {
			s.out.drop = append(s.out.drop, t)
			delete(i.tries, t)
			i.open--
		}
	}
	sortTries(s.out.drop[from:])
	e.open = 0
}

package netsim

import (
	"time"

	"github.com/gowsrm/wsrm/rm/internal/engine"
)

// ledger is what the applications of both ends know: what was sent, what was delivered, what became of it.
type ledger struct {
	sent    []sent   // by tag, from 1; the first is unused
	numbers []uint64 // tags by number, from 1; the first is unused
	next    int      // position in Scenario.Messages
	low     Number   // the lowest number that is neither acknowledged nor settled
	handled int
}

// sent is one message of the client's application.
type sent struct {
	call      bool
	number    Number
	transmits int
	first     Time   // transmission
	failed    int    // exchanges that failed
	empties   int    // exchanges that came back empty
	open      []Time // since when exchanges of it are under way
	acked     bool   // an acknowledgement of it reached the client
	settled   bool
	what      engine.Settled

	delivered int  // runs begun at the server
	released  int  // of these, given up for now
	handled   int  // ledger.handled when its handler was done
	answered  did  // by the last run
	reran     bool // the handler ran for a repeat, too
	doubtful  bool // something was lost that this peer does not say twice
}

// did is what a handler did.
type did uint8

const (
	nothingYet did = iota
	replied
	faulted
	mute
)

func (l *ledger) tag(n Number) uint64 {
	if n == 0 || n >= Number(len(l.numbers)) {
		return 0
	}
	return l.numbers[n]
}

// numbered notes that the client's session gave tag the number n.
func (s *sim) numbered(tag uint64, n Number) {
	l := &s.ledger
	m := &l.sent[tag]
	if m.number != 0 {
		s.fail(Integrity, "message %d has the number %d already, and got %d", tag, m.number, n)
		return
	}
	m.number = n
	if n != Number(max(1, len(l.numbers))) {
		s.fail(Integrity, "the number after %d is %d", len(l.numbers)-1, n)
		return
	}
	if n == 1 {
		l.numbers = append(l.numbers[:0], 0)
	}
	l.numbers = append(l.numbers, tag)
}

// settle notes what became of a message. It is the client's last word about it.
func (s *sim) settle(tag uint64, what engine.Settled, p Payload) {
	if tag == 0 || tag >= uint64(len(s.ledger.sent)) {
		s.fail(Settled, "message %d, which was not sent, is settled", tag)
		return
	}
	m := &s.ledger.sent[tag]
	if m.settled {
		s.fail(Settled, "message %d is settled twice: %v after %v", tag, what, m.what)
		return
	}
	m.settled, m.what = true, what
	if s.trace != nil {
		s.tracef("client", "message %d is %v", tag, what)
	}
	switch what {
	case engine.Answered, engine.Faulted:
		switch {
		case !m.call && what == engine.Answered:
			s.fail(Settled, "one-way message %d is %v", tag, what)
		case p.Tag != tag || !p.Answer:
			s.fail(Integrity, "message %d is answered by the reply to %d", tag, p.Tag)
		case m.delivered == 0:
			s.fail(Settled, "message %d is %v and was never delivered", tag, what)
		}
	case engine.Acked:
		if m.call {
			s.fail(Settled, "call %d is settled by an acknowledgement", tag)
		}
	case engine.NeverSent:
		if m.transmits > 0 || m.delivered > 0 {
			s.fail(Settled, "message %d is never sent, after %d transmissions and %d deliveries", tag, m.transmits, m.delivered)
		}
	}
}

// deliver notes that the server's handler gets a message.
func (s *sim) deliver(p Payload) (run int) {
	if p.Tag == 0 || p.Tag >= uint64(len(s.ledger.sent)) || p.Answer {
		s.fail(Integrity, "what is delivered was never sent: %+v", p)
		return 1
	}
	m := &s.ledger.sent[p.Tag]
	if m.delivered > m.released {
		s.fail(Once, "message %d is delivered again", p.Tag)
	}
	if m.settled && m.what == engine.NeverSent {
		s.fail(Settled, "message %d, which is never sent, is delivered", p.Tag)
	}
	m.delivered++
	return m.delivered
}

// due says when the run must be over: long after the network has healed and the last handler is done.
func (s *sim) due() time.Duration {
	n := &s.plan.Network
	d := max(n.Heals, n.Dead)
	for _, st := range s.plan.Steps {
		d = max(d, st.At+st.For)
	}
	d += 2 * max(s.plan.Client.Inactivity, s.plan.Server.Inactivity, time.Minute)
	d += time.Duration(len(s.plan.Messages)) * (s.plan.Think + n.SlowUpTo + 2*time.Second)
	if s.plan.Client.Retries > 8 {
		d += 4 * time.Hour // a call whose reply will not come is repeated each half minute
	}
	if s.plan.Client.Addressed {
		// Without an offer a server forgets replies that a proxy took in the place of the client.
		if d += 12 * time.Hour; s.plan.Client.Retries > 8 {
			d += 36 * time.Hour
		}
	}
	return d + time.Hour
}

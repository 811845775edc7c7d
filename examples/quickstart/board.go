package main

import (
	"fmt"
	"sync"
	"time"
)

// what is something that can happen to a message.
type what uint8

const (
	sent         what = iota // by the client, for the try-th time
	requestLost              // on the way
	arrived                  // at the server, for the try-th time in one sending
	delivered                // to the server's application
	dropped                  // by the server: it had this one before
	responseLost             // on the way
	acknowledged             // the client knows that the server has it
	answered                 // the client has the response
)

// board is the state of all messages, as somebody sees it who can look at both ends at once.
type board struct {
	start time.Time

	mu           sync.Mutex
	messages     []state // of message 1, 2, ...
	sent         int     // the highest number that was sent
	highest      int     // and that has arrived
	delivered    int     // so many were delivered
	acknowledged int     // so many are acknowledged, counted from the first up to the first that is not
	answered     int     // and answered
	tally        tally
	lines        []line // an event each, until somebody takes them
}

// line is an event in words, and the window after it.
type line struct {
	at           time.Duration
	text, window string
}

// state is that of one message.
type state struct {
	// At the client.
	try                    int  // how often it was sent
	lost                   bool // the last try was
	acknowledged, answered bool

	// At the server.
	copies, dropped int // how many have arrived, and how many of those the server did not want
	delivered       bool
}

// accepted reports whether the server has it.
func (s *state) accepted() bool { return s.copies > s.dropped }

// tally counts what happened on the way, and what was done about it.
type tally struct {
	requestsLost, responsesLost int // of messages with and without a number
	doubled                     int // requests of which the network made two
	overtaken                   int // numbered requests that arrived after a higher number
	again                       int // sendings of a numbered message after its first
	repeats                     int // numbered requests that the server had before
}

func newBoard(count int) *board {
	return &board{start: time.Now(), messages: make([]state, count)}
}

// note takes what happened to m, from any goroutine. It does not write to the screen itself: whoever tells it something,
// such as the Trace of a session, must not be held up.
func (b *board) note(w what, m message, try int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if text := b.apply(w, m, try); text != "" {
		b.lines = append(b.lines, line{time.Since(b.start), text, b.window()})
	}
}

// apply changes the state and says in words what happened; "" if that is not worth a line.
func (b *board) apply(w what, m message, try int) string {
	s, subject := &state{}, m.name // of a message without a number nothing is remembered
	n := int(m.number)
	if n >= 1 && n <= len(b.messages) {
		s, subject = &b.messages[n-1], fmt.Sprintf("%4d", n)
	}
	switch w {
	case sent:
		s.try, s.lost = try, false
		b.sent = max(b.sent, n)
		if try > 1 {
			b.tally.again++
			return fmt.Sprintf("client   %s  sent again, try %d", subject, try)
		}
		return fmt.Sprintf("client   %s  sent", subject)
	case requestLost:
		s.lost = true
		b.tally.requestsLost++
		return fmt.Sprintf("network  %s  request lost", subject)
	case responseLost:
		s.lost = true
		b.tally.responsesLost++
		return fmt.Sprintf("network  %s  response lost", subject)
	case arrived:
		s.copies++
		if try > 1 {
			b.tally.doubled++
			return fmt.Sprintf("network  %s  request doubled", subject)
		}
		if n != 0 && n < b.highest {
			b.tally.overtaken++
		}
		b.highest = max(b.highest, n)
		if missing := b.missing(); n > missing && s.copies == 1 {
			return fmt.Sprintf("server   %s  early, waits for %d", subject, missing)
		}
	case delivered:
		s.delivered = true
		b.delivered++
		return fmt.Sprintf("server   %s  delivered", subject)
	case dropped:
		s.dropped++
		if !s.accepted() {
			return fmt.Sprintf("server   %s  not taken now", subject)
		}
		b.tally.repeats++
		return fmt.Sprintf("server   %s  repeat, not delivered again", subject)
	case acknowledged:
		s.acknowledged = true
		for b.acknowledged < len(b.messages) && b.messages[b.acknowledged].acknowledged {
			b.acknowledged++
		}
		return fmt.Sprintf("client   %s  acknowledged", subject)
	case answered:
		s.answered = true
		for b.answered < len(b.messages) && b.messages[b.answered].answered {
			b.answered++
		}
		return fmt.Sprintf("client   %s  answered", subject)
	}
	return ""
}

// missing is the lowest number that the server has not: what is above it waits.
func (b *board) missing() int {
	n := b.delivered // in order, so these are 1 to n
	for n < len(b.messages) && b.messages[n].accepted() {
		n++
	}
	return n + 1
}

// take returns the lines that nobody has taken yet.
func (b *board) take() []line {
	b.mu.Lock()
	defer b.mu.Unlock()
	lines := b.lines
	b.lines = nil
	return lines
}

// tallied returns the counts.
func (b *board) tallied() tally {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tally
}

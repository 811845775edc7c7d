package rm

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/gowsrm/wsrm/rm/internal/engine"
	"github.com/gowsrm/wsrm/transport"
)

// mailbox holds the sessions that were opened here and whose answers come to a server's address. A session's mutex may
// be held when its methods are called; they lock no session.
type mailbox struct {
	used      atomic.Bool // it ever held something
	mu        sync.RWMutex
	sequences map[string]*Session // by both identifiers
	waiting   map[string]*Session // by the MessageID of what an answer may come to
	ways      map[endpoint]*way   // to the services that they were opened to
	left      map[string]engine.Time
	queue     []string // of left, oldest first
}

// lateTime is for how long messages for a session that has ended are taken without a word: its peer may still be at
// closing the offered sequence.
const lateTime = 5 * time.Minute

// way is how a service is reached that sessions were opened to, as many as are counted.
type way struct {
	x        transport.Exchanger
	sessions int
}

// expect makes s the receiver of what relates to a message. False: the message has a MessageID that something else waits
// with.
func (m *mailbox) expect(messageID string, s *Session) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.waiting[messageID] != nil {
		return false
	}
	if m.waiting == nil {
		m.waiting = map[string]*Session{}
	}
	m.waiting[messageID] = s
	m.used.Store(true)
	return true
}

// forget takes back expect.
func (m *mailbox) forget(messageID string) {
	m.mu.Lock()
	delete(m.waiting, messageID)
	m.mu.Unlock()
}

// open makes s the receiver of what names one of its sequences.
func (m *mailbox) open(s *Session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sequences == nil {
		m.sequences = map[string]*Session{}
	}
	m.sequences[s.id] = s
	if s.replyID != "" {
		m.sequences[s.replyID] = s
	}
	to := endpointOf(&s.ini.to)
	w := m.ways[to]
	if w == nil {
		if m.ways == nil {
			m.ways = map[endpoint]*way{}
		}
		w = new(way)
		m.ways[to] = w
	}
	w.x = s.ini.x
	w.sessions++
}

// close ends what open began.
func (m *mailbox) close(now engine.Time, s *Session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	to := endpointOf(&s.ini.to)
	if w := m.ways[to]; w != nil && m.sequences[s.id] == s {
		if w.sessions--; w.sessions == 0 {
			delete(m.ways, to)
		}
	}
	expired := 0
	for _, id := range m.queue {
		if m.left[id] > now && len(m.queue)-expired <= maxTombstones {
			break
		}
		delete(m.left, id)
		expired++
	}
	m.queue = m.queue[expired:]
	if m.left == nil {
		m.left = map[string]engine.Time{}
	}
	for _, id := range []string{s.id, s.replyID} {
		if id == "" || m.sequences[id] != s {
			continue
		}
		delete(m.sequences, id)
		m.left[id] = now.Add(lateTime)
		m.queue = append(m.queue, id)
	}
}

// of returns the session that a message of the given sequence is for, or else the one that waits for the answer to
// relatesTo. late: there was a session of that sequence.
func (m *mailbox) of(sequence, relatesTo string) (s *Session, late bool) {
	if !m.used.Load() {
		return nil, false
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if s = m.sequences[sequence]; s != nil {
		return s, false
	}
	if _, late = m.left[sequence]; late {
		return nil, true
	}
	if relatesTo != "" {
		s = m.waiting[relatesTo]
	}
	return s, false
}

// to returns how e is reached, if it is a service that sessions which live were opened to; nil if it is none.
func (m *mailbox) to(e endpoint) transport.Exchanger {
	if !m.used.Load() {
		return nil
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if w := m.ways[e]; w != nil {
		return w.x
	}
	return nil
}

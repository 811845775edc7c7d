package rm

import (
	"net"
	"slices"
	"sync"
	"time"

	"github.com/gowsrm/wsrm/rm/internal/engine"
	"github.com/gowsrm/wsrm/transport"
)

const (
	maxTombstones = 4096
	tombstoneTime = 5 * time.Minute
	maxFresh      = 64 // sessions of one client that are younger than freshTime and were never used
	freshTime     = time.Minute
)

// table holds the sessions of a server, and what is left of those that have ended. A session's mutex may be held when
// its methods are called; they lock no session.
type table struct {
	mu        sync.RWMutex
	sessions  map[string]*Session    // by both identifiers
	unoffered map[origins]*Session   // by CreateSequence, where no offer tells it from others
	tombs     map[string]*tombstone  // by both identifiers
	graves    map[origins]*tombstone // of unoffered
	clients   map[string]*client
	queue     []*tombstone // oldest first
	closed    bool         // no more sessions
	live      int
	created   uint64
	ended     uint64
	refused   uint64
	past      Stats // of the sessions that have ended
}

// origins names a CreateSequence.
type origins struct{ principal, messageID string }

// tombstone answers for a session that has ended.
type tombstone struct {
	*engine.Tombstone
	origins
	until engine.Time
}

// client counts the sessions of a principal, or else of a remote host.
type client struct {
	sessions int
	fresh    []birth // oldest first
}

type birth struct {
	s  *Session
	at engine.Time
}

// keyOf is the client that p is: the principal, or else the host.
func keyOf(p transport.Peer) string {
	if p.Principal != "" {
		return "p" + p.Principal
	}
	if host, _, err := net.SplitHostPort(p.Address); err == nil {
		return "h" + host
	}
	return "h" + p.Address
}

// find returns the session that has id as one of its identifiers, or its tombstone, or neither.
func (t *table) find(now engine.Time, id string) (*Session, *tombstone) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if s := t.sessions[id]; s != nil {
		return s, nil
	}
	if d := t.tombs[id]; d != nil && d.until > now {
		return nil, d
	}
	return nil, nil
}

// limits of a table; negative: none.
type limits struct{ sessions, perPrincipal int }

// admission is what becomes of a CreateSequence.
type admission uint8

const (
	admitted  admission = iota
	repeated            // it made the session that is returned
	outlived            // it made a session that has ended
	taken               // its offer names a sequence that is there
	exhausted           // there are too many sessions
	late                // the server shuts down
)

// add puts a session in, unless its CreateSequence made one before or a limit forbids it.
func (t *table) add(now engine.Time, s *Session, offer string, lim limits) (*Session, admission) {
	a := s.acc
	key := origins{a.peer.Principal, a.messageID}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expire(now)

	if offer != "" {
		if old := t.sessions[offer]; old != nil {
			if old.replyID == offer && old.acc.peer.Principal == a.peer.Principal && old.version == s.version {
				return old, repeated
			}
			return nil, taken
		}
		if d := t.tombs[offer]; d != nil {
			return nil, outlived
		}
	} else if old := t.unoffered[key]; old != nil && old.version == s.version {
		return old, repeated
	} else if t.graves[key] != nil {
		return nil, outlived
	}

	if t.closed {
		return nil, late
	}
	name := keyOf(a.peer)
	c := t.clients[name]
	if c == nil {
		c = &client{}
	}
	c.fresh = slices.DeleteFunc(c.fresh, func(b birth) bool {
		return b.s.acc.used.Load() || now.Sub(b.at) >= freshTime
	})
	switch {
	case lim.sessions >= 0 && t.live >= lim.sessions,
		lim.perPrincipal >= 0 && a.peer.Principal != "" && c.sessions >= lim.perPrincipal,
		len(c.fresh) >= maxFresh:
		return nil, exhausted
	}

	if t.sessions == nil {
		t.sessions, t.unoffered = map[string]*Session{}, map[origins]*Session{}
		t.tombs, t.graves = map[string]*tombstone{}, map[origins]*tombstone{}
		t.clients = map[string]*client{}
	}
	c.sessions++
	c.fresh = append(c.fresh, birth{s, now})
	t.clients[name] = c
	t.sessions[s.id] = s
	if offer != "" {
		t.sessions[offer] = s
	} else {
		t.unoffered[key] = s
	}
	t.live++
	t.created++
	return s, admitted
}

// bury takes a session out and leaves a tombstone. s.mu is held.
func (t *table) bury(now engine.Time, s *Session) {
	a := s.acc
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sessions[s.id] != s {
		return
	}
	delete(t.sessions, s.id)
	if s.replyID != "" {
		delete(t.sessions, s.replyID)
	} else if key := (origins{a.peer.Principal, a.messageID}); t.unoffered[key] == s { // not that of the other version
		delete(t.unoffered, key)
	}
	name := keyOf(a.peer)
	if c := t.clients[name]; c != nil {
		c.fresh = slices.DeleteFunc(c.fresh, func(b birth) bool { return b.s == s })
		if c.sessions--; c.sessions == 0 {
			delete(t.clients, name)
		}
	}
	t.live--
	t.ended++
	t.past.add(statsOf(s.engine.Stats()))
	if a.tomb == nil {
		return
	}
	t.expire(now)
	d := &tombstone{a.tomb, origins{a.peer.Principal, a.messageID}, now.Add(tombstoneTime)}
	if len(t.queue) >= maxTombstones {
		t.forget(1)
	}
	t.queue = append(t.queue, d)
	t.tombs[s.id] = d
	if s.replyID != "" {
		t.tombs[s.replyID] = d
	} else {
		t.graves[d.origins] = d
	}
}

// expire forgets the tombstones that have stood long enough.
func (t *table) expire(now engine.Time) {
	n := 0
	for n < len(t.queue) && t.queue[n].until <= now {
		n++
	}
	t.forget(n)
}

// forget forgets the n oldest tombstones.
func (t *table) forget(n int) {
	for _, d := range t.queue[:n] {
		delete(t.tombs, d.ID)
		delete(t.tombs, d.ReplyID)
		if t.graves[d.origins] == d {
			delete(t.graves, d.origins)
		}
	}
	t.queue = slices.Delete(t.queue, 0, n)
}

// stats returns what was counted, without the sessions that live, and these.
func (t *table) stats() (ServerStats, []*Session) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return ServerStats{Stats: t.past, Sessions: t.live, Created: t.created, Refused: t.refused, Ended: t.ended}, t.list()
}

// all returns the sessions that live.
func (t *table) all() []*Session {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.list()
}

// list returns the sessions that live. t.mu is held.
func (t *table) list() []*Session {
	v := make([]*Session, 0, t.live)
	for id, s := range t.sessions {
		if id == s.id {
			v = append(v, s)
		}
	}
	return v
}

// close refuses all that would come. What all returns afterwards is all that there is.
func (t *table) close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
}

func (t *table) refuse() {
	t.mu.Lock()
	t.refused++
	t.mu.Unlock()
}

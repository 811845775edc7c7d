package rmhttp

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
)

// pool holds the sessions of a Transport.
type pool struct {
	mu      sync.Mutex
	open    map[sessionKey]*conn // those that requests find
	leaving map[*conn]struct{}   // those that no request finds any more, until they are closed
	doors   map[string]*door     // of the endpoints to which sessions are being opened
	closed  bool
	opened  uint64
	past    rm.Stats // of sessions that are in neither
}

// door lets a few sessions at once open to an endpoint.
type door struct {
	turns   chan struct{}
	waiting int // sessions that have or want a turn
}

// openings is how many sessions to one endpoint are opened, and not used yet, at once: arbitrary. Servers bound those of one host
// that nobody uses, ours to 64, and a gateway that begins with the requests of hundreds of users is one host.
const openings = 16

// sessionKey is what requests of one session have in common.
type sessionKey struct {
	url, host, to string
	soap          soap.Version
	addressing    soap.Addressing
	of            string // Authorization, or what Transport.Key says
}

// conn is a session, open or being opened. The pool's mutex guards what changes.
type conn struct {
	key     sessionKey
	carrier *carrier
	ready   chan struct{} // closed when session or err is set
	session *rm.Session
	err     error
	cancel  context.CancelFunc // of the opening
	users   int                // requests that wait for it or use it
	since   time.Time          // without users
	timer   *time.Timer        // ends it when it is idle

	noReply map[string]struct{} // actions that the service acknowledges and does not answer

	abort    context.CancelFunc // of the closing
	gone     chan struct{}      // closed when it has ended; closing tells how
	closeErr error
}

var errClosed = errors.New("rmhttp: the Transport is closed")

// get returns the open session of a request, opening it if need be. Whoever gets one puts it back.
func (p *pool) get(ctx context.Context, t *Transport, r *http.Request, env *soap.Envelope, addressed bool) (*conn, error) {
	key := t.keyOf(r, env, addressed)
	p.mu.Lock()
	c := p.open[key]
	if c != nil && c.ended() {
		p.leave(c, closeTime)
		c = nil
	}
	if p.closed {
		p.mu.Unlock()
		return nil, errClosed
	}
	if c == nil {
		if err := p.room(cmp.Or(t.MaxSessions, defaultMaxSessions)); err != nil {
			p.mu.Unlock()
			return nil, err
		}
		c = p.begin(t, r, key)
	}
	c.users++
	if c.timer != nil {
		c.timer.Stop()
	}
	p.mu.Unlock()

	select {
	case <-c.ready:
	default:
		select {
		case <-c.ready:
		case <-ctx.Done():
			p.put(t, c, "")
			return nil, fmt.Errorf("rmhttp: opening a session: %w", ctx.Err())
		}
	}
	if c.err != nil {
		p.put(t, c, "")
		if p.isClosed() {
			return nil, errClosed
		}
		return nil, fmt.Errorf("rmhttp: %w", c.err)
	}
	return c, nil
}

func (p *pool) isClosed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

// ended reports whether c has a session that has ended by itself. p.mu is held.
func (c *conn) ended() bool { return c.session != nil && c.session.Context().Err() != nil }

// begin opens a session in the background: for all who wait for it, as long as anybody does. p.mu is held.
func (p *pool) begin(t *Transport, r *http.Request, key sessionKey) *conn {
	var o rm.Options
	if t.Options != nil {
		o = *t.Options
	}
	o.SOAP, o.Addressing = key.soap, key.addressing
	if o.Understood == nil {
		o.Understood = func(xml.Name) bool { return true } // a reply's header blocks are for who sent the request
	}
	if key.to != "" {
		o.To = &soap.EndpointReference{Address: key.to}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	c := &conn{key: key, carrier: newCarrier(t, r, key), ready: make(chan struct{}), cancel: cancel, gone: make(chan struct{})}
	if p.open == nil {
		p.open, p.leaving, p.doors = map[sessionKey]*conn{}, map[*conn]struct{}{}, map[string]*door{}
	}
	p.open[key] = c
	d := p.doors[key.url]
	if d == nil {
		d = &door{turns: make(chan struct{}, openings)}
		p.doors[key.url] = d
	}
	d.waiting++
	go func() {
		defer cancel()
		var s *rm.Session
		err := context.Canceled
		select {
		case d.turns <- struct{}{}:
			c.carrier.used = sync.OnceFunc(func() { <-d.turns })
			s, err = rm.Open(ctx, c.carrier, &o)
		case <-ctx.Done():
			c.carrier.used = func() {}
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if d.waiting--; d.waiting == 0 {
			delete(p.doors, key.url)
		}
		c.session, c.err = s, err
		close(c.ready)
		if err != nil || c.users == 0 {
			c.carrier.used()
		}
		if err != nil {
			p.leave(c, closeTime)
			return
		}
		p.opened++
	}()
	return c
}

// put gives a session back. If the service replied, it was to a message with the action replied.
func (p *pool) put(t *Transport, c *conn, replied string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(c.noReply, replied)
	c.users--
	switch {
	case c.ended():
		p.leave(c, closeTime)
	case c.users > 0 || p.open[c.key] != c:
	case c.session == nil: // who waited for the opening is gone
		p.leave(c, closeTime)
	default:
		c.carrier.used()
		c.since = time.Now()
		idle := cmp.Or(t.IdleTimeout, defaultIdleTimeout)
		if idle < 0 {
			return
		}
		if c.timer == nil {
			c.timer = time.AfterFunc(idle, func() { p.expire(c, idle) })
		} else {
			c.timer.Reset(idle)
		}
	}
}

// expire closes c if it was idle for long enough.
func (p *pool) expire(c *conn, idle time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[c.key] == c && c.users == 0 && time.Since(c.since) >= idle {
		p.leave(c, closeTime)
	}
}

// room makes room for one more session, by closing the one that has been idle for longest. p.mu is held.
func (p *pool) room(most int) error {
	switch {
	case most < 0:
		return nil
	case len(p.leaving) >= max(most, defaultMaxSessions):
		return fmt.Errorf("rmhttp: %d sessions are being closed: see Transport.MaxSessions and Key", len(p.leaving))
	case len(p.open) < most:
		return nil
	}
	var oldest *conn
	for _, c := range p.open {
		if c.users == 0 && c.session != nil && (oldest == nil || c.since.Before(oldest.since)) {
			oldest = c
		}
	}
	if oldest == nil {
		return fmt.Errorf("rmhttp: all %d sessions are in use: see Transport.MaxSessions and Key", len(p.open))
	}
	p.leave(oldest, closeTime)
	return nil
}

// closeTime is for how long a session that no request finds any more may take to close: arbitrary.
const closeTime = 30 * time.Second

// leave takes c off the books, ends its opening and closes its session in the background: in good order, if that
// takes no longer than within (0: as long as it takes). p.mu is held.
func (p *pool) leave(c *conn, within time.Duration) {
	if p.open[c.key] != c {
		return
	}
	delete(p.open, c.key)
	p.leaving[c] = struct{}{}
	if c.timer != nil {
		c.timer.Stop()
	}
	c.cancel()
	var ctx context.Context
	if within > 0 {
		ctx, c.abort = context.WithTimeout(context.Background(), within)
	} else {
		ctx, c.abort = context.WithCancel(context.Background())
	}
	go func() {
		defer c.abort()
		<-c.ready
		if c.session != nil {
			c.closeErr = c.session.Close(ctx) // who waited for a message knows of it; the session logs the rest
		}
		c.carrier.release()
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.leaving, c)
		if c.session != nil {
			add(&p.past, c.session.Stats())
		}
		close(c.gone)
	}()
}

// closeIdle closes the sessions that nobody uses.
func (p *pool) closeIdle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.open {
		if c.users == 0 && c.session != nil {
			p.leave(c, closeTime)
		}
	}
}

// close closes all sessions, and aborts them when ctx ends.
func (p *pool) close(ctx context.Context) error {
	p.mu.Lock()
	p.closed = true
	for _, c := range p.open {
		p.leave(c, 0)
	}
	all := make([]*conn, 0, len(p.leaving))
	for c := range p.leaving {
		all = append(all, c)
	}
	p.mu.Unlock()
	stop := context.AfterFunc(ctx, func() {
		for _, c := range all {
			c.abort()
		}
	})
	defer stop()

	var failed error
	for _, c := range all {
		select {
		case <-c.ready:
		case <-ctx.Done(): // a Base that looks at no context is opening it
			continue
		}
		<-c.gone
		if _, doubt := errors.AsType[*rm.InDoubtError](c.closeErr); doubt && failed == nil {
			failed = c.closeErr
		}
	}
	return failed
}

// unanswered is told that the service acknowledged a message with that action and did not reply. It reports whether that is its
// custom: so it is if the acknowledgement came at once, and then also if it comes later, when a reply may have been lost.
func (p *pool) unanswered(c *conn, action string, atOnce bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := c.noReply[action]; known || !atOnce {
		return known
	}
	if c.noReply == nil || len(c.noReply) >= mostActions {
		c.noReply = map[string]struct{}{}
	}
	c.noReply[action] = struct{}{}
	return true
}

// mostActions is how many actions a session remembers as one-way: arbitrary, more than services have.
const mostActions = 1000

// stats returns what was counted.
func (p *pool) stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	st := Stats{Stats: p.past, Sessions: len(p.open), Opened: p.opened}
	count := func(c *conn) {
		if c.session != nil {
			one := c.session.Stats()
			add(&st.Stats, one)
			st.InFlight += one.InFlight
			st.RoundTrip = max(st.RoundTrip, one.RoundTrip)
		}
	}
	for _, c := range p.open {
		count(c)
	}
	for c := range p.leaving {
		count(c)
	}
	return st
}

// add adds the counters of a session.
func add(st *rm.Stats, o rm.Stats) {
	st.Sent += o.Sent
	st.Resent += o.Resent
	st.Acknowledged += o.Acknowledged
	st.Received += o.Received
	st.Repeated += o.Repeated
	st.Delivered += o.Delivered
}

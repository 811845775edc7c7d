package rmhttp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"sync"
	"time"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport/soaphttp"
)

// pool holds the sessions of a Transport.
type pool struct {
	mu      sync.Mutex
	open    map[string]*conn
	closing sync.WaitGroup // sessions that are being closed
	closed  bool
	opened  uint64
	past    rm.Stats // of sessions that are in open no more
}

// conn is a session, open or being opened. The pool's mutex guards what changes.
type conn struct {
	key     string
	ready   chan struct{} // closed when session or err is set
	session *rm.Session
	err     error
	cancel  context.CancelFunc // of the opening
	users   int                // requests that wait for it or use it
	since   time.Time          // without users
	timer   *time.Timer
}

var errClosed = errors.New("rmhttp: the Transport is closed")

// get returns the open session of a request, opening it if need be. Whoever gets one puts it back.
func (p *pool) get(ctx context.Context, t *Transport, r *http.Request, env *soap.Envelope, addressed bool) (*conn, error) {
	key := t.keyOf(r, env, addressed)
	p.mu.Lock()
	c := p.open[key]
	if c != nil && c.session != nil && c.session.Context().Err() != nil {
		p.remove(c) // it has ended by itself
		c = nil
	}
	switch {
	case p.closed:
		p.mu.Unlock()
		return nil, errClosed
	case c == nil && !p.room(cmp.Or(t.MaxSessions, defaultMaxSessions)):
		p.mu.Unlock()
		return nil, fmt.Errorf("rmhttp: all %d sessions are in use: see Transport.MaxSessions and Key", len(p.open))
	case c == nil:
		c = p.begin(t, r, env, addressed, key)
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
			p.put(t, c, false)
			return nil, fmt.Errorf("rmhttp: opening a session: %w", ctx.Err())
		}
	}
	if c.err != nil {
		p.put(t, c, true)
		return nil, fmt.Errorf("rmhttp: %w", c.err)
	}
	return c, nil
}

// begin opens a session in the background: for all who wait for it, as long as anybody does. p.mu is held.
func (p *pool) begin(t *Transport, r *http.Request, env *soap.Envelope, addressed bool, key string) *conn {
	var o rm.Options
	if t.Options != nil {
		o = *t.Options
	}
	o.SOAP, o.Addressing = env.Version, t.addressing(env, addressed)
	if env.To != "" {
		o.To = &soap.EndpointReference{Address: env.To}
	}
	x := &soaphttp.Client{URL: address(r), Limits: t.Limits}
	if who := r.Header.Get("Authorization"); who != "" {
		x.Header = http.Header{"Authorization": {who}}
	}
	if t.Base != nil {
		jar, _ := cookiejar.New(nil) // never fails
		x.HTTP = &http.Client{Transport: t.Base, Jar: jar}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	c := &conn{key: key, ready: make(chan struct{}), cancel: cancel}
	if p.open == nil {
		p.open = map[string]*conn{}
	}
	p.open[key] = c
	go func() {
		defer cancel()
		s, err := rm.Open(ctx, x, &o)
		p.mu.Lock()
		defer p.mu.Unlock()
		c.session, c.err = s, err
		close(c.ready)
		switch {
		case err != nil:
			p.remove(c)
		case p.open[key] != c && !p.closed: // nobody waits any more
			p.shut(c)
		default: // close waits for c.ready, and closes it
			p.opened++
		}
	}()
	return c
}

// put gives a session back. Ended says that it is of no use any more.
func (p *pool) put(t *Transport, c *conn, ended bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.users--
	switch {
	case ended:
		p.remove(c)
	case c.users > 0 || p.open[c.key] != c:
	case c.session == nil: // who waited for the opening is gone
		delete(p.open, c.key)
		c.cancel()
	default:
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
		p.remove(c)
		p.shut(c)
	}
}

// room makes room for one more session, by closing the one that has been idle for longest. p.mu is held.
func (p *pool) room(most int) bool {
	if most < 0 || len(p.open) < most {
		return true
	}
	var oldest *conn
	for _, c := range p.open {
		if c.users == 0 && c.session != nil && (oldest == nil || c.since.Before(oldest.since)) {
			oldest = c
		}
	}
	if oldest == nil {
		return false
	}
	p.remove(oldest)
	p.shut(oldest)
	return true
}

// remove takes c off the books. p.mu is held.
func (p *pool) remove(c *conn) {
	if p.open[c.key] != c {
		return
	}
	delete(p.open, c.key)
	if c.timer != nil {
		c.timer.Stop()
	}
	if c.session != nil && c.session.Context().Err() != nil {
		p.count(c.session)
	}
}

// count keeps what a session has counted that is gone from the books. p.mu is held.
func (p *pool) count(s *rm.Session) { add(&p.past, s.Stats()) }

// closeTime is for how long an idle session may take to close in the background: arbitrary.
const closeTime = 30 * time.Second

// shut closes the session of c, which is off the books, in the background. p.mu is held.
func (p *pool) shut(c *conn) {
	p.closing.Add(1)
	go func() {
		defer p.closing.Done()
		ctx, cancel := context.WithTimeout(context.Background(), closeTime)
		defer cancel()
		_ = c.session.Close(ctx) // it has nothing under way, and logs what goes wrong
		p.mu.Lock()
		p.count(c.session)
		p.mu.Unlock()
	}()
}

// closeIdle closes the sessions that nobody uses.
func (p *pool) closeIdle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.open {
		if c.users == 0 && c.session != nil {
			p.remove(c)
			p.shut(c)
		}
	}
}

// close closes all sessions.
func (p *pool) close(ctx context.Context) error {
	p.mu.Lock()
	p.closed = true
	var all []*conn
	for _, c := range p.open {
		all = append(all, c)
		p.remove(c)
	}
	p.mu.Unlock()

	errs := make([]error, len(all))
	var group sync.WaitGroup
	for i, c := range all {
		group.Go(func() {
			select {
			case <-c.ready:
			case <-ctx.Done():
				c.cancel()
				<-c.ready
			}
			if c.session == nil {
				return
			}
			errs[i] = c.session.Close(ctx)
			p.mu.Lock()
			p.count(c.session)
			p.mu.Unlock()
		})
	}
	group.Wait()
	done := make(chan struct{})
	go func() {
		p.closing.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done(): // they end by themselves, within closeTime
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// stats returns what was counted.
func (p *pool) stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	st := Stats{Stats: p.past, Sessions: len(p.open), Opened: p.opened}
	for _, c := range p.open {
		if c.session != nil {
			one := c.session.Stats()
			add(&st.Stats, one)
			st.InFlight += one.InFlight
			st.RoundTrip = max(st.RoundTrip, one.RoundTrip)
		}
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

package rm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gowsrm/wsrm/rm/internal/engine"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
	"github.com/gowsrm/wsrm/window"
)

// initiator is what a session has more that was opened here. The session's mutex guards it.
type initiator struct {
	x        transport.Exchanger
	to       soap.EndpointReference
	replyTo  *soap.EndpointReference // where answers go
	mail     *mailbox                // addressable: of the server that takes them
	posted   []string                // the MessageIDs of lifecycle messages that mail knows
	arriving *leg                    // of the message that the engine is being given

	opener  *outgoing   // Open, until it returns
	began   engine.Time // when it did
	closing bool        // Close was called: nothing more is numbered

	queue   []*outgoing          // who waits for room, in order
	sent    map[uint64]*outgoing // by tag: what has a number and is not concluded
	lastTag uint64               // tags ascend with the numbers
	calls   map[string]struct{}  // MessageIDs that callers chose, of calls that wait
	lost    []*outgoing          // settled without an answer: they get the cause of the end
	missed  losses               // for Close. What is in doubt at the end is known to the engine
	flushes []*flush
	tries   map[engine.Try]*attempt // exchanges under way
	lastErr error                   // of the exchange that failed last

	// What Send of the engine takes and gives.
	msg  [1]engine.Msg[letter]
	nums [1]window.Number
}

// outgoing is a message of ours until it is concluded. Its session's mutex guards it until it is settled.
type outgoing struct {
	tag    uint64        // 0: none yet
	number window.Number // 0: none yet
	born   engine.Time   // when it got the number
	unsent bool          // the session ended before anybody could see it
	msg    engine.Msg[letter]
	id     string   // in initiator.calls
	mail   *mailbox // knows the message

	// The goroutine that waits, in Call, Send or Open, is woken when it has something to do.
	wake chan struct{} // made when somebody has to wait

	// Call and Open lend it to an exchange.
	lends  bool
	ctx    context.Context // of that exchange
	cancel context.CancelFunc
	work   *attempt // the exchange

	settled bool
	reply   *soap.Envelope
	err     error
	done    chan struct{} // made when a Receipt is asked for it
}

// nudge wakes the goroutine that waits for o.
func (o *outgoing) nudge() {
	if o.wake != nil {
		select {
		case o.wake <- struct{}{}:
		default:
		}
	}
}

// settle concludes o.
func (o *outgoing) settle(err error) {
	o.settled, o.err = true, err
	o.nudge()
	if o.done != nil {
		close(o.done)
	}
}

func (o *outgoing) doneLocked() <-chan struct{} {
	if o.done == nil {
		o.done = make(chan struct{})
		if o.settled {
			close(o.done)
		}
	}
	return o.done
}

// Open opens a session over a carrier of requests and responses, such as a *soaphttp.Client, with the service behind
// it. Nil options are right for most. ctx bounds the opening only; without end it ends when MaxRetries are used up.
//
// An error that is a *SequenceError says that the server refused. What x says that another attempt cannot cure (transport.ErrPermanent), such
// as a certificate that is not trusted, fails at once, and errors.As finds its cause. Nothing was sent that an application could see.
func Open(ctx context.Context, x transport.Exchanger, opts *Options) (*Session, error) {
	if x == nil {
		return nil, errors.New("rm: open: no Exchanger")
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("rm: open: %w", err)
	}
	s := newSession(opts.settings())
	s.ini = &initiator{x: x, sent: map[uint64]*outgoing{}, tries: map[engine.Try]*attempt{}}
	if s.set.To != nil {
		s.ini.to = *s.set.To
	} else if a, ok := x.(interface{ Address() string }); ok {
		s.ini.to.Address = a.Address()
	}
	s.ini.replyTo = anonymous
	if srv := s.set.ReplyTo; srv != nil {
		if srv.Address == "" {
			return nil, errors.New("rm: open: Options.ReplyTo has no Address")
		}
		srv.start()
		s.ini.replyTo, s.ini.mail = &soap.EndpointReference{Address: srv.Address}, &srv.mail
	}
	s.engine = engine.NewInitiator[letter](s.set.config())

	o := &outgoing{lends: true}
	o.ctx, o.cancel = context.WithCancel(ctx)
	defer o.cancel()
	s.ini.opener = o
	s.mu.Lock()
	now := clock()
	s.ini.began = now
	s.engine.Open(now)
	s.take(now)
	s.release()
	if err := s.await(ctx, o); err != nil {
		s.mu.Lock()
		defer s.release()
		last := s.ini.lastErr
		s.abort(clock(), "", errAborted)
		if last != nil && !errors.Is(last, err) {
			return nil, fmt.Errorf("rm: open: %w (last attempt: %v)", err, opaque(last))
		}
		return nil, fmt.Errorf("rm: open: %w", err)
	}
	if o.err != nil {
		return nil, &openError{o.err}
	}
	return s, nil
}

// openError is the cause of an end before the beginning.
type openError struct{ err error }

func (e *openError) Error() string { return joinText("rm: open", e.err.Error()) }
func (e *openError) Unwrap() error { return e.err }

// opened is told by the engine. s.mu is held.
func (s *Session) opened(now engine.Time, e *engine.Opened) {
	s.id, s.replyID, s.version = strings.Clone(e.ID), e.ReplyID, e.Version
	o := s.ini.opener
	s.ini.opener = nil
	if s.ini.mail != nil {
		s.ini.mail.open(s)
	}
	s.note(Event{Kind: Opened, Session: s, Elapsed: now.Sub(s.ini.began)})
	if o != nil {
		o.settle(nil)
	}
}

// submit gives env a number, waiting for room until ctx ends. An error means that it has none and was not sent.
func (s *Session) submit(ctx context.Context, env *soap.Envelope, call bool) (*outgoing, error) {
	if s.ini == nil {
		return nil, errOneSided
	}
	m, err := s.compose(ctx, env, call)
	if err != nil {
		return nil, err
	}
	o := &outgoing{msg: m}
	if call {
		o.lends = true
		o.ctx, o.cancel = context.WithCancel(ctx)
		if env.MessageID != "" {
			o.id = m.ID
		}
	}

	numbered := false
	defer func() {
		if call && !numbered {
			o.cancel()
		}
	}()
	s.mu.Lock()
	if err := s.dead(); err != nil {
		s.mu.Unlock()
		return nil, err
	}
	if o.id != "" {
		if _, pending := s.ini.calls[o.id]; pending {
			s.mu.Unlock()
			return nil, fmt.Errorf("rm: a call with the MessageID %s is already waiting", o.id)
		}
		if s.ini.calls == nil {
			s.ini.calls = map[string]struct{}{}
		}
		s.ini.calls[o.id] = struct{}{}
	}
	if s.ini.mail != nil && m.ID != "" {
		if !s.ini.mail.expect(m.ID, s) {
			s.forget(o)
			s.mu.Unlock()
			return nil, fmt.Errorf("rm: a message with the MessageID %s is already waiting for its answer", m.ID)
		}
		o.mail = s.ini.mail
	}
	now := clock()
	if len(s.ini.queue) > 0 || !s.number(now, o) {
		s.ini.queue = append(s.ini.queue, o)
	}
	s.take(now)
	for o.number == 0 && !o.settled {
		if o.wake == nil {
			o.wake = make(chan struct{}, 1)
		}
		s.release()
		select {
		case <-o.wake:
		case <-ctx.Done():
		}
		s.mu.Lock()
		if o.number == 0 && !o.settled && ctx.Err() != nil {
			s.ini.queue = slices.DeleteFunc(s.ini.queue, func(q *outgoing) bool { return q == o })
			s.forget(o)
			s.mu.Unlock()
			return nil, fmt.Errorf("rm: waiting for room: %w", ctx.Err())
		}
	}
	numbered = o.number != 0
	s.release()
	if !numbered {
		return nil, o.err
	}
	return o, nil
}

// admit numbers those who wait for room, as many as there is room for. s.mu is held.
func (s *Session) admit(now engine.Time) bool {
	if s.ini == nil {
		return false
	}
	admitted := false
	for len(s.ini.queue) > 0 && s.number(now, s.ini.queue[0]) {
		s.ini.queue[0].nudge()
		s.ini.queue[0] = nil
		if s.ini.queue = s.ini.queue[1:]; len(s.ini.queue) == 0 {
			s.ini.queue = nil
		}
		admitted = true
	}
	return admitted
}

// number gives o its number, if there is room. s.mu is held.
func (s *Session) number(now engine.Time, o *outgoing) bool {
	i := s.ini
	o.tag = i.lastTag + 1
	i.msg[0] = o.msg
	i.msg[0].Tag = o.tag
	nums := s.engine.Send(now, i.msg[:], i.nums[:0])
	i.msg[0] = engine.Msg[letter]{}
	if len(nums) == 0 {
		return false
	}
	i.lastTag = o.tag
	o.number, o.born = nums[0], now
	o.msg.M = letter{} // the engine has it
	i.sent[o.tag] = o
	return true
}

// await waits until o is settled, and lends the goroutine to the exchanges that are made for it. An error says that ctx
// ended first. Then whoever waits is gone, and what was made for it is left to the session.
func (s *Session) await(ctx context.Context, o *outgoing) error {
	s.mu.Lock()
	for !o.settled {
		if a := o.work; a != nil {
			o.work = nil
			s.mu.Unlock()
			a.run() // may end the goroutine, or panic
			s.mu.Lock()
			continue
		}
		if err := ctx.Err(); err != nil {
			o.lends = false
			if o == s.ini.opener {
				s.ini.opener = nil
				s.mu.Unlock()
				return err
			}
			err = s.doubt(err, []window.Number{o.number})
			if errors.Is(context.Cause(ctx), ErrNoReply) && s.end == nil {
				now := clock()
				s.engine.Renounce(now, o.number)
				s.take(now)
			}
			s.release()
			return err
		}
		if o.wake == nil {
			o.wake = make(chan struct{}, 1)
		}
		s.mu.Unlock()
		select {
		case <-o.wake:
		case <-ctx.Done():
		}
		s.mu.Lock()
	}
	s.mu.Unlock()
	return nil
}

// errUnsaid is why a call is in doubt though its session goes on.
var errUnsaid = fmt.Errorf("%w: it answered the message with nothing, again and again", ErrUnreachable)

// settle concludes a message of ours; ending says that the session's end comes with it. s.mu is held.
func (s *Session) settle(e *engine.Settle[letter], ending bool) {
	o := s.ini.sent[e.Tag]
	if o == nil {
		return // LastMessage
	}
	delete(s.ini.sent, e.Tag)
	s.forget(o)
	var missed losses
	switch e.What {
	case engine.Acked:
		o.settle(nil)
	case engine.Answered:
		o.reply = e.M.env
		o.settle(nil)
	case engine.Faulted:
		if o.msg.Reply {
			o.reply = e.M.env
			o.settle(nil)
		} else {
			err := e.M.env.Err()
			o.settle(err)
			missed = losses{refused: []window.Number{o.number}, fault: err}
			s.ini.missed.add(&missed)
		}
	case engine.Unanswered:
		o.settle(s.doubt(ErrNoReply, []window.Number{o.number}))
	case engine.InDoubt:
		missed.numbers = []window.Number{o.number}
		if ending {
			s.ini.lost = append(s.ini.lost, o)
		} else {
			o.settle(s.doubt(errUnsaid, []window.Number{o.number}))
		}
	case engine.NeverSent:
		o.unsent = true
		s.ini.lost = append(s.ini.lost, o)
		missed.numbers = []window.Number{o.number}
		s.ini.missed.add(&missed)
	}
	for _, f := range s.ini.flushes {
		f.settled(o, &missed)
	}
}

// forget takes the MessageID of a call off the books.
func (s *Session) forget(o *outgoing) {
	if o.id != "" {
		delete(s.ini.calls, o.id)
	}
	if o.mail != nil {
		o.mail.forget(o.msg.ID)
	}
}

// turnAway refuses those who wait for room. s.mu is held.
func (s *Session) turnAway(err error) {
	for _, o := range s.ini.queue {
		s.forget(o)
		o.settle(err)
	}
	s.ini.queue = nil
}

// ended gives everybody who waits the cause of the end.
func (i *initiator) ended(s *Session) {
	for _, o := range i.sent { // the engine has settled them all; nobody shall hang if it has not
		s.forget(o)
		i.lost = append(i.lost, o)
	}
	clear(i.sent)
	for _, o := range i.lost {
		if o.unsent {
			o.settle(s.cause)
		} else {
			o.settle(s.doubt(s.cause, []window.Number{o.number}))
		}
	}
	i.lost = nil
	s.turnAway(s.cause)
	if o := i.opener; o != nil {
		i.opener = nil
		o.settle(s.cause)
	}
	for _, a := range i.tries {
		a.drop()
	}
	clear(i.tries)
	if i.mail != nil {
		for _, id := range i.posted {
			i.mail.forget(id)
		}
		i.mail.close(clock(), s)
	}
	for _, f := range i.flushes {
		f.finish()
	}
	i.flushes = nil
}

// unsettled returns the numbers of what is not concluded, up to a tag, ascending.
func (i *initiator) unsettled(upTo uint64) []window.Number {
	var nums []window.Number
	for tag, o := range i.sent {
		if tag <= upTo {
			nums = append(nums, o.number)
		}
	}
	slices.Sort(nums)
	return nums
}

func (i *initiator) dropFlush(f *flush) {
	i.flushes = slices.DeleteFunc(i.flushes, func(g *flush) bool { return f == g })
}

// age is how long ago message n got its number, 0 if that is not known any more.
func (i *initiator) age(now engine.Time, n window.Number) time.Duration {
	if o := i.sent[uint64(n)]; o != nil && o.number == n { // tags and numbers are given together, from 1
		return now.Sub(o.born)
	}
	return 0
}

// flush is a goroutine in Flush.
type flush struct {
	upTo   uint64 // tag of the last message that it waits for
	left   int
	missed losses
	done   chan struct{}
}

func (f *flush) settled(o *outgoing, missed *losses) {
	if o.tag > f.upTo || f.left == 0 {
		return
	}
	f.missed.add(missed)
	if f.left--; f.left == 0 {
		f.finish()
	}
}

func (f *flush) finish() {
	f.left = 0
	select {
	case <-f.done:
	default:
		close(f.done)
	}
}

// losses are those of some messages that the peer is not known to have.
type losses struct {
	numbers []window.Number // in doubt, or never sent
	refused []window.Number // one-way, answered by a fault
	fault   error           // the first of those
}

func (l *losses) add(m *losses) {
	l.numbers = append(l.numbers, m.numbers...)
	l.refused = append(l.refused, m.refused...)
	if l.fault == nil {
		l.fault = m.fault
	}
}

// verdict puts losses into one error, together with further numbers that are in doubt; err is why. A fault stands alone
// if it is all that there is. Otherwise its number is among those in doubt: what is not named there has arrived.
func (s *Session) verdict(l *losses, err error, more []window.Number) error {
	if len(l.numbers)+len(more) == 0 {
		return l.fault
	}
	numbers := slices.Concat(more, l.numbers, l.refused)
	slices.Sort(numbers)
	return s.doubt(err, slices.Compact(numbers))
}

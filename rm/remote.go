package rm

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

// What a server sends to addresses that its clients named: Server.DialBack makes the way there.

const (
	maxRemotes  = 8                // endpoints that one client may name: arbitrary
	maxEndpoint = 8 << 10          // bytes of one: arbitrary
	dialTime    = 30 * time.Second // for DialBack: arbitrary
	postTime    = time.Minute      // for an exchange, with DialBack: the next reply may be waiting for it. Arbitrary
	tellTime    = 30 * time.Second // for what belongs to no session any more, or not yet: arbitrary
	maxTelling  = 64               // exchanges of that kind at once; more are left to the client's repeat: arbitrary
)

// remote is an address that a client named.
type remote struct {
	srv      *Server
	endpoint endpoint
	to       *soap.EndpointReference

	mu sync.Mutex
	x  transport.Exchanger // nil: not dialled yet
}

var errNoDialBack = errors.New("rm: Server.DialBack returned no Exchanger")

// exchange makes one attempt. It dials with the first one.
func (r *remote) exchange(ctx context.Context, env *soap.Envelope) (*soap.Envelope, error) {
	r.mu.Lock()
	if r.x == nil {
		dial, cancel := context.WithTimeout(ctx, dialTime)
		x, err := r.srv.DialBack(dial, r.to)
		cancel()
		if err == nil && x == nil {
			err = errNoDialBack
		}
		if err != nil {
			r.mu.Unlock()
			return nil, err
		}
		r.x = x
	}
	x := r.x
	r.mu.Unlock()
	return x.Exchange(ctx, env)
}

// remote returns the number of an endpoint of the client's, to which answers to messages of kind k go; 0 if it cannot be reached, or the
// client has named too many. Answers of the application have the reference parameters of their own request, so that
// any number of those may differ. s.mu is held, or s is not in use yet.
func (s *Session) remote(to *soap.EndpointReference, k wsrm.Kind) engine.Addr {
	srv, e := s.acc.srv, endpointOf(to)
	if e.parameters != "" && soap.New("", nil).SetTo(to).Err() != nil {
		return 0
	}
	x := srv.mail.to(e)
	n := s.acc.known(e)
	if n == 0 && k == wsrm.Application && e.parameters != "" {
		e.parameters = anyParameters
		n = s.acc.known(e)
	}
	if n != 0 || len(s.acc.remotes) == maxRemotes || x == nil && srv.DialBack == nil {
		return n
	}
	kept := keepEndpoint(to, s.acc.addressing)
	if kept == nil {
		return 0
	}
	e.address = kept.Address
	s.acc.remotes = append(s.acc.remotes, &remote{srv: srv, endpoint: e, to: kept, x: x})
	return engine.Addr(len(s.acc.remotes))
}

// known returns the number of an endpoint that was named before, 0 for another one.
func (a *acceptor) known(e endpoint) engine.Addr {
	for i, r := range a.remotes {
		if r.endpoint == e {
			return engine.Addr(i + 1)
		}
	}
	return 0
}

// known reports whether nobody has to be dialled to answer at e: it is the way of the request, or the service that a session was
// opened to here.
func (srv *Server) known(e *soap.EndpointReference) bool {
	return e.Anonymous() || srv.mail.to(endpointOf(e)) != nil
}

// direct tells the engine where the answer to a request goes. A problem says that it cannot go there.
func (s *Session) direct(b *inbound, env *soap.Envelope) *problem {
	srv, application := s.acc.srv, b.in.Kind == wsrm.Application
	if application && srv.isAnswer(env) {
		b.in.Wants = engine.Nothing // wherever it says that more may go
		return nil
	}
	away, blamed := elsewhere(env, b.in.Kind), blames(env, b.in.Kind)
	if !away && !blamed {
		return nil
	}
	// Without DialBack no handler's reply goes to where a client says, be it the service that a session was opened to.
	if srv.DialBack != nil || !application {
		s.mu.Lock()
		if away {
			b.in.ReplyTo = s.remote(env.ReplyTo, b.in.Kind)
		}
		if blamed && application {
			b.in.FaultTo = s.remote(env.FaultTo, b.in.Kind)
		}
		s.mu.Unlock()
	}
	switch {
	case away && b.in.ReplyTo == 0:
		return onlyAnonymous("ReplyTo")
	case blamed && b.in.FaultTo == 0 && (application || srv.DialBack == nil):
		return onlyAnonymous("FaultTo")
	}
	if away {
		b.in.Wants = engine.Elsewhere
	}
	if blamed && application {
		b.in.Faults = engine.Elsewhere
	}
	b.in.MessageID = strings.Clone(env.MessageID) // it is kept until the reply is acknowledged
	return nil
}

// onlyAnonymous is what is wrong with a message that names an address for its answers which nothing is sent to.
func onlyAnonymous(header string) *problem {
	return &problem{fault: soap.AddressingFault("InvalidAddressingHeader", "OnlyAnonymousAddressSupported", header)}
}

// posting is one exchange to an address of the client's.
type posting struct {
	s     *Session
	try   engine.Try
	to    *remote
	env   *soap.Envelope
	sheet sheet
	event Event
}

// post begins an exchange that the engine of an acceptor asks for. s.mu is held.
func (s *Session) post(t *engine.Transmit[letter]) {
	p := &posting{s: s, try: t.Try, to: s.acc.remotes[t.To-1]}
	p.event = Event{Kind: Failed, Session: s, Number: t.RM.Sequence.Number, Try: t.Attempt}
	v, a := s.acc.soap, s.acc.addressing
	p.sheet.rm = t.RM
	switch {
	case t.Kind == wsrm.Fault:
		p.env = wsrm.NewFault(t.Fault, t.RM.Version, v, a)
	case t.Kind == wsrm.Application:
		p.env = p.sheet.copy(t.M.env)
	case t.Kind == wsrm.LastMessage || t.Kind == wsrm.SequenceAcknowledgement:
		p.env = wsrm.New(t.Kind, nil, t.RM.Version, v, a)
	default:
		p.env = wsrm.New(t.Kind, &t.Body, t.RM.Version, v, a)
	}
	p.env.Version, p.env.Addressing = v, a
	if p.env.MessageID == "" {
		p.env.MessageID = t.MessageID
	}
	p.env.RelatesTo = t.RelatesTo
	if t.Kind != wsrm.Application { // see Session.handle
		p.env.SetTo(p.to.to)
	}
	p.env.AddHeader(&p.sheet.rm)
	if t.Kind == wsrm.Fault { // the last word
		go p.farewell()
		return
	}
	go p.run()
}

func (p *posting) farewell() {
	ctx, cancel := context.WithTimeout(context.Background(), farewellTime)
	defer cancel()
	_, _ = p.to.exchange(ctx, p.env)
}

// run makes the exchange and tells the engine what came of it.
func (p *posting) run() {
	s := p.s
	begin := clock()
	what, err := engine.Failed, errors.New("rm: the Exchanger did not return")
	var answer *soap.Envelope
	var b *inbound
	defer func() {
		s.mu.Lock()
		defer s.release()
		if s.end != nil {
			return
		}
		now := clock()
		if b != nil {
			s.engine.Receive(now, &b.in)
			b.release()
		} else {
			if err != nil {
				s.acc.lastErr = err
				p.event.Elapsed, p.event.Err = now.Sub(begin), err
				s.note(p.event)
			}
			s.engine.Tried(now, p.try, what)
		}
		s.take(now)
	}()
	ctx, cancel := context.WithTimeout(s.ctx, postTime)
	defer cancel()
	answer, err = p.to.exchange(ctx, p.env)
	switch {
	case errors.Is(err, transport.ErrPermanent):
		what = engine.Permanent
	case err != nil:
	case answer == nil:
		what = engine.Empty
	default:
		b = inbounds.Get().(*inbound)
		if wrong := b.read(answer, s.set); wrong != nil {
			b.release()
			b, err = nil, wrong
			return
		}
		b.in.Try = p.try
	}
}

// tell sends an answer that belongs to no session, or to one that is over, to an address of a client's, in the background.
func (srv *Server) tell(to *soap.EndpointReference, env *soap.Envelope) {
	if srv.telling.Add(1) > maxTelling {
		srv.telling.Add(-1)
		return // the client will ask again
	}
	env.SetTo(to)
	go func() {
		defer srv.telling.Add(-1)
		ctx, cancel := context.WithTimeout(context.Background(), tellTime)
		defer cancel()
		r := &remote{srv: srv, to: to, x: srv.mail.to(endpointOf(to))}
		for wait := 400 * time.Millisecond; ; wait *= 2 {
			_, err := r.exchange(ctx, env)
			if err == nil || errors.Is(err, transport.ErrPermanent) {
				return
			}
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return
			}
		}
	}()
}

// answerAway sends the answer to a request to its ReplyTo if that is an address of the client's, and returns what is left for the leg.
func (srv *Server) answerAway(request, answer *soap.Envelope, k wsrm.Kind) *soap.Envelope {
	if answer != nil && answer.IsFault() {
		return srv.blameAway(request, answer, k)
	}
	if answer == nil || !elsewhere(request, k) || srv.DialBack == nil && !srv.known(request.ReplyTo) {
		return answer
	}
	srv.tell(request.ReplyTo, answer)
	return nil
}

// blameAway sends a fault that the protocol makes of a request to its FaultTo if that is an address of the client's, and returns what is
// left for the leg. One that only ReplyTo would have elsewhere stays on the leg, where the client still listens.
//
// WS-Addressing 1.0, Core, 3.4
func (srv *Server) blameAway(request, fault *soap.Envelope, k wsrm.Kind) *soap.Envelope {
	switch {
	case request.FaultTo.None():
		return nil
	case !blames(request, k) || polled(request.FaultTo) || srv.DialBack == nil:
		return fault
	}
	srv.tell(request.FaultTo, fault)
	return nil
}

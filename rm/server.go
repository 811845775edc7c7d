package rm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

// Server takes the sessions that clients open. It is a transport.Handler: mount it on any number of carriers, such as
// soaphttp.Handler. The zero value works and answers every message with the fault ActionNotSupported.
//
// The fields must not change once it is used.
//
// A sequence belongs to the principal that created it, as the carrier names it: a message of anybody else is answered
// as if there were no such sequence. If the carrier names nobody, whoever knows or sees the identifier of a
// sequence can send on it; identifiers are random, so that none can be guessed.
type Server struct {
	// Handler does what the messages ask for. Nil: every message is answered with ActionNotSupported.
	Handler Handler
	// Options say how the sessions behave. Nil is right for most.
	Options *Options
	// Accept is called for each new session, before its client knows of it, and returns its handler: the place for
	// state that belongs to a session. An error refuses the session; the client reads its text if it is a
	// *soap.Fault, and nothing otherwise. ctx ends with the session and has the values of the carrier's. Nil:
	// every session gets Handler.
	Accept func(ctx context.Context, s *Session) (Handler, error)
	// Address is the URL under which peers reach this server. It is written as the address for answers by sessions that
	// are opened with Options.ReplyTo; nothing else needs it.
	Address string
	// DialBack makes the way to an address that a client named for acknowledgements (AcksTo), replies (ReplyTo) or faults (FaultTo), such
	// as a *soaphttp.Client for its URL. It is called once for each endpoint of a session, and again if it has failed; and
	// for each answer that belongs to no session: that to CreateSequence, and faults for FaultTo. Replies to one address
	// count as one endpoint, whatever their reference parameters, which go with each of them. A session keeps at most eight
	// endpoints, of 8 KiB each; a message that names another one is refused.
	//
	// What is sent there is written in the versions of SOAP and WS-Addressing of the session's CreateSequence, whatever those of later
	// messages are. A fault that the session makes itself, such as UnknownSequence, goes to FaultTo or stays on the response.
	//
	// Nil: clients without addresses only, a CreateSequence or message with one is refused. With DialBack a client decides where this
	// server sends requests, which may be an address that only the server can reach: return an error for whatever is not on
	// a list of known hosts. An error counts as a failed attempt. One thing needs no DialBack: a service that a session
	// of ours was opened to (Options.ReplyTo), and that opens a sequence for its replies here, gets acknowledgements by that
	// session's Exchanger.
	DialBack func(ctx context.Context, to *soap.EndpointReference) (transport.Exchanger, error)
	// MaxSessions is how many sessions may live at once: by default 100,000. Negative: no limit.
	MaxSessions int
	// MaxPerPrincipal is how many of them one principal may have: by default 1,000. Negative: no limit. It does
	// not count where the carrier names nobody.
	//
	// Whatever these two are, no more than 64 sessions that were never used and are younger than a minute are
	// kept for one principal or else for one remote host.
	MaxPerPrincipal int

	once     sync.Once
	set      *settings
	limits   limits
	table    table
	mail     mailbox
	telling  atomic.Int32 // exchanges of tell
	draining atomic.Bool
}

const (
	defaultMaxSessions     = 100_000
	defaultMaxPerPrincipal = 1000
)

// maxURI is how many bytes a session keeps of an identifier or address that a client chose. Arbitrary.
const maxURI = 2048

func (srv *Server) start() {
	srv.once.Do(func() {
		srv.set = srv.Options.settings()
		srv.limits = limits{cmp.Or(srv.MaxSessions, defaultMaxSessions), cmp.Or(srv.MaxPerPrincipal, defaultMaxPerPrincipal)}
	})
}

// ServeExchange serves one request: see transport.Handler. If ctx has a deadline, what is not answered by then is
// answered with nothing, which makes the client ask again, and handlers run on goroutines of their own; otherwise
// they run on the caller's. The error is always nil.
func (srv *Server) ServeExchange(ctx context.Context, peer transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
	srv.start()
	b := inbounds.Get().(*inbound)
	wrong := b.read(env, srv.set)
	switch {
	case wrong != nil:
		wrong = srv.blame(peer, wrong)
	case b.in.Kind == wsrm.CreateSequence:
		defer b.release()
		return srv.create(ctx, peer, env, b), nil
	default:
		var answer *soap.Envelope
		b.in.M = letter{env, ctx}
		if answer, wrong = srv.serve(ctx, peer, env, b); wrong == nil {
			return answer, nil
		}
	}
	kind := b.in.Kind
	b.release()
	if env.IsFault() {
		return nil, nil // a fault is never answered with a fault
	}
	return srv.blameAway(env, wrong.answer(env), kind), nil
}

// serve brings a request to its session. A problem means that there is none, and b is still the caller's.
func (srv *Server) serve(ctx context.Context, peer transport.Peer, env *soap.Envelope, b *inbound) (*soap.Envelope, *problem) {
	if answer, ours, wrong := srv.arrive(env, b); ours {
		if wrong == nil {
			b.release()
		}
		return answer, wrong
	}
	id := b.identifier()
	if id == "" {
		return nil, srv.outsider(env, b)
	}
	if elsewhere(env, b.in.Kind) && polled(env.ReplyTo) {
		return nil, onlyAnonymous("ReplyTo")
	}
	if blames(env, b.in.Kind) && polled(env.FaultTo) {
		return nil, onlyAnonymous("FaultTo")
	}
	s, d := srv.find(peer, id, b.rm.Version)
	if s != nil {
		if wrong := s.direct(b, env); wrong != nil {
			return nil, wrong
		}
		answer, lives := s.serveRequest(ctx, b, env)
		if lives {
			return answer, nil
		}
		d = s.tombstone()
	}
	if d == nil {
		return nil, unknownSequence(b.rm.Version, id)
	}
	a := d.Reply(b.in.Kind, &b.rm, env.MessageID)
	kind := b.in.Kind
	b.release()
	answer := response(&engine.Finish[letter]{What: a.What, Kind: a.Kind, RM: a.RM, RelatesTo: a.RelatesTo, Body: a.Body, Fault: a.Fault}, env, new(sheet))
	return srv.answerAway(env, answer, kind), nil
}

// find returns the session of that identifier, or what is left of it, if it is the peer's.
func (srv *Server) find(peer transport.Peer, id string, v wsrm.Version) (*Session, *engine.Tombstone) {
	s, d := srv.table.find(clock(), id)
	if s != nil && s.acc.peer.Principal == peer.Principal && s.version == v {
		return s, nil
	}
	if d != nil && d.principal == peer.Principal && d.Version == v {
		return nil, d.Tombstone
	}
	return nil, nil
}

// tombstone returns what is left of a session that has ended.
func (s *Session) tombstone() *engine.Tombstone {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.acc.tomb
}

// blame ends the session that a malformed message names, if the message is such that it must end, and returns what to
// answer: to a stranger the same as always.
func (srv *Server) blame(peer transport.Peer, p *problem) *problem {
	if p.identifier == "" || p.info == nil || p.info.Code == wsrm.CodeCreateSequenceRefused {
		return p
	}
	s, _ := srv.find(peer, p.identifier, p.info.RM)
	if s == nil {
		s, _ = srv.mail.of(p.identifier, "")
	}
	if s == nil {
		return unknownSequence(p.info.RM, p.identifier)
	}
	if p.ends {
		s.mu.Lock()
		s.abort(clock(), "", sequenceError(p.info, s.id, false)) // whoever waits has sent other messages
		s.release()
	}
	return p
}

// outsider judges a message that names no sequence.
func (srv *Server) outsider(env *soap.Envelope, b *inbound) *problem {
	switch {
	case srv.set.Version == RM10 && env.Action == "":
		return &problem{fault: soap.AddressingFault("MessageAddressingHeaderRequired", "", "Action")}
	case srv.set.Version == RM10:
		// WCF: of February 2005, which has no fault of its own for it.
		return &problem{fault: soap.AddressingFault("ActionNotSupported", "", env.Action)}
	}
	// WS-RM 1.1, 4.8
	return &problem{info: &wsrm.FaultInfo{RM: wsrm.RM11, Code: wsrm.CodeWSRMRequired, Sender: true,
		Reason: "The RM Destination requires the use of WSRM."}}
}

// create makes a session, or finds the one that the same CreateSequence has made before.
func (srv *Server) create(ctx context.Context, peer transport.Peer, env *soap.Envelope, b *inbound) *soap.Envelope {
	refuse := func(p *problem) *soap.Envelope {
		srv.table.refuse()
		return srv.blameAway(env, p.answer(env), wsrm.CreateSequence)
	}
	if env.MessageID == "" {
		return refuse(&problem{fault: soap.AddressingFault("MessageAddressingHeaderRequired", "", "MessageID")})
	}
	v, body := b.rm.Version, b.in.Body
	if len(env.MessageID) > maxURI || len(env.To) > maxURI || body.Offer != nil && len(body.Offer.Identifier) > maxURI {
		return refuse(refused(v, true, fmt.Sprintf("An identifier or address has more than %d bytes.", maxURI)))
	}
	if polled(env.ReplyTo) || polled(env.FaultTo) || polled(body.AcksTo) {
		return refuse(refused(v, true, "WS-MakeConnection is not supported: AcksTo, ReplyTo and FaultTo must not be addresses that it polls."))
	}
	if blames(env, wsrm.CreateSequence) && srv.DialBack == nil {
		return refuse(refused(v, true, "FaultTo must be anonymous: this endpoint answers on the connection of the request only."))
	}
	// Strings of a received envelope share its memory: what a session keeps is copied.
	if body.Offer != nil {
		body.Offer.Identifier = strings.Clone(body.Offer.Identifier)
	}
	to := env.To
	if to == "" {
		to = env.Addressing.Anonymous()
	}
	mayDial := srv.DialBack != nil || srv.known(body.AcksTo) && (srv.known(env.ReplyTo) || body.Oneway && env.ReplyTo.None())
	c := srv.set.config()
	d := engine.Judge(&c, &engine.Request{Version: v, Body: body, RM: &b.rm, To: strings.Clone(to),
		ReplyAnonymous: env.ReplyTo.Anonymous(), MayDial: mayDial, ReplyAddress: addressOf(env.ReplyTo)})
	switch {
	case d.Fault == nil:
	case d.Fault.RM == 0: // WCF: of February 2005, which has no fault of its own for another version
		return refuse(&problem{fault: soap.AddressingFault("ActionNotSupported", "", env.Action)})
	default:
		return refuse(&problem{info: d.Fault})
	}

	now := clock()
	s := newSession(srv.set)
	s.id, s.replyID, s.version = d.ID, d.ReplyID, d.Version
	s.acc = &acceptor{srv: srv, messageID: strings.Clone(env.MessageID), response: d.Body, handler: srv.Handler,
		soap: env.Version, addressing: env.Addressing,
		peer: transport.Peer{Principal: strings.Clone(peer.Principal), Address: strings.Clone(peer.Address), Secure: peer.Secure}}
	if s.acc.handler == nil {
		s.acc.handler = Mux(nil)
	}
	if addressed(body.AcksTo) {
		if d.AcksTo = s.remote(body.AcksTo, wsrm.CreateSequence); d.AcksTo == 0 {
			return refuse(refused(v, true, "The endpoint reference AcksTo is too large, or its reference parameters cannot be sent."))
		}
	}
	s.engine = engine.NewAcceptor[letter](now, c, &d)
	if srv.Accept != nil {
		s.acc.accepted = make(chan struct{})
	}
	session, what := srv.table.add(now, s, d.ReplyID, srv.limits)
	switch what {
	case admitted:
		s.begin(ctx)
	case repeated:
		s = session
		if s.acc.accepted != nil {
			select {
			case <-s.acc.accepted:
			case <-ctx.Done():
				return nil
			}
		}
	case outlived:
		return refuse(refused(v, true, "The Sequence that this message created has ended."))
	case taken:
		return refuse(refused(v, true, "The Identifier of the Offer is in use."))
	case exhausted:
		return refuse(refused(v, false, "There are too many Sequences."))
	case late:
		return refuse(refused(v, false, "The service is shutting down."))
	}
	if s.acc.refusal != nil {
		return refuse(s.acc.refusal)
	}
	response := s.acc.response
	response.Oneway = body.Oneway && addressed(body.AcksTo)
	answer := answering(wsrm.New(wsrm.CreateSequenceResponse, &response, v, env.Version, env.Addressing), env, env.MessageID)
	if response.Oneway {
		answer.RelatesTo, answer.MessageID, answer.ReplyTo = "", newID(), none
		srv.tell(body.AcksTo, answer)
		return nil
	}
	return srv.answerAway(env, answer, wsrm.CreateSequence)
}

// begin arms a new session and asks Accept about it.
func (s *Session) begin(ctx context.Context) {
	s.mu.Lock()
	s.note(Event{Kind: Opened, Session: s})
	s.take(clock())
	s.release()
	if s.acc.srv.Accept == nil {
		return
	}
	s.acc.refusal = refused(s.version, false, "") // unless Accept returns
	defer func() {
		close(s.acc.accepted)
		if s.acc.refusal != nil {
			s.mu.Lock()
			s.abort(clock(), "", errRefused)
			s.release()
		}
	}()
	h, err := s.accept(&messageContext{s.ctx, ctx})
	if err == nil && s.ctx.Err() != nil {
		err = context.Cause(s.ctx)
	}
	if f, ok := errors.AsType[*soap.Fault](err); ok {
		s.acc.refusal = refused(s.version, f.Code == "Sender", f.Reason)
	} else if err != nil {
		s.set.logger().Error("rm: session not accepted", "err", err, "peer", s.acc.peer.Address)
	} else {
		s.acc.refusal = nil
		if h != nil {
			s.acc.handler = h
		}
	}
}

var errRefused = closed("rm: session refused by Accept")

// accept calls Accept and turns a panic into an error.
func (s *Session) accept(ctx context.Context) (h Handler, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return s.acc.srv.Accept(ctx, s)
}

// Sessions returns the sessions that live at the moment of the call, in no particular order.
func (srv *Server) Sessions() iter.Seq[*Session] {
	return func(yield func(*Session) bool) {
		for _, s := range srv.table.all() {
			if !yield(s) {
				return
			}
		}
	}
}

// Stats returns what the server has counted. It looks at every session.
func (srv *Server) Stats() ServerStats {
	st, sessions := srv.table.stats()
	for _, s := range sessions { // one that ends meanwhile is not counted among those of the past yet
		one := s.Stats()
		st.add(one)
		st.InFlight += one.InFlight
		st.Buffered += one.Buffered
		st.StoredReplies += one.StoredReplies
	}
	return st
}

// Shutdown ends the server in good order: new sessions are refused, sessions with nothing to do are ended, and the
// others as soon as they have nothing to do any more: no handler runs, no message waits, every reply is
// acknowledged, or went out three seconds ago. If ctx ends first, the sessions that are left are ended by SequenceTerminated faults, and its
// error is returned. It says how many messages were acknowledged and not handled, if there are any; which, Options.Logger is told.
// Clients learn of an ended session with their next message.
//
// Shut down the rm.Server first, while the carriers still answer, then the carriers, each with a context that has
// time left.
func (srv *Server) Shutdown(ctx context.Context) error {
	srv.stop()
	sessions := srv.table.all()
	look := func() {
		for _, s := range sessions {
			s.mu.Lock()
			s.take(clock()) // see drain
			s.release()
		}
	}
	look()
	again := time.NewTicker(lull / 10)
	defer again.Stop()
	for _, s := range sessions {
		for s.ctx.Err() == nil {
			select {
			case <-s.ctx.Done():
			case <-again.C:
				look()
			case <-ctx.Done():
				srv.Close()
				return shutdownError(sessions, ctx.Err())
			}
		}
	}
	return nil
}

// shutdownError is err with what was lost.
func shutdownError(sessions []*Session, err error) error {
	lost := 0
	for _, s := range sessions {
		s.mu.Lock()
		if s.end != nil {
			lost += len(s.end.Unhandled)
		}
		s.mu.Unlock()
	}
	if lost == 0 {
		return err
	}
	return fmt.Errorf("rm: %d acknowledged messages were not handled: %w", lost, err)
}

// Close ends all sessions at once, and refuses new ones from now on. Requests that wait are answered with
// SequenceTerminated faults, and the contexts of handlers end.
func (srv *Server) Close() error {
	srv.stop()
	for _, s := range srv.table.all() {
		s.mu.Lock()
		s.abort(clock(), "", errShutdown)
		s.release()
	}
	return nil
}

// stop refuses new sessions.
func (srv *Server) stop() {
	srv.start()
	srv.draining.Store(true)
	srv.table.close()
}

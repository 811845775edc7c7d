package engine

import (
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/window"
)

// Request is a CreateSequence to be judged.
type Request struct {
	Version        wsrm.Version
	Body           *wsrm.Body
	RM             *wsrm.Headers // may be nil
	To             string        // returned in Accept/AcksTo byte for byte
	ReplyAnonymous bool          // ReplyTo is absent or anonymous
	MayDial        bool          // addresses of the peer are allowed
	ReplyAddress   string        // of ReplyTo, if it is not anonymous
}

// Decision is what became of a CreateSequence: a new session, or a fault.
type Decision struct {
	Fault   *wsrm.FaultInfo // not nil: refused
	Version wsrm.Version
	ID      string
	ReplyID string // "": no offer
	Body    wsrm.Body
	Expires time.Duration
	AcksTo  Addr // where acknowledgements go; the shell sets it
}

// Judge decides about a CreateSequence, purely: whether it can be met, and with what answer. Limits on the number of
// sessions and the recognition of repeats are the server's. c.Version other than zero is the only version spoken.
func Judge(c *Config, r *Request) Decision {
	refuse := func(reason string) Decision {
		return Decision{Fault: &wsrm.FaultInfo{RM: r.Version, Code: wsrm.CodeCreateSequenceRefused, Sender: true, Reason: reason}}
	}
	if c.Version != 0 && c.Version != r.Version {
		// WCF: a service of one version does not know the other one's messages.
		if c.Version == wsrm.RM10 {
			return Decision{Fault: &wsrm.FaultInfo{Code: "ActionNotSupported", Sender: true, Reason: "Only WS-ReliableMessaging February 2005 messages are processed by this endpoint."}}
		}
		return Decision{Fault: &wsrm.FaultInfo{RM: wsrm.RM11, Code: wsrm.CodeWSRMRequired, Sender: true, Reason: "Only WS-ReliableMessaging 1.1 messages are processed by this endpoint."}}
	}
	b := r.Body
	switch {
	case b == nil || b.AcksTo == nil:
		return refuse("CreateSequence has no AcksTo.")
	case b.AcksTo.None():
		return refuse("AcksTo must not be the none address.") // WS-RM 1.1, 3.4
	case r.RM != nil && r.RM.UsesSSL:
		return refuse("UsesSequenceSSL is not supported.")
	case r.RM != nil && r.RM.UsesSTR, b.STR:
		return refuse("A Sequence bound to a security token is not supported.")
	case !r.MayDial && (!r.ReplyAnonymous || !b.AcksTo.Anonymous()):
		return refuse("AcksTo and ReplyTo must be anonymous: this endpoint answers on the connection of the request only.")
	}
	d := Decision{Version: r.Version, ID: c.NewID(), Expires: b.Expires}
	d.Body = wsrm.Body{Identifier: d.ID, Expires: b.Expires}
	if r.Version == wsrm.RM11 {
		d.Body.Behavior = behavior(c.Ordered)
	}
	if o := b.Offer; o != nil {
		switch {
		case o.Identifier == "":
			return refuse("Offer has no Identifier.")
		case r.Version == wsrm.RM11 && o.Endpoint != nil && !o.Endpoint.Anonymous() && o.Endpoint.Address != b.AcksTo.Address && o.Endpoint.Address != r.ReplyAddress:
			return refuse("Offer/Endpoint must be the address of AcksTo or ReplyTo.")
		}
		d.ReplyID = o.Identifier
		d.Body.Accept = true
		// WCF: Accept/AcksTo is compared with the address that the client was given, byte for byte.
		d.Body.AcksTo = &soap.EndpointReference{Address: r.To}
	}
	return d
}

// acceptor is the state of the side that accepted the sequence.
type acceptor[M any] struct {
	rcv     window.Receiver[*request[M]]
	reqs    map[Number]*request[M] // accepted, and not forgotten
	ready   deque[*request[M]]     // stored and waiting for a slot
	running int
	owed    int           // of them: those of which a reply is expected
	waiting int           // of reqs: neither handed over nor done
	bytes   int64         // of waiting messages and stored replies
	kept    int64         // of stored replies
	safe    window.Ranges // what may be acknowledged, where that is not what was accepted
	storing int
	passed  window.Ranges // ordered and stored: what was handed over, or need not be
	free    []*request[M]
	claimed []Number // mutant AckBeforeAccept

	replies window.Sender[*request[M]] // the offered sequence
	loose   deque[Number]              // requests whose unnumbered replies are kept, oldest first

	closed  bool   // nothing new is accepted
	over    bool   // TerminateSequence came: the session ends when the handlers are done
	last    Number // 2005/02: the number marked last; 1.1: LastMsgNumber
	hasLast bool
	ctl     []held  // legs of Close and Terminate, and what is to be answered elsewhere
	away    away[M] // what goes to addresses of the peer
}

// request is a numbered message of the peer, from its acceptance until nothing more can be asked about it.
type request[M any] struct {
	n      Number
	m      M
	size   int64
	kind   wsrm.Kind // Application; LastMessage: it is not delivered, or its reply is none of a handler's
	wants  bool      // an answer is expected
	mute   bool      // none but a fault
	here   bool      // a reply goes on its leg, and so do acknowledgements
	faults Wants     // where a fault goes; Nothing: where the reply does
	blame  Addr      // faults Elsewhere: there
	last   bool      // 2005/02: marked LastMessage, and so is its reply
	none   bool      // nothing but an acknowledgement may answer it
	closes bool      // 2005/02: its leg is held for the last reply, whether it wants one or not
	state  state
	legs   []held
	run    Leg  // the leg whose goroutine runs the handler
	joined bool // a leg has come

	reply M // state replied
	k     Number
	rsize int64
	said  Time // when it was last sent
	shown bool // it has gone out on a leg
	post  post // of the reply that goes elsewhere
}

// take returns a request to fill in.
func (a *acceptor[M]) take() *request[M] {
	if k := len(a.free); k > 0 {
		r := a.free[k-1]
		a.free = a.free[:k-1]
		return r
	}
	return new(request[M])
}

// release forgets r, and keeps its memory for another one.
func (a *acceptor[M]) release(r *request[M]) {
	delete(a.reqs, r.n)
	a.keep(r)
}

func (a *acceptor[M]) keep(r *request[M]) {
	if len(a.free) < spare {
		clear(r.legs)
		*r = request[M]{legs: r.legs[:0]}
		a.free = append(a.free, r)
	}
}

// spare is how many unused requests an acceptor keeps: enough for a few callers, little for an idle session.
const spare = 4

type state uint8

const (
	waiting state = iota // in the buffer, at the store, or for a slot
	running
	replied // the reply is kept until it is acknowledged
)

// held is a leg that waits.
type held struct {
	leg     Leg
	until   Time // it must be finished by then; 0: no such time
	turn    Time // it is held so long while a lower number is missing
	relates string
	kind    wsrm.Kind // of a leg of ctl: what it brought
	to      Addr      // not zero: it is answered there
}

// NewAcceptor makes the session that d describes.
func NewAcceptor[M any](now Time, c Config, d *Decision) *Session[M] {
	s := &Session[M]{cfg: c, version: d.Version, id: d.ID, replyID: d.ReplyID, phase: open, random: c.Random, acc: &acceptor[M]{}}
	a := s.acc
	w := window.Config{Size: c.Window, MaxRanges: wsrm.WrittenRanges, Unordered: !c.Ordered || c.Mutant == HoleSkipped, MinRetry: -1, MaxRetries: -1}
	if c.Mutant == SpanIgnored {
		w.Span, w.Size = 1<<30, 1<<20
	}
	a.rcv.Init(w)
	a.replies.Init(window.Config{Size: c.Window, Span: 1 << 30, MinRetry: -1, MaxRetries: -1})
	a.away.acksTo = d.AcksTo
	s.heard(now)
	if d.Expires > 0 {
		s.set(tExpires, now.Add(d.Expires))
	}
	return s
}

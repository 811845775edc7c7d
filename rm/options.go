package rm

import (
	"cmp"
	"crypto/rand"
	"encoding/xml"
	"log/slog"
	"math"
	mrand "math/rand/v2"
	"time"

	"github.com/google/uuid"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
	"github.com/gowsrm/wsrm/soap"
)

// Version is a version of the protocol. The zero value leaves the choice to the two sides.
type Version uint8

const (
	// RM10 is WS-ReliableMessaging of February 2005.
	RM10 = Version(wsrm.RM10)
	// RM11 is WS-ReliableMessaging 1.1 and 1.2, which are one protocol on the wire.
	RM11 = Version(wsrm.RM11)
)

func (v Version) String() string {
	switch v {
	case RM10:
		return "1.0"
	case RM11:
		return "1.1"
	}
	return "automatic"
}

// Options say how sessions behave. The zero value, like a nil pointer, is right for most. In each field zero means the
// default and a negative value means none: no limit, no delay. Options are copied when they are used first; what is
// changed later has no effect.
type Options struct {
	// Version is the version of the protocol. By default a client tries 1.1 and, if the server cannot, February
	// 2005; a Server takes whichever a client begins with. If it is set, it is the only one.
	Version Version

	// The next five are for the side that begins a session. A Server ignores them, and answers as it is spoken to.

	// SOAP is the version of SOAP, by default 1.2. It is never guessed.
	SOAP soap.Version
	// Addressing is the version of WS-Addressing, by default 1.0. It is never guessed.
	Addressing soap.Addressing
	// To is the endpoint that messages are sent to: its address, and its reference parameters as header blocks. By
	// default it is what the Exchanger's method Address says, if it has one.
	To *soap.EndpointReference
	// ReplyTo makes the session addressable: acknowledgements, replies and all other answers come as requests to
	// ReplyTo.Address, where that Server must be mounted on a carrier before the session is opened. A peer that opens a
	// sequence of its own for its replies opens it there. By default answers come on the connections of the requests,
	// which is right unless the other side demands an address: it makes every call two requests, and needs a
	// way back through firewalls.
	ReplyTo *Server
	// NoOffer leaves out the offer of a sequence for replies. For clients that only Send. Calls work too, but their
	// replies come unnumbered, and some servers refuse them.
	NoOffer bool

	// Window is how many messages may be unacknowledged, and on a Server how many may wait for the handler and
	// how many replies may wait for their acknowledgement. By default 64; at least 1.
	Window int
	// MaxRetries is how often a message is repeated before the session gives up: by default 8. Repeats come after
	// 0.4 s, then after twice the time, and so on up to 30 s. Negative: for as long as the session lives.
	MaxRetries int

	// The next four are for the side that receives messages: a Server. To a client only MaxBytes means something.

	// Unordered lets the handler have messages in the order of arrival. Each is still handled once.
	Unordered bool
	// AckHandled acknowledges a message after its handler has returned instead of when it is accepted. If the
	// handler panics, or fails with an error that is not a *soap.Fault, the message counts as not received, and the
	// peer's repeat runs the handler again: at least once instead of exactly once. Peers that wait for the
	// acknowledgement of a one-way message give up after a while: this library's after some three minutes.
	AckHandled bool
	// Concurrency is how many handlers of one session run at once: by default 1 if messages are ordered, and
	// Window if they are not. Ordered messages begin in order whatever it is, and none begins while a one-way message is
	// handled: only calls run side by side, whose client did not wait for the reply of one before it sent the next. With AckHandled, ordered
	// messages are handled one at a time.
	Concurrency int
	// MaxBytes bounds what one session buffers: messages that wait for a handler, replies that wait for their
	// acknowledgement, and on a client messages that its peer will acknowledge only at the end. By default 16 MiB.
	// If none waits for a handler, a message is taken all the same, so that the session goes on, but a call only if the
	// replies that its client has not acknowledged are no more than that. Without an offer, which has no
	// acknowledgements, replies are bounded by Window alone.
	MaxBytes int64

	// AckDelay is how long a client that has other exchanges open, or is addressable, waits for a message that can carry
	// the acknowledgement of a reply, before it sends it alone. By default 200 ms.
	AckDelay time.Duration
	// Understood reports whether the application handles header blocks of this name. A message with any other
	// block that must be understood is refused with a MustUnderstand fault. It is called from several
	// goroutines. Nil: none.
	Understood func(xml.Name) bool
	// Inactivity is how long a session lives without a word from its peer, by default 10 min. A client's session
	// says something after half of it. Handlers that run suspend it.
	Inactivity time.Duration
	// Logger takes what nobody else is told: failed handlers, sessions that died. It gets no message bodies. Nil:
	// slog.Default().
	Logger *slog.Logger
	// Trace is told what happens in a session, in order and one event at a time, on whatever goroutine is at hand.
	// It must not block and must not call the session, but for ID, Peer and Stats. Nil: nothing is told.
	Trace func(Event)
}

// settings are Options with the defaults filled in. They are shared by the sessions of a Server.
type settings struct {
	Options
	engine engine.Config // but for Random
}

// Defaults of Options.
const (
	defaultWindow     = 64
	defaultMaxRetries = 8
	defaultMaxBytes   = 16 << 20
	defaultAckDelay   = 200 * time.Millisecond
	defaultInactivity = 10 * time.Minute
)

func (o *Options) settings() *settings {
	var s settings
	if o != nil {
		s.Options = *o
	}
	s.Window = max(1, cmp.Or(s.Window, defaultWindow))
	s.MaxRetries = cmp.Or(s.MaxRetries, defaultMaxRetries)
	s.MaxBytes = cmp.Or(s.MaxBytes, defaultMaxBytes)
	s.AckDelay = cmp.Or(s.AckDelay, defaultAckDelay)
	s.Inactivity = cmp.Or(s.Inactivity, defaultInactivity)
	switch {
	case s.AckHandled && !s.Unordered:
		s.Concurrency = 1
	case s.Concurrency < 0:
		s.Concurrency = math.MaxInt
	case s.Concurrency == 0 && s.Unordered:
		s.Concurrency = s.Window
	case s.Concurrency == 0:
		s.Concurrency = 1
	}
	s.engine = engine.Config{
		Version:     wsrm.Version(s.Version),
		Offer:       !s.NoOffer,
		Addressed:   s.ReplyTo != nil,
		NewID:       newID,
		Window:      s.Window,
		MaxRetries:  s.MaxRetries,
		MaxBytes:    s.MaxBytes,
		Concurrency: s.Concurrency,
		Ordered:     !s.Unordered,
		AckHandled:  s.AckHandled,
		AckDelay:    s.AckDelay,
		Inactivity:  s.Inactivity,
		NoEvents:    s.Trace == nil,
	}
	return &s
}

// config is the engine's configuration of one session.
func (s *settings) config() engine.Config {
	c := s.engine
	c.Random = mrand.Uint64()
	return c
}

func (s *settings) logger() *slog.Logger {
	if s.Logger != nil {
		return s.Logger
	}
	return slog.Default()
}

// newID returns a new identifier of a sequence or message: 122 random bits.
func newID() string {
	var u uuid.UUID
	_, _ = rand.Read(u[:]) // it does not fail, and unlike uuid.New allocates nothing
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	return u.URN()
}

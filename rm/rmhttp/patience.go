package rmhttp

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
)

// message is a request on its way. The contexts of all attempts at it have it, also of those that are made when nobody waits any
// more.
type message struct {
	header   http.Header // goes with each attempt
	attempts atomic.Int32
	answered atomic.Bool // the first attempt was

	began  time.Time
	oneWay func() bool // the service is known not to reply to such a message. Nil: nobody waits for a reply
	cancel context.CancelFunc

	mu    sync.Mutex
	timer *time.Timer // runs when a repeat was acknowledged
	over  bool        // the reply is not waited for any more
}

// messageKey is its key in a context.
type messageKey struct{}

// leastPatience is how long a reply is waited for, at least, when a repeat was acknowledged without one. The session makes some
// four more attempts in that time, each of which brings the reply if the service has one. Arbitrary.
const leastPatience = 10 * time.Second

// acknowledge notes that a repeat brought an acknowledgement and no reply. The reply may have been lost, and the service will
// repeat it; or the service is still at work, and answers later; or there is none. So it is waited for as long again as it took to
// learn of the acknowledgement: a service at which connections break after a minute gets another one.
func (m *message) acknowledge() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.oneWay == nil || m.timer != nil {
		return
	}
	wait := max(leastPatience, time.Since(m.began))
	if m.oneWay() {
		wait = 0
	}
	m.timer = time.AfterFunc(wait, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.over = true
		m.cancel()
	})
}

// verdict ends the waiting, and returns what the error of Call means then: the end of our patience is ErrNoReply, earlier than the
// session would say so.
func (m *message) verdict(err error) error {
	m.cancel()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.oneWay = nil
	if m.timer != nil {
		m.timer.Stop()
	}
	doubt, ok := errors.AsType[*rm.InDoubtError](err)
	if ok && m.over && errors.Is(err, context.Canceled) {
		return &rm.InDoubtError{Session: doubt.Session, Numbers: doubt.Numbers, Err: rm.ErrNoReply}
	}
	return err
}

// acknowledgesOnly reports whether answer says that the message in request has arrived, and nothing else.
func acknowledgesOnly(answer, request *soap.Envelope) bool {
	if answer.BodyName().Local != "" {
		return false
	}
	b, err := request.AppendXML(nil)
	if err != nil {
		return false
	}
	sent, err := soap.Parse(b, &soap.Limits{Bytes: -1, Depth: -1, Blocks: -1, Attrs: -1})
	if err != nil {
		return false
	}
	for _, ns := range []string{ns11, ns10} {
		var of struct {
			Identifier    string
			MessageNumber uint64
		}
		var ack struct {
			Identifier string
			Ranges     []struct {
				Lower uint64 `xml:",attr"`
				Upper uint64 `xml:",attr"`
			} `xml:"AcknowledgementRange"`
		}
		if ok, err := sent.Header(ns, "Sequence", &of); !ok || err != nil {
			continue
		}
		if ok, _ := answer.Header(ns, "Sequence", nil); ok {
			return false // an empty reply
		}
		if ok, err := answer.Header(ns, "SequenceAcknowledgement", &ack); !ok || err != nil || ack.Identifier != of.Identifier {
			return false
		}
		for _, r := range ack.Ranges {
			if r.Lower <= of.MessageNumber && of.MessageNumber <= r.Upper {
				return true
			}
		}
	}
	return false
}

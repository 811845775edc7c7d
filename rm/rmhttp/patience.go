package rmhttp

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
)

// message is a request on its way. The contexts of all attempts at it have it, also of those that are made when nobody waits any
// more.
type message struct {
	of     *carrier    // that makes the attempts; any other has nothing to do with it, though it may see the context
	header http.Header // goes with each attempt
	oneWay func() bool // the service is known not to reply to such a message. Nil: nobody waits for a reply
	cancel context.CancelCauseFunc

	mu       sync.Mutex
	attempts int
	began    time.Time     // the first attempt; before it the message waits for room
	open     int           // attempts under way
	answered bool          // the first attempt was
	learned  time.Duration // after which the first repeat was acknowledged without a reply
	over     bool          // the reply is not waited for any more
}

// messageKey is its key in a context.
type messageKey struct{}

// leastPatience is how long a reply is waited for, at least, when a repeat was acknowledged without one. After it comes the
// fifth repeat, some twelve seconds after the first attempt; each of them brings the reply if the service has one. Arbitrary.
const leastPatience = 8 * time.Second

// begin begins an attempt, and returns which it is, from 1.
func (m *message) begin() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.attempts++; m.attempts == 1 {
		m.began = time.Now()
	}
	m.open++
	return m.attempts
}

// end notes what attempt n brought.
//
// If it is a repeat, and brought an acknowledgement and no reply, the reply was lost and the service will repeat it; or the service is
// still at work, and answers later; or there is none. So attempts go on for as long again as it took to learn of the
// acknowledgement: a service at which connections break after a minute gets another one.
func (m *message) end(n int, answer, request *soap.Envelope) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.open--
	if n == 1 {
		m.answered = answer != nil
		return
	}
	if m.oneWay == nil || m.open > 0 || answer == nil || !acknowledgesOnly(answer, request) {
		return
	}
	now := time.Since(m.began)
	if m.learned == 0 {
		m.learned = now
	}
	if now >= m.learned+max(m.learned, leastPatience) || m.oneWay() {
		m.over = true
		m.cancel(rm.ErrNoReply)
	}
}

// verdict ends the waiting, and returns what the error of Call means then: the end of our patience is ErrNoReply, earlier than the
// session would say so.
func (m *message) verdict(err error) error {
	m.cancel(nil)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.oneWay = nil
	doubt, ok := errors.AsType[*rm.InDoubtError](err)
	if ok && m.over && errors.Is(err, context.Canceled) {
		return &rm.InDoubtError{Session: doubt.Session, Numbers: doubt.Numbers, Err: rm.ErrNoReply}
	}
	return err
}

// wasAnswered reports whether the first attempt was.
func (m *message) wasAnswered() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.answered
}

// acknowledgesOnly reports whether answer says that the message in request has arrived, and nothing else.
func acknowledgesOnly(answer, request *soap.Envelope) bool {
	ns, ok := strings.CutSuffix(answer.Action, "/SequenceAcknowledgement")
	if !ok || !ofRM(ns) {
		return false
	}
	var ack struct {
		Identifier string
		Ranges     []struct {
			Lower uint64 `xml:",attr"`
			Upper uint64 `xml:",attr"`
		} `xml:"AcknowledgementRange"`
	}
	if ok, err := answer.Header(ns, "SequenceAcknowledgement", &ack); !ok || err != nil {
		return false
	}
	// Which message it is, only the session knows, which writes it as the request is written.
	b, err := request.AppendXML(nil)
	if err != nil {
		return false
	}
	sent, err := soap.Parse(b, &soap.Limits{Bytes: -1, Depth: -1, Blocks: -1, Attrs: -1})
	if err != nil {
		return false
	}
	var of struct {
		Identifier    string
		MessageNumber uint64
	}
	if ok, err := sent.Header(ns, "Sequence", &of); !ok || err != nil || of.Identifier != ack.Identifier {
		return false
	}
	for _, r := range ack.Ranges {
		if r.Lower <= of.MessageNumber && of.MessageNumber <= r.Upper {
			return true
		}
	}
	return false
}

package echo

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/window"
)

// SessionReport is what one session was given.
type SessionReport struct {
	ID         string        `json:"id"`
	Version    string        `json:"version"`      // of WS-ReliableMessaging: "1.0" (February 2005) or "1.1"; "" before the first message
	Count      int           `json:"count"`        // messages delivered to the handler
	First      window.Number `json:"first"`        // the number of the first that was delivered, 0: none
	Last       window.Number `json:"last"`         // and of the last
	Duplicates int           `json:"duplicates"`   // delivered though the number had been delivered before
	OutOfOrder int           `json:"out_of_order"` // delivered after a greater number
	Closed     bool          `json:"closed"`       // ended in good order
}

// Report is what all sessions were given, oldest first.
type Report struct {
	Sessions  []SessionReport `json:"sessions"`
	Open      int             `json:"open"`                // sessions that have not ended
	Forgotten int             `json:"forgotten,omitempty"` // older sessions, no longer listed
}

// Report tells what the sessions were given so far.
func (s *Service) Report() Report {
	s.mu.Lock()
	records := append([]*record(nil), s.records...)
	report := Report{Sessions: make([]SessionReport, 0, len(records)), Open: len(s.open), Forgotten: s.forgotten}
	s.mu.Unlock()
	for _, r := range records {
		report.Sessions = append(report.Sessions, r.report())
	}
	return report
}

// JSON returns the report as one line.
func (s *Service) JSON() []byte {
	b, err := json.Marshal(s.Report())
	if err != nil {
		panic("BUG: " + err.Error()) // the types above always encode
	}
	return append(b, '\n')
}

// record is what one session was given.
type record struct {
	id string

	mu         sync.Mutex
	version    string
	numbers    window.Ranges // delivered
	count      int
	first      window.Number
	last       window.Number
	duplicates int
	outOfOrder int
	closed     bool
	counter    int64 // of next
}

// The namespaces of WS-ReliableMessaging: what a message was sent in tells the session's version.
const (
	rm10 = "http://schemas.xmlsoap.org/ws/2005/02/rm"
	rm11 = "http://docs.oasis-open.org/ws-rx/wsrm/200702"
)

// delivered notes a message that has come to the handler.
func (r *record) delivered(m *rm.Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.count == 0 {
		r.first, r.version = m.Number, version(m.Envelope)
	}
	if fresh := r.numbers.Add(m.Number); !fresh {
		r.duplicates++
	} else if m.Number < r.numbers.Max() {
		r.outOfOrder++
	}
	r.count++
	r.last = m.Number
}

// next counts in the session.
func (r *record) next(_ context.Context, m *rm.Message) (*soap.Envelope, error) {
	var in Next
	if err := m.Decode(&in); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counter++
	return soap.New(ActionNextResponse, NextResponse{Number: r.counter}), nil
}

func (r *record) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
}

func (r *record) report() SessionReport {
	r.mu.Lock()
	defer r.mu.Unlock()
	return SessionReport{
		ID:         r.id,
		Version:    r.version,
		Count:      r.count,
		First:      r.first,
		Last:       r.last,
		Duplicates: r.duplicates,
		OutOfOrder: r.outOfOrder,
		Closed:     r.closed,
	}
}

func version(e *soap.Envelope) string {
	for h := range e.Headers() {
		switch {
		case h.Name.Local != "Sequence":
		case h.Name.Space == rm10:
			return "1.0"
		case h.Name.Space == rm11:
			return "1.1"
		}
	}
	return ""
}

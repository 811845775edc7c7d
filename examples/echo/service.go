package echo

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
)

// Service serves the operations and remembers what each session was given. Its methods fit the fields of an
// rm.Server and its Options:
//
//	service := &echo.Service{}
//	server := &rm.Server{Accept: service.Accept, Options: &rm.Options{Trace: service.Trace}}
//
// The zero value is ready. All methods may be called from any goroutine.
type Service struct {
	// Delay is how long each handler waits before it answers. 0: not at all.
	Delay time.Duration

	mu        sync.Mutex
	records   []*record // oldest first, at most maxRecords
	open      map[*rm.Session]*record
	forgotten int
}

// maxRecords is how many sessions are remembered. Arbitrary; a server that runs for weeks must not grow.
const maxRecords = 10_000

// Accept makes the handler of a new session, as rm.Server.Accept wants it. Each session has a handler of its own, so
// that next can count per session.
func (s *Service) Accept(_ context.Context, session *rm.Session) (rm.Handler, error) {
	r := &record{id: session.ID()}
	s.mu.Lock()
	if s.open == nil {
		s.open = make(map[*rm.Session]*record)
	}
	s.open[session] = r
	if len(s.records) == maxRecords {
		s.records = slices.Delete(s.records, 0, 1)
		s.forgotten++
	}
	s.records = append(s.records, r)
	s.mu.Unlock()

	operations := rm.Mux{
		ActionEchoString: echoString,
		ActionNext:       r.next,
		ActionFail:       fail,
		ActionPing:       ping,
	}
	return rm.HandlerFunc(func(ctx context.Context, m *rm.Message) (*soap.Envelope, error) {
		r.delivered(m)
		if err := wait(ctx, s.Delay); err != nil {
			return nil, err
		}
		return operations.ServeMessage(ctx, m)
	}), nil
}

// Trace takes the events of the server's sessions, as rm.Options.Trace wants it: it notes which ended in good order.
func (s *Service) Trace(e rm.Event) {
	if e.Kind != rm.Closed || e.Session == nil {
		return
	}
	s.mu.Lock()
	r := s.open[e.Session]
	delete(s.open, e.Session)
	s.mu.Unlock()
	if r != nil && e.Err == nil {
		r.close()
	}
}

// The handlers. What they return is numbered, sent, and sent again until the client has it. A *soap.Fault as error
// goes out as it is, and so does what Decode says about a body that is not the expected one.

func echoString(_ context.Context, m *rm.Message) (*soap.Envelope, error) {
	var in EchoString
	if err := m.Decode(&in); err != nil {
		return nil, err
	}
	return soap.New(ActionEchoStringResponse, EchoStringResponse{Text: in.Text}), nil
}

func fail(_ context.Context, m *rm.Message) (*soap.Envelope, error) {
	var in Fail
	if err := m.Decode(&in); err != nil {
		return nil, err
	}
	return nil, &soap.Fault{Code: "Receiver", Reason: in.Text}
}

// ping is one-way: there is nobody to answer.
func ping(_ context.Context, m *rm.Message) (*soap.Envelope, error) {
	var in Ping
	return nil, m.Decode(&in)
}

func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
	"github.com/gowsrm/wsrm/window"
)

// network is the way between the two ends. The trouble on it is made by transport.Faults, as in a test of a program of
// your own; here somebody stands at each end of it and takes notes.
//
//	client -> near end -> faults -> far end -> real HTTP -> server
func network(faults transport.Faults, carrier http.RoundTripper, b *board) http.RoundTripper {
	return nearEnd{faults.RoundTripper(farEnd{carrier, b}), b}
}

// trip is one request on its way. It travels in the request's context from the near end to the far end.
type trip struct {
	message
	arrived atomic.Int32 // how many copies of it
}

type tripKey struct{}

// nearEnd sees what the client sees. To the client both losses look alike: the connection breaks before a response
// came. Whether the request had arrived, only the far end can tell.
type nearEnd struct {
	network http.RoundTripper
	board   *board
}

func (n nearEnd) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	r.Body.Close()
	if err != nil {
		return nil, err
	}
	t := &trip{message: identify(body)}
	r = r.Clone(context.WithValue(r.Context(), tripKey{}, t))
	r.Body = io.NopCloser(bytes.NewReader(body))

	resp, err := n.network.RoundTrip(r)
	switch {
	case err == nil || r.Context().Err() != nil:
	case t.arrived.Load() == 0:
		n.board.note(requestLost, t.message, 0)
	default:
		n.board.note(responseLost, t.message, 0)
	}
	return resp, err
}

// farEnd sees what arrives at the server.
type farEnd struct {
	http.RoundTripper
	board *board
}

func (f farEnd) RoundTrip(r *http.Request) (*http.Response, error) {
	if t, ok := r.Context().Value(tripKey{}).(*trip); ok {
		f.board.note(arrived, t.message, int(t.arrived.Add(1)))
	}
	return f.RoundTripper.RoundTrip(r)
}

// message is what can be seen of a request from outside: its number or, if it has none, what it asks for. Those are the
// messages that open, keep up and close the session.
type message struct {
	number window.Number
	name   string
}

// identify reads a request. The number stands in the header block Sequence, whatever the version.
func identify(body []byte) message {
	env, err := soap.Parse(body, nil)
	if err != nil {
		return message{name: "unreadable"}
	}
	for h := range env.Headers() {
		var sequence struct{ MessageNumber window.Number }
		if h.Name.Local == "Sequence" && h.Decode(&sequence) == nil {
			return message{number: sequence.MessageNumber}
		}
	}
	if name := env.BodyName().Local; name != "" {
		return message{name: name}
	}
	return message{name: "acknowledgement"}
}

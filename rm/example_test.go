package rm_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"time"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

// What the examples talk about. A program has types of its own, with tags for encoding/xml.
type Greet struct {
	Name string `xml:"http://example.org/greeter name"`
}

type Greeting struct {
	Text string `xml:"http://example.org/greeter text"`
}

const greeter = "http://example.org/greeter"

func greet(_ context.Context, m *rm.Message) (*soap.Envelope, error) {
	var in Greet
	if err := m.Decode(&in); err != nil {
		return nil, err // the caller reads a Sender fault
	}
	return soap.New(greeter+"/greetResponse", Greeting{Text: "hello, " + in.Name}), nil
}

// A client and a server. Over HTTP, the Exchanger is a *soaphttp.Client, and a *soaphttp.Handler serves the Server.
func Example() {
	server := &rm.Server{Handler: rm.Mux{greeter + "/greet": greet}}

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := rm.Open(ctx, &transport.Pipe{Handler: server}, nil)
	if err != nil {
		log.Fatal(err)
	}
	reply, err := s.Call(ctx, soap.New(greeter+"/greet", Greet{Name: "world"}))
	if err != nil {
		log.Fatal(err)
	}
	var out Greeting
	if err := reply.Decode(&out); err != nil {
		log.Fatal(err)
	}
	fmt.Println(out.Text)
	if err := s.Close(ctx); err != nil {
		log.Fatal(err)
	}
	// Output: hello, world
}

// One-way messages. Send returns as soon as there is room in the window; Close says whether everything has arrived.
func ExampleSession_Send() {
	server := &rm.Server{Handler: rm.Mux{
		greeter + "/log": func(_ context.Context, m *rm.Message) (*soap.Envelope, error) {
			var in Greet
			if err := m.Decode(&in); err != nil {
				return nil, err
			}
			fmt.Println(m.Number, in.Name)
			return nil, nil
		},
	}}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := rm.Open(ctx, &transport.Pipe{Handler: server}, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"one", "two", "three"} {
		if _, err := s.Send(ctx, soap.New(greeter+"/log", Greet{Name: name})); err != nil {
			log.Fatal(err)
		}
	}
	if err := s.Close(ctx); err != nil {
		log.Fatal(err) // an *rm.InDoubtError
	}
	// Output:
	// 1 one
	// 2 two
	// 3 three
}

// A program that runs for long opens another session when one has ended, and sends again what was certainly not done. What
// is in doubt it reports: nobody but the program can know whether it may be done twice.
func ExampleSession() {
	server := &rm.Server{Handler: rm.Mux{greeter + "/greet": greet}}
	var s *rm.Session
	call := func(ctx context.Context, request *soap.Envelope) (*soap.Envelope, error) {
		for {
			if s == nil {
				var err error
				if s, err = rm.Open(ctx, &transport.Pipe{Handler: server}, nil); err != nil {
					return nil, err
				}
			}
			reply, err := s.Call(ctx, request)
			_, fault := errors.AsType[*soap.Fault](err)
			_, doubt := errors.AsType[*rm.InDoubtError](err)
			if err == nil || fault || doubt || !errors.Is(err, net.ErrClosed) {
				return reply, err
			}
			s = nil // it has ended, and the request was not sent
		}
	}

	ctx := context.Background()
	for _, name := range []string{"one", "two"} {
		reply, err := call(ctx, soap.New(greeter+"/greet", Greet{Name: name}))
		if err != nil {
			log.Fatal(err)
		}
		var out Greeting
		if err := reply.Decode(&out); err != nil {
			log.Fatal(err)
		}
		fmt.Println(out.Text)
		s.Abort(errors.New("an accident"))
	}
	// Output:
	// hello, one
	// hello, two
}

// State that belongs to a session.
func ExampleServer_accept() {
	server := &rm.Server{
		Accept: func(_ context.Context, s *rm.Session) (rm.Handler, error) {
			calls := 0
			return rm.HandlerFunc(func(context.Context, *rm.Message) (*soap.Envelope, error) {
				calls++ // ordered: one handler of the session runs at a time
				return soap.New(greeter+"/countResponse", Greeting{Text: fmt.Sprint(calls)}), nil
			}), nil
		},
	}
	ctx := context.Background()
	for range 2 {
		s, err := rm.Open(ctx, &transport.Pipe{Handler: server}, nil)
		if err != nil {
			log.Fatal(err)
		}
		for range 2 {
			reply, err := s.Call(ctx, soap.New(greeter+"/count", Greet{}))
			if err != nil {
				log.Fatal(err)
			}
			var out Greeting
			if err := reply.Decode(&out); err != nil {
				log.Fatal(err)
			}
			fmt.Println(out.Text)
		}
		if err := s.Close(ctx); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// 1
	// 2
	// 1
	// 2
}

// The order of an orderly end: first the sessions, while the carriers can still answer, then the carriers. Each has a
// context with time left.
func ExampleServer_Shutdown() {
	server := &rm.Server{Handler: rm.Mux{greeter + "/greet": greet}}
	// web := &http.Server{Handler: &soaphttp.Handler{Server: server}}

	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		log.Println("sessions were cut off:", err)
	}
	// ctx, cancel = context.WithTimeout(context.Background(), 5*time.Second)
	// defer cancel()
	// web.Shutdown(ctx)

	_, err := rm.Open(context.Background(), &transport.Pipe{Handler: server}, nil)
	fmt.Println(err)
	// Output: rm: open: session refused by the peer: CreateSequenceRefused: The service is shutting down.
}

// Command quickstart shows what reliable messaging is for. A client makes payments, a server books them, and both speak
// SOAP over real HTTP; but the network between them loses requests and responses, doubles some, and lets later ones
// overtake earlier ones.
//
//	go run ./examples/quickstart
//	go run ./examples/quickstart -count 200 -window 16 -loss 0.3 -seed 7
//
// It shows live what happens to each message, and compares at the end what the client asked for with what the server
// has booked. It ends with status 1 if a payment was lost, booked twice or booked out of order.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"time"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/transport"
	"github.com/gowsrm/wsrm/transport/soaphttp"
	"github.com/gowsrm/wsrm/window"
)

func main() {
	count := flag.Int("count", 60, "make `N` payments")
	loss := flag.Float64("loss", 0.1, "lose each request, and each response, with probability `P`")
	size := flag.Int("window", 8, "leave `N` messages unacknowledged at most")
	seed := flag.Uint64("seed", 4, "seed of the network: the same one loses the same messages")
	lines := flag.Bool("lines", !isTerminal(os.Stdout), "print a line for each event instead of a picture")
	flag.Parse()
	if flag.NArg() > 0 || *count < 1 || *size < 1 || !(*loss >= 0 && *loss < 1) {
		fmt.Fprintln(os.Stderr, "quickstart: -count and -window begin at 1, -loss is from 0 up to, but not, 1")
		os.Exit(2)
	}
	faults := transport.Faults{
		Seed:        *seed,
		LoseRequest: *loss,
		LoseReply:   *loss,
		Repeat:      *loss / 2,
		Delay:       40 * time.Millisecond, // at most, and each message another: so they overtake each other
	}
	fmt.Printf("%d payments over HTTP, window %d; %.0f %% of the requests and %.0f %% of the responses get lost\n", *count, *size, *loss*100, *loss*100)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second one ends the program at once
	b := newBoard(*count)
	shown := show(os.Stdout, b, !*lines)
	r, err := run(ctx, *count, *size, faults, b)
	shown()
	if err != nil {
		fmt.Println("\nthe session was not kept up to its end:", err)
	}
	if !r.report(os.Stdout, b.tallied()) || err != nil {
		os.Exit(1)
	}
}

// result is what the two ends have to say afterwards.
type result struct {
	receipts       []receipt // the client's
	entries        []string  // in the server's book
	client, server rm.Stats  // of the ends of the session
}

// run is the whole of it: a server, a client, the payments, and the end of the session in good order. The error is that
// of the session; what became of each payment is in the result.
func run(ctx context.Context, count, size int, faults transport.Faults, b *board) (r result, err error) {
	quiet := slog.New(slog.DiscardHandler) // the board tells it all

	// The server: a handler for each action, served over HTTP.
	var book book
	var served atomic.Pointer[rm.Session]
	server := &rm.Server{
		Handler: rm.Mux{actionBook: book.book},
		Options: &rm.Options{Logger: quiet, Trace: func(e rm.Event) {
			served.Store(e.Session)
			switch e.Kind {
			case rm.Delivered:
				b.note(delivered, message{number: e.Number}, 0)
			case rm.Dropped:
				b.note(dropped, message{number: e.Number}, 0)
			}
		}},
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return r, err
	}
	web := &http.Server{Handler: &soaphttp.Handler{Server: server}}
	defer web.Close()
	go web.Serve(listener)

	// The client: a session on top of SOAP over HTTP on top of the bad network.
	carrier := http.DefaultTransport.(*http.Transport).Clone()
	carrier.MaxIdleConnsPerHost = size
	defer carrier.CloseIdleConnections()
	exchanger := &soaphttp.Client{
		URL:  "http://" + listener.Addr().String() + "/",
		HTTP: &http.Client{Transport: network(faults, carrier, b)},
	}
	numbered := make(chan struct{}, count)
	session, err := rm.Open(ctx, exchanger, &rm.Options{Window: size, Logger: quiet, Trace: func(e rm.Event) {
		switch {
		case e.Number == 0: // what opens, keeps up and closes the session
		case e.Kind == rm.Transmitted:
			b.note(sent, message{number: e.Number}, e.Try)
			if e.Try == 1 {
				numbered <- struct{}{}
			}
		case e.Kind == rm.Acknowledged:
			b.note(acknowledged, message{number: e.Number}, 0)
		}
	}})
	if err != nil {
		return r, err
	}
	r.receipts = payAll(ctx, session, count, numbered, func(n window.Number) {
		b.note(answered, message{number: n}, 0)
	})
	closing, cancel := context.WithTimeout(ctx, 30*time.Second) // a closing session, too, repeats what gets lost
	defer cancel()
	err = session.Close(closing)

	// Afterwards, what each end says of itself.
	r.client = session.Stats()
	r.entries = book.read()
	if s := served.Load(); s != nil {
		r.server = s.Stats()
	}
	return r, err
}

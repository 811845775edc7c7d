// Command addressable calls a service that sends its answers to an address of the client's.
//
//	addressable                                                                  # both roles in one process
//	addressable -serve 127.0.0.1:8080 -answer 127.0.0.1:8081                     # or each in one of its own
//	addressable -call http://127.0.0.1:8080/ -listen 127.0.0.1:8081
//
// Mostly the answer to a request comes on its connection, and there is nothing to set. A client needs an address of its own if
//
//   - a service works for longer than a connection lives: behind proxies and load balancers that is a minute or so. Here
//     the request is over at once, and the reply may come hours later; by default a Call waits for some four hours.
//   - the other side demands it: CXF with a decoupled endpoint, WCF with CompositeDuplex, a WSDL whose policy
//     says NonAnonymousResponses.
//
// The price is a request of the server to the client: firewalls must let it through, and every call is two requests.
//
// What each side needs is in client.go and service.go. The program prints each request, and what came back on its connection
// if there was anything:
//
//	client -> service   CreateSequence
//	service -> client   CreateSequenceResponse
//	client -> service   report
//	service -> client   SequenceAcknowledgement
//	service -> client   reportResponse
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// config is what the command line asks for.
type config struct {
	serve, answer string
	takes         time.Duration

	call, listen, address string
	count                 int
}

func main() {
	var c config
	flag.StringVar(&c.serve, "serve", "", "be the service, at `ADDR`")
	flag.StringVar(&c.answer, "answer", "", "send answers to these `HOST:PORT,...` and nowhere else")
	flag.DurationVar(&c.takes, "takes", time.Second, "work for `D` on a report")
	flag.StringVar(&c.call, "call", "", "be the client of the service at `URL`")
	flag.StringVar(&c.listen, "listen", "127.0.0.1:0", "take the answers at `ADDR`")
	flag.StringVar(&c.address, "address", "", "name `URL` as the address for answers, if it is not that of -listen")
	flag.IntVar(&c.count, "count", 2, "ask for `N` reports")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "%q is not expected\n", flag.Arg(0))
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second one ends the program at once
	if err := run(ctx, c, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// run plays the roles that are asked for.
func run(ctx context.Context, c config, out io.Writer) error {
	wire := &wire{out: out}
	serves, calls := c.serve != "", c.call != ""
	if !serves && !calls {
		serves, calls = true, true
		c.serve = "127.0.0.1:0"
	}

	// The client's listener comes first: the address must work when the session is opened.
	var answers net.Listener
	if calls {
		var err error
		if answers, err = net.Listen("tcp", c.listen); err != nil {
			return err
		}
		defer answers.Close()
	}
	if serves {
		l, err := net.Listen("tcp", c.serve)
		if err != nil {
			return err
		}
		known := strings.FieldsFunc(c.answer, func(r rune) bool { return r == ',' })
		if calls {
			known = append(known, answers.Addr().String())
			c.call = "http://" + l.Addr().String() + "/"
		}
		s := newService(c.takes, known)
		end := begin(l, wire.shows("client", "service", s))
		defer end()
		defer s.shutdown()
		fmt.Fprintf(wire, "the service listens at http://%s/\n", l.Addr())
	}
	if !calls {
		<-ctx.Done()
		return nil
	}

	address := c.address
	if address == "" {
		address = "http://" + answers.Addr().String() + "/answers"
	}
	client := newClient(c.call, address)
	end := begin(answers, wire.shows("service", "client", client))
	defer end()
	return client.reports(ctx, c.count, wire)
}

// begin serves h at l until end is called.
func begin(l net.Listener, h http.Handler) (end func()) {
	front := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute}
	go func() {
		if err := front.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Print(err)
		}
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if front.Shutdown(ctx) != nil {
			front.Close()
		}
	}
}

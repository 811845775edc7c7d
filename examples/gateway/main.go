// Command gateway gives reliable sessions to programs that know nothing of them, without a line of code.
//
// In front of a plain SOAP service it takes reliable sessions and hands each message on once:
//
//	gateway -listen :8080 -to http://127.0.0.1:9090
//
// Beside a plain SOAP client it gives its requests a reliable way out; the client is pointed at the gateway instead of the service:
//
//	gateway -listen-out 127.0.0.1:8081 -reliable http://service.example.org
//
// One process can do both. Two gateways around an unreliable network make a plain client and a plain service reliable with each
// other. Path and query of a request are kept: what is asked of the gateway lies below the URL of the service, and the gateway's "/" is that
// URL itself, as for -to http://host/service.php.
//
// Whatever is no SOAP message passes through, and in front of a service so do messages without a session; -required refuses what is posted without one. A
// SOAP message has the content type text/xml or application/soap+xml. An envelope that is posted to -listen-out with another one is refused, by status 415,
// since it would pass through without a session. A WSDL (?wsdl) that passes through names the gateway instead of the service, so
// that clients that configure themselves by it come to the gateway; in front of a service it also says that reliable sessions are spoken.
//
// A session belongs to whoever opened it, so clients that the service tells apart must not share one: -session-by names the header field
// by which it does so, such as Cookie or X-Api-Key, if that is not Authorization.
//
// A service that cannot be reached is tried again, with each message of a session until -upstream-timeout is over; so it may be restarted. To a
// service that was reached a message is sent once. If that brings no answer, the client reads a fault, which says
// whether the message may have been handed on.
//
// What the gateway has acknowledged and not yet handed on is lost if it is killed. With -ack-handled it acknowledges only what the service
// has answered. What was not answered, or by a status of 500 or more without an envelope, its client repeats, and the service may get it twice.
//
// With -admin ADDR, GET /healthz there answers "ok" while the gateway takes new sessions, and GET /stats what it has counted, as JSON. SIGTERM and
// SIGINT end it in good order: first its sessions, then its connections; a second one ends it at once. If a listener fails, it ends likewise, with status 1.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	c, err := parse(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second one ends the program at once
	g, err := start(c)
	if err != nil {
		log.Fatal(oneLine(err))
	}
	fmt.Println(g.listening())
	if err := g.run(ctx); err != nil {
		log.Fatal(oneLine(err))
	}
}

// run serves until ctx ends, or a listener fails, which is an error.
func (g *gateway) run(ctx context.Context) error {
	var err error
	select {
	case <-ctx.Done():
	case err = <-g.failed:
		log.Print(oneLine(err))
	}
	return errors.Join(err, g.stop())
}

// gateway is what runs.
type gateway struct {
	config  *config
	in      *inward  // nil: not wanted
	out     *outward // likewise
	addr    map[string]string
	fronts  []*front      // in the order in which they end
	stopped chan struct{} // closed when it ends
	failed  chan error    // a listener
}

func start(c *config) (*gateway, error) {
	g := &gateway{config: c, addr: map[string]string{}, stopped: make(chan struct{}), failed: make(chan error, 3)}
	var secure *tls.Config
	var err error
	if c.cert != "" {
		pair, err := tls.LoadX509KeyPair(c.cert, c.key)
		if err != nil {
			return nil, fmt.Errorf("-tls-cert and -tls-key: %w", err)
		}
		secure = &tls.Config{Certificates: []tls.Certificate{pair}}
	}
	if c.to != nil {
		g.in = newInward(c)
		err = g.serve("in", c.listen, g.in, secure)
	}
	if err == nil && c.reliable != nil {
		g.out = newOutward(c)
		err = g.serve("out", c.listenOut, g.out, nil)
	}
	if err == nil && c.admin != "" {
		err = g.serve("admin", c.admin, g.administration(), nil)
	}
	if err != nil {
		g.stop()
		return nil, err
	}
	return g, nil
}

// serve begins to listen, with TLS if secure is not nil.
func (g *gateway) serve(name, addr string, h http.Handler, secure *tls.Config) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	g.addr[name] = l.Addr().String()
	front := newFront(h, limit(l, g.config.maxConns))
	g.fronts = append(g.fronts, front)
	go func() {
		var err error
		if front.TLSConfig = secure; secure != nil {
			err = front.ServeTLS(front.listener, "", "")
		} else {
			err = front.Serve(front.listener)
		}
		if !errors.Is(err, http.ErrServerClosed) {
			g.failed <- fmt.Errorf("%s: %w", name, err)
		}
	}()
	return nil
}

// listening is the line that says where.
func (g *gateway) listening() string {
	line := "listening"
	for _, name := range []string{"in", "out", "admin"} {
		if addr, ok := g.addr[name]; ok {
			line += " " + name + "=" + addr
		}
	}
	return line
}

// stop ends the sessions while their peers can still be told, then the connections.
func (g *gateway) stop() error {
	close(g.stopped)
	ctx, cancel := context.WithTimeout(context.Background(), g.config.patience)
	defer cancel()
	var errs []error
	if g.in != nil {
		errs = append(errs, g.in.reliable.Shutdown(ctx))
	}
	for _, front := range g.fronts {
		errs = append(errs, front.stop(ctx))
	}
	if g.out != nil {
		ctx, cancel := atLeast(ctx)
		defer cancel()
		errs = append(errs, g.out.reliable.Close(ctx))
	}
	return errors.Join(errs...)
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

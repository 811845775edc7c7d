// Command server serves the echo application over reliable sessions, to clients of any make.
//
//	server -http 127.0.0.1:8080
//	server -http 127.0.0.1:0 -https 127.0.0.1:0     # any free ports
//
// It answers on every path, in the SOAP, addressing and WS-ReliableMessaging version that it is spoken to in. When it
// is ready it prints where it listens; on GET /stats, and when SIGTERM or SIGINT ends it, what each session was given.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gowsrm/wsrm/examples/echo"
	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
	"github.com/gowsrm/wsrm/transport/soaphttp"
)

func main() {
	var (
		service echo.Service
		opts    rm.Options
		server  rm.Server
	)
	addr := flag.String("http", "", "listen for HTTP on `ADDR`, host:port; port 0 is any free one")
	addrTLS := flag.String("https", "", "listen for HTTPS on `ADDR`, with a throwaway certificate")
	flag.IntVar(&opts.Window, "window", 0, "hold back `N` messages of a session at most (default 64)")
	flag.DurationVar(&opts.Inactivity, "inactivity", 0, "end a session that has heard nothing for `D` (default 10m)")
	flag.DurationVar(&opts.AckDelay, "ack-delay", 0, "let an acknowledgement wait for `D` (default 200ms)")
	flag.IntVar(&opts.Concurrency, "concurrency", 0, "run `N` handlers of a session at once (default 1; unordered: the window)")
	flag.BoolVar(&opts.Unordered, "unordered", false, "deliver messages as they arrive")
	flag.BoolVar(&opts.AckHandled, "ack-handled", false, "acknowledge a message when its handler has returned")
	flag.IntVar(&server.MaxSessions, "max-sessions", 0, "serve `N` sessions at once (default 100000)")
	dialBack := flag.Bool("dial-back", false, "send answers to whatever addresses clients name: for tests only")
	flag.DurationVar(&service.Delay, "handler-delay", 0, "let each handler take `D`")
	flag.Parse()
	if flag.NArg() > 0 || *addr == "" && *addrTLS == "" {
		fmt.Fprintln(os.Stderr, "usage: server -http ADDR | -https ADDR [flags]")
		flag.PrintDefaults()
		os.Exit(2)
	}

	// A reliable service is an rm.Server with a Handler, or with Accept where each session has state of its own.
	opts.Trace = service.Trace
	server.Options = &opts
	server.Accept = service.Accept

	if *dialBack {
		// A server that faces strangers must look at to.Address here: they would have it send requests where they cannot.
		server.DialBack = func(_ context.Context, to *soap.EndpointReference) (transport.Exchanger, error) {
			return &soaphttp.Client{URL: to.Address}, nil
		}
	}

	// Over HTTP it is an http.Handler like any other. The default limit for an envelope, 4 MiB, is enough for most
	// services; this one is also asked to echo texts of that size.
	reliable := &soaphttp.Handler{Server: &server, Limits: &soap.Limits{Bytes: 16 << 20}}
	httpServer := &http.Server{
		Handler:           withStats(&service, reliable),
		ReadHeaderTimeout: 10 * time.Second,
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second one ends the program at once
	if err := listen(httpServer, *addr, *addrTLS, os.Stdout); err != nil {
		log.Fatal(err)
	}
	<-ctx.Done()
	os.Stdout.Write(service.JSON())

	// First the sessions, while their clients can still reach them; then the listeners. Each gets a context of its
	// own: a spent one would cut off the second.
	for _, shutdown := range []func(context.Context) error{server.Shutdown, httpServer.Shutdown} {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		if err := shutdown(ctx); err != nil {
			log.Print(err)
		}
		cancel()
	}
}

// withStats answers GET /stats itself and leaves everything else to next.
func withStats(service *echo.Service, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/stats" {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write(service.JSON())
	})
}

// Command middleware makes an existing SOAP service reliable by one line.
//
//	middleware -addr 127.0.0.1:8080
//
// The service is plain net/http and knows nothing of WS-ReliableMessaging. Behind an rmhttp.Handler it gets each message
// of a reliable session once, and plain callers still reach it as before:
//
//	go run ./examples/echo/client next -url http://127.0.0.1:8080/ -loss 0.1
//
// Its WSDL says so now, by a WS-RM Policy:
//
//	curl 'http://127.0.0.1:8080/?wsdl'
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gowsrm/wsrm/rm/rmhttp"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "listen at `ADDR`")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "%q is not expected\n", flag.Arg(0))
		flag.Usage()
		os.Exit(2)
	}
	l, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening http=%s\n", l.Addr())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second one ends the program at once
	if err := serve(ctx, l); err != nil {
		log.Fatal(err)
	}
}

func serve(ctx context.Context, l net.Listener) error {
	reliable := &rmhttp.Handler{Next: &service{}} // the line
	front := &http.Server{Handler: reliable, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute}

	failed := make(chan error, 1)
	go func() { failed <- front.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	// Sessions end first, while their clients can still be told, then the connections. Each has time of its own, and the
	// latter more than five seconds: for so long http.Server lets a new connection live on which nothing was asked yet.
	sessions, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := reliable.Shutdown(sessions)
	connections, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(err, front.Shutdown(connections))
}

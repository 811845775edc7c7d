// Command client runs one scenario of the echo application against a server of any make, in one session.
//
//	client next -url http://127.0.0.1:8080/ -count 1000
//	client echo -url http://127.0.0.1:8080/ -count 1000 -concurrency 8 -loss 0.1
//	client ping -url http://127.0.0.1:8080/ -rm 1.0 -soap 1.1
//
// The last line it prints is "ok SCENARIO count=N seconds=S rate=R" with exit status 0, or "failed SCENARIO: why" with
// exit status 1, where why says what went wrong or ended the session, and which messages are in doubt. Bad usage is
// exit status 2. The seconds run from the first message until the session is closed.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/gowsrm/wsrm/rm"
)

func main() {
	c, err := parse(os.Args[1:], os.Stderr)
	if err != nil {
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second one ends the program at once
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()

	elapsed, errs := run(ctx, c)
	if errs != nil {
		fmt.Printf("failed %s: %s\n", c.scenario, why(errs))
		os.Exit(1)
	}
	fmt.Printf("ok %s count=%d seconds=%.3f rate=%.0f\n", c.scenario, c.count, elapsed.Seconds(), float64(c.count)/elapsed.Seconds())
}

// run opens a session, plays the scenario in it, and closes it. It returns what went wrong.
func run(ctx context.Context, c *config) (time.Duration, []error) {
	if c.listen != "" {
		stop, err := c.beAddressable()
		if err != nil {
			return 0, []error{err}
		}
		defer stop()
	}
	s, err := rm.Open(ctx, c.exchanger(), &c.opts)
	if err != nil {
		return 0, []error{err}
	}
	start := time.Now()
	errs := scenarios[c.scenario](ctx, s, c)

	// A session must be closed. That is also when one-way messages are settled: nil says that the server has them all.
	if err := s.Close(ctx); err != nil {
		errs = append(errs, err)
	}
	return time.Since(start), errs
}

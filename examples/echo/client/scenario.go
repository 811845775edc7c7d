package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/gowsrm/wsrm/examples/echo"
	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/window"
)

// scenarios are what can be played in an open session. Each returns the errors of its calls.
var scenarios = map[string]func(context.Context, *rm.Session, *config) []error{
	"open": func(context.Context, *rm.Session, *config) []error { return nil },
	"echo": playEcho,
	"next": playNext,
	"ping": playPing,
	"fail": playFail,
}

// playEcho sends texts. Each must come back to the call that sent it.
func playEcho(ctx context.Context, s *rm.Session, c *config) []error {
	return c.each(func(i int) error {
		text := c.text(i)
		reply, err := s.Call(ctx, soap.New(echo.ActionEchoString, echo.EchoString{Text: text}))
		if err != nil {
			return err
		}
		var out echo.EchoStringResponse
		if err := reply.Decode(&out); err != nil {
			return err
		}
		if out.Text != text {
			return fmt.Errorf("echo %d came back as another text, %.32q", i, out.Text)
		}
		return nil
	})
}

// playNext counts in the server. A call that ran twice, or never, would leave a gap. From one goroutine the numbers come
// in order; from several nobody can say which call reaches the server first, but each number comes once.
func playNext(ctx context.Context, s *rm.Session, c *config) []error {
	var mu sync.Mutex
	var seen window.Ranges
	return c.each(func(i int) error {
		reply, err := s.Call(ctx, soap.New(echo.ActionNext, echo.Next{}))
		if err != nil {
			return err
		}
		var out echo.NextResponse
		if err := reply.Decode(&out); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		switch {
		case out.Number < 1 || out.Number > int64(c.count):
			return fmt.Errorf("next returned %d, of %d calls", out.Number, c.count)
		case !seen.Add(window.Number(out.Number)):
			return fmt.Errorf("next returned %d twice", out.Number)
		case c.concurrency == 1 && out.Number != int64(i+1):
			return fmt.Errorf("next returned %d instead of %d", out.Number, i+1)
		}
		return nil // count different numbers from 1 to count: all of them
	})
}

// playPing sends one-way messages. Send returns as soon as a message has its number; that they have all arrived is
// what Close is asked.
func playPing(ctx context.Context, s *rm.Session, c *config) []error {
	return c.each(func(i int) error {
		_, err := s.Send(ctx, soap.New(echo.ActionPing, echo.Ping{Text: c.text(i)}))
		return err
	})
}

// playFail calls what always fails. A SOAP fault is an answer like any other: it is numbered and repeated until it has
// arrived, and the session goes on.
func playFail(ctx context.Context, s *rm.Session, c *config) []error {
	return c.each(func(i int) error {
		text := c.text(i)
		_, err := s.Call(ctx, soap.New(echo.ActionFail, echo.Fail{Text: text}))
		fault, ok := errors.AsType[*soap.Fault](err)
		switch {
		case err == nil:
			return fmt.Errorf("call %d should have failed", i)
		case !ok:
			return err
		case fault.Reason != text:
			return fmt.Errorf("call %d failed with another reason: %w", i, err)
		}
		return nil
	})
}

// each calls f with 0 to count-1 from as many goroutines as were asked for. After an error nothing new begins; what
// has begun comes to its end.
func (c *config) each(f func(i int) error) []error {
	var (
		group  sync.WaitGroup
		mu     sync.Mutex
		next   int
		failed []error
	)
	take := func() (i int, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		i = next
		next++
		return i, i < c.count && failed == nil
	}
	for range c.concurrency {
		group.Go(func() {
			for i, ok := take(); ok; i, ok = take() {
				if err := f(i); err != nil {
					mu.Lock()
					failed = append(failed, err)
					mu.Unlock()
				}
			}
		})
	}
	group.Wait()
	return failed
}

// text is the text of message i: its own, and as long as was asked for.
func (c *config) text(i int) string {
	text := fmt.Sprintf("%d ", i)
	if n := c.size - len(text); n > 0 {
		text += strings.Repeat("the quick brown fox jumps over the lazy dog ", n/44+1)[:n]
	}
	return text
}

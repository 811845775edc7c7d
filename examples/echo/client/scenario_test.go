package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/examples/echo"
	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

func TestEach(t *testing.T) {
	for _, concurrency := range []int{1, 3, 50} {
		var mu sync.Mutex
		seen := make(map[int]int)
		c := &config{count: 20, concurrency: concurrency}
		require.Nil(t, c.each(func(i int) error {
			mu.Lock()
			defer mu.Unlock()
			seen[i]++
			return nil
		}))
		require.Len(t, seen, 20)
		for i := range 20 {
			require.Equal(t, 1, seen[i])
		}
	}
}

func TestEachStops(t *testing.T) {
	var calls atomic.Int32
	c := &config{count: 1000, concurrency: 1}
	errs := c.each(func(i int) error {
		if calls.Add(1) == 3 {
			return errors.New("third")
		}
		return nil
	})
	require.Len(t, errs, 1)
	require.EqualValues(t, 3, calls.Load())
}

// TestScenarios plays each of them against the server it is meant for, and against one that gets everything wrong.
func TestScenarios(t *testing.T) {
	liar := rm.HandlerFunc(func(_ context.Context, m *rm.Message) (*soap.Envelope, error) {
		switch m.Action {
		case echo.ActionEchoString:
			return soap.New(echo.ActionEchoStringResponse, echo.EchoStringResponse{Text: "something else"}), nil
		case echo.ActionNext:
			return soap.New(echo.ActionNextResponse, echo.NextResponse{Number: 2}), nil
		case echo.ActionFail:
			return nil, &soap.Fault{Reason: "for another reason"}
		}
		return nil, nil
	})
	mute := rm.HandlerFunc(func(_ context.Context, m *rm.Message) (*soap.Envelope, error) {
		return soap.New("urn:reply", nil), nil
	})
	for _, test := range []struct {
		scenario    string
		concurrency int
		handler     rm.Handler // nil: the service
		loss        float64
		wrong       string
	}{
		{scenario: "open"},
		{scenario: "echo"},
		{scenario: "echo", concurrency: 5},
		{scenario: "echo", concurrency: 5, loss: 0.2},
		{scenario: "echo", handler: liar, wrong: `echo 0 came back as another text, "something else"`},
		{scenario: "next"},
		{scenario: "next", concurrency: 5},
		{scenario: "next", concurrency: 5, loss: 0.2},
		{scenario: "next", handler: liar, wrong: "next returned 2 instead of 1"},
		{scenario: "next", concurrency: 5, handler: liar, wrong: "next returned 2 twice"},
		{scenario: "ping"},
		{scenario: "ping", concurrency: 5, loss: 0.2},
		{scenario: "fail"},
		{scenario: "fail", loss: 0.2},
		{scenario: "fail", handler: liar, wrong: "call 0 failed with another reason"},
		{scenario: "fail", handler: mute, wrong: "call 0 should have failed"},
	} {
		t.Run(test.scenario, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var service echo.Service
				server := &rm.Server{Handler: test.handler}
				if test.handler == nil {
					server.Accept = service.Accept
				}
				faults := transport.Faults{LoseRequest: test.loss, LoseReply: test.loss, Delay: 10 * time.Millisecond}
				s, err := rm.Open(t.Context(), faults.Exchanger(&transport.Pipe{Handler: server}), nil)
				require.NoError(t, err)
				c := &config{count: 30, concurrency: max(1, test.concurrency), size: 20}
				errs := scenarios[test.scenario](t.Context(), s, c)
				require.NoError(t, s.Close(t.Context()))
				if test.wrong != "" {
					require.NotEmpty(t, errs)
					require.Contains(t, why(errs), test.wrong)
				} else {
					require.Empty(t, errs)
				}
				if test.handler == nil {
					r := service.Report().Sessions[0]
					require.Zero(t, r.Duplicates+r.OutOfOrder)
				}
				require.NoError(t, server.Shutdown(t.Context()))
			})
		})
	}
}

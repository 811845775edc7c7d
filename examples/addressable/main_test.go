package main

import (
	"context"
	"io"
	"log"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

func TestAnswersComeToTheAddress(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(t.Context(), config{listen: "127.0.0.1:0", takes: 10 * time.Millisecond, count: 2}, &out))
	lines := strings.Split(out.String(), "\n")
	require.Regexp(t, `^the service listens at http://127\.0\.0\.1:\d+/$`, lines[0])
	require.Subset(t, lines, []string{
		"client -> service   CreateSequence", "service -> client   CreateSequenceResponse",
		"client -> service   report", "service -> client   reportResponse",
		"client -> service   TerminateSequence",
		"the report: all was well in January", "the report: all was well in February",
	})
	require.NotContains(t, out.String(), "a response", "nothing came on the requests' own connections")
}

// Without a connection to lose, a call waits for hours.
func TestReplyAfterHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient("", "http://client.example.org/answers")
		s := newService(4*time.Hour, nil)
		s.server.DialBack = func(context.Context, *soap.EndpointReference) (transport.Exchanger, error) {
			return &transport.Pipe{Handler: c.answers}, nil
		}
		session, err := rm.Open(t.Context(), &transport.Pipe{Handler: s.server}, &rm.Options{ReplyTo: c.answers})
		require.NoError(t, err)
		reply, err := session.Call(t.Context(), soap.New(ns+"/report", report{Month: "May"}))
		require.NoError(t, err)
		var answer reportResponse
		require.NoError(t, reply.Decode(&answer))
		require.Equal(t, "all was well in May", answer.Text)
		require.NoError(t, session.Close(t.Context()))
		s.shutdown()
	})
}

func TestOnlyToKnownAddresses(t *testing.T) {
	log.SetOutput(io.Discard)
	defer log.SetOutput(os.Stderr)
	dialBack := onlyTo([]string{"client.example.org:8081", "[2001:db8::1]:80"})
	for address, known := range map[string]bool{
		"http://client.example.org:8081/answers":          true,
		"https://client.example.org:8081/":                true,
		"http://[2001:db8::1]:80/":                        true,
		"http://client.example.org/answers":               false,
		"http://client.example.org:22/":                   false,
		"http://client.example.org:8081@169.254.169.254/": false,
		"http://169.254.169.254/latest/meta-data":         false,
		"http:///answers":                                 false,
		"urn:client":                                      false,
		"http://[::1":                                     false,
	} {
		x, err := dialBack(t.Context(), &soap.EndpointReference{Address: address})
		require.Equal(t, known, err == nil, address)
		require.Equal(t, known, x != nil, address)
	}
}

package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/transport"
)

const numbered7 = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing"` +
	` xmlns:r="http://docs.oasis-open.org/ws-rx/wsrm/200702"><s:Header><a:Action>urn:a</a:Action>` +
	`<r:Sequence s:mustUnderstand="1"><r:Identifier>urn:s</r:Identifier><r:MessageNumber>7</r:MessageNumber></r:Sequence>` +
	`</s:Header><s:Body><x xmlns="urn:x"/></s:Body></s:Envelope>`

func TestIdentify(t *testing.T) {
	for _, test := range []struct {
		name, body string
		want       message
	}{
		{"numbered", numbered7, message{number: 7}},
		{"of February 2005", strings.Replace(numbered7, "http://docs.oasis-open.org/ws-rx/wsrm/200702", "http://schemas.xmlsoap.org/ws/2005/02/rm", 1), message{number: 7}},
		{"without a number", `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><CloseSequence xmlns="urn:x"/></s:Body></s:Envelope>`, message{name: "CloseSequence"}},
		{"without a body", `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body/></s:Envelope>`, message{name: "acknowledgement"}},
		{"not SOAP", "hello", message{name: "unreadable"}},
	} {
		require.Equal(t, test.want, identify([]byte(test.body)), test.name)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestNetwork sends one message through networks that always do the same.
func TestNetwork(t *testing.T) {
	for _, test := range []struct {
		name   string
		faults transport.Faults
		broken bool // the carrier
		want   tally
		fails  bool
	}{
		{name: "good", want: tally{}},
		{name: "request lost", faults: transport.Faults{LoseRequest: 1}, want: tally{requestsLost: 1}, fails: true},
		{name: "response lost", faults: transport.Faults{LoseReply: 1}, want: tally{responsesLost: 1}, fails: true},
		{name: "doubled", faults: transport.Faults{Repeat: 1}, want: tally{doubled: 1}},
		{name: "doubled and the response lost", faults: transport.Faults{Repeat: 1, LoseReply: 1}, want: tally{doubled: 1, responsesLost: 1}, fails: true},
		{name: "a broken carrier", broken: true, want: tally{responsesLost: 1}, fails: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			carrier := roundTripper(func(r *http.Request) (*http.Response, error) {
				body, err := io.ReadAll(r.Body)
				require.NoError(t, err)
				require.Equal(t, numbered7, string(body), "arrives unchanged")
				if test.broken {
					return nil, errors.New("broken")
				}
				return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("yes"))}, nil
			})
			b := newBoard(10)
			client := &http.Client{Transport: network(test.faults, carrier, b)}
			resp, err := client.Post("http://example.org/", "application/soap+xml", strings.NewReader(numbered7))
			require.Equal(t, test.fails, err != nil)
			if err == nil {
				resp.Body.Close()
			}
			require.Equal(t, test.want, b.tallied())
		})
	}
}

func TestNetworkDoesNotCountWhoGivesUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	carrier := roundTripper(func(r *http.Request) (*http.Response, error) {
		cancel()
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	b := newBoard(1)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://example.org/", strings.NewReader(numbered7))
	require.NoError(t, err)
	_, err = network(transport.Faults{}, carrier, b).RoundTrip(r)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, tally{}, b.tallied())
}

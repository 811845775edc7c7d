package soaphttp

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wiretest"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

// What other programs have sent arrives: no head of theirs is at odds with its envelope.
func TestRecordedRequests(t *testing.T) {
	count := 0
	for _, c := range wiretest.All(t) {
		for _, m := range c.Messages {
			if !m.Request || !strings.HasPrefix(m.Start, "POST ") {
				continue
			}
			reached := false
			h := &Handler{Server: serverFunc(func(_ context.Context, _ transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
				reached = true
				return nil, nil
			})}
			header := []string{}
			for k := range m.Header {
				header = append(header, k, m.Header.Get(k))
			}
			resp := post(h, string(m.Body), header...)
			if m.Text() {
				count++
				text, _ := io.ReadAll(resp.Body)
				require.True(t, reached, "%s %s: %s %s", c.Name, m.Name, resp.Status, text)
			} else {
				require.False(t, reached, "%s %s", c.Name, m.Name)
			}
		}
	}
	require.Greater(t, count, 1000)
}

// What other programs have answered is read: an envelope, or nothing.
func TestRecordedResponses(t *testing.T) {
	kinds := map[string]int{}
	for _, c := range wiretest.All(t) {
		for _, m := range c.Messages {
			if m.Request {
				continue
			}
			var status int
			fmt.Sscanf(m.Start, "HTTP/1.1 %d", &status)
			header := m.Header.Clone()
			client := &Client{URL: testURL, HTTP: &http.Client{Transport: roundTripperFunc(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(string(m.Body))), ContentLength: -1}, nil
			})}}
			env, err := client.Exchange(t.Context(), request(soap.V12, "ask"))
			switch {
			case m.Text():
				require.NoError(t, err, "%s %s", c.Name, m.Name)
				require.NotNil(t, env, "%s %s", c.Name, m.Name)
				kinds["envelope"]++
			case len(m.Body) == 0 && status < 300:
				require.NoError(t, err, "%s %s", c.Name, m.Name)
				require.Nil(t, env, "%s %s", c.Name, m.Name)
				kinds["empty"]++
			default:
				require.Error(t, err, "%s %s", c.Name, m.Name)
				kinds[fmt.Sprint(status)]++
			}
		}
	}
	t.Log(kinds)
	require.Greater(t, kinds["envelope"], 1000)
	require.Greater(t, kinds["empty"], 100)
}

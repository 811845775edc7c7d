package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/rm/policy"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
	"github.com/gowsrm/wsrm/transport/soaphttp"
)

func TestServiceIsReliable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- serve(ctx, l) }()
	url := "http://" + l.Addr().String() + "/"

	// Reliable, over a network that loses a tenth of the requests and of the responses.
	faults := &transport.Faults{Seed: 5, LoseRequest: 0.1, LoseReply: 0.1}
	client := &soaphttp.Client{URL: url}
	s, err := rm.Open(ctx, faults.Exchanger(client), nil)
	require.NoError(t, err)
	const calls = 20
	var group sync.WaitGroup
	var numbers [calls]int
	for i := range calls {
		group.Go(func() {
			var out struct {
				Number int `xml:"number"`
			}
			reply, err := s.Call(ctx, soap.New("http://example.org/rm/echo/next", []byte(`<next xmlns="http://example.org/rm/echo"/>`)))
			if err == nil {
				err = reply.Decode(&out)
			}
			if err != nil {
				t.Error(err)
			}
			numbers[i] = out.Number
		})
	}
	group.Wait()
	require.NoError(t, s.Close(ctx))
	require.Positive(t, s.Stats().Resent, "there was something to prove")
	slices.Sort(numbers[:])
	for i, n := range numbers {
		require.Equal(t, i+1, n, "each call was made once")
	}

	// Plain, as before.
	resp, err := http.Get(url + "?wsdl")
	require.NoError(t, err)
	doc, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 200, resp.StatusCode)
	require.Equal(t, "text/xml; charset=utf-8", resp.Header.Get("Content-Type"))
	require.Equal(t, 4, strings.Count(string(doc), "<soap:operation "))
	endpoints, err := policy.Read(doc)
	require.NoError(t, err)
	require.Len(t, endpoints, 1)
	require.Equal(t, url, endpoints[0].Address)
	_, err = endpoints[0].Options()
	require.NoError(t, err, "it says that reliable sessions are spoken")
	resp, err = http.Post(url, "text/xml", strings.NewReader(`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><next xmlns="http://example.org/rm/echo"/></s:Body></s:Envelope>`))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 200, resp.StatusCode)

	client.CloseIdleConnections() // the server would wait for those that were never used
	http.DefaultClient.CloseIdleConnections()
	stop()
	require.NoError(t, <-done)
}

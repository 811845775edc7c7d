package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
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
	faults := &transport.Faults{Seed: 1, LoseRequest: 0.1, LoseReply: 0.1}
	s, err := rm.Open(ctx, faults.Exchanger(&soaphttp.Client{URL: url}), nil)
	require.NoError(t, err)
	for n := 1; n <= 20; n++ {
		reply, err := s.Call(ctx, soap.New("http://example.org/rm/echo/next", []byte(`<next xmlns="http://example.org/rm/echo"/>`)))
		require.NoError(t, err)
		var out struct {
			Number string `xml:"number"`
		}
		require.NoError(t, reply.Decode(&out))
		require.Equal(t, fmt.Sprint(n), out.Number, "each call was made once")
	}
	require.NoError(t, s.Close(ctx))

	// Plain, as before.
	resp, err := http.Get(url + "?wsdl")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 200, resp.StatusCode)
	resp, err = http.Post(url, "text/xml", strings.NewReader(`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><next xmlns="http://example.org/rm/echo"/></s:Body></s:Envelope>`))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 200, resp.StatusCode)

	stop()
	require.NoError(t, <-done)
}

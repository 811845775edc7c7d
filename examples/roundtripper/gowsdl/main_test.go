package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
	"github.com/gowsrm/wsrm/transport/soaphttp"
)

func TestClientOfAToolkitIsReliable(t *testing.T) {
	calls := 0
	server := &rm.Server{Handler: rm.Mux{ns + "/echoString": func(_ context.Context, m *rm.Message) (*soap.Envelope, error) {
		var in EchoString
		if err := m.Decode(&in); err != nil {
			return nil, err
		}
		calls++
		return soap.New(ns+"/echoStringResponse", EchoStringResponse{Text: in.Text}), nil
	}}}
	front := httptest.NewServer(&soaphttp.Handler{Server: server})
	defer front.Close()

	faults := &transport.Faults{Seed: 1, LoseRequest: 0.1, LoseReply: 0.1}
	if err := run(front.URL, 20, faults.RoundTripper(http.DefaultTransport)); err != nil {
		t.Fatal(err)
	}
	if calls != 20 {
		t.Fatalf("20 calls were made %d times", calls)
	}
	if st := server.Stats(); st.Created != 1 || st.Sessions != 0 {
		t.Fatalf("not one session that ended: %+v", st)
	}
}

package rm_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
	"github.com/gowsrm/wsrm/transport/soaphttp"
)

// A flood of CreateSequence, over HTTP and from more hosts than there are sessions to have, is refused beyond the limit; what
// it takes is bounded, and a session that there was before is served meanwhile.
func TestFloodOfCreateSequence(t *testing.T) {
	const most = 2000
	server := &rm.Server{
		Handler:     rm.Mux{greeter + "/greet": greet},
		MaxSessions: most,
		Options:     &rm.Options{Logger: slog.New(slog.DiscardHandler)},
	}
	defer server.Close()
	var host atomic.Int64
	h := &soaphttp.Handler{Server: elsewhere{server, &host}}
	srv := httptest.NewServer(h)
	defer srv.Close()

	// What a client sends first, to be sent by others too.
	var create *soap.Envelope
	client := &soaphttp.Client{URL: srv.URL}
	defer client.CloseIdleConnections()
	s, err := rm.Open(t.Context(), watched{client, func(env *soap.Envelope) {
		if create == nil {
			create = env
		}
	}}, &rm.Options{Version: rm.RM11, NoOffer: true}) // an offer has a name that cannot be had twice
	require.NoError(t, err)
	call := func() {
		_, err := s.Call(t.Context(), soap.New(greeter+"/greet", Greet{Name: "you"}))
		require.NoError(t, err)
	}
	call()
	flood := *create

	before := measure()
	for i := range 3 * most {
		host.Add(1)
		flood.MessageID = fmt.Sprintf("urn:flood:%d", i)
		_, err := client.Exchange(t.Context(), &flood)
		require.NoError(t, err)
		if i%500 == 0 {
			call()
		}
	}
	each := (measure() - before) / most
	st := server.Stats()
	t.Logf("%d sessions of %d wanted: %d B each", st.Sessions, 3*most, each)
	require.Equal(t, most, st.Sessions)
	require.EqualValues(t, 2*most+1, st.Refused)
	require.Less(t, each, int64(16<<10))
	call()
	require.NoError(t, s.Close(t.Context()))
}

// elsewhere lets each request come from a host of its own.
type elsewhere struct {
	transport.Handler
	host *atomic.Int64
}

func (e elsewhere) ServeExchange(ctx context.Context, p transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
	n := e.host.Load()
	p.Address = fmt.Sprintf("10.%d.%d.%d:1000", n>>16&255, n>>8&255, n&255)
	return e.Handler.ServeExchange(ctx, p, env)
}

// watched shows what is sent.
type watched struct {
	transport.Exchanger
	show func(*soap.Envelope)
}

func (w watched) Exchange(ctx context.Context, env *soap.Envelope) (*soap.Envelope, error) {
	w.show(env)
	return w.Exchanger.Exchange(ctx, env)
}

// measure is the memory in use.
func measure() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

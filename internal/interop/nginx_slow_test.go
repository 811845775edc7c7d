package interop

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/interop/peers"
)

// slow relays to a server, but keeps the fourth exchange and the seventh for 5 s: the request before it goes on, so that it arrives after its repeat,
// or the answer. done waits until nothing is under way any more.
func slow(t *testing.T, what, server string) (addr string, done func()) {
	t.Helper()
	var count atomic.Int64
	relay := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: server})
	pause := func(where string, n int64) {
		if where == what && (n == 4 || n == 7) {
			time.Sleep(5 * time.Second)
		}
	}
	type number struct{}
	relay.ModifyResponse = func(resp *http.Response) error {
		pause("answer", resp.Request.Context().Value(number{}).(int64))
		return nil
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := count.Add(1)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		pause("request", n)
		// The relay is not to learn that nginx has gone: it would keep what is late to itself.
		relay.ServeHTTP(struct{ http.ResponseWriter }{w}, r.WithContext(context.WithValue(context.WithoutCancel(r.Context()), number{}, n)))
	}))
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String(), srv.Close
}

// A server of another make that is too slow for the proxy in front of it, which says 504 to our client. What went out before goes on
// arriving; it is delivered once, and the client has all its replies.
func TestNginxTooSlowServers(t *testing.T) {
	t.Parallel()
	const count = 6
	impatient := proxied{nginxSettings: nginxSettings{name: "504", upstream: "keepalive 16;", location: http11 + "proxy_read_timeout 2s;"}, shows: "POST 504"}
	for _, v := range versions {
		for _, what := range []string{"request", "answer"} {
			for _, scenario := range []string{"next", "ping"} {
				if scenario == "ping" && what == "answer" {
					continue // answers to others acknowledge it before nginx gives up
				}
				t.Run("WCF/"+v.ours+"/"+scenario+"/late "+what, func(t *testing.T) {
					t.Parallel()
					s := serve(t, peers.WCF(t), "serve", "--http", "127.0.0.1:0")
					addr, done := slow(t, what, tap(t, s.addr["http"]))
					n := impatient.start(t, addr)
					runEcho(t, time.Minute, scenario, "http://"+n.addr+"/echo", "-rm", v.ours, "-count=6").wantOK(t, scenario, count)
					n.notes(t, impatient.shows)
					done()
					c := wcfServer{scenario: scenario, count: count, rm: v, soap: "1.2", wsa: "2005", delivered: count}
					settle(t, c.record(), func() (got wcfRecord) {
						s.stats(&got)
						require.GreaterOrEqual(t, got.Received, count)
						got.Received = count
						for i := range got.Sessions {
							got.Sessions[i].OutOfOrder, got.Sessions[i].Duplicates, got.Sessions[i].Retransmitted = 0, 0, 0
						}
						return got
					})
				})
			}
			for _, scenario := range []string{"echo", "ping"} {
				if scenario == "echo" && what == "answer" {
					continue // it gives no reply twice: TestGSOAPServer
				}
				t.Run("gSOAP/"+v.ours+"/"+scenario+"/late "+what, func(t *testing.T) {
					t.Parallel()
					s := serve(t, peers.GSOAP(t, "rmserver"), "--rm", v.gsoap, "0")
					addr, done := slow(t, what, tap(t, s.addr["http"]))
					n := impatient.start(t, addr)
					runEcho(t, time.Minute, scenario, "http://"+n.addr+"/echo", "-rm", v.ours, "-count=6").wantOK(t, scenario, count)
					n.notes(t, impatient.shows)
					done()
					want := rmserverRecord{Received: count, Delivered: count, Sequences: []rmserverSequence{{Count: count, Order: "1-6", InOrder: true, Complete: true}}}
					settle(t, want, func() (got rmserverRecord) {
						s.stats(&got)
						require.GreaterOrEqual(t, got.Received, count)
						// What arrives after the end of the session is answered by a fault.
						got.Received, got.Duplicates, got.Discarded, got.Faults = count, 0, 0, 0
						return got
					})
				})
			}
		}
	}
}

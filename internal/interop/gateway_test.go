package interop

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/interop/peers"
)

// gatewayStats is what examples/gateway says of the sessions in front of a service, or of those to one.
type gatewayStats struct {
	Sent, Acknowledged, Delivered, Created, Ended uint64
	Sessions, InFlight                            int
}

// gateway runs examples/gateway and returns the address for its clients, and what it counts.
func gateway(t *testing.T, way string, flags ...string) (addr string, stats func() gatewayStats) {
	t.Helper()
	t.Attr("gateway", way)
	s := serve(t, ours(t, "gateway"), append([]string{"-admin", "127.0.0.1:0"}, flags...)...)
	return s.addr[way], func() gatewayStats {
		resp, err := http.Get("http://" + s.addr["admin"] + "/stats")
		require.NoError(t, err)
		defer resp.Body.Close()
		var st map[string]gatewayStats
		require.NoError(t, json.NewDecoder(resp.Body).Decode(&st))
		return st[way]
	}
}

// A reliable client meets a plain service: examples/middleware without a session, which counts its calls. The client checks the numbers,
// so that a call that was made twice would show.
func TestGatewayInFrontOfAPlainService(t *testing.T) {
	type client struct {
		name, program string
		args          []string
	}
	for _, v := range versions {
		var clients []client
		for _, binding := range []string{"wshttp", "http11", "http12-2004", "http-utf16"} {
			clients = append(clients, client{"WCF " + binding, peers.WCF(t), []string{"--binding", binding, "--rm", v.wcf, "--drop-requests", "3", "--drop-responses", "6"}})
		}
		java := map[string]string{"1.0": "10", "1.1": "11"}[v.ours]
		for _, soap := range []string{"11", "12"} {
			clients = append(clients,
				client{"CXF SOAP " + soap, peers.CXF(t), []string{"--rm", java, "--soap", soap, "--drop-responses", "3"}},
				client{"Metro SOAP " + soap, peers.Metro(t), []string{"--rm", java, "--soap", soap, "--drop-requests", "3"}})
		}
		clients = append(clients, client{"ours", ours(t, "client"), []string{"-rm", v.ours, "-loss", "0.1"}})
		for _, c := range clients {
			for _, scenario := range []string{"echo", "next", "ping", "fail"} {
				t.Run(fmt.Sprintf("%s/%s/%s", v.ours, c.name, scenario), func(t *testing.T) {
					t.Parallel()
					service := serve(t, ours(t, "middleware"), "-addr", "127.0.0.1:0")
					addr, stats := gateway(t, "in", "-listen", "127.0.0.1:0", "-to", "http://"+service.addr["http"], "-required")
					dash := "--"
					if c.name == "ours" {
						dash = "-"
					}
					args := append([]string{scenario, dash + "url", "http://" + tap(t, addr) + "/some/path", dash + "count", "8"}, c.args...)
					run(t, 90*time.Second, c.program, args...).wantOK(t, scenario, 8)
					settle(t, gatewayStats{Created: 1, Ended: 1}, func() gatewayStats {
						got := stats()
						require.GreaterOrEqual(t, got.Delivered, uint64(8))
						require.LessOrEqual(t, got.Delivered, uint64(16), "fail: and an echo")
						return gatewayStats{Created: got.Created, Ended: got.Ended, Sessions: got.Sessions}
					})
				})
			}
		}
	}
}

// A plain client meets services that want reliable sessions.
func TestGatewayBesideAPlainClient(t *testing.T) {
	type service struct {
		name   string
		start  func(t *testing.T) (addr string)
		path   string
		rm     string
		soap11 bool // it speaks SOAP 1.1 there, otherwise 1.2
	}
	started := func(program func(testing.TB) string, args ...string) func(*testing.T) string {
		return func(t *testing.T) string { return serve(t, program(t), args...).addr["http"] }
	}
	wcf := func(tb testing.TB) string { return peers.WCF(tb) }
	gsoap := func(tb testing.TB) string { return peers.GSOAP(tb, "rmserver") }
	for _, s := range []service{
		{name: "WCF 1.1", start: started(wcf, "serve", "--http", "127.0.0.1:0", "--require-rm", "--drop-requests", "3", "--drop-replies", "6"), path: "/echo", rm: "1.1"},
		{name: "WCF 1.0", start: started(wcf, "serve", "--http", "127.0.0.1:0", "--require-rm", "--rm", "1.0", "--drop-requests", "3"), path: "/echo", rm: "auto", soap11: true},
		{name: "CXF 1.1", start: started(peers.CXF, "serve", "--port", "0"), path: "/soap11/drop-request=3", rm: "1.1", soap11: true},
		{name: "CXF 1.0", start: started(peers.CXF, "serve", "--port", "0"), path: "/soap12/drop-request=3", rm: "1.0"},
		{name: "gSOAP 1.1", start: started(gsoap, "0", "--drop-request", "3"), path: "/echo", rm: "1.1", soap11: true},
		{name: "gSOAP 1.0", start: started(gsoap, "--rm", "1.0", "0", "--drop-request", "3"), path: "/echo", rm: "1.0"},
		{name: "Metro 1.1", start: started(peers.Metro, "serve", "--port", "0", "--drop-request", "3", "--drop-response", "6"), path: "/11/soap12", rm: "1.1"},
		{name: "Metro 1.0", start: started(peers.Metro, "serve", "--port", "0", "--drop-request", "3"), path: "/10/soap11", rm: "1.0", soap11: true},
	} {
		for _, client := range []string{"CXF", "gSOAP"} {
			t.Run(s.name+"/"+client, func(t *testing.T) {
				t.Parallel()
				addr, stats := gateway(t, "out", "-listen-out", "127.0.0.1:0", "-reliable", "http://"+s.start(t), "-rm", s.rm)
				url := "http://" + tap(t, addr) + s.path
				soap := map[bool]string{true: "11", false: "12"}[s.soap11]
				if client == "CXF" {
					run(t, time.Minute, peers.CXF(t), "echo", "--plain", "--url", url, "--soap", soap, "--count", "8").wantOK(t, "echo", 8)
				} else {
					r := run(t, time.Minute, peers.GSOAP(t, "rmclient"), "--rm", "none", "--soap", map[bool]string{true: "1.1", false: "1.2"}[s.soap11], "--op", "echo", "-n", "8", url)
					require.Zero(t, r.status, r.last)
					require.Contains(t, r.last, `"replies":8,`)
				}
				got := stats()
				require.EqualValues(t, 8, got.Sent)
				require.EqualValues(t, 1, got.Sessions)
				require.Zero(t, got.InFlight)
			})
		}
	}
}

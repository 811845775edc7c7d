package interop

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/interop/peers"
)

// Clients with addresses of their own: our server sends acknowledgements, replies and the answers to their last messages there.

// CXF's client loses a reply that overtakes the 202 of its request; --hold keeps it back. With a hundred calls it loses one all the same
// now and then.
func TestCXFClientWithAnAddress(t *testing.T) {
	program := peers.CXF(t)
	for _, v := range versions {
		cxf := map[string]string{"1.0": "10", "1.1": "11"}[v.ours]
		for _, shape := range []string{"--soap 12", "--soap 11", "--soap 12 --wsa 2004", "--soap 11 --wsa 2004"} {
			if strings.Contains(shape, "2004") && v.ours == "1.1" {
				continue // CXF has no such mix
			}
			rows := []javaClient{
				{scenario: "echo", count: 10},
				{scenario: "next", count: 10},
				{scenario: "ping", count: 10},
				{scenario: "fail", count: 10, delivered: 11},
			}
			if shape == "--soap 12" {
				rows = append(rows,
					javaClient{name: ", requests lost", scenario: "next", count: 10, flags: "--drop-requests 3,7"},
					javaClient{name: ", 202 lost", scenario: "next", count: 10, flags: "--drop-responses 3"},
					javaClient{name: ", requests lost", scenario: "ping", count: 10, flags: "--drop-requests 3,7"},
					javaClient{name: ", requests twice", scenario: "next", count: 10, flags: "--duplicate-requests 3"})
			}
			for _, c := range rows {
				c.serve = "-dial-back"
				t.Run(fmt.Sprintf("%s/%s/%s%s", v.ours, shape, c.scenario, c.name), func(t *testing.T) {
					c.run(t, program, v, "--rm "+cxf+" --decoupled 0 --hold 100 "+shape)
				})
			}
		}
	}
}

// A server that may not dial back refuses such clients, and sends nothing to where they say.
func TestAddressesAreRefused(t *testing.T) {
	for _, v := range versions {
		cxf := map[string]string{"1.0": "10", "1.1": "11"}[v.ours]
		c := javaClient{scenario: "echo", count: 1, failed: []string{"CreateSequence"}}
		t.Run(v.ours, func(t *testing.T) { c.run(t, peers.CXF(t), v, "--rm "+cxf+" --decoupled 0 --timeout 5") })
	}
}

// Our own client and server, each with an address, over a network that loses requests and responses.
func TestOurselvesWithAddresses(t *testing.T) {
	for _, v := range versions {
		for _, scenario := range []string{"echo", "next", "ping", "fail"} {
			for _, flags := range []string{"-loss 0", "-loss 0.1", "-no-offer", "-soap 1.1 -wsa 2004"} {
				t.Run(fmt.Sprintf("%s/%s/%s", v.ours, scenario, flags), func(t *testing.T) {
					t.Parallel()
					s := serveEcho(t, "-dial-back")
					url := "http://" + tap(t, s.addr["http"]) + "/"
					args := append([]string{"-count=20", "-rm", v.ours, "-listen", free(t)}, strings.Fields(flags)...)
					runEcho(t, time.Minute, scenario, url, args...).wantOK(t, scenario, 20)
					s.wants(inOrder(v.ours, 20))
				})
			}
		}
	}
}

// free is an address that nobody listens at.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

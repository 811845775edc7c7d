package interop

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gowsrm/wsrm/internal/interop/peers"
)

// Our client names an address of its own, and CXF's server sends its answers there. One-way messages it acknowledges after
// a second, so that one which is late may come again: they are sent to endpoints that deliver exactly once.
func TestCXFServerAnswersElsewhere(t *testing.T) {
	s := serve(t, peers.CXF(t), "serve", "--port", "0", "--exactly-once")
	t.Run("rows", func(t *testing.T) { // ends when all rows have
		for _, v := range versions {
			row := func(c cxfServer, name, soap, fixed string) {
				t.Run(fmt.Sprintf("%s/%s/%s%s", v.ours, name, c.scenario, c.name), func(t *testing.T) {
					c.run(t, s, v, soap, "-listen 127.0.0.1:0 "+fixed)
				})
			}
			for _, soap := range []string{"1.1", "1.2"} {
				for _, wsa := range []string{"2005", "2004"} {
					if wsa == "2004" && v.ours == "1.1" {
						continue // CXF has no such mix
					}
					for _, c := range []cxfServer{
						{scenario: "echo", count: 10},
						{scenario: "next", count: 10},
						{scenario: "ping", count: 10, unordered: true},
						{scenario: "fail", count: 10},
						{name: ", no offer", scenario: "ping", count: 10, flags: "-no-offer", unordered: true},
					} {
						row(c, "SOAP "+soap+" "+wsa, "soap"+strings.ReplaceAll(soap, ".", ""), "-soap "+soap+" -wsa "+wsa)
					}
				}
			}
			for _, c := range []cxfServer{
				{name: ", requests lost", words: "drop-request=3,6/", scenario: "next", count: 10},
				{name: ", requests lost", words: "drop-request=3,6/", scenario: "ping", count: 10, unordered: true},
				{name: ", 202 lost", words: "drop-response=3,6/", scenario: "ping", count: 10, unordered: true},
				{name: ", create lost", words: "drop-request=create/", scenario: "next", count: 10},
				{name: ", 202 for create lost", words: "drop-response=create/", scenario: "next", count: 10},
				{name: ", close and terminate lost", words: "drop-request=close,terminate/", scenario: "next", count: 10},
				{name: ", 202 for close and terminate lost", words: "drop-response=close,terminate/", scenario: "next", count: 10},
				{name: ", 8 callers", scenario: "echo", count: 300, flags: "-concurrency 8", unordered: true},
				{name: ", 8 callers, in order", words: "in-order/", scenario: "next", count: 40, flags: "-concurrency 8"},
				{name: ", 8 callers, in order, requests lost", words: "in-order/drop-request=3,6/", scenario: "next", count: 40, flags: "-concurrency 8"},
				{name: ", 8 callers, in order, requests lost", words: "in-order/drop-request=3,6/", scenario: "ping", count: 40, flags: "-concurrency 8"},
				{name: ", large", scenario: "echo", count: 3, flags: "-size 1000000"},
				{name: ", 300", scenario: "next", count: 300},
				{name: ", 300", scenario: "ping", count: 300, unordered: true},
				{name: ", slow", words: "delay=300/", scenario: "next", count: 5},
				// CXF may forget that it owes one, until the message comes again.
				{name: ", acknowledgements deferred", words: "ack-interval=500/ack-threshold=0/", scenario: "ping", count: 10, unordered: true},
				// It runs the call and sends no reply when it could not write the 202; the repeat is acknowledged.
				{name: ", 202 lost", words: "drop-response=3/", scenario: "echo", count: 5, flags: "-timeout 10s", failed: []string{"in doubt: 3"}, delivered: 3},
				{name: ", sequence forgotten", words: "inactivity=300/delay=1000/", scenario: "echo", count: 3,
					failed: []string{"session ended by the peer: UnknownSequence", "in doubt: 2"}, delivered: 1},
				{name: ", undeclared", words: "runtime-fault/", scenario: "fail", count: 5, failed: []string{"session ended by the peer: Receiver: 0 the quick"}, delivered: 1},
				// For its replies it asks for a sequence in a dialect of its own (CreateSequenceOneway). Its five threads wait
				// for the answer, and one more takes it: five callers at once are stopped for ever, and all others with them.
				{name: ", no offer", scenario: "next", count: 5, flags: "-no-offer"},
				{name: ", offer declined", words: "no-offer/", scenario: "next", count: 5},
				{name: ", no offer", scenario: "fail", count: 5, flags: "-no-offer"},
				{name: ", no offer, 3 callers", scenario: "echo", count: 30, flags: "-no-offer -concurrency 3", unordered: true},
				{name: ", no offer, requests lost", words: "drop-request=3,6/", scenario: "next", count: 10, flags: "-no-offer"},
			} {
				row(c, "more", "soap12", "")
			}
		}
	})
}

// CXF's client with an address of its own, where it does more than call after call: see TestCXFClientWithAnAddress.
func TestCXFClientWithAnAddressMore(t *testing.T) {
	program := peers.CXF(t)
	for _, v := range versions {
		cxf := map[string]string{"1.0": "10", "1.1": "11"}[v.ours]
		for _, c := range []javaClient{
			{name: ", no offer", scenario: "echo", count: 10, flags: "--no-offer"},
			{name: ", no offer", scenario: "ping", count: 10, flags: "--no-offer"},
			{name: ", last marked", scenario: "echo", count: 5, flags: "--last"},
			{name: ", last marked", scenario: "ping", count: 5, flags: "--last"},
			{name: ", 4 callers", scenario: "next", count: 20, flags: "--concurrency 4"},
			{name: ", large", scenario: "echo", count: 3, flags: "--size 200000"},
		} {
			c.serve = "-dial-back"
			t.Run(fmt.Sprintf("%s/%s%s", v.ours, c.scenario, c.name), func(t *testing.T) {
				c.run(t, program, v, "--rm "+cxf+" --decoupled 0 --hold 100")
			})
		}
	}
}

package interop

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/interop/peers"
)

// cxfSequence is what CXF's server says of a sequence.
type cxfSequence struct {
	Path       string `json:"path"`
	Count      int    `json:"count"`
	First      int    `json:"first"`
	Last       int    `json:"last"`
	Duplicates int    `json:"duplicates"`
	OutOfOrder int    `json:"out_of_order"`
	Complete   bool   `json:"complete"`
}

// cxfServer is a run of our client against CXF's server.
type cxfServer struct {
	name     string
	words    string // of the path: what the server does
	scenario string
	count    int
	flags    string // of our client

	failed     []string // our client fails, and says this
	delivered  int      // if that is not count; -1: nothing, not even a sequence
	duplicates int
	unordered  bool // how many overtook each other depends on who is quicker
	incomplete bool // what is missing below the highest number never comes
}

func (c cxfServer) run(t *testing.T, s *server, v version, soap, fixed string) {
	t.Parallel()
	path := "/" + soap + "/" + c.words + "id=" + strings.NewReplacer("/", "-", ",", "", " ", "-").Replace(t.Name())
	flags := append([]string{"-count", fmt.Sprint(c.count), "-rm", v.ours}, strings.Fields(fixed+" "+c.flags)...)
	r := runEcho(t, time.Minute, c.scenario, "http://"+tap(t, s.addr["http"])+path, flags...)
	if c.failed == nil {
		r.wantOK(t, c.scenario, c.count)
	} else {
		r.wantFailed(t, c.scenario, c.failed...)
	}
	n := c.count
	if c.delivered != 0 {
		n = max(c.delivered, 0)
	}
	var want []cxfSequence
	if c.delivered >= 0 {
		want = []cxfSequence{{Path: path, Count: n + c.duplicates, First: min(n, 1), Last: n, Duplicates: c.duplicates, Complete: !c.incomplete}}
	}
	settle(t, want, func() (mine []cxfSequence) {
		var got struct{ Sequences []cxfSequence }
		s.stats(&got)
		for _, q := range got.Sequences {
			if q.Path != path {
				continue
			}
			if c.unordered {
				q.First, q.Last, q.OutOfOrder = min(n, 1), n, 0
			}
			mine = append(mine, q)
		}
		return mine
	})
}

// Each row has an endpoint of its own at one server.
func TestCXFServer(t *testing.T) {
	s := serve(t, peers.CXF(t), "serve", "--port", "0")
	t.Run("rows", func(t *testing.T) { // ends when all rows have
		for _, v := range versions {
			row := func(c cxfServer, name, soap, fixed string) {
				t.Run(fmt.Sprintf("%s/%s/%s%s", v.ours, name, c.scenario, c.name), func(t *testing.T) { c.run(t, s, v, soap, fixed) })
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
						// One that takes messages in order, as a server of ours does.
						{name: ", in order", words: "exactly-once/in-order/", scenario: "ping", count: 10},
					} {
						row(c, "SOAP "+soap+" "+wsa, "soap"+strings.ReplaceAll(soap, ".", ""), "-soap "+soap+" -wsa "+wsa)
					}
				}
			}
			for _, c := range []cxfServer{
				{name: ", requests lost", words: "drop-request=3,6/", scenario: "next", count: 10},
				{name: ", requests lost", words: "drop-request=3,6/", scenario: "ping", count: 10, unordered: true},
				{name: ", responses lost", words: "exactly-once/drop-response=3,6/", scenario: "ping", count: 10, unordered: true},
				{name: ", create lost", words: "drop-request=create/", scenario: "next", count: 10},
				{name: ", response to create lost", words: "drop-response=create/", scenario: "next", count: 10},
				{name: ", close and terminate lost", words: "drop-request=close,terminate/", scenario: "next", count: 10},
				{name: ", responses to close and terminate lost", words: "drop-response=close,terminate/", scenario: "next", count: 10},
				{name: ", 8 callers", words: "exactly-once/", scenario: "echo", count: 40, flags: "-concurrency 8", unordered: true},
				{name: ", 8 callers", words: "exactly-once/", scenario: "ping", count: 40, flags: "-concurrency 8", unordered: true},
				{name: ", 8 callers, in order", words: "exactly-once/in-order/", scenario: "next", count: 40, flags: "-concurrency 8"},
				{name: ", 8 callers, requests lost", words: "exactly-once/drop-request=5,11/", scenario: "echo", count: 40, flags: "-concurrency 8", unordered: true},
				{name: ", large", scenario: "echo", count: 3, flags: "-size 1000000"},
				{name: ", 1000", scenario: "next", count: 1000},
				{name: ", slow", words: "delay=300/", scenario: "next", count: 5},
				{name: ", acknowledgements deferred", words: "ack-interval=500/ack-threshold=0/", scenario: "next", count: 10},
				{name: ", acknowledgements deferred", words: "exactly-once/ack-interval=500/ack-threshold=0/", scenario: "ping", count: 20, unordered: true},
				{name: ", a request and a response lost, at most once", words: "at-most-once/drop-request=6/drop-response=3/", scenario: "ping", count: 10, unordered: true},
				// At least once: CXF runs the call again, and says so with another number.
				{name: ", response lost, at least once", words: "drop-response=3/", scenario: "echo", count: 5, duplicates: 1},
				// Exactly once: it does not, and has not kept the reply.
				{name: ", response lost, exactly once", words: "exactly-once/drop-response=3/", scenario: "echo", count: 5,
					flags: "-timeout 10s", failed: []string{"in doubt: 3"}, delivered: 3},
				// The server forgets the sequence while it works off the first call.
				{name: ", sequence forgotten", words: "inactivity=300/delay=1000/", scenario: "echo", count: 3,
					failed: []string{"session ended by the peer: UnknownSequence", "in doubt: 2"}, delivered: 1},
				// A fault that the service does not declare goes around WS-RM: no number, no acknowledgement. The next number may
				// be one that the server never passes, so the session ends with it.
				{name: ", undeclared", words: "runtime-fault/", scenario: "fail", count: 5, failed: []string{"session ended by the peer: Receiver: 0 the quick"}, delivered: 1},
				// It agrees to a sequence that it cannot answer on.
				{name: ", no offer", scenario: "next", count: 5, flags: "-no-offer", failed: []string{"not possible to send a create sequence request to the anonymous address"}, delivered: 1},
				{name: ", offer declined", words: "no-offer/", scenario: "next", count: 5, failed: []string{"not possible to send a create sequence request to the anonymous address"}, delivered: 1},
				{name: ", no WS-RM", words: "plain/", scenario: "next", count: 5, failed: []string{"session refused by the peer"}, delivered: -1},
			} {
				row(c, "more", "soap12", "")
			}
		}
	})
}

// A server that keeps one sequence open refuses the second, until the first has ended.
func TestCXFServerRefuses(t *testing.T) {
	s := serve(t, peers.CXF(t), "serve", "--port", "0", "--max-sequences", "1", "--delay", "300")
	for _, v := range versions {
		t.Run(v.ours, func(t *testing.T) {
			url := "http://" + tap(t, s.addr["http"]) + "/soap12/id=" + v.ours
			done := make(chan result, 1)
			go func() {
				defer close(done)
				done <- runEcho(t, time.Minute, "echo", url, "-count=10", "-rm", v.ours)
			}()
			require.Eventually(t, func() bool {
				var got struct{ Sequences []cxfSequence }
				s.stats(&got)
				return slices.ContainsFunc(got.Sequences, func(q cxfSequence) bool { return strings.HasSuffix(q.Path, v.ours) })
			}, 20*time.Second, 20*time.Millisecond)
			runEcho(t, time.Minute, "echo", url, "-count=10", "-rm", v.ours).wantFailed(t, "echo", "session refused by the peer: CreateSequenceRefused")
			(<-done).wantOK(t, "echo", 10)
			runEcho(t, time.Minute, "echo", url, "-count=1", "-rm", v.ours).wantOK(t, "echo", 1)
		})
	}
}

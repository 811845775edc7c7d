package interop

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/interop/peers"
)

// httpBindings of the WCF peer that carry text. What they mean is in
// peers/wcf/Bindings.cs.
var httpBindings = []string{"wshttp", "http11", "http11-2004", "http12-2004", "http-utf16", "https"}

// wcfClient is a run of the WCF client against our server. It must succeed; what
// the server was given is in sessions.
type wcfClient struct {
	binding   string
	rm        version
	scenario  string
	name      string // beside the scenario
	flags     []string
	serve     []string
	sessions  []session
	unordered bool
}

func (c wcfClient) run(t *testing.T) {
	t.Parallel()
	c.check(t)
}

func (c wcfClient) check(t *testing.T) {
	peer := peers.WCF(t)
	s := serveEcho(t, c.serve...)
	url := "http://" + tap(t, s.addr["http"]) + "/echo"
	if c.binding == "https" {
		url = "https://" + s.addr["https"] + "/echo"
	}
	count := 1
	if i := slices.Index(c.flags, "--count"); i >= 0 {
		count, _ = strconv.Atoi(c.flags[i+1])
	}
	args := append([]string{c.scenario, "--url", url, "--binding", c.binding, "--rm", c.rm.wcf, "--timeout", "60000"}, c.flags...)
	run(t, 2*time.Minute, peer, args...).wantOK(t, c.scenario, count)
	if c.unordered {
		s.wantsUnordered(c.sessions...)
	} else {
		s.wants(c.sessions...)
	}
}

func TestWCFClient(t *testing.T) {
	for _, binding := range httpBindings {
		for _, v := range versions {
			for _, c := range wcfClients(v) {
				c.binding, c.rm = binding, v
				t.Run(fmt.Sprintf("%s/%s/%s%s", binding, v.ours, c.scenario, c.name), c.run)
			}
		}
	}
}

// wcfClients are the runs that every binding and version has.
func wcfClients(v version) []wcfClient {
	one := func(n int) []session { return []session{inOrder(v.ours, n)} }
	aborted := inOrder(v.ours, 1)
	aborted.Closed = false
	return []wcfClient{
		{scenario: "open", sessions: one(0)},
		{scenario: "echo", flags: []string{"--count", "10"}, sessions: one(10)},
		{scenario: "next", flags: []string{"--count", "20"}, sessions: one(20)},
		{scenario: "parallel", flags: []string{"--count", "10"}, sessions: []session{inOrder(v.ours, 10), inOrder(v.ours, 10), inOrder(v.ours, 10), inOrder(v.ours, 10)}},
		{scenario: "unicode", flags: []string{"--count", "2"}, sessions: one(2 * 14)}, // texts in peers/wcf/Scenarios.cs
		{scenario: "large", flags: []string{"--count", "2"}, sessions: one(2)},
		{scenario: "ping", flags: []string{"--count", "20"}, sessions: one(20)},
		{scenario: "fail", flags: []string{"--count", "3"}, sessions: one(2 * 3)}, // an echo after each
		{scenario: "fault-then-close", flags: []string{"--count", "3"}, sessions: one(3)},
		// The client asks for an acknowledgement after half its inactivity, which keeps our side alive too.
		{scenario: "idle", flags: []string{"--pause", "9000", "--inactivity", "8000"}, serve: []string{"-inactivity", "8500ms"}, sessions: one(2)},
		{scenario: "abort", sessions: []session{aborted}},

		// The first request is CreateSequence. What is lost comes again after half a second.
		{scenario: "next", name: ", requests lost", flags: []string{"--count", "8", "--drop-requests", "3,7"}, sessions: one(8)},
		{scenario: "next", name: ", responses lost", flags: []string{"--count", "8", "--drop-responses", "3,7"}, sessions: one(8)},
		{scenario: "next", name: ", requests twice", flags: []string{"--count", "8", "--duplicate-requests", "3,9"}, sessions: one(8)},
		{scenario: "ping", name: ", requests lost", flags: []string{"--count", "8", "--drop-requests", "3,7"}, sessions: one(8)},
		{scenario: "ping", name: ", responses lost", flags: []string{"--count", "8", "--drop-responses", "3,7"}, sessions: one(8)},
		{scenario: "ping", name: ", requests twice", flags: []string{"--count", "8", "--duplicate-requests", "3,9"}, sessions: one(8)},
		{scenario: "next", name: ", unordered, losses", flags: []string{"--count", "10", "--unordered", "--drop-requests", "3", "--drop-responses", "6", "--duplicate-requests", "9"}, serve: []string{"-unordered"}, unordered: true, sessions: one(10)},
		{scenario: "echo", name: ", losses", flags: []string{"--count", "10", "--drop-requests", "3", "--drop-responses", "6", "--duplicate-requests", "9"}, sessions: one(10)},
		{scenario: "unicode", name: ", losses", flags: []string{"--count", "2", "--drop-requests", "5", "--drop-responses", "9", "--duplicate-requests", "14"}, sessions: one(2 * 14)},
		{scenario: "large", name: ", response lost", flags: []string{"--count", "2", "--drop-responses", "2"}, sessions: one(2)},
		{scenario: "fail", name: ", losses", flags: []string{"--count", "3", "--drop-requests", "4", "--drop-responses", "2", "--duplicate-requests", "6"}, sessions: one(2 * 3)},
		{scenario: "parallel", name: ", losses", flags: []string{"--count", "10", "--drop-requests", "10", "--drop-responses", "15", "--duplicate-requests", "20"}, sessions: []session{inOrder(v.ours, 10), inOrder(v.ours, 10), inOrder(v.ours, 10), inOrder(v.ours, 10)}},

		{scenario: "next", name: ", 8 callers", flags: callers("100"), sessions: one(100)},
		{scenario: "next", name: ", 8 callers, unordered", flags: callers("100", "--unordered"), serve: []string{"-unordered"}, unordered: true, sessions: one(100)},
		{scenario: "ping", name: ", 8 callers", flags: callers("100"), sessions: one(100)},
		{scenario: "ping", name: ", 8 callers, losses", flags: callers("60", "--drop-requests", "5", "--drop-responses", "23", "--duplicate-requests", "12"), sessions: one(60)},
		{scenario: "ping", name: ", 8 callers, unordered, losses", flags: callers("60", "--unordered", "--drop-requests", "5", "--drop-responses", "23", "--duplicate-requests", "12"), serve: []string{"-unordered"}, unordered: true, sessions: one(60)},
		{scenario: "next", name: ", 8 callers, losses", flags: callers("60", "--drop-requests", "5", "--drop-responses", "23", "--duplicate-requests", "12"), sessions: one(60)},
		{scenario: "next", name: ", 8 callers, unordered, losses", flags: callers("60", "--unordered", "--drop-requests", "5", "--drop-responses", "23", "--duplicate-requests", "12"), serve: []string{"-unordered"}, unordered: true, sessions: one(60)},
	}
}

// callers are the client's flags for count calls by 8 callers. A little delay on
// the way keeps responses from being there at once: the client's window wakes
// callers under its lock, and when one of them gets so far that it comes back to
// the window before that returns, the call fails with "Queue empty".
func callers(count string, more ...string) []string {
	return append([]string{"--count", count, "--concurrency", "8", "--relay-delay", "5"}, more...)
}

// Losses at the beginning and the end are repeated after 10 s only; these rows
// wait, so all of them do it at once. With 3 messages the exchanges are: 1
// CreateSequence, 2 to 4 messages, 5 CloseSequence or LastMessage, 6
// TerminateSequence.
func TestWCFClientLosesProtocolMessages(t *testing.T) {
	for _, binding := range httpBindings {
		for _, v := range versions {
			t.Run(binding+"/"+v.ours, func(t *testing.T) {
				t.Parallel()
				var all sync.WaitGroup
				for _, lost := range []struct{ what, number string }{{"create", "1"}, {"close", "5"}, {"terminate", "6"}} {
					for _, how := range []string{"--drop-requests", "--drop-responses", "--duplicate-requests"} {
						c := wcfClient{binding: binding, rm: v, scenario: "next", flags: []string{"--count", "3", how, lost.number}, sessions: []session{inOrder(v.ours, 3)}}
						all.Go(func() { t.Run(how+" "+lost.what, c.check) })
					}
				}
				all.Wait()
			})
		}
	}
}

// The client's connection is cut when it has carried so many bytes. Where that
// is in a request, or before the response's body, the message comes again; in
// the middle of a body the client fails its caller, and the server has what it
// was sent until then, once and in order.
func TestWCFClientIsCut(t *testing.T) {
	for _, binding := range []string{"wshttp", "http11-2004"} {
		for _, v := range versions {
			for _, scenario := range []string{"next", "ping"} {
				for _, cut := range []string{"3000", "4500", "6000", "9000,20000"} {
					t.Run(fmt.Sprintf("%s/%s/%s/%s", binding, v.ours, scenario, cut), func(t *testing.T) {
						t.Parallel()
						peer := peers.WCF(t)
						s := serveEcho(t)
						r := run(t, 2*time.Minute, peer, scenario, "--url", "http://"+tap(t, s.addr["http"])+"/echo", "--binding", binding, "--rm", v.wcf,
							"--timeout", "60000", "--count", "20", "--cut-after", cut)
						if r.status == 0 {
							r.wantOK(t, scenario, 20)
							s.wants(inOrder(v.ours, 20))
							return
						}
						require.Equal(t, 1, r.status)
						require.Contains(t, r.last, "failed "+scenario+" after ")
						require.Contains(t, r.last, "The response ended prematurely")
						s.wantsPrefix(v, 20)
					})
				}
			}
		}
	}
}

// A handler that is slower than the client's patience runs once, although its
// request comes again several times while it runs.
func TestWCFClientWaits(t *testing.T) {
	for _, v := range versions {
		c := wcfClient{binding: "wshttp", rm: v, scenario: "next", flags: []string{"--count", "2"}, serve: []string{"-handler-delay", "4s"}, sessions: []session{inOrder(v.ours, 2)}}
		t.Run(v.ours, c.run)
	}
}

// The server's options change what the client meets, not what comes out.
func TestWCFClientMeetsOptions(t *testing.T) {
	for _, v := range versions {
		for _, flags := range [][]string{{"-window", "1"}, {"-window", "4"}, {"-ack-handled"}, {"-ack-delay", "1s"}} {
			for _, scenario := range []string{"next", "ping"} {
				c := wcfClient{binding: "wshttp", rm: v, scenario: scenario, flags: callers("20", "--drop-responses", "6"), serve: flags, sessions: []session{inOrder(v.ours, 20)}}
				t.Run(fmt.Sprintf("%s/%s/%v", v.ours, scenario, flags), c.run)
			}
		}
	}
}

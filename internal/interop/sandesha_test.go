package interop

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gowsrm/wsrm/internal/interop/peers"
)

// sandeshaSequence is what Sandesha2's server says of a sequence.
type sandeshaSequence struct {
	Path       string `json:"path"`
	Count      int    `json:"count"`
	First      int    `json:"first"`
	Last       int    `json:"last"`
	Duplicates int    `json:"duplicates"`
	OutOfOrder int    `json:"out_of_order"`
	Complete   bool   `json:"complete"`
}

// sandeshaServer is a run of our client against Sandesha2's server.
type sandeshaServer struct {
	name     string
	words    string // of the service: what it does
	scenario string
	count    int
	flags    string // of our client

	failed    []string // our client fails, and says this
	delivered int      // if that is not count
	unordered bool     // Axis2 runs what it does not answer here on a thread of its own, whatever InvokeInOrder says
}

var notInAServiceName = regexp.MustCompile(`[^A-Za-z0-9]+`)

func (c sandeshaServer) run(t *testing.T, s *server, v version, fixed string) {
	t.Parallel()
	service := c.words + "id=" + notInAServiceName.ReplaceAllString(t.Name(), "-")
	flags := append([]string{"-count", fmt.Sprint(c.count), "-rm", v.ours}, strings.Fields(fixed+" "+c.flags)...)
	r := runEcho(t, time.Minute, c.scenario, "http://"+tap(t, s.addr["http"])+"/axis2/services/"+service, flags...)
	if c.failed == nil {
		r.wantOK(t, c.scenario, c.count)
	} else {
		r.wantFailed(t, c.scenario, c.failed...)
	}
	n := cmp.Or(c.delivered, c.count)
	settle(t, []sandeshaSequence{{Path: service, Count: n, First: 1, Last: n, Complete: true}}, func() (mine []sandeshaSequence) {
		var got struct{ Sequences []sandeshaSequence }
		s.stats(&got)
		for _, q := range got.Sequences {
			if q.Path != service {
				continue
			}
			if c.unordered || c.scenario == "ping" {
				q.First, q.Last, q.OutOfOrder = 1, n, 0
			}
			mine = append(mine, q)
		}
		return mine
	})
}

// lostAtSandesha are losses that its server takes in its stride.
func lostAtSandesha() []sandeshaServer {
	var rows []sandeshaServer
	for _, scenario := range []string{"next", "ping"} {
		for name, words := range map[string]string{
			", requests lost":               "drop-request=3,6_",
			", responses lost":              "drop-response=3,6_",
			", create, close and end lost":  "drop-request=create,close,terminate_",
			", answers to close, end lost":  "drop-response=close,terminate_",
			", requests and responses lost": "drop-request=3,6_drop-response=5,9_",
		} {
			rows = append(rows, sandeshaServer{name: name, words: words, scenario: scenario, count: 10})
		}
	}
	return rows
}

// Each row has a service of its own at one server, which is as it is installed.
func TestSandeshaServer(t *testing.T) {
	s := serve(t, peers.Sandesha(t), "serve", "--port", "0")
	unordered := serve(t, peers.Sandesha(t), "serve", "--port", "0", "--unordered")
	t.Run("rows", func(t *testing.T) { // ends when all rows have
		for _, v := range versions {
			row := func(s *server, c sandeshaServer, name, fixed string) {
				t.Run(fmt.Sprintf("%s/%s/%s%s", v.ours, name, c.scenario, c.name), func(t *testing.T) { c.run(t, s, v, fixed) })
			}
			for _, soap := range []string{"1.1", "1.2"} {
				for _, wsa := range []string{"2005", "2004"} {
					if wsa == "2004" && v.ours == "1.1" {
						continue // not tried: no such mix is known
					}
					for _, c := range []sandeshaServer{
						{scenario: "echo", count: 10},
						{scenario: "next", count: 10},
						{scenario: "ping", count: 10},
						{name: ", no offer", scenario: "ping", count: 10, flags: "-no-offer"},
					} {
						row(s, c, "SOAP "+soap+" "+wsa, "-soap "+soap+" -wsa "+wsa)
					}
				}
			}
			for _, c := range append(lostAtSandesha(), []sandeshaServer{
				{name: ", 8 callers", scenario: "next", count: 40, flags: "-concurrency 8"},
				{name: ", 8 callers", scenario: "ping", count: 40, flags: "-concurrency 8"},
				{name: ", large", scenario: "echo", count: 3, flags: "-size 1000000"},
				{name: ", 500", scenario: "next", count: 500},
				{name: ", slow", words: "delay=300_", scenario: "next", count: 5},
				{name: ", answer to create lost", words: "drop-response=create_", scenario: "ping", count: 10},
				// It does not take an Offer that it knows; our client makes another one.
				{name: ", answer to create lost", words: "drop-response=create_", scenario: "next", count: 10},
				// It runs the call, and its response waits for ever for a sequence that nobody offered.
				{name: ", no offer", scenario: "echo", count: 5, flags: "-no-offer -timeout 5s", failed: []string{"in doubt: 1"}, delivered: 1},
			}...) {
				row(s, c, "more", "")
			}
			// It has no WS-RM for faults: no number, no acknowledgement. In order, and in 1.1, it does not even answer.
			outside := sandeshaServer{scenario: "fail", count: 5, failed: []string{"session ended by the peer: Receiver: 0 the quick"}, delivered: 1}
			row(unordered, outside, "not in order", "")
			if v.ours == "1.1" {
				outside.flags, outside.failed = "-timeout 5s", []string{"in doubt: 1"}
			}
			row(s, outside, "more", "")
			row(unordered, sandeshaServer{name: ", 8 callers", scenario: "next", count: 40, flags: "-concurrency 8", unordered: true}, "not in order", "")
		}
	})
}

// Our client names an address of its own: what does not work on Sandesha2's connections works here.
func TestSandeshaServerAnswersElsewhere(t *testing.T) {
	s := serve(t, peers.Sandesha(t), "serve", "--port", "0", "--ack-interval", "200")
	t.Run("rows", func(t *testing.T) { // ends when all rows have
		for _, v := range versions {
			row := func(c sandeshaServer, name, fixed string) {
				t.Run(fmt.Sprintf("%s/%s/%s%s", v.ours, name, c.scenario, c.name), func(t *testing.T) {
					c.run(t, s, v, "-listen 127.0.0.1:0 "+fixed)
				})
			}
			for _, soap := range []string{"1.1", "1.2"} {
				for _, scenario := range []string{"echo", "next", "ping"} {
					row(sandeshaServer{scenario: scenario, count: 10}, "SOAP "+soap, "-soap "+soap)
				}
			}
			for _, c := range append(lostAtSandesha(), []sandeshaServer{
				{name: ", 202 for create lost", words: "drop-response=create_", scenario: "next", count: 10},
				{name: ", no offer", scenario: "next", count: 10, flags: "-no-offer"},
				{name: ", no offer", scenario: "ping", count: 10, flags: "-no-offer"},
				{name: ", 8 callers", scenario: "echo", count: 40, flags: "-concurrency 8", unordered: true},
				{name: ", slow", words: "delay=300_", scenario: "next", count: 5},
				{scenario: "fail", count: 5, failed: []string{"session ended by the peer: Receiver: 0 the quick"}, delivered: 1},
			}...) {
				row(c, "more", "")
			}
		}
	})
}

// Sandesha2's client on its own connections. What it wants to be told is in peers/sandesha/README.md. Axis2's HTTP client repeats what
// breaks three times by itself; after that, Sandesha2 does.
func TestSandeshaClient(t *testing.T) {
	program := peers.Sandesha(t)
	for _, v := range versions {
		installed := "--rm " + map[string]string{"1.0": "10", "1.1": "11"}[v.ours]
		told := installed + " --no-make-connection --anonymous-offer --unordered --retransmission 500"
		row := func(c javaClient, name, fixed string) {
			t.Run(fmt.Sprintf("%s/%s/%s%s", v.ours, name, c.scenario, c.name), func(t *testing.T) { c.run(t, program, v, fixed) })
		}
		for _, soap := range []string{"--soap 11", "--soap 12"} {
			for _, scenario := range []string{"echo", "next", "ping", "fail"} {
				row(javaClient{scenario: scenario, count: 5}, soap, told+" "+soap)
			}
		}
		for _, scenario := range []string{"next", "ping"} {
			c := javaClient{name: ", as installed", scenario: scenario, count: 5}
			if v.ours == "1.1" {
				c.failed = []string{"WS-MakeConnection is not supported"}
			}
			row(c, "more", installed)
			row(javaClient{name: ", losses", scenario: scenario, count: 10, flags: "--drop-requests 2,create,terminate --drop-responses 4 --duplicate-requests 6"}, "more", told)
			row(javaClient{name: ", answers to the protocol's messages lost", scenario: scenario, count: 5, flags: "--drop-responses create,close,terminate"}, "more", told)
		}
		// In 1.1 it repeats calls that have their replies. An acknowledgement alone is no answer that it closes: it holds both connections
		// that its HTTP client has, and nothing more is sent.
		often := javaClient{name: ", a request lost often", scenario: "next", count: 5, flags: "--drop-requests 3,4,5,6"}
		if v.ours == "1.1" {
			often.flags += " --timeout 8"
			often.failed, often.delivered, often.open = []string{"calls still waiting for an answer"}, 2, 1
		}
		row(often, "more", told)
		// Copying a fault, as it does to hand over in order, it loses the reason of SOAP 1.2, and trips over those of SOAP 1.1.
		row(javaClient{name: ", as installed", scenario: "fail", count: 5, flags: "--soap 12 --no-make-connection --anonymous-offer",
			failed: []string{"another reason came back"}, delivered: 1, open: 1}, "more", installed)
		for _, c := range []javaClient{
			// It has two connections to a host, and an ordered server may keep both waiting for a message that then cannot come.
			{name: ", 8 callers", scenario: "echo", count: 24, flags: "--concurrency 8", serve: "-unordered", unordered: true},
			{name: ", large", scenario: "echo", count: 3, flags: "--size 1000000"},
			{name: ", no offer", scenario: "ping", count: 5, flags: "--no-offer"},
			{name: ", a request lost often", scenario: "ping", count: 5, flags: "--drop-requests 3,4,5,6"},
		} {
			row(c, "more", told)
		}
	}
}

// Sandesha2's client with an address of its own.
func TestSandeshaClientWithAnAddress(t *testing.T) {
	program := peers.Sandesha(t)
	for _, v := range versions {
		told := "--rm " + map[string]string{"1.0": "10", "1.1": "11"}[v.ours] + " --decoupled 0 --unordered --retransmission 500 --ack-interval 200"
		row := func(c javaClient, name, fixed string) {
			c.serve = "-dial-back"
			t.Run(fmt.Sprintf("%s/%s/%s%s", v.ours, name, c.scenario, c.name), func(t *testing.T) { c.run(t, program, v, fixed) })
		}
		for _, soap := range []string{"--soap 11", "--soap 12"} {
			for _, scenario := range []string{"next", "ping", "fail"} {
				row(javaClient{scenario: scenario, count: 5}, soap, told+" "+soap)
			}
		}
		for _, c := range []javaClient{
			{name: ", losses", scenario: "next", count: 10, flags: "--drop-requests 2,create --drop-responses 4 --duplicate-requests 6"},
			{name: ", a request lost often", scenario: "next", count: 5, flags: "--drop-requests 3,4,5,6"},
			{name: ", a request lost often", scenario: "ping", count: 5, flags: "--drop-requests 3,4,5,6"},
		} {
			row(c, "more", told)
		}
	}
}

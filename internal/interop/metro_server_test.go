package interop

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/interop/peers"
)

// metroSequence is what Metro's server says of a sequence.
type metroSequence struct {
	Path       string `json:"path"`
	Count      int    `json:"count"`
	First      int    `json:"first"`
	Last       int    `json:"last"`
	Duplicates int    `json:"duplicates"`
	OutOfOrder int    `json:"out_of_order"`
	Closed     bool   `json:"closed"`
	Terminated bool   `json:"terminated"`
}

// metroServer is a run of our client against Metro's server.
type metroServer struct {
	name     string
	path     string // after version and SOAP
	serve    string // flags of the server, which the row then has for itself
	scenario string
	count    int
	flags    string // of our client

	failed    []string // our client fails, and says this
	delivered int      // if that is not count; -1: not even a sequence
	unused    bool     // a sequence was created, and that is all
	open      bool     // Metro has not answered LastMessage or CloseSequence by one of its own
	unended   bool     // nor TerminateSequence
	unordered bool
	prefix    bool // the messages that were delivered are the first ones
}

func (c metroServer) run(t *testing.T, s *server, v version, soap string) {
	t.Parallel()
	if c.serve != "" {
		s = serve(t, peers.Metro(t), append([]string{"serve", "--port", "0"}, strings.Fields(c.serve)...)...)
	}
	path := fmt.Sprintf("/%s/soap%s%s", strings.ReplaceAll(v.ours, ".", ""), strings.ReplaceAll(soap, ".", ""), c.path)
	if strings.HasPrefix(c.path, "//") {
		path = c.path[1:]
	}
	path += "/row-" + strings.NewReplacer("/", "-", ",", "").Replace(t.Name())
	flags := append([]string{"-count", fmt.Sprint(c.count), "-rm", v.ours, "-soap", soap}, strings.Fields(c.flags)...)
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
	want := []metroSequence{{Path: path, Count: n, First: min(n, 1), Last: n, Closed: !c.open, Terminated: !c.open && !c.unended}}
	switch {
	case c.unused:
		want = []metroSequence{{Path: path}}
	case c.delivered < 0:
		want = nil
	}
	settle(t, want, func() (mine []metroSequence) {
		var got struct{ Sequences []metroSequence }
		s.stats(&got)
		for _, q := range got.Sequences {
			if q.Path != path {
				continue
			}
			if c.prefix {
				require.Equal(t, metroSequence{Path: path, Count: q.Count, First: min(q.Count, 1), Last: q.Count}, q)
				require.Less(t, q.Count, n)
				q = want[0]
			}
			if c.unordered {
				require.LessOrEqual(t, q.Last, n)
				q.First, q.Last, q.OutOfOrder = min(n, 1), n, 0
			}
			mine = append(mine, q)
		}
		return mine
	})
}

func TestMetroServer(t *testing.T) {
	s := serve(t, peers.Metro(t), "serve", "--port", "0")
	t.Run("rows", func(t *testing.T) { // ends when all rows have
		for _, v := range versions {
			row := func(c metroServer, name, soap string) {
				t.Run(fmt.Sprintf("%s/%s/%s%s", v.ours, name, c.scenario, c.name), func(t *testing.T) { c.run(t, s, v, soap) })
			}
			for _, soap := range []string{"1.1", "1.2"} {
				for _, c := range []metroServer{
					{scenario: "echo", count: 10},
					{scenario: "next", count: 10},
					{scenario: "ping", count: 10, unordered: true},
					{scenario: "fail", count: 10},
					// Without an offer the end of a 2005/02 sequence has no answer.
					{name: ", no offer", scenario: "ping", count: 10, flags: "-no-offer", unordered: true, open: v.ours == "1.0"},
				} {
					row(c, "SOAP "+soap, soap)
				}
			}
			for _, c := range []metroServer{
				{name: ", 8 callers", scenario: "echo", count: 40, flags: "-concurrency 8", unordered: true},
				{name: ", 8 callers", scenario: "ping", count: 40, flags: "-concurrency 8", unordered: true},
				// Reply N goes out only when the replies before it are acknowledged.
				{name: ", ordered, 8 callers", path: "/ordered", scenario: "next", count: 40, flags: "-concurrency 8"},
				{name: ", ordered, 8 callers", path: "/ordered", scenario: "ping", count: 40, flags: "-concurrency 8"},
				{name: ", ordered, requests and responses lost", path: "/ordered", serve: "--drop-request 3 --drop-response 5", scenario: "next", count: 10},
				{name: ", at least once", path: "/atleastonce", scenario: "next", count: 10},
				{name: ", at most once", path: "/atmostonce", scenario: "next", count: 10},
				{name: ", reject", path: "/reject", scenario: "next", count: 10},
				{name: ", ordered and reject", path: "/ordered/reject", scenario: "next", count: 10},
				// It answers whatever overtakes another message with a fault of its own, which ends the session.
				{name: ", ordered and reject, 8 callers", path: "/ordered/reject", scenario: "next", count: 40, flags: "-concurrency 8",
					failed: []string{"Out of order message received", "in doubt: "}, prefix: true, open: true},
				{name: ", slow, 8 callers, a response lost", serve: "--delay 200 --drop-response 9", scenario: "echo", count: 16, flags: "-concurrency 8", unordered: true},
				{name: ", requests lost", serve: "--drop-request 3,7-8", scenario: "next", count: 10},
				{name: ", requests lost", serve: "--drop-request 3,7-8", scenario: "ping", count: 10, unordered: true},
				{name: ", responses lost", serve: "--drop-response 3,7", scenario: "next", count: 10},
				{name: ", responses lost", serve: "--drop-response 3,7", scenario: "ping", count: 10, unordered: true},
				{name: ", 4 callers, requests and responses lost", serve: "--drop-request 3,7-8 --drop-response 5,12", scenario: "echo", count: 30, flags: "-concurrency 4", unordered: true},
				{name: ", answers to the end lost", serve: "--drop-answers-to CloseSequence,TerminateSequence,LastMessage", scenario: "next", count: 10, unended: v.ours == "1.0"},
				{name: ", large", scenario: "echo", count: 3, flags: "-size 1000000"},
				{name: ", 1000", scenario: "next", count: 1000},
				{name: ", slow", serve: "--delay 300", scenario: "next", count: 5},
				// It agrees to a sequence that it cannot answer on; the call runs.
				{name: ", no offer", scenario: "next", count: 5, flags: "-no-offer", failed: []string{"WSRM1124"}, delivered: 1, open: true},
				// It does not know the repeat of a CreateSequence.
				{name: ", answer to create lost", serve: "--drop-answers-to CreateSequence", scenario: "next", count: 5,
					failed: []string{"CreateSequenceRefused"}, unused: true},
				{name: ", the other SOAP", path: "//" + strings.ReplaceAll(v.ours, ".", "") + "/soap11", scenario: "next", count: 5, failed: []string{"415"}, delivered: -1},
				{name: ", no WS-RM", path: "//none/soap12", scenario: "next", count: 5, failed: []string{"ActionNotSupported"}, delivered: -1},
				// It posts replies to an address, but says nothing to a CreateSequence that names one, and refuses its repeat.
				{name: ", answers elsewhere", scenario: "next", count: 5, flags: "-listen 127.0.0.1:0", failed: []string{"CreateSequenceRefused"}, delivered: -1},
			} {
				row(c, "more", "1.2")
			}
			if v.ours == "1.0" {
				row(metroServer{name: ", found out", scenario: "next", count: 10, flags: "-rm auto"}, "more", "1.2")
				row(metroServer{name: ", the other version", scenario: "next", count: 10, flags: "-rm 1.1", failed: []string{"UnknownSequence"}, delivered: -1}, "more", "1.2")
			}
		}
	})
}

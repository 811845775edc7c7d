package interop

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// echoServer is examples/echo/server.
type echoServer struct{ *server }

// session is what it says of one session; report what it says of all.
type (
	session struct {
		Version    string `json:"version"`
		Count      int    `json:"count"`
		First      int    `json:"first"`
		Last       int    `json:"last"`
		Duplicates int    `json:"duplicates"`
		OutOfOrder int    `json:"out_of_order"`
		Closed     bool   `json:"closed"`
	}
	report struct {
		Sessions []session `json:"sessions"`
		Open     int       `json:"open"`
	}
)

func serveEcho(t *testing.T, flags ...string) echoServer {
	t.Helper()
	return echoServer{serve(t, ours(t, "server"), append([]string{"-http", "127.0.0.1:0", "-https", "127.0.0.1:0"}, flags...)...)}
}

// inOrder is the session that was given messages 1 to n in order, each once, and
// that ended in good order.
func inOrder(version string, n int) session {
	if n == 0 {
		return session{Closed: true} // the version is known by the first message
	}
	return session{Version: version, Count: n, First: 1, Last: n, Closed: true}
}

// wants checks that the server was given exactly this and has no session open,
// while it runs and in what it says at its end.
func (s echoServer) wants(sessions ...session) {
	s.t.Helper()
	s.wantsAs(0, func(r report) report { return r }, sessions...)
}

// wantsOpen checks the same where so many sessions have not ended.
func (s echoServer) wantsOpen(open int, sessions ...session) {
	s.t.Helper()
	s.wantsAs(open, func(r report) report { return r }, sessions...)
}

// wantsUnordered checks the same but for the order of delivery.
func (s echoServer) wantsUnordered(sessions ...session) {
	s.t.Helper()
	s.wantsAs(0, func(r report) report {
		for i := range r.Sessions {
			got := &r.Sessions[i]
			require.LessOrEqual(s.t, got.Last, got.Count, "numbers 1 to count, in whatever order")
			got.First, got.Last, got.OutOfOrder = min(got.Count, 1), got.Count, 0
		}
		return r
	}, sessions...)
}

// wantsPrefix checks that the server was given the first of n messages, in order
// and each once, by a client that has failed.
func (s echoServer) wantsPrefix(v version, n int) {
	s.t.Helper()
	var got report
	s.stats(&got)
	require.Len(s.t, got.Sessions, 1)
	require.LessOrEqual(s.t, got.Sessions[0].Count, n)
	want := inOrder(v.ours, got.Sessions[0].Count)
	want.Closed = got.Sessions[0].Closed // it may have failed at the very end
	require.Equal(s.t, want, got.Sessions[0])
}

// wantsEnded checks that the server was given n messages in one session, by a client that may not have got through with its
// last word.
func (s echoServer) wantsEnded(v version, n int) {
	s.t.Helper()
	want := inOrder(v.ours, n)
	want.Closed = false
	settle(s.t, []session{want}, func() []session {
		var got report
		s.stats(&got)
		for i := range got.Sessions {
			got.Sessions[i].Closed = false
		}
		return got.Sessions
	})
}

func (s echoServer) wantsAs(open int, view func(report) report, sessions ...session) {
	s.t.Helper()
	want := report{Sessions: sessions, Open: open}
	settle(s.t, want, func() (r report) {
		s.stats(&r)
		return view(r)
	})
	var last report
	require.NoError(s.t, json.Unmarshal([]byte(s.stop()), &last))
	require.Equal(s.t, want, view(last), "at its end")
}

// version is what the peers and ours call WS-RM February 2005 and 1.1 or 1.2.
type version struct{ ours, wcf, gsoap string }

var versions = []version{{"1.0", "2005", "1.0"}, {"1.1", "11", "1.1"}}

// runEcho runs examples/echo/client.
func runEcho(t *testing.T, limit time.Duration, scenario, url string, flags ...string) result {
	t.Helper()
	return run(t, limit, ours(t, "client"), append([]string{scenario, "-url", url}, flags...)...)
}

// wantOK checks that a scenario of ours or of the WCF peer succeeded.
func (r result) wantOK(t *testing.T, scenario string, count int) {
	t.Helper()
	require.Contains(t, r.last, fmt.Sprintf("ok %s count=%d ", scenario, count))
	require.Zero(t, r.status)
}

// wantFailed checks that it failed, and that it says why.
func (r result) wantFailed(t *testing.T, scenario string, why ...string) {
	t.Helper()
	require.Contains(t, r.last, "failed "+scenario+": ")
	require.Equal(t, 1, r.status)
	for _, w := range why {
		require.Contains(t, r.last, w)
	}
}

// Our own programs need no peer: what fails here fails everywhere.
func TestOurselves(t *testing.T) {
	for _, v := range versions {
		for _, scenario := range []string{"open", "echo", "next", "ping", "fail"} {
			for _, loss := range []string{"0", "0.1"} {
				t.Run(fmt.Sprintf("%s/%s/loss %s", v.ours, scenario, loss), func(t *testing.T) {
					t.Parallel()
					count := 20
					if scenario == "open" {
						count = 0
					}
					s := serveEcho(t)
					url := "http://" + tap(t, s.addr["http"]) + "/"
					runEcho(t, time.Minute, scenario, url, "-count=20", "-rm", v.ours, "-loss", loss).wantOK(t, scenario, count)
					s.wants(inOrder(v.ours, count))
				})
			}
		}
	}
}

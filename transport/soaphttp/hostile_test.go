package soaphttp

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

// recommended is what the package comment tells a server to set.
func recommended(s *http.Server) {
	s.ReadHeaderTimeout, s.ReadTimeout, s.IdleTimeout, s.MaxHeaderBytes = 10*time.Second, time.Minute, 2*time.Minute, 64<<10
}

// Requests that two readers may take for different ones. Nearly all of it is net/http's answer; here it is written down.
func TestSmuggling(t *testing.T) {
	body := wire(t, request(soap.V12, "outer"))
	hidden := wire(t, request(soap.V12, "hidden"))
	smuggled := fmt.Sprintf("POST / HTTP/1.1\r\nHost: service.test\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", type12, len(hidden), hidden)
	chunked := func(s string) string { return fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(s), s) }
	head := "POST / HTTP/1.1\r\nHost: service.test\r\nContent-Type: " + type12 + "\r\n"
	length := fmt.Sprintf("Content-Length: %d\r\n", len(body))
	const te = "Transfer-Encoding: chunked\r\n"
	for name, test := range map[string]struct {
		wire string
		want []int // statuses, until the connection ends
	}{
		"plain": {head + length + "Connection: close\r\n\r\n" + body, []int{200}},
		// RFC 9112, 6.3: the connection has to be closed then. net/http goes by the chunks, serves on, and does not tell its handlers:
		// a proxy in front that goes by the length must not exist.
		"length and chunks":          {head + "Content-Length: 5\r\n" + te + "\r\n" + chunked(body) + smuggled, []int{200, 200}},
		"length, twice the same":     {head + length + length + "Connection: close\r\n\r\n" + body, []int{200}},
		"two lengths":                {head + length + "Content-Length: 1\r\n\r\n" + body, []int{400}},
		"list of lengths":            {head + fmt.Sprintf("Content-Length: %d, %d\r\n\r\n", len(body), len(body)) + body, []int{400}},
		"length with a sign":         {head + fmt.Sprintf("Content-Length: +%d\r\n\r\n", len(body)) + body, []int{400}},
		"length below zero":          {head + "Content-Length: -1\r\n\r\n" + body, []int{400}},
		"length beyond numbers":      {head + "Content-Length: 99999999999999999999\r\n\r\n" + body, []int{400}},
		"no length":                  {head + "\r\n" + smuggled, []int{500, 200}}, // a request without a body, and another
		"chunks twice":               {head + te + te + "\r\n" + chunked(body), []int{501}},
		"chunks and more":            {head + "Transfer-Encoding: identity, chunked\r\n\r\n" + chunked(body), []int{501}},
		"chunks by another name":     {head + "Transfer-Encoding: xchunked\r\n\r\n" + chunked(body), []int{501}},
		"space before the colon":     {head + "Transfer-Encoding : chunked\r\n\r\n" + chunked(body), []int{400}},
		"folded line":                {head + "X: 1\r\n " + te + length + "Connection: close\r\n\r\n" + body, []int{200}}, // part of X
		"chunk size with bare LF":    {head + te + "\r\n" + fmt.Sprintf("%x\n%s\r\n0\r\n\r\n", len(body), body), []int{503}},
		"chunk size with a sign":     {head + te + "\r\n" + fmt.Sprintf("+%x\r\n%s\r\n0\r\n\r\n", len(body), body), []int{503}},
		"chunk size beyond numbers":  {head + te + "\r\nfffffffffffffffff\r\n" + body, []int{503}},
		"chunk longer than its size": {head + te + "\r\n1\r\n" + body + "\r\n0\r\n\r\n", []int{503}},
		"bare LF":                    {strings.ReplaceAll(head+length+"Connection: close\r\n\r\n", "\r\n", "\n") + body, []int{200}},
		"bare CR":                    {head + "X: a\rTransfer-Encoding: chunked\r\n" + length + "\r\n" + body, []int{400}},
		"zero byte":                  {head + "X: a\x00b\r\n" + length + "\r\n" + body, []int{400}},
		"no host":                    {"POST / HTTP/1.1\r\nContent-Type: " + type12 + "\r\n" + length + "\r\n" + body, []int{400}},
		"two hosts":                  {head + "Host: other.test\r\n" + length + "\r\n" + body, []int{400}},
		"large head":                 {head + "X: " + strings.Repeat("x", 100<<10) + "\r\n" + length + "\r\n" + body, []int{431}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := serve(t, &Handler{Server: serverFunc(echo)}, recommended)
				conn, err := n.dial(t.Context(), "", "")
				require.NoError(t, err)
				var sent sync.WaitGroup
				sent.Go(func() { io.WriteString(conn, test.wire) })
				var got []int
				in := bufio.NewReader(conn)
				for {
					resp, err := http.ReadResponse(in, nil)
					if err != nil {
						break
					}
					io.Copy(io.Discard, resp.Body)
					got = append(got, resp.StatusCode)
				}
				conn.Close()
				sent.Wait()
				require.Equal(t, test.want, got)
			})
		})
	}
}

// Whoever sends slowly, or nothing, is cut off; the time is the server's to set.
func TestSlowClients(t *testing.T) {
	env := wire(t, request(soap.V12, strings.Repeat("x", 10_000)))
	head := fmt.Sprintf("POST / HTTP/1.1\r\nHost: service.test\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", type12, len(env))
	for _, test := range []struct {
		name, sends string
		after       time.Duration
	}{
		{"nothing", "", 10 * time.Second},
		{"half a head", head[:50], 10 * time.Second},
		{"half a body", head + env[:5000], time.Minute},
		{"no more than one request", head + env, 2 * time.Minute},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := serve(t, &Handler{Server: serverFunc(echo)}, recommended)
				conn, err := n.dial(t.Context(), "", "")
				require.NoError(t, err)
				defer conn.Close()
				begin := time.Now()
				var sent sync.WaitGroup
				sent.Go(func() { io.WriteString(conn, test.sends) })
				io.Copy(io.Discard, conn)
				sent.Wait()
				// net/http may wait for half a second, so that its last answer can be read.
				require.InDelta(t, test.after.Seconds(), time.Since(begin).Seconds(), 0.6)
			})
		})
	}
}

// Who closes its half after the request is answered as long as the Server does not give up with the context: to net/http such a
// client is gone.
func TestHalfClosed(t *testing.T) {
	var ended bool
	srv := httptest.NewServer(&Handler{Server: serverFunc(func(ctx context.Context, p transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
		<-ctx.Done()
		ended = true
		return echo(ctx, p, env)
	})})
	defer srv.Close()
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	body := wire(t, request(soap.V12, "half"))
	fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: service.test\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", type12, len(body), body)
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	b, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Contains(t, string(b), "200 OK")
	require.True(t, ended)
}

// A packed body unpacks as far as the limit, and takes memory as far as that.
func TestGzipBombs(t *testing.T) {
	bomb := zip(strings.Repeat(" ", 32<<20))
	require.Less(t, len(bomb), 100<<10)
	nested := zip(bomb)
	h := &Handler{Server: never(t)}
	var before, later runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 4 {
		require.Equal(t, 413, post(h, bomb, "Content-Type", type12, "Content-Encoding", "gzip").StatusCode)
		require.Equal(t, 415, post(h, nested, "Content-Type", type12, "Content-Encoding", "gzip, gzip").StatusCode)
	}
	runtime.ReadMemStats(&later)
	each := (later.TotalAlloc - before.TotalAlloc) / 4
	t.Logf("%d kB allocated for a bomb of %d kB", each>>10, len(bomb)>>10)
	require.Less(t, each, uint64(32<<20), "eight times the limit, for all buffers on the way")
}

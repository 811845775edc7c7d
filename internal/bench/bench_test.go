package bench

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/examples/echo"
	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
	"github.com/gowsrm/wsrm/transport/soaphttp"
)

// listen serves h on loopback and returns its URL.
func listen(tb testing.TB, h http.Handler) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	srv := &http.Server{Handler: h, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	go srv.Serve(l)
	tb.Cleanup(func() { srv.Close() })
	return "http://" + l.Addr().String() + "/"
}

// httpClient keeps as many connections as there are callers.
func httpClient(tb testing.TB, callers int) *http.Client {
	t := &http.Transport{MaxIdleConnsPerHost: callers + 1, MaxIdleConns: callers + 1, DisableCompression: true}
	tb.Cleanup(t.CloseIdleConnections)
	return &http.Client{Transport: t}
}

const kilobyte = 1024

var text = strings.Repeat("0123456789abcdef", kilobyte/16)

// echoString is the handler of all comparisons.
func echoString(_ context.Context, m *rm.Message) (*soap.Envelope, error) {
	var body []byte
	if err := m.Decode(&body); err != nil {
		return nil, err
	}
	// Not through encoding/xml: what is measured is the protocol.
	return soap.New(echo.ActionEchoStringResponse, bytes.ReplaceAll(body, []byte("echoString"), []byte("echoStringResponse"))), nil
}

// request is a body that takes no time to encode.
var request = []byte(`<echoString xmlns="` + echo.Namespace + `"><text>` + text + `</text></echoString>`)

// reliable returns a call in a session with callers callers.
func reliable(tb testing.TB, callers int) func() error {
	srv := &rm.Server{Handler: rm.Mux{echo.ActionEchoString: echoString}, Options: &rm.Options{Unordered: true, Window: 2 * callers}}
	url := listen(tb, &soaphttp.Handler{Server: srv})
	s, err := rm.Open(context.Background(), &soaphttp.Client{URL: url, HTTP: httpClient(tb, callers)}, &rm.Options{Window: callers + 1})
	require.NoError(tb, err)
	tb.Cleanup(func() { s.Close(context.Background()) })
	return func() error {
		_, err := s.Call(context.Background(), soap.New(echo.ActionEchoString, request))
		return err
	}
}

// plainHandler answers each envelope, without reliable messaging.
type plainHandler struct{}

func (plainHandler) ServeExchange(ctx context.Context, _ transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
	e, err := echoString(ctx, &rm.Message{Envelope: env})
	if err != nil {
		return nil, err
	}
	e.Version, e.Addressing, e.RelatesTo = env.Version, env.Addressing, env.MessageID
	return e, nil
}

// plain returns a SOAP call through the same codec and the same HTTP.
func plain(tb testing.TB, callers int) func() error {
	url := listen(tb, &soaphttp.Handler{Server: plainHandler{}})
	client := &soaphttp.Client{URL: url, HTTP: httpClient(tb, callers)}
	var id atomic.Uint64
	return func() error {
		e := soap.New(echo.ActionEchoString, request)
		e.To, e.MessageID = url, "urn:uuid:00000000-0000-4000-8000-"+pad(id.Add(1))
		answer, err := client.Exchange(context.Background(), e)
		if err != nil {
			return err
		}
		return answer.Err()
	}
}

func pad(n uint64) string {
	const digits = "000000000000"
	s := []byte(digits)
	for i := len(s) - 1; n > 0; i-- {
		s[i] = byte('0' + n%10)
		n /= 10
	}
	return string(s)
}

// raw returns an exchange of as many bytes as a reliable call has, by net/http alone.
func raw(tb testing.TB, callers int) func() error {
	// The size of a request and of an answer, as written by both sides of a session.
	size := rawSize(tb)
	url := listen(tb, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		w.Header().Set("Content-Type", "application/soap+xml; charset=utf-8")
		w.Write(b)
	}))
	client := httpClient(tb, callers)
	payload := bytes.Repeat([]byte("x"), size)
	return func() error {
		req, err := http.NewRequest("POST", url, bytes.NewReader(payload))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/soap+xml; charset=utf-8")
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		_, err = io.ReadAll(resp.Body)
		return err
	}
}

// rawSize is the mean size of the envelopes of a reliable call.
func rawSize(tb testing.TB) int {
	var requests, responses, n int
	srv := &rm.Server{Handler: rm.Mux{echo.ActionEchoString: echoString}}
	h := &soaphttp.Handler{Server: srv}
	url := listen(tb, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, requests = n+1, int(r.ContentLength)
		h.ServeHTTP(&counter{w, &responses}, r)
	}))
	s, err := rm.Open(context.Background(), &soaphttp.Client{URL: url}, nil)
	require.NoError(tb, err)
	for range 10 {
		responses = 0
		_, err := s.Call(context.Background(), soap.New(echo.ActionEchoString, request))
		require.NoError(tb, err)
	}
	size := (requests + responses) / 2
	require.NoError(tb, s.Close(context.Background()))
	return size
}

type counter struct {
	http.ResponseWriter
	n *int
}

func (c *counter) Write(b []byte) (int, error) {
	*c.n += len(b)
	return c.ResponseWriter.Write(b)
}

// rates runs each of calls by so many callers, in turns of a fifth of a second each, until each has run for total (one
// turn at least), and returns calls per second.
func rates(tb testing.TB, callers int, total time.Duration, calls ...func() error) []float64 {
	tb.Helper()
	const turn = 200 * time.Millisecond
	done := make([]int, len(calls))
	spent := make([]time.Duration, len(calls))
	for _, call := range calls { // warm up
		run(tb, callers, turn/4, call)
	}
	for round := 0; round == 0 || time.Duration(round)*turn < total; round++ {
		for i, call := range calls {
			n, d := run(tb, callers, turn, call)
			done[i] += n
			spent[i] += d
		}
	}
	r := make([]float64, len(calls))
	for i := range r {
		r[i] = float64(done[i]) / spent[i].Seconds()
	}
	return r
}

func run(tb testing.TB, callers int, d time.Duration, call func() error) (int, time.Duration) {
	tb.Helper()
	var n atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	begin := time.Now()
	for range callers {
		wg.Go(func() {
			for time.Since(begin) < d {
				if err := call(); err != nil {
					failed.Store(&err)
					return
				}
				n.Add(1)
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		tb.Fatal(*err)
	}
	return int(n.Load()), time.Since(begin)
}

// BenchmarkHTTP compares a request and its reply of 1 KB in a session with offer (reliable), through the same codec
// without sessions (plain), and the same bytes through net/http alone (raw).
func BenchmarkHTTP(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(map[int]string{1: "callers=1", 64: "callers=64"}[callers], func(b *testing.B) {
			calls := []func() error{reliable(b, callers), plain(b, callers), raw(b, callers)}
			var r []float64
			b.ReportMetric(0, "ns/op")
			for range min(b.N, 1) {
				r = rates(b, callers, budget(b), calls...)
			}
			b.ReportMetric(r[0], "reliable/s")
			b.ReportMetric(r[1], "plain/s")
			b.ReportMetric(r[2], "raw/s")
			b.ReportMetric(r[0]/r[1], "reliable/plain")
			b.ReportMetric(r[0]/r[2], "reliable/raw")
		})
	}
}

package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/examples/echo"
	"github.com/gowsrm/wsrm/internal/interop/peers"
	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
	"github.com/gowsrm/wsrm/transport/soaphttp"
)

// either serves messages with reliable messaging and without it, so that one client can be measured both ways.
type either struct {
	rm    *rm.Server
	plain transport.Handler
}

func (e either) ServeExchange(ctx context.Context, p transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
	h := transport.Handler(e.rm)
	if env.Action == echo.ActionEchoString {
		h = e.plain
		for block := range env.Headers() {
			if block.Name.Local == "Sequence" {
				h = e.rm
			}
		}
	}
	return h.ServeExchange(ctx, p, env)
}

var quiet = &rm.Options{Logger: slog.New(slog.DiscardHandler)}

// program runs a client program until it is done and returns what it printed.
func program(b *testing.B, name string, args ...string) (string, error) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 3*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %v: %w\n%s", name, args, err, out)
	}
	return string(out), nil
}

var rate = regexp.MustCompile(`rate=([\d.]+)`)

// rateOf reads it from what a WCF or CXF client printed.
func rateOf(b *testing.B, said string) float64 {
	b.Helper()
	m := rate.FindStringSubmatch(said)
	require.NotNil(b, m, said)
	r, err := strconv.ParseFloat(m[1], 64)
	require.NoError(b, err)
	return r
}

// wcfRate runs the WCF client and returns its calls a second. With as many callers in one session as its window has places,
// the client may lose count of them and fail with "Queue empty": a bug of its own, after which the run is made again.
func wcfRate(b *testing.B, wcf string, args ...string) float64 {
	b.Helper()
	said, err := program(b, wcf, args...)
	for tries := 0; err != nil && tries < 5 && strings.Contains(err.Error(), "Queue empty"); tries++ {
		b.Log("the WCF client failed with \"Queue empty\"")
		said, err = program(b, wcf, args...)
	}
	require.NoError(b, err)
	return rateOf(b, said)
}

// BenchmarkWCF compares eight WCF callers in one ordered session with the same client without sessions, against the same
// server. (WCF's own service takes only the next number, and serves eight such callers at some 20 calls a second.)
func BenchmarkWCF(b *testing.B) {
	wcf := peers.WCF(b)
	url := listen(b, &soaphttp.Handler{Server: either{
		rm:    &rm.Server{Handler: rm.Mux{echo.ActionEchoString: echoString}, Options: quiet},
		plain: plainHandler{},
	}})
	count := 2000
	if budget(b) < time.Second {
		count = 100
	}
	for _, callers := range []int{1, 8} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			args := []string{"echo", "--url", url, "--binding", "wshttp", "--rm", "11", "--size", "1024", "--window", "32",
				"--count", strconv.Itoa(count), "--concurrency", strconv.Itoa(callers)}
			wcfRate(b, wcf, append(args, "--plain")...) // warm up
			var reliable, plain float64
			const rounds = 3
			for range rounds {
				plain += wcfRate(b, wcf, append(args, "--plain")...) / rounds
				reliable += wcfRate(b, wcf, args...) / rounds
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(reliable, "reliable/s")
			b.ReportMetric(plain, "plain/s")
			b.ReportMetric(reliable/plain, "reliable/plain")
		})
	}
}

// listening starts a server program, which ends with the benchmark, and returns the rest of the line that it begins with.
func listening(b *testing.B, begin, name string, args ...string) string {
	b.Helper()
	cmd := exec.Command(name, args...)
	out, err := cmd.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, cmd.Start())
	b.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(b, err)
	addr, found := strings.CutPrefix(strings.TrimSpace(line), begin)
	require.True(b, found, line)
	return addr
}

// gsoapRate runs the gSOAP client for n calls and returns calls a second.
func gsoapRate(b *testing.B, url string, n int) float64 {
	b.Helper()
	said, err := program(b, peers.GSOAP(b, "rmclient"), "--size", "1024", "-n", strconv.Itoa(n), url)
	require.NoError(b, err)
	var result struct {
		PerSecond float64 `json:"per_second"`
	}
	require.NoError(b, json.Unmarshal([]byte(said), &result), said)
	require.NotZero(b, result.PerSecond, said)
	return result.PerSecond
}

// BenchmarkGSOAP compares one caller of ours at a server of ours with gSOAP's client at gSOAP's server: WS-RM 1.1 with
// offer, SOAP 1.1, texts of 1 KB, kept connections. Both are two sides on one machine; ours share a process.
func BenchmarkGSOAP(b *testing.B) {
	theirs := "http://" + listening(b, "listening on ", peers.GSOAP(b, "rmserver"), "0") + "/echo"
	srv := &rm.Server{Handler: rm.Mux{echo.ActionEchoString: echoString}, Options: quiet}
	url := listen(b, &soaphttp.Handler{Server: srv})
	s, err := rm.Open(b.Context(), &soaphttp.Client{URL: url, HTTP: httpClient(b, 1)}, &rm.Options{SOAP: soap.V11})
	require.NoError(b, err)
	b.Cleanup(func() { s.Close(context.Background()) })
	call := func() error {
		_, err := s.Call(context.Background(), soap.New(echo.ActionEchoString, request))
		return err
	}
	n := 1500 // what an acknowledgement costs the plugin grows with the length of the sequence: see peers/gsoap/README.md
	d := time.Second
	if budget(b) < time.Second {
		n, d = 50, 50*time.Millisecond
	}
	gsoapRate(b, theirs, n/10+1) // warm up
	var ours, gsoap float64
	const rounds = 3
	for range rounds {
		gsoap += gsoapRate(b, theirs, n) / rounds
		done, spent := run(b, 1, d, call)
		ours += float64(done) / spent.Seconds() / rounds
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ours, "ours/s")
	b.ReportMetric(gsoap, "gsoap/s")
	b.ReportMetric(ours/gsoap, "ours/gsoap")
}

// BenchmarkCXF compares one caller of ours at a server of ours with CXF's client at CXF's server: WS-RM 1.1 with offer, SOAP
// 1.2, texts of 1 KB, kept connections. Its server lives through all rounds, and the start of a client is not in its rate.
// (With Java's second compiler CXF is slower over so many calls than with the first alone, which the start script asks for.)
func BenchmarkCXF(b *testing.B) {
	peer := peers.CXF(b)
	theirs := "http://" + listening(b, "listening http=", peer, "serve", "--port", "0") + "/11/soap12"
	srv := &rm.Server{Handler: rm.Mux{echo.ActionEchoString: echoString}, Options: quiet}
	url := listen(b, &soaphttp.Handler{Server: srv})
	s, err := rm.Open(b.Context(), &soaphttp.Client{URL: url, HTTP: httpClient(b, 1)}, nil)
	require.NoError(b, err)
	b.Cleanup(func() { s.Close(context.Background()) })
	call := func() error {
		_, err := s.Call(context.Background(), soap.New(echo.ActionEchoString, request))
		return err
	}
	n, d := 1000, time.Second
	if budget(b) < time.Second {
		n, d = 50, 50*time.Millisecond
	}
	cxfRate := func(n int) float64 {
		said, err := program(b, peer, "echo", "--url", theirs, "--size", "1024", "--count", strconv.Itoa(n))
		require.NoError(b, err)
		return rateOf(b, said)
	}
	cxfRate(n/10 + 1) // warm up
	var ours, cxf float64
	const rounds = 3
	for range rounds {
		cxf += cxfRate(n) / rounds
		done, spent := run(b, 1, d, call)
		ours += float64(done) / spent.Seconds() / rounds
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ours, "ours/s")
	b.ReportMetric(cxf, "cxf/s")
	b.ReportMetric(ours/cxf, "ours/cxf")
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// network is one that fails as often as a test wants, and remembers when it was asked for what.
type network struct {
	errs  []error // of one attempt after the other; the next one is answered
	sends bool    // before it fails
	stale bool    // it tries first a connection that turns out to be closed
	asked []string
	begin time.Time
}

func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	b, _ := io.ReadAll(r.Body)
	r.Body.Close()
	n.asked = append(n.asked, fmt.Sprintf("%v %s", time.Since(n.begin), b))
	trace := httptrace.ContextClientTrace(r.Context())
	if n.stale {
		trace.GetConn("")
		trace.GotConn(httptrace.GotConnInfo{Reused: true})
	}
	trace.GetConn("")
	if n.sends || len(n.errs) == 0 {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	if len(n.errs) == 0 {
		return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
	}
	err := n.errs[0]
	if len(n.errs) > 1 {
		n.errs = n.errs[1:]
		return nil, err
	}
	n.errs = nil
	return nil, err
}

func TestAttemptsToReachTheService(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	unknown := &net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}}
	broken := &net.OpError{Op: "read", Err: syscall.ECONNRESET}
	untrusted := errors.New("tls: who is this?")
	for _, c := range []struct {
		name    string
		network network
		plain   bool
		asked   []string // times in virtual time, bodies
		err     error
		unsent  bool
	}{
		{"there", network{}, false, []string{"0s m"}, nil, false},
		{"away for a while", network{errs: []error{refused, unknown, refused, refused, refused, refused, refused}}, false,
			[]string{"0s m", "100ms m", "300ms m", "700ms m", "1.5s m", "3.1s m", "5.1s m", "7.1s m"}, nil, false},
		{"away for long", network{errs: []error{refused, refused, refused, refused, refused, refused, refused, refused, refused}}, false,
			[]string{"0s m", "100ms m", "300ms m", "700ms m", "1.5s m", "3.1s m", "5.1s m", "7.1s m", "9.1s m"}, syscall.ECONNREFUSED, true},
		{"away, and no message of a session", network{errs: []error{refused}}, true, []string{"0s m"}, syscall.ECONNREFUSED, true},
		{"away, which shows by a connection that it has closed", network{errs: []error{refused}, stale: true}, false, []string{"0s m", "100ms m"}, nil, false},
		{"broken off", network{errs: []error{broken}, sends: true}, false, []string{"0s m"}, syscall.ECONNRESET, false},
		{"connected, whatever the error is", network{errs: []error{refused}, sends: true}, false, []string{"0s m"}, syscall.ECONNREFUSED, false},
		{"not trusted", network{errs: []error{untrusted}}, false, []string{"0s m"}, untrusted, true},
		{"away, and then too slow to connect", network{errs: []error{refused, context.DeadlineExceeded}}, false, []string{"0s m", "100ms m"}, syscall.ECONNREFUSED, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				c.network.begin = time.Now()
				r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://service", strings.NewReader("m"))
				require.NoError(t, err)
				if c.plain {
					r.GetBody = nil
				}
				_, err = (&upstream{next: &c.network}).RoundTrip(r)
				require.Equal(t, c.asked, c.network.asked)
				_, unsent := errors.AsType[*unsentError](err)
				require.Equal(t, c.unsent, unsent)
				require.ErrorIs(t, err, c.err)
			})
		})
	}
}

func TestNoAttemptsForASessionThatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://service", strings.NewReader("m"))
		require.NoError(t, err)
		n := &network{errs: []error{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}, begin: time.Now()}
		_, err = (&upstream{next: n}).RoundTrip(r)
		require.ErrorIs(t, err, context.Canceled)
		require.Len(t, n.asked, 1)
	})
}

// A service that is started while a message is on the way gets it, once.
func TestServiceThatIsAway(t *testing.T) {
	for _, how := range [][]string{nil, {"-ack-handled"}} {
		t.Run(strings.Join(how, ""), func(t *testing.T) {
			addr := unused(t)
			near := begin(t, append(how, "-listen", "127.0.0.1:0", "-to", "http://"+addr)...)
			far := begin(t, "-listen-out", "127.0.0.1:0", "-reliable", "http://"+near.addr["in"])
			done := make(chan string)
			go func() {
				_, body := call(t, far.addr["out"], "patient")
				done <- body
			}()
			require.Eventually(t, func() bool { return near.in.reliable.Stats().Delivered > 0 }, time.Minute, time.Millisecond)
			l, err := net.Listen("tcp", addr)
			require.NoError(t, err)
			times := 0
			service := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				times++
				w.Header().Set("Content-Type", "text/xml")
				fmt.Fprintf(w, `<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><done times="%d"/></S:Body></S:Envelope>`, times)
			})}
			go service.Serve(l)
			defer service.Close()
			require.Contains(t, <-done, `times="1"`)
			require.EqualValues(t, 1, near.in.reliable.Stats().Delivered, "by the gateway's own attempts")
			require.NoError(t, far.stop())
			require.NoError(t, near.stop())
		})
	}
}

func TestClientIsToldWhatTheServiceDid(t *testing.T) {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		switch {
		case strings.Contains(string(b), "slow"):
			<-r.Context().Done()
		case strings.Contains(string(b), "half"):
			w.Header().Set("Content-Type", "text/xml")
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, "<half")
			w.(http.Flusher).Flush()
		}
		panic(http.ErrAbortHandler)
	}))
	defer service.Close()
	const away, late, off = "The service could not be reached: the message was not handed on.", "The service did not answer in time: the message may have been handed on.",
		"The service broke off: the message may have been handed on."
	for _, c := range []struct {
		name, to, text string
		session        bool
		header         []string
		code           int
		want           string
	}{
		{"away", "http://" + unused(t), "x", true, nil, 500, away},
		{"slow", service.URL, "slow", true, nil, 500, late},
		{"broken off", service.URL, "x", true, nil, 500, off},
		{"broken off in its answer", service.URL, "half", true, nil, 500, off},
		{"away, without a session", "http://" + unused(t), "x", false, nil, 502, away},
		{"slow, without a session", service.URL, "slow", false, nil, 504, late},
		{"away, for no message", "http://" + unused(t), "x", false, []string{"Content-Type", "text/plain"}, 502, "The service could not be reached.\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			near := begin(t, "-listen", "127.0.0.1:0", "-to", c.to, "-upstream-timeout", "300ms")
			addr := near.addr["in"]
			if c.session {
				far := begin(t, "-listen-out", "127.0.0.1:0", "-reliable", "http://"+addr)
				defer far.stop()
				addr = far.addr["out"]
			}
			code, body := call(t, addr, c.text, c.header...)
			require.Equal(t, c.code, code)
			require.Contains(t, body, c.want)
			require.Equal(t, len(c.header) == 0, strings.Contains(body, "Fault>"))
		})
	}
}

// What counts as handled is answered by an envelope, so with -ack-handled there is none.
func TestNoFaultIfItIsToBeHandled(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("x"))
	r.GetBody = func() (io.ReadCloser, error) { return http.NoBody, nil }
	r.Header.Set("Content-Type", "application/soap+xml")
	for _, handled := range []bool{false, true} {
		c, err := parse([]string{"-listen", ":0", "-to", "http://" + unused(t), "-upstream-timeout", "10ms", fmt.Sprint("-ack-handled=", handled)}, io.Discard)
		require.NoError(t, err)
		w := httptest.NewRecorder()
		newInward(c).next(w, r)
		if handled {
			require.Equal(t, 502, w.Code)
			require.Empty(t, w.Body.String())
			continue
		}
		require.Equal(t, 500, w.Code)
		require.Equal(t, "application/soap+xml; charset=utf-8", w.Header().Get("Content-Type"))
		require.Contains(t, w.Body.String(), "http://www.w3.org/2003/05/soap-envelope")
	}
}

// logged is what the gateway logs while f runs.
func logged(t *testing.T, f func()) string {
	var said lockedBuilder
	before := slog.Default()
	defer slog.SetDefault(before)
	slog.SetDefault(slog.New(slog.NewTextHandler(&said, nil)))
	f()
	return said.String()
}

// What the gateway itself cuts off when it ends is no failure of the service.
func TestWhatIsCutOffByTheGatewayIsNotTheServices(t *testing.T) {
	began := make(chan struct{})
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		began <- struct{}{}
		<-r.Context().Done()
	}))
	defer service.Close()
	said := logged(t, func() {
		near := begin(t, "-listen", "127.0.0.1:0", "-to", service.URL, "-shutdown-timeout", "10ms")
		far := begin(t, "-listen-out", "127.0.0.1:0", "-reliable", "http://"+near.addr["in"])
		defer far.stop()
		done := make(chan struct{})
		go func() {
			defer close(done)
			call(t, far.addr["out"], "x")
		}()
		<-began
		require.Error(t, near.stop())
		<-done
	})
	require.NotContains(t, said, "gateway: the service")
}

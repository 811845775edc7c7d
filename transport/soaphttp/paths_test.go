package soaphttp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

// ask makes an exchange with an echo and wants it to come back.
func ask(t *testing.T, c *Client, text string) {
	t.Helper()
	reply, err := c.Exchange(t.Context(), request(soap.V12, text))
	require.NoError(t, err)
	require.Equal(t, text, textOf(t, reply))
}

// A server that closes connections without saying so, just when the next request is written: some attempts fail, but none is
// made twice, and another attempt may follow.
func TestClosedWhileRequestsAreWritten(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var mu sync.Mutex
	seen := map[string]int{}
	var open sync.WaitGroup
	open.Go(func() {
		for i := uint64(0); ; i++ {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() {
				defer conn.Close()
				in, dice := bufio.NewReader(conn), rand.New(rand.NewPCG(1, i))
				for range 1 + dice.IntN(3) {
					req, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					io.Copy(io.Discard, req.Body)
					mu.Lock()
					seen[req.Header.Get("Attempt")]++
					mu.Unlock()
					io.WriteString(conn, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
				}
				for range dice.IntN(100) { // some microseconds
					runtime.Gosched()
				}
			})
		}
	})
	c := &Client{URL: "http://" + l.Addr().String()}
	done := 0
	for i := range 1000 {
		attempt := fmt.Sprint(i)
		_, err := c.Exchange(WithHeader(t.Context(), http.Header{"Attempt": {attempt}}), request(soap.V12, "one way"))
		mu.Lock()
		times := seen[attempt]
		mu.Unlock()
		require.LessOrEqual(t, times, 1, "net/http repeats only what it has not written")
		if err != nil {
			require.NotErrorIs(t, err, transport.ErrPermanent)
			continue
		}
		require.Equal(t, 1, times)
		done++
	}
	require.Greater(t, done, 500)
	c.CloseIdleConnections()
	l.Close()
	open.Wait()
}

// HTTP/2 without TLS, where both sides have asked for it.
func TestUnencryptedHTTP2(t *testing.T) {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	var proto string
	h := &Handler{Server: serverFunc(echo)}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proto = r.Proto
		h.ServeHTTP(w, r)
	}))
	srv.Config.Protocols = protocols
	srv.Start()
	defer srv.Close()
	c := &Client{URL: srv.URL, HTTP: &http.Client{Transport: &http.Transport{Protocols: protocols}}}
	defer c.CloseIdleConnections()
	for _, text := range []string{"short", strings.Repeat("long ", 100_000)} {
		ask(t, c, text)
		require.Equal(t, "HTTP/2.0", proto)
	}
}

// A balancer that routes by cookie sends all of a client's requests to one of two servers, with the Client's own HTTP client
// and with the user's, if it has a jar.
func TestStickyBalancer(t *testing.T) {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	for _, theirs := range []*http.Client{nil, {Transport: &http.Transport{}, Jar: jar}} {
		var served [2]int
		var backends [2]*httputil.ReverseProxy
		for i := range backends {
			h := &Handler{Server: serverFunc(func(ctx context.Context, p transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
				served[i]++
				return echo(ctx, p, env)
			})}
			srv := httptest.NewServer(h)
			defer srv.Close()
			u, err := url.Parse(srv.URL)
			require.NoError(t, err)
			backends[i] = httputil.NewSingleHostReverseProxy(u)
		}
		next := 0
		front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			to := next % 2
			if c, err := r.Cookie("backend"); err == nil {
				fmt.Sscan(c.Value, &to)
			} else {
				next++
				http.SetCookie(w, &http.Cookie{Name: "backend", Value: fmt.Sprint(to), Path: "/", HttpOnly: true})
			}
			backends[to].ServeHTTP(w, r)
		}))
		defer front.Close()
		for i := range 2 { // a second client lands on the other server
			c := &Client{URL: front.URL, HTTP: theirs}
			for range 5 {
				ask(t, c, "sticky")
			}
			c.CloseIdleConnections()
			if theirs == nil {
				require.Equal(t, 5, served[i])
			}
		}
		if theirs != nil {
			require.Equal(t, [2]int{10, 0}, served, "one jar, one server")
		}
	}
}

// A client that asks whether its body is wanted is told so, or told why it is not.
func TestHandlerExpectContinue(t *testing.T) {
	n := serve(t, &Handler{Server: serverFunc(echo)})
	body := wire(t, request(soap.V12, "expected"))
	head := func(contentType string, length int) string {
		return fmt.Sprintf("POST / HTTP/1.1\r\nHost: service.test\r\nContent-Type: %s\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", contentType, length)
	}
	for _, test := range []struct {
		head, first string
		body        bool
	}{
		{head(type12, len(body)), "HTTP/1.1 100 Continue", true},
		{head(`multipart/related; type="application/xop+xml"`, len(body)), "HTTP/1.1 415 Unsupported Media Type", false},
		{head(type12, 5<<20), "HTTP/1.1 413 Request Entity Too Large", false},
		{strings.Replace(head(type12, len(body)), "100-continue", "a miracle", 1), "HTTP/1.1 417 Expectation Failed", false},
	} {
		conn, err := n.dial(t.Context(), "", "")
		require.NoError(t, err)
		var sent sync.WaitGroup
		sent.Go(func() { io.WriteString(conn, test.head) })
		in := bufio.NewReader(conn)
		line, err := in.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, test.first, strings.TrimSpace(line))
		if test.body {
			in.ReadString('\n')
			sent.Go(func() { io.WriteString(conn, body) })
			resp, err := http.ReadResponse(in, nil)
			require.NoError(t, err)
			require.Equal(t, 200, resp.StatusCode)
			require.Contains(t, func() string { b, _ := io.ReadAll(resp.Body); return string(b) }(), "expected")
		}
		conn.Close()
		sent.Wait()
	}
}

// Whose transport has an ExpectContinueTimeout asks before it sends, if the header is set; a refusal spares the body.
func TestClientExpectContinue(t *testing.T) {
	theirs := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}
	defer theirs.CloseIdleConnections()
	var got string
	h := &Handler{Server: serverFunc(echo)}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("Expect")
		h.ServeHTTP(w, r)
	}))
	defer srv.Close()
	c := &Client{URL: srv.URL, HTTP: theirs, Header: http.Header{"Expect": {"100-continue"}}}
	ask(t, c, strings.Repeat("long ", 10_000))
	require.Equal(t, "100-continue", got)

	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusExpectationFailed) }))
	defer refusing.Close()
	body := &unwanted{t: t}
	c = &Client{URL: refusing.URL, Header: c.Header, HTTP: &http.Client{Transport: roundTripperFunc(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.Body, r.GetBody = body, nil
		return theirs.Transport.RoundTrip(r)
	})}}
	_, err := c.Exchange(t.Context(), request(soap.V12, "unwanted"))
	e, ok := errors.AsType[*StatusError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, 417, e.Code)
	require.ErrorIs(t, err, transport.ErrPermanent, "the header will be there next time")
}

// unwanted is a body that nobody may read.
type unwanted struct{ t *testing.T }

func (u *unwanted) Read([]byte) (int, error) { u.t.Error("the body was sent"); return 0, io.EOF }
func (u *unwanted) Close() error             { return nil }

// Requests and responses without a length.
func TestChunked(t *testing.T) {
	h := &Handler{Server: serverFunc(echo)}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, []string{"chunked"}, r.TransferEncoding)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		for _, name := range []string{"Content-Type", "Content-Encoding"} {
			w.Header().Set(name, rec.Header().Get(name))
		}
		for b := rec.Body.Bytes(); len(b) > 0; b = b[min(len(b), 100):] {
			w.Write(b[:min(len(b), 100)])
			w.(http.Flusher).Flush()
		}
	}))
	defer srv.Close()
	c := &Client{URL: srv.URL, HTTP: &http.Client{Transport: roundTripperFunc(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.ContentLength, r.GetBody = -1, nil
		return http.DefaultTransport.RoundTrip(r)
	})}}
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	ask(t, c, "short")
	ask(t, c, strings.Repeat("long ", 2000))
}

// IPv6, with a zone too, which means something to this host only: it is in no message.
func TestIPv6(t *testing.T) {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("no IPv6 here")
	}
	var host string
	h := &Handler{Server: serverFunc(echo)}
	srv := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host = r.Host
		h.ServeHTTP(w, r)
	})}}
	srv.Start()
	defer srv.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	plain := &Client{URL: "http://[::1]:" + port + "/path"}
	defer plain.CloseIdleConnections()
	ask(t, plain, "six")
	require.Equal(t, "[::1]:"+port, host)

	zoned := &Client{URL: "http://[::1%25lo]:" + port + "/path", HTTP: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			require.Equal(t, "[::1%lo]:"+port, addr)
			return new(net.Dialer).DialContext(ctx, network, l.Addr().String()) // lo has another name elsewhere
		},
	}}}
	defer zoned.CloseIdleConnections()
	ask(t, zoned, "zone")
	require.Equal(t, "[::1]:"+port, host)
	require.Equal(t, "http://[::1]:"+port+"/path", zoned.Address())
}

// Through a forward proxy go http in absolute form and https by CONNECT.
func TestForwardProxy(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	var tunnels sync.WaitGroup
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.Method+" "+r.RequestURI)
		mu.Unlock()
		if r.Header.Get("Proxy-Authorization") == "" {
			w.Header().Set("Proxy-Authenticate", "Basic")
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		if r.Method != http.MethodConnect {
			(&httputil.ReverseProxy{Rewrite: func(*httputil.ProxyRequest) {}}).ServeHTTP(w, r)
			return
		}
		up, err := net.Dial("tcp", r.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		w.WriteHeader(http.StatusOK)
		down, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			up.Close()
			return
		}
		tunnels.Go(func() { io.Copy(up, buffered); up.Close() })
		tunnels.Go(func() { io.Copy(down, up); down.Close() })
	}))
	h := &Handler{Server: serverFunc(echo)}
	plain, secure := httptest.NewServer(h), httptest.NewTLSServer(h)
	via := func(address string) *http.Client {
		u, err := url.Parse(address)
		require.NoError(t, err)
		tr := secure.Client().Transport.(*http.Transport).Clone()
		tr.Proxy = http.ProxyURL(u)
		return &http.Client{Transport: tr}
	}
	known := via(strings.Replace(proxy.URL, "//", "//ann:secret@", 1))
	ask(t, &Client{URL: plain.URL + "/path", HTTP: known}, "http")
	ask(t, &Client{URL: secure.URL + "/path", HTTP: known}, "https")
	require.Equal(t, []string{"POST " + plain.URL + "/path", "CONNECT " + strings.TrimPrefix(secure.URL, "https://")}, asked)

	unknown := via(proxy.URL)
	_, err := (&Client{URL: plain.URL, HTTP: unknown}).Exchange(t.Context(), request(soap.V12, "who"))
	require.ErrorContains(t, err, "407 Proxy Authentication Required")
	require.ErrorIs(t, err, transport.ErrPermanent)
	_, err = (&Client{URL: secure.URL, HTTP: unknown}).Exchange(t.Context(), request(soap.V12, "who"))
	require.ErrorContains(t, err, "Proxy Authentication Required")
	require.NotErrorIs(t, err, transport.ErrPermanent, "net/http says no more than this text")
	unknown.Transport.(*http.Transport).OnProxyConnectResponse = func(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
		return fmt.Errorf("%s: %w", resp.Status, transport.ErrPermanent)
	}
	_, err = (&Client{URL: secure.URL, HTTP: unknown}).Exchange(t.Context(), request(soap.V12, "who"))
	require.ErrorContains(t, err, "407 Proxy Authentication Required")
	require.ErrorIs(t, err, transport.ErrPermanent)

	known.CloseIdleConnections()
	unknown.CloseIdleConnections()
	plain.Close()
	secure.Close()
	proxy.Close()
	tunnels.Wait()
}

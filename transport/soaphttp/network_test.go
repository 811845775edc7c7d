package soaphttp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

// network is one listener in memory, fit for synctest bubbles.
type network struct {
	backlog chan net.Conn
	once    sync.Once
	closed  chan struct{}

	mu    sync.Mutex
	conns []net.Conn // the server's ends, in the order in which they were dialed
}

func newNetwork() *network {
	return &network{backlog: make(chan net.Conn), closed: make(chan struct{})}
}

func (n *network) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	n.mu.Lock()
	n.conns = append(n.conns, server)
	n.mu.Unlock()
	select {
	case n.backlog <- server:
		return client, nil
	case <-n.closed:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (n *network) Accept() (net.Conn, error) {
	select {
	case c := <-n.backlog:
		return c, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error   { n.once.Do(func() { close(n.closed) }); return nil }
func (n *network) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80} }

func (n *network) dialed() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.conns)
}

// cut breaks every connection that was made so far.
func (n *network) cut() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.conns {
		c.Close()
	}
}

const testURL = "http://service.test/path"

// client is a Client as it is by itself, but for where it dials.
func (n *network) client(t *testing.T, header ...http.Header) *Client {
	c := &Client{URL: testURL}
	for _, h := range header {
		c.Header = h
	}
	require.NoError(t, c.setup())
	c.client.Transport.(*http.Transport).DialContext = n.dial
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// serve runs a real http.Server on a network of its own until the test ends.
func serve(t *testing.T, h http.Handler, options ...func(*http.Server)) *network {
	n := newNetwork()
	srv := &http.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0)}
	for _, o := range options {
		o(srv)
	}
	var done sync.WaitGroup
	done.Go(func() { srv.Serve(n) })
	t.Cleanup(func() {
		srv.Close()
		done.Wait()
	})
	return n
}

// script runs answers on a network of its own: each connection carries one request, and what follows is written as it is.
func script(t *testing.T, answers ...string) *network {
	n := newNetwork()
	var done sync.WaitGroup
	done.Go(func() {
		for i := 0; ; i++ {
			conn, err := n.Accept()
			if err != nil {
				return
			}
			req, err := http.ReadRequest(bufio.NewReader(conn))
			if err == nil {
				io.Copy(io.Discard, req.Body)
				io.WriteString(conn, answers[min(i, len(answers)-1)])
			}
			conn.Close()
		}
	})
	t.Cleanup(func() {
		n.Close()
		done.Wait()
	})
	return n
}

type serverFunc func(context.Context, transport.Peer, *soap.Envelope) (*soap.Envelope, error)

func (f serverFunc) ServeExchange(ctx context.Context, p transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
	return f(ctx, p, env)
}

// echo answers with the body that came.
func echo(_ context.Context, _ transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
	var body []byte
	if err := env.Decode(&body); err != nil {
		return nil, err
	}
	reply := soap.New(env.Action+"Response", body)
	reply.Version, reply.Addressing, reply.RelatesTo = env.Version, env.Addressing, env.MessageID
	return reply, nil
}

func request(v soap.Version, text string) *soap.Envelope {
	env := soap.New("urn:example:Ask", []byte(`<q xmlns="urn:q">`+text+`</q>`))
	env.Version, env.MessageID, env.To = v, "urn:uuid:1", testURL
	return env
}

// wire is an envelope as bytes.
func wire(t testing.TB, env *soap.Envelope) string {
	b, err := env.AppendXML(nil)
	require.NoError(t, err)
	return string(b)
}

func textOf(t *testing.T, env *soap.Envelope) string {
	t.Helper()
	require.NotNil(t, env)
	var s string
	require.NoError(t, env.Decode(&s))
	return s
}

// response is an HTTP response as bytes.
func response(status string, header string, body string) string {
	return fmt.Sprintf("HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s", status, header, len(body), body)
}

func after(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

package interop

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// tap relays connections to a server and writes down what passes, to be printed
// if the test fails. It returns the address to use instead of the server's.
func tap(t *testing.T, server string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	tape := &tape{began: time.Now()}
	show(t, "on the wire", tape.String)
	var open sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		tape.end()
		open.Wait()
		spoke(t, tape.text.String())
	})
	open.Go(func() {
		for n := 1; ; n++ {
			client, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { tape.relay(n, client, server) })
		}
	})
	return l.Addr().String()
}

type tape struct {
	began time.Time
	mu    sync.Mutex
	text  strings.Builder
	ended bool
	conns []net.Conn
}

func (p *tape) relay(n int, client net.Conn, addr string) {
	server, err := net.Dial("tcp", addr)
	if err != nil {
		client.Close()
		return
	}
	p.mu.Lock()
	p.conns = append(p.conns, client, server)
	if p.ended {
		client.Close()
		server.Close()
	}
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { p.copy(fmt.Sprintf("%d >", n), server, client) })
	both.Go(func() { p.copy(fmt.Sprintf("%d <", n), client, server) })
	both.Wait()
	client.Close()
	server.Close()
}

func (p *tape) copy(who string, to, from net.Conn) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			p.note(who, buf[:n])
			if _, err := to.Write(buf[:n]); err != nil {
				from.(*net.TCPConn).CloseRead()
				return
			}
		}
		if err != nil {
			what := "end"
			if err != io.EOF {
				what = "broken"
				to.(*net.TCPConn).SetLinger(0)
			}
			p.note(who, []byte(what))
			to.(*net.TCPConn).CloseWrite()
			return
		}
	}
}

// note writes down what was seen: the beginning and the end of it, UTF-16
// without its zeros, and after the first 200 kB nothing more.
func (p *tape) note(who string, b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.text.Len() > 200<<10 {
		return
	}
	b = bytes.ReplaceAll(b, []byte{0}, nil)
	fmt.Fprintf(&p.text, "%6.3f %s %s\n", time.Since(p.began).Seconds(), who, clip(string(b), 4000))
}

func (p *tape) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	for _, c := range p.conns {
		c.Close()
	}
}

func (p *tape) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String() // which note has clipped
}

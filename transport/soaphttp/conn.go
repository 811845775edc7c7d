package soaphttp

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
)

var dialer net.Dialer

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c}, nil
}

// conn is a connection on which an answer of TLS to a request without TLS is noticed.
type conn struct {
	net.Conn
	state atomic.Uint32
}

const ( // states of a conn
	untouched uint32 = iota
	asked            // without TLS
	settled          // what is spoken
)

// The first bytes of records.
//
// TLS 1.3, 5.1
const (
	recordAlert     = 21
	recordHandshake = 22
)

var errSpeaksTLS = errors.New("a request without TLS was answered by TLS")

func (c *conn) Write(p []byte) (int, error) {
	if len(p) > 0 && c.state.Load() == untouched {
		if p[0] == recordHandshake {
			c.state.Store(settled)
		} else {
			c.state.Store(asked)
		}
	}
	return c.Conn.Write(p)
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && c.state.CompareAndSwap(asked, settled) && p[0] == recordAlert {
		return 0, errSpeaksTLS
	}
	return n, err
}

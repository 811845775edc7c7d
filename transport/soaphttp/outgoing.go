package soaphttp

import (
	"io"
	"sync"
	"sync/atomic"

	"github.com/gowsrm/wsrm/soap"
)

// outgoing is an envelope on its way out in a borrowed buffer. net/http may go on reading a body after the exchange is
// over, until it closes it, and may open it again; the buffer goes back when nobody holds it any more.
type outgoing struct {
	buf     *[]byte
	holders atomic.Int32
}

// encode writes env; whoever calls it must release the outgoing.
func encode(env *soap.Envelope) (*outgoing, error) {
	buf := getBuffer()
	b, err := env.AppendXML((*buf)[:0])
	if err != nil {
		putBuffer(buf)
		return nil, err
	}
	*buf = b
	out := &outgoing{buf: buf}
	out.holders.Store(1)
	return out, nil
}

func (out *outgoing) release() {
	if out.holders.Add(-1) == 0 {
		putBuffer(out.buf)
	}
}

// reader must not be called after the release.
func (out *outgoing) reader() *bodyReader {
	out.holders.Add(1)
	return &bodyReader{out: out}
}

// bodyReader reads an outgoing until it is closed. net/http may close it while another goroutine reads.
type bodyReader struct {
	mu  sync.Mutex
	out *outgoing // nil: closed
	off int
}

func (r *bodyReader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.out == nil {
		return 0, io.ErrClosedPipe
	}
	n := copy(p, (*r.out.buf)[r.off:])
	if r.off += n; n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (r *bodyReader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.out != nil {
		r.out.release()
		r.out = nil
	}
	return nil
}

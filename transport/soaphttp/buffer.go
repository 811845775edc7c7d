package soaphttp

import (
	"errors"
	"io"
	"sync"
)

// largest is the capacity up to which buffers are kept for others, and the memory that is set aside because a
// Content-Length says so, before the bytes are there. Arbitrary: nearly all envelopes are smaller.
const largest = 64 << 10

// buffers holds *[]byte of length 0. Whoever gets one owns it until it is put back.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

func getBuffer() *[]byte { return buffers.Get().(*[]byte) }

func putBuffer(b *[]byte) {
	if cap(*b) <= largest {
		*b = (*b)[:0]
		buffers.Put(b)
	}
}

var errTooLarge = errors.New("larger than the limit")

// readBody reads all of r into memory that is the caller's: of size bytes, -1 if that is not known. More than limit
// bytes are errTooLarge.
func readBody(r io.Reader, size, limit int64) ([]byte, error) {
	if size > limit {
		return nil, errTooLarge
	}
	if size < 0 {
		return readUnknown(r, limit)
	}
	b := make([]byte, min(size, largest))
	for have := 0; ; {
		n, err := io.ReadFull(r, b[have:])
		if have += n; int64(have) == size {
			return b, nil
		}
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		more := make([]byte, min(size, 2*int64(len(b))))
		copy(more, b)
		b = more
	}
}

// readUnknown gathers the bytes in a borrowed buffer and returns a copy of the right size, or the buffer itself if it has
// grown too large to be given back.
func readUnknown(r io.Reader, limit int64) ([]byte, error) {
	p := getBuffer()
	b := *p
	for {
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if int64(len(b)) > limit {
			err = errTooLarge
		}
		if err != nil {
			*p = b
			defer putBuffer(p)
			if err != io.EOF {
				return nil, err
			}
			if cap(b) > largest {
				return b, nil
			}
			return append(make([]byte, 0, len(b)), b...), nil
		}
		if len(b) == cap(b) {
			more := make([]byte, len(b), 2*cap(b))
			copy(more, b)
			b = more
		}
	}
}

// capped passes left bytes on; more than that are errTooLarge.
type capped struct {
	r    io.Reader
	left int64
	err  error // why reading failed, the end of r apart
}

func (c *capped) Read(p []byte) (int, error) {
	if c.left < 0 {
		return 0, errTooLarge
	}
	if int64(len(p)) > c.left {
		p = p[:c.left+1]
	}
	n, err := c.r.Read(p)
	if c.left -= int64(n); c.left < 0 {
		n, err = n-1, errTooLarge
	}
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

package payload

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/gowsrm/wsrm/soap"
)

var (
	// ErrTooLarge is returned for bodies beyond their limit.
	ErrTooLarge = errors.New("larger than the limit")
	// ErrCoding is wrapped by the error for a Content-Encoding that nobody here can unpack.
	ErrCoding = errors.New("is not spoken")
	// ErrGzip is wrapped by what is wrong with bytes that arrived well.
	ErrGzip = errors.New("not what gzip writes")
)

// Limit is the size of the greatest envelope that is read, as soap.Limits has it.
func Limit(lim *soap.Limits) int64 {
	switch {
	case lim == nil || lim.Bytes == 0:
		return 4 << 20
	case lim.Bytes < 0:
		return math.MaxInt64
	}
	return lim.Bytes
}

// Read reads all of a body and unpacks it: encoding is its Content-Encoding, and size its Content-Length, -1 if that is not known. The
// limit counts what is packed as well as what is unpacked.
func Read(r io.Reader, encoding string, size, limit int64) ([]byte, error) {
	switch codingOf(encoding) {
	case gzipped:
		return gunzip(r, limit)
	case unknownCoding:
		return nil, unspoken(encoding)
	}
	if size > limit {
		return nil, ErrTooLarge
	}
	b, err := ReadAll(r, size, limit)
	if err == nil && int64(len(b)) < size {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}

// Unpack returns b without its Content-Encoding. With an error it returns what could be unpacked.
func Unpack(b []byte, encoding string, limit int64) ([]byte, error) {
	switch codingOf(encoding) {
	case gzipped:
		return gunzip(bytes.NewReader(b), limit)
	case unknownCoding:
		return nil, unspoken(encoding)
	}
	return b, nil
}

func unspoken(encoding string) error {
	return fmt.Errorf("content encoding %s %w", Quote(encoding), ErrCoding)
}

// Quote quotes what a stranger wrote, in ASCII and at a bounded length.
func Quote(s string) string { return strconv.QuoteToASCII(s[:min(len(s), 100)]) }

// ReadAll reads all of r into memory that is the caller's. About size bytes are expected, 0 or less if that is not known; more than limit are
// ErrTooLarge. With an error it returns what came before it.
func ReadAll(r io.Reader, size, limit int64) ([]byte, error) {
	if size <= 0 {
		return readUnknown(r, limit)
	}
	// One byte more, so that the end is seen without more memory.
	return fill(r, make([]byte, 0, min(size, Largest-1)+1), size, limit)
}

// readUnknown gathers the bytes in a borrowed buffer and returns a copy of the right size, or the buffer itself if it has
// grown too large to be given back.
func readUnknown(r io.Reader, limit int64) ([]byte, error) {
	p := Borrow()
	defer GiveBack(p)
	b, err := fill(r, *p, -1, limit)
	if cap(b) > Largest {
		return b, err
	}
	*p = b
	return append(make([]byte, 0, len(b)), b...), err
}

// fill appends all of r to b, of which size bytes are expected, if that is known.
func fill(r io.Reader, b []byte, size, limit int64) ([]byte, error) {
	for {
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if int64(len(b)) > limit {
			return b, ErrTooLarge
		}
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return b, err
		}
		if len(b) == cap(b) {
			b = append(make([]byte, 0, more(int64(len(b)), size, limit)), b...)
		}
	}
}

// more is the capacity that a full buffer of have bytes gets: twice as much, but no more than the expected size or the limit, and a
// byte to see the end by.
func more(have, size, limit int64) int64 {
	twice := 2 * have
	if have <= size && size < twice {
		return size + 1
	}
	if limit < twice {
		return limit + 1
	}
	return twice
}

// capped passes left bytes on; more than that are ErrTooLarge.
type capped struct {
	r    io.Reader
	left int64
	err  error // why reading failed, the end of r apart
}

func (c *capped) Read(p []byte) (int, error) {
	if c.left < 0 {
		return 0, ErrTooLarge
	}
	if int64(len(p)) > c.left {
		p = p[:c.left+1]
	}
	n, err := c.r.Read(p)
	if c.left -= int64(n); c.left < 0 {
		n, err = n-1, ErrTooLarge
	}
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

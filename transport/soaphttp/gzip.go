package soaphttp

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
)

// coding is a Content-Encoding.
type coding uint8

const (
	identity coding = iota
	gzipped
	unknownCoding
)

func codingOf(contentEncoding string) coding {
	switch s := strings.TrimSpace(contentEncoding); {
	case s == "", strings.EqualFold(s, "identity"):
		return identity
	case strings.EqualFold(s, "gzip"), strings.EqualFold(s, "x-gzip"):
		return gzipped
	}
	return unknownCoding
}

var (
	unzippers sync.Pool // *gzip.Reader
	zippers   sync.Pool // *gzip.Writer
)

// errGzip is wrapped by what is wrong with bytes that arrived well.
var errGzip = errors.New("not what gzip writes")

// gunzip reads all of r, unpacked. The limit counts what is packed as well as what is unpacked, so that neither a bomb
// nor an endless row of empty members gets further than that.
func gunzip(r io.Reader, limit int64) ([]byte, error) {
	packed := &capped{r: r, left: limit}
	z, _ := unzippers.Get().(*gzip.Reader)
	if z == nil {
		z = new(gzip.Reader)
	}
	defer unzippers.Put(z)
	var b []byte
	err := z.Reset(packed)
	if err == nil {
		b, err = readUnknown(z, limit)
	}
	switch {
	case err == nil, err == errTooLarge:
		return b, err
	case packed.err != nil:
		return nil, packed.err
	case err == io.EOF: // of Reset: no bytes
		err = io.ErrUnexpectedEOF
	}
	return nil, fmt.Errorf("%w: %w", errGzip, err)
}

// worthGzip is the size from which answers are compressed for clients that accept it. Packing takes some 3 us a kilobyte
// (BenchmarkGzip), unpacking the like: about the time that fewer bytes save at 1 Gbit/s. Slower networks gain, loopback
// loses, and below this size, where most envelopes are, there is little to gain anywhere. 8 KB itself is arbitrary.
const worthGzip = 8 << 10

// appendGzip appends b, compressed for speed.
func appendGzip(dst, b []byte) []byte {
	out := bytes.NewBuffer(dst)
	z, _ := zippers.Get().(*gzip.Writer)
	if z == nil {
		z, _ = gzip.NewWriterLevel(out, gzip.BestSpeed) // fails for levels that do not exist
	} else {
		z.Reset(out)
	}
	z.Write(b) // writing to memory does not fail
	z.Close()
	z.Reset(io.Discard) // lets go of the memory
	zippers.Put(z)
	return out.Bytes()
}

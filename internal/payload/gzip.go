package payload

import (
	"compress/gzip"
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

var unzippers sync.Pool // *gzip.Reader

// gunzip reads all of r, unpacked. The limit counts what is packed as well as what is unpacked, so that neither a bomb
// nor an endless row of empty members gets further than that.
func gunzip(r io.Reader, limit int64) ([]byte, error) {
	packed := &capped{r: r, left: limit}
	z, _ := unzippers.Get().(*gzip.Reader)
	if z == nil {
		z = new(gzip.Reader)
	}
	defer func() {
		packed.r = nil // lets go of the body
		unzippers.Put(z)
	}()
	var b []byte
	err := z.Reset(packed)
	if err == nil {
		b, err = readUnknown(z, limit)
	}
	switch {
	case err == nil, err == ErrTooLarge:
		return b, err
	case packed.err != nil:
		return b, packed.err
	case err == io.EOF: // of Reset: no bytes
		err = io.ErrUnexpectedEOF
	}
	return b, fmt.Errorf("%w: %w", ErrGzip, err)
}

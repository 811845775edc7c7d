package soaphttp

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"sync"
)

var zippers sync.Pool // *gzip.Writer

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

// acceptsGzip reads an Accept-Encoding header.
func acceptsGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		coding, weight, _ := strings.Cut(part, ";")
		switch coding = strings.TrimSpace(coding); {
		case strings.EqualFold(coding, "gzip"), strings.EqualFold(coding, "x-gzip"), coding == "*":
			q, ok := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(weight), " ", ""), "q=")
			return !ok || strings.Trim(q, "0.") != ""
		}
	}
	return false
}

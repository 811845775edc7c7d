package payload

import "sync"

// Largest is the capacity up to which buffers are kept for others, and the memory that is set aside because a
// Content-Length says so, before the bytes are there. Arbitrary: nearly all envelopes are smaller.
const Largest = 64 << 10

// buffers holds *[]byte of length 0.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

// Borrow returns a buffer of length 0. It is the caller's until GiveBack.
func Borrow() *[]byte { return buffers.Get().(*[]byte) }

// GiveBack keeps b for others, unless it has grown too large.
func GiveBack(b *[]byte) {
	if cap(*b) <= Largest {
		*b = (*b)[:0]
		buffers.Put(b)
	}
}

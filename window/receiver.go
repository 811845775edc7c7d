package window

// Receiver is the inbound half of a sequence: it judges which messages are accepted, remembers their numbers exactly,
// and hands each over once. It must be initialized by Init.
type Receiver[M any] struct {
	size, span, maxRanges int
	unordered             bool

	accepted Ranges
	buf      buffer[M]
	arrivals uint64 // accepted so far, unordered
}

// Init makes r new, with the limits that c says.
func (r *Receiver[M]) Init(c Config) {
	c = c.complete()
	*r = Receiver[M]{size: c.Size, span: c.Span, maxRanges: c.MaxRanges, unordered: c.Unordered}
}

// Accept judges message n. fresh says that n was not accepted before, ok that it is accepted now: m will come out of
// Next once, and n is in Accepted. Zero and numbers above MaxNumber are neither.
//
// A fresh message is refused if it is Span or more above the lowest missing number, if Size messages are buffered, or if
// it would give Accepted more than MaxRanges intervals. The lowest missing number is accepted all the same as long as
// Next has nothing to give, since nothing could go on without it.
func (r *Receiver[M]) Accept(n Number, m M) (fresh, ok bool) {
	if n == 0 || n > MaxNumber || r.accepted.Contains(n) {
		return false, false
	}
	if !r.fits(n) {
		return true, false
	}
	r.accepted.Add(n)
	key := uint64(n)
	if r.unordered {
		r.arrivals++
		key = r.arrivals
	}
	r.buf.push(buffered[M]{key, n, m})
	return true, true
}

// fits tells whether the limits allow n, which is not accepted yet.
func (r *Receiver[M]) fits(n Number) bool {
	missing := r.accepted.Missing()
	full := len(r.buf) >= r.size
	if n == missing {
		return !full || !r.Ready()
	}
	if full || n-missing >= Number(r.span) {
		return false
	}
	ranges := r.accepted.Len()
	if missing == 1 && n != 2 && !r.accepted.Contains(2) {
		ranges++ // the one that 1 will make, which must not be refused
	}
	return ranges < r.maxRanges || r.accepted.Contains(n-1) || r.accepted.Contains(n+1)
}

// Next returns the next message to hand over, which leaves the buffer. Ordered, that is the lowest buffered number if
// all below it are accepted; unordered, the one that was accepted first.
func (r *Receiver[M]) Next() (n Number, m M, ok bool) {
	if !r.Ready() {
		return 0, m, false
	}
	e := r.buf.pop()
	return e.n, e.m, true
}

// Ready tells whether Next would return a message.
func (r *Receiver[M]) Ready() bool {
	return len(r.buf) > 0 && (r.unordered || r.buf[0].n < r.accepted.Missing())
}

// Forget makes n count as never accepted, whether it was handed over or is buffered (its message is dropped then): it
// may come again. Ordered, nothing above it is handed over before. Accepted may exceed MaxRanges by it.
func (r *Receiver[M]) Forget(n Number) {
	if r.accepted.Remove(n) {
		r.buf.remove(n)
	}
}

// Discard drops all that is buffered and calls each, if it is not nil, with what it drops, in the order of Next. The
// numbers stay accepted. After Next has nothing more to give, what is left is behind a gap.
func (r *Receiver[M]) Discard(each func(Number, M)) {
	for len(r.buf) > 0 {
		if e := r.buf.pop(); each != nil {
			each(e.n, e.m)
		}
	}
}

// Accepted returns the numbers that are accepted. The set belongs to r, changes with it, and must not be changed.
func (r *Receiver[M]) Accepted() *Ranges { return &r.accepted }

// Buffered returns how many messages are accepted and not handed over.
func (r *Receiver[M]) Buffered() int { return len(r.buf) }

// Free returns how many more messages can be buffered: the value for BufferRemaining.
func (r *Receiver[M]) Free() int { return max(r.size-len(r.buf), 0) }

// Missing returns the lowest number that is not accepted.
func (r *Receiver[M]) Missing() Number { return r.accepted.Missing() }

// Trim gives back the memory that is kept for reuse while nothing is buffered: for a session that falls idle.
func (r *Receiver[M]) Trim() {
	if len(r.buf) == 0 {
		r.buf = nil
	}
}

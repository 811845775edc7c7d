package window

// ring is a queue whose elements can be reached by index. It grows as needed and reuses its memory.
type ring[T any] struct {
	buf  []T // its length is zero or a power of two
	head int // index in buf of the first element
	n    int // elements
}

// at returns the i-th element; it stays valid until the next push.
func (r *ring[T]) at(i int) *T { return &r.buf[(r.head+i)&(len(r.buf)-1)] }

func (r *ring[T]) push(v T) {
	if r.n == len(r.buf) {
		grown := make([]T, max(4, 2*len(r.buf)))
		k := copy(grown, r.buf[r.head:])
		copy(grown[k:], r.buf[:r.head])
		r.buf, r.head = grown, 0
	}
	r.n++
	*r.at(r.n - 1) = v
}

// trim gives back what the ring has beyond its elements.
func (r *ring[T]) trim() {
	if r.n == 0 {
		*r = ring[T]{}
		return
	}
	size := 4
	for size < r.n {
		size *= 2
	}
	if size < len(r.buf) {
		kept := make([]T, size)
		for i := range r.n {
			kept[i] = *r.at(i)
		}
		r.buf, r.head = kept, 0
	}
}

// pop removes the first element. Its place keeps the value until it is used again.
func (r *ring[T]) pop() {
	r.head = (r.head + 1) & (len(r.buf) - 1)
	r.n--
}

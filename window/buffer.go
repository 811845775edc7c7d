package window

// buffered is a message that waits to be handed over.
type buffered[M any] struct {
	key uint64 // its turn: the number or, unordered, the order of arrival
	n   Number
	m   M
}

// buffer is a heap with the lowest key on top. It needs memory for what it holds, however far apart the numbers are;
// messages that arrive in order are just appended.
type buffer[M any] []buffered[M]

func (b *buffer[M]) push(e buffered[M]) {
	*b = append(*b, e)
	b.up(len(*b) - 1)
}

func (b *buffer[M]) pop() buffered[M] { return b.take(0) }

// remove drops number n if it is there.
func (b *buffer[M]) remove(n Number) {
	for i := range *b {
		if (*b)[i].n == n {
			b.take(i)
			return
		}
	}
}

// take removes the i-th element and clears the place that becomes free.
func (b *buffer[M]) take(i int) buffered[M] {
	h := *b
	e, last := h[i], len(h)-1
	h[i] = h[last]
	clear(h[last:])
	*b = h[:last]
	if i < last {
		b.down(i)
		b.up(i)
	}
	return e
}

func (b *buffer[M]) up(i int) {
	h := *b
	for i > 0 {
		parent := (i - 1) / 2
		if h[parent].key < h[i].key {
			return
		}
		h[parent], h[i] = h[i], h[parent]
		i = parent
	}
}

func (b *buffer[M]) down(i int) {
	h := *b
	for {
		least := 2*i + 1
		if least >= len(h) {
			return
		}
		if right := least + 1; right < len(h) && h[right].key < h[least].key {
			least = right
		}
		if h[i].key < h[least].key {
			return
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}

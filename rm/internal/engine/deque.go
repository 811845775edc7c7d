package engine

// deque is a queue that grows to what is needed and reuses its ring.
type deque[T any] struct {
	ring []T // its length is a power of two
	head int
	n    int
}

func (d *deque[T]) len() int { return d.n }

// at returns the ith element from the front.
func (d *deque[T]) at(i int) T { return d.ring[(d.head+i)&(len(d.ring)-1)] }

func (d *deque[T]) push(v T) {
	if d.n == len(d.ring) {
		grown := make([]T, max(4, 2*len(d.ring)))
		for i := range d.n {
			grown[i] = d.at(i)
		}
		d.ring, d.head = grown, 0
	}
	d.ring[(d.head+d.n)&(len(d.ring)-1)] = v
	d.n++
}

func (d *deque[T]) pop() T {
	var zero T
	v := d.ring[d.head]
	d.ring[d.head] = zero
	d.head = (d.head + 1) & (len(d.ring) - 1)
	d.n--
	return v
}

// trim gives back what the ring has beyond its elements.
func (d *deque[T]) trim() {
	if d.n == 0 {
		*d = deque[T]{}
		return
	}
	size := 4
	for size < d.n {
		size *= 2
	}
	if size < len(d.ring) {
		kept := make([]T, size)
		for i := range d.n {
			kept[i] = d.at(i)
		}
		d.ring, d.head = kept, 0
	}
}

// remove takes out the ith element from the front.
func (d *deque[T]) remove(i int) {
	mask := len(d.ring) - 1
	if i < d.n/2 {
		for ; i > 0; i-- {
			d.ring[(d.head+i)&mask] = d.ring[(d.head+i-1)&mask]
		}
		d.pop()
		return
	}
	for ; i < d.n-1; i++ {
		d.ring[(d.head+i)&mask] = d.ring[(d.head+i+1)&mask]
	}
	var zero T
	d.ring[(d.head+i)&mask] = zero
	d.n--
}

// rise moves the last element forward until less does not put it before the one in front of it.
func (d *deque[T]) rise(less func(a, b T) bool) {
	mask := len(d.ring) - 1
	for i := d.n - 1; i > 0; i-- {
		a, b := (d.head+i-1)&mask, (d.head+i)&mask
		if !less(d.ring[b], d.ring[a]) {
			return
		}
		d.ring[a], d.ring[b] = d.ring[b], d.ring[a]
	}
}

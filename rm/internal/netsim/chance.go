package netsim

import (
	"math/bits"
	"time"
)

// chance is a seeded choice. It is derived from what it is about, so that one choice does not depend on another.
type chance uint64

// about returns the chance of one thing: the kind of choice and what tells it from others of that kind.
func (c chance) about(kind string, which ...uint64) chance {
	h := mix(uint64(c))
	for i := range len(kind) {
		h = (h ^ uint64(kind[i])) * 0x100000001b3
	}
	for _, w := range which {
		h = mix(h ^ w)
	}
	return chance(mix(h))
}

// mix is the output function of SplitMix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (c *chance) next() uint64 { *c = chance(mix(uint64(*c))); return uint64(*c) }

// yes is true with probability p. It draws even if the answer is certain.
func (c *chance) yes(p float64) bool { return float64(c.next()>>11)/(1<<53) < p }

// below returns 0 to n-1.
func (c *chance) below(n int) int {
	hi, _ := bits.Mul64(c.next(), uint64(n))
	return int(hi)
}

// between returns lo to hi, in whole milliseconds.
func (c *chance) between(lo, hi time.Duration) time.Duration {
	n := int((hi-lo)/time.Millisecond) + 1
	return lo + time.Duration(c.below(n))*time.Millisecond
}

// one returns one of several.
func one[T any](c *chance, of ...T) T { return of[c.below(len(of))] }

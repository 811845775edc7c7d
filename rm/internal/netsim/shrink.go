package netsim

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Shrink returns a scenario with all choices written down that breaks the same invariant as sc, without what it does
// not need for that; the result of Run(sc) must have a failure. It plays some hundreds of runs.
func Shrink(sc *Scenario) *Scenario {
	first := Retrace(sc)
	if first.Failure == nil {
		return sc
	}
	best := first.Explicit
	try := func(c *Scenario) bool {
		r := Run(c)
		if r.Failure == nil || r.Failure.Invariant != first.Failure.Invariant {
			return false
		}
		best = c
		return true
	}
	if !try(best) {
		return sc // it depends on more than what was written down
	}
	for range 3 {
		before := best.String()
		shrinkMap(&best, func(c *Scenario) *map[uint64]Fate { return &c.Fates }, try)
		shrinkMap(&best, func(c *Scenario) *map[uint64]Handling { return &c.Handlers }, try)
		shrinkMap(&best, func(c *Scenario) *map[uint64]Storing { return &c.Stores }, try)
		shrinkMap(&best, func(c *Scenario) *map[string]time.Duration { return &c.Late }, try)
		shrinkMap(&best, func(c *Scenario) *map[string]time.Duration { return &c.Lag }, try)
		for i := len(best.Steps) - 1; i >= 0; i-- {
			c := *best
			c.Steps = slices.Delete(slices.Clone(best.Steps), i, i+1)
			try(&c)
		}
		for n := len(best.Messages) / 2; n > 0; n /= 2 {
			for c := *best; len(c.Messages) > n; c = *best {
				c.Messages = c.Messages[:len(c.Messages)-n]
				if !try(&c) {
					break
				}
			}
		}
		for _, p := range []func(*Scenario){
			func(c *Scenario) { c.Callers = 1 },
			func(c *Scenario) { c.Think = 0 },
			func(c *Scenario) { c.Network.Latency = 0 },
			func(c *Scenario) { c.Network.Until = 0 },
			func(c *Scenario) { c.Network.Heals = 0 },
			func(c *Scenario) { c.Server.MaxBytes = 0 },
			func(c *Scenario) { c.Client.Random = 0 },
			func(c *Scenario) { c.Messages = strings.ReplaceAll(c.Messages, "p", "c") },
		} {
			c := *best
			p(&c)
			try(&c)
		}
		if best.String() == before {
			break
		}
	}
	return best
}

// shrinkMap takes away as many entries of one map as it can: halves first, then single ones.
func shrinkMap[K interface{ ~string | ~uint64 }, V any](best **Scenario, of func(*Scenario) *map[K]V, try func(*Scenario) bool) {
	for size := len(*of(*best)); size > 0; size /= 2 {
		keys := slices.Sorted(maps.Keys(*of(*best)))
		for from := 0; from < len(keys); from += size {
			c := **best
			m := maps.Clone(*of(&c))
			for _, k := range keys[from:min(from+size, len(keys))] {
				delete(m, k)
			}
			*of(&c) = m
			try(&c)
		}
	}
}

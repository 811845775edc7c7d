package netsim

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	seeds = flag.Uint64("seeds", 300, "how many seeds TestSeeds plays")
	seed  = flag.Uint64("seed", 1, "the first of them")
)

func TestSeeds(t *testing.T) {
	bad := 0
	for n := *seed; n < *seed+*seeds; n++ {
		sc := Draw(n)
		if r := Run(sc); r.Failure != nil {
			bad++
			t.Errorf("seed %d: %v", n, r.Failure)
			if *seeds == 1 {
				r := Retrace(sc)
				t.Logf("%s%s\n%s", sc, r.Explicit, r.Trace)
			}
			if bad > 40 {
				break
			}
		}
	}
	require.Zero(t, bad)
}

package netsim

import (
	"flag"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	seeds = flag.Uint64("seeds", 300, "how many seeds TestSeeds plays")
	seed  = flag.Uint64("seed", 1, "the first of them")
)

// Whatever the network does, the invariants hold. A seed that fails prints a scenario to keep: put it into
// testdata/scenarios with a comment, and let -update write its trace.
func TestSeeds(t *testing.T) {
	var wg sync.WaitGroup
	workers := uint64(runtime.GOMAXPROCS(0))
	for w := range workers {
		wg.Go(func() {
			for n := *seed + w; n < *seed+*seeds && !t.Failed(); n += workers {
				sc := Draw(n)
				if r := Run(sc); r.Failure != nil {
					t.Errorf("seed %d: %v\n%s", n, r.Failure, explain(sc))
				}
			}
		})
	}
	wg.Wait()
}

// explain shows the shortest way found to the failure of sc.
func explain(sc *Scenario) string {
	sc = Shrink(sc)
	lines := strings.SplitAfter(Retrace(sc).Trace, "\n")
	if n := len(lines); n > 150 {
		lines = slices.Concat(lines[:100], []string{fmt.Sprintf("... %d lines ...\n", n-140)}, lines[n-40:])
	}
	return sc.String() + "run\n----\n" + strings.Join(lines, "")
}

// The same seed gives the same run, and so does what Explicit writes down, by way of its text too.
func TestDeterminism(t *testing.T) {
	for n := uint64(1); n <= 100; n++ {
		sc := Draw(n)
		first, second := Retrace(sc), Retrace(sc)
		require.True(t, first.Trace == second.Trace, "seed %d", n) // Equal would print both
		require.Equal(t, first.Messages, Run(sc).Messages, "seed %d without trace", n)

		again, err := Parse(first.Explicit.String())
		require.NoError(t, err)
		require.Equal(t, first.Explicit.String(), again.String())
		require.True(t, first.Trace == Retrace(again).Trace, "seed %d written down", n)

		again, err = Parse(sc.String())
		require.NoError(t, err)
		require.True(t, first.Trace == Retrace(again).Trace, "seed %d from its text", n)
	}
}

// Two engines, a hundred messages at once, a network that loses a tenth.
func BenchmarkMessages(b *testing.B) {
	sc := &Scenario{Seed: 1, Drawn: true}
	sc.Client = Client{Version: 2, Offer: true, Window: 64, Retries: -1, AckDelay: -1, Inactivity: -1}
	sc.Server = Server{Ordered: true, Window: 64, Concurrency: 8}
	sc.Network = Network{Heals: 1e12, Lose: 0.05, LoseReply: 0.05}
	sc.Callers = 100
	for range 10_000 {
		sc.Messages += "c"
	}
	messages := uint64(0)
	for b.Loop() {
		r := Run(sc)
		require.Nil(b, r.Failure)
		messages += r.Messages
	}
	b.ReportMetric(float64(messages)/b.Elapsed().Seconds(), "messages/s")
}

// A failing scenario is shortened to what the failure needs, and its text plays the same.
func TestShrink(t *testing.T) {
	for _, m := range mutants {
		sc := failing(m.mutant, m.by)
		require.NotNil(t, sc, m.name)
		short := Shrink(sc)
		require.False(t, short.Drawn, m.name)
		again, err := Parse(short.String())
		require.NoError(t, err)
		r := Run(again)
		require.NotNil(t, r.Failure, m.name)
		require.Equal(t, m.by, r.Failure.Invariant)
		require.LessOrEqual(t, len(short.Messages), len(sc.Messages))
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"client engine colour=red":  `line 1: unknown setting "colour"`,
		"client":                    "line 1: client: nothing said",
		"server engine window=big":  `line 1: window: strconv.Atoi: parsing "big": invalid syntax`,
		"client engine version=1.2": `line 1: version: version "1.2"`,
		"# nothing\nexchange x cut": `line 2: strconv.ParseUint: parsing "x": invalid syntax`,
		"at 3s dance client":        `line 1: at: unknown step "dance"`,
		"at 3s abort both":          `line 1: at: who is "both"`,
		"late client 3":             "line 1: late: want who, which and how much",
		"hope network":              `line 1: unknown word "hope"`,
	} {
		_, err := Parse(text)
		require.EqualError(t, err, want)
	}
}

package netsim

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gowsrm/wsrm/rm/internal/engine"
)

// mutants names, for each deliberate defect, the invariants that show it.
var mutants = []struct {
	mutant engine.Mutant
	name   string
	by     []Invariant
}{
	{engine.NoDedupe, "NoDedupe", []Invariant{Once}},
	{engine.AckBeforeAccept, "AckBeforeAccept", []Invariant{Truth}},
	{engine.AckBeforeStored, "AckBeforeStored", []Invariant{Truth}},
	{engine.ReplyNotRepeated, "ReplyNotRepeated", []Invariant{Settled}},
	{engine.LegFinishedTwice, "LegFinishedTwice", []Invariant{Legs}},
	{engine.LegForgotten, "LegForgotten", []Invariant{Legs}},
	{engine.SpanIgnored, "SpanIgnored", []Invariant{Bounds}},
	{engine.TimerNotRearmed, "TimerNotRearmed", []Invariant{Finished}},
	{engine.HoleSkipped, "HoleSkipped", []Invariant{Order}},
	{engine.RetryForever, "RetryForever", []Invariant{Attempts}},
	{engine.WrongReply, "WrongReply", []Invariant{Integrity}},
	{engine.EarlyClose, "EarlyClose", []Invariant{Settled}},
	{engine.OutputAfterEnd, "OutputAfterEnd", []Invariant{Quiet}},
	{engine.AckNotCumulative, "AckNotCumulative", []Invariant{Truth}},
	{engine.WindowIgnored, "WindowIgnored", []Invariant{Bounds}},
}

func TestMutants(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			found := map[Invariant]int{}
			first := ""
			for n := uint64(1); n <= 300; n++ {
				sc := Draw(n)
				sc.Client.Mutant, sc.Server.Mutant = m.mutant, m.mutant
				if r := Run(sc); r.Failure != nil {
					found[r.Failure.Invariant]++
					if first == "" {
						first = fmt.Sprintf("seed %d: %v", n, r.Failure)
					}
				}
			}
			t.Logf("%v; %s", found, first)
			for _, by := range m.by {
				assert.NotZero(t, found[by], "seeds that break %s", by)
			}
		})
	}
}

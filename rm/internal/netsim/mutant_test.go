package netsim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm/internal/engine"
)

// mutants names, for each deliberate defect, the invariant that shows it.
var mutants = []struct {
	mutant engine.Mutant
	name   string
	by     Invariant
}{
	{engine.NoDedupe, "NoDedupe", Once},
	{engine.AckBeforeAccept, "AckBeforeAccept", Truth},
	{engine.AckBeforeStored, "AckBeforeStored", Truth},
	{engine.ReplyNotRepeated, "ReplyNotRepeated", Settled},
	{engine.LegFinishedTwice, "LegFinishedTwice", Legs},
	{engine.LegForgotten, "LegForgotten", Legs},
	{engine.SpanIgnored, "SpanIgnored", Bounds},
	{engine.TimerNotRearmed, "TimerNotRearmed", Finished},
	{engine.HoleSkipped, "HoleSkipped", Order},
	{engine.RetryForever, "RetryForever", Attempts},
	{engine.WrongReply, "WrongReply", Integrity},
	{engine.EarlyClose, "EarlyClose", Settled},
	{engine.OutputAfterEnd, "OutputAfterEnd", Quiet},
	{engine.AckNotCumulative, "AckNotCumulative", Truth},
	{engine.WindowIgnored, "WindowIgnored", Bounds},
	{engine.ReplyPostedOnce, "ReplyPostedOnce", Finished},
	{engine.OneWayOverlapped, "OneWayOverlapped", Order},
	{engine.LegHeldElsewhere, "LegHeldElsewhere", Legs},
}

func TestMutants(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			sc := failing(m.mutant, m.by)
			require.NotNil(t, sc, "no seed breaks %s", m.by)
			t.Logf("seed %d: %v", sc.Seed, Run(sc).Failure)
		})
	}
}

// failing returns the first of 300 scenarios that breaks by if both ends are the mutant m, nil if there is none.
func failing(m engine.Mutant, by Invariant) *Scenario {
	for n := uint64(1); n <= 300; n++ {
		sc := Draw(n)
		sc.Client.Mutant, sc.Server.Mutant = m, m
		if r := Run(sc); r.Failure != nil && r.Failure.Invariant == by {
			return sc
		}
	}
	return nil
}

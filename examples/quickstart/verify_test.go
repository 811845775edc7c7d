package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/window"
)

func TestVerify(t *testing.T) {
	ok := func(entry int) receipt { return receipt{entry: entry} }
	doubt := func(n window.Number) receipt {
		return receipt{err: &rm.InDoubtError{Numbers: []window.Number{n}, Err: context.Canceled}}
	}
	notDone := receipt{err: errNotBegun}

	for _, test := range []struct {
		name     string
		receipts []receipt
		entries  string // comma between
		wrong    string // line between
		failures string
	}{
		{name: "nothing"},
		{name: "all", receipts: []receipt{ok(1), ok(2)}, entries: "payment 1,payment 2"},
		{name: "lost", receipts: []receipt{ok(1), ok(2)}, entries: "payment 1",
			wrong: "payment 2 was answered, but is not in the book"},
		{name: "repeated", receipts: []receipt{ok(1), ok(3)}, entries: "payment 1,payment 1,payment 2",
			wrong: "payment 1 was booked 2 times"},
		{name: "repeated and reordered", receipts: []receipt{ok(1), ok(2)}, entries: "payment 1,payment 2,payment 1",
			wrong: "payment 1 was booked 2 times\npayment 2 was booked before an earlier one"},
		{name: "reordered", receipts: []receipt{ok(2), ok(1)}, entries: "payment 2,payment 1",
			wrong: "payment 2 was booked before an earlier one"},
		{name: "the answer of another call", receipts: []receipt{ok(2), ok(2)}, entries: "payment 1,payment 2",
			wrong: "payment 1 is entry 1, but its answer says 2"},
		{name: "out of thin air", receipts: []receipt{ok(1)}, entries: "payment 1,payment 9,payment 9",
			wrong: `"payment 9" was booked, but never sent`},
		{name: "in doubt, booked or not", receipts: []receipt{ok(1), doubt(2), doubt(3)}, entries: "payment 1,payment 2",
			failures: "failed calls: 2, context canceled\nin doubt: payments 2-3"},
		{name: "certainly not done", receipts: []receipt{ok(1), notDone, notDone}, entries: "payment 1",
			failures: "failed calls: 2, not begun: the session had ended"},
		{name: "certainly not done, and yet", receipts: []receipt{ok(1), notDone}, entries: "payment 1,payment 2",
			wrong:    "payment 2 is entry 2, but its error says that it was certainly not done: not begun: the session had ended",
			failures: "failed calls: 1, not begun: the session had ended"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var entries []string
			if test.entries != "" {
				entries = strings.Split(test.entries, ",")
			}
			require.Equal(t, test.wrong, strings.Join(verify(test.receipts, entries), "\n"))
			require.Equal(t, test.failures, strings.Join(failures(test.receipts), "\n"))

			var out strings.Builder
			r := result{receipts: test.receipts, entries: entries}
			require.Equal(t, test.wrong+test.failures == "" && test.receipts != nil, r.report(&out, tally{}), "the claim holds if and only if nothing is wrong")
		})
	}
}

func TestReportIsShort(t *testing.T) {
	r := result{receipts: make([]receipt, 1000)} // answered, and nothing is booked
	var out strings.Builder
	require.False(t, r.report(&out, tally{}))
	require.Less(t, strings.Count(out.String(), "\n"), 20)
	require.Contains(t, out.String(), "and 990 more")
}

func TestInDoubt(t *testing.T) {
	require.True(t, inDoubt(&rm.InDoubtError{Err: context.Canceled}))
	require.False(t, inDoubt(errors.New("another")))
}

package main

import (
	"errors"
	"fmt"

	"github.com/gowsrm/wsrm/rm"
)

// verify compares what the client asked for and was told with what the server has done, and returns what is wrong: a
// payment that is lost, repeated or reordered, or whose call was told something else.
func verify(receipts []receipt, entries []string) []string {
	var wrong []string
	found := func(format string, a ...any) { wrong = append(wrong, fmt.Sprintf(format, a...)) }

	booked := make(map[string][]int) // entries, from 1, by payment
	for i, payment := range entries {
		booked[payment] = append(booked[payment], i+1)
	}
	highest := 0
	for i, r := range receipts {
		payment := name(i)
		lines := booked[payment]
		delete(booked, payment)
		switch {
		case len(lines) == 0 && r.err == nil:
			found("%s was answered, but is not in the book", payment)
		case len(lines) == 0: // the call has failed, see failures
		case len(lines) > 1:
			found("%s was booked %d times", payment, len(lines))
		case lines[0] < highest:
			found("%s was booked before an earlier one", payment)
		case r.err == nil && r.entry != lines[0]:
			found("%s is entry %d, but its answer says %d", payment, lines[0], r.entry)
		case r.err != nil && !inDoubt(r.err):
			found("%s is entry %d, but its error says that it was certainly not done: %v", payment, lines[0], r.err)
		}
		if len(lines) > 0 {
			highest = max(highest, lines[len(lines)-1])
		}
	}
	for _, payment := range entries {
		if booked[payment] != nil {
			found("%q was booked, but never sent", payment)
			delete(booked, payment)
		}
	}
	return wrong
}

func inDoubt(err error) bool {
	_, ok := errors.AsType[*rm.InDoubtError](err)
	return ok
}

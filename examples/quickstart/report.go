package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/window"
)

// report prints what happened on the way, what the two ends did about it, and what is at the other end. It returns
// whether all of it is as it should be.
func (r *result) report(w io.Writer, t tally) bool {
	fmt.Fprintf(w, "\non the way  %d requests and %d responses lost, %d doubled, %d overtaken by later ones\n",
		t.requestsLost, t.responsesLost, t.doubled, t.overtaken)
	fmt.Fprintf(w, "client      %d messages sent, %d repeats; %d acknowledged\n", r.client.Sent, r.client.Resent, r.client.Acknowledged)
	fmt.Fprintf(w, "server      %d messages accepted, %d repeats recognised; %d delivered\n", r.server.Received, r.server.Repeated, r.server.Delivered)

	if len(r.receipts) == 0 {
		fmt.Fprintln(w, "book        nothing was sent")
		return false
	}
	wrong := append(verify(r.receipts, r.entries), failures(r.receipts)...)
	if len(wrong) == 0 {
		fmt.Fprintf(w, "book        %d of %d payments, each once and in order; each call got its own answer\n", len(r.entries), len(r.receipts))
		return true
	}
	fmt.Fprintf(w, "book        %d entries for %d payments\n", len(r.entries), len(r.receipts))
	for i, text := range wrong {
		if i == 10 {
			fmt.Fprintf(w, "  and %d more\n", len(wrong)-i)
			break
		}
		fmt.Fprintln(w, "  "+text)
	}
	return false
}

// failures tells why calls ended without an answer. The messages in doubt may have been booked, or not: the session could
// not find out, and says so. All other failed calls have certainly not been booked.
func failures(receipts []receipt) []string {
	var texts []string
	var doubt window.Ranges
	calls := make(map[string]int)
	for _, r := range receipts {
		if r.err == nil {
			continue
		}
		cause := r.err
		if inDoubt, ok := errors.AsType[*rm.InDoubtError](r.err); ok {
			for _, n := range inDoubt.Numbers {
				doubt.Add(n)
			}
			cause = inDoubt.Err
		}
		if calls[cause.Error()]++; calls[cause.Error()] == 1 {
			texts = append(texts, cause.Error())
		}
	}
	for i, text := range texts {
		texts[i] = fmt.Sprintf("failed calls: %d, %s", calls[text], text)
	}
	if doubt.Count() > 0 {
		texts = append(texts, "in doubt: payments "+doubt.String())
	}
	return texts
}

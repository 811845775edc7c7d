package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/window"
)

// why tells in one line what a failed run ended with: each cause once, and all numbers that are in doubt. Of most
// errors the text says enough. An *rm.InDoubtError names messages that may have been done or not, and what the session
// ended with; when one session ends with many calls in it, each of them gets one.
func why(errs []error) string {
	var causes []string
	var doubt window.Ranges
	for _, err := range errs {
		if inDoubt, ok := errors.AsType[*rm.InDoubtError](err); ok {
			for _, n := range inDoubt.Numbers {
				doubt.Add(n)
			}
			err = inDoubt.Err
		}
		if cause := strings.Join(strings.Fields(err.Error()), " "); !slices.Contains(causes, cause) {
			causes = append(causes, cause)
		}
	}
	if doubt.Count() > 0 {
		causes = append(causes, "in doubt: "+doubt.String())
	}
	return strings.Join(causes, "; ")
}

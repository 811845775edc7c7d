package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/window"
)

func TestWhy(t *testing.T) {
	doubt := func(err error, numbers ...window.Number) error {
		return &rm.InDoubtError{Numbers: numbers, Err: err}
	}
	terminated := &rm.SequenceError{Code: "SequenceTerminated", Reason: "no more", Remote: true}
	for _, test := range []struct {
		name string
		errs []error
		want string
	}{
		{"one", []error{errors.New("echo 3 came back as another text")}, "echo 3 came back as another text"},
		{"on one line", []error{errors.New("two\n  lines")}, "two lines"},
		{"the same from all callers", []error{doubt(terminated, 4), doubt(terminated, 3), doubt(terminated, 3, 4, 7), terminated},
			terminated.Error() + "; in doubt: 3-4 7"},
		{"different", []error{doubt(context.DeadlineExceeded, 2), terminated}, "context deadline exceeded; " + terminated.Error() + "; in doubt: 2"},
		{"wrapped", []error{fmt.Errorf("close: %w", doubt(terminated, 1))}, terminated.Error() + "; in doubt: 1"},
	} {
		t.Run(test.name, func(t *testing.T) { require.Equal(t, test.want, why(test.errs)) })
	}
	require.Contains(t, terminated.Error(), "SequenceTerminated", "the fault's code is named")
}

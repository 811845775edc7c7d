package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// event is a line of `go test -json`.
type event struct {
	Action, Package, Test, Output, Key, Value string
	Elapsed                                   float64
}

// testRun is what the events said.
type testRun struct {
	failed  bool
	passed  []string                       // names of tests, in the order in which they ended
	said    map[string][]string            // what tests print, until it is known whether they fail
	attrs   map[string]map[string][]string // by test and key
	parents map[string]bool                // tests that have others
}

// read reads events to their end, and shows what go test without -v would show.
func read(r io.Reader, show io.Writer) (*testRun, error) {
	run := &testRun{said: map[string][]string{}, attrs: map[string]map[string][]string{}, parents: map[string]bool{}}
	ended := false
	for lines := json.NewDecoder(r); ; {
		var e event
		if err := lines.Decode(&e); err == io.EOF {
			break
		} else if err != nil {
			return nil, fmt.Errorf("this is not what go test -json prints: %w", err)
		}
		switch e.Action {
		case "attr":
			if run.attrs[e.Test] == nil {
				run.attrs[e.Test] = map[string][]string{}
			}
			run.attrs[e.Test][e.Key] = append(run.attrs[e.Test][e.Key], e.Value)
		case "output", "build-output":
			switch {
			case strings.HasPrefix(e.Output, "=== "):
			case e.Test != "":
				run.said[e.Test] = append(run.said[e.Test], e.Output)
			case e.Output != "PASS\n":
				io.WriteString(show, e.Output)
			}
		case "run":
			if i := strings.LastIndexByte(e.Test, '/'); i >= 0 {
				run.parents[e.Test[:i]] = true
			}
		case "pass", "fail", "skip":
			ended = ended || e.Test == ""
			if e.Action == "fail" {
				run.failed = true
				io.WriteString(show, strings.Join(run.said[e.Test], ""))
			}
			if e.Action == "pass" && e.Test != "" {
				run.passed = append(run.passed, e.Test)
			}
			delete(run.said, e.Test)
		case "build-fail":
			run.failed = true
		}
	}
	if !ended && !run.failed {
		return nil, errors.New("the tests did not come to an end")
	}
	return run, nil
}

// rows returns what is known of each passed test that has no others inside: its own attributes and those of the tests around it.
func (run *testRun) rows() []row {
	var rows []row
	for _, name := range run.passed {
		if run.parents[name] {
			continue
		}
		r := row{}
		for at := name; ; {
			for key, values := range run.attrs[at] {
				r[key] = append(r[key], values...)
			}
			i := strings.LastIndexByte(at, '/')
			if i < 0 {
				break
			}
			at = at[:i]
		}
		rows = append(rows, r)
	}
	return rows
}

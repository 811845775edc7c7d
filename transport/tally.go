package transport

import (
	"fmt"
	"sync"

	"github.com/gowsrm/wsrm/soap"
)

// tally counts how often a request was seen before. It is bounded: two generations of at most tallySize keys each; what
// was not seen during a whole generation counts as new.
type tally struct {
	mu       sync.Mutex
	now, old map[string]int
}

const tallySize = 4096 // arbitrary: far more than is under way at once

// count returns what the request b is called, which is the same in every run of a program, and which attempt this is,
// from 1.
func (t *tally) count(b []byte) (label string, attempt int) {
	label, key := identify(b)
	return label, t.add(key)
}

func (t *tally) add(key string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, ok := t.now[key]
	if !ok {
		n = t.old[key]
		if len(t.now) >= tallySize {
			t.old, t.now = t.now, nil
		}
	}
	if t.now == nil {
		t.now = make(map[string]int)
	}
	t.now[key] = n + 1
	return n + 1
}

// identify returns a label without anything random in it, and a key under which attempts are counted.
func identify(b []byte) (label, key string) {
	env, err := soap.Parse(b, nil)
	if err != nil {
		return "", ""
	}
	for _, space := range []string{
		"http://docs.oasis-open.org/ws-rx/wsrm/200702",
		"http://schemas.xmlsoap.org/ws/2005/02/rm",
	} {
		var s struct {
			Identifier    string
			MessageNumber uint64
		}
		if ok, err := env.Header(space, "Sequence", &s); ok && err == nil {
			label = fmt.Sprint("number ", s.MessageNumber)
			return label, label + " of " + s.Identifier
		}
	}
	label = "action " + env.Action
	return label, label
}

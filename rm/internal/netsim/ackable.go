package netsim

import (
	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/window"
)

// ackable is what one destination may, must and did say about a sequence.
type ackable struct {
	may, must window.Ranges
	said      window.Ranges
	final     bool
	over      bool // the session has ended: what happens after that does not count any more
}

// writtenRanges is how many ranges an acknowledgement has at most: a destination with more leaves some out.
const writtenRanges = 128

// check judges an acknowledgement that is going out.
func (a *ackable) check(s *sim, who string, ack *wsrm.Acknowledgement) {
	for r := range ack.Ranges.All() {
		if !a.may.Covers(r) {
			s.fail(Truth, "%s acknowledges %v and may acknowledge %v", who, &ack.Ranges, &a.may)
			return
		}
	}
	if ack.Ranges.Len() < writtenRanges {
		for r := range a.must.All() {
			if !a.over && !ack.Ranges.Covers(r) {
				s.fail(Truth, "%s acknowledges %v and must acknowledge %v", who, &ack.Ranges, &a.must)
				return
			}
		}
		for r := range a.said.All() {
			if !ack.Ranges.Covers(r) {
				s.fail(Truth, "%s acknowledges %v after %v", who, &ack.Ranges, &a.said)
				return
			}
		}
	}
	if a.final && (!ack.Final || ack.Ranges.Count() != a.said.Count()) {
		s.fail(Truth, "%s acknowledges %v (final %v) after the final %v", who, &ack.Ranges, ack.Final, &a.said)
		return
	}
	if ack.Ranges.Count() != a.said.Count() || ack.Ranges.Len() != a.said.Len() {
		a.said = ack.Ranges.Clone()
	}
	a.final = ack.Final
}

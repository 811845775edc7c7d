package rmhttp

import (
	"math"

	"github.com/gowsrm/wsrm/internal/payload"
	"github.com/gowsrm/wsrm/soap"
)

// What a session adds to an envelope: its header blocks, WS-Addressing, and acknowledgements of many ranges. Arbitrary, and more than
// ours ever take.
const (
	addedBytes  = 16 << 10
	addedBlocks = 16
)

// inSession are the limits of an envelope that is in a session, where plain ones have the limits lim: what the one side takes from its
// user must not be too large for the other.
func inSession(lim *soap.Limits) *soap.Limits {
	var l soap.Limits
	if lim != nil {
		l = *lim
	}
	if l.Bytes = payload.Limit(lim); l.Bytes < math.MaxInt64-addedBytes {
		l.Bytes += addedBytes
	}
	switch {
	case l.Blocks == 0:
		l.Blocks = defaultBlocks + addedBlocks
	case l.Blocks > 0:
		l.Blocks += addedBlocks
	}
	return &l
}

// defaultBlocks is what soap.Limits has.
const defaultBlocks = 128

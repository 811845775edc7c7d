package soap

import (
	"cmp"

	"github.com/gowsrm/wsrm/internal/xmlscan"
)

// Limits bound what one envelope may cost its reader. A field that is zero, like nil Limits, means the default; a
// negative one means no limit. Beyond a limit Parse returns a Sender fault.
type Limits struct {
	Bytes  int64 // the envelope as received: 4 MiB
	Depth  int   // elements within each other: 64
	Blocks int   // header blocks: 128
	Attrs  int   // attributes of one element, namespace declarations among them: 256
}

// The namespace declarations of Envelope, Header and Body are added to everything that is cut out of them, so a document
// could grow as many times as it has header blocks. The same holds for what is cut out of an endpoint reference or of the
// detail of a fault. All these are arbitrary, and ten times what real peers need.
const (
	maxScope    = 16 << 10 // bytes of prefixes and namespaces in scope where something is cut out
	maxEndpoint = 64 << 10 // bytes of an endpoint reference
	maxMembers  = 128      // elements in an endpoint reference, those in its elements not counted
	maxDetail   = 1 << 20  // bytes by which the detail of a fault may grow
)

// scopeSize returns the bytes of prefixes and namespaces.
func scopeSize(scope []xmlscan.Binding) (n int) {
	for i := range scope {
		n += len(scope[i].Prefix) + len(scope[i].Space)
	}
	return n
}

// withDefaults returns l with every default filled in. A negative field becomes zero where zero means no limit.
func (l *Limits) withDefaults() Limits {
	var m Limits
	if l != nil {
		m = *l
	}
	m.Bytes = cmp.Or(m.Bytes, 4<<20)
	m.Depth = max(cmp.Or(m.Depth, 64), 0)
	m.Blocks = cmp.Or(m.Blocks, 128)
	m.Attrs = max(cmp.Or(m.Attrs, 256), 0)
	return m
}

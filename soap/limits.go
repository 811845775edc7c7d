package soap

import "cmp"

// Limits bound what one envelope may cost its reader. A field that is zero, like nil Limits, means the default; a
// negative one means no limit. Beyond a limit Parse returns a Sender fault.
type Limits struct {
	Bytes  int64 // the envelope as received: 4 MiB
	Depth  int   // elements within each other: 64
	Blocks int   // header blocks: 128
	Attrs  int   // attributes of one element, namespace declarations among them: 256
}

// The namespace declarations of Envelope, Header and Body are added to everything that is cut out of them, so a document
// could grow as many times as it has header blocks. 16 KiB in all is arbitrary, and ten times what real peers declare.
const maxScope = 16 << 10

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

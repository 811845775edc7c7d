package xmlscan

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// declare takes a namespace declaration that is at off; key is that of the prefix. Bindings from outer on belong to the
// same element. It reports false after an error.
//
// XML Names, 3: declaring namespaces, reserved prefixes
func (s *Scanner) declare(off int, prefix string, key uint64, raw string, coded bool, outer int) bool {
	space := raw
	if coded {
		space = string(appendValue(nil, raw))
	}
	known := s.names.find(key, prefix)
	msg := ""
	switch {
	case prefix == "xmlns":
		msg = "the prefix xmlns cannot be declared"
	case (prefix == "xml") != (space == spaceXML):
		msg = "the prefix xml and its namespace belong to each other alone"
	case space == spaceXMLNS:
		msg = "the namespace of xmlns cannot be declared"
	case prefix != "" && space == "": // XML Names, 5: No Prefix Undeclaring
		msg = "a prefix cannot be undeclared"
	case known >= 0 && s.names.prefixes[known].top >= outer: // XML 1.0, 3.1: Unique Att Spec
		msg = "the element has this attribute already"
	}
	if msg != "" {
		s.fail(off, nil, msg)
		return false
	}
	s.names.push(known, key, prefix, space)
	return true
}

// repeated returns where an attribute begins that has the namespace and the local name of an earlier one, or -1.
//
// XML 1.0, 3.1: Unique Att Spec; XML Names, 6.3: Attributes Unique
func (n *namespaces) repeated(attrs []Attr) int {
	if len(attrs) > few {
		return n.repeatedMany(attrs)
	}
	for i := 1; i < len(attrs); i++ {
		a := &attrs[i]
		for j := range i {
			if x := &attrs[j]; x.Local == a.Local && n.same(a.ns, x.ns) {
				return a.off
			}
		}
	}
	return -1
}

// same reports whether two bindings, 0 for no prefix, are of the same namespace.
func (n *namespaces) same(i, j int) bool {
	return i == j || i != noPrefix && j != noPrefix && n.id(i) == n.id(j)
}

// repeatedMany is repeated for any number of attributes.
func (n *namespaces) repeatedMany(attrs []Attr) int {
	order := n.order[:0]
	for i := range attrs {
		id := 0
		if attrs[i].ns != noPrefix {
			id = n.id(attrs[i].ns)
		}
		order = append(order, sorted{id: id, i: i})
	}
	n.order = order
	compare := func(x, y sorted) int {
		a, b := attrs[x.i].Local, attrs[y.i].Local
		return cmp.Or(cmp.Compare(x.id, y.id), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	}
	slices.SortFunc(order, compare)
	first := -1
	for i := 1; i < len(order); i++ {
		if compare(order[i-1], order[i]) == 0 {
			// Equal ones are in no order.
			off := max(attrs[order[i-1].i].off, attrs[order[i].i].off)
			if first < 0 || off < first {
				first = off
			}
		}
	}
	return first
}

// sorted is an attribute by its index, and its namespace by number.
type sorted struct{ id, i int }

// keyAt is keyOf for the n bytes at b[i:], where reading on behind them does no harm.
func keyAt(b []byte, i, n int) uint64 {
	if i+8 > len(b) {
		return keyOf(str(b[i : i+n]))
	}
	key := binary.LittleEndian.Uint64(b[i:])
	if n < 8 {
		key &= 1<<(8*n) - 1
	}
	return key
}

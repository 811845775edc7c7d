package policy

import (
	"slices"
	"strings"
)

// alternative is a set of assertions that hold together. It is not changed once it is made.
type alternative []*node

// alternatives brings n, an element of WS-Policy or an assertion, into normal form. They come in the order of preference
// that readers which take the first one see.
//
// WS-Policy 1.5, 4.3
func (d *document) alternatives(n *node, depth int) ([]alternative, error) {
	if err := d.spend(n, 1); err != nil {
		return nil, err
	}
	switch {
	case depth > maxDepth:
		return nil, d.errorAt(n.start, "policies that refer to each other, or too deep")
	case !isPolicy(n.space):
		if n.flag("Optional") {
			return []alternative{{n}, nil}, nil
		}
		return []alternative{{n}}, nil
	}
	switch n.local {
	case "Policy", "All":
		out := []alternative{nil}
		for _, k := range n.kids {
			next, err := d.alternatives(k, depth+1)
			if err != nil {
				return nil, err
			}
			if out, err = d.product(n, out, next); err != nil {
				return nil, err
			}
		}
		return out, nil
	case "ExactlyOne":
		var out []alternative
		for _, k := range n.kids {
			next, err := d.alternatives(k, depth+1)
			if err != nil {
				return nil, err
			}
			if out = append(out, next...); len(out) > maxAlternatives {
				return nil, d.errorAt(n.start, "more than %d alternatives", maxAlternatives)
			}
		}
		return out, nil
	case "PolicyReference":
		uri, _ := n.attr("", "URI")
		return d.referred(n, uri, depth)
	}
	return nil, d.errorAt(n.start, "%q is no element of WS-Policy", short(n.local))
}

// referred are the alternatives of the policy that uri names.
func (d *document) referred(at *node, uri string, depth int) ([]alternative, error) {
	p := d.policies[uri]
	if p == nil {
		return nil, d.errorAt(at.start, "there is no policy %q in this document", short(uri))
	}
	return d.alternatives(p, depth+1)
}

// product combines each alternative of x with each of y.
func (d *document) product(at *node, x, y []alternative) ([]alternative, error) {
	if len(y) == 1 && len(y[0]) == 0 {
		return x, nil
	}
	if len(x) == 1 && len(x[0]) == 0 {
		return y, nil
	}
	if len(x)*len(y) > maxAlternatives {
		return nil, d.errorAt(at.start, "more than %d alternatives", maxAlternatives)
	}
	out := make([]alternative, 0, len(x)*len(y))
	for _, a := range x {
		for _, b := range y {
			if err := d.spend(at, len(a)+len(b)); err != nil {
				return nil, err
			}
			out = append(out, append(append(make(alternative, 0, len(a)+len(b)), a...), b...))
		}
	}
	return out, nil
}

func (d *document) spend(at *node, n int) error {
	if d.work += n; d.work > maxWork {
		return d.errorAt(at.start, "policies too large")
	}
	return nil
}

// attached are the alternatives of all that is attached to n itself.
//
// WS-PolicyAttachment 1.5, 4.1: policies of one subject are merged
func (d *document) attached(n *node) ([]alternative, error) {
	out := []alternative{nil}
	merge := func(next []alternative, err error) error {
		if err == nil {
			out, err = d.product(n, out, next)
		}
		return err
	}
	for i := range n.attrs {
		if a := &n.attrs[i]; a.Local == "PolicyURIs" && isPolicy(a.Space) {
			for uri := range strings.FieldsSeq(a.Value()) {
				if err := merge(d.referred(n, uri, 0)); err != nil {
					return nil, err
				}
			}
		}
	}
	for _, k := range n.kids {
		if k.wsp("Policy") || k.wsp("PolicyReference") {
			if err := merge(d.alternatives(k, 0)); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// ofMessages are the alternatives of the operations of n, a binding, and of their messages, as far as they speak of reliable
// messaging.
//
// WS-RM Policy 1.1, 2: the assertion may be attached to single messages
func (d *document) ofMessages(n *node) ([]alternative, error) {
	out := []alternative{nil}
	for _, op := range n.all("operation") {
		for _, n := range append([]*node{op}, op.kids...) {
			if n.space != nsWSDL {
				continue
			}
			alts, err := d.attached(n)
			if err != nil {
				return nil, err
			}
			if alts, err = d.reliable(n, alts); err != nil {
				return nil, err
			}
			if out, err = d.product(n, out, alts); err != nil {
				return nil, err
			}
			if out, err = d.distinct(n, out); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// reliable leaves of alternatives the assertions of reliable messaging.
func (d *document) reliable(at *node, alts []alternative) ([]alternative, error) {
	out := make([]alternative, 0, len(alts))
	for _, a := range alts {
		var rest alternative
		for _, n := range a {
			if isRM(n) {
				rest = append(rest, n)
			}
		}
		out = append(out, rest)
	}
	return d.distinct(at, out)
}

// distinct drops repetitions: of an assertion in an alternative, and of whole alternatives.
func (d *document) distinct(at *node, alts []alternative) ([]alternative, error) {
	if len(alts) == 1 && len(alts[0]) < 2 {
		return alts, nil
	}
	var out []alternative
	for _, a := range alts {
		if err := d.spend(at, len(a)*len(a)+len(out)); err != nil {
			return nil, err
		}
		var set alternative
		for _, n := range a {
			if !slices.Contains(set, n) {
				set = append(set, n)
			}
		}
		if !slices.ContainsFunc(out, func(b alternative) bool { return slices.Equal(b, set) }) {
			out = append(out, set)
		}
	}
	return out, nil
}

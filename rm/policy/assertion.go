package policy

import (
	"encoding/xml"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
)

// An Assertion is what one alternative of a policy says of reliable messaging. Of durations, zero says nothing, and a
// negative one means none: no limit, no delay.
type Assertion struct {
	// Version is the version of the protocol that must be spoken: rm.RM10 or rm.RM11.
	Version rm.Version
	// Assurance is how the service hands messages to its application: "ExactlyOnce", "AtLeastOnce" or "AtMostOnce". Empty:
	// nothing is said, as in February 2005. It says nothing of the wire.
	Assurance string
	// InOrder says that it hands them over in the order of sending.
	InOrder bool
	// Security names what a sequence must be bound to: "SequenceSTR", a token of WS-Security, or
	// "SequenceTransportSecurity", the TLS session that created it. This library does neither.
	Security string

	// Inactivity is how long a sequence lives without a message.
	Inactivity time.Duration
	// AckDelay is how long acknowledgements may take.
	AckDelay time.Duration
	// Retransmit is how long to wait for an acknowledgement before a message is repeated, and Backoff says that the time
	// grows with each repeat. Only February 2005 has them. This library times repeats by itself.
	Retransmit time.Duration
	Backoff    bool

	// Addressing is the version of WS-Addressing that the alternative asks for. If it asks for none, it is 1.0.
	Addressing soap.Addressing
	// Addressable says that answers go to an address of the client's: it needs rm.Options.ReplyTo.
	Addressable bool
	// Others are further assertions of the alternative, such as those of WS-SecurityPolicy, and of the reliable messaging
	// assertion itself. What they demand is for the application to see to, often by its HTTP client.
	Others []xml.Name

	problem string // why no Options can fit
}

// isRM reports whether n is the assertion of either version.
func isRM(n *node) bool { return n.is(nsRM10, "RMAssertion") || n.is(nsRM11, "RMAssertion") }

// isAddressing reports whether n asks for WS-Addressing.
func isAddressing(n *node) bool {
	switch n.space {
	case nsAddressing, nsAddressing04:
		return n.local == "UsingAddressing"
	case nsMetadata, nsMetadata0702:
		return n.local == "Addressing"
	}
	return false
}

// assertions are what an alternative says: none if it is not of reliable messaging, several if the assertion itself leaves
// a choice.
func (d *document) assertions(a alternative) ([]Assertion, error) {
	if !slices.ContainsFunc(a, isRM) {
		return nil, nil
	}
	out := []Assertion{{}}
	for _, n := range a {
		var err error
		switch {
		case n.is(nsRM10, "RMAssertion"):
			err = d.each(out, func(s *Assertion) error { return d.february2005(s, n) })
		case n.is(nsRM11, "RMAssertion"):
			out, err = d.oasis(out, n)
		case isAddressing(n):
			var away bool
			if away, err = d.answersElsewhere(n); err == nil {
				for i := range out {
					out[i].Addressable = out[i].Addressable || away
					if n.space == nsAddressing04 {
						out[i].Addressing = soap.WSA2004
					}
				}
			}
		case n.is(nsDuplex, "CompositeDuplex"):
			for i := range out {
				out[i].Addressable = true
			}
		case n.is(nsOneWay, "OneWay"), n.is(nsFlow, "RmFlowControl"): // nothing that a client must do
		case n.flag("Ignorable"):
		default:
			err = d.other(out, n)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (d *document) each(out []Assertion, f func(*Assertion) error) error {
	for i := range out {
		if err := f(&out[i]); err != nil {
			return err
		}
	}
	return nil
}

// other notes an assertion that is nothing to this library.
func (d *document) other(out []Assertion, n *node) error {
	return d.each(out, func(s *Assertion) error {
		name := xml.Name{Space: strings.Clone(n.space), Local: strings.Clone(n.local)}
		if err := d.spend(n, 1+len(s.Others)); err != nil || slices.Contains(s.Others, name) {
			return err
		}
		s.Others = append(slices.Clip(s.Others), name) // the Assertions of one alternative share it
		return nil
	})
}

// speak sets the version.
func (s *Assertion) speak(v rm.Version) {
	if s.Version != 0 && s.Version != v {
		s.problem = "it demands both versions of WS-ReliableMessaging at once"
	}
	s.Version = v
}

// february2005 reads the assertion of February 2005.
func (d *document) february2005(s *Assertion, n *node) error {
	s.speak(rm.RM10)
	for _, k := range n.kids {
		if k.space != nsRM10 {
			continue
		}
		var err error
		switch k.local {
		case "InactivityTimeout":
			err = d.duration(&s.Inactivity, k)
		case "BaseRetransmissionInterval":
			err = d.duration(&s.Retransmit, k)
		case "AcknowledgementInterval":
			err = d.duration(&s.AckDelay, k)
		case "ExponentialBackoff":
			s.Backoff = true
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// oasis reads the assertion of 1.1 and 1.2, with its nested policy and WCF's parameters beside that.
//
// WS-RM Policy 1.1, 2
func (d *document) oasis(out []Assertion, n *node) ([]Assertion, error) {
	if err := d.each(out, func(s *Assertion) error { s.speak(rm.RM11); return nil }); err != nil {
		return nil, err
	}
	for _, k := range n.kids {
		var err error
		switch {
		case k.is(nsNetRM, "InactivityTimeout"):
			err = d.each(out, func(s *Assertion) error { return d.duration(&s.Inactivity, k) })
		case k.is(nsNetRM, "AcknowledgementInterval"):
			err = d.each(out, func(s *Assertion) error { return d.duration(&s.AckDelay, k) })
		case k.wsp("Policy"):
			out, err = d.choose(out, k, (*document).sequence)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// choose multiplies out by the alternatives of a nested policy.
func (d *document) choose(out []Assertion, policy *node, read func(*document, []Assertion, *node) ([]Assertion, error)) ([]Assertion, error) {
	alts, err := d.alternatives(policy, 0)
	if err != nil {
		return nil, err
	}
	var all []Assertion
	for _, a := range alts {
		each := slices.Clone(out)
		for _, n := range a {
			if each, err = read(d, each, n); err != nil {
				return nil, err
			}
		}
		if all = append(all, each...); len(all) > maxAlternatives {
			return nil, d.errorAt(policy.start, "more than %d alternatives", maxAlternatives)
		}
	}
	return all, nil
}

// sequence reads what is nested in the assertion.
func (d *document) sequence(out []Assertion, n *node) ([]Assertion, error) {
	switch {
	case n.is(nsRM11, "SequenceSTR"):
		for i := range out {
			out[i].Security = "SequenceSTR"
			out[i].problem = "sequences must be bound to a token of WS-Security (SequenceSTR), and this library has no WS-Security"
		}
	case n.is(nsRM11, "SequenceTransportSecurity"):
		for i := range out {
			out[i].Security = "SequenceTransportSecurity"
			out[i].problem = "sequences must be bound to the TLS session that creates them (SequenceTransportSecurity); " +
				"this library speaks over TLS, but does not bind sequences to its sessions"
		}
	case n.is(nsRM11, "DeliveryAssurance"):
		for _, k := range n.kids {
			if k.wsp("Policy") {
				return d.choose(out, k, (*document).assurance)
			}
		}
	case n.flag("Ignorable"):
	default:
		return out, d.other(out, n)
	}
	return out, nil
}

// assurance reads what is nested in DeliveryAssurance.
func (d *document) assurance(out []Assertion, n *node) ([]Assertion, error) {
	for i := range out {
		switch {
		case n.space != nsRM11:
		case n.local == "ExactlyOnce", n.local == "AtLeastOnce", n.local == "AtMostOnce":
			out[i].Assurance = strings.Clone(n.local)
		case n.local == "InOrder":
			out[i].InOrder = true
		}
	}
	return out, nil
}

// duration reads the attribute Milliseconds, which without a value says nothing.
func (d *document) duration(to *time.Duration, n *node) error {
	v, ok := n.attr("", "Milliseconds")
	if v = strings.TrimSpace(v); !ok {
		return nil
	}
	ms, err := strconv.ParseUint(v, 10, 64)
	switch {
	case err != nil:
		return d.errorAt(n.start, "%s: %q are no milliseconds", n.local, short(v))
	case ms == 0:
		*to = -1
	default:
		*to = time.Duration(min(ms, math.MaxInt64/uint64(time.Millisecond))) * time.Millisecond
	}
	return nil
}

// answersElsewhere reports whether an assertion of addressing forbids answers on the connection of the request.
//
// WS-Addressing 1.0, Metadata, 3.1
func (d *document) answersElsewhere(n *node) (bool, error) {
	policy := n.child(func(k *node) bool { return k.wsp("Policy") })
	if policy == nil {
		return false, nil
	}
	alts, err := d.alternatives(policy, 0)
	if err != nil {
		return false, err
	}
	for _, a := range alts {
		if !slices.ContainsFunc(a, func(k *node) bool { return k.is(n.space, "NonAnonymousResponses") }) {
			return false, nil
		}
	}
	return len(alts) > 0, nil
}

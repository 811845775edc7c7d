package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gowsrm/wsrm/internal/xmlscan"
	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
)

// ErrNone says that a policy has no assertion of reliable messaging: the service can be called without, and may know
// nothing of it.
var ErrNone = errors.New("no assertion of WS-ReliableMessaging")

// An Endpoint is a port of a WSDL, or a binding that no port in the same document uses, or a policy on its own.
type Endpoint struct {
	// Service, Port and Binding are the names in the WSDL, without their namespaces. What is not there is empty.
	Service, Port, Binding string
	// Address is the URL of the port.
	Address string
	// SOAP is the version of SOAP.
	SOAP soap.Version
	// Assertions are the alternatives that are of reliable messaging, in the document's order, which is that of preference.
	// What is said of an operation or a message counts as said of the whole endpoint, since a session carries them all.
	Assertions []Assertion
	// Optional says that there are alternatives without reliable messaging too. Some readers and writers do not know the
	// difference.
	Optional bool
}

// Read returns the endpoints of SOAP in a WSDL 1.1 document, ports first, in the document's order; or, of a document whose
// root is a policy, one endpoint without names. There may be none, for instance in a WSDL that imports its bindings.
// What it returns keeps nothing of doc.
func Read(doc []byte) ([]Endpoint, error) {
	d, _, err := open(doc)
	if err != nil {
		return nil, err
	}
	if d.root.wsp("Policy") {
		alts, err := d.alternatives(d.root, 0)
		if err != nil {
			return nil, err
		}
		var e Endpoint
		if err := d.say(&e, alts); err != nil {
			return nil, err
		}
		return []Endpoint{e}, nil
	}
	var out []Endpoint
	used := map[*node]bool{}
	for _, service := range d.root.all("service") {
		for _, port := range service.all("port") {
			binding := d.bindings[port.ref]
			used[binding] = true
			e, ok, err := d.endpoint(service, port, binding)
			if err != nil {
				return nil, err
			}
			if ok {
				out = append(out, e)
			}
		}
	}
	for _, binding := range d.root.all("binding") {
		if used[binding] {
			continue
		}
		e, ok, err := d.endpoint(nil, nil, binding)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, e)
		}
	}
	return out, nil
}

// open reads a document. The second result writes a changed one in the encoding that doc has.
func open(doc []byte) (*document, func([]byte) []byte, error) {
	if len(doc) > maxBytes {
		return nil, nil, fmt.Errorf("policy: a document of more than %d bytes", maxBytes)
	}
	text, err := xmlscan.ToUTF8(doc, "")
	if err != nil {
		return nil, nil, fmt.Errorf("policy: %w", err)
	}
	d, err := parse(text)
	return d, encoder(doc, text), err
}

// endpoint reads what is said of a port, or of a binding without port. It reports false for what is not SOAP. Whatever
// is nil is not in the document.
func (d *document) endpoint(service, port, binding *node) (e Endpoint, ok bool, err error) {
	for _, n := range []*node{binding, port} {
		if n == nil {
			continue
		}
		if ext := n.child(func(k *node) bool { return isSOAP(k.space) && (k.local == "binding" || k.local == "address") }); ext != nil {
			ok = true
			if e.SOAP = soap.V12; ext.space == nsSOAP11 {
				e.SOAP = soap.V11
			}
		}
	}
	if !ok {
		return e, false, nil
	}
	if binding != nil {
		e.Binding = named(binding)
	}
	if port != nil {
		e.Service, e.Port, e.Binding = named(service), named(port), strings.Clone(port.ref.local)
		if address := port.child(func(k *node) bool { return isSOAP(k.space) && k.local == "address" }); address != nil {
			v, _ := address.attr("", "location")
			e.Address = strings.Clone(strings.TrimSpace(v))
		}
	}
	alts, err := d.effective(port, binding)
	if err != nil {
		return e, false, err
	}
	return e, true, d.say(&e, alts)
}

func named(n *node) string {
	v, _ := n.attr("", "name")
	return strings.Clone(v)
}

// effective is the policy of an endpoint.
//
// WS-PolicyAttachment 1.5, 4.1: the merge of what is attached to port, binding and port type
func (d *document) effective(port, binding *node) ([]alternative, error) {
	subjects := []*node{port, binding}
	if binding != nil {
		subjects = append(subjects, d.types[binding.ref])
	}
	out := []alternative{nil}
	for _, n := range subjects {
		if n == nil {
			continue
		}
		alts, err := d.attached(n)
		if err != nil {
			return nil, err
		}
		if out, err = d.product(n, out, alts); err != nil {
			return nil, err
		}
	}
	if binding == nil {
		return out, nil
	}
	messages, err := d.ofMessages(binding)
	if err != nil {
		return nil, err
	}
	return d.product(binding, out, messages)
}

// say fills in what alternatives say.
func (d *document) say(e *Endpoint, alts []alternative) error {
	for _, a := range alts {
		set, err := d.assertions(a)
		if err != nil {
			return err
		}
		if set == nil {
			e.Optional = e.Optional || !slices.ContainsFunc(a, isRM)
		}
		for _, s := range set {
			if err := d.spend(d.root, 1+len(e.Assertions)*(1+len(s.Others))); err != nil {
				return err
			}
			if !slices.ContainsFunc(e.Assertions, s.equal) {
				e.Assertions = append(e.Assertions, s)
			}
		}
	}
	return nil
}

func (s Assertion) equal(t Assertion) bool {
	if !slices.Equal(s.Others, t.Others) {
		return false
	}
	s.Others, t.Others = nil, nil
	return fmt.Sprint(s) == fmt.Sprint(t)
}

// Options returns what a client sets to call the endpoint: Version, SOAP, Addressing, Inactivity and AckDelay. If both
// versions are offered, Version is left to be negotiated. Of several alternatives it takes the first with the fewest Others.
//
// A Server that implements the WSDL can use them too: Unordered is set if an assurance is given without InOrder. "At least
// once" and "at most once" are both kept by exactly once, so that nothing is set for them.
//
// Not set are fields whose value is the application's: ReplyTo, if the endpoint demands Addressable, and To.
//
// The error matches [ErrNone] if there is no assertion. Any other one says what the endpoint demands and this library does not
// do, such as sequences that are bound to a TLS session.
func (e *Endpoint) Options() (*rm.Options, error) {
	var best, problem *Assertion
	for i := range e.Assertions {
		switch s := &e.Assertions[i]; {
		case s.problem != "":
			if problem == nil {
				problem = s
			}
		case best == nil || len(s.Others) < len(best.Others):
			best = s
		}
	}
	switch {
	case best == nil && problem != nil:
		return nil, fmt.Errorf("policy: %s cannot be called: %s", e, problem.problem)
	case best == nil:
		return nil, fmt.Errorf("policy: %s: %w", e, ErrNone)
	}
	o := &rm.Options{
		Version:    best.Version,
		SOAP:       e.SOAP,
		Addressing: best.Addressing,
		Unordered:  best.Assurance != "" && !best.InOrder,
		AckDelay:   min(best.AckDelay, maxDuration),
		Inactivity: min(best.Inactivity, maxDuration),
	}
	for i := range e.Assertions {
		if s := &e.Assertions[i]; s.problem == "" && s.Version != best.Version && s.Addressing == best.Addressing &&
			s.Addressable == best.Addressable && len(s.Others) == len(best.Others) {
			o.Version = 0
		}
	}
	return o, nil
}

// maxDuration is what some services mean by never, in a form that can be added to a time.
const maxDuration = 365 * 24 * time.Hour

// String names the endpoint for people.
func (e *Endpoint) String() string {
	switch {
	case e.Port != "":
		return fmt.Sprintf("port %q of service %q", short(e.Port), short(e.Service))
	case e.Binding != "":
		return fmt.Sprintf("binding %q", short(e.Binding))
	}
	return "policy"
}

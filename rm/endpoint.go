package rm

import (
	"slices"
	"strings"

	"github.com/gowsrm/wsrm/soap"
)

// endpoint tells endpoint references apart: by the address, and by the reference parameters that go with each message there.
type endpoint struct {
	address    string
	parameters string // as they are written; anyParameters: whatever they are
}

const anyParameters = "*"

func endpointOf(e *soap.EndpointReference) endpoint {
	p := endpoint{address: e.Address}
	if len(e.Parameters)+len(e.Properties) > 0 {
		all := soap.EndpointReference{Parameters: slices.Concat(e.Properties, e.Parameters)}
		p.parameters = string(all.AppendXML(nil, soap.WSA10))
	}
	return p
}

// keepEndpoint returns a copy of an endpoint reference that holds nothing of the memory of the message that it came with. Nil: it is
// larger than what a session keeps.
func keepEndpoint(e *soap.EndpointReference, a soap.Addressing) *soap.EndpointReference {
	if len(e.Address) > maxURI {
		return nil
	}
	letter := soap.New("", nil)
	letter.Addressing, letter.ReplyTo = a, e
	b, err := letter.AppendXML(nil)
	if err != nil || len(b) > maxEndpoint {
		return nil
	}
	read, err := soap.Parse(b, nil)
	if err != nil || read.ReplyTo == nil {
		return nil
	}
	kept := *read.ReplyTo
	return &kept
}

// addressed reports whether e is an address of the client's own.
func addressed(e *soap.EndpointReference) bool { return !e.Anonymous() && !e.None() }

// addressOf is the address of e, "" if it is not one of the client's own.
func addressOf(e *soap.EndpointReference) string {
	if e == nil || !addressed(e) {
		return ""
	}
	return e.Address
}

// polled reports whether nothing can be sent to e: it stands for a client that fetches what is meant for it by WS-MakeConnection, which
// is not spoken here.
func polled(e *soap.EndpointReference) bool {
	return e != nil && strings.HasPrefix(e.Address, "http://docs.oasis-open.org/ws-rx/wsmc/200702/anonymous?")
}

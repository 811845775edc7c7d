package wsrm

import (
	"strings"

	"github.com/gowsrm/wsrm/soap"
)

// Version is the version of the protocol; the values are those of rm.Version.
type Version uint8

const (
	RM10 Version = 1 + iota // February 2005
	RM11                    // 1.1 and 1.2, one wire protocol
)

const (
	ns10  = "http://schemas.xmlsoap.org/ws/2005/02/rm"
	ns11  = "http://docs.oasis-open.org/ws-rx/wsrm/200702"
	nsNet = "http://schemas.microsoft.com/ws/2006/05/rm" // WCF: flow control

	nsSecurity = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
)

// Namespace returns the namespace of the version, "" for none.
func (v Version) Namespace() string {
	switch v {
	case RM10:
		return ns10
	case RM11:
		return ns11
	}
	return ""
}

// String returns "2005/02", "1.1" or "none".
func (v Version) String() string {
	switch v {
	case RM10:
		return "2005/02"
	case RM11:
		return "1.1"
	}
	return "none"
}

// VersionOf returns the version whose namespace space is, 0 if it is another.
func VersionOf(space string) Version {
	switch space {
	case ns11:
		return RM11
	case ns10:
		return RM10
	}
	return 0
}

// Kind says what a message is to the protocol.
type Kind uint8

const (
	Application Kind = iota // anything the application sees, its faults with a Sequence header included
	CreateSequence
	CreateSequenceResponse
	CloseSequence
	CloseSequenceResponse
	TerminateSequence
	TerminateSequenceResponse
	LastMessage             // 2005/02: the empty last message
	SequenceAcknowledgement // stand-alone
	AckRequested            // stand-alone
	Fault                   // a fault without a Sequence header
)

var kindNames = [...]string{
	CreateSequence:            "CreateSequence",
	CreateSequenceResponse:    "CreateSequenceResponse",
	CloseSequence:             "CloseSequence",
	CloseSequenceResponse:     "CloseSequenceResponse",
	TerminateSequence:         "TerminateSequence",
	TerminateSequenceResponse: "TerminateSequenceResponse",
	LastMessage:               "LastMessage",
	SequenceAcknowledgement:   "SequenceAcknowledgement",
	AckRequested:              "AckRequested",
	Fault:                     "Fault",
}

// String returns the name of the element that the message is about, "Application" or "Fault".
func (k Kind) String() string {
	if k == Application || int(k) >= len(kindNames) {
		return "Application"
	}
	return kindNames[k]
}

// in reports whether the version has such messages.
func (k Kind) in(v Version) bool {
	switch k {
	case CloseSequence, CloseSequenceResponse, TerminateSequenceResponse:
		return v == RM11
	case LastMessage:
		return v == RM10
	}
	return v == RM10 || v == RM11
}

// Action returns the action of a message of the protocol, "" for Application.
//
// WS-RM 1.1, 3.3; WS-RM 2005/02, 3
func (v Version) Action(k Kind, a soap.Addressing) string {
	if v == RM11 {
		return actions11[k]
	}
	if k == Fault {
		// WS-RM 2005/02 has no fault action of its own; these are WCF's.
		if a == soap.WSA2004 {
			return "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault"
		}
		return "http://www.w3.org/2005/08/addressing/soap/fault"
	}
	return actions10[k]
}

var actions10, actions11 = func() (a10, a11 [Fault + 1]string) {
	for k := CreateSequence; k < Fault; k++ {
		a10[k], a11[k] = ns10+"/"+kindNames[k], ns11+"/"+kindNames[k]
	}
	a11[Fault] = ns11 + "/fault"
	return
}()

// Classify says what a message is: a fault by its body, the other messages of the protocol by their action, or by their
// body where there is no action. Everything else is Application.
func Classify(env *soap.Envelope) Kind {
	if env.IsFault() {
		for h := range env.Headers() {
			if h.Name.Local == "Sequence" && VersionOf(h.Name.Space) != 0 && h.ForUs() {
				return Application
			}
		}
		return Fault
	}
	v, k := ofAction(env.Action)
	if env.Action == "" {
		n := env.BodyName()
		if v = VersionOf(n.Space); v != 0 {
			k = kindOf(n.Local)
		}
	}
	if k.in(v) {
		return k
	}
	return Application
}

// ofAction returns the version and kind that the action names, 0 and Application if it is none of the protocol.
func ofAction(action string) (Version, Kind) {
	if local, ok := strings.CutPrefix(action, ns11+"/"); ok {
		return RM11, kindOf(local)
	}
	if local, ok := strings.CutPrefix(action, ns10+"/"); ok {
		return RM10, kindOf(local)
	}
	return 0, Application
}

// kindOf returns the kind whose name is local, but not Fault.
func kindOf(local string) Kind {
	switch local {
	case "CreateSequence":
		return CreateSequence
	case "CreateSequenceResponse":
		return CreateSequenceResponse
	case "CloseSequence":
		return CloseSequence
	case "CloseSequenceResponse":
		return CloseSequenceResponse
	case "TerminateSequence":
		return TerminateSequence
	case "TerminateSequenceResponse":
		return TerminateSequenceResponse
	case "LastMessage":
		return LastMessage
	case "SequenceAcknowledgement":
		return SequenceAcknowledgement
	case "AckRequested":
		return AckRequested
	}
	return Application
}

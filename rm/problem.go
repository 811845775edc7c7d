package rm

import (
	"errors"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/soap"
)

// problem is what is wrong with a message, so that no session gets to see it. It is an error, on the side that made the
// request, and has the fault that answers it on the other.
type problem struct {
	fault *soap.Fault     // of SOAP or addressing
	info  *wsrm.FaultInfo // or of the protocol

	identifier string // of the sequence that is spoken of, "" if it is not known
	ends       bool   // whose session ends by it
}

func (p *problem) Error() string {
	if p.fault != nil {
		return p.fault.Error()
	}
	return "rm: " + p.info.Code + ": " + p.info.Reason
}

// answer makes the fault that answers a request.
func (p *problem) answer(request *soap.Envelope) *soap.Envelope {
	var e *soap.Envelope
	if p.fault != nil {
		e = soap.New("", p.fault)
	} else {
		e = wsrm.NewFault(p.info, p.info.RM, request.Version, request.Addressing)
	}
	return answering(e, request, request.MessageID)
}

// problemOf translates an error of the codec.
func problemOf(err error) *problem {
	e, ok := errors.AsType[*wsrm.Error](err)
	if !ok {
		return &problem{fault: &soap.Fault{Code: "Sender", Reason: err.Error()}}
	}
	if f := e.NotUnderstood(); f != nil {
		return &problem{fault: f}
	}
	p := &problem{info: e.Info(), identifier: e.Identifier}
	switch p.info.Code {
	case wsrm.CodeSequenceTerminated:
		p.ends = true
	case wsrm.CodeMessageNumberRollover:
		p.ends = e.RM == wsrm.RM10 // WS-RM 1.1, 4.5: lower numbers are still accepted
	}
	return p
}

// refused is the answer to a CreateSequence that is not met.
func refused(v wsrm.Version, sender bool, reason string) *problem {
	return &problem{info: &wsrm.FaultInfo{RM: v, Code: wsrm.CodeCreateSequenceRefused, Sender: sender, Reason: reason}}
}

// unknownSequence is the answer to everybody who names a sequence that is not theirs, be it there or not.
func unknownSequence(v wsrm.Version, id string) *problem {
	if v == 0 {
		v = wsrm.RM11
	}
	return &problem{info: &wsrm.FaultInfo{RM: v, Code: wsrm.CodeUnknownSequence, Sender: true, Identifier: id,
		Reason: "The value of wsrm:Identifier is not a known Sequence identifier."}}
}

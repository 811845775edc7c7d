package wsrm

import (
	"encoding/xml"
	"errors"
	"fmt"

	"github.com/gowsrm/wsrm/soap"
)

// What an [Error] is about.
var (
	ErrMalformed     = errors.New("malformed")                        // not what the schema or the text of the specification allows
	ErrRepeated      = errors.New("header block repeated")            // a second one that may occur once
	ErrMixed         = errors.New("two versions in one message")      // header blocks or body of different RM namespaces
	ErrRollover      = errors.New("message number above the maximum") // 2^63-1
	ErrTooManyRanges = errors.New("too many acknowledgement ranges")  // more than MaxRanges
)

// Error says what is wrong with the RM header blocks or the body of a message, and how it is answered. It wraps one of the
// errors above.
type Error struct {
	RM         Version
	Code       string   // of the fault that answers it; "": the answer is MustUnderstand for Block
	Block      xml.Name // the header block or body
	Identifier string   // of the sequence, "" if it is not known
	Reason     string   // without names of Go
	Err        error
}

func (e *Error) Error() string { return fmt.Sprintf("wsrm: %s: %s", e.Block.Local, e.Reason) }

func (e *Error) Unwrap() error { return e.Err }

// Info returns the fault that answers a message with this error, nil if that is NotUnderstood.
func (e *Error) Info() *FaultInfo {
	if e.Code == "" {
		return nil
	}
	info := &FaultInfo{RM: e.RM, Code: e.Code, Sender: true, Identifier: e.Identifier, Reason: e.Block.Local + ": " + e.Reason}
	if e.Code == CodeMessageNumberRollover && e.RM == RM11 {
		info.MaxNumber = maxNumber
	}
	return info
}

// NotUnderstood returns the fault that answers a header block that was repeated, nil if the answer is Info.
//
// WCF: a second header block of one kind has nobody to understand it.
func (e *Error) NotUnderstood() *soap.Fault {
	if e.Code != "" {
		return nil
	}
	return soap.NotUnderstood(e.Block)
}

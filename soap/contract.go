// Package soap reads and writes SOAP 1.1 and 1.2 envelopes with WS-Addressing 1.0 and 2004/08.
package soap

import (
	"encoding/xml"
	"iter"

	"github.com/beevik/etree"
)

type Version uint8

const (
	V12 Version = iota
	V11
)

type Addressing uint8

const (
	WSA10 Addressing = iota
	WSA2004
)

// Envelope: Version and Addressing as received; ignored when sent by a session (it sets its own).
type Envelope struct {
	Version                          Version
	Addressing                       Addressing
	Action, MessageID, RelatesTo, To string
	ReplyTo, FaultTo, From           *EndpointReference
	// ... header blocks and body as byte ranges with the namespaces in scope
}

func New(action string, body any) *Envelope          { panic("contract") }
func Parse(b []byte, lim *Limits) (*Envelope, error) { panic("contract") }

// HeaderAppender is a header that writes itself when the envelope is written: blocks of protocols such as WS-RM.
// It is called at each AppendXML, perhaps from several goroutines.
type HeaderAppender interface {
	AppendHeader(b []byte, v Version, a Addressing) []byte
}

func (e *Envelope) AddHeader(h any) *Envelope                       { panic("contract") } // []byte, *etree.Element, HeaderAppender, what encoding/xml takes
func (e *Envelope) Headers() iter.Seq[HeaderBlock]                  { panic("contract") }
func (e *Envelope) Header(space, local string, v any) (bool, error) { panic("contract") }
func (e *Envelope) Decode(v any) error                              { panic("contract") }
func (e *Envelope) Err() error                                      { panic("contract") }
func (e *Envelope) AppendXML(b []byte) ([]byte, error)              { panic("contract") }

// Clone returns a shallow copy: headers and body are shared (they never change), the fields and the list of headers are its own.
func (e *Envelope) Clone() *Envelope   { panic("contract") }
func (e *Envelope) Size() int          { panic("contract") } // bytes of headers and body, about
func (e *Envelope) IsFault() bool      { panic("contract") } // the body's child is a SOAP Fault; decodes nothing
func (e *Envelope) BodyName() xml.Name { panic("contract") } // of the body's child; zero: empty body

// HeaderBlock is one header block of a parsed envelope.
type HeaderBlock struct {
	Name           xml.Name
	MustUnderstand bool
	Role           string // role or actor as written; "": the ultimate receiver
	// ... bytes, scope
}

func (h HeaderBlock) Bytes() []byte      { panic("contract") } // as an element that stands alone: all namespaces in scope declared
func (h HeaderBlock) Decode(v any) error { panic("contract") }
func (h HeaderBlock) ForUs() bool        { panic("contract") } // targeted at the ultimate receiver or next

type EndpointReference struct {
	Address    string
	Parameters []*etree.Element
}

func (e *EndpointReference) Anonymous() bool { panic("contract") } // nil, "" or the anonymous address of either version
func (e *EndpointReference) None() bool      { panic("contract") }

type Fault struct {
	Code     string
	Subcodes []xml.Name
	Reason   string
	Lang     string
	Detail   any
}

func (f *Fault) Error() string      { panic("contract") }
func (f *Fault) Decode(v any) error { panic("contract") }

type Limits struct {
	Bytes                int64
	Depth, Blocks, Attrs int
}

// Package wsrm is the vocabulary of WS-ReliableMessaging, 2005/02 and 1.1/1.2: header blocks, bodies and faults as
// structs, and their codec.
package wsrm

import (
	"time"

	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/window"
)

// Version is the version of the protocol; the values are those of rm.Version.
type Version uint8

const (
	RM10 Version = 1 + iota // February 2005
	RM11                    // 1.1 and 1.2, one wire protocol
)

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

// Sequence is the header block of a numbered message. Identifier "": the message has none.
type Sequence struct {
	Identifier string
	Number     window.Number
	Last       bool // 2005/02
}

// Acknowledgement is a SequenceAcknowledgement. No ranges: written as None (1.1) or 0-0 (2005/02, as WCF does).
type Acknowledgement struct {
	Identifier string
	Ranges     window.Ranges
	Final      bool
	Nacks      []window.Number
	Buffer     int // WCF's BufferRemaining; negative: absent
}

// Headers are the RM header blocks of one message.
type Headers struct {
	Version      Version
	Sequence     Sequence
	Acks         []Acknowledgement // of a message read: any number, identifiers differ. Written: First, if its Identifier is set
	First        Acknowledgement   // see Acks; inline, so that a message with one acknowledgement allocates nothing
	AckRequested []string          // read: identifiers, different
	Ask          string            // written: the identifier of AckRequested, "": none
	UsesSTR      bool              // 1.1 UsesSequenceSTR
	UsesSSL      bool              // 1.1 UsesSequenceSSL
}

// Behavior is IncompleteSequenceBehavior.
type Behavior uint8

const (
	BehaviorUnsaid Behavior = iota
	NoDiscard
	DiscardFollowingFirstGap
	DiscardEntireSequence
)

// Body is the content of a lifecycle message; which fields count depends on the Kind.
type Body struct {
	Identifier    string // the sequence spoken of; CreateSequenceResponse: the one made
	LastMsgNumber window.Number
	AcksTo        *soap.EndpointReference // CreateSequence; CreateSequenceResponse: of Accept
	Accept        bool                    // CreateSequenceResponse
	Expires       time.Duration           // 0: absent or PT0S: never
	Behavior      Behavior                // CreateSequenceResponse
	Offer         *Offer                  // CreateSequence
	STR           bool                    // CreateSequence holds a SecurityTokenReference
}

// Offer is the sequence that CreateSequence offers.
type Offer struct {
	Identifier string
	Endpoint   *soap.EndpointReference // 1.1
	Expires    time.Duration
	Behavior   Behavior
}

// FaultInfo is what a fault says to the protocol.
type FaultInfo struct {
	RM          Version // the namespace of Code: RM10, RM11; 0: not an RM fault
	Code        string  // local name of the RM code ("WsrmRequired" reads as WSRMRequired); else of the outermost subcode, "" none
	Sender      bool    // SOAP code Sender/Client rather than Receiver/Server
	Security    bool    // a code of WS-Security or WS-Trust
	Unavailable bool    // addressing's EndpointUnavailable
	Identifier  string  // from the detail
	Reason      string
	Ack         *Acknowledgement // InvalidAcknowledgement: the offending one (to be written)
	MaxNumber   window.Number    // MessageNumberRollover, 1.1
}

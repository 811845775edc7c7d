package wsrm

import (
	"encoding/xml"
	"strconv"
	"strings"

	"github.com/gowsrm/wsrm/internal/xmlscan"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/window"
)

// FaultInfo is what a fault says to the protocol.
type FaultInfo struct {
	RM          Version // the namespace of Code: RM10, RM11; 0: not an RM fault
	Code        string  // local name of the RM code ("WsrmRequired" reads as WSRMRequired); else of the outermost subcode, "" none
	Sender      bool    // SOAP code Sender/Client rather than Receiver/Server
	Security    bool    // a code of WS-Security, WS-Trust or WS-SecureConversation
	Unavailable bool    // addressing's EndpointUnavailable
	Identifier  string  // from the detail
	Reason      string
	Ack         *Acknowledgement // InvalidAcknowledgement: the offending one
	MaxNumber   window.Number    // MessageNumberRollover, 1.1
}

// FaultOf returns what the fault in the envelope says, and the fault; nil and nil if it carries none. All forms are read:
// the subcode of SOAP 1.2, and in SOAP 1.1 the SequenceFault header block, with its details in Detail or beside it, and
// the faultcode.
func FaultOf(env *soap.Envelope) (*FaultInfo, *soap.Fault) {
	if !env.IsFault() {
		return nil, nil
	}
	f, ok := env.Err().(*soap.Fault)
	if !ok {
		return nil, nil
	}
	info := &FaultInfo{Sender: f.Code == "Sender", Reason: f.Reason}
	for _, n := range f.Subcodes {
		if info.Code == "" {
			info.Code = n.Local
		}
		if v := VersionOf(n.Space); v != 0 && info.RM == 0 {
			info.RM, info.Code = v, n.Local
		}
		info.Security = info.Security || isSecurity(n.Space)
		info.Unavailable = info.Unavailable || n.Local == "EndpointUnavailable" && isAddressing(n.Space)
	}
	if env.Version == soap.V11 {
		// WS-RM 1.1, 4; WS-RM 2005/02, 4
		for h := range env.Headers() {
			if v := VersionOf(h.Name.Space); v != 0 && h.Name.Local == "SequenceFault" && h.ForUs() {
				r := faultReader{info: info, v: v}
				_ = h.Decode(&r) // what was read until an error is what there is to know
				if r.code != "" {
					info.RM, info.Code = v, r.code
				}
				break
			}
		}
	}
	if strings.EqualFold(info.Code, CodeWSRMRequired) && info.RM != 0 {
		info.Code = CodeWSRMRequired
	}
	if info.RM != 0 && f.Code == "" {
		info.Sender = senderAlways(info.Code)
	}
	if d, ok := f.Detail.([]byte); ok && info.RM != 0 {
		readDetail(d, info)
	}
	return info, f
}

// senderAlways reports whether the fault can only have been the sender's. In SOAP 1.1 that is all there is to know of a
// fault whose code stands where Client or Server might.
func senderAlways(code string) bool {
	return code != CodeSequenceTerminated && code != CodeCreateSequenceRefused
}

func isAddressing(space string) bool {
	return space == soap.WSA10.Namespace() || space == soap.WSA2004.Namespace()
}

func isSecurity(space string) bool {
	switch space {
	case nsSecurity,
		"http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd",
		"http://schemas.xmlsoap.org/ws/2005/02/trust",
		"http://schemas.xmlsoap.org/ws/2005/02/sc",
		"http://docs.oasis-open.org/ws-sx/ws-trust/200512",
		"http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512":
		return true
	}
	return false
}

// readDetail reads the elements of a detail, whose bindings are declared in each.
func readDetail(d []byte, info *FaultInfo) {
	var s xmlscan.Scanner
	wrapped := append(append([]byte("<d>"), d...), "</d>"...)
	s.Reset(wrapped, xmlscan.Limits{})
	if _, err := s.Next(); err != nil {
		return
	}
	r := faultReader{info: info, v: info.RM}
	_ = r.children(&s) // what was read until then is what there is to know
}

// faultReader reads the SequenceFault header block, or the content of a detail.
type faultReader struct {
	info *FaultInfo
	v    Version
	code string
}

// ScanXML reads a SequenceFault. It is called by the Decode of the block.
func (r *faultReader) ScanXML(s *xmlscan.Scanner) error { return r.children(s) }

func (r *faultReader) children(s *xmlscan.Scanner) error {
	ns := r.v.Namespace()
	return eachChild(s, func() error {
		if s.Space() != ns {
			return s.Skip()
		}
		return r.child(s)
	})
}

func (r *faultReader) child(s *xmlscan.Scanner) error {
	var err error
	switch s.Local() {
	case "FaultCode":
		var text string
		if text, err = content(s); err == nil {
			if _, local, ok := strings.Cut(text, ":"); ok {
				text = local // the namespace is that of the block: WS-RM 1.1, 4
			}
			r.code = strings.Clone(text)
		}
	case "Detail":
		return r.children(s)
	case "Identifier":
		r.info.Identifier, err = content(s)
	case "MaxMessageNumber":
		r.info.MaxNumber, err = scanNumber(s)
	case "SequenceAcknowledgement":
		a := Acknowledgement{Buffer: -1}
		if err = a.scan(s, r.v); err == nil {
			r.info.Ack = &a
			if r.info.Identifier == "" {
				r.info.Identifier = a.Identifier
			}
		}
	default:
		return s.Skip()
	}
	return err
}

// reasons are the customary ones.
var reasons = map[string]string{
	CodeSequenceTerminated:        "The Sequence has been terminated due to an unrecoverable error.",
	CodeUnknownSequence:           "The value of wsrm:Identifier is not a known Sequence identifier.",
	CodeInvalidAcknowledgement:    "The SequenceAcknowledgement violates the cumulative Acknowledgement invariant.",
	CodeMessageNumberRollover:     "The maximum value for wsrm:MessageNumber has been exceeded.",
	CodeCreateSequenceRefused:     "The Create Sequence request has been refused by the RM Destination.",
	CodeSequenceClosed:            "The Sequence is closed and cannot accept new messages.",
	CodeWSRMRequired:              "The RM Destination requires the use of WSRM.",
	CodeLastMessageNumberExceeded: "The value for wsrm:MessageNumber exceeds the value of the MessageNumber accompanying a LastMessage element in this Sequence.",
}

// NewFault returns the message that carries a fault of the protocol, in the form of the version of SOAP, with its action.
// The version is info.RM, or else rm; an info without Code is a fault of SOAP alone. Header blocks, RelatesTo and
// addresses are the caller's. Version and Addressing of the envelope are set.
//
// WS-RM 1.1, 4; WS-RM 2005/02, 4
func NewFault(info *FaultInfo, rm Version, v soap.Version, a soap.Addressing) *soap.Envelope {
	if info.RM != 0 {
		rm = info.RM
	}
	f := &soap.Fault{Code: "Receiver", Reason: info.Reason}
	if info.Sender {
		f.Code = "Sender"
	}
	if f.Reason == "" {
		f.Reason = reasons[info.Code]
	}
	if info.Code == "" || rm == 0 {
		e := soap.New("", f)
		e.Version, e.Addressing = v, a
		return e
	}
	detail := appendDetail(nil, info, rm)
	// Faults of the body have their code in the body: SOAP 1.1, 4.4.
	ofBody := info.Code == CodeCreateSequenceRefused || info.Code == CodeWSRMRequired
	header := v == soap.V11 && !ofBody
	if !header {
		f.Subcodes = []xml.Name{{Space: rm.Namespace(), Local: info.Code}}
		if len(detail) > 0 {
			f.Detail = detail
		}
	}
	e := soap.New(rm.Action(Fault, a), f)
	e.Version, e.Addressing = v, a
	if header {
		e.AddHeader(appendSequenceFault(nil, info.Code, detail, rm))
	}
	return e
}

// appendDetail appends the elements of the detail, each declaring what it needs.
func appendDetail(b []byte, info *FaultInfo, rm Version) []byte {
	if info.Ack != nil && info.Code == CodeInvalidAcknowledgement {
		return info.Ack.appendXML(b, rm)
	}
	w := bodyWriter{b: b}
	declared := ` xmlns:r="` + rm.Namespace() + `"`
	element := func(name string, value []byte) {
		w.b = append(append(append(append(w.b, "<r:"...), name...), declared...), '>')
		w.b = append(w.b, value...)
		w.close(name)
	}
	if info.Identifier != "" {
		element("Identifier", xmlscan.EscapeText(nil, info.Identifier))
	}
	if info.MaxNumber != 0 && rm == RM11 && info.Code == CodeMessageNumberRollover {
		element("MaxMessageNumber", strconv.AppendUint(nil, uint64(info.MaxNumber), 10))
	}
	return w.b
}

// appendSequenceFault appends the header block that carries the code in SOAP 1.1.
func appendSequenceFault(b []byte, code string, detail []byte, rm Version) []byte {
	b = append(b, `<r:SequenceFault xmlns:r="`...)
	b = append(b, rm.Namespace()...)
	b = append(b, `"><r:FaultCode>r:`...)
	b = xmlscan.EscapeText(b, code)
	b = append(b, "</r:FaultCode>"...)
	switch {
	case len(detail) == 0:
	case rm == RM11:
		b = append(append(append(b, "<r:Detail>"...), detail...), "</r:Detail>"...)
	default:
		b = append(b, detail...)
	}
	return append(b, "</r:SequenceFault>"...)
}

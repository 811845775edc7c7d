package wsrm_test

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/window"
)

// Every fault of the standards, in both versions of SOAP and of the protocol: as it is written, it is read.
//
// WS-RM 1.1, 4; WS-RM 2005/02, 4
func TestFaults(t *testing.T) {
	var ranges window.Ranges
	ranges.AddRange(window.Range{Lower: 1, Upper: 99})
	for _, test := range []struct {
		rm   wsrm.Version // 0: both
		info wsrm.FaultInfo
	}{
		{0, wsrm.FaultInfo{Code: wsrm.CodeSequenceTerminated, Sender: true, Identifier: "urn:s<"}},
		{0, wsrm.FaultInfo{Code: wsrm.CodeSequenceTerminated, Identifier: "urn:s"}},
		{0, wsrm.FaultInfo{Code: wsrm.CodeUnknownSequence, Sender: true, Identifier: "urn:s"}},
		{0, wsrm.FaultInfo{Code: wsrm.CodeUnknownSequence, Sender: true}},
		{0, wsrm.FaultInfo{Code: wsrm.CodeInvalidAcknowledgement, Sender: true, Identifier: "urn:s",
			Ack: &wsrm.Acknowledgement{Identifier: "urn:s", Ranges: ranges, Buffer: 8}}},
		{wsrm.RM10, wsrm.FaultInfo{Code: wsrm.CodeMessageNumberRollover, Sender: true, Identifier: "urn:s"}},
		{wsrm.RM11, wsrm.FaultInfo{Code: wsrm.CodeMessageNumberRollover, Sender: true, Identifier: "urn:s", MaxNumber: window.MaxNumber}},
		{0, wsrm.FaultInfo{Code: wsrm.CodeCreateSequenceRefused, Sender: true, Reason: "no"}},
		{0, wsrm.FaultInfo{Code: wsrm.CodeCreateSequenceRefused, Reason: "not now"}},
		{wsrm.RM11, wsrm.FaultInfo{Code: wsrm.CodeSequenceClosed, Sender: true, Identifier: "urn:s"}},
		{wsrm.RM11, wsrm.FaultInfo{Code: wsrm.CodeWSRMRequired, Sender: true}},
		{wsrm.RM10, wsrm.FaultInfo{Code: wsrm.CodeLastMessageNumberExceeded, Sender: true, Identifier: "urn:s"}},
	} {
		for _, rm := range []wsrm.Version{wsrm.RM10, wsrm.RM11} {
			if test.rm != 0 && rm != test.rm {
				continue
			}
			for _, v := range []soap.Version{soap.V12, soap.V11} {
				for _, a := range []soap.Addressing{soap.WSA10, soap.WSA2004} {
					info := test.info
					env := reparse(t, wsrm.NewFault(&info, rm, v, a))
					require.Equal(t, rm.Action(wsrm.Fault, a), env.Action)
					require.Equal(t, wsrm.Fault, wsrm.Classify(env))
					got, fault := wsrm.FaultOf(env)
					require.NotEmpty(t, got.Reason)
					require.Equal(t, fault.Reason, got.Reason)
					want := info
					want.RM = rm
					if want.Reason == "" {
						want.Reason = got.Reason
					}
					ofBody := info.Code == wsrm.CodeCreateSequenceRefused || info.Code == wsrm.CodeWSRMRequired
					if v == soap.V11 && info.Code == wsrm.CodeCreateSequenceRefused {
						want.Sender = false // its code stands where Client or Server would
					}
					require.Equal(t, &want, got)

					// The form that each version demands.
					name := xml.Name{Space: rm.Namespace(), Local: info.Code}
					header, err := env.Header(rm.Namespace(), "SequenceFault", nil)
					require.NoError(t, err)
					require.Equal(t, v == soap.V11 && !ofBody, header)
					if header {
						require.Empty(t, fault.Subcodes)
						require.Nil(t, fault.Detail)
						require.Equal(t, info.Sender, fault.Code == "Sender")
						var b []byte
						_, err = env.Header(rm.Namespace(), "SequenceFault", &b)
						require.NoError(t, err)
						require.Equal(t, rm == wsrm.RM11 && (info.Identifier != "" || info.Ack != nil), strings.Contains(string(b), "<r:Detail>"))
					} else {
						require.Equal(t, []xml.Name{name}, fault.Subcodes)
					}
				}
			}
		}
	}
}

// A fault that is not of the protocol.
func TestPlainFault(t *testing.T) {
	env := reparse(t, wsrm.NewFault(&wsrm.FaultInfo{Sender: true, Reason: "no"}, wsrm.RM11, soap.V11, soap.WSA10))
	info, fault := wsrm.FaultOf(env)
	require.Equal(t, &wsrm.FaultInfo{Sender: true, Reason: "no"}, info)
	require.Equal(t, "soap: Sender: no", fault.Error())

	info, fault = wsrm.FaultOf(soap.New("urn:do", nil))
	require.Nil(t, info)
	require.Nil(t, fault)
}

// Forms that real peers write.
func TestFaultOf(t *testing.T) {
	const e11 = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:a="http://www.w3.org/2005/08/addressing" xmlns:r="` + ns11 + `" xmlns:t="` + ns10 + `" xmlns:x="urn:x">`
	e12 := strings.Replace(e11, "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope", 1)
	fault11 := func(blocks, code, detail string) string {
		return e11 + "<s:Header>" + blocks + "</s:Header><s:Body><s:Fault><faultcode>" + code + "</faultcode><faultstring>why</faultstring>" + detail + "</s:Fault></s:Body></s:Envelope>"
	}
	fault12 := func(code, detail string) string {
		return e12 + "<s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value>" + code + "</s:Code><s:Reason><s:Text xml:lang='en'>why</s:Text></s:Reason>" + detail + "</s:Fault></s:Body></s:Envelope>"
	}
	sub := func(name, more string) string {
		return "<s:Subcode><s:Value>" + name + "</s:Value>" + more + "</s:Subcode>"
	}
	wsse := sub("o:InvalidSecurity", "")
	wsse = strings.Replace(wsse, "<s:Value>", "<s:Value xmlns:o='http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd'>", 1)
	for text, want := range map[string]wsrm.FaultInfo{
		// gSOAP: the code alone.
		fault11("", "r:SequenceClosed", ""): {RM: wsrm.RM11, Code: "SequenceClosed", Sender: true},
		fault11("", "r:SequenceTerminated", "<detail><r:Identifier> urn:s </r:Identifier></detail>"): {RM: wsrm.RM11, Code: "SequenceTerminated", Identifier: "urn:s"},
		// Metro: the code in both places. CXF: details beside FaultCode in 1.1 too.
		fault11("<r:SequenceFault><r:FaultCode>r:UnknownSequence</r:FaultCode><r:Detail><r:Identifier>urn:s</r:Identifier></r:Detail></r:SequenceFault>", "r:UnknownSequence", ""): {RM: wsrm.RM11, Code: "UnknownSequence", Sender: true, Identifier: "urn:s"},
		fault11("<r:SequenceFault><x:more/><r:FaultCode> r:UnknownSequence </r:FaultCode><r:Identifier>urn:s</r:Identifier></r:SequenceFault>", "s:Server", ""):                    {RM: wsrm.RM11, Code: "UnknownSequence", Identifier: "urn:s"},
		fault11("<t:SequenceFault><t:FaultCode>LastMessageNumberExceeded</t:FaultCode></t:SequenceFault>", "s:Client", ""):                                                         {RM: wsrm.RM10, Code: "LastMessageNumberExceeded", Sender: true},
		fault11("<r:SequenceFault s:actor='urn:proxy'><r:FaultCode>r:UnknownSequence</r:FaultCode></r:SequenceFault>", "s:Client", ""):                                             {Sender: true},
		// Details that cannot be read take nothing from the code.
		fault11("<r:SequenceFault><r:FaultCode>r:InvalidAcknowledgement</r:FaultCode><r:Detail><r:SequenceAcknowledgement/></r:Detail></r:SequenceFault>", "s:Client", ""): {RM: wsrm.RM11, Code: "InvalidAcknowledgement", Sender: true},
		fault11("<r:SequenceFault/>", "s:Client", ""): {Sender: true},
		fault11("", "a:ActionNotSupported", ""):       {Code: "ActionNotSupported", Sender: true},
		fault11("", "a:EndpointUnavailable", ""):      {Code: "EndpointUnavailable", Unavailable: true},
		fault11("", "x:failed", ""):                   {Code: "failed"},

		fault12(sub("r:WsrmRequired", ""), ""):                                                                                                           {RM: wsrm.RM11, Code: "WSRMRequired", Sender: true}, // WCF
		fault12(sub("r:CreateSequenceRefused", sub("x:TooMany", "")), ""):                                                                                {RM: wsrm.RM11, Code: "CreateSequenceRefused", Sender: true},
		fault12(sub("x:Outer", sub("t:UnknownSequence", "")), ""):                                                                                        {RM: wsrm.RM10, Code: "UnknownSequence", Sender: true},
		fault12(sub("r:Novel", ""), "<s:Detail><x:more/><r:Identifier>urn:s</r:Identifier></s:Detail>"):                                                  {RM: wsrm.RM11, Code: "Novel", Sender: true, Identifier: "urn:s"},
		fault12(sub("r:MessageNumberRollover", ""), "<s:Detail><r:Identifier>urn:s</r:Identifier><r:MaxMessageNumber>9</r:MaxMessageNumber></s:Detail>"): {RM: wsrm.RM11, Code: "MessageNumberRollover", Sender: true, Identifier: "urn:s", MaxNumber: 9},
		fault12(sub("r:InvalidAcknowledgement", ""), "<s:Detail><r:SequenceAcknowledgement><r:Identifier>urn:s</r:Identifier><r:None/></r:SequenceAcknowledgement></s:Detail>"): {RM: wsrm.RM11, Code: "InvalidAcknowledgement", Sender: true, Identifier: "urn:s",
			Ack: &wsrm.Acknowledgement{Identifier: "urn:s", Buffer: -1}},
		fault12(sub("r:InvalidAcknowledgement", ""), "<s:Detail><r:SequenceAcknowledgement/></s:Detail>"): {RM: wsrm.RM11, Code: "InvalidAcknowledgement", Sender: true},
		fault12(sub("r:UnknownSequence", ""), "<s:Detail>gone</s:Detail>"):                                {RM: wsrm.RM11, Code: "UnknownSequence", Sender: true},
		fault12(sub("x:failed", ""), "<s:Detail><r:Identifier>urn:s</r:Identifier></s:Detail>"):           {Code: "failed", Sender: true},
		fault12(wsse, ""): {Code: "InvalidSecurity", Sender: true, Security: true},
		fault12("", ""):   {Sender: true},
	} {
		env, err := soap.Parse([]byte(text), nil)
		require.NoError(t, err, text)
		want.Reason = "why"
		info, fault := wsrm.FaultOf(env)
		require.Equal(t, &want, info, text)
		require.Equal(t, "why", fault.Reason)
	}
}

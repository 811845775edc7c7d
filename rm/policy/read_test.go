package policy

import (
	"encoding/xml"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
)

func file(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	return b
}

// Whole documents as the tools of others write them.
func TestReadWSDL(t *testing.T) {
	for _, row := range []struct {
		file string
		want []Endpoint
		opts []*rm.Options // nil: an error
	}{
		{
			"wcf.wsdl",
			[]Endpoint{{
				Service: "IntakeService", Port: "Feb2005_IIntake", Binding: "Feb2005_IIntake", Address: "http://orders.example/intake/10",
				Assertions: []Assertion{{Version: rm.RM10, Inactivity: 5 * time.Minute, AckDelay: 200 * time.Millisecond}},
			}, {
				Service: "IntakeService", Port: "Oasis_IIntake", Binding: "Oasis_IIntake", Address: "http://orders.example/intake/11",
				Assertions: []Assertion{{
					Version: rm.RM11, Assurance: "ExactlyOnce", InOrder: true, Inactivity: 10 * time.Minute, AckDelay: 150 * time.Millisecond,
				}},
			}, {
				Service: "IntakeService", Port: "Secure_IIntake", Binding: "Secure_IIntake", Address: "http://orders.example/intake/secure",
				Assertions: []Assertion{{
					Version: rm.RM11, Assurance: "ExactlyOnce", Security: "SequenceSTR",
					Others: []xml.Name{{Space: "http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702", Local: "SymmetricBinding"}},
				}},
			}, {
				Service: "IntakeService", Port: "Plain_IIntake", Binding: "Plain_IIntake", Address: "http://orders.example/intake/plain",
				SOAP: soap.V11, Optional: true,
			}},
			[]*rm.Options{
				{Version: rm.RM10, Inactivity: 5 * time.Minute, AckDelay: 200 * time.Millisecond},
				{Version: rm.RM11, Inactivity: 10 * time.Minute, AckDelay: 150 * time.Millisecond},
				nil,
				nil,
			},
		},
		{
			"cxf.wsdl",
			[]Endpoint{{
				Service: "GreeterService", Port: "GreeterPort", Binding: "GreeterServiceSoapBinding", Address: "http://greet.example/services/greeter",
				SOAP:     soap.V11,
				Optional: true,
				Assertions: []Assertion{
					{Version: rm.RM10, AckDelay: -1, Retransmit: 3 * time.Second, Backoff: true},
				},
			}},
			[]*rm.Options{{Version: rm.RM10, SOAP: soap.V11, AckDelay: -1}},
		},
		{
			"metro.wsdl",
			[]Endpoint{{
				Service: "StockService", Port: "StockPort", Binding: "StockPortBinding", Address: "https://stock.example/service",
				Assertions: []Assertion{{Version: rm.RM11, Assurance: "AtLeastOnce"}, {Version: rm.RM11, Assurance: "AtMostOnce"}},
			}},
			[]*rm.Options{{Version: rm.RM11, Unordered: true}},
		},
		{
			"plain.wsdl",
			[]Endpoint{
				{Service: "Orders", Port: "OrdersSoap", Binding: "OrdersSoap", Address: "http://orders.example/soap", SOAP: soap.V11, Optional: true},
				{Service: "Orders", Port: "OrdersSoap12", Binding: "OrdersSoap12", Address: "http://orders.example/soap", Optional: true},
				{Binding: "OrdersTcp", Optional: true},
			},
			[]*rm.Options{nil, nil, nil},
		},
	} {
		t.Run(row.file, func(t *testing.T) {
			got, err := Read(file(t, row.file))
			require.NoError(t, err)
			require.Len(t, got, len(row.want))
			for i := range got {
				opts, err := got[i].Options()
				require.Equal(t, row.opts[i], opts)
				require.Equal(t, row.opts[i] == nil, err != nil)
				for k := range got[i].Assertions {
					got[i].Assertions[k].problem = ""
				}
				require.Equal(t, row.want[i], got[i])
			}
		})
	}
}

// Prefixes of the fragments below.
const prefixes = ` xmlns:p="http://schemas.xmlsoap.org/ws/2004/09/policy" xmlns:p15="http://www.w3.org/ns/ws-policy"
	xmlns:u="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
	xmlns:r10="http://schemas.xmlsoap.org/ws/2005/02/rm/policy" xmlns:r="http://docs.oasis-open.org/ws-rx/wsrmp/200702"
	xmlns:net="http://schemas.microsoft.com/ws-rx/wsrmp/200702" xmlns:wsaw="http://www.w3.org/2006/05/addressing/wsdl"
	xmlns:wsam="http://www.w3.org/2007/05/addressing/metadata" xmlns:wsap="http://schemas.xmlsoap.org/ws/2004/08/addressing/policy"
	xmlns:cdp="http://schemas.microsoft.com/net/2006/06/duplex" xmlns:x="urn:x"`

var (
	feb       = Assertion{Version: rm.RM10}
	oasis     = Assertion{Version: rm.RM11}
	otherwise = []xml.Name{{Space: "urn:x", Local: "y"}}
	besides   = func(s Assertion, o []xml.Name) Assertion { s.Others = o; return s }
	addressed = func(s Assertion) Assertion { s.Addressable = true; return s }
	of2004    = func(s Assertion) Assertion { s.Addressing = soap.WSA2004; return s }
	assured   = func(s Assertion, a string, inOrder bool) Assertion { s.Assurance, s.InOrder = a, inOrder; return s }
	lasting   = func(s Assertion, inactivity, ack time.Duration) Assertion {
		s.Inactivity, s.AckDelay = inactivity, ack
		return s
	}
	delivering = func(s string) string {
		return `<r:RMAssertion><p:Policy><r:DeliveryAssurance><p:Policy>` + s + `</p:Policy></r:DeliveryAssurance></p:Policy></r:RMAssertion>`
	}
)

// Shapes of policies. Each row is the content of a policy, what it says, and the options or the error of them.
func TestReadPolicy(t *testing.T) {
	for _, row := range []struct {
		name, policy string
		want         []Assertion
		optional     bool
		opts         *rm.Options
		err          string
	}{
		{"empty", ``, nil, true, nil, ErrNone.Error()},
		{"nothing possible", `<p:ExactlyOne/>`, nil, false, nil, ErrNone.Error()},
		{"other things only", `<x:y/>`, nil, true, nil, ErrNone.Error()},
		{"February 2005", `<r10:RMAssertion/>`, []Assertion{feb}, false, &rm.Options{Version: rm.RM10}, ""},
		{"1.1 without nested policy", `<r:RMAssertion/>`, []Assertion{oasis}, false, &rm.Options{Version: rm.RM11}, ""},
		{"1.1", `<r:RMAssertion><p:Policy/></r:RMAssertion>`, []Assertion{oasis}, false, &rm.Options{Version: rm.RM11}, ""},
		{"optional", `<r:RMAssertion p:Optional="true"><p:Policy/></r:RMAssertion>`, []Assertion{oasis}, true, &rm.Options{Version: rm.RM11}, ""},
		{"optional in 1.5", `<r:RMAssertion p15:Optional=" 1 "/>`, []Assertion{oasis}, true, &rm.Options{Version: rm.RM11}, ""},
		{"not optional", `<r:RMAssertion p:Optional="false" Optional="true"/>`, []Assertion{oasis}, false, &rm.Options{Version: rm.RM11}, ""},
		{"optional in normal form", `<p:ExactlyOne><p:All><r:RMAssertion/></p:All><p:All/></p:ExactlyOne>`, []Assertion{oasis}, true, &rm.Options{Version: rm.RM11}, ""},
		{"either version", `<p:ExactlyOne><p:All><r:RMAssertion/></p:All><p:All><r10:RMAssertion/></p:All></p:ExactlyOne>`,
			[]Assertion{oasis, feb}, false, &rm.Options{}, ""},
		{"either version, without All", `<p:ExactlyOne><r10:RMAssertion/><r:RMAssertion/></p:ExactlyOne>`,
			[]Assertion{feb, oasis}, false, &rm.Options{}, ""},
		{"either version, each with its addressing", `<p:ExactlyOne><p:All><r10:RMAssertion/><wsap:UsingAddressing/></p:All>
			<p:All><r:RMAssertion/><wsaw:UsingAddressing/></p:All></p:ExactlyOne>`,
			[]Assertion{of2004(feb), oasis}, false, &rm.Options{Version: rm.RM10, Addressing: soap.WSA2004}, ""},
		{"both versions at once", `<r:RMAssertion/><r10:RMAssertion/>`, []Assertion{feb}, false, nil,
			`policy: policy cannot be called: it demands both versions of WS-ReliableMessaging at once`},
		{"nested policies", `<p:Policy><p:All><p:ExactlyOne><p:Policy><r:RMAssertion/></p:Policy></p:ExactlyOne></p:All></p:Policy>`,
			[]Assertion{oasis}, false, &rm.Options{Version: rm.RM11}, ""},
		{"in the namespace of 1.5", `<p15:ExactlyOne><p15:All><r:RMAssertion><p15:Policy><r:DeliveryAssurance><p15:Policy>
			<r:AtMostOnce/></p15:Policy></r:DeliveryAssurance></p15:Policy></r:RMAssertion></p15:All></p15:ExactlyOne>`,
			[]Assertion{assured(oasis, "AtMostOnce", false)}, false, &rm.Options{Version: rm.RM11, Unordered: true}, ""},
		{"exactly once, in order", delivering(`<r:ExactlyOnce/><r:InOrder/>`),
			[]Assertion{assured(oasis, "ExactlyOnce", true)}, false, &rm.Options{Version: rm.RM11}, ""},
		{"at least once", delivering(`<r:AtLeastOnce/>`),
			[]Assertion{assured(oasis, "AtLeastOnce", false)}, false, &rm.Options{Version: rm.RM11, Unordered: true}, ""},
		{"in order or not", delivering(`<r:ExactlyOnce/><r:InOrder p:Optional="true"/>`),
			[]Assertion{assured(oasis, "ExactlyOnce", true), assured(oasis, "ExactlyOnce", false)}, false, &rm.Options{Version: rm.RM11}, ""},
		{"durations of February 2005", `<r10:RMAssertion><r10:InactivityTimeout Milliseconds="1500"/><r10:BaseRetransmissionInterval Milliseconds=" 20 "/>
			<r10:ExponentialBackoff/><r10:AcknowledgementInterval Milliseconds="30"/><x:z/></r10:RMAssertion>`,
			[]Assertion{{Version: rm.RM10, Inactivity: 1500 * time.Millisecond, Retransmit: 20 * time.Millisecond, Backoff: true, AckDelay: 30 * time.Millisecond}},
			false, &rm.Options{Version: rm.RM10, Inactivity: 1500 * time.Millisecond, AckDelay: 30 * time.Millisecond}, ""},
		{"durations without value", `<r10:RMAssertion><r10:InactivityTimeout/><r10:AcknowledgementInterval Milliseconds="0"/></r10:RMAssertion>`,
			[]Assertion{lasting(feb, 0, -1)}, false, &rm.Options{Version: rm.RM10, AckDelay: -1}, ""},
		{"WCF's durations, in any order", `<r:RMAssertion><net:AcknowledgementInterval Milliseconds="7"/><p:Policy/><net:InactivityTimeout Milliseconds="9"/></r:RMAssertion>`,
			[]Assertion{lasting(oasis, 9*time.Millisecond, 7*time.Millisecond)}, false,
			&rm.Options{Version: rm.RM11, Inactivity: 9 * time.Millisecond, AckDelay: 7 * time.Millisecond}, ""},
		{"for ever", `<r10:RMAssertion><r10:InactivityTimeout Milliseconds="18446744073709551615"/></r10:RMAssertion>`,
			[]Assertion{lasting(feb, 9223372036854*time.Millisecond, 0)}, false, &rm.Options{Version: rm.RM10, Inactivity: maxDuration}, ""},
		{"bound to TLS", `<r:RMAssertion><p:Policy><r:SequenceTransportSecurity/></p:Policy></r:RMAssertion>`,
			[]Assertion{{Version: rm.RM11, Security: "SequenceTransportSecurity"}}, false, nil,
			"policy: policy cannot be called: sequences must be bound to the TLS session that creates them (SequenceTransportSecurity); " +
				"this library speaks over TLS, but does not bind sequences to its sessions"},
		{"bound to a token, or not", `<r:RMAssertion><p:Policy><r:SequenceSTR p:Optional="true"/></p:Policy></r:RMAssertion>`,
			[]Assertion{{Version: rm.RM11, Security: "SequenceSTR"}, oasis}, false, &rm.Options{Version: rm.RM11}, ""},
		{"something unknown, or not", `<r:RMAssertion/><p:ExactlyOne><x:y/><p:All/></p:ExactlyOne>`,
			[]Assertion{besides(oasis, otherwise), oasis}, false, &rm.Options{Version: rm.RM11}, ""},
		{"something unknown inside", `<r:RMAssertion><p:Policy><x:y/></p:Policy></r:RMAssertion>`,
			[]Assertion{besides(oasis, otherwise)}, false, &rm.Options{Version: rm.RM11}, ""},
		{"something to be ignored", `<r:RMAssertion><p15:Policy><x:y p15:Ignorable="true"/></p15:Policy></r:RMAssertion><x:y p15:Ignorable="true"/>`,
			[]Assertion{oasis}, false, &rm.Options{Version: rm.RM11}, ""},
		{"addressing of the metadata specification", `<r:RMAssertion/><wsam:Addressing><p:Policy><wsam:AnonymousResponses/></p:Policy></wsam:Addressing>`,
			[]Assertion{oasis}, false, &rm.Options{Version: rm.RM11}, ""},
		{"answers elsewhere", `<r:RMAssertion/><wsam:Addressing><p:Policy><wsam:NonAnonymousResponses/></p:Policy></wsam:Addressing>`,
			[]Assertion{addressed(oasis)}, false, &rm.Options{Version: rm.RM11}, ""},
		{"answers here or elsewhere", `<r:RMAssertion/><wsam:Addressing><p:Policy><p:ExactlyOne><wsam:NonAnonymousResponses/>
			<wsam:AnonymousResponses/></p:ExactlyOne></p:Policy></wsam:Addressing>`,
			[]Assertion{oasis}, false, &rm.Options{Version: rm.RM11}, ""},
		{"WCF's dual binding", `<r:RMAssertion/><wsaw:UsingAddressing/><cdp:CompositeDuplex/>
			<ow:OneWay xmlns:ow="http://schemas.microsoft.com/ws/2005/05/routing/policy"/>`,
			[]Assertion{addressed(oasis)}, false, &rm.Options{Version: rm.RM11}, ""},
		{"addressing of 2004", `<wsap:UsingAddressing/><r10:RMAssertion/>`,
			[]Assertion{of2004(feb)}, false, &rm.Options{Version: rm.RM10, Addressing: soap.WSA2004}, ""},
		{"references", `<p:PolicyReference URI="#a"/><p:All p:Optional="true"><p:Policy u:Id="a"><r:RMAssertion/></p:Policy></p:All>`,
			[]Assertion{oasis}, false, &rm.Options{Version: rm.RM11}, ""},
		{"references by Name and xml:id", `<p:ExactlyOne><p:PolicyReference URI="urn:a"/><p:PolicyReference URI="#b"/>
			<p:Policy Name="urn:a"><r10:RMAssertion/></p:Policy><p:Policy xml:id="b"><r:RMAssertion/></p:Policy></p:ExactlyOne>`,
			[]Assertion{feb, oasis}, false, &rm.Options{}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := Read([]byte(`<p:Policy` + prefixes + `>` + row.policy + `</p:Policy>`))
			require.NoError(t, err)
			require.Len(t, got, 1)
			opts, err := got[0].Options()
			require.Equal(t, row.opts, opts)
			if row.err == ErrNone.Error() {
				require.ErrorIs(t, err, ErrNone)
			} else if row.err != "" {
				require.EqualError(t, err, row.err)
			} else {
				require.NoError(t, err)
			}
			for i := range got[0].Assertions {
				got[0].Assertions[i].problem = ""
			}
			require.Equal(t, Endpoint{Assertions: row.want, Optional: row.optional}, got[0])
		})
	}
}

// Where policies are attached. Each row is what stands in the elements of one WSDL.
func TestAttachment(t *testing.T) {
	const ten, eleven = `<p:Policy><r10:RMAssertion/></p:Policy>`, `<p:Policy><r:RMAssertion/></p:Policy>`
	const maybe = `<p:Policy><r:RMAssertion p:Optional="true"/></p:Policy>`
	for _, row := range []struct {
		name                                       string
		port, binding, portType, operation, input  string
		portAttr, bindingAttr, inputAttr, document string
		want                                       []Assertion
		optional                                   bool
	}{
		{name: "nowhere", optional: true},
		{name: "port", port: ten, want: []Assertion{feb}},
		{name: "binding", binding: ten, want: []Assertion{feb}},
		{name: "port type", portType: ten, want: []Assertion{feb}},
		{name: "operation", operation: ten, want: []Assertion{feb}},
		{name: "message", input: ten, want: []Assertion{feb}},
		{name: "by reference", binding: `<p:PolicyReference URI="#a"/>`, document: `<p:Policy u:Id="a">` + eleven + `</p:Policy>`, want: []Assertion{oasis}},
		{name: "by reference in 1.5", binding: `<p15:PolicyReference URI="#a"/>`, document: `<p15:Policy u:Id="a"><r:RMAssertion/></p15:Policy>`, want: []Assertion{oasis}},
		{name: "by PolicyURIs", bindingAttr: `p:PolicyURIs=" #a  #b "`, document: `<p:Policy u:Id="b"><r:RMAssertion/></p:Policy><p:Policy u:Id="a"/>`,
			want: []Assertion{oasis}},
		{name: "by PolicyURIs of a message", inputAttr: `p15:PolicyURIs="#a"`, document: `<p15:Policy u:Id="a"><r:RMAssertion/></p15:Policy>`,
			want: []Assertion{oasis}},
		{name: "by PolicyURIs of a port", portAttr: `p:PolicyURIs="#a"`, document: `<p:Policy u:Id="a"><r:RMAssertion/></p:Policy>`, want: []Assertion{oasis}},
		{name: "binding and port", binding: `<p:Policy><wsap:UsingAddressing/></p:Policy>`, port: ten, want: []Assertion{of2004(feb)}},
		{name: "the same twice", binding: eleven, port: eleven, want: []Assertion{oasis}},
		// WS-RM Policy 1.1, 2: where messages demand it, the endpoint has it as optional
		{name: "optional at the endpoint, demanded by a message", binding: maybe, input: eleven, want: []Assertion{oasis}},
		{name: "optional at the endpoint and at a message", binding: maybe, input: maybe, want: []Assertion{oasis}, optional: true},
		{name: "what else a message demands", binding: ten, input: `<p:Policy><x:y/></p:Policy>`, want: []Assertion{feb}},
		{name: "unused policy", document: `<p:Policy u:Id="a"><r:RMAssertion/></p:Policy>`, optional: true},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := Read([]byte(`<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:t" targetNamespace="urn:t"
				xmlns:s="http://schemas.xmlsoap.org/wsdl/soap12/"` + prefixes + `>` + row.document + `
				<portType name="T">` + row.portType + `</portType>
				<binding name="B" type="t:T" ` + row.bindingAttr + `>` + row.binding + `<s:binding/>
					<operation name="o">` + row.operation + `<input ` + row.inputAttr + `>` + row.input + `</input></operation></binding>
				<service name="S"><port name="P" binding="t:B" ` + row.portAttr + `>` + row.port + `<s:address location=" http://s.example/ "/></port></service>
				</definitions>`))
			require.NoError(t, err)
			require.Equal(t, []Endpoint{{
				Service: "S", Port: "P", Binding: "B", Address: "http://s.example/", Assertions: row.want, Optional: row.optional,
			}}, got)
		})
	}
}

// A port whose binding is in another document is read by what it says itself.
func TestReadParts(t *testing.T) {
	const begin = `<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:t="urn:other" targetNamespace="urn:t"` + prefixes + `>`
	for _, row := range []struct {
		name, doc string
		want      []Endpoint
	}{
		{"nothing", begin + `<w:import namespace="urn:other" location="other.wsdl"/></w:definitions>`, nil},
		{"binding elsewhere", begin + `<w:binding name="B" type="t:T"><s:binding/></w:binding><w:service name="S"><w:port name="P" binding="t:B">
			<p:Policy><r:RMAssertion/></p:Policy><s:address location="u"/></w:port></w:service></w:definitions>`,
			[]Endpoint{
				{Service: "S", Port: "P", Binding: "B", Address: "u", SOAP: soap.V11, Assertions: []Assertion{oasis}},
				{Binding: "B", SOAP: soap.V11, Optional: true},
			}},
		{"no SOAP", begin + `<w:service name="S"><w:port name="P" binding="t:B"><x:address location="u"/></w:port></w:service></w:definitions>`, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := Read([]byte(row.doc))
			require.NoError(t, err)
			require.Equal(t, row.want, got)
		})
	}
}

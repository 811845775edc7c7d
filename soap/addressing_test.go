package soap_test

import (
	"encoding/xml"
	"testing"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/soap"
)

const wsa10, wsa04 = "http://www.w3.org/2005/08/addressing", "http://schemas.xmlsoap.org/ws/2004/08/addressing"

func TestAddressing2004(t *testing.T) {
	env := parse(t, env04+header(`<a:Action>urn:do</a:Action>
		<a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>
		<a:RelatesTo RelationshipType="a:Other">urn:uuid:9</a:RelatesTo>
		<a:RelatesTo RelationshipType="a:Reply">urn:uuid:0</a:RelatesTo>`)+empty)
	require.Equal(t, soap.WSA2004, env.Addressing)
	require.Equal(t, "urn:do", env.Action)
	require.True(t, env.ReplyTo.Anonymous())
	require.Equal(t, "urn:uuid:0", env.RelatesTo)
}

// Only the first answer counts as RelatesTo; the others stay, in their order.
//
// WS-Addressing 1.0, Core, 3.2
func TestRelationships(t *testing.T) {
	env := parse(t, env12+header(`<a:RelatesTo RelationshipType="urn:other">urn:uuid:1</a:RelatesTo>
		<a:RelatesTo RelationshipType="http://www.w3.org/2005/08/addressing/reply">urn:uuid:2</a:RelatesTo>
		<a:RelatesTo>urn:uuid:3</a:RelatesTo>`)+empty)
	require.Equal(t, "urn:uuid:2", env.RelatesTo)
	env = again(t, env)
	require.Equal(t, "urn:uuid:2", env.RelatesTo)
	var all []string
	for h := range env.Headers() {
		var s string
		require.NoError(t, h.Decode(&s))
		all = append(all, s)
	}
	require.Equal(t, []string{"urn:uuid:2", "urn:uuid:1", "urn:uuid:3"}, all)
}

// Addressing faults come with the envelope: it says what the answer has to look like.
func TestAddressingFaults(t *testing.T) {
	invalid := func(subsub ...string) []xml.Name {
		names := []xml.Name{{Space: wsa10, Local: "InvalidAddressingHeader"}}
		for _, s := range subsub {
			names = append(names, xml.Name{Space: wsa10, Local: s})
		}
		return names
	}
	for name, test := range map[string]struct {
		envelope, blocks string
		subcodes         []xml.Name
		header           string // named by the detail
	}{
		"two actions":           {env12, "<a:Action>urn:1</a:Action><a:Action>urn:1</a:Action>", invalid("InvalidCardinality"), "Action"},
		"two ids":               {env12, "<a:MessageID>urn:1</a:MessageID><a:MessageID/>", invalid("InvalidCardinality"), "MessageID"},
		"two To":                {env12, "<a:To>urn:1</a:To><a:To>urn:1</a:To>", invalid("InvalidCardinality"), "To"},
		"two ReplyTo":           {env12, "<a:ReplyTo><a:Address/></a:ReplyTo><a:ReplyTo><a:Address/></a:ReplyTo>", invalid("InvalidCardinality"), "ReplyTo"},
		"two FaultTo":           {env12, "<a:FaultTo><a:Address/></a:FaultTo><a:FaultTo><a:Address/></a:FaultTo>", invalid("InvalidCardinality"), "FaultTo"},
		"two From":              {env12, "<a:From><a:Address/></a:From><a:From><a:Address/></a:From>", invalid("InvalidCardinality"), "From"},
		"two, 2004/08":          {env04, "<a:Action>urn:1</a:Action><a:Action>urn:1</a:Action>", invalid("InvalidCardinality"), "Action"},
		"two versions":          {env12, `<a:Action>urn:1</a:Action><o:MessageID xmlns:o="` + wsa04 + `">urn:1</o:MessageID>`, invalid(), "MessageID"},
		"no Address":            {env12, "<a:ReplyTo/>", invalid("MissingAddressInEPR"), "ReplyTo"},
		"two addresses":         {env12, "<a:ReplyTo><a:Address/><a:Address>urn:2</a:Address></a:ReplyTo>", invalid("InvalidEPR"), "ReplyTo"},
		"text in an EPR":        {env12, "<a:ReplyTo>urn:1</a:ReplyTo>", invalid("InvalidEPR"), "ReplyTo"},
		"element in To":         {env12, "<a:To><x:b><x:c/></x:b><x:d/></a:To>", invalid(), "To"},
		"element in an address": {env12, "<a:ReplyTo><a:Address><x:b/></a:Address><x:c/></a:ReplyTo>", invalid(), "ReplyTo"},
		"text for parameters":   {env12, "<a:ReplyTo><a:Address/><a:ReferenceParameters>urn:1</a:ReferenceParameters></a:ReplyTo>", invalid("InvalidEPR"), "ReplyTo"},
	} {
		t.Run(name, func(t *testing.T) {
			env, err := soap.Parse([]byte(test.envelope+header(test.blocks+"<x:last/>")+empty), nil)
			f := requireFault(t, err, "Sender", "")
			require.NotNil(t, env)
			require.Equal(t, test.subcodes, f.Subcodes)
			var problem string
			require.NoError(t, f.Decode(&problem))
			require.Equal(t, "a:"+test.header, problem)
			ok, err := env.Header("urn:x", "last", nil)
			require.True(t, ok, "the document is read to its end")
			require.NoError(t, err)
		})
	}
}

// What is wrong with the document goes before what is wrong with addressing.
func TestIllFormedGoesFirst(t *testing.T) {
	env, err := soap.Parse([]byte(env12+header("<a:To/><a:To/>")+"<s:Body><b></s:Body>"+end), nil)
	require.Nil(t, env)
	requireFault(t, err, "Sender", "XML")
}

// Blocks for other nodes are not ours.
func TestAddressingForAnotherRole(t *testing.T) {
	env := parse(t, env12+header(`<a:Action s:role="urn:proxy">urn:proxy</a:Action><a:Action>urn:do</a:Action><o:To xmlns:o="`+wsa04+`" s:role="urn:proxy">urn:1</o:To>`)+empty)
	require.Equal(t, "urn:do", env.Action)
	require.Empty(t, env.To)
	env = again(t, env)
	require.Equal(t, "urn:do", env.Action)
	blocks := 0
	for h := range env.Headers() {
		if !h.ForUs() {
			require.Equal(t, "urn:proxy", h.Role)
			blocks++
		}
	}
	require.Equal(t, 2, blocks)
}

// A reference parameter that comes back is no addressing header, whatever its name.
func TestReferenceParameterThatLooksLikeTo(t *testing.T) {
	env := parse(t, env12+header(`<a:To a:IsReferenceParameter="true">urn:1</a:To><a:To>urn:2</a:To>`)+empty)
	require.Equal(t, "urn:2", env.To)
}

func TestEndpointReference(t *testing.T) {
	text := env12 + header(`<a:Action>urn:do</a:Action><a:ReplyTo xmlns:p="urn:p">
		<a:Address> http://client.example/?a=1&amp;b=2 </a:Address>
		<a:ReferenceParameters><p:Box n="1&#9;2">x:7</p:Box><p:Key><![CDATA[<k>]]></p:Key></a:ReferenceParameters>
		<a:Metadata><p:WSDL/></a:Metadata>
		<p:Identity>me</p:Identity>
	</a:ReplyTo>`) + empty
	for range 2 { // as received, and as written
		env := parse(t, text)
		r := env.ReplyTo
		require.Equal(t, "http://client.example/?a=1&b=2", r.Address)
		require.False(t, r.Anonymous())
		require.Len(t, r.Parameters, 2)
		require.Equal(t, "urn:p", r.Parameters[0].NamespaceURI())
		require.Equal(t, "Box", r.Parameters[0].Tag)
		require.Equal(t, "1\t2", r.Parameters[0].SelectAttrValue("n", ""))
		require.Equal(t, "x:7", r.Parameters[0].Text())
		require.Equal(t, "urn:x", r.Parameters[0].SelectAttrValue("xmlns:x", ""), "a QName in the text needs it")
		require.Equal(t, "<k>", r.Parameters[1].Text())

		var tree *etree.Element
		_, err := env.Header(wsa10, "ReplyTo", &tree)
		require.NoError(t, err)
		require.Equal(t, "me", tree.SelectElement("Identity").Text(), "what is not known is kept")
		require.NotNil(t, tree.FindElement("Metadata/WSDL"))
		text = write(t, env)
	}
}

// A message to an endpoint has its parameters as header blocks, marked as such in 1.0.
//
// WS-Addressing 1.0, SOAP Binding, 3.4; WS-Addressing 2004/08, 2
func TestSetTo(t *testing.T) {
	from := parse(t, env04+header(`<a:ReplyTo><a:Address>http://client.example/</a:Address>
		<a:ReferenceProperties><x:Shop>1</x:Shop></a:ReferenceProperties>
		<a:ReferenceParameters><x:Box s:mustUnderstand="1">2</x:Box></a:ReferenceParameters></a:ReplyTo>`)+empty)
	require.Len(t, from.ReplyTo.Properties, 1)

	for _, a := range []soap.Addressing{soap.WSA10, soap.WSA2004} {
		for _, v := range []soap.Version{soap.V12, soap.V11} {
			env := soap.New("urn:did", nil).SetTo(from.ReplyTo)
			env.Version, env.Addressing = v, a
			env = again(t, env)
			require.Equal(t, "http://client.example/", env.To)
			for _, name := range []string{"Shop", "Box"} {
				var el *etree.Element
				ok, err := env.Header("urn:x", name, &el)
				require.NoError(t, err)
				require.True(t, ok)
				marked := ""
				for _, attr := range el.Attr {
					if attr.Key == "IsReferenceParameter" && attr.NamespaceURI() == wsa10 {
						marked = attr.Value
					}
				}
				require.Equal(t, map[soap.Addressing]string{soap.WSA10: "true", soap.WSA2004: ""}[a], marked)
			}
			for h := range env.Headers() {
				require.Equal(t, h.Name.Local == "Box" || h.Name.Local == "Action" || h.Name.Local == "To", h.MustUnderstand, h.Name.Local)
			}
		}
	}
}

// Each version keeps properties as it has them.
func TestPropertiesInEitherVersion(t *testing.T) {
	shop := etree.NewElement("Shop")
	shop.CreateAttr("xmlns", "urn:x")
	env := soap.New("urn:do", nil)
	env.ReplyTo = &soap.EndpointReference{Address: "http://client.example/", Properties: []*etree.Element{shop}}
	got := again(t, env).ReplyTo
	require.Len(t, got.Parameters, 1)
	require.Empty(t, got.Properties)
	env.Addressing = soap.WSA2004
	got = again(t, env).ReplyTo
	require.Empty(t, got.Parameters)
	require.Len(t, got.Properties, 1)
	require.Equal(t, "urn:x", got.Properties[0].NamespaceURI())
}

// Addresses with a meaning of their own are written as the version in use has them.
func TestSpecialAddresses(t *testing.T) {
	for _, a := range []soap.Addressing{soap.WSA10, soap.WSA2004} {
		for _, address := range []string{"", soap.WSA10.Anonymous(), soap.WSA2004.Anonymous()} {
			env := soap.New("urn:do", nil)
			env.Addressing, env.To = a, address
			env.ReplyTo = &soap.EndpointReference{Address: address}
			got := again(t, env)
			require.Equal(t, a.Anonymous(), got.ReplyTo.Address)
			if address == "" {
				require.Empty(t, got.To, "no To header")
			} else {
				require.Equal(t, a.Anonymous(), got.To)
			}
			require.Empty(t, soap.New("urn:do", nil).SetTo(env.ReplyTo).To)
		}
		env := soap.New("urn:do", nil)
		env.Addressing = a
		env.ReplyTo = &soap.EndpointReference{Address: wsa10 + "/none"}
		if got := again(t, env).ReplyTo; a == soap.WSA10 {
			require.True(t, got.None())
		} else {
			require.Nil(t, got, "2004/08 has no none")
		}
	}
	var nobody *soap.EndpointReference
	require.True(t, nobody.Anonymous())
	require.False(t, nobody.None())
	require.Empty(t, soap.New("urn:do", nil).SetTo(nobody).To)
}

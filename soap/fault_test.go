package soap_test

import (
	"encoding/xml"
	"errors"
	"testing"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/soap"
)

type problem struct {
	XMLName xml.Name `xml:"urn:x Problem"`
	Text    string   `xml:",chardata"`
}

// A fault is read as it was written, in every version.
func TestFaultInEitherVersion(t *testing.T) {
	name := func(space, local string) xml.Name { return xml.Name{Space: space, Local: local} }
	for _, test := range []struct {
		fault  soap.Fault
		code11 string      // as read in SOAP 1.1
		sub11  []xml.Name  // likewise
		body04 *[]xml.Name // as read in SOAP 1.2 with 2004/08, if they differ
	}{
		{soap.Fault{Code: "Sender", Reason: "because", Lang: "en"}, "Sender", nil, nil},
		{soap.Fault{Code: "Receiver", Reason: "weil <&>", Lang: "de", Detail: problem{Text: "a]]>b"}}, "Receiver", nil, nil},
		{soap.Fault{Code: "MustUnderstand", Reason: "r", Lang: "en"}, "MustUnderstand", nil, nil},
		{soap.Fault{Code: "VersionMismatch", Reason: "r", Lang: "en"}, "VersionMismatch", nil, nil},
		{soap.Fault{Code: "DataEncodingUnknown", Reason: "r", Lang: "en"}, "Sender", nil, nil},
		{soap.Fault{Code: "Sender", Subcodes: []xml.Name{name("urn:x", "Failed")}, Reason: "r", Lang: "en", Detail: []byte(`<x:Problem xmlns:x="urn:x">7</x:Problem>`)},
			"", []xml.Name{name("urn:x", "Failed")}, nil},
		{soap.Fault{Code: "Receiver", Subcodes: []xml.Name{name("urn:x", "Failed"), name("urn:y", "Badly"), name("", "Indeed")}, Reason: "r", Lang: "en"},
			"", []xml.Name{name("", "Indeed")}, nil},
		{soap.Fault{Code: "Sender", Subcodes: []xml.Name{name(wsa10, "InvalidAddressingHeader"), name(wsa10, "InvalidCardinality")}, Reason: "r", Lang: "en", Detail: problem{Text: "1"}},
			"Sender", []xml.Name{name(wsa10, "InvalidCardinality")}, &[]xml.Name{name(wsa04, "InvalidMessageInformationHeader")}},
		{soap.Fault{Code: "Sender", Subcodes: []xml.Name{name(wsa10, "MessageAddressingHeaderRequired")}, Reason: "r", Lang: "en"},
			"Sender", []xml.Name{name(wsa10, "MessageAddressingHeaderRequired")}, &[]xml.Name{name(wsa04, "MessageInformationHeaderRequired")}},
		{soap.Fault{Code: "Receiver", Subcodes: []xml.Name{name(wsa10, "EndpointUnavailable")}, Reason: "r", Lang: "en"},
			"Receiver", []xml.Name{name(wsa10, "EndpointUnavailable")}, &[]xml.Name{name(wsa04, "EndpointUnavailable")}},
	} {
		t.Run(test.fault.Error(), func(t *testing.T) {
			for _, v := range []soap.Version{soap.V12, soap.V11} {
				for _, a := range []soap.Addressing{soap.WSA10, soap.WSA2004} {
					env := soap.New("", &test.fault)
					env.Version, env.Addressing = v, a
					require.True(t, env.IsFault())
					require.Equal(t, xml.Name{Space: v.Namespace(), Local: "Fault"}, env.BodyName())
					got := again(t, env)
					require.True(t, got.IsFault())
					var f *soap.Fault
					require.ErrorAs(t, got.Err(), &f)
					require.Equal(t, test.fault.Reason, f.Reason)
					require.Equal(t, test.fault.Lang, f.Lang)
					switch {
					case v == soap.V12:
						require.Equal(t, test.fault.Code, f.Code)
						if a == soap.WSA2004 && test.body04 != nil {
							require.Equal(t, *test.body04, f.Subcodes)
						} else {
							require.Equal(t, test.fault.Subcodes, f.Subcodes)
						}
					case a == soap.WSA10:
						require.Equal(t, test.code11, f.Code)
						require.Equal(t, test.sub11, f.Subcodes)
					}
					addressing := test.body04 != nil
					if test.fault.Detail == nil || addressing && a == soap.WSA2004 {
						require.Nil(t, f.Detail)
						require.Error(t, f.Decode(new(problem)))
					} else {
						var p problem
						require.NoError(t, f.Decode(&p), string(write(t, env)))
						require.NotEmpty(t, p.Text)
						ok, _ := got.Header(wsa10, "FaultDetail", nil)
						require.Equal(t, addressing && v == soap.V11, ok)
					}

					// Written again in each version, as somebody who forwards it would.
					for _, other := range []soap.Version{soap.V12, soap.V11} {
						forwarded := got.Clone()
						forwarded.Version = other
						g := again(t, forwarded).Err().(*soap.Fault)
						require.Equal(t, f.Reason, g.Reason)
						if other == v {
							require.Equal(t, f, g)
						} else if f.Detail != nil && !addressing {
							require.Equal(t, f.Detail, g.Detail)
						}
					}
				}
			}
		})
	}
}

// The action of a fault is addressing's, unless it has one of its own.
//
// WS-Addressing 1.0, SOAP Binding, 6
func TestFaultAction(t *testing.T) {
	plain, addressing := &soap.Fault{Code: "Sender"}, soap.AddressingFault("ActionNotSupported", "", "urn:do")
	for _, test := range []struct {
		action string
		fault  *soap.Fault
		a      soap.Addressing
		want   string
	}{
		{"", plain, soap.WSA10, wsa10 + "/soap/fault"},
		{"", addressing, soap.WSA10, wsa10 + "/fault"},
		{"", plain, soap.WSA2004, wsa04 + "/fault"},
		{"", addressing, soap.WSA2004, wsa04 + "/fault"},
		{"urn:failed", plain, soap.WSA10, "urn:failed"},
	} {
		env := soap.New(test.action, test.fault)
		env.Addressing = test.a
		require.Equal(t, test.want, again(t, env).Action)
	}
}

func TestReadFault11(t *testing.T) {
	fault := func(t *testing.T, blocks, content string) *soap.Fault {
		env := parse(t, env11+header(blocks)+"<s:Body><s:Fault>"+content+"</s:Fault></s:Body>"+end)
		require.True(t, env.IsFault())
		return env.Err().(*soap.Fault)
	}
	for content, want := range map[string]*soap.Fault{
		"<faultcode>s:Client</faultcode><faultstring> r </faultstring>":              {Code: "Sender", Reason: "r"},
		"<faultcode> s:Server.Database </faultcode><faultstring xml:lang='fr'/>":     {Code: "Receiver", Lang: "fr"},
		"<faultcode>Client</faultcode><faultactor>urn:a</faultactor>":                {Code: "Sender"},
		"<faultcode>x:Failed</faultcode>":                                            {Subcodes: []xml.Name{{Space: "urn:x", Local: "Failed"}}},
		"<faultcode>unbound:Failed</faultcode>":                                      {Subcodes: []xml.Name{{Local: "Failed"}}},
		"<faultcode>Failed</faultcode>":                                              {Subcodes: []xml.Name{{Local: "Failed"}}},
		"<faultcode>a:EndpointUnavailable</faultcode>":                               {Code: "Receiver", Subcodes: []xml.Name{{Space: wsa10, Local: "EndpointUnavailable"}}},
		"<faultcode>s:Client</faultcode><detail>just text &amp; more</detail>":       {Code: "Sender", Detail: []byte("just text &amp; more")},
		"<faultcode>s:Client</faultcode><detail> <b/>\n</detail>":                    {Code: "Sender", Detail: []byte(` <b xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:a="` + wsa10 + `" xmlns:x="urn:x"/>` + "\n")},
		"<faultcode>s:Client</faultcode><detail>\n</detail>":                         {Code: "Sender"},
		"<faultcode><b>s:Client</b></faultcode><faultstring>a<b>b</b></faultstring>": {Code: "Sender", Reason: "ab"},
		"": {},
	} {
		require.Equal(t, want, fault(t, "", content), content)
	}
	f := fault(t, "<a:FaultDetail><a:ProblemAction/></a:FaultDetail>", "<faultcode>a:ActionNotSupported</faultcode>")
	var el *etree.Element
	require.NoError(t, f.Decode(&el))
	require.Equal(t, "ProblemAction", el.Tag)
}

// Of several languages the English one counts.
func TestReadFault12(t *testing.T) {
	fault := func(content string) *soap.Fault {
		return parse(t, env12+"<s:Body><s:Fault>"+content+"</s:Fault></s:Body>"+end).Err().(*soap.Fault)
	}
	text := func(lang, s string) string { return `<s:Text xml:lang="` + lang + `">` + s + `</s:Text>` }
	for reason, want := range map[string]string{
		text("de", "eins"): "de eins",
		text("de", "eins") + text("en-GB", "one") + text("en", "uno"): "en-GB one",
		text("en", "one") + text("de", "eins"):                        "en one",
		text("enm", "oon") + text("de", "eins"):                       "enm oon",
		"<s:Text>one</s:Text>":                                        " one",
	} {
		f := fault("<s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason>" + reason + "</s:Reason><s:Node>urn:n</s:Node><s:Role>urn:r</s:Role>")
		require.Equal(t, want, f.Lang+" "+f.Reason)
		require.Equal(t, "Sender", f.Code)
	}
	require.Equal(t, "", fault("<s:Code><s:Value>x:Sender</s:Value></s:Code>").Code)
	require.Equal(t, "soap: Receiver", fault("").Error())
}

// SOAP 1.2, 5.4.8
func TestNotUnderstood(t *testing.T) {
	f := soap.NotUnderstood(xml.Name{Space: "urn:x", Local: "Ticket"}, xml.Name{Space: "urn:y&", Local: "Key"})
	require.Equal(t, "soap: MustUnderstand: header blocks were not understood: {urn:x}Ticket, {urn:y&}Key", f.Error())
	env := soap.New("", f)
	var named []string
	for h := range again(t, env).Headers() {
		if h.Name.Local == "NotUnderstood" {
			var el *etree.Element
			require.NoError(t, h.Decode(&el))
			require.Equal(t, env.Version.Namespace(), el.NamespaceURI())
			named = append(named, el.SelectAttrValue("qname", "")+" "+el.SelectAttrValue("xmlns:c", ""))
		}
	}
	require.Equal(t, []string{"c:Ticket urn:x", "c:Key urn:y&"}, named)

	// Passed on in SOAP 1.1, they would mean nothing.
	received := again(t, env)
	received.Version = soap.V11
	require.NotContains(t, write(t, received), "<s:NotUnderstood")
	require.NotContains(t, write(t, received), "qname")
	env.Version = soap.V11
	require.NotContains(t, write(t, env), "NotUnderstood")
}

// SOAP 1.2, 5.4.7
func TestUpgrade(t *testing.T) {
	_, err := soap.Parse([]byte(`<Envelope xmlns="urn:soap:3"/>`), nil)
	env := soap.New("", requireFault(t, err, "VersionMismatch", ""))
	var el *etree.Element
	ok, err := again(t, env).Header(env.Version.Namespace(), "Upgrade", &el)
	require.True(t, ok)
	require.NoError(t, err)
	var supported []string
	for _, s := range el.ChildElements() {
		prefix, _, _ := cut(s.SelectAttrValue("qname", ""))
		for up := s; up != nil; up = up.Parent() {
			if ns := up.SelectAttrValue("xmlns:"+prefix, ""); ns != "" {
				supported = append(supported, ns)
				break
			}
		}
	}
	require.Equal(t, []string{soap.V12.Namespace(), soap.V11.Namespace()}, supported)
	env.Version = soap.V11
	ok, _ = again(t, env).Header(soap.V11.Namespace(), "Upgrade", nil)
	require.False(t, ok)
}

func cut(s string) (string, string, bool) {
	for i := range len(s) {
		if s[i] == ':' {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// Details of addressing faults.
func TestAddressingFault(t *testing.T) {
	for subcode, want := range map[string]string{
		"InvalidAddressingHeader":         "ProblemHeaderQName a:p<",
		"MessageAddressingHeaderRequired": "ProblemHeaderQName a:p<",
		"ActionNotSupported":              "ProblemAction p<",
		"DestinationUnreachable":          "ProblemIRI p<",
		"EndpointUnavailable":             "ProblemIRI p<",
	} {
		f := soap.AddressingFault(subcode, "", "p<")
		require.Equal(t, subcode == "EndpointUnavailable", f.Code == "Receiver")
		require.NotEmpty(t, f.Reason)
		var el *etree.Element
		require.NoError(t, f.Decode(&el))
		text := el.Text()
		if a := el.SelectElement("Action"); a != nil {
			text = a.Text()
		}
		require.Equal(t, want, el.Tag+" "+text)
		require.Equal(t, wsa10, el.NamespaceURI())
		require.Nil(t, soap.AddressingFault(subcode, "", "").Detail)
	}
	require.Contains(t, string(soap.AddressingFault("InvalidAddressingHeader", "ActionMismatch", "urn:do").Detail.([]byte)), "<a:Action>urn:do</a:Action>")
	require.Nil(t, soap.AddressingFault("Novel", "", "urn:do").Detail, "nobody knows how to say it")
}

func TestFaultDetails(t *testing.T) {
	many := []byte("text <x:a xmlns:x='urn:x'>1</x:a> <x:b xmlns:x='urn:x'/>")
	f := &soap.Fault{Detail: many}
	env := soap.New("", f)
	got := again(t, env).Err().(*soap.Fault)
	for _, f := range []*soap.Fault{f, env.Err().(*soap.Fault), got} {
		var a string
		require.NoError(t, f.Decode(&a))
		require.Equal(t, "1", a, "the first element")
	}
	require.Contains(t, string(got.Detail.([]byte)), "text ")

	for _, d := range []any{[]byte("<a>"), []byte("a & b"), make(chan int), []byte("</d><d>")} {
		f := &soap.Fault{Detail: d}
		require.Error(t, f.Decode(new(string)))
		env := soap.New("", f)
		require.False(t, env.IsFault())
		require.ErrorContains(t, env.Err(), "soap: ")
		_, err := env.AppendXML(nil)
		require.Equal(t, env.Err(), err)
	}
	require.Error(t, soap.New("", (*soap.Fault)(nil)).Err())
}

// Decode hands a fault out as the error that it is, unless the element itself is wanted.
func TestDecodeFault(t *testing.T) {
	for _, env := range []*soap.Envelope{
		soap.New("", &soap.Fault{Code: "Sender", Reason: "because"}),
		again(t, soap.New("", &soap.Fault{Code: "Sender", Reason: "because"})),
	} {
		var f *soap.Fault
		require.True(t, errors.As(env.Decode(new(problem)), &f))
		require.Equal(t, "soap: Sender: because", f.Error())
		var el *etree.Element
		require.NoError(t, env.Decode(&el))
		require.Equal(t, "Fault", el.Tag)
		require.Equal(t, soap.V12.Namespace(), el.NamespaceURI())
		var b []byte
		require.NoError(t, env.Decode(&b))
		require.Contains(t, string(b), "because")
	}
}

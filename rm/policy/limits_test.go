package policy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is refused, and how the error says where.
func TestRefused(t *testing.T) {
	policy := func(s string) string { return `<p:Policy` + prefixes + ">\n" + s + `</p:Policy>` }
	doubling := `<p:Policy u:Id="p0"><x:y/></p:Policy>`
	for i := 1; i < 40; i++ {
		doubling += fmt.Sprintf(`<p:Policy u:Id="p%d"><p:PolicyReference URI="#p%d"/><p:PolicyReference URI="#p%[2]d"/></p:Policy>`, i, i-1)
	}
	for _, row := range []struct{ name, doc, want string }{
		{"nothing", ``, "policy: xml: line 1, column 1:"},
		{"not well-formed", policy("<x:y>"), "policy: xml: line 7, column 8:"},
		{"cut short", policy("")[:20], "policy: xml: line 1, column 21:"},
		{"unknown prefix", policy("<z:y/>"), "policy: xml: line 7, column 2:"},
		{"two roots", policy("") + policy(""), "policy: xml: line 7, column 12:"},
		{"document type", `<!DOCTYPE a [<!ENTITY e "e">]>` + policy(""), "policy: xml: line 1, column 1:"},
		{"misplaced declaration", policy(`<?xml version="1.0"?>`), "policy: xml: line 7, column 1:"},
		{"open instruction", policy(`<?a `), "policy: xml: line 7, column 1:"},
		{"not UTF-8", policy("\xff"), "policy: xml: line 7, column 1:"},
		{"unknown encoding", `<?xml version="1.0" encoding="EBCDIC"?>` + policy(""), "policy: xml: line 1, column 1:"},
		{"neither WSDL nor policy", `<schema xmlns="http://www.w3.org/2001/XMLSchema"/>`, `policy: line 1, column 1: neither a WSDL 1.1 document nor a policy but "schema" of "http://www.w3.org/2001/XMLSchema"`},
		{"WSDL 2.0", "<!-- \u00e9 --> <description xmlns=\"http://www.w3.org/ns/wsdl\"/>", `policy: line 1, column 12: neither a WSDL 1.1`},
		{"no such policy", policy(` <p:PolicyReference URI="#a"/>`), `policy: line 7, column 2: there is no policy "#a" in this document`},
		{"no URI", policy(`<p:PolicyReference/>`), `policy: line 7, column 1: there is no policy "" in this document`},
		{"a circle", policy(`<p:Policy u:Id="a"><p:PolicyReference URI="#a"/></p:Policy>`), "policies that refer to each other, or too deep"},
		{"unknown element", policy(`<p:OneOrMore/>`), `policy: line 7, column 1: "OneOrMore" is no element of WS-Policy`},
		{"no number", policy("<r10:RMAssertion>\n<r10:InactivityTimeout Milliseconds='1s'/></r10:RMAssertion>"), `policy: line 8, column 1: InactivityTimeout: "1s" are no milliseconds`},
		{"negative number", policy("<r:RMAssertion><net:AcknowledgementInterval Milliseconds='-1'/></r:RMAssertion>"), `"-1" are no milliseconds`},
		{"too many alternatives", policy(strings.Repeat(`<x:y p:Optional="true"/>`, 9)), "more than 256 alternatives"},
		{"too many alternatives in one choice", policy(`<p:ExactlyOne>` + strings.Repeat(`<x:y/>`, 257) + `</p:ExactlyOne>`), "more than 256 alternatives"},
		{"too many nested alternatives", policy(`<p:ExactlyOne>` + strings.Repeat(`<p:All/>`, 20) + `</p:ExactlyOne><r:RMAssertion><p:Policy><r:DeliveryAssurance><p:Policy><p:ExactlyOne>` +
			strings.Repeat(`<r:InOrder/>`, 20) + `</p:ExactlyOne></p:Policy></r:DeliveryAssurance><p:ExactlyOne>` + strings.Repeat(`<x:y/>`, 20) + `</p:ExactlyOne></p:Policy></r:RMAssertion>`), "more than 256 alternatives"},
		{"references that double", policy(doubling), "policies too large"},
		{"many assertions", policy(strings.Repeat(`<x:y/>`, 30_000)), "policies too large"},
		{"too many elements", policy(strings.Repeat(`<x:y/>`, maxNodes)), "more than 100000 elements"},
		{"too deep", policy(strings.Repeat(`<x:y>`, 200) + strings.Repeat(`</x:y>`, 200)), "policy: xml: line 7, column"},
		{"too large", policy(strings.Repeat(" ", maxBytes)), "policy: a document of more than 16777216 bytes"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := Read([]byte(row.doc))
			require.ErrorContains(t, err, row.want)
			require.Nil(t, got)
			again, err := AddTo([]byte(row.doc), nil)
			require.Error(t, err)
			require.Nil(t, again)
		})
	}
}

// Types and messages may be as many as they like, and what stands there is not looked at.
func TestTypesDoNotCount(t *testing.T) {
	got, err := Read([]byte(`<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/"` + prefixes + `><w:types>` + strings.Repeat(`<x:y/>`, maxNodes) +
		`</w:types><w:message><p:PolicyReference URI="#no"/></w:message><x:z><p:Policy u:Id="a"/></x:z></w:definitions>`))
	require.NoError(t, err)
	require.Empty(t, got)
}

// Processing instructions are passed over, wherever they stand, and positions stay what they were.
func TestInstructions(t *testing.T) {
	const doc = "\uFEFF<?xml version='1.0'?><?a <b>\n?><!-- <?no --><r:x xmlns:r='urn:x'><![CDATA[<?no]]><?xml-stylesheet \u00e9?>z</r:x><?c?>"
	const want = "\uFEFF<?xml version='1.0'?>       \n  <!-- <?no --><r:x xmlns:r='urn:x'><![CDATA[<?no]]>                     z</r:x>     "
	in := []byte(doc)
	require.Equal(t, want, string(withoutInstructions(in)))
	require.Equal(t, doc, string(in))
}

package policy

import (
	"bytes"
	"encoding/binary"
	"flag"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
)

var update = flag.Bool("update", false, "rewrite the expected documents in testdata")

// A document before and after, as people would look at it.
func TestAddTo(t *testing.T) {
	in := file(t, "plain.wsdl")
	before := bytes.Clone(in)
	got, err := AddTo(in, nil)
	require.NoError(t, err)
	require.Equal(t, before, in)
	if *update {
		require.NoError(t, os.WriteFile("testdata/plain-added.wsdl", got, 0o666))
	}
	require.Equal(t, string(file(t, "plain-added.wsdl")), string(got))

	again, err := AddTo(got, nil)
	require.NoError(t, err)
	require.Same(t, &got[0], &again[0], "what is done already is not done again")

	// Without what was added, it is what it was.
	var rest []string
	adding := false
	for line := range strings.Lines(string(got)) {
		added := adding || strings.Contains(line, "<wsp:Policy")
		adding = added && !strings.Contains(line, "PolicyReference") && !strings.HasPrefix(line, "  </wsp:Policy>")
		if !added {
			rest = append(rest, line)
		}
	}
	require.Equal(t, string(in), strings.Join(rest, ""))

	endpoints, err := Read(got)
	require.NoError(t, err)
	for i, version := range []soap.Version{soap.V11, soap.V12} {
		opts, err := endpoints[i].Options()
		require.NoError(t, err)
		require.Equal(t, &rm.Options{SOAP: version}, opts)
		require.False(t, endpoints[i].Optional)
	}
	require.Equal(t, Endpoint{Binding: "OrdersTcp", Optional: true}, endpoints[2])
}

// What is added for options, and what a client reads of it.
func TestAppend(t *testing.T) {
	const begin = `<wsp:Policy xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy"><wsp:ExactlyOne>`
	const end = `</wsp:ExactlyOne></wsp:Policy>`
	const addressing = `<wsaw:UsingAddressing xmlns:wsaw="http://www.w3.org/2006/05/addressing/wsdl"/>`
	oasis := func(assurance, parameters, addressing string) string {
		return `<wsp:All><wsrmp:RMAssertion xmlns:wsrmp="http://docs.oasis-open.org/ws-rx/wsrmp/200702">` + assurance + parameters + `</wsrmp:RMAssertion>` + addressing + `</wsp:All>`
	}
	february := func(parameters, addressing string) string {
		return `<wsp:All><wsrm:RMAssertion xmlns:wsrm="http://schemas.xmlsoap.org/ws/2005/02/rm/policy">` + parameters + `</wsrm:RMAssertion>` + addressing + `</wsp:All>`
	}
	const inOrder = `<wsp:Policy><wsrmp:DeliveryAssurance><wsp:Policy><wsrmp:ExactlyOnce/><wsrmp:InOrder/></wsp:Policy></wsrmp:DeliveryAssurance></wsp:Policy>`
	const usual = `<wsrm:InactivityTimeout Milliseconds="600000"/><wsrm:AcknowledgementInterval Milliseconds="200"/>`
	for _, row := range []struct {
		name       string
		opts       *rm.Options
		want       string
		read       *rm.Options
		assertions []Assertion
	}{
		{"nil", nil, begin + oasis(inOrder, "", addressing) + february(usual, addressing) + end, &rm.Options{},
			[]Assertion{assured(Assertion{Version: rm.RM11}, "ExactlyOnce", true), lasting(feb, 10*time.Minute, 200*time.Millisecond)}},
		{"1.1", &rm.Options{Version: rm.RM11}, begin + oasis(inOrder, "", addressing) + end, &rm.Options{Version: rm.RM11},
			[]Assertion{assured(Assertion{Version: rm.RM11}, "ExactlyOnce", true)}},
		{"February 2005, 2004/08", &rm.Options{Version: rm.RM10, Addressing: soap.WSA2004},
			begin + february(usual, `<wsap:UsingAddressing xmlns:wsap="http://schemas.xmlsoap.org/ws/2004/08/addressing/policy"/>`) + end,
			&rm.Options{Version: rm.RM10, Addressing: soap.WSA2004, Inactivity: 10 * time.Minute, AckDelay: 200 * time.Millisecond},
			[]Assertion{lasting(of2004(feb), 10*time.Minute, 200*time.Millisecond)}},
		{"unordered", &rm.Options{Version: rm.RM11, Unordered: true}, begin + oasis(strings.Replace(inOrder, "<wsrmp:InOrder/>", "", 1), "", addressing) + end,
			&rm.Options{Version: rm.RM11, Unordered: true}, []Assertion{assured(Assertion{Version: rm.RM11}, "ExactlyOnce", false)}},
		{
			"acknowledged when handled", &rm.Options{AckHandled: true},
			begin + oasis(`<wsp:Policy/>`, "", addressing) + february(`<wsrm:InactivityTimeout Milliseconds="600000"/>`, addressing) + end, &rm.Options{},
			[]Assertion{{Version: rm.RM11}, lasting(feb, 10*time.Minute, 0)},
		},
		{"times", &rm.Options{Version: rm.RM11, Inactivity: time.Minute + time.Microsecond, AckDelay: time.Nanosecond},
			begin + oasis(inOrder, `<netrmp:InactivityTimeout xmlns:netrmp="http://schemas.microsoft.com/ws-rx/wsrmp/200702" Milliseconds="60001"/>`+
				`<netrmp:AcknowledgementInterval xmlns:netrmp="http://schemas.microsoft.com/ws-rx/wsrmp/200702" Milliseconds="1"/>`, addressing) + end,
			&rm.Options{Version: rm.RM11, Inactivity: 60_001 * time.Millisecond, AckDelay: time.Millisecond},
			[]Assertion{lasting(assured(Assertion{Version: rm.RM11}, "ExactlyOnce", true), 60_001*time.Millisecond, time.Millisecond)}},
		{"no limits", &rm.Options{Version: rm.RM10, Inactivity: -1, AckDelay: -1}, begin + february("", addressing) + end,
			&rm.Options{Version: rm.RM10}, []Assertion{feb}},
		{"very long", &rm.Options{Version: rm.RM10, Inactivity: 1 << 62, AckDelay: -1}, begin + february(`<wsrm:InactivityTimeout Milliseconds="2147483647"/>`, addressing) + end,
			&rm.Options{Version: rm.RM10, Inactivity: 2147483647 * time.Millisecond}, []Assertion{lasting(feb, 2147483647*time.Millisecond, 0)}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := string(Append([]byte("x>"), row.opts))
			lines := strings.Split(got, "\n")
			for i := range lines {
				lines[i] = strings.TrimLeft(lines[i], " ")
			}
			require.Equal(t, "x>"+row.want, strings.Join(lines, ""))

			read, err := Read([]byte(got[2:]))
			require.NoError(t, err)
			require.Equal(t, []Endpoint{{Assertions: row.assertions}}, read)
			opts, err := read[0].Options()
			require.NoError(t, err)
			require.Equal(t, row.read, opts)
		})
	}
}

// wsdl is a document with one binding, in one line.
func wsdl(definitions, binding string) string {
	return `<d:definitions xmlns:d="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" targetNamespace="urn:t" xmlns:t="urn:t"` + prefixes + `>` + definitions +
		`<d:binding name="B" type="t:T">` + binding + `<s:binding/></d:binding></d:definitions>`
}

// What AddTo makes of what is there. Each row is a document, and what is added to it: at the top, and in the binding.
func TestAddToWhatIsThere(t *testing.T) {
	policy := func(ns, id string, addressing bool) string {
		w := writer{policy: ns, id: id}
		w.write(nil, addressing)
		return string(w.b)
	}
	ref := func(ns, id string) string { return `<wsp:PolicyReference xmlns:wsp="` + ns + `" URI="#` + id + `"/>` }
	for _, row := range []struct {
		name, definitions, binding string
		policy, ref                string // "": the document stays as it is
	}{
		{"nothing", "", "", policy(nsPolicy12, "B_rm_policy", true), ref(nsPolicy12, "B_rm_policy")},
		{"the name is taken", `<p:Policy u:Id="B_rm_policy"/><p:Policy xml:id="B_rm_policy2"/>`, "", policy(nsPolicy12, "B_rm_policy3", true), ref(nsPolicy12, "B_rm_policy3")},
		{"policies of 1.5", `<p15:Policy u:Id="a"/>`, `<p15:PolicyReference URI="#a"/>`, policy(nsPolicy15, "B_rm_policy", true), ref(nsPolicy15, "B_rm_policy")},
		{"policies of both", `<p15:Policy u:Id="a"/>`, `<p:PolicyReference URI="#a"/>`, policy(nsPolicy12, "B_rm_policy", true), ref(nsPolicy12, "B_rm_policy")},
		{"addressing", "", `<p:Policy><wsaw:UsingAddressing/></p:Policy>`, policy(nsPolicy12, "B_rm_policy", false), ref(nsPolicy12, "B_rm_policy")},
		{"addressing by the port type", `<d:portType name="T"><p:Policy><wsam:Addressing/></p:Policy></d:portType>`, "", policy(nsPolicy12, "B_rm_policy", false), ref(nsPolicy12, "B_rm_policy")},
		{"optional addressing", "", `<p:Policy><wsam:Addressing p:Optional="true"/></p:Policy>`, policy(nsPolicy12, "B_rm_policy", true), ref(nsPolicy12, "B_rm_policy")},
		{"reliable", "", `<p:Policy><r:RMAssertion/></p:Policy>`, "", ""},
		{"perhaps reliable", "", `<p:Policy><r10:RMAssertion p:Optional="true"/></p:Policy>`, "", ""},
		{"reliable by reference", `<p:Policy u:Id="a"><r:RMAssertion/></p:Policy>`, `<p:PolicyReference URI="#a"/>`, "", ""},
		{"reliable messages", "", `<d:operation name="o"><d:output><p:Policy><r:RMAssertion/></p:Policy></d:output></d:operation>`, "", ""},
		{"reliable port", `<d:service><d:port binding="t:B"><p:Policy><r:RMAssertion/></p:Policy></d:port></d:service>`, "", "", ""},
		{"another port is reliable", `<d:service><d:port binding="t:C"><p:Policy><r:RMAssertion/></p:Policy></d:port></d:service>`, "",
			policy(nsPolicy12, "B_rm_policy", true), ref(nsPolicy12, "B_rm_policy")},
		{"unused policy", `<p:Policy u:Id="a"><r:RMAssertion/></p:Policy>`, "", policy(nsPolicy12, "B_rm_policy", true), ref(nsPolicy12, "B_rm_policy")},
	} {
		t.Run(row.name, func(t *testing.T) {
			in := wsdl(row.definitions, row.binding)
			got, err := AddTo([]byte(in), nil)
			require.NoError(t, err)
			want := strings.Replace(in, `targetNamespace="urn:t" xmlns:t="urn:t"`+prefixes+`>`, `targetNamespace="urn:t" xmlns:t="urn:t"`+prefixes+`>`+row.policy, 1)
			want = strings.Replace(want, `type="t:T">`, `type="t:T">`+row.ref, 1)
			require.Equal(t, want, string(got))
		})
	}
}

// What has nothing to be added comes back itself.
func TestAddToNothing(t *testing.T) {
	for _, doc := range []string{
		`<d:definitions xmlns:d="http://schemas.xmlsoap.org/wsdl/"/>`,
		`<d:definitions xmlns:d="http://schemas.xmlsoap.org/wsdl/"><d:binding name="B"/><d:binding name="C"><x xmlns="http://schemas.xmlsoap.org/wsdl/http/"/></d:binding></d:definitions>`,
		string(file(t, "cxf.wsdl")),
		string(file(t, "metro.wsdl")),
	} {
		in := []byte(doc)
		got, err := AddTo(in, nil)
		require.NoError(t, err)
		require.Same(t, &in[0], &got[0])
	}
	_, err := AddTo([]byte(`<p:Policy xmlns:p="http://www.w3.org/ns/ws-policy"/>`), nil)
	require.EqualError(t, err, "policy: line 1, column 1: a policy, where a WSDL 1.1 document was expected")
	_, err = AddTo([]byte(wsdl("", `<p:PolicyReference URI="#gone"/>`)), nil)
	require.ErrorContains(t, err, `there is no policy "#gone"`)
}

// The encoding stays, whatever it is, and what stands in the document comes through it unharmed.
func TestAddToEncodings(t *testing.T) {
	const name = "Bj\u00f6rn\U0001F600\u4e2d"
	doc := func(encoding, name string) string {
		return `<?xml version="1.0" encoding="` + encoding + "\"?>\r\n" + strings.Replace(wsdl("\r\n\t\r\n\t<!-- "+name+" -->\r\n", "\r\n\t\t"), `"B"`, `"`+name+`"`, 1)
	}
	wide := func(s string, order binary.AppendByteOrder) []byte {
		var b []byte
		for _, u := range utf16.Encode([]rune(s)) {
			b = order.AppendUint16(b, u)
		}
		return b
	}
	latin := func(s string) (b []byte) {
		for _, r := range s {
			b = append(b, byte(r))
		}
		return b
	}
	for _, row := range []struct {
		name, binding string
		encode        func(string) []byte
		declared      string
	}{
		{"UTF-8", name, func(s string) []byte { return []byte(s) }, "UTF-8"},
		{"UTF-8 with mark", name, func(s string) []byte { return []byte("\uFEFF" + s) }, "utf-8"},
		{"UTF-16, big", name, func(s string) []byte { return wide("\uFEFF"+s, binary.BigEndian) }, "UTF-16"},
		{"UTF-16, little", name, func(s string) []byte { return wide("\uFEFF"+s, binary.LittleEndian) }, "UTF-16"},
		{"UTF-16LE without mark", name, func(s string) []byte { return wide(s, binary.LittleEndian) }, "UTF-16LE"},
		{"UTF-16BE without mark", name, func(s string) []byte { return wide(s, binary.BigEndian) }, "UTF-16BE"},
		{"Latin-1", "Bj\u00f6rn", latin, "ISO-8859-1"},
		{"ASCII", "B", latin, "US-ASCII"},
	} {
		t.Run(row.name, func(t *testing.T) {
			in := doc(row.declared, row.binding)
			got, err := AddTo(row.encode(in), &rm.Options{Version: rm.RM10})
			require.NoError(t, err)

			id := strings.NewReplacer("\u00f6", "&#246;", "\U0001F600", "&#128512;", "\u4e2d", "&#20013;").Replace(row.binding) + "_rm_policy"
			w := writer{line: "\r\n\t", policy: nsPolicy12, id: id}
			w.write(&rm.Options{Version: rm.RM10}, true)
			want := strings.Replace(in, prefixes+">", prefixes+">\r\n\t"+string(w.b), 1)
			want = strings.Replace(want, `type="t:T">`, `type="t:T">`+"\r\n\t\t"+`<wsp:PolicyReference xmlns:wsp="`+nsPolicy12+`" URI="#`+id+`"/>`, 1)
			require.Equal(t, row.encode(want), got)

			endpoints, err := Read(got)
			require.NoError(t, err)
			require.Equal(t, row.binding, endpoints[0].Binding)
			require.Len(t, endpoints[0].Assertions, 1, "the reference was found")
		})
	}
}

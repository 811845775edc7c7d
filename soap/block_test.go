package soap_test

import (
	"encoding/xml"
	"errors"
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/soap"
)

const (
	next12 = "http://www.w3.org/2003/05/soap-envelope/role/next"
	next11 = "http://schemas.xmlsoap.org/soap/actor/next"
)

type ticket struct {
	XMLName xml.Name `xml:"urn:x Ticket"`
	Text    string   `xml:",chardata"`
	Kind    string   `xml:"urn:k kind,attr,omitempty"`
}

// A block is cut out with every namespace that its content may need.
func TestBlockStandsAlone(t *testing.T) {
	text := `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:q="urn:q" xmlns="urn:default" xmlns:hidden="urn:1"><s:Header xmlns:k="urn:k&amp;">` +
		`<t:Ticket xmlns:t="urn:x" xmlns:hidden = 'urn:2' k:kind="a > b">q:Name</t:Ticket></s:Header><s:Body/></s:Envelope>`
	env := parse(t, text)
	for h := range env.Headers() {
		var name string
		for _, b := range [][]byte{h.Bytes(), decodeBytes(t, h)} {
			doc := etree.NewDocument()
			require.NoError(t, doc.ReadFromBytes(b))
			name = doc.Root().Tag
			declared := map[string]string{}
			for _, a := range doc.Root().Attr {
				if a.Space == "xmlns" || a.Key == "xmlns" {
					declared[a.FullKey()] = a.Value
				}
			}
			require.Equal(t, map[string]string{"xmlns:s": "http://www.w3.org/2003/05/soap-envelope", "xmlns:q": "urn:q", "xmlns": "urn:default",
				"xmlns:hidden": "urn:2", "xmlns:k": "urn:k&", "xmlns:t": "urn:x"}, declared)
			require.Equal(t, "a > b", doc.Root().SelectAttrValue("k:kind", ""))
			require.Equal(t, "q:Name", doc.Root().Text())
		}
		require.Equal(t, "Ticket", name)
	}
}

func decodeBytes(t *testing.T, h soap.HeaderBlock) (b []byte) {
	t.Helper()
	require.NoError(t, h.Decode(&b))
	return b
}

func TestHeader(t *testing.T) {
	env := parse(t, env12+header(`<x:Ticket s:role="urn:proxy">1</x:Ticket><x:Ticket xmlns:k="urn:k" k:kind="day">2</x:Ticket><x:Ticket>3</x:Ticket>`)+empty)
	var tk ticket
	ok, err := env.Header("urn:x", "Ticket", &tk)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "2", tk.Text, "the first that is for us")
	require.Equal(t, "day", tk.Kind)

	ok, err = env.Header("urn:x", "ticket", &tk)
	require.False(t, ok)
	require.NoError(t, err)

	ok, err = env.Header("urn:x", "Ticket", &struct {
		XMLName xml.Name `xml:"urn:y Other"`
	}{})
	require.True(t, ok)
	require.Error(t, err)
}

// SOAP 1.2, 2.2; SOAP 1.1, 4.2.2
func TestForUs(t *testing.T) {
	for role, want := range map[string]bool{
		"": true, next12: true, next11: false,
		"http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver": true,
		"http://www.w3.org/2003/05/soap-envelope/role/none":             false,
		"urn:proxy": false,
	} {
		env := parse(t, env12+header(`<x:b s:role="`+role+`"/>`)+empty)
		for h := range env.Headers() {
			require.Equal(t, want, h.ForUs(), role)
		}
	}
	for actor, want := range map[string]bool{"": true, next11: true, next12: false, "urn:proxy": false} {
		env := parse(t, env11+header(`<x:b s:actor="`+actor+`" s:role="urn:no attribute of 1.1"/>`)+empty)
		for h := range env.Headers() {
			require.Equal(t, want, h.ForUs(), actor)
		}
	}
}

// SOAP 1.2, 5.2.3; SOAP 1.1, 4.2.3
func TestMustUnderstand(t *testing.T) {
	for _, envelope := range []string{env12, env11} {
		for value, want := range map[string]bool{"1": true, "true": true, "0": false, "false": false} {
			for h := range parse(t, envelope+header(`<x:b mustUnderstand="1" x:mustUnderstand="1" s:mustUnderstand="`+value+`"/>`)+empty).Headers() {
				require.Equal(t, want, h.MustUnderstand)
			}
		}
	}
}

// Attributes of SOAP that the caller or a sender of the other version wrote follow the version that is written.
func TestBlockInEitherVersion(t *testing.T) {
	type targeted struct {
		XMLName        xml.Name `xml:"urn:x Ticket"`
		MustUnderstand string   `xml:"http://schemas.xmlsoap.org/soap/envelope/ mustUnderstand,attr"`
		Actor          string   `xml:"http://schemas.xmlsoap.org/soap/envelope/ actor,attr"`
		Text           string   `xml:",chardata"`
	}
	for name, h := range map[string]any{
		"encoding/xml":        targeted{MustUnderstand: "1", Actor: next11, Text: "7"},
		"text, 1.1":           []byte(`<x:Ticket xmlns:x="urn:x" xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" e:mustUnderstand="1" e:actor="` + next11 + `">7</x:Ticket>`),
		"text, 1.2":           []byte(`<x:Ticket xmlns:x="urn:x" xmlns:e="http://www.w3.org/2003/05/soap-envelope" e:role='` + next12 + `' e:mustUnderstand = "true">7</x:Ticket>`),
		"prefix s taken":      []byte(`<s:Ticket xmlns:s="urn:x" xmlns:e="http://www.w3.org/2003/05/soap-envelope" e:role='` + next12 + `' e:mustUnderstand = "true">7</s:Ticket>`),
		"prefixes s s1 taken": []byte(`<s:Ticket xmlns:s="urn:x" xmlns:s1="http://schemas.xmlsoap.org/soap/envelope/" s1:mustUnderstand="1" s1:actor="` + next11 + `">7</s:Ticket>`),
		"etree": func() *etree.Element {
			root := etree.NewElement("x:root")
			root.CreateAttr("xmlns:x", "urn:x")
			root.CreateAttr("xmlns:e", "http://schemas.xmlsoap.org/soap/envelope/")
			el := root.CreateElement("x:Ticket")
			el.CreateAttr("e:mustUnderstand", "1")
			el.CreateAttr("e:actor", next11)
			el.SetText("7")
			return el
		}(),
	} {
		t.Run(name, func(t *testing.T) {
			env := soap.New("urn:do", nil).AddHeader(h)
			require.NoError(t, env.Err())
			for _, v := range []soap.Version{soap.V12, soap.V11, soap.V12} { // each as received from the one before
				env.Version = v
				env = again(t, env)
				require.Equal(t, v, env.Version)
				for h := range env.Headers() {
					if h.Name.Local != "Ticket" {
						continue
					}
					require.True(t, h.MustUnderstand)
					require.True(t, h.ForUs())
					require.Equal(t, map[soap.Version]string{soap.V12: next12, soap.V11: next11}[v], h.Role)
					var el *etree.Element
					require.NoError(t, h.Decode(&el))
					require.Equal(t, "7", el.Text())
					require.Equal(t, "urn:x", el.NamespaceURI())
					n := 0
					for _, a := range el.Attr {
						if a.Space != "xmlns" && a.Key != "xmlns" {
							require.Equal(t, v.Namespace(), a.NamespaceURI(), "nothing of the other version is left")
							n++
						}
					}
					require.Equal(t, 2, n)
				}
			}
		})
	}
}

// The ultimate receiver has a name in SOAP 1.2 only; other attributes stay.
func TestRoleOfTheOtherVersion(t *testing.T) {
	env := parse(t, env12+header(`<x:b s:role="http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver" x:n="&lt;1" m="a>b"/>`)+empty)
	env.Version = soap.V11
	for h := range again(t, env).Headers() {
		require.Empty(t, h.Role)
		var el *etree.Element
		require.NoError(t, h.Decode(&el))
		require.Equal(t, "<1", el.SelectAttrValue("x:n", ""))
		require.Equal(t, "a>b", el.SelectAttrValue("m", ""))
	}
}

// What has no meaning in the version that it came in gets none in another.
func TestAttributesOfTheOtherVersion(t *testing.T) {
	env := parse(t, env12+header(`<x:a xmlns:o="http://schemas.xmlsoap.org/soap/envelope/" o:mustUnderstand="1" o:actor="urn:proxy"/>`+
		`<x:b xmlns:o="http://schemas.xmlsoap.org/soap/envelope/" o:mustUnderstand="1" s:mustUnderstand="1" s:role="`+next12+`"/>`)+empty)
	for _, env.Version = range []soap.Version{soap.V12, soap.V11} {
		for h := range again(t, env).Headers() {
			require.Equal(t, h.Name.Local == "b", h.MustUnderstand)
			require.True(t, h.ForUs())
		}
	}
}

func TestAddHeaderRefuses(t *testing.T) {
	for name, h := range map[string]any{
		"nil": nil, "nothing": []byte(" "), "ill-formed": []byte("<a xmlns='urn:x'>"), "two": []byte("<a xmlns='urn:x'/><a xmlns='urn:x'/>"),
		"no namespace": []byte("<a/>"), "unbound prefix": []byte("<p:a/>"), "channel": make(chan int), "nil element": (*etree.Element)(nil),
		"empty document": etree.NewDocument(),
		"mustUnderstand": []byte(`<a xmlns='urn:x' xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' s:mustUnderstand='2'/>`),
	} {
		t.Run(name, func(t *testing.T) {
			env := soap.New("urn:do", nil).AddHeader(h)
			require.ErrorContains(t, env.Err(), "soap: ")
			var f *soap.Fault
			require.False(t, errors.As(env.Err(), &f), "nobody is to be answered")
			b, err := env.AppendXML([]byte("before"))
			require.Equal(t, env.Err(), err)
			require.Equal(t, "before", string(b))
			require.Error(t, env.Decode(new(string)))
		})
	}
}

func TestRemoveHeaders(t *testing.T) {
	env := parse(t, env12+header(`<a:Action>urn:do</a:Action><x:a/><x:b/><x:a/>`)+empty)
	dropped := env.Clone().RemoveHeaders(func(h soap.HeaderBlock) bool { return h.Name.Local == "a" || h.Name.Local == "Action" })
	require.NotContains(t, write(t, dropped), "x:a")
	require.Contains(t, write(t, dropped), "x:b")
	require.Equal(t, "urn:do", again(t, dropped).Action)
	require.Equal(t, 2, strings.Count(write(t, env), "<x:a"), "the original has them still")
	require.Same(t, dropped, dropped.RemoveHeaders(func(soap.HeaderBlock) bool { return false }))
}

// stamp is a HeaderAppender.
type stamp string

func (s stamp) AppendHeader(b []byte, v soap.Version, a soap.Addressing) []byte {
	b = append(b, `<r:Stamp xmlns:r="urn:r" s:mustUnderstand="1" a:v="`...)
	b = append(append(append(b, v.String()...), ' '), a.String()...)
	b = append(append(b, `">`...), s...)
	return append(b, "</r:Stamp>"...)
}

// Stamps stand before all other blocks and know the versions.
func TestHeaderAppender(t *testing.T) {
	env := soap.New("urn:do", nil).AddHeader([]byte(`<x:b xmlns:x="urn:x"/>`)).AddHeader(stamp("1")).AddHeader(stamp("2"))
	env.To = "urn:to"
	var listed []string
	for h := range env.Headers() {
		listed = append(listed, h.Name.Local)
	}
	require.Equal(t, []string{"b"}, listed, "a stamp is not known before it is written")
	env.Version, env.Addressing = soap.V11, soap.WSA2004
	var names []string
	for h := range again(t, env).Headers() {
		names = append(names, h.Name.Local)
		if h.Name.Local == "Stamp" {
			require.True(t, h.MustUnderstand)
			var el *etree.Element
			require.NoError(t, h.Decode(&el))
			require.Equal(t, "SOAP 1.1 WS-Addressing 2004/08", el.SelectAttrValue("a:v", ""))
		}
	}
	require.Equal(t, []string{"Stamp", "Stamp", "Action", "To", "b"}, names)
}

func TestClone(t *testing.T) {
	env := parse(t, env12+header(`<a:Action>urn:do</a:Action><x:a/>`)+"<s:Body><x:Do/></s:Body>"+end)
	n := testing.AllocsPerRun(100, func() { env.Clone() })
	require.LessOrEqual(t, n, 1.0)

	before := write(t, env)
	one, two := env.Clone(), env.Clone()
	one.AddHeader([]byte(`<x:one xmlns:x="urn:x"/>`)).AddHeader(stamp("one")).Action = "urn:one"
	two.AddHeader([]byte(`<x:two xmlns:x="urn:x"/>`)).AddHeader(stamp("two"))
	three := one.Clone().AddHeader(stamp("three")).AddHeader([]byte(`<x:three xmlns:x="urn:x"/>`))
	one.AddHeader(stamp("four"))
	require.Equal(t, before, write(t, env))
	require.NotContains(t, write(t, two), "one")
	require.Contains(t, write(t, two), "urn:do")
	require.Contains(t, write(t, three), "three")
	require.NotContains(t, write(t, three), "four")
	require.NotContains(t, write(t, one), "three")
}

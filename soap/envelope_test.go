package soap_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/soap"
)

type echo struct {
	XMLName xml.Name `xml:"urn:x Echo"`
	Text    string   `xml:"Text"`
}

func echoTree() *etree.Element {
	doc := etree.NewDocument()
	outer := doc.CreateElement("outer")
	outer.CreateAttr("xmlns", "urn:x")
	outer.CreateAttr("xmlns:unused", "urn:u")
	el := outer.CreateElement("Echo")
	el.CreateAttr("xmlns:unused", "urn:own")
	el.CreateElement("Text").SetText("a<b\r\n")
	return el
}

// Whatever form a body has, it arrives, and is what Decode gives at both ends.
func TestBodies(t *testing.T) {
	tree := echoTree()
	doc := etree.NewDocumentWithRoot(tree.Copy())
	doc.Root().CreateAttr("xmlns", "urn:x")
	for name, body := range map[string]any{
		"encoding/xml": &echo{Text: "a<b\r\n"},
		"text":         []byte("<?xml version='1.0'?>\n<!-- c --><x:Echo xmlns:x='urn:x'><x:Text>a&lt;b&#13;\n</x:Text></x:Echo>\n"),
		"element":      tree,
		"document":     doc,
	} {
		t.Run(name, func(t *testing.T) {
			env := soap.New("urn:echo", body)
			require.NoError(t, env.Err())
			require.Positive(t, env.Size())
			for _, env := range []*soap.Envelope{env, again(t, env), again(t, again(t, env)), env.Clone()} {
				require.Equal(t, "urn:echo", env.Action)
				require.Equal(t, xml.Name{Space: "urn:x", Local: "Echo"}, env.BodyName())
				var out echo
				require.NoError(t, env.Decode(&out))
				require.Equal(t, "a<b\r\n", out.Text)
				var el *etree.Element
				require.NoError(t, env.Decode(&el))
				require.Equal(t, "a<b\r\n", el.SelectElement("Text").Text())
				require.Equal(t, "urn:x", el.NamespaceURI())
				var b []byte
				require.NoError(t, env.Decode(&b))
				require.NoError(t, xml.Unmarshal(b, &out))
				clear(b) // is the caller's
				require.NoError(t, env.Decode(&out))
				require.Error(t, env.Decode(&ticket{}), "another element than the one asked for")
				require.Error(t, env.Decode(nil))
			}
		})
	}
	require.Equal(t, "urn:own", etreeOf(t, soap.New("", tree)).SelectAttrValue("xmlns:unused", ""), "the inner declaration counts")
	require.NotNil(t, tree.Parent(), "the caller's tree is as it was")
}

func etreeOf(t *testing.T, env *soap.Envelope) (el *etree.Element) {
	t.Helper()
	require.NoError(t, again(t, env).Decode(&el))
	return el
}

func TestEmptyBody(t *testing.T) {
	for _, body := range []any{nil, []byte(nil), []byte(" \n")} {
		env := soap.New("urn:do", body)
		require.NoError(t, env.Err())
		for _, env := range []*soap.Envelope{env, again(t, env)} {
			require.Zero(t, env.BodyName())
			require.False(t, env.IsFault())
			require.Error(t, env.Decode(new(echo)))
			require.Error(t, env.Decode(new([]byte)))
		}
	}
}

// failing cannot be marshalled.
type failing struct{}

func (failing) MarshalXML(*xml.Encoder, xml.StartElement) error { return io.ErrClosedPipe }

// What cannot be encoded is told when the envelope is used.
func TestNewRefuses(t *testing.T) {
	for name, body := range map[string]any{
		"ill-formed": []byte("<a>"), "two elements": []byte("<a/><b/>"), "text": []byte("hello"), "DTD": []byte("<!DOCTYPE a><a/>"),
		"channel": make(chan int), "marshaler": failing{}, "nil element": (*etree.Element)(nil), "empty document": etree.NewDocument(),
	} {
		t.Run(name, func(t *testing.T) {
			env := soap.New("urn:do", body)
			err := env.Err()
			require.ErrorContains(t, err, "soap: ")
			_, got := env.AppendXML(nil)
			require.Equal(t, err, got)
			require.Equal(t, err, env.Clone().AddHeader(nil).Err(), "the first error stays")
		})
	}
	require.ErrorIs(t, soap.New("urn:do", failing{}).Err(), io.ErrClosedPipe)
	var syntax interface{ Unwrap() error }
	require.True(t, errors.As(soap.New("", []byte("<a>")).Err(), &syntax))
}

// The whole text, as WCF would write it but for the places of the declarations.
func TestAppendXML(t *testing.T) {
	env := soap.New("urn:do?a&b", []byte(`<x:Do xmlns:x="urn:x"/>`)).AddHeader([]byte(`<x:T xmlns:x="urn:x"/>`)).AddHeader(stamp("1"))
	env.MessageID, env.RelatesTo, env.To = "urn:uuid:1", "urn:uuid:0", "http://s.example/"
	env.ReplyTo = &soap.EndpointReference{}
	env.FaultTo = &soap.EndpointReference{Address: "http://f.example/"}
	env.From = &soap.EndpointReference{Address: "http://c.example/"}
	require.Equal(t, `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header>`+
		`<r:Stamp xmlns:r="urn:r" s:mustUnderstand="1" a:v="SOAP 1.2 WS-Addressing 1.0">1</r:Stamp>`+
		`<a:Action s:mustUnderstand="1">urn:do?a&amp;b</a:Action><a:RelatesTo>urn:uuid:0</a:RelatesTo><a:MessageID>urn:uuid:1</a:MessageID>`+
		`<a:ReplyTo><a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address></a:ReplyTo>`+
		`<a:FaultTo><a:Address>http://f.example/</a:Address></a:FaultTo><a:From><a:Address>http://c.example/</a:Address></a:From>`+
		`<a:To s:mustUnderstand="1">http://s.example/</a:To>`+
		`<x:T xmlns:x="urn:x"/></s:Header><s:Body><x:Do xmlns:x="urn:x"/></s:Body></s:Envelope>`, write(t, env))

	bare := soap.New("", nil)
	bare.Version, bare.Addressing = soap.V11, soap.WSA2004
	require.Equal(t, `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"><s:Body></s:Body></s:Envelope>`, write(t, bare))

	b, err := bare.AppendXML([]byte("before"))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(b), "before<s:Envelope"))
}

// What fields cannot hold is replaced, so that the envelope is well-formed whatever they are.
func TestFieldsAreEscaped(t *testing.T) {
	env := soap.New("urn:<a>&\"'\x00\xff\uFFFE é\U0001F600", nil)
	env.To = "urn:]]>\r\n\tx"
	env.ReplyTo = &soap.EndpointReference{Address: "<"}
	got := again(t, env)
	require.Equal(t, "urn:<a>&\"'\uFFFD\uFFFD\uFFFD é\U0001F600", got.Action)
	require.Equal(t, "urn:]]>\r\n\tx", got.To)
	require.Equal(t, "<", got.ReplyTo.Address)
}

func TestAppendAllocates(t *testing.T) {
	if race {
		t.Skip("allocations differ")
	}
	env := soap.New("urn:do", &echo{Text: "x"}).AddHeader(&ticket{Text: "7"}).AddHeader(stamp("1"))
	env.MessageID, env.To, env.ReplyTo = "urn:uuid:1", "http://s.example/", &soap.EndpointReference{}
	var b []byte
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { b, _ = env.AppendXML(b[:0]) }), 0.0)
}

// Any number of goroutines may read and write out one envelope.
func TestConcurrentUse(t *testing.T) {
	env := parse(t, env12+header(`<a:Action>urn:do</a:Action><x:b s:mustUnderstand="1">7</x:b>`)+"<s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code></s:Fault></s:Body>"+end)
	env.AddHeader(stamp("1"))
	want := write(t, env)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			c := env.Clone().AddHeader(stamp("own"))
			c.Version = soap.Version(i & 1)
			_, _ = c.AppendXML(nil)
			b, err := env.AppendXML(nil)
			if err != nil || string(b) != want {
				t.Error(err, string(b))
			}
			for h := range env.Headers() {
				_ = h.Decode(new(string))
			}
			_ = env.Err()
		})
	}
	wg.Wait()
}

// A received envelope may be written with another prefix for what its body needs.
func TestForwardBody(t *testing.T) {
	text := `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:s="urn:s" xmlns:a="urn:a" xmlns="urn:d" e:encodingStyle="urn:enc">` +
		`<e:Header><s:b/></e:Header><e:Body xmlns:s1="urn:s1" i:id="1&amp;" xmlns:i="urn:i"><!-- c --><s:Do>a:b<s1:c/><d/></s:Do><second/></e:Body></e:Envelope>`
	env := parse(t, text)
	for _, v := range []soap.Version{soap.V11, soap.V12} {
		env := env.Clone()
		env.Version = v
		for range 2 {
			env = again(t, env)
			doc := etree.NewDocument()
			require.NoError(t, doc.ReadFromString(write(t, env)))
			body := doc.Root().SelectElement("Body")
			require.Equal(t, v.Namespace(), body.NamespaceURI())
			do := body.ChildElements()[0]
			require.Equal(t, "urn:s", do.NamespaceURI())
			require.Equal(t, "urn:s1", do.ChildElements()[0].NamespaceURI())
			require.Equal(t, "urn:d", do.ChildElements()[1].NamespaceURI())
			require.Equal(t, "urn:d", body.ChildElements()[1].NamespaceURI())
			require.Equal(t, "1&", body.SelectAttrValue("i:id", ""))
			style := ""
			for _, a := range body.Attr {
				if a.Key == "encodingStyle" && a.NamespaceURI() == v.Namespace() {
					style = a.Value
				}
			}
			require.Equal(t, map[soap.Version]string{soap.V11: "urn:enc", soap.V12: ""}[v], style)
			var el *etree.Element
			require.NoError(t, env.Decode(&el))
			require.Equal(t, "urn:a", el.SelectAttrValue("xmlns:a", ""), "for the QName in the text")
		}
	}
}

// An endpoint in a body is read like one in a header.
func TestDecodeEndpoint(t *testing.T) {
	env := parse(t, env12+"<s:Body><x:At><a:Address>http://e.example/</a:Address></x:At></s:Body>"+end)
	var r soap.EndpointReference
	require.NoError(t, env.Decode(&r))
	require.Equal(t, "http://e.example/", r.Address)
	require.Error(t, parse(t, env12+"<s:Body><x:At/></s:Body>"+end).Decode(&r))
}

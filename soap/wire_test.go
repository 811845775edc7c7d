package soap_test

import (
	"encoding/xml"
	"fmt"
	"mime"
	"slices"
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wiretest"
	"github.com/gowsrm/wsrm/soap"
)

// recorded calls f with every text envelope that programs of other makers exchanged; with the race detector, which is slow
// and has nothing to find here, with those of every fifth conversation.
func recorded(t testing.TB, f func(name string, body []byte, charset string)) {
	n := 0
	for i, c := range wiretest.All(t) {
		if race && i%5 != 0 {
			continue
		}
		for _, m := range c.Messages {
			media, params, _ := mime.ParseMediaType(m.Header.Get("Content-Type"))
			if len(m.Body) > 0 && (media == "text/xml" || media == "application/soap+xml") {
				f(c.Name+" "+m.Name, m.Body, params["charset"])
				n++
			}
		}
	}
	require.Greater(t, n, 500)
	require.True(t, race || n > 3000)
}

// content is what an envelope means, whatever its prefixes and its versions.
type content struct {
	Action, MessageID, RelatesTo, To string
	ReplyTo, FaultTo, From           string
	Blocks                           []string
	Body                             string
}

func contentOf(t testing.TB, env *soap.Envelope) content {
	t.Helper()
	c := content{Action: env.Action, MessageID: env.MessageID, RelatesTo: env.RelatesTo, To: neutral(env.To),
		ReplyTo: endpoint(env.ReplyTo), FaultTo: endpoint(env.FaultTo), From: endpoint(env.From)}
	for h := range env.Headers() {
		if h.ForUs() && (h.Name.Space == wsa10 || h.Name.Space == wsa04) && h.Name.Local != "FaultDetail" {
			continue // in the fields
		}
		if h.Name.Space == env.Version.Namespace() {
			continue // has a meaning in one version only
		}
		var el *etree.Element
		require.NoError(t, h.Decode(&el))
		c.Blocks = append(c.Blocks, fmt.Sprint(canonical(el), h.MustUnderstand, h.ForUs()))
	}
	if env.IsFault() {
		f := env.Err().(*soap.Fault)
		for i := range f.Subcodes {
			f.Subcodes[i].Space = neutral(f.Subcodes[i].Space)
		}
		subcode := xml.Name{}
		if n := len(f.Subcodes); n > 0 {
			subcode = f.Subcodes[n-1] // all that SOAP 1.1 can hold
			f.Code = ""
		}
		c.Body = fmt.Sprint(f.Code, subcode, f.Reason, f.Detail != nil)
	} else if env.BodyName().Local != "" {
		var el *etree.Element
		require.NoError(t, env.Decode(&el))
		c.Body = canonical(el)
	}
	return c
}

// neutral replaces what differs between the versions of addressing.
func neutral(s string) string {
	return strings.NewReplacer(soap.WSA2004.Anonymous(), soap.WSA10.Anonymous(), wsa04, wsa10).Replace(s)
}

func endpoint(e *soap.EndpointReference) string {
	if e == nil {
		return "none"
	}
	s := e.Address
	if e.Anonymous() {
		s = soap.WSA10.Anonymous()
	}
	for _, p := range slices.Concat(e.Properties, e.Parameters) {
		s += canonical(p)
	}
	return s
}

// canonical writes an element with expanded names, without declarations and without attributes of SOAP.
func canonical(el *etree.Element) string {
	var b strings.Builder
	b.WriteString("<{" + el.NamespaceURI() + "}" + el.Tag)
	var attrs []string
	for _, a := range el.Attr {
		switch ns := a.NamespaceURI(); {
		case a.Space == "xmlns" || a.FullKey() == "xmlns" || ns == soap.V12.Namespace() || ns == soap.V11.Namespace():
		case a.Space == "":
			attrs = append(attrs, fmt.Sprintf(" %s=%q", a.Key, a.Value))
		default:
			attrs = append(attrs, fmt.Sprintf(" {%s}%s=%q", ns, a.Key, a.Value))
		}
	}
	slices.Sort(attrs)
	b.WriteString(strings.Join(attrs, "") + ">")
	for _, c := range el.Child {
		switch c := c.(type) {
		case *etree.Element:
			b.WriteString(canonical(c))
		case *etree.CharData:
			fmt.Fprintf(&b, "%q", c.Data)
		}
	}
	return b.String() + "</>"
}

// What real peers said is the same after it was written, in the versions that they used as in all others.
func TestWire(t *testing.T) {
	recorded(t, func(name string, body []byte, charset string) {
		env, err := soap.ParseCharset(body, charset, nil)
		require.NoError(t, err, name)
		want := contentOf(t, env)
		v, a := env.Version, env.Addressing
		for _, env.Version = range []soap.Version{v, 1 - v} {
			for _, env.Addressing = range []soap.Addressing{a, 1 - a} {
				if env.Addressing == soap.WSA2004 && (env.ReplyTo.None() || env.FaultTo.None()) {
					continue // it has no such address
				}
				got := again(t, env)
				require.Equal(t, env.Version, got.Version, name)
				if env.Action != "" {
					require.Equal(t, env.Addressing, got.Addressing, name)
				}
				require.Equal(t, want, contentOf(t, got), name)
			}
		}
	})
}

// Every block and body that real peers sent can be cut out, and encoding/xml understands what was cut out.
func TestWireCutOut(t *testing.T) {
	recorded(t, func(name string, body []byte, charset string) {
		env, err := soap.ParseCharset(body, charset, nil)
		require.NoError(t, err, name)
		for h := range env.Headers() {
			var el struct{ XMLName xml.Name }
			require.NoError(t, xml.Unmarshal(h.Bytes(), &el), name)
			require.Equal(t, h.Name, el.XMLName)
		}
		if env.BodyName().Local != "" {
			var b []byte
			require.NoError(t, env.Decode(&b))
			var el struct{ XMLName xml.Name }
			require.NoError(t, xml.Unmarshal(b, &el), name)
			require.Equal(t, env.BodyName(), el.XMLName)
		}
	})
}

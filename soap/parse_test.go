package soap_test

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/soap"
)

const (
	env12 = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing" xmlns:x="urn:x">`
	env11 = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:a="http://www.w3.org/2005/08/addressing" xmlns:x="urn:x">`
	env04 = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:x="urn:x">`
	end   = `</s:Envelope>`
	empty = `<s:Body/></s:Envelope>`
)

func parse(t testing.TB, text string) *soap.Envelope {
	t.Helper()
	env, err := soap.Parse([]byte(text), nil)
	require.NoError(t, err, text)
	return env
}

func write(t testing.TB, env *soap.Envelope) string {
	t.Helper()
	b, err := env.AppendXML(nil)
	require.NoError(t, err)
	return string(b)
}

// again writes env and reads it.
func again(t testing.TB, env *soap.Envelope) *soap.Envelope {
	t.Helper()
	return parse(t, write(t, env))
}

func header(blocks string) string { return "<s:Header>" + blocks + "</s:Header>" }

func TestParse(t *testing.T) {
	env := parse(t, "\xEF\xBB\xBF<?xml version='1.0' encoding='UTF-8'?>\n<!-- c -->"+env12+"\n"+header(`
		<a:Action s:mustUnderstand="1"> urn:do&amp;more </a:Action>
		<a:MessageID>urn:<![CDATA[uuid]]>:1</a:MessageID>
		<a:RelatesTo>urn:uuid:0</a:RelatesTo>
		<a:To s:mustUnderstand="1">http://service.example/</a:To>
		<a:ReplyTo><a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address></a:ReplyTo>
		<a:FaultTo><a:Address>http://www.w3.org/2005/08/addressing/none</a:Address></a:FaultTo>
		<a:From><a:Address>http://client.example/</a:Address></a:From>
		<x:Ticket s:mustUnderstand="true" s:role="http://www.w3.org/2003/05/soap-envelope/role/next">7</x:Ticket>
	`)+"<s:Body>\n<x:Do><y/></x:Do>\n</s:Body>"+end+"<!-- c -->\n")

	require.Equal(t, soap.V12, env.Version)
	require.Equal(t, soap.WSA10, env.Addressing)
	require.Equal(t, "urn:do&more", env.Action)
	require.Equal(t, "urn:uuid:1", env.MessageID)
	require.Equal(t, "urn:uuid:0", env.RelatesTo)
	require.Equal(t, "http://service.example/", env.To)
	require.True(t, env.ReplyTo.Anonymous())
	require.True(t, env.FaultTo.None())
	require.Equal(t, "http://client.example/", env.From.Address)
	require.Equal(t, xml.Name{Space: "urn:x", Local: "Do"}, env.BodyName())
	require.False(t, env.IsFault())
	require.NoError(t, env.Err())

	var names []string
	for h := range env.Headers() {
		require.True(t, h.ForUs())
		names = append(names, fmt.Sprint(h.Name.Local, " ", h.MustUnderstand))
	}
	require.Equal(t, []string{"Action true", "MessageID false", "RelatesTo false", "To true", "ReplyTo false",
		"FaultTo false", "From false", "Ticket true"}, names)
}

// An envelope need not be addressed.
func TestParseWithoutAddressing(t *testing.T) {
	env := parse(t, `<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><q xmlns=""/></Body></Envelope>`)
	require.Equal(t, soap.V11, env.Version)
	require.Empty(t, env.Action)
	require.Nil(t, env.ReplyTo)
	require.Equal(t, xml.Name{Local: "q"}, env.BodyName())
}

func TestParseCharset(t *testing.T) {
	text := env12 + header("<a:Action>urn:é</a:Action>") + empty
	var utf16 []byte
	for _, r := range text {
		utf16 = append(utf16, byte(r), byte(r>>8))
	}
	env, err := soap.ParseCharset(utf16, "UTF-16LE", nil)
	require.NoError(t, err)
	require.Equal(t, "urn:é", env.Action)

	latin, err := soap.ParseCharset([]byte(strings.ReplaceAll(text, "é", "\xe9")), "iso-8859-1", nil)
	require.NoError(t, err)
	require.Equal(t, "urn:é", latin.Action)

	_, err = soap.ParseCharset([]byte(text), "ebcdic", nil)
	requireFault(t, err, "Sender", "")
}

func requireFault(t testing.TB, err error, code, reason string) *soap.Fault {
	t.Helper()
	var f *soap.Fault
	require.ErrorAs(t, err, &f)
	require.Equal(t, code, f.Code)
	require.Contains(t, f.Reason, reason)
	return f
}

func TestParseRefuses(t *testing.T) {
	many := strings.Repeat
	for name, test := range map[string]struct{ text, code, reason string }{
		"nothing":                      {"", "Sender", "XML"},
		"no XML":                       {"hello", "Sender", "XML"},
		"ill-formed":                   {env12 + "<s:Body><a></b></s:Body>" + end, "Sender", "line 1"},
		"cut short":                    {env12 + "<s:Body/>", "Sender", "XML"},
		"text behind":                  {env12 + empty + "more", "Sender", "XML"},
		"two roots":                    {env12 + empty + "<more/>", "Sender", "XML"},
		"DTD":                          {"<!DOCTYPE e>" + env12 + empty, "Sender", "document type"}, // SOAP 1.2, 5
		"processing instruction":       {env12 + "<?pi?>" + empty, "Sender", "processing"},          // SOAP 1.2, 5
		"another document":             {"<html/>", "Sender", "html"},
		"another envelope":             {`<Envelope xmlns="urn:soap:3"><Body/></Envelope>`, "VersionMismatch", "urn:soap:3"}, // SOAP 1.2, 5.4.7
		"no namespace":                 {`<Envelope><Body/></Envelope>`, "VersionMismatch", ""},
		"no Body":                      {env12 + header("") + end, "Sender", "no Body"},
		"Header twice":                 {env12 + header("") + header("") + empty, "Sender", "Header"},
		"Body twice":                   {env12 + "<s:Body/>" + empty, "Sender", "Body"},
		"Header behind Body":           {env12 + "<s:Body/>" + header("") + end, "Sender", "Header"},
		"Header behind Body, 1.1":      {env11 + "<s:Body/><Header/>" + end, "Sender", "Header"},
		"element behind Body":          {env12 + "<s:Body/><x:more/>" + end, "Sender", "more"}, // SOAP 1.2, 5.1
		"Body of the other version":    {strings.Replace(env12, ">", ` xmlns:t="http://schemas.xmlsoap.org/soap/envelope/">`, 1) + "<t:Body/>" + end, "Sender", "Body"},
		"text in the Envelope":         {env12 + "text" + empty, "Sender", "text"},
		"text in the Header":           {env12 + header("text") + empty, "Sender", "text"},
		"text in the Body":             {env12 + "<s:Body>text</s:Body>" + end, "Sender", "text"},
		"block without namespace":      {env12 + header("<b/>") + empty, "Sender", "no namespace"}, // SOAP 1.2, 5.2.1
		"mustUnderstand no boolean":    {env12 + header(`<x:b s:mustUnderstand="yes"/>`) + empty, "Sender", "yes"},
		"too deep":                     {env12 + "<s:Body>" + many("<b>", 63) + many("</b>", 63) + "</s:Body>" + end, "Sender", "too deep"},
		"too many blocks":              {env12 + header(many("<x:b/>", 129)) + empty, "Sender", "128"},
		"too many attributes":          {env12 + "<s:Body><b" + attributes(257) + "/></s:Body>" + end, "Sender", "too many attributes"},
		"large namespace declarations": {strings.Replace(env12, ">", ` xmlns:l="urn:`+many("l", 20000)+`">`, 1) + header("<x:b/>") + empty, "Sender", "namespace"},
		"large declarations, no block": {strings.Replace(env12, ">", ` xmlns:l="urn:`+many("l", 20000)+`">`, 1) + empty, "Sender", "namespace"},
	} {
		t.Run(name, func(t *testing.T) {
			env, err := soap.Parse([]byte(test.text), nil)
			requireFault(t, err, test.code, test.reason)
			require.Nil(t, env)
		})
	}
}

func attributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ` a%d=""`, i)
	}
	return b.String()
}

// What is just within the limits, or has none, is read.
func TestLimits(t *testing.T) {
	many := strings.Repeat
	within := env12 + header(many("<x:b/>", 128)) + "<s:Body><b" + attributes(256) + ">" + many("<b>", 61) + many("</b>", 61) + "</b></s:Body>" + end
	parse(t, within)
	beyond := env12 + header(many("<x:b/>", 500)) + "<s:Body><b" + attributes(500) + ">" + many("<b>", 500) + many("</b>", 500) + "</b></s:Body>" + end
	_, err := soap.Parse([]byte(beyond), &soap.Limits{Bytes: -1, Depth: -1, Blocks: -1, Attrs: -1})
	require.NoError(t, err)

	_, err = soap.Parse([]byte(within), &soap.Limits{Bytes: int64(len(within))})
	require.NoError(t, err)
	_, err = soap.Parse([]byte(within), &soap.Limits{Bytes: int64(len(within)) - 1})
	requireFault(t, err, "Sender", "bytes")
	_, err = soap.Parse([]byte(within), &soap.Limits{Blocks: 127})
	requireFault(t, err, "Sender", "127")
}

// SOAP 1.1 lets elements follow the body.
func TestParseTrailer11(t *testing.T) {
	env := parse(t, env11+"<s:Body><x:Do/></s:Body><x:trailer><x:deep/></x:trailer>"+end)
	require.Equal(t, "Do", env.BodyName().Local)
}

func TestParseAllocates(t *testing.T) {
	if race {
		t.Skip("allocations differ")
	}
	text := []byte(env12 + header(`<a:Action>urn:do</a:Action><a:MessageID>urn:uuid:1</a:MessageID><a:To>http://s.example/</a:To>
		<a:ReplyTo><a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address></a:ReplyTo><x:b s:mustUnderstand="1"><x:c/></x:b>`) +
		"<s:Body><x:Do/></s:Body>" + end)
	n := testing.AllocsPerRun(100, func() {
		env, err := soap.Parse(text, nil)
		if err != nil {
			t.Fatal(err)
		}
		for h := range env.Headers() {
			if h.MustUnderstand && !h.ForUs() {
				t.Fatal(h.Name)
			}
		}
	})
	require.LessOrEqual(t, n, 1.0)
}

package soap_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/soap"
)

func TestAppendPlain(t *testing.T) {
	e := soap.New("urn:do", []byte("<x/>"))
	e.To, e.MessageID = "http://example.org/", "urn:uuid:1"
	e.AddHeader([]byte(`<h xmlns="urn:h" xmlns:s="http://www.w3.org/2003/05/soap-envelope" s:mustUnderstand="1"/>`))
	const open = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header>`
	const rest = `<h xmlns="urn:h" xmlns:s="http://www.w3.org/2003/05/soap-envelope" s:mustUnderstand="1"/></s:Header><s:Body><x/></s:Body></s:Envelope>`

	b, err := e.AppendPlain(nil, true)
	require.NoError(t, err)
	require.Equal(t, open+`<a:Action>urn:do</a:Action><a:MessageID>urn:uuid:1</a:MessageID><a:To>http://example.org/</a:To>`+rest, string(b))
	b, err = e.AppendPlain(nil, false)
	require.NoError(t, err)
	require.Equal(t, open+rest, string(b))
	b, err = soap.New("", &soap.Fault{Reason: "no"}).AppendPlain(nil, false)
	require.NoError(t, err)
	require.NotContains(t, string(b), "<a:")
}

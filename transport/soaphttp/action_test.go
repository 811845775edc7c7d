package soaphttp

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/payload"
)

// What a client writes, a server takes for the same action, whatever the action is.
func FuzzAction(f *testing.F) {
	f.Add("http://example.org/rm/echo/Ping")
	f.Add("urn:a\r\nX-Injected: \"\\ü%zz%")
	f.Fuzz(func(t *testing.T, action string) {
		head := quoteAction("", action)
		for _, c := range []byte(head) {
			require.True(t, c > ' ' && c < 0x7f, "%q", head)
		}
		require.True(t, sameAction(payload.SOAPAction(head), action), head)
		ct := payload.ParseContentType(quoteAction(type12+"; action=", action))
		require.Equal(t, "application/soap+xml", ct.Name)
		require.Equal(t, "utf-8", ct.Charset)
		require.True(t, sameAction(ct.Action, action), head)

		payload.SOAPAction(action)
		acceptsGzip(action)
	})
}

package wsrm_test

import (
	"mime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wiretest"
	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/soap"
)

// envelopes calls f with every text envelope of the recorded conversations.
func envelopes(t testing.TB, f func(name string, body []byte, charset string)) {
	for _, c := range wiretest.All(t) {
		for _, m := range c.Messages {
			media, params, _ := mime.ParseMediaType(m.Header.Get("Content-Type"))
			if len(m.Body) == 0 || media != "text/xml" && media != "application/soap+xml" {
				continue
			}
			f(c.Name+" "+m.Name, m.Body, params["charset"])
		}
	}
}

// Whatever real peers said can be read, and what was read is the same after it was written.
func TestWire(t *testing.T) {
	n, odd := 0, 0
	envelopes(t, func(name string, body []byte, charset string) {
		n++
		env, err := soap.ParseCharset(body, charset, nil)
		require.NoError(t, err, name)
		var h wsrm.Headers
		err = wsrm.ParseHeaders(env, &h)
		if strings.HasPrefix(name, "cxf/rm11-odd-numbers ") && err != nil {
			require.ErrorIs(t, err, wsrm.ErrMalformed)
			odd++
			return
		}
		require.NoError(t, err, name)
		kind := wsrm.Classify(env)
		b, err := wsrm.ParseBody(env, kind)
		require.NoError(t, err, name)

		// The headers, stamped anew.
		again := env.Clone().RemoveHeaders(func(b soap.HeaderBlock) bool {
			return wsrm.VersionOf(b.Name.Space) != 0 && b.Name.Local != "SequenceFault"
		})
		written := reparse(t, again.AddHeader(&h))
		var h2 wsrm.Headers
		require.NoError(t, wsrm.ParseHeaders(written, &h2), name)
		require.Equal(t, h, h2, name)

		// The body.
		if env.BodyName().Local == kind.String() && kind != wsrm.Fault {
			written := reparse(t, wsrm.New(kind, b, h.Version, env.Version, env.Addressing))
			require.Equal(t, kind, wsrm.Classify(written), name)
			b2, err := wsrm.ParseBody(written, kind)
			require.NoError(t, err, name)
			if !b.Accept && kind == wsrm.CreateSequenceResponse {
				b.AcksTo = nil // declined by the address none: not written
			}
			require.Equal(t, b, b2, name)
		}

		// The fault.
		info, fault := wsrm.FaultOf(env)
		if fault == nil || info.RM == 0 {
			return
		}
		for _, v := range []soap.Version{soap.V12, soap.V11} {
			info2, fault := wsrm.FaultOf(reparse(t, wsrm.NewFault(info, h.Version, v, env.Addressing)))
			require.NotNil(t, fault, name)
			want := *info
			if v == soap.V11 && info.Code == wsrm.CodeCreateSequenceRefused {
				want.Sender = false // SOAP 1.1 has no place for it
			}
			require.Equal(t, &want, info2, name)
		}
	})
	require.Greater(t, n, 3000)
	require.Equal(t, 4, odd, "message number 0, and what CXF acknowledges of it: 0-0, which is malformed in 1.1")
}

func reparse(t testing.TB, env *soap.Envelope) *soap.Envelope {
	t.Helper()
	b, err := env.AppendXML(nil)
	require.NoError(t, err)
	env, err = soap.Parse(b, nil)
	require.NoError(t, err, string(b))
	return env
}

package soap_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/soap"
)

// seeds adds one recorded envelope in a hundred, so that every maker and form is among them.
func seeds(f *testing.F) {
	n := 0
	recorded(f, func(_ string, body []byte, charset string) {
		if n++; n%100 == 0 {
			f.Add(body, charset, uint8(n))
		}
	})
	f.Add([]byte(env12+header(`<a:RelatesTo RelationshipType="urn:o">1</a:RelatesTo><x:b s:role="urn:r" s:relay="true"/>`)+"<s:Body a:id='1'><x:y>"+"</x:y></s:Body>"+end), "", uint8(3))
	f.Add([]byte(env04+header(`<a:From><a:Address/><a:ReferenceProperties><x:y>x:z</x:y></a:ReferenceProperties></a:From>`)+empty), "", uint8(1))
}

// FuzzParse: nothing panics, what is refused is refused by a fault that can be sent, and what is read is the same after it
// was written, in any version.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte, charset string, versions uint8) {
		env, err := soap.ParseCharset(b, charset, nil)
		if err != nil {
			var fault *soap.Fault
			require.True(t, errors.As(err, &fault))
			answer := soap.New("", fault)
			answer.Version, answer.Addressing = soap.Version(versions&1), soap.Addressing(versions>>1&1)
			again(t, answer)
			if env == nil {
				return
			}
			require.NotEmpty(t, fault.Subcodes) // of addressing
		}
		for h := range env.Headers() {
			var el struct{ XMLName xml.Name }
			_ = xml.Unmarshal(h.Bytes(), &el)
			_ = h.Decode(&el)
		}
		if err != nil {
			return
		}
		want := contentOf(t, env)
		env.Version, env.Addressing = soap.Version(versions&1), soap.Addressing(versions>>1&1)
		first := write(t, env)
		got := parse(t, first)
		require.Equal(t, env.Version, got.Version)
		if env.IsFault() || env.Addressing == soap.WSA2004 && (env.ReplyTo.None() || env.FaultTo.None() || env.From.None()) {
			return // what 2004/08 and SOAP 1.1 cannot say is lost: tests of faults and addresses know what
		}
		require.Equal(t, want, contentOf(t, got))
		second := write(t, got)
		require.Equal(t, want, contentOf(t, parse(t, second)))
		require.False(t, bytes.Contains([]byte(second), []byte{0}))
	})
}

// FuzzFault: whatever a fault says can be written and is read again.
func FuzzFault(f *testing.F) {
	f.Add("Sender", "urn:x", "Failed", "because", "en", []byte("<a/>"), uint8(0))
	f.Add("", wsa10, "ActionNotSupported", "", "", []byte(nil), uint8(3))
	f.Add("MustUnderstand", "", "a:b c", "\x00]]>", "x\"<", []byte("text"), uint8(1))
	f.Fuzz(func(t *testing.T, code, space, local, reason, lang string, detail []byte, versions uint8) {
		in := &soap.Fault{Code: code, Reason: reason, Lang: lang}
		if local != "" {
			in.Subcodes = []xml.Name{{Space: space, Local: local}}
		}
		if len(detail) > 0 {
			in.Detail = detail
		}
		_ = in.Error()
		env := soap.New("", in)
		if env.Err() == nil {
			t.Fatal("a fault is an error")
		}
		env.Version, env.Addressing = soap.Version(versions&1), soap.Addressing(versions>>1&1)
		b, err := env.AppendXML(nil)
		if err != nil {
			return
		}
		got, err := soap.Parse(b, nil)
		if err != nil {
			// The caller's detail may be beyond the limits of the reader.
			_, err = soap.Parse(b, &soap.Limits{Bytes: -1, Depth: -1, Blocks: -1, Attrs: -1})
		}
		require.NoError(t, err, string(b))
		if got != nil {
			require.True(t, got.IsFault())
		}
	})
}

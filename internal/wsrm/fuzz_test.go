package wsrm_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/soap"
)

// seeds adds one recorded envelope in so many, as UTF-8.
func seeds(f *testing.F, every int, want func(*soap.Envelope) bool) {
	n := 0
	envelopes(f, func(_ string, body []byte, charset string) {
		env, err := soap.ParseCharset(body, charset, nil)
		if err != nil || !want(env) {
			return
		}
		if n++; n%every == 0 {
			b, err := env.AppendXML(nil)
			require.NoError(f, err)
			f.Add(b)
		}
	})
}

// written writes env and reads it without limits: names that are written anew may take it beyond them.
func written(t *testing.T, env *soap.Envelope) *soap.Envelope {
	t.Helper()
	b, err := env.AppendXML(nil)
	require.NoError(t, err)
	env, err = soap.Parse(b, &soap.Limits{Bytes: -1, Depth: -1, Blocks: -1, Attrs: -1})
	require.NoError(t, err, string(b))
	return env
}

// FuzzParseHeaders: nothing panics, what is read is the same after it was written, and the quick way reads like the scanner.
func FuzzParseHeaders(f *testing.F) {
	seeds(f, 60, func(*soap.Envelope) bool { return true })
	f.Add([]byte(`<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:r="` + ns11 + `"><s:Header>` + ack("<r:Nack>1</r:Nack>") + `</s:Header><s:Body/></s:Envelope>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		env, err := soap.Parse(b, nil)
		if err != nil {
			return
		}
		wsrm.Classify(env)
		sameAsScanned(t, env)
		var h, again wsrm.Headers
		if err := wsrm.ParseHeaders(env, &h); err != nil {
			e := err.(*wsrm.Error)
			require.NotEqual(t, e.Info() == nil, e.NotUnderstood() == nil)
			return
		}
		if h.Version == 0 {
			return
		}
		for i := range h.Acks {
			if h.Acks[i].Ranges.Len() > 128 || len(h.Acks[i].Nacks) > 128 {
				return // not written in full
			}
		}
		env.RemoveHeaders(func(b soap.HeaderBlock) bool {
			switch b.Name.Local {
			case "Sequence", "SequenceAcknowledgement", "AckRequested", "UsesSequenceSTR", "UsesSequenceSSL":
				return b.ForUs() && wsrm.VersionOf(b.Name.Space) != 0
			}
			return false
		})
		require.NoError(t, wsrm.ParseHeaders(written(t, env.Clone().AddHeader(&h)), &again))
		if again.Version == 0 {
			again.Version = h.Version // there was only a block that said nothing
		}
		require.Equal(t, h, again)
	})
}

// FuzzParseBody: the same of bodies, whatever the action says.
func FuzzParseBody(f *testing.F) {
	seeds(f, 25, func(env *soap.Envelope) bool { return wsrm.VersionOf(env.BodyName().Space) != 0 })
	f.Fuzz(func(t *testing.T, b []byte) {
		env, err := soap.Parse(b, nil)
		if err != nil {
			return
		}
		for k := wsrm.Application; k <= wsrm.Fault; k++ {
			body, err := wsrm.ParseBody(env, k)
			if err != nil {
				_ = err.(*wsrm.Error).Info()
				continue
			}
			rm := wsrm.VersionOf(env.BodyName().Space)
			if rm == 0 || k == wsrm.Application || k == wsrm.Fault {
				continue
			}
			first := written(t, wsrm.New(k, body, rm, env.Version, env.Addressing))
			again, err := wsrm.ParseBody(first, k)
			require.NoError(t, err)
			if body.Accept != again.Accept || body.Identifier != again.Identifier || body.LastMsgNumber != again.LastMsgNumber && rm == wsrm.RM11 ||
				body.Expires != again.Expires || body.Behavior != again.Behavior && rm == wsrm.RM11 || (body.Offer == nil) != (again.Offer == nil) {
				t.Fatalf("%+v\n%+v", body, again)
			}
		}
	})
}

// FuzzFaultOf: the same of faults.
func FuzzFaultOf(f *testing.F) {
	seeds(f, 4, (*soap.Envelope).IsFault)
	f.Fuzz(func(t *testing.T, b []byte) {
		env, err := soap.Parse(b, nil)
		if err != nil {
			return
		}
		info, fault := wsrm.FaultOf(env)
		require.Equal(t, env.IsFault(), fault != nil)
		if fault == nil || info.RM == 0 || info.Code == "" {
			return
		}
		if info.Ack != nil && (info.Ack.Ranges.Len() > 128 || len(info.Ack.Nacks) > 128) {
			return
		}
		again, fault := wsrm.FaultOf(written(t, wsrm.NewFault(info, info.RM, soap.V12, soap.WSA10)))
		require.NotNil(t, fault)
		require.Equal(t, info.RM, again.RM)
		require.Equal(t, info.Sender, again.Sender)
		if info.Ack == nil {
			require.Equal(t, info.Identifier, again.Identifier)
		}
	})
}

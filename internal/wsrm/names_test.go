package wsrm_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/soap"
)

const (
	ns10 = "http://schemas.xmlsoap.org/ws/2005/02/rm"
	ns11 = "http://docs.oasis-open.org/ws-rx/wsrm/200702"
)

// WS-RM 1.1, 3.3; WS-RM 2005/02, 3
func TestAction(t *testing.T) {
	require.Equal(t, ns10+"/LastMessage", wsrm.RM10.Action(wsrm.LastMessage, soap.WSA10))
	require.Equal(t, ns11+"/TerminateSequenceResponse", wsrm.RM11.Action(wsrm.TerminateSequenceResponse, soap.WSA2004))
	require.Equal(t, ns11+"/fault", wsrm.RM11.Action(wsrm.Fault, soap.WSA10))
	require.Equal(t, "http://www.w3.org/2005/08/addressing/soap/fault", wsrm.RM10.Action(wsrm.Fault, soap.WSA10))
	require.Equal(t, "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault", wsrm.RM10.Action(wsrm.Fault, soap.WSA2004))
	require.Empty(t, wsrm.RM11.Action(wsrm.Application, soap.WSA10))
}

func TestVersions(t *testing.T) {
	for v, want := range map[wsrm.Version][2]string{wsrm.RM10: {ns10, "2005/02"}, wsrm.RM11: {ns11, "1.1"}, 0: {"", "none"}} {
		require.Equal(t, want, [2]string{v.Namespace(), v.String()})
		require.Equal(t, v, wsrm.VersionOf(want[0]))
	}
	require.Equal(t, "Application", wsrm.Application.String())
	require.Equal(t, "Fault", wsrm.Fault.String())
	require.Equal(t, "Application", wsrm.Kind(99).String())
}

func TestClassify(t *testing.T) {
	fault := func() *soap.Envelope { return soap.New("", &soap.Fault{Code: "Sender"}) }
	numbered := &wsrm.Headers{Version: wsrm.RM11, Sequence: wsrm.Sequence{Identifier: "urn:s", Number: 1}}
	for name, test := range map[string]struct {
		env  *soap.Envelope
		want wsrm.Kind
	}{
		"application":                   {soap.New("urn:do", nil), wsrm.Application},
		"no action":                     {soap.New("", nil), wsrm.Application},
		"CreateSequence":                {soap.New(ns11+"/CreateSequence", nil), wsrm.CreateSequence},
		"CreateSequence, 2005/02":       {soap.New(ns10+"/CreateSequence", nil), wsrm.CreateSequence},
		"AckRequested":                  {soap.New(ns11+"/AckRequested", nil), wsrm.AckRequested},
		"SequenceAcknowledgement":       {soap.New(ns10+"/SequenceAcknowledgement", nil), wsrm.SequenceAcknowledgement},
		"LastMessage":                   {soap.New(ns10+"/LastMessage", nil), wsrm.LastMessage},
		"LastMessage, which 1.1 lacks":  {soap.New(ns11+"/LastMessage", nil), wsrm.Application},
		"Close, which 2005/02 lacks":    {soap.New(ns10+"/CloseSequence", nil), wsrm.Application},
		"the namespace alone":           {soap.New(ns11, nil), wsrm.Application},
		"another word":                  {soap.New(ns11+"/fault", nil), wsrm.Application},
		"body alone":                    {soap.New("", []byte("<CloseSequence xmlns='"+ns11+"'/>")), wsrm.CloseSequence},
		"body alone, another namespace": {soap.New("", []byte("<CloseSequence xmlns='urn:x'/>")), wsrm.Application},
		"fault":                         {fault(), wsrm.Fault},
		"fault with an action of ours":  {soap.New(ns11+"/CreateSequence", &soap.Fault{}), wsrm.Fault},
		"numbered fault":                {reparse(t, fault().AddHeader(numbered)), wsrm.Application},
	} {
		require.Equal(t, test.want, wsrm.Classify(test.env), name)
	}
}

package wsrm_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/window"
)

const (
	here     = "<a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address>"
	declined = "<a:Address>http://www.w3.org/2005/08/addressing/none</a:Address>"
)

// Bodies are written as their version has them, and read as they were written.
func TestBodies(t *testing.T) {
	box := etree.NewElement("Box")
	box.CreateAttr("xmlns", "urn:x")
	acksTo := &soap.EndpointReference{Address: "http://c.example/", Parameters: []*etree.Element{box}}
	create := wsrm.Body{AcksTo: acksTo, Expires: 90 * time.Second,
		Offer: &wsrm.Offer{Identifier: "urn:offer", Endpoint: acksTo, Expires: time.Second, Behavior: wsrm.DiscardFollowingFirstGap}}
	create10 := wsrm.Body{AcksTo: acksTo, Expires: 90 * time.Second, Offer: &wsrm.Offer{Identifier: "urn:offer", Expires: time.Second}}
	for _, test := range []struct {
		kind           wsrm.Kind
		body           wsrm.Body
		want10, want11 *wsrm.Body // as read; nil: the version has no such message
		children       string     // of 1.1, in the order of the schema
	}{
		{wsrm.CreateSequence, create, &create10, &create, "AcksTo Expires Offer"},
		{wsrm.CreateSequence, wsrm.Body{AcksTo: acksTo}, &wsrm.Body{AcksTo: acksTo}, &wsrm.Body{AcksTo: acksTo}, "AcksTo"},
		{wsrm.CreateSequenceResponse, wsrm.Body{Identifier: "urn:s", Expires: time.Minute, Behavior: wsrm.NoDiscard, Accept: true, AcksTo: acksTo},
			&wsrm.Body{Identifier: "urn:s", Expires: time.Minute, Accept: true, AcksTo: acksTo},
			&wsrm.Body{Identifier: "urn:s", Expires: time.Minute, Behavior: wsrm.NoDiscard, Accept: true, AcksTo: acksTo}, "Identifier Expires IncompleteSequenceBehavior Accept"},
		{wsrm.CreateSequenceResponse, wsrm.Body{Identifier: "urn:s<", AcksTo: acksTo}, &wsrm.Body{Identifier: "urn:s<"}, &wsrm.Body{Identifier: "urn:s<"}, "Identifier"},
		{wsrm.CreateSequenceResponse, wsrm.Body{Identifier: "urn:s", Oneway: true}, &wsrm.Body{Identifier: "urn:s", Oneway: true},
			&wsrm.Body{Identifier: "urn:s", Oneway: true}, "Identifier"}, // CXF
		{wsrm.CloseSequence, wsrm.Body{Identifier: "urn:s", LastMsgNumber: 3}, nil, &wsrm.Body{Identifier: "urn:s", LastMsgNumber: 3}, "Identifier LastMsgNumber"},
		{wsrm.CloseSequence, wsrm.Body{Identifier: "urn:s"}, nil, &wsrm.Body{Identifier: "urn:s"}, "Identifier"},
		{wsrm.CloseSequenceResponse, wsrm.Body{Identifier: "urn:s"}, nil, &wsrm.Body{Identifier: "urn:s"}, "Identifier"},
		{wsrm.TerminateSequence, wsrm.Body{Identifier: "urn:s", LastMsgNumber: window.MaxNumber}, &wsrm.Body{Identifier: "urn:s"},
			&wsrm.Body{Identifier: "urn:s", LastMsgNumber: window.MaxNumber}, "Identifier LastMsgNumber"},
		{wsrm.TerminateSequenceResponse, wsrm.Body{Identifier: "urn:s"}, nil, &wsrm.Body{Identifier: "urn:s"}, "Identifier"},
	} {
		for rm, want := range map[wsrm.Version]*wsrm.Body{wsrm.RM10: test.want10, wsrm.RM11: test.want11} {
			for _, a := range []soap.Addressing{soap.WSA10, soap.WSA2004} {
				if want == nil {
					continue
				}
				body := test.body
				env := reparse(t, wsrm.New(test.kind, &body, rm, soap.V11, a))
				require.Equal(t, rm.Action(test.kind, a), env.Action)
				require.Equal(t, soap.V11, env.Version)
				require.Equal(t, a, env.Addressing)
				require.Equal(t, test.kind, wsrm.Classify(env))
				got, err := wsrm.ParseBody(env, test.kind)
				require.NoError(t, err)
				if got.AcksTo != nil {
					require.Equal(t, "http://c.example/", got.AcksTo.Address)
					require.Equal(t, "urn:x", got.AcksTo.Parameters[0].NamespaceURI())
					got.AcksTo = acksTo
				}
				if got.Offer != nil && got.Offer.Endpoint != nil {
					require.Equal(t, "http://c.example/", got.Offer.Endpoint.Address)
					got.Offer.Endpoint = acksTo
				}
				require.Equal(t, want, got)
				if rm == wsrm.RM11 {
					var el *etree.Element
					require.NoError(t, env.Decode(&el))
					var names []string
					for _, c := range el.ChildElements() {
						names = append(names, c.Tag)
					}
					require.Equal(t, test.children, strings.Join(names, " "))
				}
			}
		}
	}
}

// Messages without a body.
func TestBodyless(t *testing.T) {
	for _, k := range []wsrm.Kind{wsrm.LastMessage, wsrm.SequenceAcknowledgement, wsrm.AckRequested} {
		env := reparse(t, wsrm.New(k, nil, wsrm.RM10, soap.V12, soap.WSA10))
		require.Equal(t, k, wsrm.Classify(env))
		require.Zero(t, env.BodyName())
		b, err := wsrm.ParseBody(env, k)
		require.NoError(t, err)
		require.Equal(t, &wsrm.Body{}, b)
	}
}

// What real peers write beside or against the schema.
func TestParseBody(t *testing.T) {
	const wsse = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
	for _, test := range []struct {
		kind wsrm.Kind
		text string
		want func(b *wsrm.Body) bool
	}{
		{wsrm.CreateSequence, "<r:CreateSequence><x:more/><r:AcksTo>" + here + "</r:AcksTo><r:Expires>PT0S</r:Expires></r:CreateSequence>", // CXF
			func(b *wsrm.Body) bool { return b.AcksTo.Anonymous() && b.Expires == 0 && b.Offer == nil && !b.STR }},
		{wsrm.CreateSequence, "<r:CreateSequence><r:AcksTo>" + here + "</r:AcksTo><o:SecurityTokenReference xmlns:o='" + wsse + "'><x:y/></o:SecurityTokenReference></r:CreateSequence>",
			func(b *wsrm.Body) bool { return b.STR }},
		{wsrm.CreateSequence, "<r:CreateSequenceOneway><r:AcksTo>" + here + "</r:AcksTo></r:CreateSequenceOneway>", // CXF
			func(b *wsrm.Body) bool { return b.AcksTo != nil && b.Oneway }},
		{wsrm.CreateSequence, "<t:CreateSequence><t:AcksTo>" + here + "</t:AcksTo><t:Offer><t:Identifier>urn:o</t:Identifier><t:Endpoint><a:Address/></t:Endpoint></t:Offer></t:CreateSequence>", // gSOAP
			func(b *wsrm.Body) bool { return b.Offer.Identifier == "urn:o" && b.Offer.Endpoint == nil }},
		{wsrm.CreateSequence, "<r:CreateSequence><r:AcksTo>" + here + "</r:AcksTo><r:Offer><r:Identifier>urn:o</r:Identifier><r:Endpoint><a:Address/></r:Endpoint><r:IncompleteSequenceBehavior> DiscardEntireSequence </r:IncompleteSequenceBehavior></r:Offer></r:CreateSequence>",
			func(b *wsrm.Body) bool {
				return b.Offer.Endpoint.Anonymous() && b.Offer.Behavior == wsrm.DiscardEntireSequence
			}},
		{wsrm.CreateSequenceResponse, "<r:CreateSequenceResponse><r:Identifier>urn:s</r:Identifier><r:Accept><r:AcksTo>" + declined + "</r:AcksTo></r:Accept></r:CreateSequenceResponse>", // CXF
			func(b *wsrm.Body) bool { return !b.Accept && b.Identifier == "urn:s" }},
		{wsrm.TerminateSequence, "<t:TerminateSequence><t:Identifier/></t:TerminateSequence>", // gSOAP
			func(b *wsrm.Body) bool { return b.Identifier == "" }},
		{wsrm.CloseSequenceResponse, "<r:CloseSequenceResponse/>", // CXF
			func(b *wsrm.Body) bool { return b.Identifier == "" }},
	} {
		b, err := wsrm.ParseBody(envelope(t, "", test.text), test.kind)
		require.NoError(t, err, test.text)
		require.True(t, test.want(b), "%s: %+v", test.text, b)
	}
}

func TestParseBodyRefuses(t *testing.T) {
	create := func(content string) string { return "<r:CreateSequence>" + content + "</r:CreateSequence>" }
	acksTo := "<r:AcksTo>" + here + "</r:AcksTo>"
	for text, kind := range map[string]wsrm.Kind{
		"":                                   wsrm.CreateSequence,
		"<x:CreateSequence/>":                wsrm.CreateSequence,
		create(""):                           wsrm.CreateSequence,
		create("<r:AcksTo/>"):                wsrm.CreateSequence,
		create("<r:AcksTo>urn:x</r:AcksTo>"): wsrm.CreateSequence,
		create("<r:AcksTo><a:Address><x:y/></a:Address></r:AcksTo>"):                                                                 wsrm.CreateSequence,
		create(acksTo + "<r:Expires>-PT1S</r:Expires>"):                                                                              wsrm.CreateSequence,
		create(acksTo + "<r:Expires>1 minute</r:Expires>"):                                                                           wsrm.CreateSequence,
		create(acksTo + "<r:Expires><x:y/></r:Expires>"):                                                                             wsrm.CreateSequence,
		create(acksTo + "<r:Offer/>"):                                                                                                wsrm.CreateSequence,
		create(acksTo + "<r:Offer><r:Identifier>urn:o</r:Identifier></r:Offer>"):                                                     wsrm.CreateSequence,
		create(acksTo + "<r:Offer><r:Endpoint>" + here + "</r:Endpoint></r:Offer>"):                                                  wsrm.CreateSequence,
		create(acksTo + strings.Repeat("<r:Offer><r:Identifier>urn:o</r:Identifier><r:Endpoint>"+here+"</r:Endpoint></r:Offer>", 2)): wsrm.CreateSequence,
		create(acksTo + "<r:Offer><r:Identifier>urn:o</r:Identifier><r:Endpoint>" + here + "</r:Endpoint><r:IncompleteSequenceBehavior>Guess</r:IncompleteSequenceBehavior></r:Offer>"): wsrm.CreateSequence,

		"<r:CreateSequenceResponse/>": wsrm.CreateSequenceResponse,
		"<r:CreateSequenceResponse><r:Identifier>urn:s</r:Identifier><r:Accept/></r:CreateSequenceResponse>":                     wsrm.CreateSequenceResponse,
		"<r:CreateSequenceResponse><r:Identifier>urn:s</r:Identifier><r:IncompleteSequenceBehavior/></r:CreateSequenceResponse>": wsrm.CreateSequenceResponse,
		"<r:CloseSequence/>": wsrm.CloseSequence,
		"<r:CloseSequence><r:Identifier/></r:CloseSequence>":                                                                          wsrm.CloseSequence,
		"<r:CloseSequence><r:Identifier>urn:s</r:Identifier><r:Identifier>urn:s</r:Identifier></r:CloseSequence>":                     wsrm.CloseSequence,
		"<r:CloseSequence><r:Identifier>urn:s</r:Identifier><r:LastMsgNumber>0</r:LastMsgNumber></r:CloseSequence>":                   wsrm.CloseSequence,
		"<r:CloseSequence><r:Identifier>urn:s</r:Identifier><r:LastMsgNumber>9223372036854775808</r:LastMsgNumber></r:CloseSequence>": wsrm.CloseSequence,
		"<r:TerminateSequence/>": wsrm.TerminateSequence,
		"<t:TerminateSequence/>": wsrm.TerminateSequence,
	} {
		env := envelope(t, "<a:Action>"+ns11+"/"+kind.String()+"</a:Action>", text)
		if strings.Contains(text, "<t:") {
			env.Action = ns10 + "/" + kind.String()
		}
		_, err := wsrm.ParseBody(env, kind)
		e, ok := errors.AsType[*wsrm.Error](err)
		require.True(t, ok, text)
		require.NotZero(t, e.RM)
		require.Equal(t, kind == wsrm.CreateSequence, e.Code == wsrm.CodeCreateSequenceRefused, text)
		require.Equal(t, kind != wsrm.CreateSequence, e.Code == wsrm.CodeSequenceTerminated, text)
		if kind == wsrm.CloseSequence && strings.Contains(text, "urn:s") {
			require.Equal(t, "urn:s", e.Identifier)
		}
	}
	env := envelope(t, "<a:Action>"+ns11+"/TerminateSequence</a:Action>", "<t:TerminateSequence><t:Identifier>urn:s</t:Identifier></t:TerminateSequence>")
	_, err := wsrm.ParseBody(env, wsrm.TerminateSequence)
	require.ErrorIs(t, err, wsrm.ErrMixed)
}

package rm_test

import (
	"context"
	"encoding/xml"
	"errors"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wiretest"
	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
)

// spelling is a way to write a fault of the protocol. detail are the elements of the detail.
type spelling struct {
	name  string
	in    func(v variant) bool
	write func(v variant, code, soapCode, detail string) (header, body string)
	mute  bool // it says nothing of the sequence
}

// spellings are those of the standards and of their implementations.
var spellings = []spelling{
	{"standard", live, func(v variant, code, soapCode, detail string) (string, string) {
		if v.soap == soap.V12 {
			return "", fault12(soapCode, "r:"+code, detail)
		}
		if v.rm == rm.RM11 {
			detail = "<r:Detail>" + detail + "</r:Detail>"
		}
		return "<r:SequenceFault><r:FaultCode>r:" + code + "</r:FaultCode>" + detail + "</r:SequenceFault>", fault11(soapCode, "")
	}, false},
	{"details as in the other version", v11, func(v variant, code, soapCode, detail string) (string, string) {
		if v.rm == rm.RM10 {
			detail = "<r:Detail>" + detail + "</r:Detail>"
		}
		return "<r:SequenceFault><r:FaultCode>r:" + code + "</r:FaultCode>" + detail + "</r:SequenceFault>", fault11(soapCode, "")
	}, false},
	{"SequenceFault with another prefix", v11, func(v variant, code, soapCode, detail string) (string, string) {
		return `<wsrm:SequenceFault xmlns:wsrm="` + rmNamespace(v.rm) + `"><wsrm:FaultCode> wsrm:` + code + " \n</wsrm:FaultCode>" + detail + "</wsrm:SequenceFault>", fault11(soapCode, "")
	}, false},
	{"Metro: SequenceFault and faultcode", v11, func(v variant, code, _, detail string) (string, string) {
		return "<r:SequenceFault><r:FaultCode>r:" + code + "</r:FaultCode><r:Detail>" + detail + "</r:Detail></r:SequenceFault>", fault11("r:"+code, "")
	}, false},
	{"gSOAP: faultcode alone", v11, func(_ variant, code, _, _ string) (string, string) { return "", fault11("r:"+code, "") }, true},
	{"faultcode and detail", v11, func(_ variant, code, _, detail string) (string, string) {
		return "", fault11("r:"+code, "<detail>"+detail+"</detail>")
	}, false},
	{"SequenceFault without details", v11, func(_ variant, code, soapCode, _ string) (string, string) {
		return "<r:SequenceFault><r:FaultCode>r:" + code + "</r:FaultCode></r:SequenceFault>", fault11(soapCode, "")
	}, true},
	{"gSOAP: no detail", v12, func(_ variant, code, soapCode, _ string) (string, string) {
		return "", fault12(soapCode, "r:"+code, "")
	}, true},
	{"WCF: a subcode below", v12, func(_ variant, code, soapCode, detail string) (string, string) {
		return "", strings.Replace(fault12(soapCode, "r:"+code, detail), "</s:Value></s:Subcode>",
			`</s:Value><s:Subcode><s:Value xmlns:n="http://schemas.microsoft.com/ws/2006/05/rm">n:ConnectionLimitReached</s:Value></s:Subcode></s:Subcode>`, 1)
	}, false},
	{"below a subcode of its own", v12, func(_ variant, code, soapCode, detail string) (string, string) {
		return "", strings.NewReplacer("<s:Subcode>", `<s:Subcode><s:Value xmlns:o="urn:o">o:mine</s:Value><s:Subcode>`, "</s:Subcode>", "</s:Subcode></s:Subcode>").
			Replace(fault12(soapCode, "r:"+code, detail))
	}, false},
}

func v11(v variant) bool { return v.soap == soap.V11 }
func v12(v variant) bool { return v.soap == soap.V12 }

func fault12(code, subcode, detail string) string {
	if detail != "" {
		detail = "<s:Detail>" + detail + "</s:Detail>"
	}
	if subcode != "" {
		subcode = "<s:Subcode><s:Value>" + subcode + "</s:Value></s:Subcode>"
	}
	return `<s:Fault><s:Code><s:Value>s:` + code + `</s:Value>` + subcode + `</s:Code><s:Reason><s:Text xml:lang="de">warum</s:Text><s:Text xml:lang="en">why</s:Text></s:Reason>` + detail + `</s:Fault>`
}

func fault11(code, more string) string {
	switch code {
	case "Sender":
		code = "s:Client"
	case "Receiver":
		code = "s:Server"
	}
	return `<s:Fault><faultcode>` + code + `</faultcode><faultstring xml:lang="en">why</faultstring>` + more + `</s:Fault>`
}

// spell writes a whole message.
func (s spelling) spell(r *raw, action, code, soapCode, id string) string {
	detail := "<r:Identifier>" + id + "</r:Identifier>"
	switch {
	case code == "InvalidAcknowledgement":
		detail = "<r:SequenceAcknowledgement>" + detail + `<r:AcknowledgementRange Lower="1" Upper="9"/></r:SequenceAcknowledgement>`
	case code == "MessageNumberRollover" && r.rm == rm.RM11:
		detail += "<r:MaxMessageNumber>4</r:MaxMessageNumber>"
	}
	header, body := s.write(r.variant, code, soapCode, detail)
	return r.envelope(`<a:Action s:mustUnderstand="1">`+action+`</a:Action>`+header, body)
}

// faultActions are those that RM faults are seen with.
func faultActions(v variant) []string {
	return []string{rmNamespace(v.rm) + "/fault", v.wsa.Namespace() + "/fault", v.wsa.Namespace() + "/soap/fault"}
}

// codes are the fault codes of the versions, and one of neither.
var codes = []struct {
	code, soap string
	in         func(v variant) bool
	want       string // "": code
}{
	{"SequenceTerminated", "Receiver", live, ""},
	{"UnknownSequence", "Sender", live, ""},
	{"InvalidAcknowledgement", "Sender", live, ""},
	{"MessageNumberRollover", "Sender", live, ""},
	{"CreateSequenceRefused", "Receiver", live, ""},
	{"LastMessageNumberExceeded", "Sender", only10, ""},
	{"SequenceClosed", "Sender", only11, ""},
	{"WSRMRequired", "Sender", only11, ""},
	{"WsrmRequired", "Sender", only11, "WSRMRequired"}, // WCF
	{"SomethingElse", "Sender", live, ""},
}

// ended checks that a session ended by the peer's fault.
func (w *world) ended(cause error, code, id string) {
	w.Helper()
	e, ok := errors.AsType[*rm.SequenceError](cause)
	require.True(w, ok, "a SequenceError, not %v", cause)
	require.Equal(w, rm.SequenceError{Code: code, Reason: "why", Sequence: id, Remote: true}, *e)
	require.ErrorIs(w, cause, net.ErrClosed)
}

// Each fault in each spelling, as the answer to a call, ends the session of the client, with one exception.
//
// WS-RM 1.1, 4.2 to 4.8; WS-RM 2005/02, 4.2 to 4.7
func TestFaultsConsumedByAClient(t *testing.T) {
	for _, spelled := range spellings {
		for _, test := range codes {
			t.Run(spelled.name+"/"+test.code, func(t *testing.T) {
				variants(t, func(w *world, v variant) {
					if !spelled.in(v) || !test.in(v) {
						return
					}
					p := w.peer(v)
					s := w.open(v.options)
					lives := test.code == "MessageNumberRollover" && v.rm == rm.RM11
					p.lose = func(m *wire) bool { return m.number() == 1 && len(p.heard) == 2 }
					actions := faultActions(v)
					p.answer = func(m *wire) (string, bool) {
						if m.number() != 2 {
							return "", false
						}
						return spelled.spell(p.raw, actions[len(test.code)%3], test.code, test.soap, created), true
					}
					receipt, err := s.Send(w.Context(), say("ping", "one"))
					require.NoError(w, err)
					time.Sleep(100 * time.Millisecond) // it is lost, and waits for its repeat
					_, err = s.Call(w.Context(), say("echo", "two"))

					want := test.want
					if want == "" {
						want = test.code
					}
					if lives {
						// WS-RM 1.1, 4.5: what was sent before is repeated until the sequence is closed.
						fault, ok := errors.AsType[*soap.Fault](err)
						require.True(w, ok, "%v", err)
						require.Equal(w, "why", fault.Reason)
						require.NoError(w, receipt.Wait(w.Context()))
						<-s.Context().Done()
						w.ended(context.Cause(s.Context()), want, created)
						require.Len(w, p.said("CloseSequence"), 1)
						require.Len(w, p.said("TerminateSequence"), 1)
						return
					}
					doubt := w.inDoubt(err, 2)
					w.ended(doubt.Err, want, created)
					doubt = w.inDoubt(receipt.Wait(w.Context()), 1)
					w.ended(doubt.Err, want, created)
					w.ended(context.Cause(s.Context()), want, created)
					w.inDoubt(s.Close(w.Context()), 1, 2)
					_, err = s.Call(w.Context(), say("echo", "three"))
					w.certain(err)
					time.Sleep(time.Minute)
					require.Len(w, p.said(""), 3, "a fault is not answered, and nothing is repeated")
				})
			})
		}
	}
}

// Each fault in each spelling, as a request, ends the session of the server, unless it does not say which.
func TestFaultsConsumedByAServer(t *testing.T) {
	for _, spelled := range spellings {
		for _, test := range codes {
			t.Run(spelled.name+"/"+test.code, func(t *testing.T) {
				variants(t, func(w *world, v variant) {
					if !spelled.in(v) || !test.in(v) {
						return
					}
					actions := faultActions(v)
					for i, created := range []bool{true, false} {
						c := w.client(v)
						c.offer = []string{"urn:uuid:first", "urn:uuid:second"}[i]
						c.open()
						cause := w.watch()
						require.Equal(w, "echoResponse", c.says(c.call(1)).action())
						id := c.offer // WCF: a client names the sequence that it offered
						if created {
							id = c.id
						}
						require.Nil(w, c.says(spelled.spell(c.raw, actions[(i+len(test.code))%3], test.code, test.soap, id)), "a fault is not answered")
						if spelled.mute {
							require.NoError(w, cause())
							require.NoError(w, c.w.server.Close())
							return
						}
						want := test.want
						if want == "" {
							want = test.code
						}
						w.ended(cause(), want, c.id)
						require.Contains(w, c.says(c.call(2)).text(), "SequenceTerminated")
					}
				})
			})
		}
	}
}

// text is all of a message in one string.
func (m *wire) text() string { return strings.Join(m.headers(), " ") + m.body() }

// A fault on the answer to what opens or ends a sequence.
func TestFaultsConsumedWhileClosing(t *testing.T) {
	for _, test := range []struct {
		on, code string
		in       func(v variant) bool
		unacked  bool // the server never acknowledged the one message
		good     bool // Close succeeds
	}{
		{"CloseSequence", "UnknownSequence", only11, false, true}, // an earlier TerminateSequence had arrived
		{"CloseSequence", "SequenceTerminated", only11, false, true},
		{"CloseSequence", "SequenceClosed", only11, false, false},
		{"CloseSequence", "CreateSequenceRefused", only11, false, false},
		{"TerminateSequence", "UnknownSequence", live, false, true}, // WS-RM 1.1, 3.6
		{"TerminateSequence", "SequenceTerminated", live, false, true},
		{"TerminateSequence", "InvalidAcknowledgement", live, false, false},
		{"LastMessage", "UnknownSequence", only10, false, false},
		{"LastMessage", "LastMessageNumberExceeded", only10, false, false},
	} {
		t.Run(test.on+"/"+test.code, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				if !test.in(v) {
					return
				}
				p := w.peer(v)
				s := w.open(v.options)
				w.echoes(s)
				p.answer = func(m *wire) (string, bool) {
					if m.action() != test.on {
						return "", false
					}
					return spellings[0].spell(p.raw, faultActions(v)[0], test.code, "Sender", created), true
				}
				require.NoError(w, s.Close(w.Context()), "all was acknowledged")
				if test.good {
					require.ErrorContains(w, context.Cause(s.Context()), "session closed")
				} else {
					w.ended(context.Cause(s.Context()), test.code, created)
				}
				require.Len(w, p.said(test.on), 1)
			})
		})
	}
}

// echoes calls the handwritten server.
func (w *world) echoes(s *rm.Session) {
	w.Helper()
	_, err := s.Call(w.Context(), say("echo", "x"))
	require.NoError(w, err)
}

// Faults of SOAP and addressing, without a sequence, on the answer to a call: the answer is the caller's, and without an
// acknowledgement the number is a hole that ends the session.
func TestPlainFaultsConsumed(t *testing.T) {
	for _, test := range []struct {
		name, code, sub string // sub: of addressing
		want            string // the code of the SequenceError
	}{
		{"MustUnderstand", "MustUnderstand", "", "Receiver"},
		{"VersionMismatch", "VersionMismatch", "", "Receiver"},
		{"Sender", "Sender", "", "Sender"},
		{"Receiver", "Receiver", "", "Receiver"},
		{"ActionNotSupported", "Sender", "ActionNotSupported", ""},
		{"DestinationUnreachable", "Sender", "DestinationUnreachable", ""},
		{"EndpointUnavailable", "Receiver", "EndpointUnavailable", ""},
		{"EndpointUnavailable, WCF", "Sender", "EndpointUnavailable", ""},
		{"ActionMismatch, WCF", "Sender", "ActionMismatch", ""},
		{"InvalidAddressingHeader", "Sender", "InvalidAddressingHeader", ""},
		{"MessageInformationHeaderRequired", "Sender", "MessageInformationHeaderRequired", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				for _, acked := range []bool{false, true} {
					p := w.peer(v)
					s := w.open(v.options)
					p.answer = func(m *wire) (string, bool) {
						if m.number() != 1 {
							return "", false
						}
						ack := ""
						if acked {
							p.accepted.Add(1)
							ack = p.acks(false)
						}
						body := fault12(test.code, "", "")
						if test.sub != "" {
							body = fault12(test.code, "a:"+test.sub, "")
						}
						if v.soap == soap.V11 {
							body = fault11(map[string]string{"Sender": "s:Client", "Receiver": "s:Server"}[test.code], "")
							switch {
							case test.sub != "":
								body = fault11("a:"+test.sub, "")
							case test.code == "MustUnderstand" || test.code == "VersionMismatch":
								body = fault11("s:"+test.code, "")
							}
						}
						return p.envelope(ack+p.answering(v.wsa.Namespace()+"/fault", m), body), true
					}
					_, err := s.Call(w.Context(), say("echo", "one"))
					fault, ok := errors.AsType[*soap.Fault](err)
					require.True(w, ok, "%v", err)
					require.Equal(w, "why", fault.Reason)
					if test.sub == "" {
						require.Equal(w, test.code, fault.Code)
					} else {
						require.Equal(w, []xml.Name{{Space: v.wsa.Namespace(), Local: test.sub}}, fault.Subcodes)
					}
					if acked {
						w.echoes(s)
						require.NoError(w, s.Close(w.Context()))
						continue
					}
					want := test.want
					if want == "" {
						want = test.sub
					}
					w.ended(context.Cause(s.Context()), want, created)
					require.NoError(w, s.Close(w.Context()), "nothing is in doubt: the fault was the answer")
				}
			})
		})
	}
}

// What a client that may speak both versions does with a fault as the answer to CreateSequence: a refusal in the version
// that it used, and what has nothing to do with versions, is the last word; after anything else it tries 2005/02.
func TestFaultsConsumedByOpen(t *testing.T) {
	const security = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
	for _, test := range []struct {
		name, code, sub string // sub as s:, a:, r: or w: for security and the name
		falls           bool
		want            string
	}{
		{"CreateSequenceRefused", "Sender", "r:CreateSequenceRefused", false, "CreateSequenceRefused"},
		{"EndpointUnavailable", "Receiver", "a:EndpointUnavailable", false, "EndpointUnavailable"},
		{"security", "Sender", "w:FailedAuthentication", false, "FailedAuthentication"},
		{"ActionNotSupported", "Sender", "a:ActionNotSupported", true, "ActionNotSupported"}, // WCF of 2005/02
		{"WsrmRequired", "Sender", "r:WsrmRequired", true, "WSRMRequired"},                   // WCF of 1.1 to 2005/02
		{"UnknownSequence", "Sender", "r:UnknownSequence", true, "UnknownSequence"},          // Metro
		{"MustUnderstand", "MustUnderstand", "", true, "Receiver"},
		{"VersionMismatch", "VersionMismatch", "", true, "Receiver"},
		{"no subcode", "Sender", "", true, "Sender"}, // CXF
	} {
		t.Run(test.name, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				if v.rm == rm.RM10 {
					return // nothing to fall back to
				}
				p := w.peer(v)
				begun := 0
				p.answer = func(m *wire) (string, bool) {
					begun++
					sub := test.sub
					body := fault12(test.code, sub, "")
					if v.soap == soap.V11 {
						body = fault11(map[string]string{"Sender": "s:Client", "Receiver": "s:Server", "MustUnderstand": "s:MustUnderstand", "VersionMismatch": "s:VersionMismatch"}[test.code], "")
						if sub != "" {
							body = fault11(sub, "")
						}
					}
					body = strings.Replace(body, "<s:Fault", `<s:Fault xmlns:w="`+security+`"`, 1)
					return p.envelope(p.answering(v.wsa.Namespace()+"/fault", m), body), true
				}
				_, err := rm.Open(w.Context(), w.link, &rm.Options{SOAP: v.soap, Addressing: v.wsa})
				refusal, ok := errors.AsType[*rm.SequenceError](err)
				require.True(w, ok, "%v", err)
				require.Equal(w, rm.SequenceError{Code: test.want, Reason: "why", Remote: true}, *refusal)
				w.certain(err)
				require.Equal(w, map[bool]int{false: 1, true: 2}[test.falls], begun)
				if test.falls {
					require.Equal(w, []string{"-> CreateSequence", "-> CreateSequence"}, slices.DeleteFunc(w.link.seen(), func(s string) bool { return s[0] == '<' }))
					said := p.said("")
					require.NotEqual(w, said[0].MessageID, said[1].MessageID)
					require.Contains(w, said[0].Action, "200702")
					require.Contains(w, said[1].Action, "2005/02")
				}
			})
		})
	}
}

// Faults as programs of other makers have written them, on the answer to a call.
func TestRecordedFaultsConsumedByAClient(t *testing.T) {
	for _, test := range []struct {
		conversation, message string
		variant
		code string // of the protocol; or "" for a fault that is the caller's alone
	}{
		{"cxf/rm10-unknown-sequence", "002-c1-response", variant{rm.RM10, soap.V11, soap.WSA10}, "UnknownSequence"},
		{"cxf/rm11-create-sequence-refused-soap12", "004-c1-response", variant{rm.RM11, soap.V12, soap.WSA10}, "CreateSequenceRefused"},
		{"cxf/rm11-create-sequence-refused", "004-c1-response", variant{rm.RM11, soap.V11, soap.WSA10}, "CreateSequenceRefused"},
		{"cxf/rm11-message-after-terminate", "008-c1-response", variant{rm.RM11, soap.V11, soap.WSA10}, "UnknownSequence"},
		{"cxf/rm11-number-above-last", "012-c1-response", variant{rm.RM11, soap.V11, soap.WSA10}, "SequenceTerminated"},
		{"cxf/rm11-sequence-forgotten-echo", "008-c1-response", variant{rm.RM11, soap.V12, soap.WSA10}, "UnknownSequence"},
		{"cxf/rm11-fail-undeclared", "004-c1-response", variant{rm.RM11, soap.V12, soap.WSA10}, ""},
		{"gsoap/rm10-fault-unknown-sequence-echo", "004-c1-response", variant{rm.RM10, soap.V11, soap.WSA10}, "UnknownSequence"},
		{"gsoap/rm11-fault-invalid-acknowledgement", "006-c3-response", variant{rm.RM11, soap.V11, soap.WSA10}, "InvalidAcknowledgement"},
		{"gsoap/rm11-fault-invalid-acknowledgement", "008-c4-response", variant{rm.RM11, soap.V11, soap.WSA10}, "SequenceTerminated"},
		{"gsoap/rm11-fault-unknown-sequence-echo-soap12", "004-c1-response", variant{rm.RM11, soap.V12, soap.WSA10}, "UnknownSequence"},
		{"gsoap/rm11-fault-wsrm-required", "002-c1-response", variant{rm.RM11, soap.V11, soap.WSA10}, "WSRMRequired"},
		{"gsoap/rm11-number-above-lastmsgnumber", "010-c5-response", variant{rm.RM11, soap.V11, soap.WSA10}, "SequenceClosed"},
		{"metro/client-echo-sequence-terminated", "006-c1-response", variant{rm.RM11, soap.V12, soap.WSA10}, "SequenceTerminated"},
		{"metro/rm10-duplicates-and-end", "020-c10-response", variant{rm.RM10, soap.V12, soap.WSA10}, "UnknownSequence"},
		{"metro/rm10-fault-unknown-sequence-echo-soap11", "002-c1-response", variant{rm.RM10, soap.V11, soap.WSA10}, "UnknownSequence"},
		{"metro/rm11-close-incomplete", "010-c5-response", variant{rm.RM11, soap.V12, soap.WSA10}, "SequenceClosed"},
		{"metro/rm11-fault-invalid-acknowledgement", "006-c3-response", variant{rm.RM11, soap.V12, soap.WSA10}, "InvalidAcknowledgement"},
		{"metro/rm11-fault-no-sequence", "004-c2-response", variant{rm.RM11, soap.V11, soap.WSA10}, "UnknownSequence"},
		{"wcf/rm11-http11-2004-drop-terminate-response", "012-c1-response", variant{rm.RM11, soap.V11, soap.WSA2004}, "UnknownSequence"},
		{"wcf/rm11-wshttp-drop-terminate-response", "012-c1-response", variant{rm.RM11, soap.V12, soap.WSA10}, "UnknownSequence"},
		{"wcf/rm2005-http11-2004-drop-terminate-response", "012-c1-response", variant{rm.RM10, soap.V11, soap.WSA2004}, "UnknownSequence"},
		{"wcf/rm2005-wshttp-drop-terminate-response", "012-c1-response", variant{rm.RM10, soap.V12, soap.WSA10}, "UnknownSequence"},
	} {
		t.Run(test.conversation+"/"+test.message, func(t *testing.T) {
			recorded := recordedMessage(t, test.conversation, test.message)
			in(t, func(w *world) {
				p := w.peer(test.variant)
				s := w.open(test.options)
				p.answer = func(m *wire) (string, bool) { return string(recorded), m.number() == 1 }
				_, err := s.Call(w.Context(), say("echo", "one"))
				cause, ok := errors.AsType[*rm.SequenceError](context.Cause(s.Context()))
				require.True(w, ok, "%v", context.Cause(s.Context()))
				require.True(w, cause.Remote)
				require.NotEmpty(w, cause.Reason)
				if test.code == "" {
					_, isFault := errors.AsType[*soap.Fault](err)
					require.True(w, isFault, "%v", err)
					return
				}
				w.inDoubt(err, 1)
				require.Equal(w, test.code, cause.Code)
				require.Len(w, p.said(""), 2, "a fault is not answered")
			})
		})
	}
}

// A client of WCF that aborts: its fault names the sequence that it offered.
func TestRecordedFaultsConsumedByAServer(t *testing.T) {
	for _, version := range []string{"11", "2005"} {
		for _, binding := range []string{"wshttp", "http11", "http11-2004", "http12-2004", "http-utf16"} {
			t.Run(version+binding, func(t *testing.T) {
				recorded := recordedMessage(t, "wcf/rm"+version+"-"+binding+"-abort", "005-c1-request")
				env, err := soap.Parse(recorded, nil)
				require.NoError(t, err)
				v := variant{rm.RM11, env.Version, env.Addressing}
				if version == "2005" {
					v.rm = rm.RM10
				}
				in(t, func(w *world) {
					c := w.client(v)
					text, err := env.AppendXML(nil)
					require.NoError(w, err)
					c.offer = regexp.MustCompile(`Identifier[^>]*>(urn:uuid:[^<]*)<`).FindStringSubmatch(string(text))[1]
					c.open()
					cause := w.watch()
					require.Nil(w, c.bytes(recorded))
					e, ok := errors.AsType[*rm.SequenceError](cause())
					require.True(w, ok, "%v", cause())
					require.Equal(w, "SequenceTerminated", e.Code)
					require.True(w, e.Remote)
				})
			})
		}
	}
}

// recordedMessage returns a message of testdata/wire.
func recordedMessage(t *testing.T, conversation, message string) []byte {
	t.Helper()
	for _, m := range wiretest.One(t, conversation).Messages {
		if m.Name == message {
			return m.Body
		}
	}
	require.Fail(t, "no such message")
	return nil
}

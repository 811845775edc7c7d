package rm_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
)

// everyAnswer lists what a server answers to a client's requests in the course of a session.
func (c *client) everyAnswer() map[string]*wire {
	answers := map[string]*wire{}
	ask := func(name, request string) { answers[name] = c.says(request) }
	ask("create", c.create("urn:uuid:create", true))
	c.id = identifier.FindStringSubmatch(c.text(answers["create"].Envelope))[1]
	ask("reply", c.call(1))
	ask("acknowledgement", c.oneWay(2))
	ask("AckRequested", strings.Replace(c.raw.ask(c.id), "</a:To>", "</a:To><a:MessageID>urn:uuid:ask</a:MessageID>"+
		"<a:ReplyTo><a:Address>"+c.wsa.Anonymous()+"</a:Address></a:ReplyTo>", 1))
	ask("fault", c.message(nobody, "1", "urn:uuid:m9", c.wsa.Anonymous()))
	ask("fault of the application", strings.Replace(c.call(3), ns+"/echo<", ns+"/fail<", 1))
	if c.rm == rm.RM11 {
		ask("close", c.lifecycle("CloseSequence", c.id))
	}
	ask("terminate", c.lifecycle("TerminateSequence", c.id))
	return answers
}

// WS-Addressing 1.0, Core, 3.4; WS-Addressing 2004/08, 3.2: a reply goes to the address of ReplyTo and relates to the
// message. On the response of the request, that address is the anonymous one, which 1.0 leaves out, and 2004/08 cannot.
func TestWSA_3_4_Answers(t *testing.T) {
	variants(t, func(w *world, v variant) {
		w.service.Mux[ns+"/echo"] = func(_ context.Context, m *rm.Message) (*soap.Envelope, error) {
			reply := say("echoResponse", "x")
			reply.From = &soap.EndpointReference{Address: "http://example.org/from"}
			reply.ReplyTo = &soap.EndpointReference{Address: "http://example.org/reply"}
			reply.FaultTo = &soap.EndpointReference{Address: "http://example.org/fault"}
			reply.To = "http://example.org/to"
			return reply, nil
		}
		w.service.Mux[ns+"/fail"] = func(context.Context, *rm.Message) (*soap.Envelope, error) {
			return nil, &soap.Fault{Code: "Sender", Reason: "because"}
		}
		for name, m := range w.client(v).everyAnswer() {
			relates := map[string]string{"create": "urn:uuid:create", "reply": "urn:uuid:m1", "AckRequested": "urn:uuid:ask", "fault": "urn:uuid:m9",
				"fault of the application": "urn:uuid:m3", "close": "urn:uuid:CloseSequence", "terminate": "urn:uuid:TerminateSequence"}[name]
			if name == "terminate" && v.rm == rm.RM10 {
				relates = "" // it is a message of its own
			}
			want := []string{}
			if relates != "" {
				want = append(want, "a:RelatesTo{"+relates+"}")
			}
			if v.wsa == soap.WSA2004 {
				want = append(want, "a:To[s:mustUnderstand=1]{ANON}")
			}
			got := m.headers("a:RelatesTo", "a:To")
			require.ElementsMatch(w, want, got, name)
			require.Len(w, m.headers("a:Action[s:mustUnderstand=1]{"), 1, name)
			// WCF: its client cannot read a ReplyTo, From or FaultTo of 2004/08, and needs none of 1.0.
			require.Empty(w, m.headers("a:ReplyTo", "a:FaultTo"), name)
			if v.wsa == soap.WSA2004 {
				require.Empty(w, m.headers("a:From"), name)
			}
		}
	})
}

// The fault actions. WS-Addressing 1.0, SOAP Binding, 6; WS-Addressing 2004/08, 4; WS-RM 1.1, 4
func TestWSA_6_FaultActions(t *testing.T) {
	variants(t, func(w *world, v variant) {
		w.service.Mux[ns+"/fail"] = func(context.Context, *rm.Message) (*soap.Envelope, error) {
			return nil, &soap.Fault{Code: "Sender", Reason: "because"}
		}
		answers := w.client(v).everyAnswer()
		soapFault := map[soap.Addressing]string{soap.WSA10: v.wsa.Namespace() + "/soap/fault", soap.WSA2004: v.wsa.Namespace() + "/fault"}[v.wsa]
		require.Equal(w, soapFault, answers["fault of the application"].Action)
		require.Equal(w, by(v, soapFault, rmNamespace(v.rm)+"/fault"), answers["fault"].Action)
	})
}

// WS-Addressing 1.0, Core, 3.2: an absent ReplyTo is the anonymous one, and none is no reply. WCF: the first holds in 2004/08 too.
func TestWSA_3_2_WhoWantsAReply(t *testing.T) {
	const messageID = "<a:MessageID>urn:uuid:m1</a:MessageID>"
	for _, test := range []struct {
		name   string
		header string
		in     func(v variant) bool
		wants  bool
	}{
		{"ReplyTo anonymous", messageID + "<a:ReplyTo><a:Address>ANON</a:Address></a:ReplyTo>", live, true},
		{"no ReplyTo", messageID, live, true},
		{"ReplyTo none", messageID + "<a:ReplyTo><a:Address>http://www.w3.org/2005/08/addressing/none</a:Address></a:ReplyTo>",
			func(v variant) bool { return v.wsa == soap.WSA10 }, false},
		{"no MessageID", "<a:ReplyTo><a:Address>ANON</a:Address></a:ReplyTo>", live, false},
		{"neither", "", live, false},
		{"FaultTo anonymous", messageID + "<a:FaultTo><a:Address>ANON</a:Address></a:FaultTo>", live, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				if !test.in(v) {
					return
				}
				c := w.created(v)
				header := strings.ReplaceAll(test.header, "ANON", v.wsa.Anonymous())
				m := c.says(strings.Replace(c.oneWay(1), "</s:Header>", header+"</s:Header>", 1))
				want := []string{acked(v, span(1, 1))}
				if test.wants {
					want = append([]string{inSequence("B", 1)}, want...)
				}
				require.Equal(w, want, m.protocol())
				time.Sleep(time.Second)
				require.Equal(w, []string{"1"}, w.service.delivered())
			})
		})
	}
}

// WS-Addressing 1.0, Core, 3.3; WS-Addressing 2004/08, 2.3: a message to an endpoint has its address in To, and its
// reference parameters as header blocks, which 1.0 marks.
func TestWSA_3_3_MessagesToAnEndpoint(t *testing.T) {
	variants(t, func(w *world, v variant) {
		p := w.peer(v)
		parameter := etree.NewElement("p")
		parameter.CreateAttr("xmlns", "urn:p")
		parameter.SetText("value")
		s := w.open(v.options, func(o *rm.Options) {
			o.To = &soap.EndpointReference{Address: "http://example.org/to?a=1&b=2", Parameters: []*etree.Element{parameter}}
		})
		w.echoes(s)
		_, err := s.Send(w.Context(), say("ping", "x"))
		require.NoError(w, err)
		w.close(s)
		mark := map[soap.Addressing]string{soap.WSA10: "[a:IsReferenceParameter=true]"}[v.wsa]
		said := p.said("")
		require.Len(w, said, 5)
		for _, m := range said {
			require.Equal(w, []string{"a:To[s:mustUnderstand=1]{http://example.org/to?a=1&b=2}"}, m.headers("a:To"))
			require.Equal(w, []string{"{urn:p}p" + mark + "{value}"}, m.headers("{urn:p}p"))
		}
	})
}

// WS-Addressing 1.0, Core, 3.2: what a client says of where its answers go.
func TestWSA_3_2_WhereAnswersGo(t *testing.T) {
	variants(t, func(w *world, v variant) {
		p := w.peer(v)
		s := w.open(v.options)
		w.echoes(s)
		_, err := s.Send(w.Context(), say("ping", "x"))
		require.NoError(w, err)
		w.close(s)
		for _, m := range p.said("") {
			require.Empty(w, m.headers("a:FaultTo", "a:From", "a:RelatesTo"), m.action())
			switch m.action() {
			case "echo": // a call
				require.NotEmpty(w, m.MessageID)
				require.Equal(w, []string{"a:ReplyTo{a:Address{ANON}}"}, m.headers("a:ReplyTo"))
			case "ping":
				if v.wsa == soap.WSA2004 { // which has no none
					require.Empty(w, m.headers("a:ReplyTo", "a:MessageID"))
				} else {
					require.Equal(w, []string{"a:ReplyTo{a:Address{" + v.wsa.Namespace() + "/none}}"}, m.headers("a:ReplyTo"))
				}
			case "CreateSequence", "CloseSequence", "TerminateSequence":
				require.NotEmpty(w, m.MessageID)
				if v.wsa == soap.WSA2004 {
					require.Equal(w, []string{"a:ReplyTo{a:Address{ANON}}"}, m.headers("a:ReplyTo"))
				} else {
					require.Empty(w, m.headers("a:ReplyTo"))
				}
			}
		}
	})
}

// Answers are known by the exchange that they came on: RelatesTo may be missing or wrong, and what MessageID, To and
// ReplyTo say is of no matter.
func TestWSA_ClientTakesAnswersAsTheyCome(t *testing.T) {
	for name, edit := range map[string]func(v variant, answer string) string{
		"no RelatesTo": func(_ variant, a string) string {
			if !strings.Contains(a, "<a:RelatesTo") {
				return a // of LastMessage, which has no MessageID
			}
			return without(a, "a:RelatesTo")
		},
		"another RelatesTo": func(_ variant, a string) string {
			return strings.Replace(a, "<a:RelatesTo>", "<a:RelatesTo>urn:uuid:not-", 1)
		},
		"several RelatesTo": func(_ variant, a string) string {
			return with(a, `<a:RelatesTo RelationshipType="http://example.org/else">urn:uuid:else</a:RelatesTo>`)
		},
		"MessageID, ReplyTo, From": func(_ variant, a string) string {
			return with(a, `<a:MessageID>urn:uuid:theirs</a:MessageID><a:ReplyTo><a:Address>http://example.org/</a:Address></a:ReplyTo><a:From><a:Address>http://example.org/</a:Address></a:From>`)
		},
		"To in all versions": func(v variant, a string) string {
			if strings.Contains(a, "<a:To") {
				return a
			}
			return with(a, `<a:To s:mustUnderstand="1">`+v.wsa.Anonymous()+`</a:To>`)
		},
		"indented": func(_ variant, a string) string {
			return strings.NewReplacer("<r:Identifier>", "<r:Identifier>\n\t", "</r:MessageNumber>", " \r\n</r:MessageNumber>", "</a:Action>", "\n</a:Action>").Replace(a)
		},
	} {
		t.Run(name, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				p := w.peer(v)
				p.answer = func(m *wire) (string, bool) {
					a := p.good(m)
					if a != "" {
						a = edit(v, a)
					}
					return a, true
				}
				s := w.open(v.options)
				for range 3 {
					w.echoes(s)
				}
				w.close(s)
			})
		})
	}
}

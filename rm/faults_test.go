package rm_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
)

// fault is what a fault has to say, whatever the form.
type fault struct {
	code   string // of the protocol
	plain  string // of SOAP or addressing: the forms of its codes, from the outermost
	sender bool
	detail string   // form of the detail's content
	ofBody bool     // caused by the body: in SOAP 1.1 the code stands there too
	more   []string // other header blocks
}

// want checks that m is the fault f in the form of its versions, and nothing else.
//
// WS-RM 1.1, 4: action, code, subcode, reason and detail as SOAP 1.2 has them; with SOAP 1.1 the SequenceFault header block,
// and a faultcode of SOAP's own. WS-RM 2005/02, 4: the same, with the details right in SequenceFault.
func (f fault) want(t require.TestingT, m *wire, relatesTo string) {
	require.NotNil(t, m, "an answer")
	v := m.variant
	code := map[bool]string{true: "s:Sender", false: "s:Receiver"}[f.sender]
	action := v.wsa.Namespace() + "/fault" // of addressing's own faults, and of all faults of 2004/08
	if v.wsa == soap.WSA10 && f.plain != "" && !strings.HasPrefix(f.plain, "a:") || v.wsa == soap.WSA10 && f.code != "" && v.rm == rm.RM10 {
		action = v.wsa.Namespace() + "/soap/fault"
	}
	if f.code != "" && v.rm == rm.RM11 {
		action = "RM/fault"
	}
	header := append([]string{"a:Action[s:mustUnderstand=1]{" + action + "}"}, f.more...)
	if relatesTo != "" {
		header = append(header, "a:RelatesTo{"+relatesTo+"}")
	}
	if v.wsa == soap.WSA2004 {
		header = append(header, "a:To[s:mustUnderstand=1]{ANON}")
	}

	var body string
	switch {
	case v.soap == soap.V12:
		codes := strings.Fields(code + " " + f.code + f.plain)
		if f.plain == "s:MustUnderstand" {
			codes = codes[1:]
		}
		body = "s:Fault{s:Code{s:Value{" + strings.Join(codes, "} s:Subcode{s:Value{") + strings.Repeat("}", len(codes)+1) +
			" s:Reason{s:Text[xml:lang=en]{reason}}" + braced(" s:Detail", f.detail) + "}"
	case f.plain != "":
		codes := strings.Fields(f.plain)
		body = "s:Fault{faultcode{" + codes[len(codes)-1] + "} faultstring[xml:lang=en]{reason}}"
		if f.detail != "" {
			header = append(header, "a:FaultDetail{"+f.detail+"}")
		}
	case f.ofBody:
		body = "s:Fault{faultcode{" + f.code + "} faultstring[xml:lang=en]{reason}" + braced(" detail", f.detail) + "}"
	default:
		code = map[bool]string{true: "s:Client", false: "s:Server"}[f.sender]
		detail := braced(" Detail", f.detail)
		if v.rm == rm.RM10 {
			detail = strings.TrimSuffix(" "+f.detail, " ")
		}
		header = append(header, "SequenceFault{FaultCode{"+f.code+"}"+detail+"}")
		body = "s:Fault{faultcode{" + code + "} faultstring[xml:lang=en]{reason}}"
	}
	require.Equal(t, body, m.body())
	require.ElementsMatch(t, header, m.headers())
}

func braced(name, content string) string {
	if content == "" {
		return ""
	}
	return name + "{" + content + "}"
}

// nobody is an identifier that the server has not given.
const nobody = "urn:uuid:nobody"

// Each fault of the standards, raised by a server in the situation for it.
func TestFaultsRaisedByAServer(t *testing.T) {
	unknown := fault{code: "UnknownSequence", sender: true, detail: "Identifier{" + nobody + "}"}
	terminated := fault{code: "SequenceTerminated", detail: "Identifier{A}"}
	mistaken := fault{code: "SequenceTerminated", sender: true, detail: "Identifier{A}"}
	for _, test := range []struct {
		name    string
		in      func(v variant) bool
		prepare func(c *client)
		request func(c *client) string
		want    func(v variant) fault
		no      bool // MessageID in the request
		ends    func(v variant) bool
	}{
		{name: "UnknownSequence, message", request: func(c *client) string { return c.message(nobody, "1", "urn:uuid:x", c.wsa.Anonymous()) },
			want: is(unknown)},
		{name: "UnknownSequence, AckRequested", request: func(c *client) string { return c.raw.ask(nobody) }, want: is(unknown), no: true},
		{name: "UnknownSequence, CloseSequence", in: only11, request: func(c *client) string { return c.lifecycle("CloseSequence", nobody) },
			want: is(unknown)},
		{name: "UnknownSequence, TerminateSequence", request: func(c *client) string { return c.lifecycle("TerminateSequence", nobody) },
			want: is(unknown)},
		{name: "UnknownSequence, acknowledgement alone",
			request: func(c *client) string { return c.alone("SequenceAcknowledgement", nobody, nothing(c.variant)) }, want: is(unknown), no: true},
		{name: "UnknownSequence, another principal's sequence", prepare: func(c *client) { c.w.link.as("mallory") },
			request: func(c *client) string { return c.call(1) },
			want:    is(fault{code: "UnknownSequence", sender: true, detail: "Identifier{A}"})},

		{name: "SequenceTerminated, aborted", prepare: abortServer, request: func(c *client) string { return c.call(1) },
			want: is(terminated), ends: live},
		{name: "SequenceTerminated, terminated", prepare: func(c *client) { c.says(c.lifecycle("TerminateSequence", c.id)) },
			request: func(c *client) string { return c.call(1) }, want: is(terminated), ends: live},
		{name: "SequenceTerminated, AckRequested", prepare: abortServer, request: func(c *client) string { return c.raw.ask(c.id) },
			want: is(terminated), no: true, ends: live},
		{name: "SequenceTerminated, number 0", request: func(c *client) string { return c.call(0) }, want: is(mistaken), ends: live},
		{name: "SequenceTerminated, LastMsgNumber below a number that was used", in: only11, prepare: func(c *client) { c.says(c.call(1)); c.says(c.call(2)) },
			request: func(c *client) string { return c.last("CloseSequence", 1) }, want: is(mistaken), ends: live},
		{name: "SequenceTerminated, two LastMsgNumbers", in: only11, prepare: func(c *client) { c.says(c.last("CloseSequence", 2)) },
			request: func(c *client) string { return c.last("TerminateSequence", 3) }, want: is(mistaken), ends: live},

		{name: "InvalidAcknowledgement", request: func(c *client) string { return c.call(1, c.ack(`<r:AcknowledgementRange Lower="1" Upper="5"/>`)) },
			want: is(fault{code: "InvalidAcknowledgement", sender: true,
				detail: "SequenceAcknowledgement{Identifier{B} AcknowledgementRange[Lower=1 Upper=5]}"}), ends: live},

		{name: "MessageNumberRollover", request: func(c *client) string { return c.message(c.id, "9223372036854775808", "urn:uuid:x", c.wsa.Anonymous()) },
			want: func(v variant) fault {
				f := fault{code: "MessageNumberRollover", sender: true, detail: "Identifier{A}"}
				if v.rm == rm.RM11 {
					f.detail += " MaxMessageNumber{9223372036854775807}"
				}
				return f
			}, ends: only10},

		{name: "CreateSequenceRefused, sender", request: func(c *client) string {
			return strings.Replace(c.create("urn:uuid:x", true), "<r:AcksTo><a:Address>"+c.wsa.Anonymous(), "<r:AcksTo><a:Address>http://example.org/acks", 1)
		}, want: is(fault{code: "CreateSequenceRefused", sender: true, ofBody: true})},
		{name: "CreateSequenceRefused, receiver", prepare: func(c *client) { require.NoError(c.w, c.w.server.Close()) },
			request: func(c *client) string { c.offer = "urn:uuid:another"; return c.create("urn:uuid:x", true) },
			want:    is(fault{code: "CreateSequenceRefused", ofBody: true}), ends: live},

		{name: "SequenceClosed", in: only11, prepare: func(c *client) { c.says(c.call(1)); c.says(c.lifecycle("CloseSequence", c.id)) },
			request: func(c *client) string { return c.call(2) },
			want: func(v variant) fault {
				return fault{code: "SequenceClosed", sender: true, detail: "Identifier{A}", more: []string{withRoom(final(v, span(1, 1)))}}
			}},

		{name: "LastMessageNumberExceeded", in: only10, prepare: func(c *client) { c.says(c.call(1)); c.says(c.lastMessage(2)) },
			request: func(c *client) string { return c.call(3) },
			want:    is(fault{code: "LastMessageNumberExceeded", sender: true, detail: "Identifier{A}"}), ends: live},
		{name: "LastMessageNumberExceeded, by the last message", in: only10, prepare: func(c *client) { c.says(c.call(1)); c.says(c.oneWay(3)) },
			request: func(c *client) string { return c.lastMessage(2) },
			want:    is(fault{code: "LastMessageNumberExceeded", sender: true, detail: "Identifier{A}"}), no: true, ends: live},

		{name: "WSRMRequired", in: only11, request: func(c *client) string {
			return c.envelope(c.addressing(ns+"/echo", "urn:uuid:x", c.wsa.Anonymous()), c.body("x"))
		},
			want: is(fault{code: "WSRMRequired", sender: true, ofBody: true})},
		{name: "ActionNotSupported, 2005/02 required", in: only10, prepare: func(c *client) { c.w.serve10() },
			request: func(c *client) string {
				return c.envelope(c.addressing(ns+"/echo", "urn:uuid:x", c.wsa.Anonymous()), c.body("x"))
			},
			want: addressing("ActionNotSupported", "ActionNotSupported", "", "a:ProblemAction{a:Action{"+ns+"/echo}}"), ends: live},

		{name: "ActionNotSupported, by the handler", request: func(c *client) string { return strings.Replace(c.call(1), ns+"/echo<", ns+"/none<", 1) },
			want: func(v variant) fault {
				f := addressing("ActionNotSupported", "ActionNotSupported", "", "a:ProblemAction{a:Action{"+ns+"/none}}")(v)
				f.more = []string{inSequence("B", 1), withRoom(acked(v, span(1, 1)))} // it is a reply
				return f
			}},
		{name: "MessageID required", request: func(c *client) string { return c.create("", true) }, no: true,
			want: addressing("MessageAddressingHeaderRequired", "MessageInformationHeaderRequired", "", "a:ProblemHeaderQName{a:MessageID}")},
		{name: "OnlyAnonymousAddressSupported", request: func(c *client) string { return c.message(c.id, "1", "urn:uuid:x", "http://example.org/me") },
			want: addressing("InvalidAddressingHeader", "InvalidMessageInformationHeader", "OnlyAnonymousAddressSupported", "a:ProblemHeaderQName{a:ReplyTo}")},
		{name: "MustUnderstand", request: func(c *client) string { return c.call(1, `<h:unknown xmlns:h="urn:h" s:mustUnderstand="1"/>`) },
			want: mustUnderstand("{urn:h}unknown")},
		{name: "MustUnderstand, a second Sequence", request: func(c *client) string {
			return c.call(1, sequence.FindString(c.call(1)))
		}, want: mustUnderstand("Sequence")},
		{name: "MustUnderstand, a second acknowledgement", request: func(c *client) string {
			return c.call(1, c.ack(nothing(c.variant)), c.ack(nothing(c.variant)))
		}, want: mustUnderstand("SequenceAcknowledgement")},
		{name: "MustUnderstand, a second AckRequested", request: func(c *client) string { return c.call(1, c.asking(), c.asking()) },
			want: mustUnderstand("AckRequested")},
	} {
		t.Run(test.name, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				if test.in != nil && !test.in(v) {
					return
				}
				c := w.created(v)
				cause := w.watch()
				if test.prepare != nil {
					test.prepare(c)
				}
				delivered := len(w.service.delivered())
				request := test.request(c)
				answer := c.says(request)
				env, err := soap.Parse([]byte(request), nil)
				require.NoError(w, err)
				require.Equal(w, test.no, env.MessageID == "")
				test.want(v).want(w, answer, env.MessageID)
				require.Len(w, w.service.delivered(), delivered, "nothing of the message was processed")
				if test.ends != nil && test.ends(v) {
					require.Error(w, cause())
				} else {
					require.NoError(w, cause(), "the session lives")
				}
			})
		})
	}
}

func is(f fault) func(variant) fault { return func(variant) fault { return f } }

func only10(v variant) bool { return v.rm == rm.RM10 }

// addressing is a fault of addressing: its subcode in 1.0 and in 2004/08, the one below that of 1.0 or "", and the detail of 1.0.
func addressing(ten, four, below, detail string) func(variant) fault {
	return func(v variant) fault {
		if v.wsa == soap.WSA2004 {
			return fault{plain: "a:" + four, sender: true}
		}
		f := fault{plain: "a:" + ten, sender: true, detail: detail}
		if below != "" {
			f.plain += " a:" + below
		}
		return f
	}
}

// mustUnderstand is the fault for a header block that is not understood.
func mustUnderstand(block string) func(variant) fault {
	return func(v variant) fault {
		f := fault{plain: "s:MustUnderstand"}
		if v.soap == soap.V12 {
			f.more = []string{"s:NotUnderstood[qname=" + block + "]"}
		}
		return f
	}
}

// withRoom is the form of an acknowledgement that tells of an empty buffer.
func withRoom(ack string) string {
	return strings.TrimSuffix(ack, "}") + " n:BufferRemaining{64}}"
}

// abortServer ends the session on the server's side.
func abortServer(c *client) {
	for s := range c.w.server.Sessions() {
		s.Abort(nil)
	}
}

// serve10 puts a server of 2005/02 at the end of the link.
func (w *world) serve10() {
	require.NoError(w, w.server.Close())
	w.link.serve(&rm.Server{Handler: w.service, Options: &rm.Options{Version: rm.RM10}})
}

// What a session that ends writes on the requests that wait for their answer.
func TestFaultOnHeldRequests(t *testing.T) {
	for _, test := range []struct {
		name string
		in   func(v variant) bool
		end  func(c *client)
	}{
		{"aborted", live, abortServer},
		{"shut down", live, func(c *client) { require.NoError(c.w, c.w.server.Close()) }},
		{"another message was malformed", live, func(c *client) { c.says(c.call(0)) }},
		{"another message had too high a number", only10, func(c *client) { c.says(c.message(c.id, "9223372036854775808", "urn:uuid:x", c.wsa.Anonymous())) }},
		{"an acknowledgement was wrong", live, func(c *client) { c.says(c.call(2, c.ack(`<r:AcknowledgementRange Lower="1" Upper="5"/>`))) }},
		{"the client ended it", live, func(c *client) { c.says(c.fault("SequenceTerminated", c.offer)) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				if !test.in(v) {
					return
				}
				w.service.Mux[ns+"/echo"] = w.service.Mux[ns+"/sleep"]
				c := w.created(v)
				answer := make(chan *wire, 1)
				go func() { answer <- c.says(strings.Replace(c.call(1), "<text>1<", "<text>24h<", 1)) }()
				time.Sleep(time.Second)
				test.end(c)
				m := <-answer
				require.True(w, m.IsFault())
				wantEnd(w, m, "urn:uuid:m1")
			})
		})
	}
}

// wantEnd checks that m is SequenceTerminated, whoever is to blame.
func wantEnd(w *world, m *wire, relatesTo string) {
	f := fault{code: "SequenceTerminated", detail: "Identifier{A}"}
	f.sender = strings.Contains(m.body(), "s:Sender") || strings.Contains(m.body(), "s:Client")
	f.want(w, m, relatesTo)
}

// Each fault that a client raises goes to the service, in a request of its own.
func TestFaultsRaisedByAClient(t *testing.T) {
	tooMuch := fault{code: "InvalidAcknowledgement", sender: true, detail: "SequenceAcknowledgement{Identifier{A} AcknowledgementRange[Lower=1 Upper=9]}"}
	terminated := fault{code: "SequenceTerminated", detail: "Identifier{A}"}
	for _, test := range []struct {
		name string
		run  func(w *world, p *peer, s *rm.Session)
		want fault
		code string // of the session's cause
	}{
		{"InvalidAcknowledgement", func(w *world, p *peer, s *rm.Session) {
			p.answer = func(m *wire) (string, bool) {
				return p.envelope(p.ack(`<r:AcknowledgementRange Lower="1" Upper="9"/>`)+p.answering(ns+"/echoResponse", m), p.body("x")), m.number() == 1
			}
			_, err := s.Call(w.Context(), say("echo", "x"))
			w.inDoubt(err, 1)
		}, tooMuch, "InvalidAcknowledgement"},
		{"SequenceTerminated, aborted", func(_ *world, _ *peer, s *rm.Session) { s.Abort(nil) }, terminated, ""},
		{"SequenceTerminated, retries exhausted", func(w *world, p *peer, s *rm.Session) {
			p.lose = func(m *wire) bool { return m.number() == 1 }
			_, err := s.Call(w.Context(), say("echo", "x"))
			w.inDoubt(err, 1)
			require.ErrorIs(w, err, rm.ErrUnreachable)
		}, terminated, ""},
		{"SequenceTerminated, reversed range", func(w *world, p *peer, s *rm.Session) {
			p.answer = func(m *wire) (string, bool) {
				return p.envelope(p.ack(`<r:AcknowledgementRange Lower="2" Upper="1"/>`)+p.answering(ns+"/echoResponse", m), p.body("x")), m.number() == 1
			}
			_, err := s.Call(w.Context(), say("echo", "x"))
			w.inDoubt(err, 1)
		}, fault{code: "SequenceTerminated", sender: true, detail: "Identifier{A}"}, "SequenceTerminated"},
		{"SequenceTerminated, reply 0", func(w *world, p *peer, s *rm.Session) {
			p.answer = func(m *wire) (string, bool) {
				return strings.Replace(p.reply(m), "MessageNumber>1<", "MessageNumber>0<", 1), m.number() == 1
			}
			_, err := s.Call(w.Context(), say("echo", "x"))
			w.inDoubt(err, 1)
		}, fault{code: "SequenceTerminated", sender: true, detail: "Identifier{A}"}, "SequenceTerminated"},
	} {
		t.Run(test.name, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				p := w.peer(v)
				s := w.open(v.options, func(o *rm.Options) { o.MaxRetries = 2 })
				test.run(w, p, s)
				time.Sleep(time.Second)
				said := p.said("")
				m := said[len(said)-1]
				f := test.want
				if v.wsa == soap.WSA2004 {
					// It is a request: its To is the service's.
					require.Equal(w, "http://example.org/service", m.To)
					m.root.FindElement("./Header/To").SetText(v.wsa.Anonymous())
				} else {
					f.more = append(f.more, "a:To[s:mustUnderstand=1]{http://example.org/service}")
				}
				f.want(w, m, "")
				count := 0
				for _, m := range said {
					if m.IsFault() {
						count++
					}
				}
				require.Equal(w, 1, count, "the peer is told once")
				cause, ok := errors.AsType[*rm.SequenceError](context.Cause(s.Context()))
				require.Equal(w, test.code != "", ok)
				if ok {
					require.Equal(w, test.code, cause.Code)
					require.False(w, cause.Remote)
					require.Equal(w, created, cause.Sequence)
				}
				_, err := s.Call(w.Context(), say("echo", "x"))
				w.certain(err)
				require.Len(w, p.said(""), len(said), "nothing more is said")
			})
		})
	}
}

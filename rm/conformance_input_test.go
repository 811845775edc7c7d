package rm_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
)

// WS-RM 1.1, 3.1: elements and attributes of other namespaces may stand in everything, and are passed over.
func TestRM11_3_1_Extensions(t *testing.T) {
	extend := strings.NewReplacer(
		"<r:Sequence ", `<r:Sequence x:a="1" MessageNumber="9" xmlns:x="urn:x" `,
		"<r:Identifier>", `<r:Identifier x:a="1" xmlns:x="urn:x">`,
		"<r:MessageNumber>", `<r:MessageNumber x:a="1" xmlns:x="urn:x">`,
		"</r:Sequence>", `<x:MessageNumber xmlns:x="urn:x">9</x:MessageNumber></r:Sequence>`,
		"</r:AckRequested>", `<x:x xmlns:x="urn:x"><r:Identifier>urn:uuid:not-this</r:Identifier></x:x></r:AckRequested>`,
		"</r:SequenceAcknowledgement>", `<x:x xmlns:x="urn:x"/></r:SequenceAcknowledgement>`,
		"</r:CreateSequence>", `<x:x xmlns:x="urn:x"/></r:CreateSequence>`,
		"</r:CreateSequenceResponse>", `<x:x xmlns:x="urn:x"/></r:CreateSequenceResponse>`,
		"</r:Accept>", `<x:x xmlns:x="urn:x"/></r:Accept>`,
		"</r:CloseSequence>", `<x:x xmlns:x="urn:x"/></r:CloseSequence>`,
		"</r:CloseSequenceResponse>", `<x:x xmlns:x="urn:x"/></r:CloseSequenceResponse>`,
		"</r:TerminateSequence>", `<x:x xmlns:x="urn:x"/></r:TerminateSequence>`,
		"</r:TerminateSequenceResponse>", `<x:x xmlns:x="urn:x"/></r:TerminateSequenceResponse>`,
		"<s:Header>", `<s:Header><x:header xmlns:x="urn:x"><r:Sequence/></x:header>`,
	)
	variants(t, func(w *world, v variant) {
		c := w.created(v)
		m := c.says(extend.Replace(c.call(1, c.asking(), c.ack(nothing(v)))))
		require.Equal(w, []string{inSequence("B", 1), acked(v, span(1, 1))}, m.protocol())
		require.Equal(w, []string{acked(v, span(1, 1))}, c.says(extend.Replace(c.raw.ask(c.id))).protocol())
		if v.rm == rm.RM11 {
			require.Equal(w, "CloseSequenceResponse", c.says(extend.Replace(c.last("CloseSequence", 1))).action())
		}
		m = c.says(extend.Replace(c.lifecycle("TerminateSequence", c.id)))
		require.Equal(w, by(v, "TerminateSequence", "TerminateSequenceResponse"), m.action())

		p := w.peer(v)
		p.answer = func(m *wire) (string, bool) { return extend.Replace(p.good(m)), true }
		s := w.open(v.options)
		w.echoes(s)
		w.echoes(s)
		w.close(s)
		require.Len(w, p.said("echo"), 2)
	})
}

// SOAP 1.2, 2.4; SOAP 1.1, 4.2.3: a header block for another node is not ours, be it understood or not, and whatever it is.
func TestSOAP_2_4_HeaderBlocksForOthers(t *testing.T) {
	variants(t, func(w *world, v variant) {
		role := "role"
		if v.soap == soap.V11 {
			role = "actor"
		}
		c := w.created(v)
		for i, block := range []string{
			`<h:unknown xmlns:h="urn:h" s:mustUnderstand="1" s:%s="http://example.org/other"/>`,
			`<r:Sequence s:mustUnderstand="1" s:%s="http://example.org/other"><r:Identifier>urn:uuid:other</r:Identifier><r:MessageNumber>0</r:MessageNumber></r:Sequence>`,
			`<r:SequenceAcknowledgement s:%s="http://example.org/other"><r:Identifier>` + c.offer + `</r:Identifier><r:AcknowledgementRange Lower="9" Upper="1"/></r:SequenceAcknowledgement>`,
			`<a:Action s:%s="http://example.org/other">urn:other</a:Action>`,
			`<h:unknown xmlns:h="urn:h" s:mustUnderstand="0"/><!-- %s -->`,
		} {
			m := c.says(c.call(i+1, fmt.Sprintf(block, role)))
			require.Equal(w, "echoResponse", m.action(), block)
		}
		require.Len(w, w.service.delivered(), 5)

		// For the next node, which every node is, it is ours.
		next := soap.V12.Namespace() + "/role/next"
		if v.soap == soap.V11 {
			next = "http://schemas.xmlsoap.org/soap/actor/next"
		}
		m := c.says(c.call(6, `<h:unknown xmlns:h="urn:h" s:mustUnderstand="1" s:`+role+`="`+next+`"/>`))
		require.Contains(w, m.body(), "s:MustUnderstand")
		require.Len(w, w.service.delivered(), 5)
	})
}

// Whatever has to be understood and is not keeps a client from taking anything of a message, an acknowledgement too.
func TestSOAP_2_4_ClientTakesNothingOfWhatItDoesNotUnderstand(t *testing.T) {
	variants(t, func(w *world, v variant) {
		p := w.peer(v)
		s := w.open(v.options)
		p.answer = func(m *wire) (string, bool) {
			if m.action() != "ping" || len(p.heard) > 3 {
				return "", false
			}
			return with(p.good(m), `<h:unknown xmlns:h="urn:h" s:mustUnderstand="1"/>`), true
		}
		receipt, err := s.Send(w.Context(), say("ping", "x"))
		require.NoError(w, err)
		require.NoError(w, receipt.Wait(w.Context()))
		require.Len(w, p.said("ping"), 3, "until it was understood")
	})
}

// What is wrong with the Sequence header, and what is answered. WS-RM 1.1, 3.7 and 4
func TestRM11_3_7_MalformedSequence(t *testing.T) {
	for _, test := range []struct {
		name     string
		sequence string // its content; ID stands for the identifier
		want     string // of the answer's text
		lives    func(v variant) bool
	}{
		{"no number", `<r:Identifier>ID</r:Identifier>`, "SequenceTerminated", never},
		{"empty number", `<r:Identifier>ID</r:Identifier><r:MessageNumber/>`, "SequenceTerminated", never},
		{"number 0", `<r:Identifier>ID</r:Identifier><r:MessageNumber>0</r:MessageNumber>`, "SequenceTerminated", never},
		{"negative number", `<r:Identifier>ID</r:Identifier><r:MessageNumber>-1</r:MessageNumber>`, "SequenceTerminated", never},
		{"hexadecimal number", `<r:Identifier>ID</r:Identifier><r:MessageNumber>0x1</r:MessageNumber>`, "SequenceTerminated", never},
		{"fraction", `<r:Identifier>ID</r:Identifier><r:MessageNumber>1.0</r:MessageNumber>`, "SequenceTerminated", never},
		{"two numbers", `<r:Identifier>ID</r:Identifier><r:MessageNumber>1</r:MessageNumber><r:MessageNumber>2</r:MessageNumber>`, "SequenceTerminated", never},
		{"2^63", `<r:Identifier>ID</r:Identifier><r:MessageNumber>9223372036854775808</r:MessageNumber>`, "MessageNumberRollover", only11},
		{"2^64", `<r:Identifier>ID</r:Identifier><r:MessageNumber>18446744073709551616</r:MessageNumber>`, "MessageNumberRollover", only11},
		{"a hundred digits", `<r:Identifier>ID</r:Identifier><r:MessageNumber>` + strings.Repeat("9", 100) + `</r:MessageNumber>`, "MessageNumberRollover", only11},
		// Whoever is not named is not ended.
		{"no identifier", `<r:MessageNumber>1</r:MessageNumber>`, "SequenceTerminated", live},
		{"empty identifier", `<r:Identifier> </r:Identifier><r:MessageNumber>1</r:MessageNumber>`, "SequenceTerminated", live},
		{"two identifiers", `<r:Identifier>ID</r:Identifier><r:Identifier>urn:uuid:other</r:Identifier><r:MessageNumber>1</r:MessageNumber>`, "SequenceTerminated", never},
		{"offered sequence", `<r:Identifier>OFFER</r:Identifier><r:MessageNumber>1</r:MessageNumber>`, "UnknownSequence", live},
		{"identifier with a fragment more", `<r:Identifier>ID#</r:Identifier><r:MessageNumber>1</r:MessageNumber>`, "UnknownSequence", live},
	} {
		t.Run(test.name, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				c := w.created(v)
				cause := w.watch()
				content := strings.NewReplacer("ID", c.id, "OFFER", c.offer).Replace(test.sequence)
				m := c.says(sequence.ReplaceAllLiteralString(c.call(1), `<r:Sequence s:mustUnderstand="1">`+content+`</r:Sequence>`))
				require.True(w, m.IsFault())
				require.Contains(w, m.text(), test.want)
				require.Empty(w, w.service.delivered())
				if test.lives(v) {
					require.NoError(w, cause())
					require.Equal(w, "echoResponse", c.says(c.call(1)).action())
					return
				}
				e, ok := errors.AsType[*rm.SequenceError](cause())
				require.True(w, ok, "%v", cause())
				require.Equal(w, test.want, e.Code)
				require.False(w, e.Remote)
			})
		})
	}
}

// WS-RM 1.1, 4.5: after a number that is too high, the lower ones are still accepted until the end.
func TestRM11_4_5_LowerNumbersAreStillAccepted(t *testing.T) {
	variants(t, func(w *world, v variant) {
		if v.rm == rm.RM10 {
			return
		}
		c := w.created(v)
		c.says(c.call(1))
		require.Contains(w, c.says(c.message(c.id, "9223372036854775808", "urn:uuid:x", v.wsa.Anonymous())).text(), "MessageNumberRollover")
		require.Equal(w, []string{inSequence("B", 2), acked(v, span(1, 2))}, c.says(c.call(2)).protocol())
		require.Equal(w, "CloseSequenceResponse", c.says(c.last("CloseSequence", 2)).action())
	})
}

// The values of RM elements may be padded, and split by comments and CDATA sections.
func TestRM11_3_7_ValuesAsXMLAllowsThem(t *testing.T) {
	variants(t, func(w *world, v variant) {
		c := w.created(v)
		for i, edit := range []*strings.Replacer{
			strings.NewReplacer("<r:Identifier>", "<r:Identifier>\n\t ", "</r:MessageNumber>", " \r\n</r:MessageNumber>"),
			strings.NewReplacer("<r:Identifier>urn:", "<r:Identifier><![CDATA[urn:]]>", "<r:MessageNumber>", "<r:MessageNumber>00000000000000000000"),
			strings.NewReplacer("<r:Identifier>urn:", "<r:Identifier>u<!-- x -->r&#x6e;:"),
		} {
			require.Equal(w, "echoResponse", c.says(edit.Replace(c.call(i+1))).action(), i)
		}
		// The prefixes are the sender's choice, none included.
		request := strings.NewReplacer("<r:Sequence ", `<Sequence xmlns="`+rmNamespace(v.rm)+`" `, "<r:", "<", "</r:", "</").Replace(c.call(4))
		require.Equal(w, "echoResponse", c.says(request).action())
	})
}

// A body of one version with headers of the other is neither.
func TestRM11_1_VersionsDoNotMix(t *testing.T) {
	variants(t, func(w *world, v variant) {
		other := rmNamespace(rm.RM10 + rm.RM11 - v.rm)
		c := w.created(v)
		for _, request := range []string{
			strings.Replace(c.lifecycle("TerminateSequence", c.id), "<r:TerminateSequence>", `<r:TerminateSequence xmlns:r="`+other+`">`, 1),
			strings.Replace(c.raw.ask(c.id), rmNamespace(v.rm)+"/AckRequested", other+"/AckRequested", 1),
			strings.Replace(c.raw.ask(c.id), "<r:AckRequested>", `<r:AckRequested xmlns:r="`+other+`">`, 1),
		} {
			m := c.says(request)
			require.NotNil(w, m)
			require.True(w, m.IsFault(), request)
		}
		require.Empty(w, w.service.delivered())
	})
}

// Lifecycle messages that are not what their schema says.
func TestRM11_3_5_MalformedLifecycleMessages(t *testing.T) {
	for _, test := range []struct {
		name string
		edit func(c *client) string
		want string
	}{
		{"no Identifier", func(c *client) string { return without(c.lifecycle("TerminateSequence", c.id), "r:Identifier") }, "SequenceTerminated"},
		{"two Identifiers", func(c *client) string {
			return strings.Replace(c.lifecycle("TerminateSequence", c.id), "</r:Identifier>", "</r:Identifier><r:Identifier>urn:uuid:x</r:Identifier>", 1)
		}, "SequenceTerminated"},
		{"LastMsgNumber 0", func(c *client) string { return c.last("TerminateSequence", 0) }, "SequenceTerminated"},
		{"LastMsgNumber that is none", func(c *client) string {
			return strings.Replace(c.last("TerminateSequence", 7), ">7<", ">seven<", 1)
		}, "SequenceTerminated"},
		{"LastMsgNumber too high", func(c *client) string {
			return strings.Replace(c.last("TerminateSequence", 7), ">7<", ">9223372036854775808<", 1)
		}, "SequenceTerminated"},
		{"another body", func(c *client) string {
			return strings.ReplaceAll(c.lifecycle("TerminateSequence", c.id), "r:TerminateSequence>", "r:TerminateSequenceResponse>")
		}, "SequenceTerminated"},
	} {
		t.Run(test.name, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				if v.rm == rm.RM10 && strings.Contains(test.name, "LastMsgNumber") {
					return
				}
				c := w.created(v)
				m := c.says(test.edit(c))
				require.True(w, m.IsFault())
				require.Contains(w, m.text(), test.want)
			})
		})
	}
}

// A client's messages for a sequence that is not, or no longer, there.
func TestRM11_4_3_SequencesThatAreNotThere(t *testing.T) {
	variants(t, func(w *world, v variant) {
		c := w.created(v)
		c.says(c.call(1))
		c.says(c.lifecycle("TerminateSequence", c.id))
		// While the server remembers, what was accepted is acknowledged, and the rest is terminated.
		require.Equal(w, []string{final(v, span(1, 1))}, c.says(c.call(1)).protocol())
		require.Contains(w, c.says(c.call(2)).text(), "SequenceTerminated")
		require.Nil(w, c.says(c.alone("SequenceAcknowledgement", c.offer, `<r:AcknowledgementRange Lower="1" Upper="1"/>`)))
		// Then it is as unknown as any other.
		time.Sleep(6 * time.Minute)
		for _, request := range []string{c.call(1), c.call(2), c.raw.ask(c.id), c.lifecycle("TerminateSequence", c.id)} {
			require.Contains(w, c.says(request).text(), "UnknownSequence")
		}
		require.Equal(w, []string{"1"}, w.service.delivered())
	})
}

// To anybody but its creator a sequence is unknown: nothing that he sends has an effect.
func TestRM11_5_SequencesOfSomebodyElse(t *testing.T) {
	variants(t, func(w *world, v variant) {
		w.link.as("alice")
		c := w.created(v)
		c.says(c.call(1))
		w.link.as("mallory")
		for _, request := range []string{
			c.call(1), c.call(2), c.call(0), c.raw.ask(c.id), c.lifecycle("TerminateSequence", c.id), c.lifecycle("TerminateSequence", c.offer),
			c.alone("SequenceAcknowledgement", c.offer, `<r:AcknowledgementRange Lower="1" Upper="1"/>`),
			c.alone("SequenceAcknowledgement", c.offer, `<r:AcknowledgementRange Lower="1" Upper="99"/>`),
		} {
			m := c.says(request)
			require.Contains(w, m.text(), "UnknownSequence")
			require.Empty(w, m.headers("SequenceAck"), "no acknowledgement tells how far it is")
		}
		require.Nil(w, c.says(c.fault("SequenceTerminated", c.id)))
		w.link.as("alice")
		require.Equal(w, "echoResponse", c.says(c.call(2)).action())
		require.Equal(w, []string{"1", "2"}, w.service.delivered())
	})
}

// Acknowledgements that end the session of a server.
func TestRM11_4_4_AcknowledgementsThatEndTheServersSession(t *testing.T) {
	for _, test := range []struct{ name, content, code string }{
		{"beyond what was sent", `<r:AcknowledgementRange Lower="1" Upper="2"/>`, "InvalidAcknowledgement"},
		{"2^64-1", `<r:AcknowledgementRange Lower="1" Upper="18446744073709551615"/>`, "InvalidAcknowledgement"},
		{"reversed", `<r:AcknowledgementRange Lower="3" Upper="1"/>`, "SequenceTerminated"},
		{"from 0", `<r:AcknowledgementRange Lower="0" Upper="1"/>`, "SequenceTerminated"},
		{"negative", `<r:AcknowledgementRange Lower="-1" Upper="1"/>`, "SequenceTerminated"},
		{"empty", ``, "SequenceTerminated"},
		{"Nack beside Final", `<r:Nack>1</r:Nack><r:Final/>`, ""}, // in 2005/02 Final is nothing
		{"more ranges than are read", manyRanges, "SequenceTerminated"},
	} {
		t.Run(test.name, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				if tooSlow(test.content, v) {
					return
				}
				c := w.created(v)
				cause := w.watch()
				c.says(c.call(1))
				m := c.says(c.call(2, c.ack(test.content)))
				code := test.code
				if code == "" {
					code = by(v, "", "SequenceTerminated")
				}
				if code == "" {
					require.Equal(w, "echoResponse", m.action())
					return
				}
				require.Contains(w, m.text(), code)
				require.Error(w, cause())
				require.Equal(w, []string{"1"}, w.service.delivered())
			})
		})
	}
}

// WS-RM 1.1, 3.9: an acknowledgement on a request counts for the replies, a stand-alone one as well.
func TestRM11_3_9_ServerTakesAcknowledgements(t *testing.T) {
	variants(t, func(w *world, v variant) {
		c := w.created(v)
		for n := 1; n <= 4; n++ {
			c.says(c.call(n))
		}
		stored := func() int {
			for s := range w.server.Sessions() {
				return s.Stats().StoredReplies
			}
			return -1
		}
		require.Equal(w, 4, stored())
		require.Nil(w, c.says(c.alone("SequenceAcknowledgement", c.offer, `<r:AcknowledgementRange Lower="2" Upper="2"/>`)))
		require.Equal(w, 3, stored())
		c.says(with(c.raw.ask(c.id), c.ack(`<r:AcknowledgementRange Lower="1" Upper="1"/>`)))
		require.Equal(w, 2, stored(), "an older acknowledgement takes nothing back")
		require.Equal(w, "SequenceAcknowledgement", c.says(c.call(2)).action())
		require.Equal(w, []string{"echoResponse", "echoResponse"}, []string{c.says(c.call(3)).action(), c.says(c.call(4)).action()})
		c.says(c.call(3, c.ack(`<r:Nack>3</r:Nack>`)))
		require.Equal(w, 2, stored(), "Nack acknowledges nothing")
		c.says(with(c.raw.ask(c.id), c.ack(`<r:AcknowledgementRange Lower="1" Upper="4"/>`)))
		require.Zero(w, stored())
		require.True(w, slices.Equal([]string{"1", "2", "3", "4"}, w.service.delivered()))
	})
}

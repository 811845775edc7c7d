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
	"github.com/gowsrm/wsrm/window"
)

func TestRM11_3_7_NumbersBeginAt1AndRiseBy1(t *testing.T) {
	variants(t, func(w *world, v variant) {
		p := w.peer(v)
		s := w.open(v.options)
		for i := 1; i <= 20; i++ {
			if i%3 == 0 {
				receipt, err := s.Send(w.Context(), say("ping", fmt.Sprint(i)))
				require.NoError(w, err)
				require.EqualValues(w, i, receipt.Number())
				require.NoError(w, s.Flush(w.Context()))
			} else {
				_, err := s.Call(w.Context(), say("echo", fmt.Sprint(i)))
				require.NoError(w, err)
			}
		}
		for i, m := range p.said("")[1:] {
			// WS-RM 1.1, 3.7: the first message has the number 1, and each further one the number of the one before and 1.
			// WS-RM 1.1, 3.7: Sequence must be understood, and there is one in a message.
			require.Equal(w, []string{inSequence("A", i+1)}, m.headers("Sequence["))
			// WS-RM 1.1, 3.7: in the order in which the application gave them.
			require.Contains(w, m.body(), fmt.Sprintf("text{%d}", i+1))
		}
	})
}

func TestRM11_3_7_RepliesBeginAt1AndRiseBy1(t *testing.T) {
	variants(t, func(w *world, v variant) {
		c := w.created(v)
		reply := 0
		for n := 1; n <= 6; n++ {
			if n%2 == 0 {
				require.Equal(w, []string{acked(v, span(1, window.Number(n)))}, c.says(c.oneWay(n)).protocol())
				continue
			}
			reply++
			m := c.says(c.call(n))
			require.Equal(w, []string{inSequence("B", reply), acked(v, span(1, window.Number(n)))}, m.protocol())
			require.Equal(w, fmt.Sprint("urn:uuid:m", n), m.RelatesTo)
		}
	})
}

func TestRM11_3_7_RepeatKeepsNumberIdentityAndBody(t *testing.T) {
	variants(t, func(w *world, v variant) {
		p := w.peer(v)
		s := w.open(v.options)
		w.echoes(s) // a reply, whose acknowledgement rides on what follows
		p.lose = func(m *wire) bool { return m.number() == 2 && len(p.heard) < 6 }
		_, err := s.Call(w.Context(), say("echo", "again and again"))
		require.NoError(w, err)
		p.lose = nil
		w.echoes(s)
		said := p.said("echo")
		require.Len(w, said, 6)
		for _, m := range said[1:5] {
			// WS-RM 1.1, 2.3: a message that is transmitted again has the same number, and is the same message.
			require.Equal(w, said[1].body(), m.body())
			require.Equal(w, said[1].headers(), m.headers())
			require.Equal(w, []string{inSequence("A", 2), acknowledges("B", v, false, span(1, 1))}, m.protocol())
		}
		require.NotEqual(w, said[0].MessageID, said[1].MessageID)
	})
}

// The reply is repeated with its number and MessageID as well, to whom it was lost for; the acknowledgement is up to date.
func TestRM11_3_7_RepliesAreRepeated(t *testing.T) {
	variants(t, func(w *world, v variant) {
		c := w.created(v)
		first := c.says(c.call(1))
		require.Equal(w, "echoResponse", c.says(c.call(2)).action())
		again := c.says(c.call(1))
		require.Equal(w, first.body(), again.body())
		require.Equal(w, []string{inSequence("B", 1), acked(v, span(1, 2))}, again.protocol())
		require.Equal(w, first.RelatesTo, again.RelatesTo)
		require.Equal(w, first.MessageID, again.MessageID)
		require.Equal(w, []string{"1", "2"}, w.service.delivered(), "each was delivered once")

		// Once it is acknowledged it is gone: the repeat is acknowledged.
		m := c.says(c.call(1, c.ack(`<r:AcknowledgementRange Lower="1" Upper="1"/>`)))
		require.Equal(w, []string{acked(v, span(1, 2))}, m.protocol())
		require.Equal(w, "SequenceAcknowledgement", m.action())
		require.Empty(w, m.body())
		require.Len(w, w.service.delivered(), 2)
	})
}

func TestRM11_3_7_LifecycleMessagesHaveNoNumber(t *testing.T) {
	variants(t, func(w *world, v variant) {
		p := w.peer(v)
		s := w.open(v.options)
		w.echoes(s)
		w.close(s)
		for _, m := range p.said("") {
			if m.action() != "echo" && m.action() != "LastMessage" {
				require.Empty(w, m.headers("Sequence["), m.action())
			}
		}
		c := w.created(v)
		for _, request := range []string{c.raw.ask(c.id), c.lifecycle("TerminateSequence", c.id)} {
			require.Empty(w, c.says(request).headers("Sequence["))
		}
	})
}

// WS-RM 1.1, 3.2: of each header block there is at most one. WCF: it understands no second one.
func TestRM11_3_2_OneHeaderBlockOfEachKind(t *testing.T) {
	variants(t, func(w *world, v variant) {
		p := w.peer(v)
		p.lose = func(m *wire) bool { return len(p.heard)%3 == 0 }
		s := w.open(v.options)
		for range 10 {
			_, err := s.Send(w.Context(), say("ping", "x"))
			require.NoError(w, err)
			w.echoes(s)
		}
		w.close(s)
		count := 0
		for _, m := range p.said("") {
			for _, name := range []string{"Sequence[", "SequenceAcknowledgement{", "AckRequested{"} {
				require.LessOrEqual(w, len(m.headers(name)), 1)
				count += len(m.headers(name))
			}
		}
		require.Greater(w, count, 40)
	})
}

func TestRM11_3_8_AckRequestedIsAnswered(t *testing.T) {
	variants(t, func(w *world, v variant) {
		c := w.created(v)
		wantAck := func(m *wire, want string) {
			w.Helper()
			// WS-RM 1.1, 3.8: the destination answers with a SequenceAcknowledgement for that sequence.
			require.Equal(w, "RM/SequenceAcknowledgement", m.names.Replace(m.Action))
			require.Equal(w, []string{want}, m.protocol())
			require.Empty(w, m.body())
		}
		wantAck(c.says(c.raw.ask(c.id)), acked(v))
		c.says(c.call(1))
		wantAck(c.says(c.raw.ask(c.id)), acked(v, span(1, 1)))
		// It may ride on a message, which says the same.
		wantAck(c.says(c.oneWay(2, c.asking())), acked(v, span(1, 2)))
		m := c.says(c.call(3, c.asking()))
		require.Equal(w, []string{inSequence("B", 2), acked(v, span(1, 3))}, m.protocol())
		// WS-RM 2005/02, 3.3: a number in it is a hint that nobody needs; its schema names it otherwise than its text.
		for _, hint := range []string{"<r:MessageNumber>9</r:MessageNumber>", "<r:MaxMessageNumberUsed>9</r:MaxMessageNumberUsed>", `<x:x xmlns:x="urn:x"/>`} {
			wantAck(c.says(strings.Replace(c.raw.ask(c.id), "</r:Identifier>", "</r:Identifier>"+hint, 1)), acked(v, span(1, 3)))
		}
		// WS-RM 1.1, 3.5: after the end it is final.
		if v.rm == rm.RM11 {
			c.says(c.lifecycle("CloseSequence", c.id))
			wantAck(c.says(c.raw.ask(c.id)), final(v, span(1, 3)))
		}
		c.says(c.lifecycle("TerminateSequence", c.id))
		wantAck(c.says(c.raw.ask(c.id)), final(v, span(1, 3)))
	})
}

// A server that asks for the acknowledgement of its replies gets one.
func TestRM11_3_8_ClientAnswersAckRequested(t *testing.T) {
	variants(t, func(w *world, v variant) {
		p := w.peer(v)
		s := w.open(v.options)
		p.answer = func(m *wire) (string, bool) {
			if m.number() == 0 {
				return "", false
			}
			return with(p.good(m), "<r:AckRequested><r:Identifier>"+p.offer+"</r:Identifier></r:AckRequested>"), true
		}
		w.echoes(s)
		w.echoes(s)
		require.Equal(w, []string{inSequence("A", 2), acknowledges("B", v, false, span(1, 1))}, p.said("echo")[1].protocol())
		w.close(s)
	})
}

func TestRM11_3_9_AcknowledgementsAreCumulativeMergedAndAscending(t *testing.T) {
	variants(t, func(w *world, v variant) {
		c := w.created(v)
		for _, step := range []struct {
			n    int
			want []window.Range
		}{
			{5, []window.Range{span(5, 5)}},
			{2, []window.Range{span(2, 2), span(5, 5)}},
			{9, []window.Range{span(2, 2), span(5, 5), span(9, 9)}},
			{3, []window.Range{span(2, 3), span(5, 5), span(9, 9)}},
			{4, []window.Range{span(2, 5), span(9, 9)}},
			{4, []window.Range{span(2, 5), span(9, 9)}}, // a repeat adds nothing
			{1, []window.Range{span(1, 5), span(9, 9)}},
			{8, []window.Range{span(1, 5), span(8, 9)}},
			{6, []window.Range{span(1, 6), span(8, 9)}},
			{7, []window.Range{span(1, 9)}},
		} {
			// WS-RM 1.1, 3.9: each acknowledgement lists all numbers that were accepted, and none else. Ranges do not overlap.
			require.Equal(w, []string{acked(v, step.want...)}, c.says(c.oneWay(step.n)).protocol())
			require.Equal(w, []string{acked(v, step.want...)}, c.says(c.raw.ask(c.id)).protocol())
		}
		time.Sleep(time.Second)
		require.Equal(w, []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}, w.service.delivered(), "each once, and in order")
	})
}

func TestRM11_3_9_NothingThatWasNotAcceptedIsAcknowledged(t *testing.T) {
	for _, test := range []struct {
		name string
		edit func(c *client, request string) string
	}{
		{"not understood", func(_ *client, r string) string { return with(r, `<h:unknown xmlns:h="urn:h" s:mustUnderstand="1"/>`) }},
		{"answer wanted elsewhere", func(c *client, _ string) string { return c.message(c.id, "1", "urn:uuid:m1", "http://example.org/me") }},
		{"a second Sequence", func(_ *client, r string) string { return with(r, sequence.FindString(r)) }},
		{"beyond the span", func(c *client, _ string) string { return c.oneWay(100_000) }},
		{"2^63-1", func(c *client, _ string) string { return c.message(c.id, "9223372036854775807", "", "") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				c := w.created(v)
				c.says(test.edit(c, c.call(1)))
				// WS-RM 1.1, 3.9: only what was accepted is acknowledged; None says that nothing was (2005/02, WCF: 0-0).
				require.Equal(w, []string{acked(v)}, c.says(c.raw.ask(c.id)).protocol())
				require.Empty(w, w.service.delivered())
				require.Equal(w, []string{inSequence("B", 1), acked(v, span(1, 1))}, c.says(c.call(1)).protocol(), "it may come again, as it should be")
			})
		})
	}
}

// WCF: BufferRemaining is the last child, and tells the room in the buffer.
func TestRM11_3_9_BufferRemainingIsTheLastChild(t *testing.T) {
	variants(t, func(w *world, v variant) {
		w.server.Options.Window = 4
		c := w.created(v)
		room := func(m *wire) string {
			w.Helper()
			acks := m.headers("SequenceAcknowledgement")
			require.Len(w, acks, 1)
			require.Regexp(w, `^SequenceAcknowledgement\{Identifier\{A\} .* n:BufferRemaining\{\d\}\}$`, acks[0])
			return acks[0][len(acks[0])-3 : len(acks[0])-2]
		}
		require.Equal(w, "4", room(c.says(c.raw.ask(c.id))))
		require.Equal(w, "3", room(c.says(c.oneWay(2))), "2 waits for 1")
		require.Equal(w, "2", room(c.says(c.oneWay(4))))
		require.Equal(w, "1", room(c.says(c.oneWay(3))))
		c.says(c.call(1))
		time.Sleep(time.Second)
		require.Equal(w, "4", room(c.says(c.raw.ask(c.id))), "all were delivered")
		if v.rm == rm.RM11 {
			m := c.says(c.lifecycle("CloseSequence", c.id))
			require.Equal(w, "4", room(m), "behind Final too")
			require.Contains(w, m.headers("SequenceAck")[0], "Final n:Buffer")
		}
	})
}

// The client obeys BufferRemaining, and asks for room with AckRequested.
func TestRM11_3_8_ClientAsksForRoom(t *testing.T) {
	variants(t, func(w *world, v variant) {
		p := w.peer(v)
		s := w.open(v.options)
		room := 0
		p.answer = func(m *wire) (string, bool) {
			return strings.Replace(p.good(m), "</r:SequenceAcknowledgement>", fmt.Sprintf(`<n:BufferRemaining xmlns:n="http://schemas.microsoft.com/ws/2006/05/rm">%d</n:BufferRemaining></r:SequenceAcknowledgement>`, room), 1), true
		}
		w.echoes(s)
		began := time.Now()
		go func() {
			time.Sleep(5 * time.Second)
			p.mu.Lock()
			defer p.mu.Unlock()
			room = 1
		}()
		w.echoes(s)
		require.GreaterOrEqual(w, time.Since(began), 5*time.Second)
		asked := p.said("AckRequested")
		require.Greater(w, len(asked), 2)
		for _, m := range asked {
			require.Equal(w, "RM/AckRequested", m.names.Replace(m.Action))
			require.Empty(w, m.body())
			require.ElementsMatch(w, []string{"AckRequested{Identifier{A}}", acknowledges("B", v, false, span(1, 1))}, m.protocol())
		}
	})
}

func TestRM11_3_9_ClientTakesEveryFormOfAcknowledgement(t *testing.T) {
	for _, test := range []struct {
		name    string
		in      func(v variant) bool
		content string // in the acknowledgement of messages 1 to 3; 3 is being answered
		acked   []window.Number
	}{
		{"one range", live, `<r:AcknowledgementRange Lower="1" Upper="3"/>`, []window.Number{1, 2, 3}},
		{"Upper before Lower", live, `<r:AcknowledgementRange Upper="3" Lower="1"/>`, []window.Number{1, 2, 3}},
		{"several ranges", live, `<r:AcknowledgementRange Lower="1" Upper="1"/><r:AcknowledgementRange Lower="3" Upper="3"/>`, []window.Number{1, 3}},
		{"descending", live, `<r:AcknowledgementRange Lower="3" Upper="3"/><r:AcknowledgementRange Lower="1" Upper="2"/>`, []window.Number{1, 2, 3}},
		{"overlapping", live, `<r:AcknowledgementRange Lower="1" Upper="2"/><r:AcknowledgementRange Lower="2" Upper="3"/><r:AcknowledgementRange Lower="1" Upper="3"/>`, []window.Number{1, 2, 3}},
		{"with foreign elements", live, `<x:x xmlns:x="urn:x"><r:AcknowledgementRange Lower="1" Upper="99"/></x:x><r:AcknowledgementRange Lower="3" Upper="3" x:y="1" xmlns:x="urn:x"/><x:z xmlns:x="urn:x"/>`, []window.Number{3}},
		{"with leading zeros and space", live, `<r:AcknowledgementRange Lower=" 01 " Upper="003"/>`, []window.Number{1, 2, 3}},
		{"None behind ranges: CXF", only11, `<r:AcknowledgementRange Lower="1" Upper="3"/><r:None/>`, []window.Number{1, 2, 3}},
		{"Final before ranges: gSOAP", only11, `<r:Final/><r:AcknowledgementRange Lower="1" Upper="3"/>`, []window.Number{1, 2, 3}},
		{"nothing", live, "NOTHING", nil},
		{"Nack", live, `<r:Nack>1</r:Nack><r:Nack>2</r:Nack>`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				if !test.in(v) {
					return
				}
				// WS-RM 1.1, 3.9: what an acknowledgement lists has arrived, and is not sent again.
				p := w.peer(v)
				s := w.open(v.options)
				p.lose = func(m *wire) bool { return m.number() == 1 || m.number() == 2 }
				receipts := map[window.Number]*rm.Receipt{}
				for range 2 {
					r, err := s.Send(w.Context(), say("ping", "x"))
					require.NoError(w, err)
					receipts[r.Number()] = r
				}
				time.Sleep(50 * time.Millisecond)
				p.answer = func(m *wire) (string, bool) {
					if m.number() != 3 {
						return "", false
					}
					content := strings.ReplaceAll(test.content, "NOTHING", nothing(v))
					return p.envelope(p.ack(content)+p.sequence(3, "")+p.answering(ns+"/echoResponse", m), p.body("x")), true
				}
				_, err := s.Call(w.Context(), say("echo", "x"))
				require.NoError(w, err)
				for n, r := range receipts {
					select {
					case <-r.Done():
						require.True(w, slices.Contains(test.acked, n), "%d is acknowledged", n)
						require.NoError(w, r.Wait(w.Context()))
					default:
						require.False(w, slices.Contains(test.acked, n), "%d is not acknowledged", n)
					}
				}
				require.NoError(w, s.Context().Err())
			})
		})
	}
}

func TestRM11_3_9_AcknowledgementsThatEndTheClientsSession(t *testing.T) {
	for _, test := range []struct{ name, content, code string }{
		{"beyond what was sent", `<r:AcknowledgementRange Lower="1" Upper="2"/>`, "InvalidAcknowledgement"},
		{"far beyond", `<r:AcknowledgementRange Lower="1" Upper="18446744073709551615"/>`, "InvalidAcknowledgement"},
		{"2^63-1", `<r:AcknowledgementRange Lower="9223372036854775807" Upper="9223372036854775807"/>`, "InvalidAcknowledgement"},
		{"reversed", `<r:AcknowledgementRange Lower="3" Upper="1"/>`, "SequenceTerminated"},
		{"from 0", `<r:AcknowledgementRange Lower="0" Upper="1"/>`, "SequenceTerminated"},
		{"negative", `<r:AcknowledgementRange Lower="-1" Upper="1"/>`, "SequenceTerminated"},
		{"no number", `<r:AcknowledgementRange Lower="" Upper="1"/>`, "SequenceTerminated"},
		{"no Upper", `<r:AcknowledgementRange Lower="1"/>`, "SequenceTerminated"},
		{"qualified attributes", `<r:AcknowledgementRange r:Lower="1" r:Upper="1"/>`, "SequenceTerminated"},
		{"Nack beside ranges", `<r:AcknowledgementRange Lower="1" Upper="1"/><r:Nack>2</r:Nack>`, "SequenceTerminated"},
		{"Nack 0", `<r:Nack>0</r:Nack>`, "SequenceTerminated"},
		{"empty", ``, "SequenceTerminated"},
		{"more ranges than are read", manyRanges, "SequenceTerminated"},
	} {
		t.Run(test.name, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				if tooSlow(test.content, v) {
					return
				}
				// WS-RM 1.1, 4.4: an acknowledgement that breaks the rules is answered with a fault, and nothing of it counts.
				p := w.peer(v)
				s := w.open(v.options)
				p.answer = func(m *wire) (string, bool) {
					return p.envelope(p.ack(test.content)+p.answering(ns+"/echoResponse", m), p.body("x")), m.number() == 1
				}
				_, err := s.Call(w.Context(), say("echo", "x"))
				doubt := w.inDoubt(err, 1)
				cause, ok := errors.AsType[*rm.SequenceError](doubt.Err)
				require.True(w, ok, "%v", doubt.Err)
				require.Equal(w, test.code, cause.Code)
				require.False(w, cause.Remote)
				require.Zero(w, s.Stats().Acknowledged)
				time.Sleep(time.Second)
				said := p.said("")
				require.Contains(w, said[len(said)-1].text(), test.code)
			})
		})
	}
}

// manyRanges are as many as an envelope may hold, nearly.
var manyRanges = strings.Repeat(`<r:AcknowledgementRange Lower="1" Upper="1"/>`, 90_000)

// tooSlow leaves manyRanges to one variant of each version of the protocol.
func tooSlow(content string, v variant) bool {
	return len(content) == len(manyRanges) && (v.soap != soap.V12 || v.wsa != soap.WSA10)
}

// WS-RM 1.1, 3.9: messages overtake each other, so that a smaller acknowledgement may come after a larger one. What was
// acknowledged stays so.
func TestRM11_3_9_OlderAcknowledgementsTakeNothingBack(t *testing.T) {
	variants(t, func(w *world, v variant) {
		p := w.peer(v)
		s := w.open(v.options)
		w.echoes(s)
		w.echoes(s)
		p.answer = func(m *wire) (string, bool) {
			return p.envelope(p.ack(`<r:AcknowledgementRange Lower="1" Upper="1"/>`)+p.sequence(3, "")+p.answering(ns+"/echoResponse", m), p.body("x")), m.number() == 3
		}
		w.echoes(s)
		p.answer = func(m *wire) (string, bool) {
			return p.envelope(p.ack(nothing(v))+p.sequence(4, "")+p.answering(ns+"/echoResponse", m), p.body("x")), m.number() == 4
		}
		w.echoes(s)
		time.Sleep(time.Minute)
		require.Len(w, p.said("echo"), 4, "nothing is sent again")
		require.NoError(w, s.Context().Err())
		w.close(s)
	})
}

// WS-RM 1.1, 3.9: an acknowledgement of another sequence says nothing of this one. CXF writes them, and refuses a message
// that has one which it does not know: none is ever written.
func TestRM11_3_9_AcknowledgementsOfOtherSequencesAreIgnored(t *testing.T) {
	variants(t, func(w *world, v variant) {
		p := w.peer(v)
		s := w.open(v.options)
		p.answer = func(m *wire) (string, bool) {
			if m.number() == 0 {
				return "", false
			}
			return with(p.good(m), `<r:SequenceAcknowledgement><r:Identifier>urn:uuid:other</r:Identifier><r:AcknowledgementRange Lower="1" Upper="99"/></r:SequenceAcknowledgement>`), true
		}
		w.echoes(s)
		w.close(s)

		c := w.created(v)
		m := c.says(c.call(1, `<r:SequenceAcknowledgement><r:Identifier>urn:uuid:other</r:Identifier><r:AcknowledgementRange Lower="1" Upper="99"/></r:SequenceAcknowledgement>`))
		require.Equal(w, []string{inSequence("B", 1), acked(v, span(1, 1))}, m.protocol())
	})
}

// WS-RM 1.1, 3.9: a client acknowledges replies with what it sends anyway, and at the end.
func TestRM11_3_9_RepliesAreAcknowledged(t *testing.T) {
	variants(t, func(w *world, v variant) {
		p := w.peer(v)
		s := w.open(v.options)
		for i := range 4 {
			w.echoes(s)
			want := []string{inSequence("A", i+1)}
			if i > 0 {
				want = append(want, acknowledges("B", v, false, span(1, window.Number(i))))
			}
			require.Equal(w, want, p.said("echo")[i].protocol())
		}
		w.close(s)
		said := p.said("")
		require.Equal(w, []string{acknowledges("B", v, true, span(1, by[window.Number](v, 5, 4)))}, said[len(said)-1].protocol())
	})
}

// WS-RM 1.1, 3.7: the reply number that was used for another call answers nothing.
func TestRM11_3_7_ReplyNumberUsedTwice(t *testing.T) {
	variants(t, func(w *world, v variant) {
		p := w.peer(v)
		s := w.open(v.options)
		w.echoes(s)
		tries := 0
		p.answer = func(m *wire) (string, bool) {
			if m.number() == 2 {
				tries++
				p.replies[2] = tries // 1 is the number of the reply to the first call
			}
			return "", false
		}
		reply, err := s.Call(w.Context(), say("echo", "x"))
		require.NoError(w, err)
		require.Equal(w, "reply to 2", heard(w, reply))
		require.Len(w, p.said("echo"), 3, "it was sent again")
	})
}

// WS-RM 1.1, 3.7: without an offer there is no sequence for replies. They come as they are, and are repeated all the same.
func TestRM11_3_7_RepliesWithoutOffer(t *testing.T) {
	variants(t, func(w *world, v variant) {
		c := w.client(v)
		c.id = identifier.FindStringSubmatch(c.text(c.send(c.create("urn:uuid:create", false))))[1]
		for range 2 {
			m := c.says(c.call(1))
			require.Equal(w, "echoResponse", m.action())
			require.Equal(w, []string{acked(v, span(1, 1))}, m.protocol())
			require.Equal(w, "urn:uuid:m1", m.RelatesTo)
		}
		require.Equal(w, []string{"1"}, w.service.delivered())
	})
}

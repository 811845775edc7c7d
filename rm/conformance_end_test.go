package rm_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/window"
)

func TestRM11_3_5_ClientCloses(t *testing.T) {
	for _, messages := range []int{0, 3} {
		t.Run(fmt.Sprint(messages), func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				if v.rm == rm.RM10 {
					return
				}
				p := w.peer(v)
				s := w.open(v.options)
				for range messages {
					w.echoes(s)
				}
				lost := map[string]bool{}
				p.lose = func(m *wire) bool { // each once
					l := lost[m.action()]
					lost[m.action()] = true
					return !l
				}
				w.close(s)
				// WS-RM 1.1, 3.5 and 3.6: LastMsgNumber is the highest number, the same in both, and absent if there was no message.
				last, replies := "", []window.Range(nil)
				if messages > 0 {
					last, replies = " LastMsgNumber{3}", []window.Range{span(1, 3)}
				}
				ended := p.said("")[1+messages:]
				require.Len(w, ended, 4, "each is repeated until it is answered")
				for i, m := range ended {
					name := []string{"CloseSequence", "CloseSequence", "TerminateSequence", "TerminateSequence"}[i]
					require.Equal(w, name+"{Identifier{A}"+last+"}", m.body())
					require.Equal(w, "RM/"+name, m.names.Replace(m.Action))
					require.NotEmpty(w, m.MessageID)
					require.Equal(w, ended[i/2*2].MessageID, m.MessageID, "a repeat is the same message")
					// WS-RM 1.1, 3.5: the destination of the replies takes no more, and says so with Final.
					require.Equal(w, []string{acknowledges("B", v, true, replies...)}, m.protocol())
				}
			})
		})
	}
}

func TestRM11_3_5_ServerCloses(t *testing.T) {
	variants(t, func(w *world, v variant) {
		if v.rm == rm.RM10 {
			return
		}
		c := w.created(v)
		c.says(c.call(1))
		c.says(c.oneWay(2))
		wantEnd := func(m *wire, name, relatesTo string) {
			w.Helper()
			// WS-RM 1.1, 3.5: the answer names the sequence, and all that is said of it from now on has the final acknowledgement.
			require.Equal(w, name+"{Identifier{A}}", m.body())
			require.Equal(w, "RM/"+name, m.names.Replace(m.Action))
			require.Equal(w, []string{final(v, span(1, 2))}, m.protocol())
			require.Equal(w, relatesTo, m.RelatesTo)
		}
		closing, ending := c.last("CloseSequence", 2), c.last("TerminateSequence", 2)
		wantEnd(c.says(closing), "CloseSequenceResponse", "urn:uuid:CloseSequence")
		wantEnd(c.says(closing), "CloseSequenceResponse", "urn:uuid:CloseSequence")
		wantEnd(c.says(strings.Replace(closing, "urn:uuid:CloseSequence", "urn:uuid:again", 1)), "CloseSequenceResponse", "urn:uuid:again")
		require.Equal(w, []string{final(v, span(1, 2))}, c.says(c.raw.ask(c.id)).protocol())
		// WS-RM 1.1, 3.5: what was accepted is answered as before, a repeat with its reply; nothing new is accepted.
		require.Equal(w, []string{inSequence("B", 1), final(v, span(1, 2))}, c.says(c.call(1)).protocol())
		require.Equal(w, []string{final(v, span(1, 2))}, c.says(c.oneWay(2)).protocol())
		require.Equal(w, []string{"SequenceAcknowledgement{Identifier{A} AcknowledgementRange[Lower=1 Upper=2] Final n:BufferRemaining{64}}"},
			c.says(c.call(3)).headers("SequenceAck"))
		// WS-RM 1.1, 3.6: the same for TerminateSequence, whose repeats are answered when all else is forgotten.
		wantEnd(c.says(ending), "TerminateSequenceResponse", "urn:uuid:TerminateSequence")
		wantEnd(c.says(ending), "TerminateSequenceResponse", "urn:uuid:TerminateSequence")
		wantEnd(c.says(closing), "CloseSequenceResponse", "urn:uuid:CloseSequence")
		require.Equal(w, []string{"1", "2"}, w.service.delivered())
		require.Zero(w, w.server.Stats().Sessions)
	})
}

func TestRM11_3_6_TerminateWithoutClose(t *testing.T) {
	variants(t, func(w *world, v variant) {
		if v.rm == rm.RM10 {
			return
		}
		c := w.created(v)
		m := c.says(c.lifecycle("TerminateSequence", c.id))
		require.Equal(w, "TerminateSequenceResponse{Identifier{A}}", m.body())
		require.Equal(w, []string{final(v)}, m.protocol())
		require.Zero(w, w.server.Stats().Sessions)
	})
}

// WS-RM 1.1, 3.5 and 3.6: the other side may end the offered sequence too; it is answered, and the session lives.
func TestRM11_3_5_OfferedSequenceIsEnded(t *testing.T) {
	variants(t, func(w *world, v variant) {
		if v.rm == rm.RM10 {
			return
		}
		c := w.created(v)
		c.says(c.call(1))
		for _, name := range []string{"CloseSequence", "TerminateSequence"} {
			m := c.says(c.lifecycle(name, c.offer))
			require.Equal(w, name+"Response{Identifier{B}}", m.body())
			require.Equal(w, "urn:uuid:"+name, m.RelatesTo)
		}
		require.Equal(w, "echoResponse", c.says(c.call(2)).action())

		p := w.peer(v)
		s := w.open(v.options)
		for _, name := range []string{"CloseSequence", "TerminateSequence"} {
			first := true
			p.answer = func(m *wire) (string, bool) {
				if m.action() != "echo" || !first {
					return "", false
				}
				first = false
				h := `<a:Action>` + rmNamespace(v.rm) + "/" + name + `</a:Action><a:MessageID>urn:uuid:theirs</a:MessageID>`
				return p.envelope(p.acks(false)+h, `<r:`+name+`><r:Identifier>`+p.offer+`</r:Identifier></r:`+name+`>`), true
			}
			w.echoes(s)
			answers := p.said(name + "Response")
			require.Len(w, answers, 1)
			require.Equal(w, name+"Response{Identifier{B}}", answers[0].body())
			require.Equal(w, "urn:uuid:theirs", answers[0].RelatesTo)
			require.Empty(w, answers[0].headers("Sequence["))
		}
		w.close(s)
	})
}

// WS-RM 1.1, 3.5 and 3.6: the destination may end the created sequence; with that the session is over for a client.
func TestRM11_3_5_DestinationEndsTheSequence(t *testing.T) {
	for name, code := range map[string]string{"CloseSequence": "SequenceClosed", "TerminateSequence": "SequenceTerminated"} {
		t.Run(name, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				p := w.peer(v)
				s := w.open(v.options)
				p.answer = func(m *wire) (string, bool) {
					return p.envelope(p.acks(true)+p.answering(rmNamespace(v.rm)+"/"+name, m), `<r:`+name+`><r:Identifier>`+created+`</r:Identifier></r:`+name+`>`), m.number() == 1
				}
				if v.rm == rm.RM10 && name == "CloseSequence" {
					return // there is none
				}
				_, err := s.Call(w.Context(), say("echo", "x"))
				w.inDoubt(err, 1)
				cause := &rm.SequenceError{}
				require.ErrorAs(w, context.Cause(s.Context()), &cause)
				require.Equal(w, code, cause.Code)
				require.True(w, cause.Remote)
			})
		})
	}
}

func TestRM11_3_5_MissingMessagesAtTheEnd(t *testing.T) {
	for _, unordered := range []bool{false, true} {
		t.Run(fmt.Sprintf("unordered=%v", unordered), func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				w.server.Options.Unordered = unordered
				c := w.created(v)
				for _, n := range []int{1, 3, 4} {
					c.says(c.oneWay(n))
				}
				var m *wire
				if v.rm == rm.RM11 {
					m = c.says(c.last("CloseSequence", 4))
				} else {
					m = c.says(c.lifecycle("TerminateSequence", c.id))
				}
				require.Contains(w, m.protocol(), final(v, span(1, 1), span(3, 4)))
				time.Sleep(time.Minute)
				// WS-RM 1.1, 3.4: DiscardFollowingFirstGap was promised for what is ordered, NoDiscard for what is not.
				want := []string{"1"}
				if unordered {
					want = []string{"1", "3", "4"}
				}
				require.ElementsMatch(w, want, w.service.delivered())
			})
		})
	}
}

func TestRM11_3_5_CloseWaitsForHandlers(t *testing.T) {
	variants(t, func(w *world, v variant) {
		w.service.Mux[ns+"/echo"] = w.service.Mux[ns+"/sleep"]
		c := w.created(v)
		c.says(strings.Replace(c.oneWay(1), "<text>1<", "<text>5s<", 1))
		m := c.says(c.lifecycle("TerminateSequence", c.id))
		require.Equal(w, 5*time.Second, time.Since(c.born))
		require.Equal(w, []string{final(v, span(1, 1))}, m.protocol())
		require.Equal(w, []string{"5s"}, w.service.delivered(), "it was not interrupted")
	})
}

// WS-RM 2005/02, 3.1 and 3.5: the client's end. WCF: LastMessage has an empty body and a number of its own.
func TestRM10_3_1_ClientsLastMessage(t *testing.T) {
	for _, messages := range []int{0, 3} {
		t.Run(fmt.Sprint(messages), func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				if v.rm == rm.RM11 {
					return
				}
				p := w.peer(v)
				s := w.open(v.options)
				for range messages {
					w.echoes(s)
				}
				lost := false
				p.lose = func(m *wire) bool {
					l := lost
					lost = lost || m.action() == "LastMessage"
					return m.action() == "LastMessage" && !l
				}
				w.close(s)
				ended := p.said("")[1+messages:]
				require.Len(w, ended, 3)
				for _, m := range ended[:2] {
					require.Equal(w, "RM/LastMessage", m.names.Replace(m.Action))
					require.Empty(w, m.body())
					require.Equal(w, []string{fmt.Sprintf("Sequence[s:mustUnderstand=1]{Identifier{A} MessageNumber{%d} LastMessage}", messages+1)}, m.headers("Sequence["))
				}
				// WS-RM 2005/02, 3.5: TerminateSequence comes after the acknowledgement of all.
				m := ended[2]
				require.Equal(w, "TerminateSequence{Identifier{A}}", m.body())
				require.Equal(w, "RM/TerminateSequence", m.names.Replace(m.Action))
				require.Equal(w, []string{acknowledges("B", v, false, span(1, window.Number(messages+1)))}, m.protocol())
			})
		})
	}
}

func TestRM10_3_1_ServersLastMessage(t *testing.T) {
	for _, offer := range []bool{true, false} {
		t.Run(fmt.Sprintf("offer=%v", offer), func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				if v.rm == rm.RM11 {
					return
				}
				c := w.client(v)
				c.id = identifier.FindStringSubmatch(c.text(c.send(c.create("urn:uuid:create", offer))))[1]
				c.says(c.oneWay(1))
				// WS-RM 2005/02, 3.1: the last message is acknowledged without delay. WCF: the answer is the last message of the replies.
				want := []string{acked(v, span(1, 2))}
				if offer {
					want = []string{"Sequence[s:mustUnderstand=1]{Identifier{B} MessageNumber{1} LastMessage}", acked(v, span(1, 2))}
				}
				for range 2 {
					m := c.says(c.lastMessage(2))
					require.Equal(w, want, m.protocol())
					require.Equal(w, map[bool]string{true: "LastMessage", false: "SequenceAcknowledgement"}[offer], m.action())
					require.Empty(w, m.body())
				}
				require.Equal(w, []string{"1"}, w.service.delivered(), "the last message is not the application's")
				// WS-RM 2005/02, 3.5: TerminateSequence is one-way. WCF: its answer terminates the sequence of replies, and relates to nothing.
				for range 2 {
					m := c.says(c.lifecycle("TerminateSequence", c.id))
					if !offer {
						require.Nil(w, m)
						continue
					}
					require.Equal(w, "TerminateSequence{Identifier{B}}", m.body())
					require.Equal(w, "RM/TerminateSequence", m.names.Replace(m.Action))
					require.Equal(w, []string{acked(v, span(1, 2))}, m.protocol())
					require.Empty(w, m.RelatesTo)
				}
				require.Zero(w, w.server.Stats().Sessions)
			})
		})
	}
}

// WS-RM 2005/02, 3.1: an application message may be marked as the last one, too.
func TestRM10_3_1_LastMessageOnAnApplicationMessage(t *testing.T) {
	variants(t, func(w *world, v variant) {
		if v.rm == rm.RM11 {
			return
		}
		c := w.created(v)
		mark := func(request string) string {
			return strings.Replace(request, "</r:MessageNumber>", "</r:MessageNumber><r:LastMessage/>", 1)
		}
		c.says(c.call(1))
		m := c.says(mark(c.call(2)))
		require.Equal(w, []string{"Sequence[s:mustUnderstand=1]{Identifier{B} MessageNumber{2} LastMessage}", acked(v, span(1, 2))}, m.protocol())
		require.Equal(w, "echoResponse", m.action())
		require.Equal(w, m.text(), c.says(mark(c.call(2))).text())
		require.Equal(w, []string{"1", "2"}, w.service.delivered())

		c = w.client(v)
		c.offer = "urn:uuid:second"
		c.open()
		m = c.says(mark(c.oneWay(1)))
		require.Equal(w, "LastMessage", m.action(), "a one-way message has no reply to be marked")
		require.Equal(w, []string{"Sequence[s:mustUnderstand=1]{Identifier{B} MessageNumber{1} LastMessage}", acked(v, span(1, 1))}, m.protocol())
	})
}

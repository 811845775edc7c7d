package rm_test

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

// as makes the client somebody else, from now on.
func (l *link) as(principal string) { l.peer.Principal = principal }

func TestSequenceBelongsToItsPrincipal(t *testing.T) {
	variants(t, func(w *world, v variant) {
		w.link.as("alice")
		s := w.open(v.options)
		w.echo(s, "one")
		w.link.as("mallory")
		_, err := s.Call(w.Context(), say("echo", "two"))
		w.inDoubt(err, 2)
		require.ErrorContains(w, err, "UnknownSequence")
		require.Equal(w, []string{"one"}, w.service.delivered())
		require.Equal(w, 1, w.server.Stats().Sessions, "nor can a stranger end it")
	})
}

// What has ended is not told to a stranger either.
func TestTombstoneBelongsToItsPrincipal(t *testing.T) {
	in(t, func(w *world) {
		w.link.as("alice")
		s := w.open()
		for theirs := range w.server.Sessions() {
			theirs.Abort(nil)
		}
		w.link.as("mallory")
		_, err := s.Call(w.Context(), say("echo", "two"))
		require.ErrorContains(w, err, "UnknownSequence")
	})
}

func TestServerStats(t *testing.T) {
	in(t, func(w *world) {
		a, b := w.open(), w.open()
		w.echo(a, "one")
		w.echo(a, "two")
		w.close(a)
		w.link.set(nth(w.link.count()+1, loseReply))
		w.echo(b, "three")
		st := w.server.Stats()
		require.Equal(w, 1, st.Sessions)
		require.EqualValues(w, 3, st.Received, "those of the session that has ended count")
		require.EqualValues(w, 3, st.Delivered)
		require.EqualValues(w, 3, st.Sent)
		require.EqualValues(w, 1, st.Resent)
		require.EqualValues(w, 1, st.Repeated)
		require.EqualValues(w, 2, st.Acknowledged)
		require.Equal(w, 1, st.StoredReplies, "of the session that lives")
		w.close(b)
		after := w.server.Stats()
		require.EqualValues(w, 3, after.Delivered)
		require.Zero(w, after.StoredReplies)
	})
}

func TestLimits(t *testing.T) {
	t.Run("sessions", func(t *testing.T) {
		in(t, func(w *world) {
			w.server.MaxSessions = 2
			a := w.open()
			w.open()
			w.refused("too many")
			w.close(a)
			w.open()
			require.EqualValues(w, 1, w.server.Stats().Refused)
			require.EqualValues(w, 3, w.server.Stats().Created)
			require.EqualValues(w, 1, w.server.Stats().Ended)
		})
	})
	t.Run("of one principal", func(t *testing.T) {
		in(t, func(w *world) {
			w.server.MaxPerPrincipal = 2
			w.link.as("alice")
			a := w.open()
			w.open()
			w.refused("too many")
			w.link.as("bob")
			w.open()
			w.link.as("alice")
			w.close(a)
			w.open()
			w.link.as("") // whoever is not known is not counted
			w.open()
			w.open()
			w.open()
		})
	})
	t.Run("never used", func(t *testing.T) {
		in(t, func(w *world) {
			for range 64 {
				w.open()
			}
			w.refused("too many")
			w.link.peer.Address = "192.0.2.1:2000"
			w.refused("too many") // another port of the same host
			w.link.peer.Address = "192.0.2.2:1000"
			w.open()
			w.link.peer.Address = "192.0.2.1:1000"
			time.Sleep(time.Minute)
			w.echo(w.open(), "time has passed")
			for range 100 {
				w.echo(w.open(), "used") // those do not count
			}
		})
	})
	t.Run("none", func(t *testing.T) {
		in(t, func(w *world) {
			w.server.MaxSessions, w.server.MaxPerPrincipal = -1, -1
			w.link.as("alice")
			for range 3 {
				w.open()
			}
		})
	})
}

// refused checks that no session is to be had, for a reason that holds text.
func (w *world) refused(text string) {
	w.Helper()
	_, err := rm.Open(w.Context(), w.link, nil)
	refusal, ok := errors.AsType[*rm.SequenceError](err)
	require.True(w, ok, "%v", err)
	require.Equal(w, "CreateSequenceRefused", refusal.Code)
	require.Contains(w, refusal.Reason, text)
	w.certain(err)
}

func TestAccept(t *testing.T) {
	in(t, func(w *world) {
		var mu sync.Mutex
		var accepted []string
		w.server.Accept = func(ctx context.Context, s *rm.Session) (rm.Handler, error) {
			time.Sleep(5 * time.Second)
			mu.Lock()
			defer mu.Unlock()
			accepted = append(accepted, s.ID())
			calls := 0
			return rm.HandlerFunc(func(context.Context, *rm.Message) (*soap.Envelope, error) {
				calls++
				return say("response", fmt.Sprint(calls)), nil
			}), ctx.Err()
		}
		// The client repeats while Accept runs: there is one session, and all its requests are answered alike.
		impatient := handlerFunc(func(ctx context.Context, p transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
			ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
			defer cancel()
			return w.server.ServeExchange(ctx, p, env)
		})
		w.link.serve(impatient)
		a, b := w.open(), w.open()
		require.Len(w, accepted, 2)
		require.Equal(w, []string{a.ID(), b.ID()}, accepted)
		require.Equal(w, 2, w.server.Stats().Sessions)
		for i, s := range []*rm.Session{a, a, b} {
			reply, err := s.Call(w.Context(), say("count", ""))
			require.NoError(w, err)
			require.Equal(w, []string{"1", "2", "1"}[i], heard(w, reply))
		}
		w.close(a)
	})
}

func TestAcceptRefuses(t *testing.T) {
	for _, test := range []struct {
		name   string
		accept func(context.Context, *rm.Session) (rm.Handler, error)
		reason string
		logged string
	}{
		{"error", func(context.Context, *rm.Session) (rm.Handler, error) { return nil, errors.New("secret") }, "refused", "secret"},
		{"fault", func(context.Context, *rm.Session) (rm.Handler, error) {
			return nil, &soap.Fault{Code: "Sender", Reason: "no credit"}
		}, "no credit", ""},
		{"panic", func(context.Context, *rm.Session) (rm.Handler, error) { panic("secret") }, "refused", "panic: secret"},
		{"ended", func(_ context.Context, s *rm.Session) (rm.Handler, error) { s.Abort(nil); return nil, nil }, "refused", "aborted"},
	} {
		t.Run(test.name, func(t *testing.T) {
			in(t, func(w *world) {
				w.server.Accept = test.accept
				w.link.set(nth(1, loseReply))
				_, err := rm.Open(w.Context(), w.link, nil)
				refusal, ok := errors.AsType[*rm.SequenceError](err)
				require.True(w, ok, "%v", err)
				require.Equal(w, "CreateSequenceRefused", refusal.Code)
				require.NotContains(w, refusal.Reason, "secret")
				require.Contains(w, w.log.String(), test.logged)
				require.Zero(w, w.server.Stats().Sessions)
			})
			in(t, func(w *world) {
				w.server.Accept = test.accept
				w.refused(test.reason)
			})
		})
	}
}

// A CreateSequence that comes again gets the same sequence, with and without an offer, and none after its end.
func TestRepeatedCreateSequence(t *testing.T) {
	for _, offer := range []bool{true, false} {
		t.Run(fmt.Sprintf("offer=%v", offer), func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				raw := w.raw(v)
				create := raw.create("urn:uuid:1", offer)
				first := raw.send(create)
				require.Equal(w, "CreateSequenceResponse", short(first))
				require.Equal(w, "urn:uuid:1", first.RelatesTo)
				again := raw.send(create)
				require.Equal(w, raw.text(first), raw.text(again))
				require.Equal(w, 1, w.server.Stats().Sessions)

				w.link.as("somebody else")
				other := raw.send(create)
				if offer {
					require.Equal(w, "fault CreateSequenceRefused", short(other), "the offer's identifier is in use")
				} else {
					require.NotEqual(w, raw.text(first), raw.text(other))
				}
				w.link.as("")
				require.NoError(w, w.server.Close())
				require.Equal(w, "fault CreateSequenceRefused", short(raw.send(create)))
			})
		})
	}
}

func TestAddressableClientIsRefused(t *testing.T) {
	variants(t, func(w *world, v variant) {
		raw := w.raw(v)
		for _, place := range []string{"ReplyTo", "AcksTo", "both"} {
			create := raw.create("urn:uuid:1", true)
			real := "<a:Address>http://client.example.org/</a:Address>"
			anonymous := "<a:Address>" + v.wsa.Anonymous() + "</a:Address>"
			if place != "ReplyTo" {
				create = strings.Replace(create, "<r:AcksTo>"+anonymous, "<r:AcksTo>"+real, 1)
			}
			if place != "AcksTo" {
				create = strings.Replace(create, "<a:ReplyTo>"+anonymous, "<a:ReplyTo>"+real, 1)
			}
			answer := raw.send(create)
			require.Equal(w, "fault CreateSequenceRefused", short(answer), place)
			require.ErrorContains(w, answer.Err(), "must be anonymous")
		}
		require.Zero(w, w.server.Stats().Sessions)

		id := raw.open()
		answer := raw.send(raw.message(id, "1", "urn:uuid:m1", "http://client.example.org/"))
		if v.wsa == soap.WSA10 && v.soap == soap.V12 {
			require.Equal(w, "fault OnlyAnonymousAddressSupported", short(answer))
		} else {
			require.True(w, answer.IsFault())
		}
		require.Empty(w, w.service.delivered())
		answer = raw.send(raw.message(id, "1", "urn:uuid:m1", v.wsa.Anonymous()))
		require.Equal(w, "echoResponse", short(answer), "it was not accepted before")
	})
}

// Nobody listens at an address that WS-MakeConnection polls: it is not dialled.
func TestMakeConnectionIsRefused(t *testing.T) {
	variants(t, func(w *world, v variant) {
		w.server.DialBack = func(_ context.Context, to *soap.EndpointReference) (transport.Exchanger, error) {
			w.Errorf("%s is dialled", to.Address)
			return nil, errors.New("no")
		}
		const polled = "http://docs.oasis-open.org/ws-rx/wsmc/200702/anonymous?id=550e8400-e29b-11d4-a716-446655440000"
		raw := w.raw(v)
		anonymous := "<a:Address>" + v.wsa.Anonymous() + "</a:Address>"
		for _, place := range []string{"<r:AcksTo>", "<a:ReplyTo>"} {
			create := strings.Replace(raw.create("urn:uuid:1", false), place+anonymous, place+"<a:Address>"+polled+"</a:Address>", 1)
			answer := raw.send(create)
			require.Equal(w, "fault CreateSequenceRefused", short(answer), place)
			require.ErrorContains(w, answer.Err(), "WS-MakeConnection is not supported")
		}
		require.Zero(w, w.server.Stats().Sessions)

		id := raw.open()
		answer := raw.send(raw.message(id, "1", "urn:uuid:m1", polled))
		require.True(w, answer.IsFault())
		require.Empty(w, w.service.delivered())
		answer = raw.send(raw.message(id, "1", "urn:uuid:m1", v.wsa.Anonymous()))
		require.Equal(w, "echoResponse", short(answer), "it was not accepted before")
	})
}

func TestMessagesWithoutReliableMessaging(t *testing.T) {
	for _, test := range []struct {
		server rm.Version
		want   string
	}{{0, "fault WSRMRequired"}, {rm.RM11, "fault WSRMRequired"}, {rm.RM10, "fault ActionNotSupported"}} {
		t.Run(test.server.String(), func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				w.server.Options.Version = test.server
				raw := w.raw(v)
				answer := raw.send(raw.envelope(`<a:Action>`+ns+`/echo</a:Action><a:MessageID>urn:uuid:1</a:MessageID>`, raw.body("x")))
				require.Equal(w, test.want, short(answer))
				require.Equal(w, "urn:uuid:1", answer.RelatesTo)
				answer = raw.send(raw.envelope("", raw.body("x")))
				require.True(w, answer.IsFault())
				require.Empty(w, w.service.delivered())
			})
		})
	}
}

func TestMustUnderstand(t *testing.T) {
	variants(t, func(w *world, v variant) {
		w.server.Options.Understood = func(n xml.Name) bool { return n == xml.Name{Space: "urn:h", Local: "understood"} }
		raw := w.raw(v)
		id := raw.open()
		role := "role"
		other := "http://example.org/somebody"
		if v.soap == soap.V11 {
			role = "actor"
		}
		for _, test := range []struct{ header, want string }{
			{`<h:unknown xmlns:h="urn:h" s:mustUnderstand="1"/>`, "fault MustUnderstand"},
			{`<h:unknown xmlns:h="urn:h" s:mustUnderstand="1" s:` + role + `="` + other + `"/>`, "echoResponse"},
			{`<h:unknown xmlns:h="urn:h"/>`, "echoResponse"},
			{`<h:understood xmlns:h="urn:h" s:mustUnderstand="1"/>`, "echoResponse"},
		} {
			request := raw.message(id, "1", "urn:uuid:m1", v.wsa.Anonymous())
			answer := raw.send(strings.Replace(request, "</s:Header>", test.header+"</s:Header>", 1))
			require.Equal(w, test.want, short(answer), test.header)
			if test.want == "fault MustUnderstand" {
				require.Empty(w, w.service.delivered())
				answer = raw.send(raw.ask(id))
				require.NotContains(w, raw.text(answer), `Upper="1"`, "nothing was acknowledged")
			}
		}
		require.Equal(w, []string{"1"}, w.service.delivered())
	})
}

// A reply that is not understood is one all the same: repeating the call would bring no other.
func TestClientDoesNotUnderstandAnAnswer(t *testing.T) {
	in(t, func(w *world) {
		w.service.Mux[ns+"/test"] = func(_ context.Context, m *rm.Message) (*soap.Envelope, error) {
			return say("testResponse", "x").AddHeader([]byte(`<h:unknown xmlns:h="urn:h" xmlns:s="` + soap.V12.Namespace() + `" s:mustUnderstand="1"/>`)), nil
		}
		s := w.open()
		begin := time.Now()
		reply, err := s.Call(w.Context(), say("test", "x"))
		require.Nil(w, reply)
		fault, ok := errors.AsType[*soap.Fault](err)
		require.True(w, ok, "the peer has answered, %v", err)
		require.Equal(w, "MustUnderstand", fault.Code)
		require.ErrorContains(w, err, "Options.Understood")
		require.ErrorContains(w, err, "{urn:h}unknown")
		require.Zero(w, time.Since(begin))
		w.echo(s, "the session goes on")
		w.close(s)
	})
}

func TestHostileHeaders(t *testing.T) {
	for _, test := range []struct {
		name   string
		break_ func(v variant, request string) string
		want   func(v variant) string
		lives  func(v variant) bool
	}{
		{"number 0", number("0"), always("fault SequenceTerminated"), never},
		{"negative number", number("-1"), always("fault SequenceTerminated"), never},
		{"number that is none", number("one"), always("fault SequenceTerminated"), never},
		{"number above the maximum", number("9223372036854775808"), always("fault MessageNumberRollover"), only11},
		{"huge number", number("99999999999999999999999999"), always("fault MessageNumberRollover"), only11},
		{"number beyond the span", number("100000"), always("nothing"), live},
		{"largest number", number("9223372036854775807"), always("nothing"), live},
		{"second Sequence", repeat("Sequence"), always("fault MustUnderstand"), live},
		{"reversed range", ack(`<r:AcknowledgementRange Lower="2" Upper="1"/>`), always("fault SequenceTerminated"), never},
		{"range beyond what was sent", ack(`<r:AcknowledgementRange Lower="1" Upper="99"/>`), always("fault InvalidAcknowledgement"), never},
		{"two acknowledgements", ack(`<r:AcknowledgementRange Lower="1" Upper="1"/></r:SequenceAcknowledgement><r:SequenceAcknowledgement>` +
			`<r:Identifier>REPLIES</r:Identifier><r:AcknowledgementRange Lower="1" Upper="1"/>`), always("fault MustUnderstand"), live},
		{"acknowledgement of another sequence", foreignAck, always("echoResponse"), live},
		{"two versions", mixed, always("fault SequenceTerminated"), never},
	} {
		t.Run(test.name, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				raw := w.raw(v)
				id := raw.open()
				request := strings.ReplaceAll(test.break_(v, raw.message(id, "1", "urn:uuid:m1", v.wsa.Anonymous())), "REPLIES", raw.offer)
				answer := raw.send(request)
				if v.soap == soap.V11 && strings.HasPrefix(test.want(v), "fault ") {
					require.True(w, answer.IsFault())
					require.Contains(w, raw.text(answer), strings.TrimPrefix(test.want(v), "fault "))
				} else {
					require.Equal(w, test.want(v), short(answer))
				}
				if answer != nil && answer.IsFault() {
					require.Empty(w, w.service.delivered())
				}
				sessions := 0
				if test.lives(v) {
					sessions = 1
				}
				require.Equal(w, sessions, w.server.Stats().Sessions)

				// Others do not notice.
				s := w.open(v.options)
				w.echo(s, "another session")
				w.close(s)
			})
		})
	}
}

// To a stranger a broken message does nothing but what any message of his does.
func TestHostileHeadersOfAStranger(t *testing.T) {
	in(t, func(w *world) {
		w.link.as("alice")
		raw := w.raw(variant{rm: rm.RM11})
		id := raw.open()
		w.link.as("mallory")
		answer := raw.send(number("0")(raw.variant, raw.message(id, "1", "urn:uuid:m1", soap.WSA10.Anonymous())))
		require.Equal(w, "fault UnknownSequence", short(answer))
		require.Equal(w, 1, w.server.Stats().Sessions)
	})
}

func TestFaultsAndAcknowledgementsAsRequests(t *testing.T) {
	variants(t, func(w *world, v variant) {
		raw := w.raw(v)
		id := raw.open()
		require.Nil(w, raw.send(raw.alone("SequenceAcknowledgement", raw.offer, nothing(v))), "an acknowledgement alone is answered with nothing")
		require.Nil(w, raw.send(raw.fault("UnknownSequence", "urn:uuid:nobody")), "a fault is never answered with a fault")
		require.Equal(w, 1, w.server.Stats().Sessions)
		// WCF: a client that aborts names the offered sequence.
		require.Nil(w, raw.send(raw.fault("SequenceTerminated", raw.offer)))
		require.Zero(w, w.server.Stats().Sessions)
		answer := raw.send(raw.message(id, "1", "urn:uuid:m1", v.wsa.Anonymous()))
		require.Contains(w, raw.text(answer), "SequenceTerminated")
	})
}

func TestUnknownSequence(t *testing.T) {
	variants(t, func(w *world, v variant) {
		raw := w.raw(v)
		raw.open()
		for _, request := range []string{
			raw.message("urn:uuid:nobody", "1", "urn:uuid:m1", v.wsa.Anonymous()),
			raw.ask("urn:uuid:nobody"),
			raw.lifecycle("TerminateSequence", "urn:uuid:nobody"),
			raw.alone("SequenceAcknowledgement", "urn:uuid:nobody", `<r:AcknowledgementRange Lower="1" Upper="1"/>`),
		} {
			answer := raw.send(request)
			require.NotNil(w, answer)
			require.Contains(w, raw.text(answer), "UnknownSequence")
			require.Contains(w, raw.text(answer), "urn:uuid:nobody")
		}
		// A sequence of the other version is not known either.
		other := v
		other.rm = rm.RM10 + rm.RM11 - v.rm
		stranger := w.raw(other)
		answer := stranger.send(stranger.message(raw.id, "1", "urn:uuid:m1", v.wsa.Anonymous()))
		require.Contains(w, raw.text(answer), "UnknownSequence")
	})
}

func TestTombstone(t *testing.T) {
	variants(t, func(w *world, v variant) {
		raw := w.raw(v)
		id := raw.open()
		message := raw.message(id, "1", "urn:uuid:m1", v.wsa.Anonymous())
		raw.send(message)
		terminate := raw.lifecycle("TerminateSequence", id)
		first := raw.send(terminate)
		require.Contains(w, short(first), "TerminateSequence")
		require.Zero(w, w.server.Stats().Sessions)
		require.Equal(w, raw.text(first), raw.text(raw.send(terminate)), "a repeat gets the same answer")
		require.Equal(w, "SequenceAcknowledgement", short(raw.send(message)), "what was accepted still is")
		answer := raw.send(raw.message(id, "2", "urn:uuid:m2", v.wsa.Anonymous()))
		require.Contains(w, raw.text(answer), "SequenceTerminated")
		time.Sleep(6 * time.Minute)
		require.Contains(w, raw.text(raw.send(terminate)), "UnknownSequence", "forgotten")
	})
}

func TestRequestIsLostWhileItWaits(t *testing.T) {
	in(t, func(w *world) {
		raw := w.raw(variant{rm: rm.RM11})
		id := raw.open()
		w.service.Mux[ns+"/echo"] = w.service.Mux[ns+"/sleep"]
		early := raw.message(id, "2", "urn:uuid:m2", soap.WSA10.Anonymous())
		ctx, cancel := context.WithTimeout(w.Context(), time.Second)
		defer cancel()
		env, err := soap.Parse([]byte(early), nil)
		require.NoError(w, err)
		answer, err := w.server.ServeExchange(ctx, w.link.peer, env)
		require.NoError(w, err)
		require.Nil(w, answer)
		require.Equal(w, time.Second, time.Since(raw.born))
	})
}

// What a client can make a session keep is bounded.
func TestLongIdentifiers(t *testing.T) {
	variants(t, func(w *world, v variant) {
		long := "urn:" + strings.Repeat("x", 3000)
		for _, change := range []func(*raw) string{
			func(r *raw) string { return r.create(long, false) },
			func(r *raw) string { r.offer = long; return r.create("urn:uuid:1", true) },
			func(r *raw) string {
				return strings.Replace(r.create("urn:uuid:1", true), "http://example.org/service", long, 1)
			},
		} {
			raw := w.raw(v)
			answer := raw.send(change(raw))
			require.Equal(w, "fault CreateSequenceRefused", short(answer))
			require.ErrorContains(w, answer.Err(), "2048 bytes")
		}
		require.Zero(w, w.server.Stats().Sessions)
	})
}

// Reference parameters of ReplyTo come back with the reply, though its address is anonymous.
func TestReferenceParametersComeBack(t *testing.T) {
	variants(t, func(w *world, v variant) {
		raw := w.raw(v)
		id := raw.open()
		request := raw.message(id, "1", "urn:uuid:m1", v.wsa.Anonymous())
		request = strings.Replace(request, "</a:Address></a:ReplyTo>", `</a:Address><a:ReferenceParameters><p:key xmlns:p="urn:p">value</p:key></a:ReferenceParameters></a:ReplyTo>`, 1)
		answer := raw.send(request)
		require.Equal(w, "echoResponse", short(answer))
		var key struct {
			Text string `xml:",chardata"`
		}
		found, err := answer.Header("urn:p", "key", &key)
		require.NoError(w, err)
		require.True(w, found)
		require.Equal(w, "value", key.Text)
	})
}

package rm_test

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
)

func TestConversation(t *testing.T) {
	variants(t, func(w *world, v variant) {
		s := w.open(v.options)
		require.Equal(w, v.rm, s.Version())
		w.echo(s, "one")
		receipt, err := s.Send(w.Context(), say("ping", "two"))
		require.NoError(w, err)
		require.EqualValues(w, 2, receipt.Number())
		require.NoError(w, receipt.Wait(w.Context()))
		w.echo(s, "three")
		require.NoError(w, s.Flush(w.Context()))
		w.close(s)
		require.Equal(w, []string{"one", "two", "three"}, w.service.delivered())
		require.Zero(w, w.server.Stats().Sessions)
		require.Empty(w, w.log.String())
	})
}

func TestConversationWithoutOffer(t *testing.T) {
	variants(t, func(w *world, v variant) {
		s := w.open(v.options, func(o *rm.Options) { o.NoOffer = true })
		w.echo(s, "one")
		w.link.set(nth(w.link.count()+1, loseReply))
		w.echo(s, "two")
		w.close(s)
		require.Equal(w, []string{"one", "two"}, w.service.delivered())
	})
}

func TestAutomaticVersionFallsBack(t *testing.T) {
	in(t, func(w *world) {
		w.server.Options.Version = rm.RM10
		s := w.open()
		require.Equal(w, rm.RM10, s.Version())
		w.echo(s, "hello")
		w.close(s)
		require.Equal(w, []string{"-> CreateSequence", "<- fault ActionNotSupported", "-> CreateSequence", "<- CreateSequenceResponse"}, w.link.seen()[:4])
	})
}

func TestVersionsThatDoNotMeet(t *testing.T) {
	for _, v := range []struct{ client, server rm.Version }{{rm.RM11, rm.RM10}, {rm.RM10, rm.RM11}} {
		t.Run(v.client.String(), func(t *testing.T) {
			in(t, func(w *world) {
				w.server.Options.Version = v.server
				_, err := rm.Open(w.Context(), w.link, &rm.Options{Version: v.client})
				refusal, ok := errors.AsType[*rm.SequenceError](err)
				require.True(w, ok, "%v", err)
				require.True(w, refusal.Remote)
				require.ErrorIs(w, err, net.ErrClosed)
				w.certain(err)
			})
		})
	}
}

// What the handler returns is what the caller gets.
func TestAnswers(t *testing.T) {
	failed := &soap.Fault{Code: "Sender", Subcodes: []xml.Name{{Space: ns, Local: "failed"}}, Reason: "because"}
	for _, test := range []struct {
		name    string
		handler rm.HandlerFunc
		want    string // of the error
		logged  string
	}{
		{"fault", func(context.Context, *rm.Message) (*soap.Envelope, error) { return nil, failed }, "/failed: because", ""},
		{"wrapped fault", func(context.Context, *rm.Message) (*soap.Envelope, error) { return nil, fmt.Errorf("db: %w", failed) },
			"/failed: because", ""},
		{"fault as an envelope", func(context.Context, *rm.Message) (*soap.Envelope, error) { return soap.New("", failed), nil },
			"/failed: because", ""},
		{"error", func(context.Context, *rm.Message) (*soap.Envelope, error) { return nil, errors.New("secret") },
			"soap: Receiver: internal error", "secret"},
		{"panic", func(context.Context, *rm.Message) (*soap.Envelope, error) { panic("secret") },
			"soap: Receiver: internal error", "panic: secret"},
		{"reply that cannot be encoded", func(context.Context, *rm.Message) (*soap.Envelope, error) {
			return soap.New(ns+"/x", make(chan int)), nil
		}, "soap: Receiver: internal error", "chan int"},
		{"fault that cannot be encoded", func(context.Context, *rm.Message) (*soap.Envelope, error) {
			return nil, &soap.Fault{Reason: "x", Detail: make(chan int)}
		}, "soap: Receiver: internal error", "chan int"},
		{"fault as an envelope that cannot be encoded", func(context.Context, *rm.Message) (*soap.Envelope, error) {
			return soap.New("", failed).AddHeader([]byte("<h/>")), nil
		}, "soap: Receiver: internal error", "has no namespace"},
		{"wrong body", func(_ context.Context, m *rm.Message) (*soap.Envelope, error) {
			var v struct {
				XMLName xml.Name `xml:"urn:other thing"`
			}
			return nil, m.Decode(&v)
		}, "soap: Sender: expected element", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				w.service.Mux[ns+"/test"] = test.handler
				s := w.open(v.options)
				_, err := s.Call(w.Context(), say("test", "x"))
				require.ErrorContains(w, err, strings.TrimPrefix(test.want, "soap: Receiver"))
				_, isFault := errors.AsType[*soap.Fault](err)
				require.True(w, isFault)
				if test.logged == "" {
					require.Empty(w, w.log.String())
				} else {
					require.Contains(w, w.log.String(), test.logged)
				}
				w.echo(s, "the session goes on")
				w.close(s)
			})
		})
	}
}

func TestFaultDetailsArrive(t *testing.T) {
	variants(t, func(w *world, v variant) {
		w.service.Mux[ns+"/test"] = func(context.Context, *rm.Message) (*soap.Envelope, error) {
			return nil, &soap.Fault{Code: "Sender", Reason: "because", Detail: []byte(`<d xmlns="urn:d">why</d>`)}
		}
		s := w.open(v.options)
		reply, err := s.Call(w.Context(), say("test", "x"))
		fault, ok := errors.AsType[*soap.Fault](err)
		require.True(w, ok)
		require.Equal(w, "Sender", fault.Code)
		require.True(w, reply.IsFault(), "the envelope comes with it")
		require.NotEmpty(w, reply.Action)
		var why struct {
			XMLName xml.Name `xml:"urn:d d"`
			Text    string   `xml:",chardata"`
		}
		require.NoError(w, fault.Decode(&why))
		require.Equal(w, "why", why.Text)
	})
}

func TestUnknownAction(t *testing.T) {
	variants(t, func(w *world, v variant) {
		s := w.open(v.options)
		_, err := s.Call(w.Context(), say("nonsense", "x"))
		fault, ok := errors.AsType[*soap.Fault](err)
		require.True(w, ok, "%v", err)
		require.Equal(w, xml.Name{Space: v.wsa.Namespace(), Local: "ActionNotSupported"}, fault.Subcodes[0])
		w.close(s)
	})
}

func TestServerWithoutHandler(t *testing.T) {
	in(t, func(w *world) {
		w.link.serve(&rm.Server{})
		s := w.open()
		_, err := s.Call(w.Context(), say("echo", "x"))
		require.ErrorContains(w, err, "ActionNotSupported")
		w.close(s)
	})
}

func TestNoReply(t *testing.T) {
	variants(t, func(w *world, v variant) {
		s := w.open(v.options)
		_, err := s.Call(w.Context(), say("ping", "x"))
		w.inDoubt(err, 1)
		require.ErrorIs(w, err, rm.ErrNoReply)
		w.echo(s, "the session goes on")
		w.close(s)
	})
}

func TestOneWayHandlers(t *testing.T) {
	variants(t, func(w *world, v variant) {
		w.service.Mux[ns+"/fault"] = func(context.Context, *rm.Message) (*soap.Envelope, error) {
			return nil, &soap.Fault{Reason: "a fault for nobody"}
		}
		w.service.Mux[ns+"/panic"] = func(context.Context, *rm.Message) (*soap.Envelope, error) { panic("a panic") }
		s := w.open(v.options)
		for _, operation := range []string{"echo", "fault", "panic"} {
			receipt, err := s.Send(w.Context(), say(operation, "x"))
			require.NoError(w, err)
			require.NoError(w, receipt.Wait(w.Context()), "an acknowledgement is all that a one-way message gets")
		}
		w.close(s)
		require.Contains(w, w.log.String(), "reply to a one-way message dropped")
		require.Contains(w, w.log.String(), "a fault for nobody")
		require.Contains(w, w.log.String(), "panic: a panic")
	})
}

// A handler that ends its goroutine, as FailNow of a test does, leaves no caller waiting.
func TestHandlerExitsItsGoroutine(t *testing.T) {
	in(t, func(w *world) {
		w.server.Options.Unordered = true
		w.service.Mux[ns+"/exit"] = func(context.Context, *rm.Message) (*soap.Envelope, error) {
			runtimeGoexit()
			return nil, nil
		}
		s := w.open()
		ctx, cancel := context.WithTimeout(w.Context(), time.Second)
		defer cancel()
		go func() {
			// Its leg dies with it, as with a connection; the repeat gets the fault.
			_, _ = s.Call(ctx, say("exit", "x"))
		}()
		time.Sleep(10 * time.Millisecond)
		w.echo(s, "the slot is free")
	})
}

// An Exchanger that panics, or ends the goroutine of the caller, does so as if it had been called by no session; which
// repeats the message.
func TestExchangerPanics(t *testing.T) {
	in(t, func(w *world) {
		s := w.open()
		for i, leave := range []func(){func() { panic("in Exchange") }, runtimeGoexit} {
			w.link.restart()
			w.link.set(func(n int, _ *soap.Envelope) fate {
				if n == 1 {
					leave()
				}
				return pass
			})
			left := make(chan any)
			go func() {
				defer func() { left <- recover() }()
				_, err := s.Call(w.Context(), say("echo", fmt.Sprint(i)))
				w.Error("it returned", err)
			}()
			require.Equal(w, []any{"in Exchange", nil}[i], <-left)
			time.Sleep(time.Second)
		}
		w.close(s)
		require.Equal(w, []string{"0", "1"}, w.service.delivered())
	})
}

func TestWhatTheSessionKeepsAndWrites(t *testing.T) {
	in(t, func(w *world) {
		var got *rm.Message
		w.service.Mux[ns+"/test"] = func(_ context.Context, m *rm.Message) (*soap.Envelope, error) {
			got = m
			reply := say("testResponse", "reply")
			reply.MessageID = "urn:reply"
			reply.To, reply.RelatesTo = "urn:nonsense", "urn:nonsense"
			return reply, nil
		}
		s := w.open(func(o *rm.Options) { o.Understood = func(n xml.Name) bool { return n.Space == "urn:h" } })
		w.server.Options.Understood = func(n xml.Name) bool { return n.Space == "urn:h" }

		env := say("test", "x")
		env.MessageID = "urn:mine"
		env.From = &soap.EndpointReference{Address: "http://example.org/me"}
		env.AddHeader([]byte(`<h xmlns="urn:h">value</h>`))
		env.To, env.RelatesTo, env.FaultTo = "urn:nonsense", "urn:nonsense", &soap.EndpointReference{Address: "urn:nonsense"}
		reply, err := s.Call(w.Context(), env)
		require.NoError(w, err)
		require.Equal(w, "urn:nonsense", env.To, "the caller's envelope is as it was")

		require.Equal(w, "urn:mine", got.MessageID)
		require.Equal(w, "http://example.org/me", got.From.Address)
		require.Equal(w, "http://example.org/service", got.To)
		require.Empty(w, got.RelatesTo)
		require.Nil(w, got.FaultTo)
		require.True(w, got.ReplyTo.Anonymous())
		var h struct {
			Text string `xml:",chardata"`
		}
		found, err := got.Header("urn:h", "h", &h)
		require.NoError(w, err)
		require.True(w, found)
		require.Equal(w, "value", h.Text)
		require.Equal(w, s.ID(), got.Session.ID())
		require.EqualValues(w, 1, got.Number)

		require.Equal(w, "urn:reply", reply.MessageID)
		require.Equal(w, "urn:mine", reply.RelatesTo)
		require.Empty(w, reply.To, "WS-Addressing 1.0: an anonymous answer has none")

		// Whatever came can be sent on: nothing of its first session is left in it.
		again, err := s.Call(w.Context(), reply)
		require.ErrorContains(w, err, "ActionNotSupported")
		require.True(w, again.IsFault())
		forwarded := got.Envelope.Clone()
		forwarded.MessageID = ""
		_, err = s.Call(w.Context(), forwarded)
		require.NoError(w, err)
		require.EqualValues(w, 3, got.Number)
	})
}

func TestOneWayAddressing(t *testing.T) {
	variants(t, func(w *world, v variant) {
		var got *rm.Message
		w.service.Mux[ns+"/test"] = func(_ context.Context, m *rm.Message) (*soap.Envelope, error) {
			got = m
			return nil, nil
		}
		s := w.open(v.options)
		env := say("test", "x")
		env.MessageID = "urn:mine"
		_, err := s.Send(w.Context(), env)
		require.NoError(w, err)
		require.NoError(w, s.Flush(w.Context()))
		w.close(s)
		if v.wsa == soap.WSA2004 {
			require.Empty(w, got.MessageID)
			require.Nil(w, got.ReplyTo)
		} else {
			require.Equal(w, "urn:mine", got.MessageID)
			require.True(w, got.ReplyTo.None())
		}
	})
}

func TestMessageIDThatIsPending(t *testing.T) {
	in(t, func(w *world) {
		s := w.open()
		env := say("sleep", "5s")
		env.MessageID = "urn:mine"
		go func() { _, _ = s.Call(w.Context(), env) }()
		time.Sleep(time.Second)
		_, err := s.Call(w.Context(), env)
		w.certain(err)
		require.ErrorContains(w, err, "urn:mine")
		time.Sleep(5 * time.Second)
		_, err = s.Call(w.Context(), env)
		require.NoError(w, err, "the first one has its reply")
		require.Equal(w, []string{"5s", "5s"}, w.service.delivered())
	})
}

func TestWhatCannotBeSent(t *testing.T) {
	in(t, func(w *world) {
		s := w.open()
		for _, env := range []*soap.Envelope{nil, soap.New("", nil), soap.New(ns+"/echo", make(chan int)), say("echo", "x").AddHeader([]byte("<"))} {
			_, err := s.Call(w.Context(), env)
			w.certain(err)
			_, err = s.Send(w.Context(), env)
			w.certain(err)
		}
		require.Zero(w, s.Stats().Sent)
		w.close(s)
	})
}

// A server cannot send to a client that it reaches only by answering.
func TestServersSideOfASession(t *testing.T) {
	in(t, func(w *world) {
		w.link.peer.Principal = "alice"
		w.service.Mux[ns+"/test"] = func(ctx context.Context, m *rm.Message) (*soap.Envelope, error) {
			_, err := m.Session.Call(ctx, say("callback", "x"))
			w.certain(err)
			_, err = m.Session.Send(ctx, say("callback", "x"))
			w.certain(err)
			require.NoError(w, m.Session.Flush(ctx))
			require.Equal(w, "alice", m.Session.Peer().Principal)
			require.EqualValues(w, 1, m.Session.Stats().Delivered)
			require.NoError(w, m.Session.Context().Err())
			return say("testResponse", m.Session.ID()), nil
		}
		s := w.open()
		reply, err := s.Call(w.Context(), say("test", "x"))
		require.NoError(w, err)
		require.Equal(w, s.ID(), heard(w, reply))
		require.Equal(w, "http://example.org/service", s.Peer().Address)
		w.close(s)
	})
}

// A handler's context ends with the session, not with the request that brought the message.
func TestHandlerContext(t *testing.T) {
	in(t, func(w *world) {
		s := w.open()
		_, err := s.Call(w.after(time.Second), say("sleep", "10s"))
		w.inDoubt(err, 1)
		time.Sleep(20 * time.Second)
		require.Equal(w, []string{"10s"}, w.service.delivered(), "not interrupted")

		go func() { _, _ = s.Call(w.Context(), say("sleep", "10s")) }()
		time.Sleep(time.Second)
		s.Abort(nil)
		time.Sleep(time.Second)
		require.Equal(w, []string{"10s", "10s", "interrupted"}, w.service.delivered())
	})
}

type key struct{}

func TestHandlerContextHasTheCarriersValues(t *testing.T) {
	in(t, func(w *world) {
		var got any
		w.service.Mux[ns+"/test"] = func(ctx context.Context, m *rm.Message) (*soap.Envelope, error) {
			got = ctx.Value(key{})
			return nil, nil
		}
		s := w.open()
		w.link.serve(withValue{w.server})
		_, err := s.Call(w.Context(), say("test", "x"))
		require.ErrorIs(w, err, rm.ErrNoReply)
		require.Equal(w, "carrier", got)
	})
}

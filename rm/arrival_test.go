package rm_test

import (
	"context"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

const replyAddress = "http://client.example.org/replies"

// postman is a carrier to a service that answers elsewhere: it takes each request with nothing, gives it to the server
// with an anonymous address in place of the client's, and brings the answer to the client's address.
type postman struct {
	*world
	replies *rm.Server

	mu   sync.Mutex
	sent []string                    // what the client wrote
	lose func(answer string) bool    // nil: nothing is lost
	make func(request string) string // nil: the server makes the answer
}

func (p *postman) Address() string { return "http://example.org/service" }

func (p *postman) Exchange(ctx context.Context, env *soap.Envelope) (*soap.Envelope, error) {
	request := written(env)
	p.mu.Lock()
	p.sent = append(p.sent, request)
	p.mu.Unlock()
	go p.serve(request, env.Addressing)
	return nil, ctx.Err()
}

func (p *postman) serve(request string, a soap.Addressing) {
	time.Sleep(10 * time.Millisecond)
	p.mu.Lock()
	lose, by := p.lose, p.make
	p.mu.Unlock()
	var answer string
	if by != nil {
		answer = by(request)
	} else if env := p.give(p.server, strings.ReplaceAll(request, replyAddress, a.Anonymous())); env != nil {
		answer = written(env)
	}
	if answer == "" {
		return
	}
	if lose != nil {
		p.mu.Lock()
		lost := lose(answer)
		p.mu.Unlock()
		if lost {
			return
		}
	}
	p.bring(answer)
}

// bring posts an envelope to the client's address, which has nothing to say to it.
func (p *postman) bring(answer string) *soap.Envelope { return p.give(p.replies, answer) }

func (p *postman) give(to *rm.Server, request string) *soap.Envelope {
	env, err := soap.Parse([]byte(request), nil)
	if err != nil {
		panic(err)
	}
	answer, err := to.ServeExchange(context.Background(), transport.Peer{Address: "192.0.2.9:80"}, env)
	if err != nil {
		panic(err)
	}
	return answer
}

// letters returns what the client wrote.
func (p *postman) letters() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.sent...)
}

var (
	messageID = regexp.MustCompile(`MessageID[^>]*>([^<]*)<`)
	offered   = regexp.MustCompile(`Offer><[^>]*Identifier>([^<]*)<`)
)

func written(env *soap.Envelope) string {
	b, err := env.AppendXML(nil)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func (w *world) logger() *slog.Logger { return slog.New(slog.NewTextHandler(w.log, nil)) }

// addressable opens a session whose answers come to an address.
func (w *world) addressable(opts ...func(*rm.Options)) (*rm.Session, *postman) {
	w.Helper()
	p := &postman{world: w, replies: &rm.Server{Address: replyAddress}}
	o := &rm.Options{Logger: w.logger(), ReplyTo: p.replies}
	for _, f := range opts {
		f(o)
	}
	s, err := rm.Open(w.Context(), p, o)
	require.NoError(w, err)
	w.opened = append(w.opened, s)
	return s, p
}

func TestAddressable(t *testing.T) {
	variants(t, func(w *world, v variant) {
		s, p := w.addressable(v.options)
		w.echo(s, "one")
		_, err := s.Send(w.Context(), say("ping", "two"))
		require.NoError(w, err)
		require.NoError(w, s.Flush(w.Context()))
		w.echo(s, "three")
		w.close(s)
		require.Equal(w, []string{"one", "two", "three"}, w.service.delivered())
		time.Sleep(time.Second) // 2005/02: TerminateSequence has no answer to wait for
		require.Zero(w, w.server.Stats().Sessions)

		create := p.letters()[0]
		want := 2 // AcksTo, ReplyTo
		if v.rm == rm.RM11 {
			want = 3 // and the Offer's Endpoint
		}
		require.Equal(w, want, strings.Count(create, "Address>"+replyAddress+"<"), create)
		for _, letter := range p.letters() {
			expects := strings.Contains(letter, "/echo<") || strings.Contains(letter, "/CloseSequence<") || strings.Contains(letter, "/TerminateSequence<")
			require.Equal(w, expects || letter == create, strings.Contains(letter, replyAddress), letter)
		}
	})
}

func TestAddressableLosses(t *testing.T) {
	// Of each kind of answer the first one is lost on its way to the client.
	for _, v := range []variant{{rm.RM10, soap.V11, soap.WSA2004}, {rm.RM11, soap.V12, soap.WSA10}} {
		in(t, func(w *world) {
			lost := map[string]bool{}
			p := &postman{world: w, replies: &rm.Server{Address: replyAddress}, lose: func(answer string) bool {
				env, err := soap.Parse([]byte(answer), nil)
				require.NoError(w, err)
				first := !lost[env.Action]
				lost[env.Action] = true
				return first
			}}
			o := &rm.Options{Logger: w.logger(), ReplyTo: p.replies}
			v.options(o)
			s, err := rm.Open(w.Context(), p, o)
			require.NoError(w, err)
			w.opened = append(w.opened, s)
			w.echo(s, "one")
			_, err = s.Send(w.Context(), say("ping", "two"))
			require.NoError(w, err)
			w.close(s)
			require.Equal(w, []string{"one", "two"}, w.service.delivered())
			time.Sleep(time.Second)
			require.Zero(w, w.server.Stats().Sessions)
			p.mu.Lock()
			defer p.mu.Unlock()
			require.GreaterOrEqual(w, len(lost), 4)
		})
	}
}

func TestAnswersInASequenceOfThePeersOwn(t *testing.T) {
	// The peer was offered nothing. It opens a sequence to the client's address and answers there; what it acknowledges
	// rides on those answers.
	variants(t, func(w *world, v variant) {
		s, p := w.addressable(v.options, func(o *rm.Options) { o.NoOffer = true })
		r := w.raw(v)
		created := p.bring(r.create("urn:uuid:own", false))
		require.Equal(w, "CreateSequenceResponse", short(created))
		own := identifier.FindStringSubmatch(written(created))[1]

		n := 0
		p.mu.Lock()
		p.make = func(request string) string {
			if !strings.Contains(request, "/echo<") {
				return ""
			}
			n++
			id := messageID.FindStringSubmatch(request)[1]
			k := string(rune('0' + n))
			return r.envelope(`<r:Sequence><r:Identifier>`+own+`</r:Identifier><r:MessageNumber>`+k+`</r:MessageNumber></r:Sequence>`+
				`<r:SequenceAcknowledgement><r:Identifier>`+s.ID()+`</r:Identifier><r:AcknowledgementRange Lower="1" Upper="`+k+`"/></r:SequenceAcknowledgement>`+
				r.addressing(ns+"/echoResponse", "urn:uuid:reply"+k, r.wsa.Anonymous())+`<a:RelatesTo>`+id+`</a:RelatesTo>`, r.body("answer "+k))
		}
		p.mu.Unlock()
		for _, want := range []string{"answer 1", "answer 2"} {
			reply, err := s.Call(w.Context(), say("echo", "x"))
			require.NoError(w, err)
			require.Equal(w, want, heard(w, reply))
		}
		require.EqualValues(w, 2, s.Stats().Acknowledged)
		require.EqualValues(w, 1, p.replies.Stats().Sessions, "the peer's")
		require.NoError(w, p.replies.Close())
	})
}

func TestWhatElseComesToTheAddress(t *testing.T) {
	in(t, func(w *world) {
		v := variant{rm.RM11, soap.V12, soap.WSA10}
		s, p := w.addressable(v.options)
		w.echo(s, "one")
		r := w.raw(v)
		offer := offered.FindStringSubmatch(p.letters()[0])[1]

		p.mu.Lock()
		p.make = func(string) string { return "" } // the server has not said what follows
		p.mu.Unlock()

		// A request of the peer's: nobody serves it, and its number is not acknowledged.
		answer := p.bring(r.message(offer, "9", "urn:uuid:call", r.wsa.Anonymous()))
		require.Equal(w, "fault ActionNotSupported", short(answer))
		// An answer to nothing is acknowledged and dropped.
		require.Nil(w, p.bring(strings.Replace(r.message(offer, "2", "", ""), "<a:Action", "<a:RelatesTo>urn:uuid:other</a:RelatesTo><a:Action", 1)))
		time.Sleep(time.Second)
		letters := p.letters()
		require.Contains(w, letters[len(letters)-1], `Lower="1" Upper="2"`)
		// Something for a sequence that nobody knows.
		require.Equal(w, "fault UnknownSequence", short(p.bring(r.message("urn:uuid:x", "1", "urn:uuid:y", r.wsa.Anonymous()))))
		// A number that cannot be ends the session.
		require.Equal(w, "fault SequenceTerminated", short(p.bring(r.message(offer, "0", "urn:uuid:y", r.wsa.Anonymous()))))
		require.Error(w, context.Cause(s.Context()))
		// What comes after the end gets nothing: the peer may still be at closing its sequence.
		require.Nil(w, p.bring(r.lifecycle("TerminateSequence", offer)))
	})
}

func TestReplyToNeedsAnAddress(t *testing.T) {
	in(t, func(w *world) {
		_, err := rm.Open(w.Context(), w.link, &rm.Options{ReplyTo: &rm.Server{}})
		require.EqualError(w, err, "rm: open: Options.ReplyTo has no Address")
	})
}

func TestTwoCallsWithOneMessageID(t *testing.T) {
	in(t, func(w *world) {
		one, p := w.addressable()
		two, err := rm.Open(w.Context(), p, &rm.Options{Logger: w.logger(), ReplyTo: p.replies})
		require.NoError(w, err)
		w.opened = append(w.opened, two)
		call := func() *soap.Envelope {
			env := say("echo", "x")
			env.MessageID = "urn:uuid:chosen"
			return env
		}
		done := make(chan error)
		go func() {
			_, err := one.Call(w.Context(), call())
			done <- err
		}()
		time.Sleep(time.Millisecond)
		_, err = two.Call(w.Context(), call()) // whose is the answer?
		w.certain(err)
		require.NoError(w, <-done)
		_, err = two.Call(w.Context(), call())
		require.NoError(w, err)
	})
}

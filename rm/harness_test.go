package rm_test

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
	"github.com/gowsrm/wsrm/window"
)

const ns = "http://example.org/rm/echo"

type text struct {
	XMLName xml.Name
	Text    string `xml:"http://example.org/rm/echo text"`
}

// say makes a message of the operation with a text in it.
func say(operation, s string) *soap.Envelope {
	return soap.New(ns+"/"+operation, text{XMLName: xml.Name{Space: ns, Local: operation}, Text: s})
}

// heard reads the text of a message.
func heard(t testing.TB, env *soap.Envelope) string {
	t.Helper()
	require.NotNil(t, env)
	var v text
	require.NoError(t, env.Decode(&v))
	return v.Text
}

// service is the application behind the server of a test. It notes what was delivered.
type service struct {
	mu    sync.Mutex
	notes []string
	rm.Mux
}

func newService() *service {
	v := &service{}
	v.Mux = rm.Mux{
		ns + "/echo": func(_ context.Context, m *rm.Message) (*soap.Envelope, error) {
			s, err := v.note(m)
			if err != nil {
				return nil, err
			}
			return say("echoResponse", s), nil
		},
		ns + "/ping": func(_ context.Context, m *rm.Message) (*soap.Envelope, error) {
			_, err := v.note(m)
			return nil, err
		},
		ns + "/sleep": func(ctx context.Context, m *rm.Message) (*soap.Envelope, error) {
			s, err := v.note(m)
			if err != nil {
				return nil, err
			}
			d, err := time.ParseDuration(s)
			if err != nil {
				return nil, err
			}
			select {
			case <-time.After(d):
				return say("sleepResponse", s), nil
			case <-ctx.Done():
				v.add("interrupted")
				return nil, context.Cause(ctx)
			}
		},
	}
	return v
}

func (v *service) note(m *rm.Message) (string, error) {
	var in text
	if err := m.Decode(&in); err != nil {
		return "", err
	}
	v.add(in.Text)
	return in.Text, nil
}

func (v *service) add(s string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.notes = append(v.notes, s)
}

// delivered returns what was delivered so far, in order.
func (v *service) delivered() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]string(nil), v.notes...)
}

func (v *service) forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.notes = nil
}

// fate is what a link does with an exchange.
type fate uint8

const (
	pass fate = iota
	loseRequest
	loseReply
	twice // the request arrives twice, the first answer counts
	empty // the request is lost, and answered with nothing
)

var errLost = errors.New("lost on the way")

// link is a carrier between a client and a Handler whose losses the test tells. It keeps what goes over it.
type link struct {
	peer  transport.Peer
	delay time.Duration // each way

	mu      sync.Mutex
	handler transport.Handler
	judge   func(n int, request *soap.Envelope) fate // see set
	n       int
	lines   []string // "-> Action", "<- Action" and so on, in order
}

func (l *link) Exchange(ctx context.Context, env *soap.Envelope) (*soap.Envelope, error) {
	l.mu.Lock()
	l.n++
	n, judge, handler := l.n, l.judge, l.handler
	l.mu.Unlock()
	l.log("-> " + short(env))
	f := pass
	if judge != nil {
		f = judge(n, env)
	}
	if err := l.wait(ctx); err != nil {
		return nil, err
	}
	switch f {
	case loseRequest:
		l.log("-> lost")
		return nil, errLost
	case empty:
		l.log("<- nothing")
		return nil, nil
	}
	pipe := &transport.Pipe{Handler: handler, Peer: l.peer}
	if f == twice {
		done := make(chan struct{})
		defer func() { <-done }()
		go func() {
			defer close(done)
			_, _ = pipe.Exchange(ctx, env)
		}()
	}
	answer, err := pipe.Exchange(ctx, env)
	if err := l.wait(ctx); err != nil {
		return nil, err
	}
	switch {
	case err != nil:
		l.log("<- error")
	case f == loseReply:
		l.log("<- lost " + short(answer))
		return nil, errLost
	default:
		l.log("<- " + short(answer))
	}
	return answer, err
}

// set says who tells the fate of exchanges: of the how manieth it is, from 1, and its request. Nil: all pass.
func (l *link) set(judge func(n int, request *soap.Envelope) fate) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.judge = judge
}

// serve puts another Handler at the end of the link.
func (l *link) serve(h transport.Handler) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.handler = h
}

// count returns how many exchanges there were.
func (l *link) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.n
}

// restart counts from the beginning.
func (l *link) restart() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n = 0
}

func (l *link) Address() string { return "http://example.org/service" }

func (l *link) wait(ctx context.Context) error {
	if l.delay == 0 {
		return nil
	}
	select {
	case <-time.After(l.delay):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *link) log(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

// seen returns what went over the link.
func (l *link) seen() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.lines...)
}

// forget empties what seen returns.
func (l *link) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = nil
}

// short names an envelope by the last part of its action, or a fault by its code.
func short(env *soap.Envelope) string {
	if env == nil {
		return "nothing"
	}
	if f, ok := errors.AsType[*soap.Fault](env.Err()); ok {
		if len(f.Subcodes) > 0 {
			return "fault " + f.Subcodes[len(f.Subcodes)-1].Local
		}
		return "fault " + f.Code
	}
	return env.Action[strings.LastIndexByte(env.Action, '/')+1:]
}

// nth makes a judge that gives the n-th exchange a fate.
func nth(n int, f fate) func(int, *soap.Envelope) fate {
	return func(i int, _ *soap.Envelope) fate {
		if i == n {
			return f
		}
		return pass
	}
}

// world is a client, a server and a link between them, in a bubble of virtual time.
type world struct {
	*testing.T
	service *service
	server  *rm.Server
	link    *link
	log     *logs
	opened  []*rm.Session
}

// in runs f in a bubble with a world. At its end sessions and server are ended: whatever goroutine is left then is a
// leak, and the bubble reports it.
func in(t *testing.T, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, service: newService(), log: &logs{}}
		w.server = &rm.Server{Handler: w.service, Options: &rm.Options{Logger: slog.New(slog.NewTextHandler(w.log, nil))}}
		w.link = &link{handler: w.server, peer: transport.Peer{Address: "192.0.2.1:1000"}}
		f(w)
		for _, s := range w.opened {
			s.Abort(nil)
		}
		require.NoError(t, w.server.Close())
		time.Sleep(2 * time.Second) // in which the last words are spoken
	})
}

// open opens a session, which is aborted at the end of the test if it is still there.
func (w *world) open(opts ...func(*rm.Options)) *rm.Session {
	w.Helper()
	o := &rm.Options{Logger: slog.New(slog.NewTextHandler(w.log, nil))}
	for _, f := range opts {
		f(o)
	}
	s, err := rm.Open(w.Context(), w.link, o)
	require.NoError(w, err)
	w.opened = append(w.opened, s)
	return s
}

// close closes s in good order.
func (w *world) close(s *rm.Session) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
	defer cancel()
	require.NoError(w, s.Close(ctx))
	require.ErrorContains(w, context.Cause(s.Context()), "session closed")
}

// echo calls the service and checks the answer.
func (w *world) echo(s *rm.Session, text string) {
	w.Helper()
	reply, err := s.Call(w.Context(), say("echo", text))
	require.NoError(w, err)
	require.Equal(w, text, heard(w, reply))
}

// after returns a context that ends in d.
func (w *world) after(d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(w.Context(), d)
	w.Cleanup(cancel)
	return ctx
}

// inDoubt checks that err says that these numbers are in doubt, and returns it.
func (w *world) inDoubt(err error, numbers ...window.Number) *rm.InDoubtError {
	w.Helper()
	doubt, ok := errors.AsType[*rm.InDoubtError](err)
	require.True(w, ok, "an InDoubtError, not %v", err)
	require.Equal(w, numbers, doubt.Numbers)
	return doubt
}

// certain checks that err says that nothing was done: neither an answer nor doubt.
func (w *world) certain(err error) {
	w.Helper()
	require.Error(w, err)
	_, fault := errors.AsType[*soap.Fault](err)
	_, doubt := errors.AsType[*rm.InDoubtError](err)
	require.False(w, fault, "%v is an answer", err)
	require.False(w, doubt, "%v is doubt", err)
}

// logs takes what is logged.
type logs struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	synctest.Wait() // whoever has something to log is done with it
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var _ io.Writer = (*logs)(nil)

// variant is a combination of versions.
type variant struct {
	rm   rm.Version
	soap soap.Version
	wsa  soap.Addressing
}

func (v variant) String() string { return fmt.Sprintf("RM %v, %v, %v", v.rm, v.soap, v.wsa) }

func (v variant) options(o *rm.Options) { o.Version, o.SOAP, o.Addressing = v.rm, v.soap, v.wsa }

// variants runs f with every combination of versions.
func variants(t *testing.T, f func(w *world, v variant)) {
	for _, r := range []rm.Version{rm.RM10, rm.RM11} {
		for _, s := range []soap.Version{soap.V11, soap.V12} {
			for _, a := range []soap.Addressing{soap.WSA2004, soap.WSA10} {
				v := variant{r, s, a}
				t.Run(v.String(), func(t *testing.T) { in(t, func(w *world) { f(w, v) }) })
			}
		}
	}
}

// withValue is a carrier whose context has a value.
type withValue struct{ transport.Handler }

func (v withValue) ServeExchange(ctx context.Context, p transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
	return v.Handler.ServeExchange(context.WithValue(ctx, key{}, "carrier"), p, env)
}

func runtimeGoexit() { runtime.Goexit() }

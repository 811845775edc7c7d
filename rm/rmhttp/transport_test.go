package rmhttp_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/rm/rmhttp"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport/soaphttp"
)

func TestRefusedRequests(t *testing.T) {
	in(t, func(w *world) {
		w.rt.Options.Version = rm.RM11
		s := shapes[0]
		closed := 0
		for _, c := range []struct {
			name string
			edit func(r *http.Request)
			want string
		}{
			{"attachments", func(r *http.Request) { r.Header.Set("Content-Type", `multipart/related; type="application/xop+xml"`) }, "attachments (MTOM, multipart/related) are not spoken"},
			{"no action", func(r *http.Request) {
				r.Header.Set("Soapaction", `""`)
				r.Body = io.NopCloser(strings.NewReader(`<e:Envelope xmlns:e="` + soap.V11.Namespace() + `"><e:Body/></e:Envelope>`))
			}, "the request has no action"},
			{"no SOAP", func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("hello")) }, "the request is no SOAP envelope"},
			{"the other SOAP", func(r *http.Request) { r.Header.Set("Content-Type", "application/soap+xml") }, "is not that of a SOAP 1.1 envelope"},
			{"no body", func(r *http.Request) { r.Body = nil }, "the request has no body"},
			{"too large", func(r *http.Request) { r.Body = io.NopCloser(io.LimitReader(zeros{}, 5<<20)); r.ContentLength = -1 }, "more than 4194304 bytes"},
			{"an address", func(r *http.Request) {
				body := shapes[2].envelope("echo", "x", `<a:ReplyTo xmlns:a="`+shapes[2].wsa+`"><a:Address>http://me.example.org/</a:Address></a:ReplyTo>`)
				r.Body = io.NopCloser(strings.NewReader(body))
			}, "wants its answer at http://me.example.org/"},
			{"an address for faults", func(r *http.Request) {
				body := shapes[2].envelope("echo", "x", `<a:FaultTo xmlns:a="`+shapes[2].wsa+`"><a:Address>http://me.example.org/faults</a:Address></a:FaultTo>`)
				r.Body = io.NopCloser(strings.NewReader(body))
			}, "wants its answer at http://me.example.org/faults"},
			{"no URL", func(r *http.Request) { r.URL = nil }, "or no URL"},
		} {
			r := s.request(w, w.Context(), "echo", "x", "")
			c.edit(r)
			if r.Body != nil {
				r.Body = &watched{r.Body, &closed}
			}
			before := closed
			_, err := w.rt.RoundTrip(r)
			require.ErrorContains(w, err, c.want, c.name)
			if r.Body != nil {
				require.Equal(w, before+1, closed, "%s: the body is closed", c.name)
			}
		}
		require.Empty(w, w.service.delivered())
		require.Zero(w, w.net.n)
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type watched struct {
	io.ReadCloser
	n *int
}

func (w *watched) Close() error { *w.n++; return w.ReadCloser.Close() }

func TestWhatIsNotSOAPPassesThrough(t *testing.T) {
	in(t, func(w *world) {
		r, err := http.NewRequest(http.MethodPost, "http://service.example.org/json", strings.NewReader("{}"))
		require.NoError(w, err)
		r.Header.Set("Content-Type", "application/json")
		resp, body := w.do(r)
		require.Equal(w, 200, resp.StatusCode)
		require.Contains(w, body, "<text>?</text>")
		require.Zero(w, w.rt.Stats().Opened)

		// Of several parts, but none of them an envelope.
		r, err = http.NewRequest(http.MethodPost, "http://service.example.org/images", strings.NewReader("--b--"))
		require.NoError(w, err)
		r.Header.Set("Content-Type", `multipart/related; boundary=b; type="application/dicom"`)
		resp, _ = w.do(r)
		require.Equal(w, 200, resp.StatusCode)
	})
}

func TestSessionOfTheClientsOwnPassesThrough(t *testing.T) {
	// Put into a session of the Transport's, its CreateSequence would be a message for the service.
	in(t, func(w *world) {
		s, err := rm.Open(w.Context(), &soaphttp.Client{URL: "http://service.example.org/", HTTP: w.client}, nil)
		require.NoError(w, err)
		_, err = s.Call(w.Context(), soap.New(ns+"/echo", []byte(`<echo xmlns="`+ns+`"><text>one</text></echo>`)))
		require.NoError(w, err)
		require.NoError(w, s.Close(w.Context()))
		require.Equal(w, []string{"one"}, w.service.delivered())
		require.Zero(w, w.rt.Stats().Opened)
		require.EqualValues(w, 1, w.handler.Stats().Created)
	})
}

func TestServiceWithoutWSRMIsAnError(t *testing.T) {
	in(t, func(w *world) {
		w.net.serve(w.service)
		_, err := w.client.Do(shapes[0].request(w, w.Context(), "echo", "x", ""))
		require.ErrorContains(w, err, "it does not speak WS-ReliableMessaging")
		require.Equal(w, []string{"?"}, w.service.delivered(), "CreateSequence, and never what was to be sent in a session")

		w.service.set(func(rw http.ResponseWriter, r *http.Request) {
			reply(rw, soap.V11, 500, `<S:Fault><faultcode>S:Client</faultcode><faultstring>what is that?</faultstring></S:Fault>`)
		})
		_, err = w.client.Do(shapes[0].request(w, w.Context(), "echo", "x", ""))
		require.ErrorContains(w, err, "refused by the peer: Sender: what is that?")
		require.NotContains(w, w.service.delivered(), "x")
		require.Zero(w, w.rt.Stats().Sessions)
	})
}

func TestRedirectIsAnError(t *testing.T) {
	in(t, func(w *world) {
		w.net.serve(http.RedirectHandler("http://new.example.org/echo", http.StatusPermanentRedirect))
		_, err := w.client.Do(shapes[1].request(w, w.Context(), "echo", "x", ""))
		require.ErrorContains(w, err, "308 Permanent Redirect: redirects are not followed; the new address is http://new.example.org/echo")
		require.Equal(w, 1, w.net.n)
	})
}

func TestSessionsByEndpoint(t *testing.T) {
	in(t, func(w *world) {
		call := func(url, who string) {
			r := shapes[1].request(w, w.Context(), "echo", "x", "")
			var err error
			r.URL, err = r.URL.Parse(url)
			require.NoError(w, err)
			if who != "" {
				r.Header.Set("Authorization", who)
			}
			w.do(r)
		}
		for range 2 {
			call("http://one.example.org/", "")
			call("http://one.example.org/", "Basic a")
			call("http://one.example.org/", "Basic b")
			call("http://one.example.org/other", "")
			call("http://two.example.org/", "")
		}
		require.EqualValues(w, 5, w.rt.Stats().Opened)
		n := 0
		for _, h := range w.net.seen {
			if h.Get("Authorization") == "Basic a" {
				n++
			}
		}
		require.Equal(w, 3, n, "CreateSequence and two messages")
	})
}

func TestIdleSessionsAreClosed(t *testing.T) {
	in(t, func(w *world) {
		w.rt.IdleTimeout = 10 * time.Second
		w.do(shapes[1].request(w, w.Context(), "echo", "one", ""))
		time.Sleep(9 * time.Second)
		w.do(shapes[1].request(w, w.Context(), "echo", "two", ""))
		time.Sleep(9 * time.Second)
		require.EqualValues(w, 1, w.handler.Stats().Sessions)
		time.Sleep(2 * time.Second)
		require.Zero(w, w.rt.Stats().Sessions)
		require.Zero(w, w.handler.Stats().Sessions, "in good order")
		w.do(shapes[1].request(w, w.Context(), "echo", "three", ""))
		require.EqualValues(w, 2, w.rt.Stats().Opened)
		require.EqualValues(w, 3, w.rt.Stats().Sent, "those of sessions that have ended included")

		w.client.CloseIdleConnections()
		time.Sleep(time.Second)
		require.Zero(w, w.handler.Stats().Sessions)
		require.Empty(w, w.logs.String())
	})
}

func TestMaxSessions(t *testing.T) {
	in(t, func(w *world) {
		w.rt.MaxSessions = 2
		w.rt.Key = func(r *http.Request) string { return r.Header.Get("X-Trace") }
		release := make(chan struct{})
		for _, text := range []string{"one", "two", "three"} { // each finds the one before idle
			w.do(shapes[1].request(w, w.Context(), "echo", text, ""))
		}
		require.EqualValues(w, 2, w.rt.Stats().Sessions)
		w.service.set(func(rw http.ResponseWriter, r *http.Request) { <-release; rw.WriteHeader(202) })
		done := make(chan error, 2)
		for _, text := range []string{"four", "five"} {
			go func() {
				_, err := w.client.Do(shapes[1].request(w, w.Context(), "echo", text, ""))
				done <- err
			}()
		}
		time.Sleep(time.Second)
		_, err := w.client.Do(shapes[1].request(w, w.Context(), "echo", "six", ""))
		require.ErrorContains(w, err, "all 2 sessions are in use")
		close(release)
		require.NoError(w, <-done)
		require.NoError(w, <-done)
	})
}

func TestClosedTransport(t *testing.T) {
	in(t, func(w *world) {
		w.do(shapes[1].request(w, w.Context(), "echo", "one", ""))
		require.NoError(w, w.rt.Close(w.Context()))
		require.Zero(w, w.handler.Stats().Sessions)
		_, err := w.client.Do(shapes[1].request(w, w.Context(), "echo", "two", ""))
		require.ErrorContains(w, err, "the Transport is closed")
		require.Equal(w, []string{"one"}, w.service.delivered())
	})
}

func TestOpeningIsShared(t *testing.T) {
	// One CreateSequence for all, also when the first of those who wait goes away.
	in(t, func(w *world) {
		slow := &rmhttp.Handler{Next: w.service, Server: &rm.Server{Options: &rm.Options{Unordered: true}}}
		w.net.serve(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second)
			slow.ServeHTTP(rw, r)
		}))
		first := make(chan error)
		go func() {
			r := shapes[1].request(w, w.Context(), "echo", "first", "")
			client := &http.Client{Transport: w.rt, Timeout: 100 * time.Millisecond}
			_, err := client.Do(r)
			first <- err
		}()
		done := make(chan error)
		for i := range 20 {
			go func() {
				time.Sleep(10 * time.Millisecond)
				_, err := w.client.Do(shapes[1].request(w, w.Context(), "echo", fmt.Sprint(i), ""))
				done <- err
			}()
		}
		require.ErrorContains(w, <-first, "opening a session")
		for range 20 {
			require.NoError(w, <-done)
		}
		require.EqualValues(w, 1, w.rt.Stats().Opened)
		require.Len(w, w.service.delivered(), 20)
	})
}

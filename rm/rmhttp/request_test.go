package rmhttp_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/rm/rmhttp"
	"github.com/gowsrm/wsrm/soap"
)

func TestRequestIsReadOnceAndNotChanged(t *testing.T) {
	in(t, func(w *world) {
		closed := 0
		r := shapes[0].request(w, w.Context(), "echo", "hello", "")
		r.SetBasicAuth("ann", "secret")
		r.Header.Set("Cookie", "a=b")
		r.Header.Set("Expect", "100-continue")
		r.Header.Set("Connection", "X-Hop")
		r.Header.Set("X-Hop", "for the next one")
		r.Header.Set("Accept-Encoding", "br")
		r.ContentLength = -1 // as of a body that goes out in chunks
		r.Body = &watched{r.Body, &closed}
		r.GetBody = func() (io.ReadCloser, error) { panic("the body is read a second time") }
		before, url := r.Header.Clone(), r.URL.String()
		w.net.lose = func(n int) (bool, bool) { return n == 2, false }
		resp, err := w.rt.RoundTrip(r)
		require.NoError(w, err)
		require.Equal(w, 200, resp.StatusCode)
		require.Equal(w, 1, closed)
		require.Equal(w, before, r.Header)
		require.Equal(w, url, r.URL.String())
		require.Same(w, r, resp.Request)

		// CreateSequence, the first attempt, its repeat.
		require.Len(w, w.net.seen, 3)
		for _, h := range w.net.seen {
			require.Equal(w, before.Get("Authorization"), h.Get("Authorization"))
			require.Equal(w, "t-hello", h.Get("X-Trace"))
			require.Equal(w, "a=b", h.Get("Cookie"))
			require.Empty(w, h.Get("Expect"))
			require.Empty(w, h.Get("X-Hop"))
			require.NotContains(w, h.Get("Accept-Encoding"), "br")
		}
	})
}

func TestActions(t *testing.T) {
	for _, c := range []struct{ contentType, soapAction, want string }{
		{"text/xml", `"urn:a"`, "urn:a"},
		{"text/xml; charset=utf-8", ` urn:a `, "urn:a"},
		{`text/xml; action="urn:b"`, `"urn:a"`, "urn:a"},
		{`application/soap+xml; action="urn:a"`, "", "urn:a"},
		{`application/soap+xml;charset=utf-8;action="urn:a"`, `"urn:b"`, "urn:a"},
		{"text/xml", `""`, ns + "/echo"},
		{"text/xml", "", ns + "/echo"},
		{`application/soap+xml; charset=utf-8`, "", ns + "/echo"},
		{`Application/SOAP+XML; charset=utf-8; Action=urn:e/e?a=b`, "", "urn:e/e?a=b"}, // as toolkits write it
		{`application/soap+xml; action=""; charset`, "", ns + "/echo"},
	} {
		in(t, func(w *world) {
			s := shapes[0]
			if strings.Contains(strings.ToLower(c.contentType), "soap") {
				s = shapes[1]
			}
			r := s.request(w, w.Context(), "echo", "x", "")
			r.Header.Set("Content-Type", c.contentType)
			r.Header.Del("Soapaction")
			if c.soapAction != "" {
				r.Header.Set("Soapaction", c.soapAction)
			}
			_, err := w.client.Do(r)
			require.NoError(w, err)
			_, body := w.service.last()
			env, err := soap.Parse([]byte(body), nil)
			require.NoError(w, err)
			require.Equal(w, c.want, env.Action)
		})
	}
}

func TestFaultComesAsItIs(t *testing.T) {
	for _, wsa := range []string{"", soap.WSA10.Namespace()} {
		in(t, func(w *world) {
			w.service.set(func(rw http.ResponseWriter, r *http.Request) {
				rw.Header().Set("Content-Type", "text/xml")
				rw.WriteHeader(500)
				fmt.Fprint(rw, `<S:Envelope xmlns:S="`+soap.V11.Namespace()+`"><S:Header><a:Action xmlns:a="`+soap.WSA10.Namespace()+`">urn:NoFunds</a:Action><tx xmlns="urn:tx">9</tx></S:Header><S:Body>`+
					`<S:Fault><faultcode>S:Client</faultcode><faultstring>no</faultstring><faultactor>urn:who</faultactor><detail><code xmlns="urn:x">7</code></detail></S:Fault></S:Body></S:Envelope>`)
			})
			resp, body := w.do(shape{soap.V11, wsa}.request(w, w.Context(), "echo", "x", ""))
			require.Equal(w, 500, resp.StatusCode)
			require.Equal(w, "text/xml; charset=utf-8", resp.Header.Get("Content-Type"))
			require.Contains(w, body, `<faultactor>urn:who</faultactor>`)
			require.Contains(w, body, `<code xmlns="urn:x">7</code>`)
			require.Contains(w, body, `>9</tx>`)
			require.NotContains(w, body, "Sequence")
			env, err := soap.Parse([]byte(body), nil)
			require.NoError(w, err)
			require.Equal(w, map[string]string{"": "", soap.WSA10.Namespace(): "urn:NoFunds"}[wsa], env.Action)
		})
	}
}

// If the answer to its first attempt is lost, it cannot be told whether a message that was acknowledged will have a reply.
func TestNoReply(t *testing.T) {
	for _, v := range []rm.Version{rm.RM10, rm.RM11} {
		t.Run(v.String(), func(t *testing.T) { in(t, func(w *world) { noReply(w, v) }) })
	}
}

func noReply(w *world, v rm.Version) {
	w.rt.Options.Version = v
	w.service.set(func(rw http.ResponseWriter, r *http.Request) { rw.WriteHeader(http.StatusAccepted) })
	lose := 2
	w.net.lose = func(n int) (bool, bool) { return false, n == lose }
	call := func(text string) (*http.Response, error) {
		return w.client.Do(shapes[1].request(w, w.Context(), "echo", text, ""))
	}
	began := time.Now()
	_, err := call("one")
	require.Less(w, time.Since(began), 16*time.Second)
	doubt, ok := errors.AsType[*rm.InDoubtError](err)
	require.True(w, ok, "%v", err)
	require.ErrorIs(w, doubt, rm.ErrNoReply)

	// Once it has acknowledged such a message at once, it is known for one that does not reply.
	resp, err := call("two")
	require.NoError(w, err)
	require.Equal(w, 202, resp.StatusCode)
	began = time.Now()
	lose = w.net.n + 1
	resp, err = call("three")
	require.NoError(w, err)
	require.Equal(w, 202, resp.StatusCode)
	require.Less(w, time.Since(began), time.Second)

	// Until it replies.
	w.service.set(nil)
	resp, err = call("four")
	require.NoError(w, err)
	require.Equal(w, 200, resp.StatusCode)
	w.service.set(func(rw http.ResponseWriter, r *http.Request) { rw.WriteHeader(http.StatusAccepted) })
	lose = w.net.n + 1
	_, err = call("five")
	require.ErrorIs(w, err, rm.ErrNoReply)
	require.Equal(w, []string{"one", "two", "three", "four", "five"}, w.service.delivered())
	require.EqualValues(w, 1, w.rt.Stats().Opened)
}

// roundTripper is a Base.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestBaseAuthenticatesEveryRequest(t *testing.T) {
	in(t, func(w *world) {
		tokens := 0
		w.rt.Base = roundTripper(func(r *http.Request) (*http.Response, error) {
			tokens++
			r = r.Clone(r.Context())
			r.Header.Set("Authorization", fmt.Sprint("Bearer ", tokens)) // a new one each time
			return w.net.RoundTrip(r)
		})
		w.net.lose = func(n int) (bool, bool) { return n == 1, n == 4 }
		for i := range 3 {
			w.do(shapes[1].request(w, w.Context(), "echo", fmt.Sprint(i), ""))
		}
		require.NoError(w, w.rt.Close(w.Context()))
		require.EqualValues(w, 1, w.rt.Stats().Opened)
		require.Len(w, w.net.seen, tokens)
		for i, h := range w.net.seen {
			require.Equal(w, fmt.Sprint("Bearer ", i+1), h.Get("Authorization"))
		}
	})
}

func TestCookiesStickToTheSession(t *testing.T) {
	in(t, func(w *world) {
		n := 0
		w.net.serve(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if _, err := r.Cookie("server"); err != nil {
				n++
				http.SetCookie(rw, &http.Cookie{Name: "server", Value: fmt.Sprint(n)})
			}
			w.handler.ServeHTTP(rw, r)
		}))
		w.rt.Key = func(r *http.Request) string { return r.Header.Get("X-Trace") }
		for _, text := range []string{"one", "two", "one", "two"} {
			w.do(shapes[1].request(w, w.Context(), "echo", text, ""))
		}
		require.NoError(w, w.rt.Close(w.Context()))
		require.Equal(w, 2, n, "one for each session")
	})
}

func TestHostOfTheRequest(t *testing.T) {
	in(t, func(w *world) {
		var mu sync.Mutex
		var hosts []string
		w.rt.Base = roundTripper(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			hosts = append(hosts, r.Host)
			mu.Unlock()
			return w.net.RoundTrip(r)
		})
		for _, host := range []string{"", "virtual.example.org"} {
			r := shapes[1].request(w, w.Context(), "echo", "x", "")
			if host != "" {
				r.Host = host
			}
			w.do(r)
		}
		require.Equal(w, []string{"service.example.org", "service.example.org", "virtual.example.org", "virtual.example.org"}, hosts)
		require.EqualValues(w, 2, w.rt.Stats().Opened)
	})
}

// What was transmitted stays in doubt when its session is gone; what still waited for room has a new session.
func TestOnlyWhatWasNeverTransmittedMoves(t *testing.T) {
	in(t, func(w *world) {
		w.rt.Options.Window = 1
		dies := make(chan struct{})
		w.net.serve(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if w.rt.Stats().Opened > 0 {
				<-dies
				panic("cut")
			}
			w.handler.ServeHTTP(rw, r)
		}))
		errs := make([]error, 3)
		var group sync.WaitGroup
		for i := range errs {
			group.Go(func() {
				_, errs[i] = w.client.Do(shapes[1].request(w, w.Context(), "echo", fmt.Sprint(i), ""))
			})
			time.Sleep(time.Second)
		}
		w.net.serve(&rmhttp.Handler{Next: w.service}) // a new process, which knows nothing of the session
		close(dies)
		group.Wait()
		_, doubt := errors.AsType[*rm.InDoubtError](errs[0])
		require.True(w, doubt, "%v", errs[0])
		require.NoError(w, errs[1])
		require.NoError(w, errs[2])
		require.ElementsMatch(w, []string{"1", "2"}, w.service.delivered())
		require.EqualValues(w, 2, w.rt.Stats().Opened)
	})
}

// An action without quotes takes nothing of the charset with it, neither here nor at the service.
func TestCharsetBesideAnActionWithoutQuotes(t *testing.T) {
	const kind = "text/xml; charset=ISO-8859-1; action=urn:e/e"
	in(t, func(w *world) {
		w.service.set(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Content-Type", kind)
			fmt.Fprintf(rw, `<S:Envelope xmlns:S="%s"><S:Body><echoResponse xmlns="%s"><text>na`+"\xef"+`ve</text></echoResponse></S:Body></S:Envelope>`, soap.V11.Namespace(), ns)
		})
		r := shapes[0].request(w, w.Context(), "echo", "x", "")
		b, err := io.ReadAll(r.Body)
		require.NoError(w, err)
		latin := strings.Replace(string(b), ">x<", ">caf\xe9<", 1)
		require.NotEqual(w, string(b), latin)
		r.Body, r.GetBody, r.ContentLength = io.NopCloser(strings.NewReader(latin)), nil, 0 // of unknown length
		r.Header.Set("Content-Type", kind)
		_, reply := w.do(r)
		require.Contains(w, reply, "naïve")
		_, got := w.service.last()
		require.Contains(w, got, ">café<")
	})
}

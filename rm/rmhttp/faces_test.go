package rmhttp_test

import (
	"context"
	"errors"
	"fmt"
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

func TestOneLineEach(t *testing.T) {
	for _, s := range shapes {
		in(t, func(w *world) {
			resp, body := w.do(s.request(w, w.Context(), "echo", "hello", `<h xmlns="urn:h" xmlns:q="`+s.soap.Namespace()+`" q:mustUnderstand="1">x</h>`))
			require.Equal(w, 200, resp.StatusCode)
			require.Contains(w, body, `<echoResponse xmlns="`+ns+`"><text>hello</text></echoResponse>`)
			require.NotContains(w, body, "2005/02/rm")
			require.NotContains(w, body, "ws-rx/wsrm")
			require.EqualValues(w, len(body), resp.ContentLength)
			env, err := soap.Parse([]byte(body), nil)
			require.NoError(w, err)
			require.Equal(w, s.soap, env.Version)
			if s.wsa == "" {
				require.Zero(w, env.Action+env.RelatesTo+env.MessageID+env.To)
			} else {
				require.Equal(w, ns+"/echoResponse", env.Action)
				require.Equal(w, "urn:id:hello", env.RelatesTo)
				require.Equal(w, s.wsa, env.Addressing.Namespace())
			}

			// What the service saw is the plain request.
			r, text := w.service.last()
			require.Equal(w, "POST /echo?x=1 service.example.org 192.0.2.1:1234", fmt.Sprint(r.Method, " ", r.URL, " ", r.Host, " ", r.RemoteAddr))
			require.Equal(w, "t-hello", r.Header.Get("X-Trace"))
			require.EqualValues(w, len(text), r.ContentLength)
			if s.soap == soap.V11 {
				require.Equal(w, `"`+ns+`/echo"`, r.Header.Get("Soapaction"))
				require.Equal(w, "text/xml; charset=utf-8", r.Header.Get("Content-Type"))
			} else {
				require.Contains(w, r.Header.Get("Content-Type"), `action="`+ns+`/echo"`)
			}
			require.NotContains(w, text, "2005/02/rm")
			require.NotContains(w, text, "ws-rx/wsrm")
			got, err := soap.Parse([]byte(text), nil)
			require.NoError(w, err)
			for h := range got.Headers() {
				require.Equal(w, h.Name.Space == "urn:h", h.MustUnderstand, "%v: addressing need not be understood, the application's is", h.Name)
			}
			require.Equal(w, ns+"/echo", got.Action)
			require.True(w, got.ReplyTo.Anonymous())
			if s.wsa != "" {
				require.Equal(w, "urn:id:hello", got.MessageID)
			}
			require.EqualValues(w, 1, w.rt.Stats().Sessions)
		})
	}
}

func TestLosses(t *testing.T) {
	// A fifth of the requests and a fifth of the responses get lost; each message is delivered once.
	in(t, func(w *world) {
		w.handler = &rmhttp.Handler{Next: w.service, Server: &rm.Server{Options: &rm.Options{Unordered: true}}}
		w.net.serve(w.handler)
		w.net.lose = func(n int) (bool, bool) { return n%5 == 2, n%5 == 4 }
		const callers = 300
		var group sync.WaitGroup
		for i := range callers {
			group.Go(func() {
				text := fmt.Sprint("m", i)
				_, body := w.do(shapes[i%2].request(w, w.Context(), "echo", text, ""))
				require.Contains(w, body, "<text>"+text+"</text>")
			})
		}
		group.Wait()
		seen := map[string]int{}
		for _, text := range w.service.delivered() {
			seen[text]++
		}
		require.Len(w, seen, callers)
		require.Len(w, w.service.delivered(), callers, "none twice")
		st := w.rt.Stats()
		require.EqualValues(w, 2, st.Sessions, "one for each version of SOAP")
		require.EqualValues(w, callers, st.Sent)
		require.NotZero(w, st.Resent)
	})
}

func TestAnswersOfTheService(t *testing.T) {
	fault := `<S:Fault><faultcode>S:Client</faultcode><faultstring>no such account</faultstring><detail><code xmlns="urn:x">7</code></detail></S:Fault>`
	for _, c := range []struct {
		name string
		do   http.HandlerFunc
		code int
		body string // what is in it
		logs string
	}{
		{"a fault", func(w http.ResponseWriter, r *http.Request) { reply(w, soap.V11, 500, fault) }, 500, `xmlns="urn:x">7</code>`, ""},
		{"a fault with 400", func(w http.ResponseWriter, r *http.Request) { reply(w, soap.V11, 400, fault) }, 500, "no such account", ""},
		{"an envelope with 404", func(w http.ResponseWriter, r *http.Request) { reply(w, soap.V11, 404, "<x/>") }, 200, "<x/>", ""},
		{"the other SOAP", func(w http.ResponseWriter, r *http.Request) { reply(w, soap.V12, 200, "<x/>") }, 200, soap.V11.Namespace(), ""},
		{"202", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(202) }, 202, "", ""},
		{"nothing", func(w http.ResponseWriter, r *http.Request) {}, 202, "", ""},
		{"202 with an envelope", func(w http.ResponseWriter, r *http.Request) { reply(w, soap.V11, 202, "<x/>") }, 200, "<x/>", ""},
		{"202 with another text", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/xml")
			w.WriteHeader(202)
			fmt.Fprint(w, "<taken/>")
		}, 202, "", ""},
		{"204", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) }, 202, "", ""},
		{"an error page", func(w http.ResponseWriter, r *http.Request) { http.Error(w, "secret", http.StatusServiceUnavailable) }, 500, "The service answered 503 Service Unavailable, and it is no answer", "503"},
		{"a challenge", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(401) }, 500, "401 Unauthorized", "401"},
		{"HTML with 200", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<html>") }, 500, "200 OK, and it is no answer", "no SOAP envelope"},
		{"ill-formed", func(w http.ResponseWriter, r *http.Request) { reply(w, soap.V11, 200, "<x>") }, 500, "200 OK, and it is no answer", "level=WARN"},
		{"a panic", func(w http.ResponseWriter, r *http.Request) { panic("secret") }, 500, "internal error", "panic: secret"},
		{"given up", func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }, 500, "The service gave up", ""},
		{"too much", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/xml")
			for range 5 << 10 {
				if _, err := w.Write(make([]byte, 1<<10)); err != nil {
					return
				}
			}
		}, 500, "with more than may be passed on", "larger than the limit"},
		{"too much for a reverse proxy", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/xml")
			if _, err := w.Write(make([]byte, 5<<20)); err != nil {
				panic(http.ErrAbortHandler)
			}
		}, 500, "with more than may be passed on", "larger than the limit"},
		{"after it has returned", func(w http.ResponseWriter, r *http.Request) {
			w.(http.Flusher).Flush()
			reply(w, soap.V11, 200, "<x/>")
			go func() {
				time.Sleep(time.Millisecond)
				w.WriteHeader(500)
				if _, err := w.Write([]byte("late")); err == nil {
					panic("written after the answer")
				}
			}()
		}, 200, "<x/>", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			in(t, func(w *world) {
				w.service.set(c.do)
				resp, body := w.do(shapes[0].request(w, w.Context(), "echo", "one", ""))
				require.Equal(w, c.code, resp.StatusCode)
				require.Contains(w, body, c.body)
				require.NotContains(w, body, "secret")
				time.Sleep(time.Second)
				if c.logs == "" {
					require.Empty(w, w.logs.String())
				} else {
					require.Contains(w, w.logs.String(), c.logs)
				}
				// It was consumed: the session goes on, and nothing runs again.
				w.service.set(nil)
				w.do(shapes[0].request(w, w.Context(), "echo", "two", ""))
				require.Equal(w, []string{"one", "two"}, w.service.delivered())
				require.EqualValues(w, 1, w.rt.Stats().Opened)
			})
		})
	}
}

func TestNotHandledComesAgain(t *testing.T) {
	// With AckHandled a service that fails gets the message again.
	in(t, func(w *world) {
		w.handler.Server.Options.AckHandled = true
		n := 0
		w.service.set(func(rw http.ResponseWriter, r *http.Request) {
			if n++; n < 3 {
				rw.WriteHeader(http.StatusBadGateway)
				return
			}
			reply(rw, soap.V12, 200, "<done/>")
		})
		resp, body := w.do(shapes[1].request(w, w.Context(), "echo", "one", ""))
		require.Equal(w, 200, resp.StatusCode)
		require.Contains(w, body, "<done/>")
		require.Equal(w, []string{"one", "one", "one"}, w.service.delivered())
	})
}

func TestOneWay(t *testing.T) {
	in(t, func(w *world) {
		none := `<a:ReplyTo xmlns:a="` + soap.WSA10.Namespace() + `"><a:Address>` + soap.WSA10.Namespace() + `/none</a:Address></a:ReplyTo>`
		resp, body := w.do(shapes[3].request(w, w.Context(), "echo", "note", none))
		require.Equal(w, 202, resp.StatusCode)
		require.Empty(w, body)
		time.Sleep(time.Second)
		require.Equal(w, []string{"note"}, w.service.delivered())
	})
}

func TestTimeoutIsInDoubt(t *testing.T) {
	in(t, func(w *world) {
		w.service.set(func(rw http.ResponseWriter, r *http.Request) {
			select {
			case <-time.After(10 * time.Second):
				reply(rw, soap.V11, 200, "<late/>")
			case <-r.Context().Done(): // the session's end, not the connection's
				panic("the request was cancelled")
			}
		})
		w.client.Timeout = 3 * time.Second
		_, err := w.client.Do(shapes[0].request(w, w.Context(), "echo", "slow", ""))
		doubt, ok := errors.AsType[*rm.InDoubtError](err)
		require.True(w, ok, "%v", err)
		require.EqualValues(w, 1, doubt.Numbers[0])
		require.ErrorIs(w, err, context.DeadlineExceeded)
		time.Sleep(20 * time.Second)
		require.Equal(w, []string{"slow"}, w.service.delivered(), "it was done, once")

		// The same session goes on.
		w.service.set(nil)
		w.do(shapes[0].request(w, w.Context(), "echo", "quick", ""))
		require.EqualValues(w, 1, w.rt.Stats().Opened)

		// Before there is a number it is no doubt.
		ctx, cancel := context.WithCancel(w.Context())
		cancel()
		_, err = w.rt.RoundTrip(shapes[0].request(w, ctx, "echo", "never", ""))
		require.ErrorIs(w, err, context.Canceled)
		_, doubtful := errors.AsType[*rm.InDoubtError](err)
		require.False(w, doubtful)
		require.Equal(w, []string{"slow", "quick"}, w.service.delivered())
	})
}

func TestServiceRestarts(t *testing.T) {
	in(t, func(w *world) {
		w.do(shapes[1].request(w, w.Context(), "echo", "one", ""))
		// The new process knows nothing of the session. What was under way then is in doubt, what comes later is not.
		w.net.serve(&rmhttp.Handler{Next: w.service})
		_, err := w.client.Do(shapes[1].request(w, w.Context(), "echo", "two", ""))
		_, doubt := errors.AsType[*rm.InDoubtError](err)
		require.True(w, doubt, "%v", err)
		w.do(shapes[1].request(w, w.Context(), "echo", "three", ""))
		require.Equal(w, []string{"one", "three"}, w.service.delivered())
		require.EqualValues(w, 2, w.rt.Stats().Opened)
	})
}

func TestPlainCallers(t *testing.T) {
	in(t, func(w *world) {
		plain := &http.Client{Transport: w.net}
		get, err := http.NewRequest(http.MethodGet, "http://service.example.org/echo?wsdl", http.NoBody)
		require.NoError(w, err)
		resp, err := plain.Do(get)
		require.NoError(w, err)
		require.Equal(w, 200, resp.StatusCode)

		for _, s := range shapes {
			// Whatever the body mentions, there is no session.
			r := s.request(w, w.Context(), "echo", ns11+" "+ns10, "")
			want := s.envelope("echo", ns11+" "+ns10, "")
			resp, err := plain.Do(r)
			require.NoError(w, err)
			require.Equal(w, 200, resp.StatusCode)
			_, got := w.service.last()
			require.Equal(w, want, got, "untouched")
		}
		require.Zero(w, w.handler.Stats().Created)

		w.handler.Required = true
		resp, err = plain.Do(shapes[1].request(w, w.Context(), "echo", "x", ""))
		require.NoError(w, err)
		require.Equal(w, 500, resp.StatusCode)
		b := new(strings.Builder)
		require.NoError(w, resp.Write(b))
		require.Contains(w, b.String(), "WSRMRequired")
		// And with a session it works as before.
		w.do(shapes[1].request(w, w.Context(), "echo", "y", ""))
	})
}

const (
	ns10 = "http://schemas.xmlsoap.org/ws/2005/02/rm"
	ns11 = "http://docs.oasis-open.org/ws-rx/wsrm/200702"
)

// What a reply carries is for who sent the request, and what some toolkits answer to one-way messages is for nobody.
func TestRepliesAreNotTheSessions(t *testing.T) {
	in(t, func(w *world) {
		w.service.set(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Content-Type", "application/soap+xml; charset=utf-8")
			fmt.Fprint(rw, `<S:Envelope xmlns:S="http://www.w3.org/2003/05/soap-envelope"><S:Header><h:Session xmlns:h="urn:h" S:mustUnderstand="1">7</h:Session></S:Header><S:Body><x/></S:Body></S:Envelope>`)
		})
		resp, body := w.do(shapes[1].request(w, w.Context(), "echo", "one", ""))
		require.Equal(w, 200, resp.StatusCode)
		require.Contains(w, body, "urn:h")
		const declaration = `<?xml version="1.0" encoding="utf-8"?><` // some toolkits want one
		require.True(w, strings.HasPrefix(body, declaration), body)
		_, request := w.service.last()
		require.True(w, strings.HasPrefix(request, declaration), request)

		const none = `<a:ReplyTo xmlns:a="http://www.w3.org/2005/08/addressing"><a:Address>http://www.w3.org/2005/08/addressing/none</a:Address></a:ReplyTo>`
		resp, body = w.do(shapes[3].request(w, w.Context(), "tell", "two", none))
		require.Equal(w, 202, resp.StatusCode, body)
		time.Sleep(time.Second)
		require.Equal(w, []string{"one", "two"}, w.service.delivered())
		require.Empty(w, w.logs.String())
	})
}

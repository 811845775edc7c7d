package rmhttp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/rm/rmhttp"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport/soaphttp"
)

const (
	createSequence = `<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Header><a:Action xmlns:a="http://www.w3.org/2005/08/addressing">` + ns11 + `/CreateSequence</a:Action></e:Header>` +
		`<e:Body><CreateSequence xmlns="` + ns11 + `"/></e:Body></e:Envelope>`
	plainEnvelope = `<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body><m xmlns="urn:x"><text>` + ns11 + `</text></m></e:Body></e:Envelope>`
	soap12        = "application/soap+xml; charset=utf-8"
	mtom          = `multipart/related; type="application/xop+xml"; start-info="application/soap+xml"; boundary=B`
)

func attached(envelope string) string {
	return "--B\r\nContent-Type: application/xop+xml; charset=utf-8; type=\"application/soap+xml\"\r\n\r\n" + envelope +
		"\r\n--B\r\nContent-Type: image/png\r\nContent-ID: <1>\r\n\r\nPNG\r\n--B--\r\n"
}

func TestWhoServesARequest(t *testing.T) {
	const next = 299 // the status of Next
	for _, c := range []struct {
		name, kind, body string
		required         bool
		code             int
	}{
		{"a plain message", soap12, plainEnvelope, false, next},
		{"a message of a session", soap12, createSequence, false, 500}, // it is incomplete
		{"no SOAP", "application/json", `"` + ns11 + `"`, false, next},
		{"no SOAP where sessions are required", "application/json", `{}`, true, 415},
		{"a plain message with an attachment", mtom, attached(plainEnvelope), false, next},
		{"the same where sessions are required", mtom, attached(plainEnvelope), true, 415},
		{"a message of a session with an attachment", mtom, attached(createSequence), false, 415},
		{"broken attachments", mtom, "--B\r\n" + createSequence, false, next},
		{"attachments without a boundary", "multipart/related", attached(createSequence), false, next},
		{"a large plain message", soap12, strings.Repeat(" ", 2000) + plainEnvelope, false, next},
		{"a large message of a session", soap12, createSequence + strings.Repeat(" ", 2000), false, 500}, // there is room for what a session adds
		{"a larger one", soap12, createSequence + strings.Repeat(" ", 20_000), false, 413},
		{"an ill-formed message of a session", soap12, createSequence + "<", false, 500},
		{"nothing", soap12, "", false, next},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got string
			h := &rmhttp.Handler{Required: c.required, Limits: &soap.Limits{Bytes: 1500}, Next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				require.IsType(t, &httptest.ResponseRecorder{}, w, "the writer is the server's own")
				b, err := io.ReadAll(r.Body)
				require.NoError(t, err)
				got = string(b)
				w.WriteHeader(next)
			})}
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(c.body))
			r.Header.Set("Content-Type", c.kind)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			require.Equal(t, c.code, w.Code, w.Body)
			if c.code == next {
				require.Equal(t, c.body, got, "untouched")
			}
		})
	}
}

func TestBodiesThatEndEarly(t *testing.T) {
	wrong := errors.New("the connection is broken")
	for _, c := range []struct {
		name, body string
		err        error
		code       int // 0: Next reads the same
	}{
		{"a plain message", "<e:Envelope ", wrong, 0},
		{"a message of a session", createSequence[:len(createSequence)-5], wrong, 503},
		{"a message of a session, too large for middleware", createSequence[:len(createSequence)-5], &http.MaxBytesError{Limit: 9}, 413},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &rmhttp.Handler{Next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				b, err := io.ReadAll(r.Body)
				require.Equal(t, c.body, string(b))
				require.Equal(t, c.err, err)
				w.WriteHeader(299)
			})}
			r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader(c.body), &once{c.err}))
			r.Header.Set("Content-Type", soap12)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if c.code == 0 {
				c.code = 299
			}
			require.Equal(t, c.code, w.Code, w.Body)
		})
	}
}

// once fails once, and is at its end then, as a body that is read again after an error may be.
type once struct{ err error }

func (o *once) Read([]byte) (int, error) {
	err := o.err
	o.err = io.EOF
	return 0, err
}

func TestPrincipalOfTheHandler(t *testing.T) {
	h := &rmhttp.Handler{
		Next:      http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}),
		Principal: func(r *http.Request) (string, error) { return "", errors.New("secret") },
	}
	for body, code := range map[string]int{createSequence: 403, plainEnvelope: 200} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", soap12)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, code, w.Code)
		require.NotContains(t, w.Body.String(), "secret")
	}
}

// WCF's client compares the action of a reply with that of its contract.
func TestActionOfAReply(t *testing.T) {
	const header = `<e:Header><a:Action xmlns:a="http://www.w3.org/2005/08/addressing">urn:header</a:Action></e:Header>`
	for _, c := range []struct {
		name, request      string
		soap               soap.Version
		kind, header, want string
	}{
		{"none", "urn:x/echo", soap.V12, soap12, "", "urn:x/echoResponse"},
		{"none, to a Request", "urn:x/echoRequest", soap.V12, soap12, "", "urn:x/echoResponse"},
		{"in the Content-Type", "urn:x/echo", soap.V12, soap12 + `; action="urn:type"`, "", "urn:type"},
		{"the request's, copied", "urn:x/echo", soap.V12, soap12 + `; action="urn:x/echo"`, "", "urn:x/echoResponse"},
		{"the request's, meant", "urn:header", soap.V12, soap12, header, "urn:header"},
		{"in the envelope", "urn:x/echo", soap.V12, soap12 + `; action="urn:type"`, header, "urn:header"},
		{"SOAP 1.1 has none in the Content-Type", "urn:x/echo", soap.V11, `text/xml; action="urn:type"`, "", "urn:x/echoResponse"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in(t, func(w *world) {
				w.service.set(func(rw http.ResponseWriter, r *http.Request) {
					rw.Header().Set("Content-Type", c.kind)
					fmt.Fprintf(rw, `<e:Envelope xmlns:e="%s">%s<e:Body><done/></e:Body></e:Envelope>`, c.soap.Namespace(), c.header)
				})
				carrier := &soaphttp.Client{URL: "http://service.example.org/", HTTP: &http.Client{Transport: w.net}}
				s, err := rm.Open(w.Context(), carrier, &rm.Options{SOAP: c.soap})
				require.NoError(w, err)
				got, err := s.Call(w.Context(), soap.New(c.request, []byte(`<echo xmlns="urn:x"/>`)))
				require.NoError(w, err)
				require.Equal(w, c.want, got.Action)
				require.NoError(w, s.Close(w.Context()))
			})
		})
	}
}

func TestHeadersOfTheConnection(t *testing.T) {
	// What a client says to the next hop is not for the service.
	in(t, func(w *world) {
		carrier := &soaphttp.Client{URL: "http://service.example.org/", HTTP: &http.Client{Transport: w.net},
			Header: http.Header{"Connection": {"keep-alive, X-Hop"}, "X-Hop": {"1"}, "X-Kept": {"2"}, "Accept-Encoding": {"br"}}}
		s, err := rm.Open(w.Context(), carrier, nil)
		require.NoError(w, err)
		_, err = s.Call(w.Context(), soap.New(ns+"/echo", []byte(`<echo xmlns="`+ns+`"><text>one</text></echo>`)))
		require.NoError(w, err)
		require.NoError(w, s.Close(w.Context()))
		r, _ := w.service.last()
		require.Empty(w, r.Header.Values("X-Hop"))
		require.Empty(w, r.Header.Values("Connection"))
		require.Equal(w, "2", r.Header.Get("X-Kept"))
		require.Empty(w, r.Header.Values("Accept-Encoding"), "what it answers goes into an envelope")
		again, err := r.GetBody()
		require.NoError(w, err)
		b, err := io.ReadAll(again)
		require.NoError(w, err)
		require.Contains(w, string(b), "<text>one</text>", "a Next that is a proxy may try again")
	})
}

// A Content-Type with an action that is not quoted is read by all who look at it, and its charset is not lost.
func TestCharsetBesideABrokenAction(t *testing.T) {
	in(t, func(w *world) {
		carrier := &soaphttp.Client{URL: "http://service.example.org/", HTTP: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			b, err := io.ReadAll(r.Body)
			require.NoError(w, err)
			var latin1 []byte
			for _, c := range string(b) {
				latin1 = append(latin1, byte(c))
			}
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(latin1)), int64(len(latin1))
			kind := strings.ReplaceAll(r.Header.Get("Content-Type"), `"`, "")
			r.Header.Set("Content-Type", strings.Replace(kind, "utf-8", "iso-8859-1", 1))
			return w.net.RoundTrip(r)
		})}}
		s, err := rm.Open(w.Context(), carrier, nil)
		require.NoError(w, err)
		const text = "\u00c3\u00bc" // whose bytes are UTF-8, too, of one letter
		_, err = s.Call(w.Context(), soap.New(ns+"/echo", []byte(`<echo xmlns="`+ns+`"><text>`+text+`</text></echo>`)))
		require.NoError(w, err)
		require.NoError(w, s.Close(w.Context()))
		require.Equal(w, []string{text}, w.service.delivered())
	})
}

// Who sent several requests at once still has them served at once, and in order where nothing else would keep it.
func TestCallsRunSideBySide(t *testing.T) {
	in(t, func(w *world) {
		w.service.set(func(rw http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second)
			reply(rw, soap.V11, 200, "<done/>")
		})
		w.do(shapes[0].request(w, w.Context(), "echo", "first", ""))
		began := time.Now()
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { w.do(shapes[0].request(w, w.Context(), "echo", "x", "")) })
		}
		all.Wait()
		require.Less(w, time.Since(began), 5*time.Second)
		require.EqualValues(w, 1, w.handler.Stats().Created)

		w.service.set(func(rw http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second)
			rw.WriteHeader(http.StatusAccepted)
		})
		const none = `<a:ReplyTo xmlns:a="http://www.w3.org/2005/08/addressing"><a:Address>http://www.w3.org/2005/08/addressing/none</a:Address></a:ReplyTo>`
		for _, text := range []string{"a", "b", "c"} {
			w.do(shapes[3].request(w, w.Context(), "tell", text, none))
		}
		time.Sleep(5 * time.Second)
		require.Equal(w, []string{"a", "b", "c"}, w.service.delivered()[21:])
	})
}

// What a plain client may send, and a plain service may answer, is not too large in a session.
func TestLimitsAreThoseOfPlainEnvelopes(t *testing.T) {
	in(t, func(w *world) {
		limits := &soap.Limits{Bytes: 10_000, Blocks: 20}
		w.rt.Limits, w.handler.Limits = limits, limits
		for _, s := range shapes[:2] {
			header := strings.Repeat(`<h xmlns="urn:h"/>`, 18)
			empty := len(s.envelope("echo", "", header))
			resp, body := w.do(s.request(w, w.Context(), "echo", strings.Repeat("x", 10_000-empty), header))
			require.Equal(w, 200, resp.StatusCode, body)

			w.service.set(func(rw http.ResponseWriter, r *http.Request) {
				rec := httptest.NewRecorder()
				reply(rec, s.soap, 200, "<x></x>")
				reply(rw, s.soap, 200, "<x>"+strings.Repeat("y", 10_000-rec.Body.Len())+"</x>")
			})
			resp, body = w.do(s.request(w, w.Context(), "echo", "x", ""))
			require.Equal(w, 200, resp.StatusCode, body)
			require.Contains(w, body, "yyy")
			w.service.set(nil)
			_, err := w.client.Do(s.request(w, w.Context(), "echo", strings.Repeat("x", 10_001-len(s.envelope("echo", "", ""))), ""))
			require.ErrorContains(w, err, "more than 10000 bytes")
		}
	})
}

func TestAbortedComesAgain(t *testing.T) {
	// With AckHandled a service that gives up, as a reverse proxy does in the middle of a response, gets the message again.
	in(t, func(w *world) {
		w.handler.Server.Options.AckHandled = true
		n := 0
		w.service.set(func(rw http.ResponseWriter, r *http.Request) {
			if n++; n < 2 {
				panic(http.ErrAbortHandler)
			}
			reply(rw, soap.V12, 200, "<done/>")
		})
		_, body := w.do(shapes[1].request(w, w.Context(), "echo", "one", ""))
		require.Contains(w, body, "<done/>")
		require.Equal(w, []string{"one", "one"}, w.service.delivered())
	})
}

func TestBeforeWriteTimeout(t *testing.T) {
	// A service may take longer than http.Server.WriteTimeout: no request is answered too late, and it runs once.
	in(t, func(w *world) {
		server := &http.Server{WriteTimeout: 10 * time.Second}
		var mu sync.Mutex
		longest := time.Duration(0)
		w.net.serve(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			start := time.Now()
			w.handler.ServeHTTP(rw, r.WithContext(context.WithValue(r.Context(), http.ServerContextKey, server)))
			mu.Lock()
			defer mu.Unlock()
			longest = max(longest, time.Since(start))
		}))
		w.service.set(func(rw http.ResponseWriter, r *http.Request) {
			time.Sleep(25 * time.Second)
			require.NoError(w, r.Context().Err())
			reply(rw, soap.V11, 200, "<slow/>")
		})
		_, body := w.do(shapes[0].request(w, w.Context(), "echo", "slow", ""))
		require.Contains(w, body, "<slow/>")
		require.Equal(w, []string{"slow"}, w.service.delivered())
		require.LessOrEqual(w, longest, 9*time.Second)
		require.Greater(w, longest, 8*time.Second)
	})
}

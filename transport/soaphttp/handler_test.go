package soaphttp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/payload"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

const (
	type11 = payload.Type11
	type12 = payload.Type12
)

// post serves one request without a network.
func post(h http.Handler, body string, header ...string) *http.Response {
	r := httptest.NewRequest("POST", "/path", strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// never is a Server that must not be reached.
func never(t *testing.T) transport.Handler {
	return serverFunc(func(context.Context, transport.Peer, *soap.Envelope) (*soap.Envelope, error) {
		t.Error("the request must not reach the server")
		return nil, nil
	})
}

func parseBody(t *testing.T, resp *http.Response) *soap.Envelope {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, fmt.Sprint(len(b)), resp.Header.Get("Content-Length"))
	env, err := soap.Parse(b, nil)
	require.NoError(t, err)
	return env
}

func TestHandlerAnswers(t *testing.T) {
	for _, v := range []soap.Version{soap.V11, soap.V12} {
		contentType := []string{type12, type11}[v]
		reply := request(v, "reply")
		fault := soap.New("urn:example:Fault", &soap.Fault{Code: "Sender", Reason: "no"})
		fault.Version = v
		broken := soap.New("urn:example:Bad", func() {})
		broken.Version, broken.RelatesTo = v, "urn:uuid:1"
		for _, test := range []struct {
			name   string
			reply  *soap.Envelope
			err    error
			status int
			check  func(*testing.T, *http.Response)
		}{
			{"a reply", reply, nil, 200, func(t *testing.T, resp *http.Response) {
				require.Equal(t, contentType, resp.Header.Get("Content-Type"))
				require.Equal(t, "reply", textOf(t, parseBody(t, resp)))
			}},
			{"a fault", fault, nil, 500, func(t *testing.T, resp *http.Response) {
				require.Equal(t, contentType, resp.Header.Get("Content-Type"))
				require.ErrorContains(t, parseBody(t, resp).Err(), "no")
			}},
			{"nothing", nil, nil, 202, func(t *testing.T, resp *http.Response) {
				require.NotContains(t, resp.Header, "Content-Type")
				require.Equal(t, "0", resp.Header.Get("Content-Length"))
				b, _ := io.ReadAll(resp.Body)
				require.Empty(t, b)
			}},
			{"overloaded", nil, errors.New("secret"), 503, func(t *testing.T, resp *http.Response) {
				require.Equal(t, "1", resp.Header.Get("Retry-After"))
				b, _ := io.ReadAll(resp.Body)
				require.NotContains(t, string(b), "secret")
			}},
			{"a reply that cannot be written", broken, nil, 500, func(t *testing.T, resp *http.Response) {
				require.Equal(t, contentType, resp.Header.Get("Content-Type"))
				env := parseBody(t, resp)
				require.ErrorContains(t, env.Err(), "internal error")
				require.Equal(t, "urn:uuid:1", env.RelatesTo)
			}},
		} {
			t.Run(fmt.Sprint(v, " ", test.name), func(t *testing.T) {
				h := &Handler{Server: serverFunc(func(_ context.Context, p transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
					require.Equal(t, "ask", textOf(t, env))
					require.Equal(t, transport.Peer{Address: "192.0.2.1:1234"}, p)
					return test.reply, test.err
				})}
				resp := post(h, wire(t, request(v, "ask")), "Content-Type", contentType)
				require.Equal(t, test.status, resp.StatusCode)
				test.check(t, resp)
			})
		}
	}
}

func TestHandlerRefuses(t *testing.T) {
	env := wire(t, request(soap.V12, "ask"))
	h := &Handler{Server: never(t), Limits: &soap.Limits{Bytes: int64(len(env)) - 1}}
	for _, test := range []struct {
		name   string
		status int
		text   string
		resp   *http.Response
	}{
		{"no type", 415, `content type "" is not spoken; send text/xml (SOAP 1.1) or application/soap+xml (SOAP 1.2)`, post(h, env)},
		{"another type", 415, `content type "application/xml" is not spoken`, post(h, env, "Content-Type", "Application/XML; charset=utf-8")},
		{"binary", 415, "is not spoken", post(h, env, "Content-Type", "application/soap+msbin1")},
		{"attachments", 415, "attachments (MTOM, multipart/related) are not spoken", post(h, env, "Content-Type", `multipart/related; type="application/xop+xml"; boundary="b"; start-info="application/soap+xml"`)},
		{"an endless type", 415, "is not spoken", post(h, env, "Content-Type", strings.Repeat("x", 100_000))},
		{"another encoding", 415, `content encoding "br" is not spoken; gzip is`, post(h, env, "Content-Type", type12, "Content-Encoding", "br")},
		{"too large", 413, fmt.Sprintf("larger than %d bytes", len(env)-1), post(h, env, "Content-Type", type12)},
		{"too large unpacked", 413, "larger than", post(h, zip(env), "Content-Type", type12, "Content-Encoding", "gzip")},
		{"a bomb", 413, "larger than", post(h, zip(strings.Repeat("\x00", 1<<20)), "Content-Type", type12, "Content-Encoding", "gzip")},
		{"empty members without end", 413, "larger than", post(h, strings.Repeat(zip(""), 100), "Content-Type", type12, "Content-Encoding", "gzip")},
	} {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.status, test.resp.StatusCode)
			require.Equal(t, "text/plain; charset=utf-8", test.resp.Header.Get("Content-Type"))
			b, err := io.ReadAll(test.resp.Body)
			require.NoError(t, err)
			require.Contains(t, string(b), test.text)
			require.Less(t, len(b), 300)
			require.True(t, bytes.HasPrefix(b, []byte("soaphttp: ")))
		})
	}
	for _, method := range []string{"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "ODD"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, "/", nil))
		require.Equal(t, 405, w.Code, method)
		require.Equal(t, "POST", w.Header().Get("Allow"))
	}
}

// A request that is not read whole is refused before its body is asked for.
func TestHandlerRefusesBeforeTheBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := serve(t, &Handler{Server: never(t), Principal: func(r *http.Request) (string, error) {
			return "", errors.Join(nil, func() error {
				if r.URL.Path == "/stranger" {
					return errors.New("secret")
				}
				return nil
			}())
		}})
		for _, test := range []struct {
			head   string
			status int
		}{
			{"POST / HTTP/1.1\r\nContent-Length: 5000000\r\n" + soap12, 413},
			{"POST / HTTP/1.1\r\nContent-Length: 5000\r\nContent-Type: text/plain\r\n", 415},
			{"POST /stranger HTTP/1.1\r\nContent-Length: 5000\r\n" + soap12, 403},
			{"PUT / HTTP/1.1\r\nContent-Length: 5000\r\n" + soap12, 405},
		} {
			conn, err := n.dial(t.Context(), "", "")
			require.NoError(t, err)
			go io.WriteString(conn, test.head+"Host: service.test\r\nExpect: 100-continue\r\n\r\n")
			line, err := io.ReadAll(io.LimitReader(conn, 12))
			require.NoError(t, err)
			require.Equal(t, fmt.Sprint("HTTP/1.1 ", test.status), string(line))
			conn.Close()
		}
	})
}

func TestHandlerPrincipal(t *testing.T) {
	h := &Handler{
		Server: serverFunc(func(_ context.Context, p transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
			return request(soap.V12, p.Principal), nil
		}),
		Principal: func(r *http.Request) (string, error) {
			user, password, _ := r.BasicAuth()
			if password != "right" {
				return user, errors.New("secret reason")
			}
			return user, nil
		},
	}
	env := wire(t, request(soap.V12, "ask"))
	resp := post(h, env, "Content-Type", type12, "Authorization", "Basic YW5uOnJpZ2h0")
	require.Equal(t, 200, resp.StatusCode)
	require.Equal(t, "ann", textOf(t, parseBody(t, resp)))

	// A stranger learns nothing, not even whether the request could be read.
	for _, body := range []string{env, "", "<ill"} {
		resp = post(h, body, "Content-Type", type12)
		require.Equal(t, 403, resp.StatusCode)
		b, _ := io.ReadAll(resp.Body)
		require.Equal(t, "soaphttp: forbidden\n", string(b))
	}
}

// Ill-formed XML and the like: a Sender fault in the version that the content type promises.
func TestHandlerFaults(t *testing.T) {
	const wsa10, wsa04 = "http://www.w3.org/2005/08/addressing", "http://schemas.xmlsoap.org/ws/2004/08/addressing"
	good := wire(t, request(soap.V12, "ask"))
	old := request(soap.V11, "ask")
	old.Addressing = soap.WSA2004
	old11 := wire(t, old)
	for _, test := range []struct {
		name, contentType, body string
		header                  []string
		code, subcode, action   string
		related                 string
	}{
		{"empty", type12, "", nil, "Sender", "", wsa10 + "/soap/fault", ""},
		{"empty, 1.1", type11, "", nil, "Sender", "", wsa10 + "/soap/fault", ""},
		{"ill-formed", type12, good[:len(good)-1], nil, "Sender", "", wsa10 + "/soap/fault", ""},
		{"ill-formed, 1.1", type11, old11[:len(old11)-1], nil, "Sender", "", wsa10 + "/soap/fault", ""},
		{"not an envelope", type12, "<html/>", nil, "Sender", "", wsa10 + "/soap/fault", ""},
		{"a DTD", type12, "<!DOCTYPE x>" + good, nil, "Sender", "", wsa10 + "/soap/fault", ""},
		{"not UTF-8", type12, strings.Replace(good, "ask", "\xff", 1), nil, "Sender", "", wsa10 + "/soap/fault", ""},
		{"another charset", "application/soap+xml; charset=klingon", good, nil, "Sender", "", wsa10 + "/soap/fault", ""},
		{"gzip that is none", type12, good, []string{"Content-Encoding", "gzip"}, "Sender", "", wsa10 + "/soap/fault", ""},
		{"gzip that breaks", type12, zip(good)[:10] + strings.Repeat("\xff", 40), []string{"Content-Encoding", "gzip"}, "Sender", "", wsa10 + "/soap/fault", ""},
		{"gzip cut short before it was sent", type12, zip(good)[:50], []string{"Content-Encoding", "gzip"}, "Sender", "", wsa10 + "/soap/fault", ""},
		{"gzip of nothing", type12, "", []string{"Content-Encoding", "gzip"}, "Sender", "", wsa10 + "/soap/fault", ""},
		{"another namespace", type12, "<Envelope xmlns='urn:x'/>", nil, "VersionMismatch", "", wsa10 + "/soap/fault", ""},
		{"no addressing twice", type12, strings.Replace(good, "</a:Action>", "</a:Action><a:MessageID>urn:2</a:MessageID>", 1), nil, "Sender", "InvalidAddressingHeader", wsa10 + "/fault", "urn:2"},
		{"another version", type11, good, nil, "VersionMismatch", "", wsa10 + "/soap/fault", "urn:uuid:1"},
		{"another action", type12 + `; action="urn:other"`, good, nil, "Sender", "InvalidAddressingHeader", wsa10 + "/fault", "urn:uuid:1"},
		{"another action, 1.1", type11, wire(t, request(soap.V11, "ask")), []string{"SOAPAction", `"urn:other"`}, "Sender", "InvalidAddressingHeader", wsa10 + "/fault", "urn:uuid:1"},
		{"another action, 2004/08", type11, old11, []string{"SOAPAction", `"urn:other"`}, "Sender", "InvalidMessageInformationHeader", wsa04 + "/fault", "urn:uuid:1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			resp := post(&Handler{Server: never(t)}, test.body, append([]string{"Content-Type", test.contentType}, test.header...)...)
			require.Equal(t, 500, resp.StatusCode)
			want, version := type12, soap.V12
			if strings.HasPrefix(test.contentType, "text/xml") {
				want, version = type11, soap.V11
			}
			require.Equal(t, want, resp.Header.Get("Content-Type"))
			env := parseBody(t, resp)
			require.Equal(t, version, env.Version)
			require.Equal(t, test.action, env.Action)
			require.Equal(t, test.related, env.RelatesTo)
			f, ok := errors.AsType[*soap.Fault](env.Err())
			require.True(t, ok)
			require.NotEmpty(t, f.Reason)
			if version == soap.V12 || test.subcode == "" {
				require.Equal(t, test.code, f.Code)
			}
			if test.subcode == "" {
				require.Empty(t, f.Subcodes)
			} else {
				require.NotEmpty(t, f.Subcodes)
			}
			if version == soap.V12 && test.subcode != "" {
				require.Equal(t, test.subcode, f.Subcodes[0].Local)
			}
		})
	}
}

// A fault is not answered with a fault, whatever is wrong with it.
func TestHandlerTakesFaultsInSilence(t *testing.T) {
	env := soap.New("urn:example:Fault", &soap.Fault{Code: "Sender", Reason: "no"})
	twice := strings.Replace(wire(t, env), "</a:Action>", "</a:Action><a:MessageID>1</a:MessageID><a:MessageID>2</a:MessageID>", 1)
	for _, resp := range []*http.Response{
		post(&Handler{Server: never(t)}, twice, "Content-Type", type12),
		post(&Handler{Server: never(t)}, wire(t, env), "Content-Type", type11),
		post(&Handler{Server: never(t)}, wire(t, env), "Content-Type", type12+`; action="urn:other"`),
	} {
		require.Equal(t, 202, resp.StatusCode)
		require.NotContains(t, resp.Header, "Content-Type")
	}
}

// What is the same action, written differently.
func TestHandlerTakesActionsLeniently(t *testing.T) {
	for _, test := range []struct{ action, head string }{
		{"urn:a", `"urn:a"`},
		{"urn:a", `urn:a`},
		{"urn:a", ` "urn:a" `},
		{"urn:a", `""`},
		{"urn:a", ``},
		{"http://example.org/a b", `"http://example.org/a%20b"`},
		{"http://example.org/a%20b", `"http://example.org/a%20b"`},
		{"http://example.org/ü", `"http://example.org/%c3%bc"`},
		{"http://example.org/a+b", `"http://example.org/a+b"`},
		{"", `"urn:a"`}, // nothing to compare with
	} {
		for _, v := range []soap.Version{soap.V11, soap.V12} {
			env := request(v, "ask")
			env.Action = test.action
			header := []string{"Content-Type", type12 + "; action=" + strings.TrimSpace(test.head), "SOAPAction", `"urn:not asked for in 1.2"`}
			if v == soap.V11 {
				header = []string{"Content-Type", type11, "SOAPAction", test.head}
			}
			resp := post(&Handler{Server: serverFunc(echo)}, wire(t, env), header...)
			require.Equal(t, 200, resp.StatusCode, "%v %+v", v, test)
		}
	}
}

func TestHandlerReadsEncodings(t *testing.T) {
	env := wire(t, request(soap.V12, "ask"))
	for _, test := range []struct {
		name, body string
		header     []string
	}{
		{"gzip", zip(env), []string{"Content-Type", type12, "Content-Encoding", "gzip"}},
		{"gzip in two members", zip(env[:50]) + zip(env[50:]), []string{"Content-Type", type12, "Content-Encoding", "x-gzip"}},
		{"identity", env, []string{"Content-Type", type12, "Content-Encoding", "identity"}},
		{"UTF-16", utf16be(env), []string{"Content-Type", "application/soap+xml; charset=utf-16BE"}},
		{"UTF-16 in gzip", zip(utf16be(env)), []string{"Content-Type", "application/soap+xml; charset=utf-16BE", "Content-Encoding", "gzip"}},
		{"byte order mark", "\ufeff" + env, []string{"Content-Type", "application/soap+xml"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			resp := post(&Handler{Server: serverFunc(echo)}, test.body, test.header...)
			require.Equal(t, 200, resp.StatusCode)
			require.Equal(t, "ask", textOf(t, parseBody(t, resp)))
		})
	}
}

func TestHandlerCompresses(t *testing.T) {
	const far, near = 3 * worthGzip, 100
	for _, test := range []struct {
		accept string
		size   int
		packed bool
	}{
		{"gzip, deflate", far, true},
		{"deflate;q=0.5, GZIP;q=0.1", far, true},
		{"*", far, true},
		{"gzip, deflate", near, false},
		{"", far, false},
		{"identity", far, false},
		{"gzip;q=0", far, false},
		{"gzip; Q=0.000", far, false},
		{"br", far, false},
	} {
		resp := post(&Handler{Server: serverFunc(echo)}, wire(t, request(soap.V12, strings.Repeat("x", test.size))), "Content-Type", type12, "Accept-Encoding", test.accept)
		require.Equal(t, test.packed, resp.Header.Get("Content-Encoding") == "gzip", "%+v", test)
		b, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(len(b)), resp.Header.Get("Content-Length"))
		if test.packed {
			require.Less(t, len(b), test.size)
			b, err = payload.Unpack(b, "gzip", 1<<20)
			require.NoError(t, err)
		}
		env, err := soap.Parse(b, nil)
		require.NoError(t, err)
		require.Len(t, textOf(t, env), test.size)
	}
}

type contextKey struct{}

func TestHandlerContext(t *testing.T) {
	for _, test := range []struct{ write, deadline time.Duration }{
		{0, 0}, {time.Minute, 59 * time.Second}, {time.Second, 500 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			n := serve(t, &Handler{Server: serverFunc(func(ctx context.Context, p transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
				until, ok := ctx.Deadline()
				require.Equal(t, test.deadline > 0, ok)
				require.Equal(t, "value", ctx.Value(contextKey{}), "the carrier's values reach the handler")
				if ok {
					require.Equal(t, test.deadline, until.Sub(begin))
					<-ctx.Done() // the last moment
					require.ErrorIs(t, ctx.Err(), context.DeadlineExceeded)
				}
				return echo(ctx, p, env)
			})}, func(s *http.Server) {
				s.WriteTimeout = test.write
				s.BaseContext = func(net.Listener) context.Context {
					return context.WithValue(context.Background(), contextKey{}, "value")
				}
			})
			got, err := n.client(t).Exchange(t.Context(), request(soap.V12, "ask"))
			require.NoError(t, err, "an answer at the deadline arrives")
			require.Equal(t, "ask", textOf(t, got))
		})
	}
}

func TestHandlerLosesTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lost := make(chan error)
		n := serve(t, &Handler{Server: serverFunc(func(ctx context.Context, p transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
			<-ctx.Done()
			lost <- ctx.Err()
			return echo(ctx, p, env)
		})})
		var done sync.WaitGroup
		done.Go(func() {
			_, err := n.client(t).Exchange(t.Context(), request(soap.V12, "ask"))
			require.ErrorContains(t, err, "EOF")
		})
		synctest.Wait()
		n.cut()
		require.ErrorIs(t, <-lost, context.Canceled)
		done.Wait()
	})
}

// The server's panic breaks the connection: an attempt that failed, as when the server had died.
func TestHandlerPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := serve(t, &Handler{Server: serverFunc(func(context.Context, transport.Peer, *soap.Envelope) (*soap.Envelope, error) { panic("BUG") })})
		_, err := n.client(t).Exchange(t.Context(), request(soap.V12, "ask"))
		require.ErrorContains(t, err, "EOF")
		require.NotErrorIs(t, err, transport.ErrPermanent)
	})
}

// keeper fails to write, and reads on what it was given afterwards, as HTTP/2 may do.
type keeper struct {
	*httptest.ResponseRecorder
	kept []byte
}

func (k *keeper) Write(b []byte) (int, error) {
	k.kept = b
	return 0, errors.New("the stream is closed")
}

func TestHandlerWritesNothingIntoABrokenAnswer(t *testing.T) {
	for _, size := range []int{100, worthGzip} {
		text := strings.Repeat("a", size)
		h := &Handler{Server: serverFunc(func(context.Context, transport.Peer, *soap.Envelope) (*soap.Envelope, error) {
			return request(soap.V12, text), nil
		})}
		ask := func(w http.ResponseWriter) {
			r := httptest.NewRequest("POST", "/", strings.NewReader(wire(t, request(soap.V12, "ask"))))
			r.Header.Set("Content-Type", type12)
			r.Header.Set("Accept-Encoding", "gzip")
			h.ServeHTTP(w, r)
		}
		broken := &keeper{ResponseRecorder: httptest.NewRecorder()}
		ask(broken)
		before := bytes.Clone(broken.kept)
		text = strings.Repeat("b", size)
		for range 10 {
			ask(httptest.NewRecorder())
		}
		require.Equal(t, before, broken.kept)
	}
}

// Requests that do not arrive whole do not reach the server, and do not look as if they had.
func TestHandlerBodiesCutShort(t *testing.T) {
	env := wire(t, request(soap.V12, "ask"))
	for _, test := range []struct {
		name, sent string
		status     string // "": nobody is there to read it
	}{
		{"Content-Length", soap12 + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(env)+1) + env, "HTTP/1.1 503"},
		{"chunked", soap12 + fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(env), env), "HTTP/1.1 503"},
		{"chunked wrongly", soap12 + fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\nnonsense\r\n", len(env), env), "HTTP/1.1 503"},
		{"gzip", soap12 + fmt.Sprintf("Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n", len(zip(env))) + zip(env)[:50], "HTTP/1.1 503"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := serve(t, &Handler{Server: never(t)}, func(s *http.Server) { s.ReadTimeout = time.Minute })
				conn, err := n.dial(t.Context(), "", "")
				require.NoError(t, err)
				defer conn.Close()
				go io.WriteString(conn, "POST / HTTP/1.1\r\nHost: service.test\r\n"+test.sent)
				b, err := io.ReadAll(conn) // until the server hangs up, after its ReadTimeout at the latest
				require.NoError(t, err)
				require.True(t, strings.HasPrefix(string(b), test.status), "%s", b)
				require.Contains(t, string(b), "Connection: close")
			})
		})
	}
}

// known is a body that was read already.
type known struct {
	io.ReadCloser
	env *soap.Envelope
}

func (k known) Envelope() *soap.Envelope { return k.env }

func TestHandlerTakesWhatWasReadAlready(t *testing.T) {
	h := &Handler{Server: serverFunc(func(_ context.Context, _ transport.Peer, env *soap.Envelope) (*soap.Envelope, error) { return env, nil })}
	for name, test := range map[string]struct {
		env  *soap.Envelope
		want string
	}{
		"known":        {request(soap.V12, "known"), "known"},
		"not known":    {nil, "read"},
		"not as typed": {request(soap.V11, "known"), "VersionMismatch"},
	} {
		b, err := request(soap.V12, "read").AppendXML(nil)
		require.NoError(t, err)
		r := httptest.NewRequest("POST", "/path", known{io.NopCloser(bytes.NewReader(b)), test.env})
		r.Header.Set("Content-Type", type12)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Contains(t, w.Body.String(), test.want, name)
	}
}

// A body that comes slowly ends with the ReadTimeout; one that is quick enough is served however slowly it comes.
func TestHandlerSlowBodies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env := wire(t, request(soap.V12, strings.Repeat("x", 100_000)))
		n := serve(t, &Handler{Server: serverFunc(echo)}, func(s *http.Server) { s.ReadTimeout = time.Minute })
		send := func(pause time.Duration) string {
			conn, err := n.dial(t.Context(), "", "")
			require.NoError(t, err)
			var sending sync.WaitGroup
			defer sending.Wait()
			defer conn.Close()
			sending.Go(func() {
				fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: service.test\r\nConnection: close\r\n%sContent-Length: %d\r\n\r\n", soap12, len(env))
				for b := []byte(env); len(b) > 0; {
					k := min(len(b), 5000)
					if _, err := conn.Write(b[:k]); err != nil {
						return
					}
					b = b[k:]
					time.Sleep(pause)
				}
			})
			b, _ := io.ReadAll(conn)
			return string(b)
		}
		require.Contains(t, send(2*time.Second), "200 OK")
		require.Contains(t, send(10*time.Second), "503 ")
	})
}

// A limit of middleware in front is a limit.
func TestHandlerBehindMaxBytes(t *testing.T) {
	resp := post(http.MaxBytesHandler(&Handler{Server: never(t)}, 100), wire(t, request(soap.V12, "ask")), "Content-Type", type12)
	require.Equal(t, 413, resp.StatusCode)
}

// Envelopes own their bytes: those of one request are not those of the next.
func TestHandlerEnvelopesKeepTheirBytes(t *testing.T) {
	var kept []*soap.Envelope
	h := &Handler{Server: serverFunc(func(ctx context.Context, p transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
		kept = append(kept, env)
		return echo(ctx, p, env)
	})}
	for i := range 20 {
		text := strings.Repeat(fmt.Sprint(i), 50*(20-i))
		for _, header := range [][]string{nil, {"Content-Encoding", "gzip"}} {
			body := wire(t, request(soap.V12, text))
			if header != nil {
				body = zip(body)
			}
			require.Equal(t, text, textOf(t, parseBody(t, post(h, body, append(header, "Content-Type", type12)...))))
		}
	}
	for i, env := range kept {
		require.Equal(t, strings.Repeat(fmt.Sprint(i/2), 50*(20-i/2)), textOf(t, env))
	}
}

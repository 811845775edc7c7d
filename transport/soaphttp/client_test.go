package soaphttp

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

const (
	soap11 = "Content-Type: text/xml; charset=utf-8\r\n"
	soap12 = "Content-Type: application/soap+xml; charset=utf-8\r\n"
)

func zip(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, s)
	z.Close()
	return b.String()
}

// utf16be is text without a byte order mark.
func utf16be(s string) string {
	b, _ := binary.Append(nil, binary.BigEndian, utf16.Encode([]rune(s)))
	return string(b)
}

func TestClientReadsResponses(t *testing.T) {
	env := wire(t, request(soap.V12, "reply"))
	env11 := wire(t, request(soap.V11, "reply"))
	reply := func(t *testing.T, got *soap.Envelope, err error) {
		require.NoError(t, err)
		require.Equal(t, "reply", textOf(t, got))
	}
	empty := func(t *testing.T, got *soap.Envelope, err error) {
		require.NoError(t, err)
		require.Nil(t, got)
	}
	fails := func(permanent bool, text string) func(*testing.T, *soap.Envelope, error) {
		return func(t *testing.T, got *soap.Envelope, err error) {
			require.Nil(t, got)
			require.ErrorContains(t, err, text)
			require.Equal(t, permanent, errors.Is(err, transport.ErrPermanent), "permanent")
			_, ok := errors.AsType[*soap.Fault](err)
			require.False(t, ok, "the service has not answered with a fault")
		}
	}
	for _, test := range []struct {
		name, answer string
		check        func(*testing.T, *soap.Envelope, error)
	}{
		// An envelope counts on any status.
		{"200", response("200 OK", soap12, env), reply},
		{"200, SOAP 1.1", response("200 OK", soap11, env11), reply},
		{"202", response("202 Accepted", soap12, env), reply},
		{"206", response("206 Partial Content", soap12, env), reply},
		{"302", response("302 Found", "Location: http://other.test/\r\n"+soap12, env), reply},
		{"400", response("400 Bad Request", soap12, env), reply},
		{"401", response("401 Unauthorized", soap12, env), reply},
		{"404", response("404 Not Found", soap12, env), reply},
		{"500", response("500 Internal Server Error", soap12, env), reply},
		{"503", response("503 Service Unavailable", soap12, env), reply},
		{"1xx before", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + response("200 OK", soap12, env), reply},
		{"chunked", "HTTP/1.1 200 OK\r\n" + soap12 + "Transfer-Encoding: chunked\r\n\r\n" +
			fmt.Sprintf("%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n", 10, env[:10], len(env)-10, env[10:]), reply},
		{"until the connection ends", "HTTP/1.1 200 OK\r\n" + soap12 + "Connection: close\r\n\r\n" + env, reply},
		{"HTTP/1.0", "HTTP/1.0 200 OK\r\n" + soap12 + "\r\n" + env, reply},
		{"no charset", response("200 OK", "Content-Type: application/soap+xml\r\n", env), reply},
		{"action first, quoted charset", response("200 OK", "Content-Type: Application/SOAP+XML;action=\"urn:x;y\";CharSet=\"UTF-8\"\r\n", env), reply},
		{"UTF-16 by charset alone", response("200 OK", "Content-Type: application/soap+xml; charset=utf-16BE\r\n", utf16be(env)), reply},
		{"UTF-16 by charset and declaration", response("200 OK", "Content-Type: application/soap+xml; charset=utf-16\r\n",
			utf16be(`<?xml version="1.0" encoding="utf-16"?>`+env)), reply},
		{"gzip asked for", response("200 OK", "Content-Encoding: gzip\r\n"+soap12, zip(env)), reply},

		// Empty means no bytes.
		{"200 empty", response("200 OK", "", ""), empty},
		{"200 empty with a type of SOAP", response("200 OK", soap12, ""), empty},
		{"200 empty with another type", response("200 OK", "Content-Type: text/html\r\n", ""), empty},
		{"200 empty, chunked", "HTTP/1.1 200 OK\r\n" + soap12 + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", empty},
		{"202", response("202 Accepted", "", ""), empty},
		{"202 with a type", response("202 Accepted", soap12, ""), empty},
		{"202 with a word", response("202 Accepted", "Content-Type: text/plain\r\n", "accepted"), empty},
		{"204", "HTTP/1.1 204 No Content\r\n\r\n", empty},
		{"207 empty", response("207 Multi-Status", "", ""), empty},

		// Another attempt cannot help.
		{"301", response("301 Moved Permanently", "Location: /new\r\n", ""), fails(true, "soaphttp: http://service.test/path: 301 Moved Permanently: redirects are not followed; the new address is http://service.test/new")},
		{"302", response("302 Found", "Location: https://other.test/\r\n", ""), fails(true, "https://other.test/")},
		{"303", response("303 See Other", "Location: https://other.test/\r\n", ""), fails(true, "https://other.test/")},
		{"307", response("307 Temporary Redirect", "Location: https://other.test/\r\n", ""), fails(true, "https://other.test/")},
		{"308", response("308 Permanent Redirect", "Location: https://other.test/\r\n", ""), fails(true, "https://other.test/")},
		{"304", "HTTP/1.1 304 Not Modified\r\n\r\n", fails(true, "304 Not Modified")},
		{"302 without an address", response("302 Found", "", ""), fails(true, "302 Found")},
		{"400", response("400 Bad Request", "Content-Type: text/plain\r\n", "what is\r\n this?"), fails(true, "400 Bad Request: what is this?")},
		{"400 with a type of SOAP", response("400 Bad Request", soap12, "<no/>"), fails(true, "400 Bad Request: ")},
		{"401", response("401 Unauthorized", "WWW-Authenticate: Basic\r\n", ""), fails(true, "401 Unauthorized")},
		{"403", response("403 Forbidden", "", ""), fails(true, "soaphttp: http://service.test/path: 403 Forbidden")},
		{"405", response("405 Method Not Allowed", "", ""), fails(true, "405 Method Not Allowed")},
		{"413", response("413 Too Large", "", ""), fails(true, "413 Request Entity Too Large")},
		{"415", response("415 Nope", "", ""), fails(true, "415 Unsupported Media Type")},

		// Another attempt may help.
		{"404", response("404 Not Found", "Content-Type: text/html\r\n", "<html>"), fails(false, "soaphttp: http://service.test/path: 404 Not Found")},
		{"408", response("408 Request Timeout", "", ""), fails(false, "408 Request Timeout")},
		{"425", response("425 Too Early", "", ""), fails(false, "425 Too Early")},
		{"429", response("429 Too Many Requests", "", ""), fails(false, "429 Too Many Requests")},
		{"500", response("500 Internal Server Error", "Content-Type: text/html\r\n", "<html>"), fails(false, "500 Internal Server Error")},
		{"500 empty with a type of SOAP", response("500 Internal Server Error", soap12, ""), fails(false, "500 Internal Server Error")},
		{"502", response("502 Bad Gateway", "", ""), fails(false, "502 Bad Gateway")},
		{"503", response("503 Service Unavailable", "Retry-After: 1\r\n", ""), fails(false, "503 Service Unavailable")},
		{"599", response("599 Odd", "", ""), fails(false, "service.test/path: 599")},
		{"101 unasked", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", fails(false, "101 Switching Protocols")},

		// A body that cannot be read is a lost attempt.
		{"another type", response("200 OK", "Content-Type: text/html\r\n", env), fails(false, `200 OK: content type "text/html" is not SOAP`)},
		{"no type", response("200 OK", "", env), fails(false, `200 OK: content type "" is not SOAP`)},
		{"multipart", response("200 OK", "Content-Type: multipart/related; type=\"application/xop+xml\"\r\n", env), fails(false, "multipart/related")},
		{"cut short", "HTTP/1.1 200 OK\r\n" + soap12 + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(env)) + env[:len(env)-1], fails(false, "unexpected EOF")},
		{"cut short, complete in itself", "HTTP/1.1 200 OK\r\n" + soap12 + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(env)+1) + env, fails(false, "unexpected EOF")},
		{"cut short, chunked", "HTTP/1.1 200 OK\r\n" + soap12 + "Transfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n", len(env), env), fails(false, "unexpected EOF")},
		{"ill-formed at its end", response("200 OK", soap12, env[:len(env)-1]), fails(false, "200 OK: ")},
		{"something after its end", response("200 OK", soap12, env+"<x/>"), fails(false, "200 OK: ")},
		{"not an envelope", response("200 OK", soap12, "<html/>"), fails(false, "200 OK: ")},
		{"space", response("200 OK", soap12, " "), fails(false, "200 OK: ")},
		{"another encoding", response("200 OK", "Content-Encoding: br\r\n"+soap12, env), fails(false, `content encoding "br" is not spoken`)},
		{"gzip that is none", response("200 OK", "Content-Encoding: gzip\r\n"+soap12, env), fails(false, "gzip")},
		{"gzip unasked that is none", response("200 OK", "Content-Encoding: x-gzip\r\n"+soap12, env), fails(false, "not what gzip writes")},
		{"gzip cut short", response("200 OK", "Content-Encoding: gzip\r\n"+soap12, zip(env)[:60]), fails(false, "unexpected EOF")},
		{"not HTTP", "hello\r\n\r\n", fails(false, "malformed HTTP")},
		{"no response", "", fails(false, "EOF")},
		{"head cut short", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", fails(false, "EOF")},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, err := script(t, test.answer).client(t).Exchange(t.Context(), request(soap.V12, "ask"))
				test.check(t, got, err)
			})
		})
	}
}

func TestClientUnpacksGzipThatCameUnasked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := script(t, response("200 OK", "Content-Encoding: x-gzip\r\n"+soap12, zip(wire(t, request(soap.V12, "reply"))))).client(t)
		got, err := c.Exchange(t.Context(), request(soap.V12, "ask"))
		require.NoError(t, err)
		require.Equal(t, "reply", textOf(t, got))
	})
}

// WS-Addressing 1.0 SOAP Binding, 3.3; SOAP 1.1, 6.1.1; SOAP 1.2, part 2, 7.1.4 and 6.5
func TestClientWritesRequests(t *testing.T) {
	for _, test := range []struct {
		name              string
		version           soap.Version
		action            string
		contentType, head string
	}{
		{"1.1", soap.V11, "urn:a:b", "text/xml; charset=utf-8", `"urn:a:b"`},
		{"1.1 without action", soap.V11, "", "text/xml; charset=utf-8", `""`},
		{"1.2", soap.V12, "http://example.org/a?b=c;d", `application/soap+xml; charset=utf-8; action="http://example.org/a?b=c;d"`, ""},
		{"1.2 without action", soap.V12, "", "application/soap+xml; charset=utf-8", ""},
		{"1.1, not a URI", soap.V11, "urn:a\r\nX: \"\\ü", "text/xml; charset=utf-8", `"urn:a%0D%0AX:%20%22%5C%C3%BC"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					require.Equal(t, "POST", r.Method)
					require.Equal(t, "/path", r.URL.Path)
					require.Equal(t, "service.test", r.Host)
					require.Equal(t, test.contentType, r.Header.Get("Content-Type"))
					require.Equal(t, test.head, strings.Join(r.Header.Values("SOAPAction"), ","))
					require.Equal(t, "there", r.Header.Get("X-Mine"))
					b, err := io.ReadAll(r.Body)
					require.NoError(t, err)
					require.EqualValues(t, len(b), r.ContentLength)
					env, err := soap.Parse(b, nil)
					require.NoError(t, err)
					require.Equal(t, test.version, env.Version)
					require.Equal(t, "ask", textOf(t, env))
					w.WriteHeader(http.StatusAccepted)
				}))
				mine := http.Header{"x-mine": {"there"}, "Content-Type": {"text/plain"}, "SOAPAction": {"mine"}}
				c := n.client(t, mine)
				env := request(test.version, "ask")
				env.Action = test.action
				_, err := c.Exchange(t.Context(), env)
				require.NoError(t, err)
				require.Len(t, mine, 3, "is not written to")
			})
		})
	}
}

func TestClientURL(t *testing.T) {
	for _, test := range []struct{ url, address, err string }{
		{"http://example.org", "http://example.org", ""},
		{"https://example.org:8443/a/../b?c#", "https://example.org:8443/a/../b?c#", ""},
		{"http://ann:secret@example.org/#frag", "http://example.org/", ""},
		{"", "", "neither http nor https"},
		{"net.tcp://example.org/", "", "neither http nor https"},
		{"http:///path", "", "neither http nor https"},
		{"ftp://ann:secret@example.org/", "", "neither http nor https"},
		{"http://ann:secret@exa mple.org/", "", "URL cannot be read"},
	} {
		c := &Client{URL: test.url, HTTP: &http.Client{Transport: roundTripperFunc(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 503, Body: http.NoBody}, nil
		})}}
		require.Equal(t, test.address, c.Address())
		_, err := c.Exchange(t.Context(), request(soap.V12, ""))
		require.NotContains(t, err.Error(), "secret")
		if test.err == "" {
			require.ErrorContains(t, err, "503")
			require.NotErrorIs(t, err, transport.ErrPermanent)
		} else {
			require.ErrorContains(t, err, test.err)
			require.ErrorIs(t, err, transport.ErrPermanent)
		}
		c.CloseIdleConnections()
	}
}

func TestClientHost(t *testing.T) {
	c := &Client{URL: "http://192.0.2.1/", Header: http.Header{"host": {"example.org"}}}
	c.HTTP = &http.Client{Transport: roundTripperFunc(func(r *http.Request) (*http.Response, error) {
		require.Equal(t, "example.org", r.Host)
		require.Equal(t, "192.0.2.1", r.URL.Host)
		require.Empty(t, r.Header.Values("Host"))
		return &http.Response{StatusCode: 202, Body: http.NoBody}, nil
	})}
	_, err := c.Exchange(t.Context(), request(soap.V12, ""))
	require.NoError(t, err)
}

type roundTripperFunc func(*http.Request) (*http.Response, error)

func (f roundTripperFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestClientEnvelopeThatCannotBeWritten(t *testing.T) {
	_, err := (&Client{URL: testURL}).Exchange(t.Context(), soap.New("urn:a", func() {}))
	require.ErrorIs(t, err, transport.ErrPermanent)
}

// Whatever the caller's own client would do with redirects, none is followed.
func TestClientNeverFollowsRedirects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int32
		n := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			code := http.StatusFound
			fmt.Sscan(r.URL.RawQuery, &code)
			http.Redirect(w, r, "/elsewhere", code)
		}))
		theirs := &http.Client{Transport: &http.Transport{DialContext: n.dial}, CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
		defer theirs.CloseIdleConnections()
		for i, code := range []int{301, 302, 303, 307, 308} {
			c := &Client{URL: fmt.Sprintf("%s?%d", testURL, code), HTTP: theirs}
			_, err := c.Exchange(t.Context(), request(soap.V12, ""))
			e, ok := errors.AsType[*StatusError](err)
			require.True(t, ok)
			require.Equal(t, code, e.Code)
			require.Equal(t, "http://service.test/elsewhere", e.Location)
			require.ErrorIs(t, err, transport.ErrPermanent)
			require.EqualValues(t, i+1, requests.Load())
		}
		require.NoError(t, theirs.CheckRedirect(nil, nil), "the caller's client is as it was")
	})
}

func TestClientKeepsConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := serve(t, &Handler{Server: serverFunc(func(ctx context.Context, p transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
			time.Sleep(time.Second) // all are under way at once
			switch textOf(t, env) {
			case "nothing":
				return nil, nil
			case "overloaded":
				return nil, errors.New("overloaded")
			case "fault":
				return nil, nil
			}
			return echo(ctx, p, env)
		})})
		c := n.client(t)
		for range 3 {
			var all sync.WaitGroup
			for i := range idleConnections {
				all.Go(func() {
					c.Exchange(t.Context(), request(soap.Version(i%2), []string{"", "nothing", "overloaded", strings.Repeat("long ", 10000)}[i/2%4]))
				})
			}
			all.Wait()
			require.Equal(t, idleConnections, n.dialed(), "a window of callers dials once")
		}
	})
}

func TestClientOnABrokenConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := serve(t, &Handler{Server: serverFunc(echo)})
		c := n.client(t)
		ask := func() error {
			_, err := c.Exchange(t.Context(), request(soap.V12, "ask"))
			return err
		}
		require.NoError(t, ask())
		n.cut()
		synctest.Wait() // net/http notices
		require.NoError(t, ask(), "an idle connection that broke is replaced")
		require.Equal(t, 2, n.dialed())
		n.Close()
		n.cut()
		synctest.Wait()
		err := ask()
		require.ErrorContains(t, err, "connection refused")
		require.ErrorContains(t, err, testURL)
		require.NotErrorIs(t, err, transport.ErrPermanent)
	})
}

// One attempt is one request: a connection that breaks after it got the request is not tried again behind our back.
func TestClientMakesOneAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int32
		n := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			if requests.Add(1) > 1 {
				panic(http.ErrAbortHandler)
			}
			w.WriteHeader(http.StatusAccepted)
		}))
		c := n.client(t)
		_, err := c.Exchange(t.Context(), request(soap.V12, "ask"))
		require.NoError(t, err)
		_, err = c.Exchange(t.Context(), request(soap.V12, "ask"))
		require.ErrorContains(t, err, "EOF")
		require.EqualValues(t, 2, requests.Load())
	})
}

func TestClientContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := make(chan time.Duration, 1)
		n := serve(t, &Handler{Server: serverFunc(func(ctx context.Context, _ transport.Peer, _ *soap.Envelope) (*soap.Envelope, error) {
			begin := time.Now()
			<-ctx.Done()
			gone <- time.Since(begin)
			return nil, nil
		})})
		begin := time.Now()
		_, err := n.client(t).Exchange(after(t, time.Minute), request(soap.V12, "ask"))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotErrorIs(t, err, transport.ErrPermanent)
		require.Equal(t, time.Minute, time.Since(begin), "the context and nothing else")
		require.Equal(t, time.Minute, <-gone, "the server learns of it")

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = n.client(t).Exchange(ctx, request(soap.V12, "ask"))
		require.ErrorIs(t, err, context.Canceled)
	})
}

// A body that stops in the middle is bounded by the context too.
func TestClientContextWhileReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", type12)
			io.WriteString(w, "<Envelope ")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}))
		_, err := n.client(t).Exchange(after(t, time.Minute), request(soap.V12, "ask"))
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestClientCookiesStick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		n := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got = append(got, r.Header.Get("Cookie"))
			io.Copy(io.Discard, r.Body)
			http.SetCookie(w, &http.Cookie{Name: "server", Value: fmt.Sprint(len(got))})
			w.WriteHeader(http.StatusAccepted)
		}))
		c := n.client(t)
		for range 3 {
			_, err := c.Exchange(t.Context(), request(soap.V12, "ask"))
			require.NoError(t, err)
		}
		require.Equal(t, []string{"", "server=1", "server=2"}, got)
	})
}

func TestClientCookiesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		longest := 0
		n := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			longest = max(longest, len(r.Header.Get("Cookie")))
			io.Copy(io.Discard, r.Body)
			for i := range 20 {
				http.SetCookie(w, &http.Cookie{Name: fmt.Sprintf("c%d-%d", time.Now().UnixNano(), i), Value: "v"})
			}
			http.SetCookie(w, &http.Cookie{Name: "long", Value: strings.Repeat("v", 5000)})
			w.WriteHeader(http.StatusAccepted)
		}))
		c := n.client(t)
		for range 10 {
			_, err := c.Exchange(t.Context(), request(soap.V12, "ask"))
			require.NoError(t, err)
			time.Sleep(time.Second)
		}
		require.Greater(t, longest, 500)
		require.Less(t, longest, 2000)
	})
}

func TestClientLimit(t *testing.T) {
	env := wire(t, request(soap.V12, strings.Repeat("x", 200_000)))
	limit := int64(len(env))
	for _, test := range []struct {
		name, answer string
	}{
		{"Content-Length", response("200 OK", soap12, env)},
		{"chunked", "HTTP/1.1 200 OK\r\n" + soap12 + "Transfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(env), env)},
		{"gzip", response("200 OK", soap12+"Content-Encoding: gzip\r\n", zip(env))},
		{"gzip unasked", response("200 OK", soap12+"Content-Encoding: x-gzip\r\n", zip(env))},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := script(t, test.answer).client(t)
				c.Limits = &soap.Limits{Bytes: limit}
				got, err := c.Exchange(t.Context(), request(soap.V12, "ask"))
				require.NoError(t, err)
				require.Len(t, textOf(t, got), 200_000)

				c = script(t, test.answer).client(t)
				c.Limits = &soap.Limits{Bytes: limit - 1}
				_, err = c.Exchange(t.Context(), request(soap.V12, "ask"))
				require.ErrorContains(t, err, fmt.Sprintf("larger than the limit of %d bytes", limit-1))
				require.NotErrorIs(t, err, transport.ErrPermanent)

				c = script(t, test.answer).client(t)
				c.Limits = &soap.Limits{Bytes: -1}
				_, err = c.Exchange(t.Context(), request(soap.V12, "ask"))
				require.NoError(t, err)
			})
		})
	}
}

// A server may answer before it has read the request; net/http reads it on then. The buffer must not serve another
// request meanwhile: the race detector watches, and the server compares.
func TestClientAnsweredEarly(t *testing.T) {
	large := strings.Repeat("0123456789", 5000)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).EnableFullDuplex()
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusAccepted)
		w.(http.Flusher).Flush()
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client has gone on with another connection
		}
		if !bytes.Contains(b, []byte(large)) {
			t.Error("the request changed while it was read")
		}
	}))
	defer srv.Close()
	c := &Client{URL: srv.URL}
	defer c.CloseIdleConnections()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				if _, err := c.Exchange(t.Context(), request(soap.V12, large)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func TestOneLine(t *testing.T) {
	require.Equal(t, "a b c? "+strings.Repeat("x", 189)+"...", oneLine([]byte("a\r\n\tb\x00\x7f c\xff "+strings.Repeat("x", 1000))))
	require.Equal(t, "", oneLine(nil))
}

// The header in a context is for the requests of the Client that is called, and not for those that its HTTP makes under that context
// to send them.
func TestWithHeaderIsForOneClient(t *testing.T) {
	heads := make(chan http.Header, 3)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heads <- r.Header
		w.WriteHeader(http.StatusAccepted)
	}))
	defer service.Close()
	tokens := &Client{URL: service.URL}
	defer tokens.CloseIdleConnections()
	c := &Client{URL: service.URL, HTTP: &http.Client{Transport: fetching{service.Client().Transport, tokens}}}
	_, err := c.Exchange(WithHeader(t.Context(), http.Header{"X-Api-Key": {"secret"}}), request(soap.V12, "x"))
	require.NoError(t, err)
	require.Empty(t, (<-heads).Get("X-Api-Key"))
	require.Equal(t, "secret", (<-heads).Get("X-Api-Key"))
}

// fetching makes another request before each.
type fetching struct {
	http.RoundTripper
	from *Client
}

func (f fetching) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, err := f.from.Exchange(r.Context(), request(soap.V12, "token")); err != nil {
		return nil, err
	}
	return f.RoundTripper.RoundTrip(r)
}

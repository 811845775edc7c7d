package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/transport"
)

type lockedBuilder struct {
	mu sync.Mutex
	strings.Builder
}

func (l *lockedBuilder) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Builder.Write(p)
}

func (l *lockedBuilder) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Builder.String()
}

// A wrong address shows in the log long before the client is told, but not with each attempt, and not for each session.
func TestFirstFailureOfAnOpeningIsLogged(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	synctest.Test(t, func(t *testing.T) {
		var d doorstep
		lines := func(e rm.Event) int {
			return strings.Count(logged(t, func() { d.trace(e) }), "no session yet, and tried again\" err=\"dial: connection refused\"")
		}
		require.Zero(t, lines(rm.Event{Kind: rm.Failed, Session: &rm.Session{}, Try: 1, Err: refused}), "a session is open")
		require.Zero(t, lines(rm.Event{Kind: rm.Failed, Try: 1, Err: errors.Join(refused, transport.ErrPermanent)}), "its client is told now")
		require.Equal(t, 1, lines(rm.Event{Kind: rm.Failed, Try: 1, Err: refused}))
		require.Zero(t, lines(rm.Event{Kind: rm.Failed, Try: 1, Err: refused}), "another session")
		time.Sleep(time.Minute)
		require.Zero(t, lines(rm.Event{Kind: rm.Failed, Try: 2, Err: refused}))
		require.Equal(t, 1, lines(rm.Event{Kind: rm.Failed, Try: 1, Err: refused}))
	})

	said := logged(t, func() {
		g := begin(t, "-listen-out", "127.0.0.1:0", "-reliable", "http://"+unused(t))
		g.out.reliable.Options.MaxRetries = 3
		call(t, g.addr["out"], "x")
		require.NoError(t, g.stop())
	})
	require.Equal(t, 1, strings.Count(said, "no session yet, and tried again"))
}

func TestEnvelopesThatSayTheyAreNone(t *testing.T) {
	const envelope = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>`
	long := envelope + strings.Repeat("<!-- -->", 1000)
	passed := ""
	h := mistyped(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			b = []byte(err.Error())
		}
		passed = string(b)
	}))
	for _, c := range []struct {
		name, method, kind, body string
		code                     int
	}{
		{"as XML", "POST", "application/xml", envelope, 415},
		{"as a form, which is curl's default", "POST", "application/x-www-form-urlencoded", envelope, 415},
		{"as nothing", "POST", "", long, 415},
		{"with a declaration and a comment", "POST", "text/plain", "\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- a -->\n" + envelope, 415},
		{"of SOAP 1.2", "POST", "", `<Envelope xmlns='http://www.w3.org/2003/05/soap-envelope'/>`, 415},
		{"an envelope", "POST", "text/xml; charset=utf-8", envelope, 200},
		{"one of SOAP 1.2", "POST", "Application/SOAP+XML", envelope, 200},
		{"an attachment's", "POST", "multipart/related; boundary=B", envelope, 200},
		{"not posted", "PUT", "application/xml", envelope, 200},
		{"another XML document", "POST", "application/xml", strings.ReplaceAll(long, "Envelope", "Letter"), 200},
		{"another's envelope", "POST", "application/xml", strings.ReplaceAll(long, "soap", "mail"), 200},
		{"a form", "POST", "application/x-www-form-urlencoded", "a=" + long, 200},
		{"nothing", "POST", "", "", 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			passed = ""
			r := httptest.NewRequest(c.method, "/", strings.NewReader(c.body))
			r.Header.Set("Content-Type", c.kind)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			require.Equal(t, c.code, w.Code)
			if c.code == 200 {
				require.Equal(t, c.body, passed, "whole")
			} else {
				require.Empty(t, passed)
				require.Contains(t, w.Body.String(), "application/soap+xml")
			}
		})
	}

	// What does not begin like an envelope does not wait for more, and what breaks off does so for the service, too.
	body, sender := io.Pipe()
	r := httptest.NewRequest(http.MethodPost, "/", body)
	go func() {
		io.WriteString(sender, "{")
		sender.CloseWithError(errors.New("gone"))
	}()
	h.ServeHTTP(httptest.NewRecorder(), r)
	require.Equal(t, "gone", passed)

	far := begin(t, "-listen-out", "127.0.0.1:0", "-reliable", "http://"+unused(t))
	code, _ := call(t, far.addr["out"], "x", "Content-Type", "application/xml")
	require.Equal(t, 415, code)
	require.NoError(t, far.stop())
}

package rmhttp_test

import (
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/rm/rmhttp"
	"github.com/gowsrm/wsrm/transport"
)

// What cannot get better is told at once, to all who wait for the session, and nothing of it is in doubt: no service was reached.
func TestTransportIsRefusedAtOnce(t *testing.T) {
	var hellos atomic.Int32
	never := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request came through") })
	secured := httptest.NewUnstartedServer(never)
	secured.Config.ErrorLog = log.New(io.Discard, "", 0)
	secured.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		hellos.Add(1)
		return nil, nil
	}}
	secured.StartTLS()
	defer secured.Close()

	for _, test := range []struct{ name, url, text string }{
		{"an untrusted certificate", secured.URL, "RootCAs of the tls.Config"},
		{"http to https", strings.Replace(secured.URL, "https:", "http:", 1), "400 Bad Request: Client sent an HTTP request to an HTTPS server."},
		{"another scheme", strings.Replace(secured.URL, "https:", "net.tcp:", 1), "neither http nor https"},
	} {
		t.Run(test.name, func(t *testing.T) {
			rt := &rmhttp.Transport{}
			client := &http.Client{Transport: rt, Timeout: time.Minute}
			begin := time.Now()
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					r := shapes[0].request(t, t.Context(), "echo", "hello", "")
					r.URL, _ = url.Parse(test.url)
					_, err := client.Do(r)
					require.ErrorContains(t, err, test.text)
					require.NotContains(t, err.Error(), "ended", "there was no session")
					require.ErrorIs(t, err, transport.ErrPermanent)
					_, doubt := errors.AsType[*rm.InDoubtError](err)
					require.False(t, doubt, "%v", err)
				})
			}
			all.Wait()
			require.Less(t, time.Since(begin), 10*time.Second, "the retries take a minute")
			require.Zero(t, rt.Stats().Opened)
			require.NoError(t, rt.Close(t.Context()))
		})
	}
	require.LessOrEqual(t, hellos.Load(), int32(8), "each opening asked once")
}

// A request that net/http would not send is refused by itself, and its session goes on.
func TestTransportRefusesWhatCannotBeSent(t *testing.T) {
	in(t, func(w *world) {
		try := func(name, value string) error {
			r := shapes[0].request(w, w.Context(), "echo", "hello", "")
			r.Header[name] = []string{"good", value}
			resp, err := w.client.Do(r)
			if err == nil {
				resp.Body.Close()
			}
			return err
		}
		require.NoError(w, try("X-Key", "a\tkey of Zo\u00eb's"))
		begin := time.Now()
		for _, value := range []string{"key\n", "a\r\nHost: other", "\x00", "\x7f"} {
			require.ErrorContains(w, try("X-Key", value), "the header field X-Key has a value with line breaks")
		}
		for _, name := range []string{"", "X Key", "X-Key:", "Zo\u00eb"} {
			require.ErrorContains(w, try(name, "key"), "is no name of a header field")
		}
		_, doubt := errors.AsType[*rm.InDoubtError](try("X-Key", "key\n"))
		require.False(w, doubt)
		require.NoError(w, try("X-Key", "key"))
		require.Zero(w, time.Since(begin))
		require.Equal(w, []string{"hello", "hello"}, w.service.delivered())
		require.EqualValues(w, 1, w.rt.Stats().Opened)
	})
}

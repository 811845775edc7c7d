package main

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/examples/echo"
)

func TestStats(t *testing.T) {
	next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "next") })
	h := withStats(&echo.Service{}, next)
	for _, test := range []struct{ method, path, want string }{
		{"GET", "/stats", `{"sessions":[],"open":0}` + "\n"},
		{"POST", "/stats", "next"},
		{"GET", "/", "next"},
		{"POST", "/any//path", "next"},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(test.method, test.path, nil))
		require.Equal(t, test.want, w.Body.String(), "%s %s", test.method, test.path)
	}
}

// The line says where the server really listens, and it does listen there, with a certificate that is good for this
// machine to whoever trusts it.
func TestListen(t *testing.T) {
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "here") })}
	defer server.Close()
	var said strings.Builder
	require.NoError(t, listen(server, "127.0.0.1:0", "127.0.0.1:0", &said))
	addrs := regexp.MustCompile(`^listening http=(127\.0\.0\.1:\d+) https=(127\.0\.0\.1:\d+)\n$`).FindStringSubmatch(said.String())
	require.NotNil(t, addrs, said.String())

	leaf, err := x509.ParseCertificate(server.TLSConfig.Certificates[0].Certificate[0])
	require.NoError(t, err)
	trust := x509.NewCertPool()
	trust.AddCert(leaf)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trust}}
	defer transport.CloseIdleConnections()
	for _, url := range []string{"http://" + addrs[1], "https://" + addrs[2]} {
		resp, err := (&http.Client{Transport: transport}).Get(url)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		require.NoError(t, err)
		require.Equal(t, "here", string(body))
	}
}

func TestListenSaysOnlyWhatWasAskedFor(t *testing.T) {
	server := &http.Server{}
	defer server.Close()
	var said strings.Builder
	require.NoError(t, listen(server, "127.0.0.1:0", "", &said))
	require.NotContains(t, said.String(), "https")
	require.Error(t, listen(server, "127.0.0.1:notaport", "", &said))
}

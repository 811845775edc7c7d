package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A listener that fails ends the program, and what the others are serving is served.
func TestListenerThatFails(t *testing.T) {
	began := make(chan struct{})
	finish := make(chan struct{})
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(began)
		<-finish
	}))
	defer service.Close()
	g := begin(t, "-listen", "127.0.0.1:0", "-to", service.URL, "-admin", "127.0.0.1:0")
	ended := make(chan error, 1)
	go func() { ended <- g.run(t.Context()) }()
	answered := make(chan error, 1)
	go func() {
		resp, err := http.Get("http://" + g.addr["in"])
		if err == nil {
			resp.Body.Close()
		}
		answered <- err
	}()
	<-began
	require.NoError(t, g.fronts[1].listener.Close())
	<-g.stopped
	close(finish)
	require.NoError(t, <-answered)
	require.ErrorContains(t, <-ended, "admin: ")
}

func TestRunEndsWithItsContext(t *testing.T) {
	g := begin(t, "-listen", "127.0.0.1:0", "-to", "http://"+unused(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, g.run(ctx))
}

func TestCertificateComesFirst(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pem")
	require.NoError(t, os.WriteFile(file, []byte("no PEM"), 0o600))
	addr := unused(t)
	c, err := parse([]string{"-listen", addr, "-to", "http://x", "-tls-cert", file, "-tls-key", file}, io.Discard)
	require.NoError(t, err)
	_, err = start(c)
	require.ErrorContains(t, err, "-tls-cert and -tls-key: ")
	_, err = http.Get("http://" + addr)
	require.Error(t, err, "nobody listened")

	// With a good one it is served.
	service := httptest.NewTLSServer(http.NotFoundHandler())
	defer service.Close()
	key, err := x509.MarshalPKCS8PrivateKey(service.TLS.Certificates[0].PrivateKey)
	require.NoError(t, err)
	pair := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: service.Certificate().Raw}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	require.NoError(t, os.WriteFile(file, pair, 0o600))
	g := begin(t, "-listen", "127.0.0.1:0", "-to", "http://"+unused(t), "-tls-cert", file, "-tls-key", file)
	resp, err := service.Client().Get("https://" + g.addr["in"])
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 502, resp.StatusCode)
	service.Client().CloseIdleConnections()
	require.NoError(t, g.stop())
}

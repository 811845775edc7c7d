package main

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMain makes the test program the gateway, for those who start one in a process of its own.
func TestMain(m *testing.M) {
	if args := os.Getenv("GATEWAY"); args != "" {
		os.Args = append(os.Args[:1], strings.Fields(args)...)
		main()
		return
	}
	os.Exit(m.Run())
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("signals cannot be sent")
	}
	began := make(chan struct{})
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(began)
		<-r.Context().Done()
	}))
	defer service.Close()
	gateway := exec.CommandContext(t.Context(), os.Args[0])
	gateway.Env = append(os.Environ(), "GATEWAY=-shutdown-timeout 50s -listen 127.0.0.1:0 -to "+service.URL)
	out, err := gateway.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, gateway.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	go http.Get("http://" + strings.TrimSpace(strings.TrimPrefix(line, "listening in=")))
	<-began
	exited := make(chan error, 1)
	go func() { exited <- gateway.Wait() }()
	started := time.Now()
	for i := 0; ; i++ {
		gateway.Process.Signal(os.Interrupt)
		select {
		case err := <-exited:
			require.Positive(t, i, "the first one ends it in good order")
			require.ErrorContains(t, err, "signal: interrupt")
			require.Less(t, time.Since(started), 20*time.Second)
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

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

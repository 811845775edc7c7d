package interop

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// secured adds a server to a proxy that speaks HTTP/2 over TLS, at addr, with a throwaway certificate.
func (p proxied) secured(t *testing.T) (_ proxied, addr string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "wsrm-nginx")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o755)) // the proxy is nobody
	srv := httptest.NewTLSServer(nil)
	defer srv.Close()
	cert := srv.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	require.NoError(t, err)
	both := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	file := filepath.Join(dir, "both.pem")
	require.NoError(t, os.WriteFile(file, both, 0o644))
	addr = freeAddr(t)
	p.http += fmt.Sprintf(`
	server { listen %s ssl http2; ssl_certificate %[2]s; ssl_certificate_key %[2]s; location / { proxy_pass http://origin; proxy_set_header Host $http_host; %[3]s } }`,
		addr, file, p.location)
	return p, addr
}

// All callers share one connection to nginx, which speaks HTTP/1.1 to the server.
func TestNginxHTTP2(t *testing.T) {
	t.Parallel()
	for _, p := range []proxied{{nginxSettings: keepAlive}, {nginxSettings: unbuffered}, nginxAnswers[0], nginxAnswers[3]} {
		for _, v := range versions {
			for _, scenario := range []string{"next", "ping"} {
				if p.serve != nil && scenario == "ping" {
					continue // one-way messages do not wait for their handler
				}
				t.Run(fmt.Sprintf("%s/%s/%s", p.name, v.ours, scenario), func(t *testing.T) {
					t.Parallel()
					count := 40
					if p.serve != nil {
						count = 3
					}
					s := serveEcho(t, p.serve...)
					p, addr := p.secured(t)
					n := p.start(t, tap(t, s.addr["http"]))
					runEcho(t, time.Minute, scenario, "https://"+addr+"/", "-insecure", "-rm", v.ours, "-count", fmt.Sprint(count), "-concurrency=8").wantOK(t, scenario, count)
					n.notes(t, p.shows)
					n.notes(t, "over HTTP/2.0")
					s.wants(inOrder(v.ours, count))
				})
			}
		}
	}
}

// With the proxy dies the one connection, and all that is on it.
func TestNginxDiesHTTP2(t *testing.T) {
	t.Parallel()
	for _, v := range versions {
		for _, scenario := range []string{"next", "ping"} {
			t.Run(v.ours+"/"+scenario, func(t *testing.T) {
				t.Parallel()
				const count = 1000
				s := serveEcho(t, "-handler-delay", "5ms")
				p, addr := proxied{nginxSettings: keepAlive}.secured(t)
				n := p.start(t, s.addr["http"])
				var r result
				times := n.dieWhile(10, func() {
					r = runEcho(t, time.Minute, scenario, "https://"+addr+"/", "-insecure", "-rm", v.ours, "-count", fmt.Sprint(count), "-concurrency=16")
				})
				r.wantOK(t, scenario, count)
				require.Equal(t, 10, times)
				n.notes(t, "over HTTP/2.0")
				s.wants(inOrder(v.ours, count))
			})
		}
	}
}

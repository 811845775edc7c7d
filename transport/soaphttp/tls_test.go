package soaphttp

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

// certificate makes a self-signed one for key.
func certificate(t *testing.T, key *ecdsa.PrivateKey, name string) tls.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: name},
		NotAfter:     time.Now().Add(time.Hour),
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestTLSClientCertificates(t *testing.T) {
	srv := httptest.NewUnstartedServer(&Handler{Server: serverFunc(func(_ context.Context, p transport.Peer, _ *soap.Envelope) (*soap.Envelope, error) {
		require.True(t, p.Secure)
		require.NotEmpty(t, p.Address)
		return request(soap.V12, p.Principal), nil
	})})
	srv.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()

	// as asks with certificates and returns the principal that the server saw.
	as := func(certs ...tls.Certificate) string {
		config := srv.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
		config.Certificates = certs
		c := &Client{URL: srv.URL, HTTP: &http.Client{Transport: &http.Transport{TLSClientConfig: config}}}
		defer c.CloseIdleConnections()
		got, err := c.Exchange(t.Context(), request(soap.V12, ""))
		require.NoError(t, err)
		return textOf(t, got)
	}
	newKey := func() *ecdsa.PrivateKey {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		require.NoError(t, err)
		return key
	}
	ann, bob := newKey(), newKey()
	require.Equal(t, "", as(), "no certificate, no principal")
	spki, err := x509.MarshalPKIXPublicKey(&ann.PublicKey)
	require.NoError(t, err)
	sum := sha256.Sum256(spki)
	require.Equal(t, "sha256:"+hex.EncodeToString(sum[:]), as(certificate(t, ann, "ann")))
	require.Equal(t, as(certificate(t, ann, "ann")), as(certificate(t, ann, "ann")), "a renewed certificate is the same principal")
	require.NotEqual(t, as(certificate(t, ann, "ann")), as(certificate(t, bob, "ann")), "a name proves nothing")
}

func TestHTTP2(t *testing.T) {
	srv := httptest.NewUnstartedServer(&Handler{Server: serverFunc(func(ctx context.Context, p transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
		if textOf(t, env) == "" {
			return nil, nil
		}
		return echo(ctx, p, env)
	})})
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	var protocol string
	c := &Client{URL: srv.URL, HTTP: &http.Client{Transport: roundTripperFunc(func(r *http.Request) (*http.Response, error) {
		resp, err := srv.Client().Transport.RoundTrip(r)
		if err == nil {
			protocol = resp.Proto
		}
		return resp, err
	})}}
	defer srv.Client().CloseIdleConnections()
	for _, text := range []string{"short", strings.Repeat("long ", 50_000)} {
		got, err := c.Exchange(t.Context(), request(soap.V11, text))
		require.NoError(t, err)
		require.Equal(t, text, textOf(t, got))
		require.Equal(t, "HTTP/2.0", protocol)
	}
	got, err := c.Exchange(t.Context(), request(soap.V12, ""))
	require.NoError(t, err)
	require.Nil(t, got)

	// A Client left to itself speaks HTTP/1.1, even to a server that offers more.
	own := &Client{URL: srv.URL}
	require.NoError(t, own.setup())
	defer own.CloseIdleConnections()
	alone := own.client.Transport.(*http.Transport)
	alone.ForceAttemptHTTP2 = true // as net/http does by itself unless there is a TLSClientConfig
	alone.TLSClientConfig = &tls.Config{RootCAs: srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	req, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL, nil)
	require.NoError(t, err)
	resp, err := own.client.Do(req)
	require.NoError(t, err)
	resp.Body.Close()
	require.Equal(t, "HTTP/1.1", resp.Proto)
}

package soaphttp

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

// issue makes a certificate for a server at 127.0.0.1 and service.test, changed, and those who trust it.
func issue(t *testing.T, changes ...func(*x509.Certificate)) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"service.test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	for _, change := range changes {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// secured is a service over TLS, which nothing may reach, and its URL.
func secured(t *testing.T, config *tls.Config) string {
	srv := httptest.NewUnstartedServer(&Handler{Server: never(t)})
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.TLS = config
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv.URL
}

// answering answers the first bytes of each connection with what, whatever they are, and returns its address.
func answering(t *testing.T, what string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var done sync.WaitGroup
	done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			done.Go(func() {
				defer c.Close()
				c.Read(make([]byte, 4096))
				io.WriteString(c, what)
				c.(*net.TCPConn).CloseWrite()
				io.Copy(io.Discard, c)
			})
		}
	})
	t.Cleanup(func() { l.Close(); done.Wait() })
	return l.Addr().String()
}

// asking is a Client as it is by itself, but for the configuration of TLS and the proxy.
func asking(t *testing.T, address string, config *tls.Config, proxy string) *Client {
	c := &Client{URL: address}
	require.NoError(t, c.setup())
	c.client.Transport.(*http.Transport).TLSClientConfig = config
	if proxy != "" {
		u, err := url.Parse(proxy)
		require.NoError(t, err)
		c.client.Transport.(*http.Transport).Proxy = func(*http.Request) (*url.URL, error) {
			if u.Host == "" {
				return nil, errors.New("proxy is none")
			}
			return u, nil
		}
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func alert(code int) string { return "\x15\x03\x03\x00\x02\x02" + string([]byte{byte(code)}) }

// What cannot get better is permanent, with a text that says what to change; what a network or a server that is being started may do,
// is a loss.
func TestRefused(t *testing.T) {
	good, pool := issue(t)
	other, others := issue(t, func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"other.test"}, nil })
	old, olds := issue(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	wrong, wrongs := issue(t, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} })
	https := secured(t, &tls.Config{Certificates: []tls.Certificate{good}})
	plain := httptest.NewServer(&Handler{Server: never(t)})
	defer plain.Close()
	proxy := func(code int) string {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			require.Equal(t, http.MethodConnect, r.Method)
			w.WriteHeader(code)
		}))
		t.Cleanup(srv.Close)
		return strings.Replace(srv.URL, "//", "//ann:secret@", 1)
	}
	trusting := &tls.Config{RootCAs: pool}
	errPin := errors.New("another key than yesterday")

	for _, test := range []struct {
		name      string
		url       string
		header    string
		config    *tls.Config
		proxy     string
		permanent bool
		text      string
		as        any // an error that is in it
	}{
		{name: "nobody trusts it", url: https, permanent: true, text: "signed by unknown authority: who signed it must be trusted by this system, or be in RootCAs of", as: new(*tls.CertificateVerificationError)},
		{name: "it is another's", url: secured(t, &tls.Config{Certificates: []tls.Certificate{other}}), config: &tls.Config{RootCAs: others}, permanent: true,
			text: "a name that is in the certificate", as: new(x509.HostnameError)},
		{name: "it has expired", url: secured(t, &tls.Config{Certificates: []tls.Certificate{old}}), config: &tls.Config{RootCAs: olds}, permanent: true,
			text: "or a clock is wrong", as: new(*tls.CertificateVerificationError)},
		{name: "it is no server's", url: secured(t, &tls.Config{Certificates: []tls.Certificate{wrong}}), config: &tls.Config{RootCAs: wrongs}, permanent: true,
			text: "incompatible key usage: the server must get another one", as: new(x509.CertificateInvalidError)},
		{name: "the user's own check refuses", url: https, permanent: true, text: "another key than yesterday",
			config: &tls.Config{RootCAs: pool, VerifyConnection: func(tls.ConnectionState) error { return errPin }}},
		{name: "the user's own check finds no network", url: https, text: "lookup",
			config: &tls.Config{RootCAs: pool, VerifyConnection: func(tls.ConnectionState) error { return &url.Error{Op: "Get", Err: &net.DNSError{Name: "crl.test"}} }}},
		{name: "a proxy of TLS that nobody trusts", url: plain.URL, proxy: https, permanent: true, text: "RootCAs", as: new(*tls.CertificateVerificationError)},

		{name: "https to http", url: strings.Replace(plain.URL, "http:", "https:", 1), permanent: true, text: "server gave HTTP response to HTTPS client: TLS is not spoken there"},
		{name: "https to something else", url: "https://" + answering(t, "SSH-2.0-OpenSSH\r\n"), permanent: true, text: "TLS is not spoken there", as: new(tls.RecordHeaderError)},
		{name: "http to https", url: strings.Replace(https, "https:", "http:", 1), permanent: true, text: "400 Bad Request: Client sent an HTTP request to an HTTPS server.", as: new(*StatusError)},
		{name: "http to https, as Java answers", url: "http://" + answering(t, alert(80)), permanent: true, text: "answered by TLS: is it a port for https?"},

		{name: "a version that is not allowed here", permanent: true, text: "unsupported protocol version 301",
			url: "https://" + answering(t, "\x16\x03\x01\x00\x2a\x02\x00\x00\x26\x03\x01"+strings.Repeat("r", 32)+"\x00\xc0\x2f\x00")},
		{name: "a version that is not allowed there", url: https, config: &tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}, permanent: true,
			text: "protocol version not supported: no version of TLS or cipher suite"},
		{name: "a client certificate is demanded, TLS 1.2", permanent: true, text: "handshake failure: the server wants a certificate of the client", config: trusting,
			url: secured(t, &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12})},
		{name: "the client's certificate cannot be had", permanent: true, text: "no key",
			url: secured(t, &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAnyClientCert}),
			config: &tls.Config{RootCAs: pool, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				return nil, errors.New("no key")
			}}},
		{name: "certificate required", url: "https://" + answering(t, alert(116)), permanent: true, text: "certificate required: the server wants a certificate of the client"},
		{name: "unknown authority, it says", url: "https://" + answering(t, alert(48)), permanent: true, text: "unknown certificate authority: the server wants"},
		{name: "another name", url: "https://" + answering(t, alert(112)), permanent: true, text: "unrecognized name: the server has another name"},
		{name: "another HTTP", url: "https://" + answering(t, alert(120)), permanent: true, text: "no application protocol: the server does not speak"},
		{name: "internal error", url: "https://" + answering(t, alert(80)), text: "internal error"},
		{name: "bad record MAC", url: "https://" + answering(t, alert(20)), text: "bad record MAC"},
		{name: "the end", url: "https://" + answering(t, ""), text: "EOF"},
		{name: "the end of http", url: "http://" + answering(t, ""), text: "EOF"},

		{name: "no port", url: "http://127.0.0.1:99999", permanent: true, text: "99999: invalid port"},
		{name: "no scheme", url: "127.0.0.1:80", permanent: true, text: "soaphttp: URL cannot be read"},
		{name: "another scheme", url: "net.tcp://127.0.0.1:80", permanent: true, text: "neither http nor https"},
		{name: "no header", url: plain.URL, header: "a key from a file\n", permanent: true, text: `invalid header field value for "Key"`},
		{name: "no proxy's URL", url: plain.URL, proxy: "ftp:", permanent: true, text: "proxy is none"},
		{name: "nobody listens", url: "https://127.0.0.1:1", text: "connection refused"},

		{name: "CONNECT 407", url: https, proxy: proxy(407), permanent: true, text: "answers CONNECT " + https[len("https://"):] + " by 407 Proxy Authentication Required: it wants a user and a password"},
		{name: "CONNECT 403", url: https, proxy: proxy(403), permanent: true, text: "403 Forbidden"},
		{name: "CONNECT 502", url: https, proxy: proxy(502), text: "502 Bad Gateway"},
		{name: "no proxy", url: https, proxy: "http://127.0.0.1:1", text: "proxyconnect tcp: dial tcp 127.0.0.1:1: connect: connection refused"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := &Client{URL: test.url}
			if c.setup() == nil {
				c = asking(t, test.url, test.config, test.proxy)
				c.extra["Key"] = []string{test.header}
			}
			_, err := c.Exchange(t.Context(), request(soap.V12, "ask"))
			require.ErrorContains(t, err, test.text)
			require.Equal(t, test.permanent, errors.Is(err, transport.ErrPermanent), "%v", err)
			require.NotContains(t, err.Error(), "secret")
			require.NotContains(t, err.Error(), "\n")
			if test.as != nil {
				require.ErrorAs(t, err, test.as)
			}
		})
	}
}

// In TLS 1.3 the server speaks of the client's certificate when the client has already sent its request, which it then does not read. What
// the client sees first, the alert or the end of the connection, is chance.
func TestRefusedAfterTheHandshake(t *testing.T) {
	good, pool := issue(t)
	c := asking(t, secured(t, &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAnyClientCert}), &tls.Config{RootCAs: pool}, "")
	for range 100 {
		_, err := c.Exchange(t.Context(), request(soap.V12, "ask"))
		require.Error(t, err)
		if errors.Is(err, transport.ErrPermanent) {
			require.ErrorContains(t, err, "certificate required: the server wants a certificate of the client")
			return
		}
	}
	t.Fatal("the alert was never seen")
}

// A service that names its trouble on a page.
func TestRefusedByAPage(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, "<html>\r\n<head><TITLE lang='en'>400 No required\nSSL&nbsp;certificate was sent</TITLE></head><body>")
	}))
	defer srv.Close()
	c := &Client{URL: srv.URL}
	defer c.CloseIdleConnections()
	_, err := c.Exchange(t.Context(), request(soap.V12, "ask"))
	require.ErrorContains(t, err, ": 400 Bad Request: 400 No required SSL certificate was sent")
	require.ErrorIs(t, err, transport.ErrPermanent)
}

var quiet = &rm.Options{Logger: slog.New(slog.DiscardHandler)}

// changing is a server in memory whose certificate changes.
type changing struct {
	*network
	mu     sync.Mutex
	now    tls.Certificate
	shown  int // how often a certificate was
	accept rm.Server
}

func (s *changing) show(c tls.Certificate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = c
}

func (s *changing) shownSoFar() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown
}

func change(t *testing.T, first tls.Certificate, trusted *x509.CertPool) (*changing, *Client) {
	s := &changing{now: first, network: newNetwork()}
	s.accept.Options = quiet
	s.accept.Handler = rm.HandlerFunc(func(ctx context.Context, m *rm.Message) (*soap.Envelope, error) {
		return echo(ctx, transport.Peer{}, m.Envelope)
	})
	config := &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.shown++
		now := s.now
		return &now, nil
	}, SessionTicketsDisabled: true}
	srv := &http.Server{Handler: &Handler{Server: &s.accept}, ErrorLog: log.New(io.Discard, "", 0)}
	var done sync.WaitGroup
	done.Go(func() { srv.Serve(tls.NewListener(s.network, config)) })
	c := asking(t, "https://service.test/", &tls.Config{RootCAs: trusted}, "")
	c.client.Transport.(*http.Transport).DialContext = s.dial
	t.Cleanup(func() {
		c.CloseIdleConnections()
		s.accept.Close()
		srv.Close()
		done.Wait()
		time.Sleep(2 * time.Second) // last words
	})
	return s, c
}

// A session with a server that is not trusted is not opened, which is told after one attempt, without a wait.
func TestOpenIsRefusedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good, _ := issue(t)
		server, c := change(t, good, x509.NewCertPool())
		begin := time.Now()
		_, err := rm.Open(t.Context(), c, quiet)
		require.ErrorContains(t, err, "rm: open: ")
		require.ErrorContains(t, err, "certificate signed by unknown authority: who signed it must be trusted by this system, or be in RootCAs of the tls.Config")
		untrusted, ok := errors.AsType[*tls.CertificateVerificationError](err)
		require.True(t, ok)
		require.Len(t, untrusted.UnverifiedCertificates, 1)
		require.ErrorIs(t, err, transport.ErrPermanent)
		require.ErrorIs(t, err, net.ErrClosed)
		_, doubt := errors.AsType[*rm.InDoubtError](err)
		require.False(t, doubt, "nothing was sent")
		require.Zero(t, time.Since(begin))
		require.Equal(t, 1, server.shownSoFar())
	})
}

// A session lives on when another certificate is shown for a while, by one of several servers behind a balancer for example: who
// was reached before may be reached again.
func TestSessionOutlivesACertificate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good, trusted := issue(t)
		bad, _ := issue(t)
		server, c := change(t, good, trusted)
		s, err := rm.Open(t.Context(), c, quiet)
		require.NoError(t, err)
		call := func() {
			reply, err := s.Call(t.Context(), soap.New("urn:example:Ask", []byte(`<q xmlns="urn:q">text</q>`)))
			require.NoError(t, err)
			require.Equal(t, "text", textOf(t, reply))
		}
		call()
		server.show(bad)
		server.cut()
		synctest.Wait()
		go func() {
			time.Sleep(10 * time.Second)
			server.show(good)
		}()
		before := server.shownSoFar()
		call()
		require.Greater(t, server.shownSoFar(), before+2)
		require.NoError(t, s.Close(t.Context()))
	})
}

// If that stays so, the session ends as it does when nobody listens, and the error has the reason.
func TestSessionEndsWithTheReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good, trusted := issue(t)
		bad, _ := issue(t)
		server, c := change(t, good, trusted)
		s, err := rm.Open(t.Context(), c, quiet)
		require.NoError(t, err)
		server.show(bad)
		server.cut()
		synctest.Wait()
		_, err = s.Call(t.Context(), request(soap.V12, "text"))
		require.ErrorIs(t, err, rm.ErrUnreachable)
		require.NotErrorIs(t, err, transport.ErrPermanent)
		require.ErrorContains(t, err, "RootCAs of the tls.Config")
		_, ok := errors.AsType[*tls.CertificateVerificationError](err)
		require.True(t, ok)
		require.Error(t, s.Close(t.Context()))
	})
}

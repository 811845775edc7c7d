package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"time"
)

// listen begins to serve on the addresses that are given, and writes them to w: port 0 has become a real one then.
func listen(server *http.Server, addr, addrTLS string, w io.Writer) error {
	line := "listening"
	var plain, secure net.Listener
	var err error
	if addr != "" {
		if plain, err = net.Listen("tcp", addr); err != nil {
			return err
		}
		line += fmt.Sprintf(" http=%s", plain.Addr())
	}
	if addrTLS != "" {
		if secure, err = net.Listen("tcp", addrTLS); err != nil {
			return err
		}
		cert, err := throwaway()
		if err != nil {
			return err
		}
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
		line += fmt.Sprintf(" https=%s", secure.Addr())
	}
	if plain != nil {
		go serve(func() error { return server.Serve(plain) })
	}
	if secure != nil {
		go serve(func() error { return server.ServeTLS(secure, "", "") })
	}
	_, err = fmt.Fprintln(w, line)
	return err
}

func serve(f func() error) {
	if err := f(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}

// throwaway makes a certificate for this machine that nobody has signed and that lasts a day. A client must be told to
// take it.
func throwaway() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: "echo server (throwaway)"},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

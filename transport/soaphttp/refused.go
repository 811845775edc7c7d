package soaphttp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"reflect"
	"sync/atomic"

	"github.com/gowsrm/wsrm/transport"
)

// refusedError says that the connection that is asked for cannot be made, because of what one of both sides is set to. The request was not
// acted upon.
type refusedError struct {
	err       error
	advice    string // what to change; "" where err says it
	permanent bool
}

func (e *refusedError) Error() string {
	if e.advice == "" {
		return "soaphttp: " + e.err.Error()
	}
	return "soaphttp: " + e.err.Error() + ": " + e.advice
}

func (e *refusedError) Unwrap() []error {
	if e.permanent {
		return []error{e.err, transport.ErrPermanent}
	}
	return []error{e.err}
}

// path is how far a request has come on its way to a connection. That is made by a goroutine of net/http, which may go on after the
// request is over.
type path struct {
	asked     atomic.Bool           // for a connection
	handshake atomic.Pointer[error] // why that of TLS failed
}

// watch returns a context under which the path of a request is seen.
func watch(ctx context.Context) (context.Context, *path) {
	p := new(path)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { p.asked.Store(true) },
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			if err != nil {
				p.handshake.Store(&err)
			}
		},
	}), p
}

// unsendable reports whether err, of client, says that the request cannot be sent over any connection: a field of its header is not one, or
// what is set as proxy is none.
func (p *path) unsendable(ctx context.Context, client *http.Client, err error) bool {
	if client.Transport != nil {
		if _, ok := client.Transport.(*http.Transport); !ok {
			return false // it may ask for no connection, whatever fails
		}
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	return !p.asked.Load() && ctx.Err() == nil && !ofNetwork(err)
}

// refused reports whether err, of net/http, is a connection that is refused in a way that only a change of settings cures, and what may have to
// be changed. A name that is not found, nobody who listens, a connection that breaks and time that runs out are none: servers are
// started, and networks mended.
func refused(err error, p *path) (advice string, ok bool) {
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return distrusted(e.Err), true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || errors.Is(err, http.ErrSchemeMismatch) {
		return "TLS is not spoken there: is it a port for http?", true
	}
	if errors.Is(err, errSpeaksTLS) {
		return "is it a port for https?", true
	}
	if e, ok := errors.AsType[*tunnelError](err); ok {
		return e.advice(), permanent(e.code)
	}
	if _, ok := errors.AsType[*net.AddrError](err); ok {
		return "", true // such as a port that cannot be one
	}
	if code, ok := alertOf(err); ok {
		advice, ok = alerts[code]
		return advice, ok
	}
	if p != nil {
		if failed := p.handshake.Load(); failed != nil && errors.Is(err, *failed) {
			return "", !ofNetwork(*failed) // tls.Config.VerifyConnection says no, for example
		}
	}
	return "", false
}

// distrusted is advice for a certificate of the server that was not accepted.
func distrusted(err error) string {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "who signed it must be trusted by this system, or be in RootCAs of the tls.Config"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "the URL, or ServerName of the tls.Config, must have a name that is in the certificate"
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return "the server must get another one, or a clock is wrong"
	}
	return "the server must get another one"
}

const (
	aboutHandshake   = "the server wants a certificate of the client, or nothing is allowed on both sides: see Certificates and MinVersion of the tls.Config"
	aboutCertificate = "the server wants a certificate of the client, or another one: see Certificates of the tls.Config"
	aboutVersions    = "no version of TLS or cipher suite is allowed on both sides: see MinVersion and CipherSuites of the tls.Config"
)

// alerts are those by which a server says that the handshake cannot go better next time, with advice. Others, such as
// internal_error, may be of the moment.
//
// TLS 1.3, 6.2
var alerts = map[uint8]string{
	40:  aboutHandshake,                                                    // handshake_failure
	42:  aboutCertificate,                                                  // bad_certificate
	43:  aboutCertificate,                                                  // unsupported_certificate
	44:  aboutCertificate,                                                  // certificate_revoked
	45:  aboutCertificate,                                                  // certificate_expired
	46:  aboutCertificate,                                                  // certificate_unknown
	48:  aboutCertificate,                                                  // unknown_ca
	49:  aboutCertificate,                                                  // access_denied
	70:  aboutVersions,                                                     // protocol_version
	71:  aboutVersions,                                                     // insufficient_security
	112: "the server has another name than the URL",                        // unrecognized_name
	116: aboutCertificate,                                                  // certificate_required
	120: "the server does not speak the version of HTTP that is asked for", // no_application_protocol
}

// alertOf finds the alert by which the other side ended the handshake. In TLS 1.3 that about the client's certificate comes after it, with
// the first answer.
func alertOf(err error) (code uint8, ok bool) {
	for {
		e, ok := errors.AsType[*net.OpError](err)
		if !ok {
			return 0, false
		}
		if e.Op == "remote error" { // the type of the alert is crypto/tls's own
			v := reflect.ValueOf(e.Err)
			if v.Kind() != reflect.Uint8 {
				return 0, false
			}
			return uint8(v.Uint()), true
		}
		err = e.Err // through a proxy
	}
}

// ofNetwork reports whether a connection broke, or had no time left.
func ofNetwork(err error) bool {
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	for _, end := range []error{io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, context.Canceled} {
		if errors.Is(err, end) {
			return true
		}
	}
	return false
}

// tunnelError is the answer of a proxy that makes no way to an https service.
type tunnelError struct {
	proxy, target string
	code          int
}

func (e *tunnelError) Error() string {
	return "the proxy " + e.proxy + " answers CONNECT " + e.target + " by " + statusOf(e.code)
}

func (e *tunnelError) advice() string {
	if e.code == http.StatusProxyAuthRequired {
		return "it wants a user and a password in its URL"
	}
	return ""
}

// tunnelled looks at what a proxy answers to CONNECT. net/http by itself keeps nothing of it but a text.
func tunnelled(_ context.Context, proxy *url.URL, connect *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &tunnelError{proxy.Redacted(), connect.Host, resp.StatusCode}
}

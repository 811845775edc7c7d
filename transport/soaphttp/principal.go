package soaphttp

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
)

// certificatePrincipal returns the principal of a TLS client certificate: "sha256:" and the SHA-256 of its public key
// (SubjectPublicKeyInfo) in hexadecimal, or "" for a request without one.
//
// The key is taken, not a name, because the TLS handshake has proved that the client holds it, whatever authority is trusted
// and even if the certificate was not verified (tls.RequestClientCert). A certificate that is renewed for the same
// key keeps its sequences; one for another key is another subject.
func certificatePrincipal(r *http.Request) (string, error) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return "", nil
	}
	sum := sha256.Sum256(r.TLS.PeerCertificates[0].RawSubjectPublicKeyInfo)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

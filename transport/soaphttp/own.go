package soaphttp

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"sync"
	"time"
)

// newTransport is what a Client without HTTP uses. It differs from http.DefaultTransport in the number of idle connections
// and in HTTP/1.1, where a connection that breaks takes one message with it and not a window of them.
func newTransport() *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		OnProxyConnectResponse: tunnelled,
		DialContext:            dial,
		MaxIdleConnsPerHost:    idleConnections,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: 64 << 10, // arbitrary; the default of 10 MB is much for a SOAP service
		Protocols:              protocols,
	}
}

// jar is a cookie jar that a server cannot fill: of a client's one server, it keeps as many cookies as browsers do.
type jar struct {
	*cookiejar.Jar
	mu    sync.Mutex
	known map[string]bool // name, domain and path
}

const (
	mostCookies   = 50   // RFC 6265, 6.1
	longestCookie = 4096 // RFC 6265, 6.1
)

// NewJar returns a cookie jar for a client of one server, which cannot fill it: it keeps 50 cookies, of 4096 bytes each.
// A Client without HTTP has one of its own.
func NewJar() http.CookieJar { return newJar() }

func newJar() *jar {
	j, _ := cookiejar.New(nil) // never fails; one host needs no list of public suffixes
	return &jar{Jar: j, known: make(map[string]bool)}
}

func (j *jar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range cookies {
		key := c.Name + "\n" + c.Domain + "\n" + c.Path
		if len(key)+len(c.Value) > longestCookie {
			continue
		}
		if !j.known[key] {
			if len(j.known) >= mostCookies {
				continue
			}
			j.known[key] = true
		}
		j.Jar.SetCookies(u, []*http.Cookie{c})
	}
}

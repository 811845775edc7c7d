package rmhttp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/rm/rmhttp"
	"github.com/gowsrm/wsrm/soap"
)

const ns = "http://example.org/rm/echo"

// shape is how a plain client speaks.
type shape struct {
	soap soap.Version
	wsa  string // namespace, "": none
}

var shapes = []shape{{soap.V11, ""}, {soap.V12, ""}, {soap.V11, soap.WSA10.Namespace()}, {soap.V12, soap.WSA10.Namespace()}, {soap.V11, soap.WSA2004.Namespace()}}

func (s shape) String() string { return fmt.Sprintf("%v %s", s.soap, s.wsa) }

// envelope is a request that says text.
func (s shape) envelope(operation, text, header string) string {
	if s.wsa != "" {
		header += `<a:Action xmlns:a="` + s.wsa + `">` + ns + "/" + operation + `</a:Action><a:MessageID xmlns:a="` + s.wsa + `">urn:id:` + text + `</a:MessageID>`
	}
	return `<?xml version="1.0"?><e:Envelope xmlns:e="` + s.soap.Namespace() + `"><e:Header>` + header + `</e:Header><e:Body><` + operation + ` xmlns="` + ns + `"><text>` + text +
		`</text></` + operation + `></e:Body></e:Envelope>`
}

func (s shape) request(t testing.TB, ctx context.Context, operation, text, header string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://service.example.org/echo?x=1", strings.NewReader(s.envelope(operation, text, header)))
	require.NoError(t, err)
	if s.soap == soap.V11 {
		r.Header.Set("Content-Type", "text/xml; charset=utf-8")
		r.Header.Set("SOAPAction", `"`+ns+"/"+operation+`"`)
	} else {
		r.Header.Set("Content-Type", `application/soap+xml; charset=utf-8; action="`+ns+"/"+operation+`"`)
	}
	r.Header.Set("X-Trace", "t-"+text)
	return r
}

var textIn = regexp.MustCompile(`<text>([^<]*)</text>`)

// plainService is a SOAP service that knows nothing of WS-ReliableMessaging, nor of WS-Addressing.
type plainService struct {
	mu       sync.Mutex
	seen     []string         // texts, as they were delivered
	requests []*http.Request  // likewise
	bodies   []string         // likewise
	do       http.HandlerFunc // nil: echoes
}

func (p *plainService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		fmt.Fprint(w, "<definitions/>")
		return
	}
	b, _ := io.ReadAll(r.Body)
	text := "?"
	if m := textIn.FindSubmatch(b); m != nil {
		text = string(m[1])
	}
	p.mu.Lock()
	p.seen, p.requests, p.bodies = append(p.seen, text), append(p.requests, r), append(p.bodies, string(b))
	do := p.do
	p.mu.Unlock()
	if do != nil {
		do(w, r)
		return
	}
	v := soap.V11
	if strings.Contains(string(b), soap.V12.Namespace()) {
		v = soap.V12
	}
	reply(w, v, http.StatusOK, `<echoResponse xmlns="`+ns+`"><text>`+text+`</text></echoResponse>`)
}

func reply(w http.ResponseWriter, v soap.Version, code int, body string) {
	w.Header().Set("Content-Type", map[soap.Version]string{soap.V11: "text/xml; charset=utf-8", soap.V12: "application/soap+xml; charset=utf-8"}[v])
	w.WriteHeader(code)
	fmt.Fprintf(w, `<S:Envelope xmlns:S="%s"><S:Body>%s</S:Body></S:Envelope>`, v.Namespace(), body)
}

func (p *plainService) delivered() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.seen...)
}

func (p *plainService) last() (*http.Request, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests[len(p.requests)-1], p.bodies[len(p.bodies)-1]
}

func (p *plainService) set(do http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.do = do
}

// direct is the network: a RoundTripper that calls a handler, in memory. It counts what goes over it.
type direct struct {
	mu      sync.Mutex
	handler http.Handler
	n       int
	lose    func(n int) (request, response bool) // nil: nothing
	seen    []http.Header
}

var errLost = errors.New("lost")

func (d *direct) RoundTrip(r *http.Request) (*http.Response, error) {
	d.mu.Lock()
	d.n++
	n, lose, h := d.n, d.lose, d.handler
	d.seen = append(d.seen, r.Header.Clone())
	d.mu.Unlock()
	defer r.Body.Close()
	var request, response bool
	if lose != nil {
		request, response = lose(n)
	}
	if request {
		return nil, errLost
	}
	in := r.Clone(context.WithoutCancel(r.Context()))
	ctx, cancel := context.WithCancel(in.Context())
	stop := context.AfterFunc(r.Context(), cancel)
	defer stop()
	in = in.WithContext(ctx)
	in.RequestURI, in.RemoteAddr, in.Host = in.URL.RequestURI(), "192.0.2.1:1234", in.URL.Host
	in.URL.Scheme, in.URL.Host = "", ""
	w := httptest.NewRecorder()
	done := make(chan any, 1)
	go func() {
		defer func() { done <- recover() }()
		h.ServeHTTP(w, in)
	}()
	select {
	case v := <-done:
		if v != nil || response {
			return nil, errLost
		}
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

func (d *direct) serve(h http.Handler) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.handler = h
}

// world is a plain client, a plain service, and the two faces between them, in a bubble of virtual time.
type world struct {
	*testing.T
	service *plainService
	handler *rmhttp.Handler
	net     *direct
	rt      *rmhttp.Transport
	client  *http.Client
	logs    *logs
}

func in(t *testing.T, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, service: &plainService{}, net: &direct{}, logs: &logs{}}
		log := slog.New(slog.NewTextHandler(w.logs, nil))
		w.handler = &rmhttp.Handler{Next: w.service, Server: &rm.Server{Options: &rm.Options{Logger: log}}}
		w.net.serve(w.handler)
		w.rt = &rmhttp.Transport{Base: w.net, Options: &rm.Options{Logger: log}}
		w.client = &http.Client{Transport: w.rt}
		f(w)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_ = w.rt.Close(ctx)
		_ = w.handler.Shutdown(ctx)
		time.Sleep(2 * time.Second)
	})
}

// do sends a request and returns status and body.
func (w *world) do(r *http.Request) (*http.Response, string) {
	w.Helper()
	resp, err := w.client.Do(r)
	require.NoError(w, err)
	b, err := io.ReadAll(resp.Body)
	require.NoError(w, err)
	require.NoError(w, resp.Body.Close())
	return resp, string(b)
}

type logs struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

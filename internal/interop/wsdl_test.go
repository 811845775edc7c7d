package interop

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/interop/peers"
	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/rm/rmhttp"
)

// plainEcho is a service that knows nothing of reliable sessions: it answers echoString, and describes itself in a WSDL without policies.
type plainEcho struct {
	wsdl  []byte
	takes time.Duration

	mu   sync.Mutex
	seen []string // texts
}

// wants checks which texts it was asked to echo, in whatever order.
func (e *plainEcho) wants(t *testing.T, texts ...string) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	require.ElementsMatch(t, texts, e.seen)
}

var echoText = regexp.MustCompile(`(?s)<(?:\w+:)?Envelope[^>]*xmlns:\w+="(http://[^"]*envelope/?)".*<(?:\w+:)?text[^>]*>(.*?)</`)

func (e *plainEcho) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		w.Write(e.wsdl)
		return
	}
	b, _ := io.ReadAll(r.Body)
	in := echoText.FindSubmatch(b)
	if in == nil {
		http.Error(w, "no echoString", http.StatusBadRequest)
		return
	}
	e.mu.Lock()
	e.seen = append(e.seen, string(in[2]))
	e.mu.Unlock()
	time.Sleep(e.takes)
	w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
	fmt.Fprintf(w, `<s:Envelope xmlns:s="%s"><s:Body><echoStringResponse xmlns="http://example.org/rm/echo"><text>%s</text></echoStringResponse></s:Body></s:Envelope>`,
		in[1], in[2])
}

// Clients that are told nothing but where the WSDL is: rmhttp.Handler adds policies to the service's own, and they configure
// themselves. With both versions in it, each takes one that it knows.
func TestClientsConfiguredByWSDL(t *testing.T) {
	wsdl, err := os.ReadFile("peers/metro/src/main/resources/echo.wsdl")
	require.NoError(t, err)
	for _, peer := range []struct {
		name    string
		program func(testing.TB) string
		auto    rm.Version // what it chooses
	}{{"CXF", peers.CXF, rm.RM11}, {"Metro", peers.Metro, rm.RM11}} {
		for _, version := range []string{"auto", "1.0", "1.1"} {
			for _, soap := range []string{"11", "12"} {
				t.Run(fmt.Sprintf("%s/%s/SOAP %s", peer.name, version, soap), func(t *testing.T) {
					t.Parallel()
					program := peer.program(t)
					service := &plainEcho{wsdl: wsdl}
					var spoken atomic.Value
					reliable := &rmhttp.Handler{Next: service, Required: true, Server: &rm.Server{Options: &rm.Options{
						Version: map[string]rm.Version{"1.0": rm.RM10, "1.1": rm.RM11}[version],
						Trace: func(e rm.Event) {
							if e.Kind == rm.Opened {
								spoken.Store(e.Session.Version())
							}
						}}}}
					srv := httptest.NewServer(reliable)
					defer srv.Close()
					url := "http://" + tap(t, srv.Listener.Addr().String()) + "/echo"
					args := []string{"echo", "--url", url, "--wsdl", url + "?wsdl", "--soap", soap, "--count", "5"}
					if peer.name == "Metro" && version == "1.0" {
						args = append(args, "--rm", "10") // it complains of its own LastMessage, and is not to mind
					}
					run(t, time.Minute, program, args...).wantOK(t, "echo", 5)
					require.Len(t, service.seen, 5)
					settle(t, [2]uint64{1, 1}, func() [2]uint64 { st := reliable.Stats(); return [2]uint64{st.Created, st.Ended} })
					want := map[string]rm.Version{"1.0": rm.RM10, "1.1": rm.RM11, "auto": peer.auto}[version]
					require.Equal(t, want, spoken.Load())
				})
			}
		}
	}
}

package interop

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// plainCalls makes calls through a gateway, 16 at a time, each with a text of its own, and checks the answers. It returns the texts.
func plainCalls(t *testing.T, addr string, count int) []string {
	texts := make([]string, count)
	var all sync.WaitGroup
	places := make(chan struct{}, 16)
	for i := range texts {
		texts[i] = fmt.Sprint("text ", i)
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			body := `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><echoString xmlns="http://example.org/rm/echo"><text>` + texts[i] + `</text></echoString></s:Body></s:Envelope>`
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+addr+"/echo", strings.NewReader(body))
			if err != nil {
				t.Error(err)
				return
			}
			r.Header.Set("Content-Type", "text/xml; charset=utf-8")
			r.Header.Set("SOAPAction", `"http://example.org/rm/echo/echoString"`)
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			b, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != 200 || !strings.Contains(string(b), "<text>"+texts[i]+"</text>") {
				t.Errorf("%s: %s, %v: %s", texts[i], resp.Status, err, b)
			}
		})
	}
	all.Wait()
	return texts
}

// betweenGateways starts a service that takes its time, a gateway in front of it, a proxy before that, and a gateway for plain clients.
func betweenGateways(t *testing.T, takes time.Duration, start func(addr string) *nginx) (service *plainEcho, n *nginx, addr string, stats func() gatewayStats) {
	service = &plainEcho{takes: takes}
	srv := httptest.NewServer(service)
	t.Cleanup(srv.Close)
	near, _ := gateway(t, "in", "-listen", "127.0.0.1:0", "-to", srv.URL, "-unordered", "-required")
	n = start(near)
	addr, stats = gateway(t, "out", "-listen-out", "127.0.0.1:0", "-reliable", "http://"+n.addr)
	return service, n, addr, stats
}

// A plain client and a plain service, whose way to each other leads through two gateways with nginx between them.
func TestNginxBetweenGateways(t *testing.T) {
	t.Parallel()
	for _, p := range append([]proxied{{nginxSettings: keepAlive}, {nginxSettings: zipped}}, nginxAnswers...) {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			count, takes := 40, time.Duration(0)
			if p.name == "504" {
				count, takes = 16, 1500*time.Millisecond
			}
			service, n, addr, stats := betweenGateways(t, takes, func(addr string) *nginx { return p.start(t, tap(t, addr)) })
			texts := plainCalls(t, addr, count)
			n.notes(t, p.shows)
			service.wants(t, texts...)
			require.EqualValues(t, count, stats().Sent)
		})
	}
}

// The same while nginx is killed and started again. The service takes so long that no machine is done before.
func TestNginxDiesBetweenGateways(t *testing.T) {
	t.Parallel()
	service, n, addr, stats := betweenGateways(t, 50*time.Millisecond, func(addr string) *nginx { return startNginx(t, keepAlive, addr) })
	var texts []string
	times := n.dieWhile(5, func() { texts = plainCalls(t, addr, 1000) })
	require.Equal(t, 5, times)
	service.wants(t, texts...)
	require.EqualValues(t, len(texts), stats().Sent)
}

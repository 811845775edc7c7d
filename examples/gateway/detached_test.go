package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Clients that hang up as soon as they have sent a message mean it to be delivered.
func TestClientsThatDoNotWait(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	gone := make(chan struct{}) // all clients are
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		<-gone
		mu.Lock()
		seen = append(seen, string(textIn.FindSubmatch(b)[1]))
		mu.Unlock()
		w.WriteHeader(http.StatusAccepted)
	}))
	defer service.Close()
	near := begin(t, "-listen", "127.0.0.1:0", "-to", service.URL, "-required")
	far := begin(t, "-listen-out", "127.0.0.1:0", "-reliable", "http://"+near.addr["in"])

	var want []string
	for i := range 8 {
		want = append(want, fmt.Sprint("m", i))
		c, err := net.Dial("tcp", far.addr["out"])
		require.NoError(t, err)
		body := `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><tell xmlns="urn:x"><text>` + want[i] + `</text></tell></s:Body></s:Envelope>`
		_, err = fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: gateway\r\nContent-Type: text/xml\r\nSOAPAction: \"urn:x/tell\"\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		require.NoError(t, err)
		require.NoError(t, c.Close())
	}
	close(gone)
	require.Eventually(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(seen) == len(want)
	}, 10*time.Second, 10*time.Millisecond)
	require.ElementsMatch(t, want, seen)
	require.NoError(t, far.stop())
	require.NoError(t, near.stop())
}

func TestMessageThatIsTooLarge(t *testing.T) {
	far := begin(t, "-listen-out", "127.0.0.1:0", "-reliable", "http://"+unused(t), "-max-bytes", "1000")
	code, body := call(t, far.addr["out"], strings.Repeat("x", 1000))
	require.Equal(t, 500, code)
	require.Contains(t, body, "The message was not delivered: it has more than 1000 bytes (-max-bytes)")
	require.NoError(t, far.stop())
}

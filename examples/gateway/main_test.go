package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// lossy is a network between two gateways: a proxy that breaks some of the connections, before or after the request is passed on.
func lossy(t *testing.T, to string) string {
	var mu sync.Mutex
	n := 0
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		n++
		turn := n % 7
		mu.Unlock()
		if turn == 3 {
			panic(http.ErrAbortHandler)
		}
		out, err := http.NewRequest(r.Method, "http://"+to+r.URL.RequestURI(), r.Body)
		if err != nil {
			panic(err)
		}
		out.Header, out.ContentLength = r.Header.Clone(), r.ContentLength
		resp, err := http.DefaultTransport.RoundTrip(out)
		if err != nil || turn == 5 {
			panic(http.ErrAbortHandler)
		}
		defer resp.Body.Close()
		for name, values := range resp.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(resp.StatusCode)
		io.Copy(w, resp.Body)
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

var textIn = regexp.MustCompile(`<text>([^<]*)</text>`)

func begin(t *testing.T, args ...string) *gateway {
	t.Helper()
	c, err := parse(args, io.Discard)
	require.NoError(t, err)
	g, err := start(c)
	require.NoError(t, err)
	return g
}

func call(t *testing.T, addr, text string, header ...string) (int, string) {
	t.Helper()
	body := `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><echo xmlns="urn:x"><text>` + text + `</text></echo></s:Body></s:Envelope>`
	r, err := http.NewRequest(http.MethodPost, "http://"+addr+"/some/path?and=query", strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	r.Header.Set("SOAPAction", `"urn:x/echo"`)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(b)
}

func TestTwoGatewaysAroundALossyNetwork(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]int{}
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			fmt.Fprint(w, "<definitions/>")
			return
		}
		b, _ := io.ReadAll(r.Body)
		text := string(textIn.FindSubmatch(b)[1])
		mu.Lock()
		seen[text+" "+r.URL.RequestURI()]++
		mu.Unlock()
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		fmt.Fprintf(w, `<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><echoResponse xmlns="urn:x"><text>%s</text></echoResponse></S:Body></S:Envelope>`, text)
	}))
	defer service.Close()

	near := begin(t, "-listen", "127.0.0.1:0", "-to", service.URL, "-unordered", "-required")
	far := begin(t, "-listen-out", "127.0.0.1:0", "-reliable", lossy(t, near.addr["in"]), "-admin", "127.0.0.1:0")

	const calls = 40
	var group sync.WaitGroup
	for i := range calls {
		group.Go(func() {
			code, body := call(t, far.addr["out"], fmt.Sprint("m", i))
			require.Equal(t, 200, code, body)
			require.Contains(t, body, fmt.Sprintf("<text>m%d</text>", i))
		})
	}
	group.Wait()
	require.Len(t, seen, calls)
	for what, n := range seen {
		require.Equal(t, 1, n, what)
		require.Contains(t, what, " /some/path?and=query")
	}

	// What is no message passes through both.
	var resp *http.Response
	require.Eventually(t, func() bool { // the network loses some, and nobody repeats these
		var err error
		if resp, err = http.Get("http://" + far.addr["out"] + "/?wsdl"); err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == 200
	}, time.Minute, time.Millisecond)

	resp, err := http.Get("http://" + far.addr["admin"] + "/stats")
	require.NoError(t, err)
	var st report
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&st))
	require.NoError(t, resp.Body.Close())
	require.EqualValues(t, calls, st.Out.Sent)
	require.EqualValues(t, 1, st.Out.Sessions)
	require.Nil(t, st.In)
	resp, err = http.Get("http://" + far.addr["admin"] + "/healthz")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 200, resp.StatusCode)

	require.NoError(t, far.stop())
	require.Zero(t, near.in.reliable.Stats().Sessions, "closed in good order")
	require.NoError(t, near.stop())
}

// Clients that the service tells apart by their keys have sessions of their own, which open with their keys.
func TestSessionsByHeaderField(t *testing.T) {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		fmt.Fprintf(w, `<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><text>%s</text></S:Body></S:Envelope>`, r.Header.Get("X-Api-Key"))
	}))
	defer service.Close()
	near := begin(t, "-listen", "127.0.0.1:0", "-to", service.URL, "-required")
	near.in.reliable.Principal = func(r *http.Request) (string, error) {
		if key := r.Header.Get("X-Api-Key"); key != "" {
			return key, nil
		}
		return "", errors.New("no key")
	}
	far := begin(t, "-listen-out", "127.0.0.1:0", "-reliable", "http://"+near.addr["in"], "-session-by", "X-Api-Key")
	for _, key := range []string{"ann", "bob", "ann"} {
		code, body := call(t, far.addr["out"], "x", "X-Api-Key", key)
		require.Equal(t, 200, code, body)
		require.Contains(t, body, "<text>"+key+"</text>")
	}
	require.EqualValues(t, 2, far.out.reliable.Stats().Opened)
	require.NoError(t, far.stop())
	require.Zero(t, near.in.reliable.Stats().Sessions)
	require.NoError(t, near.stop())
}

func TestPlainClientIsToldWhatHappened(t *testing.T) {
	g := begin(t, "-listen-out", "127.0.0.1:0", "-reliable", "http://"+unused(t), "-rm", "1.1")
	defer g.stop()
	g.out.reliable.Options.MaxRetries = 1
	code, body := call(t, g.addr["out"], "x")
	require.Equal(t, 500, code)
	require.Contains(t, body, "The message was not delivered: ")
}

// unused is an address where nobody listens.
func unused(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

func TestServiceThatHangs(t *testing.T) {
	// Its answer begins and does not end; the message counts as handled, and the next one gets its turn.
	gone := make(chan struct{})
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprint(w, `<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><done/></S:Body>`)
		if strings.Contains(string(b), "hang") {
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			close(gone)
			return
		}
		fmt.Fprint(w, `</S:Envelope>`)
	}))
	defer service.Close()
	near := begin(t, "-listen", "127.0.0.1:0", "-to", service.URL, "-upstream-timeout", "1s")
	far := begin(t, "-listen-out", "127.0.0.1:0", "-reliable", "http://"+near.addr["in"])
	code, body := call(t, far.addr["out"], "hang")
	require.Equal(t, 500, code)
	require.Contains(t, body, "The service did not answer in time: the message may have been handed on.")
	<-gone
	_, body = call(t, far.addr["out"], "next")
	require.Contains(t, body, "<done")
	require.NoError(t, far.stop())
	require.NoError(t, near.stop())
}

func TestStopWaitsForRequestsAndNotForConnections(t *testing.T) {
	began, finish := make(chan struct{}), make(chan struct{})
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began <- struct{}{}
		select {
		case <-finish:
		case <-r.Context().Done():
		}
	}))
	defer service.Close()
	g := begin(t, "-listen", "127.0.0.1:0", "-to", service.URL)
	silent, err := net.Dial("tcp", g.addr["in"]) // a browser's, which may be of use later
	require.NoError(t, err)
	defer silent.Close()
	require.NoError(t, g.stop())

	get := func(patience string) (*gateway, chan error) {
		g, answered := begin(t, "-listen", "127.0.0.1:0", "-to", service.URL, "-shutdown-timeout", patience), make(chan error, 1)
		go func() {
			resp, err := http.Get("http://" + g.addr["in"])
			if err == nil {
				resp.Body.Close()
			}
			answered <- err
		}()
		<-began
		return g, answered
	}
	g, answered := get("1ms")
	require.ErrorIs(t, g.stop(), context.DeadlineExceeded)
	require.Error(t, <-answered)

	g, answered = get("1m")
	time.AfterFunc(moment+moment/4, func() { close(finish) })
	require.NoError(t, g.stop())
	require.NoError(t, <-answered)
}

func TestNoMoreConnectionsThanWanted(t *testing.T) {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello") }))
	defer service.Close()
	g := begin(t, "-listen", "127.0.0.1:0", "-to", service.URL, "-max-connections", "1")
	ask := func() (*http.Client, chan string) {
		client, answer := &http.Client{Transport: &http.Transport{}}, make(chan string, 1)
		go func() {
			resp, err := client.Get("http://" + g.addr["in"])
			if err != nil {
				answer <- err.Error()
				return
			}
			defer resp.Body.Close()
			b, _ := io.ReadAll(resp.Body)
			answer <- string(b)
		}()
		return client, answer
	}
	first, answer := ask()
	require.Equal(t, "hello", <-answer)
	second, answer := ask()
	select {
	case got := <-answer:
		t.Fatal("served beside the first: ", got)
	case <-time.After(50 * time.Millisecond):
	}
	first.CloseIdleConnections() // its place is free
	require.Equal(t, "hello", <-answer)

	// A listener without a place ends as well.
	began := time.Now()
	require.NoError(t, g.stop())
	require.Less(t, time.Since(began), 10*time.Second)
	second.CloseIdleConnections()
}

// Command roundtripper makes an existing SOAP client reliable by one line.
//
//	roundtripper -count 50 -loss 0.2
//
// The client is plain net/http and knows nothing of WS-ReliableMessaging. Its requests go to a service in the same process, over
// real HTTP on a network that loses some of the requests and some of the responses: without the line about every third call would
// fail, and nobody could tell which of those were carried out. The exit status is 1 if one was lost or carried out twice.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gowsrm/wsrm/rm/rmhttp"
	"github.com/gowsrm/wsrm/transport"
)

func main() {
	count := flag.Int("count", 30, "make `N` calls")
	loss := flag.Float64("loss", 0.2, "lose each request, and each response, with probability `P`")
	seed := flag.Uint64("seed", 7, "`N` decides which")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "%q is not expected\n", flag.Arg(0))
		flag.Usage()
		os.Exit(2)
	}
	if err := run(os.Stdout, *count, *loss, *seed); err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, count int, loss float64, seed uint64) error {
	// The other side: a service that counts, with reliable sessions in front of it.
	var carriedOut atomic.Int64
	server := httptest.NewServer(&rmhttp.Handler{Next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := carriedOut.Add(1)
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		fmt.Fprintf(w, `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><bookResponse xmlns="urn:book"><entry>%d</entry></bookResponse></s:Body></s:Envelope>`, n)
	})})
	defer server.Close()

	// Between them: a network that loses messages.
	var lost atomic.Int64
	faults := &transport.Faults{Seed: seed, LoseRequest: loss, LoseReply: loss}
	network := counting{faults.RoundTripper(http.DefaultTransport), &lost}

	// The client.
	reliable := &rmhttp.Transport{Base: network}
	client := &http.Client{Transport: reliable} // the line
	for i := 1; i <= count; i++ {
		started := time.Now()
		entry, err := book(client, server.URL)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "call %d: entry %s after %v\n", i, entry, time.Since(started).Round(time.Millisecond))
		if entry != fmt.Sprint(i) {
			return fmt.Errorf("call %d made entry %s", i, entry)
		}
	}

	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := reliable.Close(ctx); err != nil {
		return err
	}
	st := reliable.Stats()
	fmt.Fprintf(out, "%d calls, %d entries; %d requests or responses lost on the way, %d messages sent again\n", count, carriedOut.Load(), lost.Load(), st.Resent)
	if carriedOut.Load() != int64(count) {
		return fmt.Errorf("%d calls were carried out %d times", count, carriedOut.Load())
	}
	return nil
}

var entryIn = regexp.MustCompile(`<entry>(\d+)</entry>`)

// book is a call as many clients make it.
func book(client *http.Client, url string) (string, error) {
	const request = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><book xmlns="urn:book"/></s:Body></s:Envelope>`
	r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(request))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	r.Header.Set("SOAPAction", `"urn:book/book"`)
	resp, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	m := entryIn.FindSubmatch(b)
	if m == nil {
		return "", fmt.Errorf("%s: %s", resp.Status, b)
	}
	return string(m[1]), nil
}

// counting counts what its network loses.
type counting struct {
	http.RoundTripper
	lost *atomic.Int64
}

func (c counting) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.RoundTripper.RoundTrip(r)
	if err != nil {
		c.lost.Add(1)
	}
	return resp, err
}

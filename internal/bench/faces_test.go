package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/gowsrm/wsrm/examples/echo"
	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/rm/rmhttp"
)

// What a plain client and a plain service write.
var (
	plainRequest  = []byte(`<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>` + string(request) + `</s:Body></s:Envelope>`)
	plainResponse = bytes.ReplaceAll(plainRequest, []byte("echoString"), []byte("echoStringResponse"))
)

// plainService is net/http and nothing else.
var plainService = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	if b, err := io.ReadAll(r.Body); err != nil || len(b) < kilobyte {
		http.Error(w, "no request", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/soap+xml; charset=utf-8")
	w.Write(plainResponse)
})

// plainCall returns a call of a plain client.
func plainCall(client *http.Client, url string) func() error {
	return func() error {
		req, err := http.NewRequest("POST", url, bytes.NewReader(plainRequest))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", `application/soap+xml; charset=utf-8; action="`+echo.ActionEchoString+`"`)
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err == nil && (resp.StatusCode != 200 || len(b) < kilobyte) {
			err = fmt.Errorf("%s: %s", resp.Status, b)
		}
		return err
	}
}

// face returns a call of a plain SOAP client at a plain service, over net/http: in reliable sessions, or as it is.
func face(tb testing.TB, callers int, sessions bool) func() error {
	client := httpClient(tb, callers)
	if !sessions {
		return plainCall(client, listen(tb, plainService))
	}
	url := listen(tb, &rmhttp.Handler{Next: plainService, Server: &rm.Server{Options: &rm.Options{Unordered: true, Window: 2 * callers}}})
	t := &rmhttp.Transport{Base: client.Transport, Options: &rm.Options{Window: callers + 1}}
	tb.Cleanup(func() { t.Close(context.Background()) })
	return plainCall(&http.Client{Transport: t}, url)
}

// BenchmarkFaces compares the calls of a plain SOAP client at a plain service, 1 KB each way: with rmhttp.Transport and
// rmhttp.Handler between them (reliable), without (plain), and as many bytes as the reliable ones have on the wire
// through net/http alone (raw).
func BenchmarkFaces(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprint("callers=", callers), func(b *testing.B) {
			calls := []func() error{face(b, callers, true), face(b, callers, false), raw(b, callers)}
			var r []float64
			b.ReportMetric(0, "ns/op")
			for range min(b.N, 1) {
				r = rates(b, callers, budget(b), calls...)
			}
			b.ReportMetric(r[0], "reliable/s")
			b.ReportMetric(r[1], "plain/s")
			b.ReportMetric(r[2], "raw/s")
			b.ReportMetric(r[0]/r[1], "reliable/plain")
			b.ReportMetric(r[0]/r[2], "reliable/raw")
		})
	}
}

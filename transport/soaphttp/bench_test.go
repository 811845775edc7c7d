package soaphttp

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/payload"
	"github.com/gowsrm/wsrm/soap"
)

// listen serves h on a loopback socket.
func listen(b *testing.B, h http.Handler) (url string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	srv := &http.Server{Handler: h}
	go srv.Serve(l)
	b.Cleanup(func() { srv.Close() })
	return "http://" + l.Addr().String() + "/"
}

func callers(b *testing.B, n int, call func() error) {
	b.SetParallelism(n / 2)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := call(); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkExchange is an echo of 1 KB through Client and Handler, without a session.
func BenchmarkExchange(b *testing.B) {
	c := &Client{URL: listen(b, &Handler{Server: serverFunc(echo)})}
	defer c.CloseIdleConnections()
	env := request(soap.V12, strings.Repeat("x", 1024))
	callers(b, 64, func() error {
		_, err := c.Exchange(b.Context(), env)
		return err
	})
}

// BenchmarkRaw is its twin: the same bytes through net/http alone.
func BenchmarkRaw(b *testing.B) {
	body := []byte(wire(b, request(soap.V12, strings.Repeat("x", 1024))))
	url := listen(b, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", type12)
		w.Write(b)
	}))
	c := &http.Client{Transport: newTransport()}
	defer c.CloseIdleConnections()
	callers(b, 64, func() error {
		resp, err := c.Post(url, type12, bytes.NewReader(body))
		if err != nil {
			return err
		}
		_, err = io.ReadAll(resp.Body)
		resp.Body.Close()
		return err
	})
}

func BenchmarkGzip(b *testing.B) {
	// Text that compresses as envelopes do: to about a sixth.
	text := []byte(wire(b, request(soap.V12, strings.Repeat("<order><id>4711</id><name>Ann Onymous</name><when>2024-02-29T12:00:00Z</when></order>", 93))))
	for b.Loop() {
		buf := payload.Borrow()
		appendGzip(*buf, text)
		payload.GiveBack(buf)
	}
	b.SetBytes(int64(len(text)))
}

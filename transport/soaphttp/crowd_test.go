//go:build unix

package soaphttp

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// 10,000 connections that say half of something take a bounded amount of memory, and others are served meanwhile. Both ends are in
// this process, so that where it may open 20,000 files only it is a few less.
func TestCrowd(t *testing.T) {
	var files syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files))
	crowd := 10_000
	if room := (int64(files.Cur) - 200) / 2; room < int64(crowd) {
		crowd = int(room)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := &http.Server{Handler: &Handler{Server: serverFunc(echo)}, ErrorLog: log.New(io.Discard, "", 0)}
	recommended(srv)
	srv.ReadHeaderTimeout = time.Minute // so that all of them are there at once, whatever the machine
	go srv.Serve(l)
	defer srv.Close()

	measure := func() (memory uint64, goroutines int) {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse + m.StackInuse, runtime.NumGoroutine()
	}
	c := &Client{URL: "http://" + l.Addr().String()}
	defer c.CloseIdleConnections()
	ask(t, c, "before")
	memory, goroutines := measure()
	var conns []net.Conn
	defer func() {
		for _, conn := range conns {
			conn.Close()
		}
	}()
	for i := range crowd {
		conn, err := net.Dial("tcp", l.Addr().String())
		require.NoError(t, err)
		conns = append(conns, conn)
		half := "POST / HTTP/1.1\r\nHost: service.test\r\n"
		if i%2 == 0 { // a head, and a body that does not come
			half += fmt.Sprintf("Content-Type: %s\r\nContent-Length: %d\r\n\r\n<", type12, 4<<20)
		}
		_, err = io.WriteString(conn, half)
		require.NoError(t, err)
	}
	begin := time.Now()
	for range 20 {
		ask(t, c, "meanwhile")
	}
	took := time.Since(begin)
	most, busy := measure()
	each := (int64(most) - int64(memory)) / int64(crowd)
	t.Logf("%d connections: %d kB each, %d goroutines; 20 exchanges meanwhile in %v", crowd, each>>10, busy-goroutines, took)
	require.Less(t, each, int64(128<<10), "a goroutine, buffers, and what Content-Length is believed")
	require.LessOrEqual(t, busy-goroutines, 2*crowd+10)
	require.Less(t, took, 10*time.Second)
}

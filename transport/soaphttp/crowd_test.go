//go:build unix

package soaphttp

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// 10,000 connections that say half of something take a bounded amount of memory, and others are served meanwhile. Their other
// ends are in a process of their own, which may open as many files.
func TestCrowd(t *testing.T) {
	var files syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files))
	crowd := int64(10_000)
	if room := int64(files.Cur) - 200; room < crowd {
		crowd = room
		t.Logf("a process may open %d files here: ulimit -n 10200 makes the crowd whole", files.Cur)
	}
	if addr := os.Getenv("WSRM_TEST_CROWD"); addr != "" {
		beACrowd(t, crowd, addr)
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := &http.Server{Handler: &Handler{Server: serverFunc(echo)}, ErrorLog: log.New(io.Discard, "", 0)}
	recommended(srv)
	srv.ReadHeaderTimeout = time.Minute // so that all of them are there at once, whatever the machine
	var accepted atomic.Int64
	srv.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			accepted.Add(1)
		}
	}
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

	cmd := exec.Command(os.Args[0], "-test.run=^TestCrowd$")
	cmd.Env = append(os.Environ(), "WSRM_TEST_CROWD="+l.Addr().String())
	leave, err := cmd.StdinPipe()
	require.NoError(t, err)
	said, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer func() {
		leave.Close()
		cmd.Wait()
	}()
	there, err := bufio.NewReader(said).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "all there\n", there)
	require.Eventually(t, func() bool { return accepted.Load() >= crowd }, time.Minute, 10*time.Millisecond)

	begin := time.Now()
	for range 20 {
		ask(t, c, "meanwhile")
	}
	took := time.Since(begin)
	most, busy := measure()
	each := (int64(most) - int64(memory)) / crowd
	t.Logf("%d connections: %d kB each, %d goroutines; 20 exchanges meanwhile in %v", crowd, each>>10, busy-goroutines, took)
	require.Less(t, each, int64(128<<10), "a goroutine, buffers, and what Content-Length is believed")
	require.LessOrEqual(t, int64(busy-goroutines), 2*crowd+10)
	require.Less(t, took, 10*time.Second)
}

// beACrowd makes n connections that begin to ask, says so, and stays until nobody waits for it any more.
func beACrowd(t *testing.T, n int64, addr string) {
	conns := make([]net.Conn, n)
	for i := range conns {
		conn, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		conns[i] = conn
		half := "POST / HTTP/1.1\r\nHost: service.test\r\n"
		if i%2 == 0 { // a head, and a body that does not come
			half += fmt.Sprintf("Content-Type: %s\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n<", type12, 4<<20)
		}
		_, err = io.WriteString(conn, half)
		require.NoError(t, err)
		if i%2 == 0 { // so that no more wait to be accepted than a listener keeps
			_, err = io.ReadFull(conn, make([]byte, len("HTTP/1.1 100 ")))
			require.NoError(t, err)
		}
	}
	fmt.Println("all there")
	io.Copy(io.Discard, os.Stdin)
	for _, conn := range conns {
		conn.Close()
	}
}

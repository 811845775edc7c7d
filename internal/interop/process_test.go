package interop

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// output collects what a program writes.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// show prints what a program said, if the test failed.
func show(t *testing.T, what string, text func() string) {
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s:\n%s", what, clip(text(), 8000))
		}
	})
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n/2] + "\n...\n" + s[len(s)-n/2:]
}

// server is a running server program.
type server struct {
	t      *testing.T
	cmd    *exec.Cmd
	said   output            // on stdout, after the line that it listens
	addr   map[string]string // by what it is for: http, https
	exited chan struct{}
	once   sync.Once
}

// serve starts a server program and waits until it listens. It is stopped at
// the end of the test, if not before.
func serve(t *testing.T, program string, args ...string) *server {
	t.Helper()
	s := &server{t: t, cmd: exec.Command(program, args...), exited: make(chan struct{})}
	ran(t, "server", program, nil)
	var stderr output
	s.cmd.Stderr = &stderr
	stdout, err := s.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, s.cmd.Start())
	show(t, "server "+s.cmd.String(), func() string { return stderr.String() + s.said.String() })
	t.Cleanup(func() { s.stop() })

	first := make(chan string, 1)
	go func() {
		defer close(s.exited)
		lines := bufio.NewReader(stdout)
		line, _ := lines.ReadString('\n')
		first <- line
		io.Copy(&s.said, lines)
		s.cmd.Wait()
	}()
	select {
	case line := <-first:
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "listening ")
		require.True(t, ok, "the server says %q", line)
		s.addr = map[string]string{}
		for word := range strings.FieldsSeq(strings.Replace(rest, "on ", "http=", 1)) {
			name, addr, _ := strings.Cut(word, "=")
			s.addr[name] = addr
		}
	case <-time.After(time.Minute): // several Java programs that start at once are slow
		require.Fail(t, "the server does not listen after a minute")
	}
	return s
}

// stats reads the record that the server keeps.
func (s *server) stats(into any) {
	s.t.Helper()
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get("http://" + s.addr["http"] + "/stats")
	require.NoError(s.t, err)
	defer resp.Body.Close()
	require.NoError(s.t, json.NewDecoder(resp.Body).Decode(into))
}

// stop ends the server by SIGTERM and returns what it said after the line that
// it listens.
func (s *server) stop() string {
	s.once.Do(func() {
		s.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-s.exited:
		case <-time.After(10 * time.Second):
			s.cmd.Process.Kill()
			<-s.exited
			s.t.Errorf("the server runs 10 s after SIGTERM")
		}
	})
	return s.said.String()
}

// result is what came of a client program.
type result struct {
	status int
	last   string // last line of its output
}

// run runs a client program to its end, which must come within the limit.
func run(t *testing.T, limit time.Duration, program string, args ...string) result {
	t.Helper()
	ran(t, "client", program, args)
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	var stdout, stderr output
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	show(t, "client "+cmd.String(), func() string { return stderr.String() + stdout.String() })
	err := cmd.Run()
	require.NoError(t, ctx.Err(), "%s runs longer than %v", filepath.Base(program), limit)
	if err != nil {
		_, ok := errors.AsType[*exec.ExitError](err)
		require.True(t, ok, "%v", err)
	}
	lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
	return result{status: cmd.ProcessState.ExitCode(), last: lines[len(lines)-1]}
}

// settle reads a record until it is what it should be, for at most 5 s: the
// last exchange of a session can be over before the server has noted it.
func settle[T any](t *testing.T, want T, read func() T) {
	t.Helper()
	got := read()
	for end := time.Now().Add(5 * time.Second); !reflect.DeepEqual(want, got) && time.Now().Before(end); got = read() {
		time.Sleep(20 * time.Millisecond)
	}
	require.Equal(t, want, got)
}

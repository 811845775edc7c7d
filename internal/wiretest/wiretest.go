// Package wiretest reads the recorded conversations of testdata/wire for tests:
// what programs of other makers said to each other over HTTP, byte for byte.
package wiretest

import (
	"bufio"
	"bytes"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A Conversation is one recording.
type Conversation struct {
	Name     string // folder and file below testdata/wire, such as "wcf/rm11-wshttp-echo"
	Comment  string // what it is
	Messages []Message
}

// A Message is one HTTP request or response. Body is what was sent, without the
// framing of chunks.
type Message struct {
	Name    string // such as "001-c1-request": its place in time, its connection, what it is
	Conn    string // such as "c1", or "callback1" for a connection that the server opened
	Request bool
	Start   string // request line or status line
	Header  http.Header
	Body    []byte
}

// All reads every conversation below testdata/wire, in order of name.
func All(t testing.TB) []Conversation {
	t.Helper()
	return glob(t, "*/*.txtar")
}

// Of reads the conversations of one maker: cxf, gsoap, metro or wcf.
func Of(t testing.TB, maker string) []Conversation {
	t.Helper()
	return glob(t, maker+"/*.txtar")
}

// One reads the conversation of that name.
func One(t testing.TB, name string) Conversation {
	t.Helper()
	return glob(t, name+".txtar")[0]
}

func glob(t testing.TB, pattern string) []Conversation {
	t.Helper()
	dir := filepath.Join(Root(t), "testdata", "wire")
	files, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("wiretest: no conversation %s in %s", pattern, dir)
	}
	var all []Conversation
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		name, _ := filepath.Rel(dir, strings.TrimSuffix(file, ".txtar"))
		c.Name = filepath.ToSlash(name)
		all = append(all, c)
	}
	return all
}

// Root is the folder of the module that the test runs in, found from the
// working directory, which go test sets to the folder of the package.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	t.Fatal("wiretest: no go.mod above the working directory")
	return ""
}

// Text reports whether the body is an envelope in XML text (UTF-8 or UTF-16), as
// opposed to binary XML or nothing at all.
func (m Message) Text() bool {
	return len(m.Body) > 0 && !strings.HasPrefix(m.Header.Get("Content-Type"), "application/soap+msbin1")
}

// parseHead reads start line and header lines.
func (m *Message) parseHead(head []byte) error {
	r := textproto.NewReader(bufio.NewReader(bytes.NewReader(append(head, "\n\n"...))))
	var err error
	if m.Start, err = r.ReadLine(); err != nil {
		return err
	}
	h, err := r.ReadMIMEHeader()
	m.Header = http.Header(h)
	return err
}

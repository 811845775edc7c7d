// Command wirepack packs recorded HTTP conversations into txtar files, one for
// each conversation.
//
//	go run ./wirepack RECORDINGS TARGET
//
// RECORDINGS has one folder for each maker, with one folder for each
// conversation, with one file for each HTTP message: NNN-CONNECTION-request.txt
// or -response.txt, header lines ending in LF, an empty line, the body, and
// perhaps one LF that was not sent. TARGET has a folder for each maker with a
// README.md whose tables say what happens in each conversation; it gets
// MAKER/CONVERSATION.txtar in the format of testdata/wire/README.md.
// Conversations that hold something other than whole HTTP messages, such as
// frames of net.tcp or of a WebSocket, are left out.
package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: wirepack RECORDINGS TARGET")
		os.Exit(2)
	}
	if err := packAll(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "wirepack:", err)
		os.Exit(1)
	}
}

func packAll(from, to string) error {
	readmes, err := filepath.Glob(filepath.Join(to, "*", "README.md"))
	if err != nil {
		return err
	}
	for _, readme := range readmes {
		maker := filepath.Base(filepath.Dir(readme))
		text, err := os.ReadFile(readme)
		if err != nil {
			return err
		}
		said := descriptions(string(text))
		entries, err := os.ReadDir(filepath.Join(from, maker))
		if err != nil {
			return err
		}
		packed, skipped := 0, 0
		for _, entry := range entries {
			if !entry.IsDir() {
				continue
			}
			name := entry.Name()
			comment, ok := describe(maker, name, said)
			if !ok {
				return fmt.Errorf("%s: README.md does not say what %s is", maker, name)
			}
			archive, err := pack(comment, filepath.Join(from, maker, name))
			if err != nil {
				return err
			}
			if archive == nil {
				skipped++
				continue
			}
			packed++
			if err := os.WriteFile(filepath.Join(to, maker, name+".txtar"), archive, 0o666); err != nil {
				return err
			}
		}
		fmt.Printf("%s: %d conversations, %d left out\n", maker, packed, skipped)
	}
	return nil
}

// pack returns the archive of one conversation, nil if it is not HTTP alone.
func pack(comment, folder string) ([]byte, error) {
	files, err := os.ReadDir(folder) // in order of name, which is the order in time
	if err != nil {
		return nil, err
	}
	out := []byte(comment + "\n")
	for _, f := range files {
		if filepath.Ext(f.Name()) != ".txt" {
			return nil, nil
		}
		raw, err := os.ReadFile(filepath.Join(folder, f.Name()))
		if err != nil {
			return nil, err
		}
		head, body, err := split(raw)
		if err != nil {
			return nil, fmt.Errorf("%s/%s: %w", folder, f.Name(), err)
		}
		if isText(body) {
			out = fmt.Appendf(out, "-- %s --\n%s\n\n%s", f.Name(), head, body)
			if len(body) > 0 {
				out = append(out, '\n')
			}
			continue
		}
		out = fmt.Appendf(out, "-- %s.base64 --\n%s\n\n", f.Name(), head)
		code := base64.StdEncoding.AppendEncode(nil, body)
		for line := range slices.Chunk(code, 76) {
			out = append(append(out, line...), '\n')
		}
	}
	return out, nil
}

var contentLength = regexp.MustCompile(`(?im)^content-length: *(\d+) *$`)

// split takes the LF off that was not sent: Content-Length says whether there
// is one, and a body whose chunks were put together always has one.
func split(raw []byte) (head, body []byte, err error) {
	head, body, ok := bytes.Cut(raw, []byte("\n\n"))
	if !ok {
		return nil, nil, fmt.Errorf("no empty line after the head")
	}
	if m := contentLength.FindSubmatch(head); m != nil {
		n, err := strconv.Atoi(string(m[1]))
		if err != nil {
			return nil, nil, err
		}
		if len(body) == n || len(body) == n+1 && body[n] == '\n' {
			return head, body[:n], nil
		}
		return nil, nil, fmt.Errorf("Content-Length is %d, the body has %d bytes", n, len(body))
	}
	return head, bytes.TrimSuffix(body, []byte("\n")), nil
}

var marker = regexp.MustCompile(`(?m)^-- .* --\r?$`)

func isText(b []byte) bool {
	return utf8.Valid(b) && !bytes.ContainsRune(b, 0) && !marker.Match(b)
}

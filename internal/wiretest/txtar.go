package wiretest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
)

// Parse reads one conversation in the format of testdata/wire/README.md. The
// result has no name.
func Parse(text []byte) (Conversation, error) {
	var c Conversation
	var section []byte
	comment, name, rest := cut(text)
	c.Comment = strings.TrimSpace(string(comment))
	for name != "" {
		sectionName := name
		section, name, rest = cut(rest)
		m, err := parseMessage(sectionName, section)
		if err != nil {
			return c, fmt.Errorf("%s: %w", sectionName, err)
		}
		c.Messages = append(c.Messages, m)
	}
	return c, nil
}

// cut splits text at its first line of the form "-- NAME --".
func cut(text []byte) (before []byte, name string, after []byte) {
	for at := 0; at < len(text); {
		line := text[at:]
		end := len(text)
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line, end = line[:i], at+i+1
		}
		if n, ok := bytes.CutPrefix(line, []byte("-- ")); ok {
			if n, ok = bytes.CutSuffix(n, []byte(" --")); ok && len(n) > 0 {
				return text[:at], string(n), text[end:]
			}
		}
		at = end
	}
	return text, "", nil
}

func parseMessage(name string, section []byte) (m Message, err error) {
	name, coded := strings.CutSuffix(name, ".base64")
	m.Name = strings.TrimSuffix(name, ".txt")
	parts := strings.Split(m.Name, "-")
	if len(parts) != 3 || parts[2] != "request" && parts[2] != "response" {
		return m, fmt.Errorf("not the name of a request or response")
	}
	m.Conn, m.Request = parts[1], parts[2] == "request"
	head, body, ok := bytes.Cut(section, []byte("\n\n"))
	if !ok {
		return m, fmt.Errorf("no empty line after the head")
	}
	if err := m.parseHead(head); err != nil {
		return m, err
	}
	if !coded {
		m.Body = bytes.TrimSuffix(body, []byte("\n"))
		return m, nil
	}
	m.Body, err = base64.StdEncoding.AppendDecode(nil, body) // skips line ends
	return m, err
}

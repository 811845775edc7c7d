package wiretest

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	c, err := Parse([]byte(strings.Join([]string{
		"What it is.",
		"In two lines.",
		"-- 001-c1-request.txt --",
		"POST /echo HTTP/1.1",
		"content-type: text/xml",
		"",
		"<a>\r",
		"-- not a marker",
		"</a>\r",
		"",
		"-- 002-c1-response.txt --",
		"HTTP/1.1 202 Accepted",
		"",
		"",
	}, "\n") + "-- 003-callback2-request.txt.base64 --\nPOST / HTTP/1.1\n\nAAEC\nAw==\n"))
	require.NoError(t, err)
	require.Equal(t, "What it is.\nIn two lines.", c.Comment)
	require.Len(t, c.Messages, 3)

	m := c.Messages[0]
	require.Equal(t, "001-c1-request", m.Name)
	require.Equal(t, "c1", m.Conn)
	require.True(t, m.Request)
	require.Equal(t, "POST /echo HTTP/1.1", m.Start)
	require.Equal(t, "text/xml", m.Header.Get("Content-Type"))
	require.Equal(t, "<a>\r\n-- not a marker\n</a>\r\n", string(m.Body), "one LF was not sent, the rest was")

	m = c.Messages[1]
	require.False(t, m.Request)
	require.Equal(t, "HTTP/1.1 202 Accepted", m.Start)
	require.Empty(t, m.Body)
	require.False(t, m.Text())

	m = c.Messages[2]
	require.Equal(t, "callback2", m.Conn)
	require.Equal(t, []byte{0, 1, 2, 3}, m.Body)
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"a name of another kind": "-- picture.png --\n\n\n",
		"no end of the head":     "-- 001-c1-request.txt --\nPOST / HTTP/1.1\n",
		"not base64":             "-- 001-c1-request.txt.base64 --\nPOST / HTTP/1.1\n\n%%%\n",
		"a header without colon": "-- 001-c1-request.txt --\nPOST / HTTP/1.1\nHost\n\n",
	} {
		_, err := Parse([]byte(text))
		require.Error(t, err, name)
	}
}

// Content-Length is what the recorded program counted, so it checks that no
// body was changed on its way into the files.
func TestAll(t *testing.T) {
	all := All(t)
	require.Len(t, all, 320)
	counted, messages := 0, 0
	for _, c := range all {
		require.NotEmpty(t, c.Comment, c.Name)
		require.NotEmpty(t, c.Messages, c.Name)
		for _, m := range c.Messages {
			messages++
			n, err := strconv.Atoi(m.Header.Get("Content-Length"))
			if err != nil {
				continue
			}
			counted++
			require.Len(t, m.Body, n, "%s %s", c.Name, m.Name)
		}
	}
	require.Equal(t, 3979, messages)
	require.Equal(t, 3597, counted)
	require.Len(t, Of(t, "gsoap"), 44)
	require.Equal(t, "gsoap/plain-echo", One(t, "gsoap/plain-echo").Name)
}

package main

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUsage(t *testing.T) {
	const in, out = "-listen :0 -to http://x ", "-listen-out :0 -reliable http://x "
	for args, want := range map[string]string{
		"":                                   "-to or -reliable is missing",
		"-to http://x":                       "-listen and -to go together",
		"-reliable http://x":                 "-listen-out and -reliable go together",
		"-listen :0 -to x":                   "-to is an http or https URL",
		"-listen :0 -to http://x:65536":      "-to has a port from 1 to 65535",
		"-listen :0 -to http://x:0":          "-to has a port from 1 to 65535",
		in + "-address http://y:99999":       "-address has a port from 1 to 65535",
		in + "-address y":                    "-address is an http or https URL",
		in + "-address http://u:p@y":         "-address has neither user nor query",
		in + "-rm 2":                         "-rm is auto, 1.0 or 1.1",
		in + "y":                             `"y" is not expected`,
		in + "-tls-key k":                    "-tls-cert and -tls-key go together",
		in + "-max-bytes 0":                  "begin at 1",
		in + "-window -1":                    "-window begins at 1",
		in + "-upstream-timeout 0s":          "longer than 0",
		in + "-ack-handled -concurrency 2":   "-concurrency has no effect with -ack-handled",
		in + "-session-by Cookie":            "-session-by is for -reliable, which is missing",
		out + "-session-by host":             "which host does not",
		out + "-session-by X-Forwarded-For":  "X-Forwarded-For does not",
		out + "-session-by forwarded":        "forwarded does not",
		out + "-session-by connection":       "connection does not",
		out + "-session-by TE":               "TE does not",
		out + "-session-by Proxy-Connection": "Proxy-Connection does not",
		out + "-session-by Key:":             "Key: does not",
		out + "-address http://y":            "-address is for -to, which is missing",
		out + "-tls-cert c -tls-key k":       "-tls-key is for -to, which is missing",
		out + "-required=false":              "-required is for -to, which is missing",
		out + "-upstream-timeout 1m":         "-upstream-timeout is for -to, which is missing",
		out + "-unordered":                   "-unordered is for -to, which is missing",
		out + "-concurrency 0":               "-concurrency is for -to, which is missing",
		out + "-ack-handled":                 "-ack-handled is for -to, which is missing",
	} {
		_, err := parse(strings.Fields(args), io.Discard)
		require.ErrorContains(t, err, want, args)
	}
	for _, args := range []string{
		in + "-ack-handled -concurrency 2 -unordered",
		in + "-ack-handled -concurrency 1",
		in + "-tls-cert c -tls-key k -required -upstream-timeout 1s -address https://y:443/way",
		out + "-session-by X-Forwarded-User -window 5",
	} {
		_, err := parse(strings.Fields(args), io.Discard)
		require.NoError(t, err, args)
	}
}

// Who mistypes a URL with a password shall not find it in the log.
func TestPasswordsAreNotPrinted(t *testing.T) {
	for _, url := range []string{"http://user:secret@x:99999", "http://user:secret@x:port", "htp://user:secret@x", "http://user:secret@"} {
		var said strings.Builder
		_, err := parse([]string{"-listen", ":0", "-to", url}, &said)
		require.Error(t, err)
		require.NotContains(t, said.String(), "secret")
	}
}

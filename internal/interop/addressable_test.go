package interop

import (
	"fmt"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// gSOAP's client with an address of its own. In 2005/02 its LastMessage and TerminateSequence do not say where their answers go: our
// server sends them to the address for acknowledgements. Without an offer its calls fail whoever answers: at its address it takes no reply
// that belongs to no sequence.
func TestGSOAPClientWithAnAddress(t *testing.T) {
	for _, v := range versions {
		one := func(n int) []session { return []session{inOrder(v.ours, n)} }
		for _, soap := range []string{"1.1", "1.2"} {
			rows := []gsoapClient{
				{op: "echo", n: 10, sessions: one(10)},
				{op: "ping", n: 10, sessions: one(10)},
				{name: ", no AckRequested", op: "ping", n: 10, flags: []string{"--ack", "none"}, sessions: one(10)},
				{name: ", no offer", op: "ping", n: 10, flags: []string{"--no-offer"}, sessions: one(10)},
				{name: ", requests lost", op: "echo", n: 10, flags: []string{"--drop", "3,5-6"}, lost: 3, retries: 3, sessions: one(10)},
				{name: ", last request lost", op: "ping", n: 10, flags: []string{"--drop", "10"}, lost: 1, resends: 1, sessions: one(10)},
				{name: ", 202 lost", op: "ping", n: 10, flags: []string{"--drop-reply", "3,5-6"}, lost: 3, sessions: one(10)},
			}
			for i := range rows {
				rows[i].rm = v
				rows[i].serve = []string{"-dial-back"}
				rows[i].flags = append([]string{"--soap", soap, "--reply-port", port(t)}, rows[i].flags...)
			}
			runGSOAPClients(t, fmt.Sprint("SOAP ", soap), rows)
		}
	}
}

// port is the number of a port at which nobody listens.
func port(t *testing.T) string {
	t.Helper()
	_, p, err := net.SplitHostPort(free(t))
	require.NoError(t, err)
	return p
}

package interop

import (
	"fmt"
	"testing"

	"github.com/gowsrm/wsrm/internal/interop/peers"
)

// Metro's client repeats 2 s after an exchange that brought nothing, and nothing while one is open.
func TestMetroClient(t *testing.T) {
	program := peers.Metro(t)
	for _, v := range versions {
		metro := map[string]string{"1.0": "10", "1.1": "11"}[v.ours]
		row := func(c javaClient, name, flags string) {
			t.Run(fmt.Sprintf("%s/%s/%s%s", v.ours, name, c.scenario, c.name), func(t *testing.T) {
				c.run(t, program, v, "--rm "+metro+" "+flags)
			})
		}
		for _, soap := range []string{"12", "11"} {
			for _, scenario := range []string{"echo", "next", "ping", "fail"} {
				row(javaClient{scenario: scenario, count: 10}, "SOAP "+soap, "--soap "+soap)
			}
		}
		for _, c := range lossRows() {
			row(c, "losses", "")
		}
		for _, c := range []javaClient{
			{name: ", 8 callers", scenario: "next", count: 40, flags: "--concurrency 8"},
			{name: ", 8 callers", scenario: "ping", count: 40, flags: "--concurrency 8"},
			{name: ", 4 callers, requests and responses lost", scenario: "next", count: 30, flags: "--concurrency 4 --drop-requests 3,7 --drop-responses 5,11 --duplicate-requests 9"},
			{name: ", 4 callers, requests and responses lost", scenario: "ping", count: 30, flags: "--concurrency 4 --drop-requests 3,7 --drop-responses 5,11 --duplicate-requests 9"},
			{name: ", unordered, 8 callers", scenario: "next", count: 40, flags: "--concurrency 8", serve: "-unordered", unordered: true},
			{name: ", in order, 4 callers", scenario: "next", count: 20, flags: "--concurrency 4 --in-order"},
			{name: ", large", scenario: "echo", count: 3, flags: "--size 1000000"},
			{name: ", 1000", scenario: "next", count: 1000},
			{name: ", acknowledged when handled", scenario: "ping", count: 10, flags: "--drop-responses 3", serve: "-ack-handled"},
			{name: ", response to create lost", scenario: "next", count: 10, flags: "--drop-answers-to CreateSequence"},
			{name: ", response to close lost", scenario: "next", count: 10, flags: "--drop-answers-to CloseSequence,LastMessage"},
			{name: ", response to terminate lost", scenario: "next", count: 10, flags: "--drop-answers-to TerminateSequence"},
			{name: ", no offer", scenario: "echo", count: 10, flags: "--no-offer"}, // the replies have no numbers, which Metro's own server does not know
			{name: ", no offer, 4 callers, responses lost", scenario: "next", count: 20, flags: "--no-offer --concurrency 4 --drop-responses 3,7"},
			{name: ", no offer", scenario: "ping", count: 10, flags: "--no-offer"},
			{name: ", at least once", scenario: "next", count: 10, flags: "--assurance atleastonce --drop-responses 3"},
			{name: ", at most once", scenario: "next", count: 10, flags: "--assurance atmostonce --drop-responses 3"},
			{name: ", not ended", scenario: "next", count: 10, flags: "--no-close", open: 1},
			{name: ", slow", scenario: "next", count: 5, serve: "-handler-delay 300ms", flags: "--retransmission 100"},
			// What our server refuses leaves nothing behind, and nothing is sent to the address that Metro would poll.
			{name: ", MakeConnection", scenario: "echo", count: 3, flags: "--make-connection", failed: []string{"CreateSequence was refused"}},
			{name: ", MakeConnection, addresses dialled", scenario: "echo", count: 3, flags: "--make-connection", serve: "-dial-back", failed: []string{"CreateSequence was refused"}},
			{name: ", no WS-RM", scenario: "echo", count: 3, flags: "--rm none", failed: []string{"requires the use of WSRM"}},
		} {
			row(c, "more", "")
		}
	}
}

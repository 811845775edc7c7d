package interop

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/interop/peers"
)

// rmclientResult is what gSOAP's client says of its run.
type rmclientResult struct {
	Sent       int    `json:"sent"`
	Replies    int    `json:"replies"`
	Duplicates int    `json:"reply_duplicates"`
	Mismatches int    `json:"reply_mismatches"`
	Unacked    int    `json:"unacked"`
	Lost       int    `json:"lost"`    // attempts that were lost
	Retries    int    `json:"retries"` // of calls, at once
	Resends    int    `json:"resends"` // of unacknowledged messages, before or after the close
	Errors     int    `json:"errors"`
	Fault      string `json:"fault"`
	OK         bool   `json:"ok"`
}

// gsoapClient is a run of gSOAP's client against our server.
type gsoapClient struct {
	name  string
	op    string // echo or ping
	n     int
	flags []string // of the client
	serve []string // of our server
	rm    version

	failed   bool // the client is not content
	unacked  int
	lost     int
	retries  int
	resends  int
	errors   int
	fault    string
	replies  int // if not all
	sessions []session
	open     int // sessions that have not ended
}

// lastMessage is what WS-RM 2005/02 adds: the client does not read what answers
// its LastMessage, only what answers TerminateSequence, and without an offer
// that is an empty 202. So it counts LastMessage as unacknowledged, and sends it
// again where it has lost something before.
func (c *gsoapClient) lastMessage() {
	if c.rm.ours != "1.0" || slices.Contains(c.flags, "--reply-port") { // where it reads the acknowledgement
		return
	}
	if c.lost > 0 && !slices.Contains(c.flags, "never") {
		c.resends++
	}
	if slices.Contains(c.flags, "--no-offer") {
		c.unacked, c.failed = 1, true
	}
}

func (c gsoapClient) run(t *testing.T) {
	t.Parallel()
	c.lastMessage()
	peer := peers.GSOAP(t, "rmclient")
	s := serveEcho(t, c.serve...)
	args := append([]string{"--rm", c.rm.gsoap, "--op", c.op, "-n", fmt.Sprint(c.n)}, c.flags...)
	r := run(t, time.Minute, peer, append(args, "http://"+tap(t, s.addr["http"])+"/echo")...)
	var got rmclientResult
	require.NoError(t, json.Unmarshal([]byte(r.last), &got), "%s", r.last)
	require.Contains(t, got.Fault, c.fault)
	want := rmclientResult{
		Sent: c.n, Unacked: c.unacked, Lost: c.lost, Retries: c.retries, Resends: c.resends,
		Errors: c.errors, Fault: got.Fault, OK: !c.failed,
	}
	if c.op == "echo" {
		want.Replies = c.n
	}
	if c.replies != 0 {
		want.Replies = c.replies
	}
	require.Equal(t, want, got)
	if c.failed {
		require.Equal(t, 1, r.status)
	} else {
		require.Zero(t, r.status)
	}
	s.wantsOpen(c.open, c.sessions...)
}

func runGSOAPClients(t *testing.T, name string, rows []gsoapClient) {
	for _, c := range rows {
		t.Run(fmt.Sprintf("%s/%s/%s%s", name, c.rm.ours, c.op, c.name), c.run)
	}
}

func TestGSOAPClient(t *testing.T) {
	for _, v := range versions {
		one := func(n int) []session { return []session{inOrder(v.ours, n)} }
		for _, soap := range []string{"1.1", "1.2"} {
			for _, offer := range []string{"--offer", "--no-offer"} {
				var rows []gsoapClient
				for _, op := range []string{"echo", "ping"} {
					rows = append(rows,
						gsoapClient{op: op, n: 10, sessions: one(10)},
						gsoapClient{name: ", no AckRequested", op: op, n: 10, flags: []string{"--ack", "none"}, sessions: one(10)},
						gsoapClient{name: ", AckRequested on the last", op: op, n: 10, flags: []string{"--ack", "last"}, sessions: one(10)},
						gsoapClient{name: ", a connection each", op: op, n: 10, flags: []string{"--no-keepalive"}, sessions: one(10)},
						gsoapClient{name: ", no messages", op: op, n: 0, sessions: one(0)},
					)
				}
				rows = append(rows,
					// A call that failed is called again at once, with the same number.
					gsoapClient{name: ", requests lost", op: "echo", n: 10, flags: []string{"--drop", "3,5-6"}, lost: 3, retries: 3, sessions: one(10)},
					gsoapClient{name: ", replies lost", op: "echo", n: 10, flags: []string{"--drop-reply", "3,5-6"}, lost: 3, retries: 3, sessions: one(10)},
					// One-way messages are sent again before the end, when an AckRequested said which.
					gsoapClient{name: ", last request lost", op: "ping", n: 10, flags: []string{"--drop", "10"}, lost: 1, resends: 1, sessions: one(10)},
					gsoapClient{name: ", answers lost", op: "ping", n: 10, flags: []string{"--drop-reply", "3,5-6"}, lost: 3, sessions: one(10)},
				)
				for i := range rows {
					rows[i].rm = v
					rows[i].flags = append([]string{"--soap", soap, offer}, rows[i].flags...)
				}
				runGSOAPClients(t, "SOAP "+soap+" "+offer, rows)
			}
		}
		rows := []gsoapClient{
			{name: ", large", op: "echo", n: 3, flags: []string{"--size", "1000000"}, sessions: one(3)},
			{name: ", discard entire", op: "echo", n: 10, flags: []string{"--behavior", "discardentire"}, sessions: one(10)},
			{name: ", discard following", op: "echo", n: 10, flags: []string{"--behavior", "discardfollowing"}, sessions: one(10)},
			{name: ", no Expires", op: "echo", n: 10, flags: []string{"--expires", "0"}, sessions: one(10)},
			{name: ", window of 1", op: "echo", n: 10, serve: []string{"-window", "1"}, sessions: one(10)},
			{name: ", ack handled", op: "echo", n: 10, flags: []string{"--drop-reply", "4"}, serve: []string{"-ack-handled"}, lost: 1, retries: 1, sessions: one(10)},
			{name: ", ack handled", op: "ping", n: 10, flags: []string{"--drop-reply", "4"}, serve: []string{"-ack-handled"}, lost: 1, sessions: one(10)},
		}
		for i := range rows {
			rows[i].rm = v
		}
		runGSOAPClients(t, "more", rows)
	}
}

// Its one-way messages have a MessageID and no ReplyTo, as if they wanted a
// reply: one that has to wait for a lost message before it can be handled keeps
// its exchange for 10 s, and is then answered by nothing.
func TestGSOAPClientLosesOneWay(t *testing.T) {
	for _, v := range versions {
		unordered := inOrder(v.ours, 10)
		unordered.Last, unordered.OutOfOrder = 3, 1
		runGSOAPClients(t, "lost", []gsoapClient{
			{name: ", unordered", rm: v, op: "ping", n: 10, flags: []string{"--drop", "3"}, serve: []string{"-unordered"}, lost: 1, resends: 1, sessions: []session{unordered}},
			{name: ", ordered", rm: v, op: "ping", n: 4, flags: []string{"--drop", "3", "--timeout", "20"}, lost: 1, resends: 1, sessions: []session{inOrder(v.ours, 4)}},
		})
	}
}

// What it does not call again at once it may send again before or after the
// close, or never. It throws away the replies to what it sends again.
func TestGSOAPClientSendsAgain(t *testing.T) {
	eleven, ten := versions[1], versions[0]
	for _, v := range versions {
		runGSOAPClients(t, "before the end", []gsoapClient{
			{rm: v, op: "echo", n: 4, flags: []string{"--drop", "4", "--retry", "0", "--resend", "before"}, failed: true, lost: 1, resends: 1, replies: 3, sessions: []session{inOrder(v.ours, 4)}},
		})
	}
	runGSOAPClients(t, "never", []gsoapClient{
		{rm: eleven, op: "ping", n: 10, flags: []string{"--drop", "10", "--resend", "never"}, failed: true, lost: 1, unacked: 1, sessions: []session{inOrder("1.1", 9)}},
		// LastMessage waits for message 10; what answers TerminateSequence it calls an unknown sequence.
		{rm: ten, op: "ping", n: 10, flags: []string{"--drop", "10", "--resend", "never", "--timeout", "20"}, failed: true, lost: 1, unacked: 1, errors: 1, fault: "UnknownSequence", sessions: []session{inOrder("1.0", 9)}},
	})
	runGSOAPClients(t, "reply lost", []gsoapClient{
		// It holds replies to the IncompleteSequenceBehavior of CreateSequenceResponse, which is about requests: a gap ends its session.
		{rm: eleven, op: "echo", n: 4, flags: []string{"--drop-reply", "3", "--retry", "0"}, failed: true, lost: 1, replies: 3, errors: 2, fault: "SequenceTerminated", sessions: []session{inOrder("1.1", 4)}},
		{rm: ten, op: "echo", n: 4, flags: []string{"--drop-reply", "3", "--retry", "0"}, failed: true, lost: 1, replies: 3, sessions: []session{inOrder("1.0", 4)}},
	})
	// In 1.1 a closed sequence takes nothing more: SequenceClosed, and what was lost stays unacknowledged. In 1.0 it takes
	// what lies below its last number.
	runGSOAPClients(t, "after the end", []gsoapClient{
		{rm: eleven, op: "ping", n: 10, flags: []string{"--drop", "10", "--resend", "after"}, failed: true, lost: 1, resends: 1, unacked: 1, sessions: []session{inOrder("1.1", 9)}},
		{rm: eleven, op: "ping", n: 4, flags: []string{"--drop", "3", "--resend", "after", "--timeout", "20"}, failed: true, lost: 1, resends: 1, unacked: 1, sessions: []session{inOrder("1.1", 2)}},
		{rm: ten, op: "ping", n: 10, flags: []string{"--drop", "10", "--resend", "after", "--timeout", "20"}, lost: 1, resends: 1, sessions: []session{inOrder("1.0", 10)}},
		{rm: ten, op: "ping", n: 4, flags: []string{"--drop", "3", "--resend", "after", "--timeout", "20"}, lost: 1, resends: 2, sessions: []session{inOrder("1.0", 4)}},
	})
}

// Faults that it meets, as it reads them. In SOAP 1.1 it reads a faultcode that
// says Client, and leaves the header that says more.
func TestGSOAPClientMeetsFaults(t *testing.T) {
	const unknown = "not a known Sequence identifier"
	for _, v := range versions {
		for _, soap := range []string{"1.1", "1.2"} {
			c := gsoapClient{rm: v, op: "echo", n: 3, fault: unknown, errors: 1}
			flags := func(bogus string) []string {
				return []string{"--soap", soap, "--bogus", bogus, "--expect-fault", unknown}
			}
			if v.ours == "1.1" {
				c := c
				c.name, c.flags = ", bogus CloseSequence", flags("close")
				c.sessions = []session{inOrder(v.ours, 3)}
				runGSOAPClients(t, "SOAP "+soap, []gsoapClient{c})
			}

			// The last message goes to a sequence that there is not: message 3 is missing in the one that there is.
			message := c
			message.name, message.flags = ", bogus message", flags("message")
			message.replies, message.unacked = 2, 1
			message.sessions = []session{inOrder(v.ours, 2)}
			if v.ours == "1.0" {
				// LastMessage waits 10 s for message 3, longer than the client by default; it calls what answers its
				// TerminateSequence an unknown sequence.
				message.flags = append(message.flags, "--timeout", "20")
				message.errors = 2
			}
			runGSOAPClients(t, "SOAP "+soap, []gsoapClient{message})

			// The session never hears that it is over.
			terminate := c
			terminate.name, terminate.flags = ", bogus TerminateSequence", flags("terminate")
			left := inOrder(v.ours, 3)
			left.Closed = false
			terminate.sessions, terminate.open = []session{left}, 1
			if v.ours == "1.0" {
				terminate.unacked = 1 // LastMessage
			}
			runGSOAPClients(t, "SOAP "+soap, []gsoapClient{terminate})
		}
	}
}

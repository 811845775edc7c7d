package interop

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/interop/peers"
)

// wcfRecord is what `wcfpeer serve` says.
type wcfRecord struct {
	Received int            `json:"received"` // application messages that arrived, lost and repeated ones too
	Plain    int            `json:"plain"`    // of them outside a session
	Faults   map[string]int `json:"faults"`   // that it answered with
	Sessions []wcfSession   `json:"sessions"`
}

type wcfSession struct {
	Version       string `json:"version"`
	Envelope      string `json:"envelope"`
	Count         int    `json:"count"`
	First         int    `json:"first"`
	Last          int    `json:"last"`
	Duplicates    int    `json:"duplicates"`
	OutOfOrder    int    `json:"out_of_order"` // on arrival
	Replies       int    `json:"replies"`
	Retransmitted int    `json:"retransmitted"`
	Closed        bool   `json:"closed"`
	Complete      bool   `json:"complete"`
	Terminated    bool   `json:"terminated"`
	PeerFault     string `json:"peer_fault"`
}

// The message versions, in the words of .NET.
var (
	wcfSOAP = map[string]string{
		"1.1": "Soap11 (http://schemas.xmlsoap.org/soap/envelope/)",
		"1.2": "Soap12 (http://www.w3.org/2003/05/soap-envelope)",
	}
	wcfWSA = map[string]string{
		"2004": "Addressing200408 (http://schemas.xmlsoap.org/ws/2004/08/addressing)",
		"2005": "Addressing10 (http://www.w3.org/2005/08/addressing)",
	}
)

// wcfServer is a run of our client against `wcfpeer serve`.
type wcfServer struct {
	name      string
	serve     []string // its options
	scenario  string
	count     int
	flags     []string // our client's
	rm        version
	soap, wsa string // our client's; "": 1.2 and 2005
	https     bool

	// What comes of it. In any case each message is delivered once and in order.
	failed     []string // our client fails, and says this; nil: it succeeds
	delivered  int      // if it fails
	lost       int      // messages that the server did not take, so that they came again
	duplicates int      // messages that came again although the server had them
	again      int      // replies that came again
	noOffer    bool     // the server has no sequence for replies
	racing     bool     // lost, duplicates and again depend on who is quicker
	expires    bool     // the client's time, so that it may get to LastMessage or CloseSequence or not
	refused    string   // fault that CreateSequence is answered with; no session
}

func (c wcfServer) run(t *testing.T) {
	t.Parallel()
	s := serve(t, peers.WCF(t), append([]string{"serve", "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"}, c.serve...)...)
	url := "http://" + tap(t, s.addr["http"]) + "/echo"
	args := []string{"-count", fmt.Sprint(max(1, c.count)), "-rm", c.rm.ours}
	if c.soap != "" {
		args = append(args, "-soap", c.soap, "-wsa", c.wsa)
	} else {
		c.soap, c.wsa = "1.2", "2005"
	}
	if c.https {
		url = "https://" + s.addr["https"] + "/echo"
		args = append(args, "-insecure")
	}
	r := runEcho(t, time.Minute, c.scenario, url, append(args, c.flags...)...)
	if c.failed == nil {
		r.wantOK(t, c.scenario, c.count)
		c.delivered = c.count
	} else {
		r.wantFailed(t, c.scenario, c.failed...)
	}
	want := c.record()
	settle(t, want, func() (got wcfRecord) {
		s.stats(&got)
		if c.racing {
			require.GreaterOrEqual(t, got.Received, c.count)
			got.Received = want.Received
		}
		for i := range got.Sessions {
			s := &got.Sessions[i]
			s.OutOfOrder = 0 // on arrival: requests overtake each other
			if c.racing {
				s.Duplicates, s.Retransmitted = c.duplicates, c.again
			}
			if c.expires {
				s.Replies, s.Closed = min(s.Replies, c.delivered), false
			}
		}
		return got
	})
}

func (c wcfServer) record() wcfRecord {
	if c.refused != "" {
		return wcfRecord{Faults: map[string]int{c.refused: 1}, Sessions: []wcfSession{}}
	}
	session := wcfSession{
		Version:       c.rm.ours,
		Envelope:      wcfSOAP[c.soap] + " " + wcfWSA[c.wsa],
		Count:         c.delivered,
		First:         min(1, c.delivered),
		Last:          c.delivered,
		Duplicates:    c.duplicates,
		Retransmitted: c.again,
		Closed:        c.rm.ours == "1.1" && c.failed == nil,
		Complete:      c.failed == nil,
		Terminated:    c.failed == nil,
	}
	if !c.noOffer {
		if c.scenario != "ping" {
			session.Replies = c.delivered
		}
		if c.rm.ours == "1.0" && c.failed == nil {
			session.Replies++ // LastMessage is answered by one
		}
	}
	return wcfRecord{
		Received: c.delivered + c.lost + c.duplicates,
		Faults:   map[string]int{},
		Sessions: []wcfSession{session},
	}
}

func runWCFServers(t *testing.T, name string, rows []wcfServer) {
	for _, c := range rows {
		t.Run(fmt.Sprintf("%s/%s/%s%s", name, c.rm.ours, c.scenario, c.name), c.run)
	}
}

// Every version of everything, without trouble.
func TestWCFServer(t *testing.T) {
	for _, v := range versions {
		for _, scenario := range []string{"open", "echo", "next", "ping", "fail"} {
			count := 20
			if scenario == "open" {
				count = 0
			}
			for _, soap := range []string{"1.1", "1.2"} {
				for _, wsa := range []string{"2004", "2005"} {
					runWCFServers(t, "SOAP "+soap+" WSA "+wsa, []wcfServer{{scenario: scenario, count: count, rm: v, soap: soap, wsa: wsa}})
				}
			}
			runWCFServers(t, "https", []wcfServer{{scenario: scenario, count: count, rm: v, https: true}})
		}
		runWCFServers(t, "plain", []wcfServer{
			{name: ", large", scenario: "echo", count: 2, flags: []string{"-size", fmt.Sprint(4 << 20)}, rm: v},
			{name: ", without offer", scenario: "next", count: 20, flags: []string{"-no-offer"}, rm: v, noOffer: true},
			{name: ", without offer", scenario: "ping", count: 20, flags: []string{"-no-offer"}, rm: v, noOffer: true},
			{name: ", RM required", serve: []string{"--require-rm"}, scenario: "next", count: 20, rm: v},
			{name: ", no flow control", serve: []string{"--no-flow-control"}, scenario: "next", count: 20, rm: v},
			{name: ", 8 callers", scenario: "next", count: 200, flags: []string{"-concurrency=8"}, rm: v, racing: true},
			{name: ", 8 callers, unordered", scenario: "next", count: 200, flags: []string{"-concurrency=8", "-unordered"}, rm: v, racing: true},
			{name: ", 8 callers", scenario: "ping", count: 200, flags: []string{"-concurrency=8"}, rm: v, racing: true},
			// It takes only the next number and answers 202 to any other.
			{name: ", 8 callers, window 1", serve: []string{"--window", "1"}, scenario: "next", count: 40, flags: []string{"-concurrency=8"}, rm: v, racing: true},
		})
	}
}

// A server that speaks one version of WS-RM is met by asking again.
func TestWCFServerOfOneVersion(t *testing.T) {
	for _, v := range versions {
		c := wcfServer{serve: []string{"--rm", v.ours}, scenario: "next", count: 5, rm: v}
		t.Run("speaks "+v.ours, func(t *testing.T) {
			t.Parallel()
			s := serve(t, peers.WCF(t), "serve", "--http", "127.0.0.1:0", "--rm", v.ours)
			url := "http://" + tap(t, s.addr["http"]) + "/echo"
			runEcho(t, time.Minute, "next", url, "-count=5", "-rm=auto").wantOK(t, "next", 5)
			c.soap, c.wsa, c.delivered = "1.2", "2005", 5
			want := c.record()
			if v.ours == "1.0" {
				want.Faults = map[string]int{"ActionNotSupported": 1}
			}
			settle(t, want, func() (got wcfRecord) { s.stats(&got); return got })
		})
	}
	// Who insists is told.
	runWCFServers(t, "insist", []wcfServer{
		{serve: []string{"--rm", "1.0"}, scenario: "next", count: 5, rm: versions[1], failed: []string{"ActionNotSupported"}, refused: "ActionNotSupported"},
		{serve: []string{"--rm", "1.1"}, scenario: "next", count: 5, rm: versions[0], failed: []string{"ActionNotSupported"}, refused: "ActionNotSupported"},
	})
	for _, v := range versions {
		runWCFServers(t, "busy", []wcfServer{
			{serve: []string{"--busy"}, scenario: "next", count: 5, rm: v, failed: []string{"CreateSequenceRefused"}, refused: "CreateSequenceRefused"},
		})
	}
	runWCFServers(t, "busy", []wcfServer{
		// The refusal is in the version that was asked for: there is nothing to fall back from.
		{serve: []string{"--busy"}, scenario: "next", count: 5, rm: version{ours: "auto"}, failed: []string{"CreateSequenceRefused"}, refused: "CreateSequenceRefused"},
	})
}

// What is lost on the way comes again, and what was done is not done again.
func TestWCFServerLoses(t *testing.T) {
	for _, v := range versions {
		for _, b := range []struct {
			name, soap, wsa string
			https           bool
		}{
			{name: "http", soap: "1.2", wsa: "2005"}, {name: "http11", soap: "1.1", wsa: "2005"},
			{name: "http11-2004", soap: "1.1", wsa: "2004"}, {name: "http12-2004", soap: "1.2", wsa: "2004"},
			{name: "https", soap: "1.2", wsa: "2005", https: true},
		} {
			rows := []wcfServer{
				{name: ", requests lost", serve: []string{"--drop-requests", "3,7"}, scenario: "next", count: 8, lost: 2},
				{name: ", replies lost", serve: []string{"--drop-replies", "3,7"}, scenario: "next", count: 8, duplicates: 2, again: 2},
				{name: ", connections cut", serve: []string{"--cut-connections", "3,7"}, scenario: "next", count: 8, duplicates: 2, again: 2},
				{name: ", not taken at first", serve: []string{"--later", "3,4,8"}, scenario: "next", count: 8, lost: 3},
				{name: ", requests lost", serve: []string{"--drop-requests", "3,7"}, scenario: "ping", count: 8, lost: 2},
				{name: ", replies lost", serve: []string{"--drop-replies", "3,7"}, scenario: "ping", count: 8, duplicates: 2, racing: true},
				{name: ", connections cut", serve: []string{"--cut-connections", "3,7"}, scenario: "ping", count: 8, duplicates: 2, racing: true},
				{name: ", not taken at first", serve: []string{"--later", "3,4,8"}, scenario: "ping", count: 8, lost: 3},
				{name: ", all of it, 8 callers", serve: []string{"--drop-requests", "3,20", "--drop-replies", "7,31", "--cut-connections", "11,50", "--later", "14,15,16"}, scenario: "next", count: 60, flags: []string{"-concurrency=8"}, racing: true},
				{name: ", all of it, 8 callers, unordered", serve: []string{"--drop-requests", "3,20", "--drop-replies", "7,31", "--cut-connections", "11,50", "--later", "14,15,16"}, scenario: "next", count: 60, flags: []string{"-concurrency=8", "-unordered"}, racing: true},
			}
			for i := range rows {
				rows[i].rm, rows[i].soap, rows[i].wsa, rows[i].https = v, b.soap, b.wsa, b.https
			}
			runWCFServers(t, b.name, rows)
		}
	}
}

// HTTP statuses that bring no envelope: some say that it may go better later,
// some that it will not.
func TestWCFServerStatuses(t *testing.T) {
	for _, v := range versions {
		for _, status := range []string{"200", "202", "204", "404", "408", "425", "429", "500", "502", "503", "504"} {
			runWCFServers(t, status, []wcfServer{
				{serve: []string{"--status", status + "@3"}, scenario: "next", count: 5, rm: v, lost: 1},
				{serve: []string{"--status", status + "@3"}, scenario: "ping", count: 5, rm: v, lost: 1},
			})
		}
		for _, status := range []string{"301", "302", "307", "308", "400", "401", "403", "405", "413", "415"} {
			runWCFServers(t, status, []wcfServer{
				{serve: []string{"--status", status + "@3"}, scenario: "next", count: 5, rm: v, failed: []string{status, "in doubt: 3"}, delivered: 2, lost: 1},
				{serve: []string{"--status", status + "@3"}, scenario: "ping", count: 5, flags: []string{"-window=1"}, rm: v, failed: []string{status, "in doubt: 3"}, delivered: 2, lost: 1},
			})
		}
	}
}

// Servers that break the rules, each in its own way.
func TestWCFServerMisbehaves(t *testing.T) {
	for _, v := range versions {
		for _, how := range []string{
			"no-relates-to", // on the answers to Create, Close and Terminate: the exchange says what they answer
			"no-ack",        // on replies: a reply on its own leg concludes its call, the ack is asked for before the end
			"no-final",      // on the answer to Close: not demanded
			"acks-to",       // Accept/AcksTo is another address: we acknowledge on our own requests anyway
		} {
			runWCFServers(t, how, []wcfServer{
				{serve: []string{"--misbehave", how}, scenario: "next", count: 10, rm: v},
				{serve: []string{"--misbehave", how}, scenario: "ping", count: 10, rm: v},
				{serve: []string{"--misbehave", how}, scenario: "fail", count: 10, rm: v},
				{name: ", losses", serve: []string{"--misbehave", how, "--drop-requests", "3", "--cut-connections", "6"}, scenario: "next", count: 10, rm: v, racing: true},
				{name: ", 8 callers", serve: []string{"--misbehave", how}, scenario: "next", count: 40, flags: []string{"-concurrency=8"}, rm: v, racing: true},
				{name: ", 8 callers, unordered", serve: []string{"--misbehave", how}, scenario: "next", count: 40, flags: []string{"-concurrency=8", "-unordered"}, rm: v, racing: true},
			})
		}
		// One-way messages are answered by nothing at all: they come again until AckRequested, which is answered, tells.
		for _, how := range []string{"empty-200", "empty-204"} {
			runWCFServers(t, how, []wcfServer{
				{serve: []string{"--misbehave", how}, scenario: "ping", count: 10, rm: v, racing: true},
				{serve: []string{"--misbehave", how}, scenario: "next", count: 10, rm: v},
			})
		}
		// Losses on top: what was lost and what was only not acknowledged come again alike, until AckRequested tells.
		for _, how := range []string{"empty-200", "empty-204"} {
			for _, lost := range []string{"--drop-requests", "--drop-replies", "--cut-connections"} {
				runWCFServers(t, how, []wcfServer{
					{name: ", " + lost, serve: []string{"--misbehave", how, lost, "3,6"}, scenario: "ping", count: 10, rm: v, racing: true},
				})
			}
			runWCFServers(t, how, []wcfServer{
				{name: ", requests lost", serve: []string{"--misbehave", how, "--drop-requests", "3,6"}, scenario: "next", count: 10, rm: v, lost: 2},
				{name: ", replies lost", serve: []string{"--misbehave", how, "--drop-replies", "3,6"}, scenario: "next", count: 10, rm: v, duplicates: 2, again: 2},
				{name: ", connections cut", serve: []string{"--misbehave", how, "--cut-connections", "3,6"}, scenario: "next", count: 10, rm: v, duplicates: 2, again: 2},
			})
		}
		runWCFServers(t, "refuse-offer", []wcfServer{
			{name: ", requests lost", serve: []string{"--misbehave", "refuse-offer", "--drop-requests", "3,6"}, scenario: "next", count: 10, rm: v, noOffer: true, lost: 2},
			{name: ", connections cut", serve: []string{"--misbehave", "refuse-offer", "--cut-connections", "3,6"}, scenario: "next", count: 10, rm: v, noOffer: true, duplicates: 2, again: 2},
			{name: ", requests lost", serve: []string{"--misbehave", "refuse-offer", "--drop-requests", "3,6"}, scenario: "ping", count: 10, rm: v, noOffer: true, lost: 2},
			{name: ", replies lost", serve: []string{"--misbehave", "refuse-offer", "--drop-replies", "3,6"}, scenario: "ping", count: 10, rm: v, noOffer: true, duplicates: 2, racing: true},
			{name: ", all of it, 8 callers", serve: []string{"--misbehave", "refuse-offer", "--drop-requests", "3,20", "--drop-replies", "7,31", "--cut-connections", "11,50"}, scenario: "next", count: 60, flags: []string{"-concurrency=8"}, rm: v, noOffer: true, racing: true},
		})
		// Without Accept the replies come unnumbered, on the legs of their requests.
		runWCFServers(t, "refuse-offer", []wcfServer{
			{serve: []string{"--misbehave", "refuse-offer"}, scenario: "next", count: 10, rm: v, noOffer: true},
			{serve: []string{"--misbehave", "refuse-offer"}, scenario: "ping", count: 10, rm: v, noOffer: true},
			{serve: []string{"--misbehave", "refuse-offer"}, scenario: "fail", count: 10, rm: v, noOffer: true},
			{name: ", replies lost", serve: []string{"--misbehave", "refuse-offer", "--drop-replies", "3"}, scenario: "next", count: 10, rm: v, noOffer: true, duplicates: 1, again: 1},
		})
	}
}

// A server without room is asked until it has some.
func TestWCFServerWithoutRoom(t *testing.T) {
	for _, v := range versions {
		runWCFServers(t, "never room", []wcfServer{
			{serve: []string{"--buffer-remaining", "0"}, scenario: "next", count: 5, flags: []string{"-timeout", "4s"}, rm: v, failed: []string{"deadline exceeded"}, delivered: 1, expires: true},
		})
	}
}

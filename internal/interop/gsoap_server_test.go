package interop

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/interop/peers"
)

// rmserverRecord is what gSOAP's server says.
type rmserverRecord struct {
	Received   int                `json:"received"`   // application messages that arrived
	Delivered  int                `json:"delivered"`  // of them new
	Duplicates int                `json:"duplicates"` // known
	Discarded  int                `json:"discarded"`  // out of order, forgotten
	Faults     int                `json:"faults"`
	Plain      int                `json:"plain"`
	Sequences  []rmserverSequence `json:"sequences"`
}

type rmserverSequence struct {
	Count    int    `json:"count"`
	Order    string `json:"order"`
	InOrder  bool   `json:"in_order"`
	Complete bool   `json:"complete"`
}

// gsoapServer is a run of our client against gSOAP's server. Each message is
// delivered once and in order.
type gsoapServer struct {
	name     string
	serve    []string // options of the server
	scenario string
	count    int
	flags    []string // of our client
	rm       version

	failed     []string // our client fails, and says this
	delivered  int      // then
	lost       int      // messages that were lost before the server saw them
	duplicates int
	racing     bool // how often messages came again, or too early, depends on who is quicker
	overtaking bool // the server answers before it looks, so that the next message may be looked at first
}

func (c gsoapServer) run(t *testing.T) {
	t.Parallel()
	s := serve(t, peers.GSOAP(t, "rmserver"), append([]string{"--rm", c.rm.gsoap, "0"}, c.serve...)...)
	args := append([]string{"-count", fmt.Sprint(c.count), "-rm", c.rm.ours}, c.flags...)
	r := runEcho(t, time.Minute, c.scenario, "http://"+tap(t, s.addr["http"])+"/echo", args...)
	if c.failed == nil {
		r.wantOK(t, c.scenario, c.count)
		c.delivered = c.count
	} else {
		r.wantFailed(t, c.scenario, c.failed...)
	}
	want := rmserverRecord{
		Received:   c.delivered + c.duplicates + c.lost,
		Delivered:  c.delivered,
		Duplicates: c.duplicates,
		Sequences:  []rmserverSequence{{Count: c.delivered, Order: fmt.Sprintf("1-%d", c.delivered), InOrder: true, Complete: true}},
	}
	settle(t, want, func() (got rmserverRecord) {
		s.stats(&got)
		if c.racing {
			require.GreaterOrEqual(t, got.Received, c.delivered)
			got.Received, got.Duplicates, got.Discarded = want.Received, want.Duplicates, 0
		}
		for i := range got.Sequences {
			if c.overtaking && i < len(want.Sequences) {
				got.Sequences[i].Order, got.Sequences[i].InOrder = want.Sequences[i].Order, true
			}
		}
		return got
	})
}

func runGSOAPServers(t *testing.T, name string, v version, flags []string, rows []gsoapServer) {
	for _, c := range rows {
		c.rm = v
		c.flags = append(c.flags, flags...)
		t.Run(fmt.Sprintf("%s/%s/%s%s", name, v.ours, c.scenario, c.name), c.run)
	}
}

func TestGSOAPServer(t *testing.T) {
	for _, v := range versions {
		for _, soap := range []string{"1.1", "1.2"} {
			for _, offer := range []string{"", "-no-offer"} {
				flags := []string{"-soap", soap}
				if offer != "" {
					flags = append(flags, offer)
				}
				rows := []gsoapServer{
					{scenario: "echo", count: 10},
					{name: ", requests lost", serve: []string{"--drop-request", "3,6-7"}, scenario: "echo", count: 10, lost: 3},
				}
				// A lost reply never comes again, whatever is asked: repeats are answered 202.
				rows = append(rows, gsoapServer{name: ", reply lost", serve: []string{"--drop-reply", "3"}, scenario: "echo", count: 5,
					flags: []string{"-timeout", "40s"}, failed: []string{"in doubt: 3"}, delivered: 3, racing: true})
				// One-way messages are acknowledged at the end only, or (backchannel) each.
				for _, acks := range []string{"check", "native", "backchannel"} {
					rows = append(rows,
						gsoapServer{name: ", acks " + acks, serve: []string{"--acks", acks}, scenario: "ping", count: 10, racing: true, overtaking: acks == "native"},
						gsoapServer{name: ", acks " + acks + ", requests lost", serve: []string{"--acks", acks, "--drop-request", "3,6-7"}, scenario: "ping", count: 10, racing: true, overtaking: acks == "native"},
						gsoapServer{name: ", acks " + acks + ", answers lost", serve: []string{"--acks", acks, "--drop-reply", "3,6-7"}, scenario: "ping", count: 10, racing: true, overtaking: acks == "native"},
					)
				}
				runGSOAPServers(t, "SOAP "+soap+" "+offer, v, flags, rows)
			}
		}
		runGSOAPServers(t, "more", v, nil, []gsoapServer{
			{name: ", large", scenario: "echo", count: 3, flags: []string{"-size", "1000000"}},
			{name: ", 1000", scenario: "echo", count: 1000},
			{name: ", 300", scenario: "ping", count: 300, racing: true},
			{name: ", RM required", serve: []string{"--require-rm"}, scenario: "echo", count: 10},
			{name: ", a connection each", serve: []string{"--no-keepalive"}, scenario: "echo", count: 10},
			{name: ", 3 exchanges a connection", serve: []string{"--max-keepalive", "3"}, scenario: "echo", count: 10},
			{name: ", AckRequested on replies", serve: []string{"--request-acks"}, scenario: "echo", count: 10},
			// It takes the next number only and answers 202 to any other.
			{name: ", 8 callers", scenario: "echo", count: 40, flags: []string{"-concurrency=8"}, racing: true},
			{name: ", 8 callers, requests lost", serve: []string{"--drop-request", "5,11"}, scenario: "echo", count: 40, flags: []string{"-concurrency=8"}, racing: true},
			// It waits on a thread for each; on a busy machine it loses one of eight now and then.
			{name: ", 4 callers, waits", serve: []string{"--wait", "3"}, scenario: "echo", count: 40, flags: []string{"-concurrency=4"}, racing: true},
			{name: ", 8 callers", scenario: "ping", count: 40, flags: []string{"-concurrency=8"}, racing: true},
			{name: ", 8 callers, acks backchannel", serve: []string{"--acks", "backchannel"}, scenario: "ping", count: 40, flags: []string{"-concurrency=8"}, racing: true},
		})
	}
}

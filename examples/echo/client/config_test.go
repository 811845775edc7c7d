package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

func TestParse(t *testing.T) {
	standard := func(change func(*config)) *config {
		c := &config{scenario: "echo", url: "http://h/", count: 10, size: 32, concurrency: 1, timeout: time.Minute, faults: transport.Faults{Seed: 1}}
		change(c)
		return c
	}
	for _, test := range []struct {
		args string
		want *config
		bad  string
	}{
		{args: "echo -url http://h/", want: standard(func(*config) {})},
		{args: "next -url http://h/ -count=7 -concurrency 3 -size 9 -timeout 2s", want: standard(func(c *config) {
			c.scenario, c.count, c.concurrency, c.size, c.timeout = "next", 7, 3, 9, 2*time.Second
		})},
		{args: "open -url http://h/ -count=7", want: standard(func(c *config) { c.scenario, c.count = "open", 0 })},
		{args: "ping -url http://h/ -rm 1.0 -soap 1.1 -wsa 2004", want: standard(func(c *config) {
			c.scenario = "ping"
			c.opts = rm.Options{Version: rm.RM10, SOAP: soap.V11, Addressing: soap.WSA2004}
		})},
		{args: "echo -url http://h/ -rm 1.1 -soap 1.2 -wsa 2005", want: standard(func(c *config) { c.opts.Version = rm.RM11 })},
		{args: "echo -url http://h/ -rm auto", want: standard(func(*config) {})},
		{args: "fail -url http://h/ -window 3 -unordered -no-offer -insecure", want: standard(func(c *config) {
			c.scenario, c.insecure = "fail", true
			c.opts = rm.Options{Window: 3, Unordered: true, NoOffer: true}
		})},
		{args: "echo -url http://h/ -loss 0.1 -seed 9", want: standard(func(c *config) {
			c.faults = transport.Faults{Seed: 9, LoseRequest: 0.1, LoseReply: 0.1}
		})},
		{args: "", bad: "scenario"},
		{args: "-url http://h/", bad: "scenario"},
		{args: "dance -url http://h/", bad: "scenario"},
		{args: "echo", bad: "-url is missing"},
		{args: "echo -url http://h/ more", bad: `"more" is not expected`},
		{args: "echo -url http://h/ -count 0", bad: "begin at 1"},
		{args: "echo -url http://h/ -concurrency 0", bad: "begin at 1"},
		{args: "echo -url http://h/ -size -1", bad: "-size at 0"},
		{args: "echo -url http://h/ -loss 1", bad: "-loss"},
		{args: "echo -url http://h/ -loss NaN", bad: "-loss"},
		{args: "echo -url http://h/ -rm 1.2", bad: "one of 1.0, 1.1, auto"},
		{args: "echo -url http://h/ -soap 1.3", bad: "one of 1.1, 1.2"},
		{args: "echo -url http://h/ -bogus", bad: "not defined"},
	} {
		t.Run(test.args, func(t *testing.T) {
			var said strings.Builder
			c, err := parse(strings.Fields(test.args), &said)
			if test.bad != "" {
				require.Error(t, err)
				require.Contains(t, said.String(), test.bad)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want, c)
			require.Empty(t, said.String())
		})
	}
}

func TestText(t *testing.T) {
	c := &config{size: 50}
	require.Equal(t, "7 the quick brown fox jumps over the lazy dog the ", c.text(7))
	c.size = 0
	require.Equal(t, "7 ", c.text(7))
	c.size = 4 << 20
	require.Len(t, c.text(7), 4<<20)
}

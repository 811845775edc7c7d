package interop

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/interop/peers"
)

// What nginx answers by itself to WCF's client: 503 and 504 it takes for losses, and repeats. On 502 and 429 it fails its
// caller, whatever it does with the message; so a proxy in front of WCF clients had better say 503 in their place.
func TestNginxAnswersWCFClient(t *testing.T) {
	t.Parallel()
	fails := map[string]string{"502": "(502) Bad Gateway", "429": "(429) Too Many Requests"}
	for _, p := range nginxAnswers {
		for _, v := range versions {
			for _, scenario := range []string{"next", "ping"} {
				if p.serve != nil && scenario == "ping" {
					continue // one-way messages do not wait for their handler
				}
				t.Run(fmt.Sprintf("%s/%s/%s", p.name, v.ours, scenario), func(t *testing.T) {
					t.Parallel()
					peer := peers.WCF(t)
					count := 5
					if p.serve != nil {
						count = 3
					}
					s := serveEcho(t, p.serve...)
					n := p.start(t, tap(t, s.addr["http"]))
					r := run(t, 2*time.Minute, peer, scenario, "--url", "http://"+n.addr+"/echo", "--binding", "wshttp", "--rm", v.wcf, "--timeout", "60000", "--count", fmt.Sprint(count))
					n.notes(t, p.shows)
					if fails[p.name] == "" {
						r.wantOK(t, scenario, count)
						if v.ours == "1.0" {
							s.wantsEnded(v, count) // TerminateSequence is sent once: it may have been what met nginx's answer
						} else {
							s.wants(inOrder(v.ours, count))
						}
						return
					}
					require.Equal(t, 1, r.status)
					require.Contains(t, r.last, "failed "+scenario+" after ")
					require.Contains(t, r.last, fails[p.name])
					var got report
					if s.stats(&got); len(got.Sessions) > 0 { // otherwise CreateSequence was answered so
						s.wantsPrefix(v, count)
					}
				})
			}
		}
	}
}

package interop

import "testing"

// Our client names an address of its own, and gSOAP's server sends its answers there, each on a connection that it
// opens for it. One-way messages are acknowledged when they are asked about.
func TestGSOAPServerAnswersElsewhere(t *testing.T) {
	listen := []string{"-listen", "127.0.0.1:0"}
	for _, v := range versions {
		for _, soap := range []string{"1.1", "1.2"} {
			runGSOAPServers(t, "SOAP "+soap, v, append([]string{"-soap", soap}, listen...), []gsoapServer{
				{scenario: "echo", count: 10},
				{name: ", no offer", scenario: "echo", count: 10, flags: []string{"-no-offer"}},
				{name: ", requests lost", serve: []string{"--drop-request", "3,6-7"}, scenario: "echo", count: 10, lost: 3},
				// gSOAP does not send the reply when it could not write the 202, and acknowledges the repeat.
				{name: ", 202 lost", serve: []string{"--drop-reply", "3"}, scenario: "echo", count: 5,
					flags: []string{"-timeout", "10s"}, failed: []string{"in doubt: 3"}, delivered: 3, racing: true},
				{scenario: "ping", count: 10, racing: true},
				{name: ", requests lost", serve: []string{"--drop-request", "3,6-7"}, scenario: "ping", count: 10, racing: true},
				{name: ", 202 lost", serve: []string{"--drop-reply", "3,6-7"}, scenario: "ping", count: 10, racing: true},
			})
		}
		runGSOAPServers(t, "more", v, listen, []gsoapServer{
			{name: ", large", scenario: "echo", count: 3, flags: []string{"-size", "1000000"}},
			{name: ", 300", scenario: "echo", count: 300},
			// It takes the next number only and answers 202 to any other.
			{name: ", 8 callers", scenario: "echo", count: 40, flags: []string{"-concurrency=8"}, racing: true},
			{name: ", 8 callers", scenario: "ping", count: 40, flags: []string{"-concurrency=8"}, racing: true},
		})
	}
}

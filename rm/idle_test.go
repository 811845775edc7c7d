package rm

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

// idle opens n sessions at a server, from the server's point of view: by requests of clients that are not there. Each
// is used for calls, a whole window of which arrives before the first one, and all replies but the last are
// acknowledged by one-way messages. Then nothing is heard of it for a minute.
func idle(t testing.TB, srv *Server, n int) {
	const namespace = "http://docs.oasis-open.org/ws-rx/wsrm/200702"
	header := `<s:Envelope xmlns:s="` + soap.V12.Namespace() + `" xmlns:a="` + soap.WSA10.Namespace() + `" xmlns:r="` + namespace + `"><s:Header>` +
		`<a:To>http://example.org/a/service/with/an/address/of/usual/length</a:To>`
	anonymous := `<a:Address>` + soap.WSA10.Anonymous() + `</a:Address>`
	send := func(i int, s string) *soap.Envelope {
		env, err := soap.Parse([]byte(s), nil)
		require.NoError(t, err)
		answer, err := srv.ServeExchange(context.Background(), transport.Peer{Address: fmt.Sprintf("192.0.2.%d:%d", i%250, i)}, env)
		require.NoError(t, err)
		require.NoError(t, answer.Err())
		return answer
	}
	for i := range n {
		offer := fmt.Sprintf("urn:uuid:00000000-0000-0000-0000-%012d", i)
		answer := send(i, header+`<a:Action>`+namespace+`/CreateSequence</a:Action><a:MessageID>urn:uuid:10000000-0000-0000-0000-`+fmt.Sprintf("%012d", i)+`</a:MessageID></s:Header><s:Body>`+
			`<r:CreateSequence><r:AcksTo>`+anonymous+`</r:AcksTo><r:Offer><r:Identifier>`+offer+`</r:Identifier><r:Endpoint>`+anonymous+`</r:Endpoint></r:Offer></r:CreateSequence></s:Body></s:Envelope>`)
		var created struct {
			Identifier string
		}
		require.NoError(t, answer.Decode(&created))
		sequence := func(number int) string {
			return `<r:Sequence s:mustUnderstand="1"><r:Identifier>` + created.Identifier + fmt.Sprintf(`</r:Identifier><r:MessageNumber>%d</r:MessageNumber></r:Sequence>`, number)
		}
		const burst = 20
		for number := 2; number <= burst; number++ {
			answer := send(i, header+sequence(number)+`<a:Action>urn:send</a:Action></s:Header><s:Body><x/></s:Body></s:Envelope>`)
			require.NotNil(t, answer)
		}
		send(i, header+sequence(1)+`<a:Action>urn:call</a:Action><a:MessageID>urn:uuid:20000000-0000-0000-0000-`+fmt.Sprintf("%012d", i)+`</a:MessageID></s:Header><s:Body><x/></s:Body></s:Envelope>`)
		send(i, header+sequence(burst+1)+`<r:SequenceAcknowledgement><r:Identifier>`+offer+`</r:Identifier><r:AcknowledgementRange Lower="1" Upper="1"/></r:SequenceAcknowledgement>`+
			`<a:Action>urn:send</a:Action></s:Header><s:Body><x/></s:Body></s:Envelope>`)
	}
	for s := range srv.Sessions() {
		s.advanceTo(clock().Add(time.Minute))
	}
}

func echoing() *Server {
	return &Server{Handler: Mux{
		"urn:call": func(_ context.Context, m *Message) (*soap.Envelope, error) {
			return soap.New("urn:callResponse", []byte("<y/>")), nil
		},
		"urn:send": func(_ context.Context, m *Message) (*soap.Envelope, error) { return nil, nil },
	}}
}

// An idle session is small and has no goroutine.
func TestIdleSessions(t *testing.T) {
	n, limit := 10_000, int64(4<<10)
	if raceEnabled {
		n = 1000
	}
	srv := echoing()
	idle(t, srv, 100) // pools and tables are there
	goroutines := runtime.NumGoroutine()
	before := heap()
	srv2 := echoing()
	idle(t, srv2, n)
	size := (heap() - before) / int64(n)
	require.Equal(t, n, srv2.Stats().Sessions)
	require.LessOrEqual(t, runtime.NumGoroutine(), goroutines+10)
	require.LessOrEqual(t, size, limit, "bytes of an idle session")
	t.Logf("%d bytes", size)
	require.NoError(t, srv.Close())
	require.NoError(t, srv2.Close())
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

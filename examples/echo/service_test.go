package echo

import (
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

// conversation is a client's session with a Service, in memory.
type conversation struct {
	t       *testing.T
	service *Service
	session *rm.Session
}

// talk opens a session with service, runs f with it in a bubble, and closes it.
func talk(t *testing.T, service *Service, opts *rm.Options, f func(*conversation)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server := &rm.Server{Accept: service.Accept, Options: &rm.Options{Trace: service.Trace}}
		s, err := rm.Open(t.Context(), &transport.Pipe{Handler: server}, opts)
		require.NoError(t, err)
		f(&conversation{t, service, s})
		require.NoError(t, s.Close(t.Context()))
		require.NoError(t, server.Shutdown(t.Context()))
		synctest.Wait()
	})
}

// call expects an answer and decodes it.
func (c *conversation) call(action string, body, out any) {
	c.t.Helper()
	reply, err := c.session.Call(c.t.Context(), soap.New(action, body))
	require.NoError(c.t, err)
	require.NoError(c.t, reply.Decode(out))
}

// fault expects a SOAP fault.
func (c *conversation) fault(action string, body any) *soap.Fault {
	c.t.Helper()
	_, err := c.session.Call(c.t.Context(), soap.New(action, body))
	fault, ok := errors.AsType[*soap.Fault](err)
	require.True(c.t, ok, "%v", err)
	return fault
}

// report is what the service says of the session.
func (c *conversation) report() SessionReport {
	c.t.Helper()
	synctest.Wait()
	r := c.service.Report()
	require.Len(c.t, r.Sessions, 1)
	return r.Sessions[0]
}

func TestOperations(t *testing.T) {
	var service Service
	talk(t, &service, nil, func(c *conversation) {
		require.Equal(t, SessionReport{ID: c.session.ID()}, c.report())

		var echoed EchoStringResponse
		c.call(ActionEchoString, EchoString{Text: "<Grüße> & \"more\""}, &echoed)
		require.Equal(t, "<Grüße> & \"more\"", echoed.Text)

		for want := range int64(3) {
			var next NextResponse
			c.call(ActionNext, Next{}, &next)
			require.Equal(t, want+1, next.Number)
		}

		require.Equal(t, "on purpose", c.fault(ActionFail, Fail{Text: "on purpose"}).Reason)

		_, err := c.session.Send(c.t.Context(), soap.New(ActionPing, Ping{Text: "one-way"}))
		require.NoError(t, err)
		require.NoError(t, c.session.Flush(c.t.Context()))

		require.Equal(t, SessionReport{ID: c.session.ID(), Version: "1.1", Count: 6, First: 1, Last: 6}, c.report())
		require.Equal(t, 1, service.Report().Open)
	})
	r := service.Report()
	require.True(t, r.Sessions[0].Closed)
	require.Zero(t, r.Open)
}

// Whoever sends something else is told so, and the session goes on.
func TestStrangers(t *testing.T) {
	var service Service
	talk(t, &service, nil, func(c *conversation) {
		require.Equal(t, "Sender", c.fault(ActionEchoString, Ping{Text: "wrong body"}).Code)
		require.Equal(t, "Sender", c.fault(Namespace+"/unknown", Ping{}).Code)
		var next NextResponse
		c.call(ActionNext, Next{}, &next)
		require.EqualValues(t, 1, next.Number)
	})
}

func TestVersions(t *testing.T) {
	for _, v := range []rm.Version{rm.RM10, rm.RM11} {
		var service Service
		talk(t, &service, &rm.Options{Version: v}, func(c *conversation) {
			c.call(ActionNext, Next{}, &NextResponse{})
			require.Equal(t, v.String(), c.report().Version)
		})
	}
}

func TestDelay(t *testing.T) {
	talk(t, &Service{Delay: time.Minute}, nil, func(c *conversation) {
		start := time.Now()
		c.call(ActionNext, Next{}, &NextResponse{})
		require.Equal(t, time.Minute, time.Since(start))
	})
}

// A session that does not end in good order is not open any more, and not closed.
func TestAbort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var service Service
		server := &rm.Server{Accept: service.Accept, Options: &rm.Options{Trace: service.Trace}}
		s, err := rm.Open(t.Context(), &transport.Pipe{Handler: server}, nil)
		require.NoError(t, err)
		s.Abort(errors.New("changed my mind"))
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, Report{Sessions: []SessionReport{{ID: s.ID()}}}, service.Report())
		require.NoError(t, server.Shutdown(t.Context()))
	})
}

func TestJSON(t *testing.T) {
	var service Service
	require.Equal(t, `{"sessions":[],"open":0}`+"\n", string(service.JSON()))

	talk(t, &service, nil, func(c *conversation) { c.call(ActionNext, Next{}, &NextResponse{}) })
	var got map[string]any
	require.NoError(t, json.Unmarshal(service.JSON(), &got))
	require.Contains(t, got["sessions"].([]any)[0].(map[string]any)["id"], "urn:uuid:")
	delete(got["sessions"].([]any)[0].(map[string]any), "id")
	require.Equal(t, map[string]any{
		"open": 0.0,
		"sessions": []any{map[string]any{
			"version": "1.1", "count": 1.0, "first": 1.0, "last": 1.0, "duplicates": 0.0, "out_of_order": 0.0, "closed": true,
		}},
	}, got)
}

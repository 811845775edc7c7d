package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/examples/echo"
	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/transport/soaphttp"
)

// play runs the command line against handler, over TLS.
func play(t *testing.T, handler http.Handler, args ...string) []error {
	t.Helper()
	web := httptest.NewTLSServer(handler)
	defer web.Close()
	c, err := parse(append(args, "-url", web.URL, "-insecure"), io.Discard)
	require.NoError(t, err)
	_, errs := run(t.Context(), c)
	return errs
}

func TestRun(t *testing.T) {
	for _, args := range [][]string{
		{"echo", "-concurrency", "4"},
		{"next", "-rm", "1.0", "-soap", "1.1", "-wsa", "2004"},
		{"ping", "-no-offer"},
	} {
		var service echo.Service
		server := &rm.Server{Accept: service.Accept, Options: &rm.Options{Trace: service.Trace}}
		require.Empty(t, play(t, &soaphttp.Handler{Server: server}, args...))
		r := service.Report()
		require.Zero(t, r.Open)
		require.Len(t, r.Sessions, 1)
		require.Equal(t, 10, r.Sessions[0].Count)
	}
}

// What ends a run is named: the HTTP status, or the fault's code.
func TestRunNamesTheCause(t *testing.T) {
	forbidden := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	require.Contains(t, why(play(t, forbidden, "open")), "403")
	refused := &rm.Server{Options: &rm.Options{Version: rm.RM10}}
	require.Contains(t, why(play(t, &soaphttp.Handler{Server: refused}, "open", "-rm", "1.1")), "ActionNotSupported")
}

package bench

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/examples/echo"
	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport/soaphttp"
)

// gatewayProgram builds the gateway.
func gatewayProgram(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "gateway")
	out, err := exec.Command("go", "build", "-o", path, "github.com/gowsrm/wsrm/examples/gateway").CombinedOutput()
	require.NoError(b, err, string(out))
	return path
}

// BenchmarkGateway compares the calls of a plain SOAP client at a plain service, 1 KB each way (direct), with the same
// client and service and two gateways between them (pair), with a client that has sessions itself and the gateway in front of the
// service alone (front), and with the plain client at the latter, which passes its messages on as they are (hop: what any
// HTTP proxy costs). The gateways are processes of their own, client and service are in this one.
//
// What each adds is the time between two calls that are done: for one caller it is what a call takes longer, for many it is
// what the machine has to do more for each.
func BenchmarkGateway(b *testing.B) {
	gateway := gatewayProgram(b)
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprint("callers=", callers), func(b *testing.B) {
			service := listen(b, plainService)
			near := "http://" + listening(b, "listening in=", gateway, "-listen", "127.0.0.1:0", "-to", service,
				"-unordered", "-window", strconv.Itoa(2*callers)) + "/"
			far := "http://" + listening(b, "listening out=", gateway, "-listen-out", "127.0.0.1:0", "-reliable", near,
				"-window", strconv.Itoa(callers+1)) + "/"
			s, err := rm.Open(b.Context(), &soaphttp.Client{URL: near, HTTP: httpClient(b, callers)}, &rm.Options{Window: callers + 1})
			require.NoError(b, err)
			b.Cleanup(func() { s.Close(context.Background()) })
			reliable := func() error {
				_, err := s.Call(context.Background(), soap.New(echo.ActionEchoString, request))
				return err
			}

			var r []float64
			b.ReportMetric(0, "ns/op")
			for range min(b.N, 1) {
				r = rates(b, callers, budget(b), plainCall(httpClient(b, callers), service),
					plainCall(httpClient(b, callers), far), reliable, plainCall(httpClient(b, callers), near))
			}
			const second = 1e6 // us
			b.ReportMetric(r[0], "direct/s")
			for i, name := range []string{"pair", "front", "hop"} {
				b.ReportMetric(r[i+1], name+"/s")
				b.ReportMetric(r[i+1]/r[0], name+"/direct")
				b.ReportMetric(second/r[i+1]-second/r[0], name+"-adds-us")
			}
		})
	}
}

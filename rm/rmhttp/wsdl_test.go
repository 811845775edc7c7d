package rmhttp_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/rm/policy"
	"github.com/gowsrm/wsrm/rm/rmhttp"
)

const wsdl = `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:t="urn:t" targetNamespace="urn:t">
  <portType name="P"><operation name="o"/></portType>
  <binding name="B" type="t:P">
    <soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
  </binding>
  <service name="S"><port name="Q" binding="t:B"><soap:address location="http://service.example.org/"/></port></service>
</definitions>`

func TestWSDLSaysThatSessionsAreSpoken(t *testing.T) {
	h := &rmhttp.Handler{Server: &rm.Server{Options: &rm.Options{Version: rm.RM10}}, Next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		require.Empty(t, r.Header.Get("If-None-Match"))
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Content-Length", fmt.Sprint(len(wsdl)))
		io.WriteString(w, wsdl)
	})}
	for _, target := range []string{"/service?wsdl", "/service?WSDL", "/service?wsdl=part.wsdl", "/service?singleWsdl", "/service.wsdl"} {
		r := httptest.NewRequest(http.MethodGet, target, nil)
		r.Header.Set("If-None-Match", `"1"`)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, 200, w.Code)
		require.Empty(t, w.Header().Get("ETag"))
		require.Equal(t, fmt.Sprint(w.Body.Len()), w.Header().Get("Content-Length"))
		require.Equal(t, "text/xml; charset=utf-8", w.Header().Get("Content-Type"))
		endpoints, err := policy.Read(w.Body.Bytes())
		require.NoError(t, err)
		require.Len(t, endpoints, 1)
		opts, err := endpoints[0].Options()
		require.NoError(t, err)
		require.Equal(t, rm.RM10, opts.Version)
	}
}

func TestWhatIsNoWSDLStaysAsItIs(t *testing.T) {
	large := strings.Repeat("x", 17<<20)
	for body, code := range map[string]int{"<html>none here</html>": 200, "gone": 404, large: 200, "": 200} {
		h := &rmhttp.Handler{Next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Service", "yes")
			w.WriteHeader(code)
			io.WriteString(w, body)
		})}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/service?wsdl", nil))
		require.Equal(t, code, w.Code)
		require.Equal(t, "yes", w.Header().Get("X-Service"))
		require.True(t, w.Body.String() == body)
	}
}

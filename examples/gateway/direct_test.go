package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm/policy"
)

func TestWhereRequestsGo(t *testing.T) {
	for _, c := range []struct{ service, asked, want string }{
		{"http://x", "/", "http://x/"},
		{"http://x", "/a?b", "http://x/a?b"},
		{"http://x/service.php", "/", "http://x/service.php"},
		{"http://x/service.php", "/?wsdl", "http://x/service.php?wsdl"},
		{"http://x/service.php?y=1", "/?wsdl", "http://x/service.php?y=1&wsdl"},
		{"http://x/base/", "/", "http://x/base/"},
		{"http://x/base", "/a/b", "http://x/base/a/b"},
		{"http://x/a%2Fb", "/", "http://x/a%2Fb"},
	} {
		service, err := url.Parse(c.service)
		require.NoError(t, err)
		in := httptest.NewRequest(http.MethodPost, c.asked, nil)
		r := &httputil.ProxyRequest{In: in, Out: in.Clone(t.Context())}
		direct(r, service)
		require.Equal(t, c.want, r.Out.URL.String(), c)
	}
}

// A client that goes by the WSDL of a service that is a file arrives there, both ways, and with the user of -to and -reliable.
func TestServiceThatIsAFile(t *testing.T) {
	var asked []string
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		asked = append(asked, fmt.Sprint(r.Method, " ", r.URL.RequestURI(), " ", user, ":", password))
		w.Header().Set("Content-Type", "text/xml")
		if r.Method == http.MethodGet {
			fmt.Fprintf(w, `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" targetNamespace="urn:t" xmlns:t="urn:t">`+
				`<binding name="B" type="t:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/></binding>`+
				`<service name="S"><port name="Q" binding="t:B"><soap:address location="http://%s/service.php"/></port></service></definitions>`, r.Host)
			return
		}
		io.WriteString(w, `<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><done/></S:Body></S:Envelope>`)
	}))
	defer service.Close()

	at := func(user string, url string) string {
		return strings.Replace(url, "//", "//"+user+":secret@", 1) + "/service.php"
	}
	near := begin(t, "-listen", "127.0.0.1:0", "-to", at("ann", service.URL))
	root := begin(t, "-listen", "127.0.0.1:0", "-to", service.URL, "-required")
	far := begin(t, "-listen-out", "127.0.0.1:0", "-reliable", at("bob", "http://"+root.addr["in"]))
	for _, c := range []struct{ addr, user string }{{near.addr["in"], "ann:secret"}, {far.addr["out"], "bob:secret"}} {
		asked = nil
		resp, err := http.Get("http://" + c.addr + "/?wsdl")
		require.NoError(t, err)
		doc, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		endpoints, err := policy.Read(doc)
		require.NoError(t, err)
		require.Equal(t, "http://"+c.addr+"/", endpoints[0].Address)

		post := func() {
			r, err := http.NewRequest(http.MethodPost, endpoints[0].Address, strings.NewReader(`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><echo xmlns="urn:x"/></s:Body></s:Envelope>`))
			require.NoError(t, err)
			r.Header.Set("Content-Type", "text/xml")
			if len(asked) > 1 {
				r.SetBasicAuth("carl", "own")
			}
			resp, err := http.DefaultClient.Do(r)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, 200, resp.StatusCode)
		}
		post()
		post()
		require.Equal(t, []string{"GET /service.php?wsdl " + c.user, "POST /service.php " + c.user, "POST /service.php carl:own"}, asked)
	}
	require.NoError(t, far.stop())
	require.NoError(t, root.stop())
	require.NoError(t, near.stop())
}

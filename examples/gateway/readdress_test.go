package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/rm/policy"
)

func TestAddressesInADescription(t *testing.T) {
	for _, c := range []struct{ name, service, doc, want string }{
		{"a port", "http://service:90", `<soap:address location="http://service:90/echo?x=1"/>`, `<soap:address location="https://gate/way/echo?x=1"/>`},
		{"in other quotes", "http://service:90", `<address location = ' http://service:90'/>`, `<address location = ' https://gate/way/'/>`},
		{"of a service that has a path", "http://service:90/base/", `<address location="http://service:90/base/echo"/>`, `<address location="https://gate/way/echo"/>`},
		{"of a service that is a file", "http://service:90/base.php", `<address location="http://service:90/base.php"/>`, `<address location="https://gate/way/"/>`},
		{"and the file's schema", "http://service:90/base.php", `<xs:import schemaLocation="http://service:90/base.php?xsd=1&amp;y"/>`, `<xs:import schemaLocation="https://gate/way/?xsd=1&amp;y"/>`},
		{"of a service that has a query", "http://service:90/base?x=1&y", `<address location="http://service:90/base?x=1&amp;y"/>`, `<address location="https://gate/way/"/>`},
		{"and its schema", "http://service:90/base?x=1", `<xs:import schemaLocation="http://service:90/base?x=1&amp;xsd=1&amp;y"/>`, `<xs:import schemaLocation="https://gate/way/?xsd=1&amp;y"/>`},
		{"its default port", "http://service", `<address location="http://service:80/"/>`, `<address location="https://gate/way/"/>`},
		{"this machine by another name", "http://127.0.0.1:90", `<address location="http://localhost:90/"/>`, `<address location="https://gate/way/"/>`},
		{"an import", "http://service:90", `<xs:import schemaLocation="http://service:90/?xsd=1&amp;y" namespace="http://service:90/"/>`, `<xs:import schemaLocation="https://gate/way/?xsd=1&amp;y" namespace="http://service:90/"/>`},
		{"an endpoint reference", "http://service:90", `<a:Address xmlns:a="urn:a">http://service:90/echo</a:Address>`, `<a:Address xmlns:a="urn:a">https://gate/way/echo</a:Address>`},
		{"another path", "http://service:90/base", `<address location="http://service:90/baseline"/>`, ""},
		{"another port", "http://service:90", `<address location="http://service:9090/"/>`, ""},
		{"another machine", "http://127.0.0.1:90", `<address location="http://service:90/"/>`, ""},
		{"another scheme", "http://service:90", `<address location="https://service:90/"/>`, ""},
		{"a namespace", "http://service:90", `<definitions targetNamespace="http://service:90/"/>`, ""},
		{"a namespace in front of a place", "http://service:90", `<a xsi:schemaLocation="http://service:90/ a.xsd"/>`, ""},
		{"a relative place", "http://service:90", `<xs:import schemaLocation="types.xsd"/>`, ""},
		{"no URL", "http://service:90", `<address location="http://%zz"/>`, ""},
		{"nothing", "http://service:90", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			service, err := url.Parse(c.service)
			require.NoError(t, err)
			if c.want == "" {
				c.want = c.doc
			}
			require.Equal(t, c.want, string(readdressing{service, &url.URL{Scheme: "https", Host: "gate", Path: "/way/"}}.in([]byte(c.doc))))
		})
	}
}

// A client that configures itself by the WSDL that it gets from a gateway comes to the gateway, with reliable sessions.
func TestWSDLThroughTheGateway(t *testing.T) {
	const wsdl = `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" targetNamespace="urn:t" xmlns:t="urn:t">` +
		`<binding name="B" type="t:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/></binding>` +
		`<service name="S"><port name="Q" binding="t:B"><soap:address location="http://%s/base/echo"/></port></service></definitions>`
	large := "<xml>" + strings.Repeat(" ", largestDescription) + `<address location="http://%s/base/"/></xml>`
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		w.Header().Set("ETag", `"1"`)
		switch r.URL.RequestURI() {
		case "/base/echo?wsdl":
			require.NotEqual(t, `"1"`, r.Header.Get("If-None-Match"))
			fmt.Fprintf(w, wsdl, r.Host)
		case "/base/large.xsd":
			fmt.Fprintf(w, large, r.Host)
		case "/base/echo?xsd=1":
			w.Header().Set("Content-Type", "text/plain")
			fmt.Fprintf(w, wsdl, r.Host)
		case "/base/document":
			fmt.Fprintf(w, wsdl, r.Host)
		}
	}))
	defer service.Close()
	host := strings.TrimPrefix(service.URL, "http://")

	g := begin(t, "-listen", "127.0.0.1:0", "-to", service.URL+"/base", "-rm", "1.0", "-listen-out", "127.0.0.1:0", "-reliable", service.URL+"/base")
	named := begin(t, "-listen", "127.0.0.1:0", "-to", service.URL+"/base", "-address", "https://gate.example.org/way")
	get := func(g *gateway, way, path string) (http.Header, string) {
		r, err := http.NewRequest(http.MethodGet, "http://"+g.addr[way]+path, nil)
		require.NoError(t, err)
		r.Header.Set("If-None-Match", `"1"`)
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		b, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, 200, resp.StatusCode)
		return resp.Header, string(b)
	}

	for _, c := range []struct {
		g         *gateway
		way, want string
	}{{g, "in", "http://" + g.addr["in"] + "/echo"}, {g, "out", "http://" + g.addr["out"] + "/echo"}, {named, "in", "https://gate.example.org/way/echo"}} {
		header, doc := get(c.g, c.way, "/echo?wsdl")
		require.Contains(t, doc, ` location="`+c.want+`"`)
		require.Empty(t, header.Get("ETag"))
		endpoints, err := policy.Read([]byte(doc))
		require.NoError(t, err)
		require.Equal(t, c.want, endpoints[0].Address)
		opts, err := endpoints[0].Options()
		if c.way == "out" { // there, it says what the service says
			require.ErrorIs(t, err, policy.ErrNone)
			continue
		}
		require.NoError(t, err)
		if c.g == g {
			require.Equal(t, rm.RM10, opts.Version)
		}
	}
	for _, path := range []string{"/large.xsd", "/echo?xsd=1", "/document"} { // too large, no XML, no description
		header, doc := get(g, "in", path)
		require.Contains(t, doc, ` location="http://`+host+`/base/`)
		require.NotEmpty(t, header.Get("ETag"))
	}
	require.NoError(t, g.stop())
	require.NoError(t, named.stop())
}

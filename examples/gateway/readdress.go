package main

import (
	"bytes"
	"context"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// largestDescription is what is read of a WSDL or schema to change its addresses; larger ones stay as they are.
const largestDescription = 16 << 20

// asksForDescription reports whether a request is for a WSDL or a schema, as toolkits name them: ?wsdl, ?singleWsdl, ?xsd=1, service.wsdl.
func asksForDescription(r *http.Request) bool {
	query, name := strings.ToLower(r.URL.RawQuery), strings.ToLower(path.Ext(r.URL.Path))
	return r.Method == http.MethodGet && (strings.HasPrefix(query, "wsdl") || strings.HasPrefix(query, "singlewsdl") || strings.HasPrefix(query, "xsd") ||
		name == ".wsdl" || name == ".xsd")
}

// readdressing is what is to be done to the answer to a request for a description. A client that goes by a WSDL shall come to
// the gateway, as it did for the WSDL, and not to the service.
type readdressing struct{ service, own *url.URL }

type readdressingKey struct{}

// readdress prepares a request that goes to a service for readdressed. own is the gateway's URL, nil for the one that the client asked.
func readdress(r *httputil.ProxyRequest, service, own *url.URL) {
	if !asksForDescription(r.In) {
		return
	}
	if own == nil {
		own = &url.URL{Scheme: "http", Host: r.In.Host}
		if r.In.TLS != nil {
			own.Scheme = "https"
		}
	}
	for _, name := range []string{"Accept-Encoding", "If-None-Match", "If-Modified-Since", "If-Range", "Range"} {
		r.Out.Header.Del(name) // the whole document is wanted, as text
	}
	r.Out = r.Out.WithContext(context.WithValue(r.Out.Context(), readdressingKey{}, readdressing{service, own}))
}

// readdressed puts the gateway's URL in place of the service's in a description.
func readdressed(resp *http.Response) error {
	want, ok := resp.Request.Context().Value(readdressingKey{}).(readdressing)
	if !ok {
		return nil
	}
	if resp.StatusCode != http.StatusOK || !strings.HasSuffix(mediaType(resp.Header), "xml") || resp.Header.Get("Content-Encoding") != "" {
		return nil
	}
	doc, err := io.ReadAll(io.LimitReader(resp.Body, largestDescription+1))
	if err != nil {
		return err
	}
	if len(doc) > largestDescription {
		resp.Body = readCloser{io.MultiReader(bytes.NewReader(doc), resp.Body), resp.Body}
		return nil
	}
	resp.Body.Close()
	changed := want.in(doc)
	if !bytes.Equal(changed, doc) {
		for _, name := range []string{"Etag", "Last-Modified", "Content-Md5", "Content-Digest", "Repr-Digest", "Digest", "Accept-Ranges"} {
			resp.Header.Del(name)
		}
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(changed)), int64(len(changed))
	resp.Header.Set("Content-Length", strconv.Itoa(len(changed)))
	return nil
}

type readCloser struct {
	io.Reader
	io.Closer
}

// addresses finds what names a place in a WSDL or a schema: ports, imports, and the endpoint references of WCF. The address is the
// first group.
var addresses = regexp.MustCompile(`(?:\b(?:location|schemaLocation)\s*=\s*["']|<(?:[\w.-]+:)?Address(?:\s[^>]*)?>)\s*([^"'<\s]+)\s*["'<]`)

// in returns doc with other addresses. Nothing else is changed, since a namespace may look like the service's URL, too. In UTF-16
// no address is found.
func (w readdressing) in(doc []byte) []byte {
	own := html.EscapeString(strings.TrimSuffix(w.own.String(), "/"))
	var out []byte
	done := 0
	for _, at := range addresses.FindAllSubmatchIndex(doc, -1) {
		if rest, ok := below(string(doc[at[2]:at[3]]), w.service); ok {
			out = append(append(append(out, doc[done:at[2]]...), own...), rest...)
			done = at[3]
		}
	}
	return append(out, doc[done:]...)
}

// below returns what an address, as it stands in a document, has behind the service's URL; it begins with a slash.
func below(address string, service *url.URL) (rest string, ok bool) {
	u, err := url.Parse(html.UnescapeString(address))
	if err != nil || u.Scheme != service.Scheme || port(u) != port(service) || u.Hostname() != service.Hostname() && !(loopback(u) && loopback(service)) {
		return "", false
	}
	_, rest, _ = strings.Cut(address, "://")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[i:]
	} else {
		rest = ""
	}
	rest, ok = strings.CutPrefix(rest, strings.TrimSuffix(service.EscapedPath(), "/"))
	if !ok || rest != "" && !strings.ContainsAny(rest[:1], "/?#") {
		return "", false
	}
	if !strings.HasPrefix(rest, "/") { // the service itself is what the gateway's "/" leads to
		rest = "/" + rest
	}
	if query, ok := strings.CutPrefix(u.RawQuery, service.RawQuery); ok && service.RawQuery != "" && strings.HasPrefix(rest, "/?") { // with its query
		rest = "/"
		if query = strings.TrimPrefix(query, "&"); query != "" {
			rest += "?" + html.EscapeString(query)
		}
	}
	return rest, true
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// loopback reports whether u is on this machine: a service that is asked for 127.0.0.1 may call itself localhost.
func loopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

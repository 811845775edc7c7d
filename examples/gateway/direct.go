package main

import (
	"net/http/httputil"
	"net/url"
)

// direct sends a request to a service: "/" is the service's URL itself, and everything else lies below it. User and password in that URL
// are for requests that bring none.
func direct(r *httputil.ProxyRequest, service *url.URL) {
	r.SetURL(service)
	if (r.In.URL.Path == "" || r.In.URL.Path == "/") && service.Path != "" {
		r.Out.URL.Path, r.Out.URL.RawPath = service.Path, service.RawPath
	}
	if user := service.User; user != nil && len(r.Out.Header["Authorization"]) == 0 {
		password, _ := user.Password()
		r.Out.SetBasicAuth(user.Username(), password)
	}
}

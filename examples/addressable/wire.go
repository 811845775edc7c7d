package main

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"sync"
)

// wire prints what goes over HTTP. It is where the rest of the program writes to as well, since requests come at any time.
type wire struct {
	mu  sync.Mutex
	out io.Writer
}

func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(p)
}

func (w *wire) print(from, to, contentType string) {
	fmt.Fprintf(w, "%-20s%s\n", from+" -> "+to, actionIn(contentType))
}

// shows prints the requests to h, and the responses that have anything in them.
func (w *wire) shows(from, to string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.print(from, to, r.Header.Get("Content-Type"))
		h.ServeHTTP(rw, r)
		if ct := rw.Header().Get("Content-Type"); ct != "" {
			w.print(to, from, ct)
		}
	})
}

// actionIn returns the last part of the action that a SOAP 1.2 content type names.
func actionIn(contentType string) string {
	_, params, _ := mime.ParseMediaType(contentType)
	if params["action"] == "" {
		return "a response"
	}
	return path.Base(params["action"])
}

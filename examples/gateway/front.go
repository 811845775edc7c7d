package main

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// front is a listener's HTTP server, which knows how many requests it is serving.
type front struct {
	http.Server
	serving atomic.Int64
}

func newFront(h http.Handler) *front {
	f := &front{Server: http.Server{
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}}
	f.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.serving.Add(1)
		defer f.serving.Add(-1)
		h.ServeHTTP(w, r)
	})
	return f
}

// stop lets requests end until ctx does. It is an error if some did not, and none if all that is left are connections
// on which nothing was ever asked: http.Server.Shutdown waits five seconds for those.
func (f *front) stop(ctx context.Context) error {
	err := f.Shutdown(ctx)
	if err == nil {
		return nil
	}
	cut := f.serving.Load() > 0
	f.Close()
	if cut {
		return err
	}
	return nil
}

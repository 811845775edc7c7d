package main

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// front is a listener's HTTP server, which knows how many requests it is serving.
type front struct {
	http.Server
	listener net.Listener
	serving  atomic.Int64
}

func newFront(h http.Handler, l net.Listener) *front {
	f := &front{listener: l, Server: http.Server{
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

// stop lets requests end until ctx does, and for a moment even if it is done. It is an error if some did not, and none if all
// that is left are connections on which nothing was ever asked: http.Server.Shutdown waits five seconds for those.
func (f *front) stop(ctx context.Context) error {
	short, cancel := context.WithTimeout(context.WithoutCancel(ctx), moment)
	defer cancel()
	err := f.Shutdown(short)
	if err != nil && f.serving.Load() > 0 {
		err = f.Shutdown(ctx)
	}
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

// moment is what each part of the gateway has to end in, even if those before it have used up all time: arbitrary.
const moment = time.Second

// atLeast returns ctx, or one that lasts a moment if ctx does not.
func atLeast(ctx context.Context) (context.Context, context.CancelFunc) {
	if end, ok := ctx.Deadline(); ok && time.Until(end) < moment {
		return context.WithTimeout(context.WithoutCancel(ctx), moment)
	}
	return context.WithCancel(ctx)
}

package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// Pauses between attempts to reach a service that is away: doubled from the first to the longest. Arbitrary.
const (
	firstPause   = 100 * time.Millisecond
	longestPause = 2 * time.Second
)

// upstream is the way to the plain service. There, nobody recognises a repeat: a message is sent once. Only where no connection could be
// made, so that nothing was sent, a message of a session is tried again, until its context ends; so a service may be restarted.
type upstream struct {
	next http.RoundTripper
	says sometimes
}

// unsentError is an attempt that ended before there was a connection for it.
type unsentError struct{ error }

func (e *unsentError) Unwrap() error { return e.error }

func (u *upstream) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	var away error
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		resp, err := u.once(r)
		_, unsent := errors.AsType[*unsentError](err)
		switch {
		case unsent && errors.Is(err, context.DeadlineExceeded) && away != nil:
			return nil, away // says more
		case !unsent || !unreachable(err) || r.GetBody == nil: // what merely passes through is its client's to repeat
			return resp, err
		}
		away = err
		if u.says.now() {
			slog.Warn("gateway: the service is away, and tried again", "err", oneLine(err))
		}
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return nil, &unsentError{ctx.Err()}
			}
			return nil, away
		case <-time.After(pause):
		}
		r = r.WithContext(ctx)
		if r.Body, err = r.GetBody(); err != nil {
			return nil, &unsentError{err}
		}
	}
}

// once makes one attempt.
func (u *upstream) once(r *http.Request) (*http.Response, error) {
	var connected atomic.Bool
	resp, err := u.next.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GetConn: func(string) { connected.Store(false) }, // again, if the connection before turned out to be closed, and took nothing
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})))
	if err != nil && !connected.Load() {
		return nil, &unsentError{err}
	}
	return resp, err
}

// unreachable reports whether err is one of dialing, which may get better: connection refused, no route, no such host. A
// certificate that is not trusted does not.
func unreachable(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && (op.Op == "dial" || op.Op == "proxyconnect")
}

// sometimes keeps a log from being flooded by what many requests run into at once.
type sometimes struct{ last atomic.Int64 }

// now reports whether it is time for another line: ten seconds after the last one. Arbitrary.
func (s *sometimes) now() bool {
	now, last := time.Now().UnixNano(), s.last.Load()
	return (last == 0 || now-last >= int64(10*time.Second)) && s.last.CompareAndSwap(last, now)
}

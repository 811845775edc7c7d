package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// detachedTime is for how long a message is sent on whose client does not wait for the answer any more. Arbitrary.
const detachedTime = 5 * time.Minute

// detached serves messages that have arrived whole, whether their clients wait or not: some toolkits hang up as soon as they have sent a
// one-way message, PHP's SoapClient among them, and mean it to be delivered. A message of more than limit bytes is refused.
func detached(next http.Handler, limit int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || !isSOAP(r) {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			err = fmt.Errorf("it has more than %d bytes (-max-bytes)", limit)
		}
		if err != nil {
			tell(w, r, err)
			return
		}
		ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
		defer cancel()
		alone := context.AfterFunc(r.Context(), func() {
			late := time.AfterFunc(detachedTime, cancel)
			context.AfterFunc(ctx, func() { late.Stop() })
		})
		defer alone()
		r = r.WithContext(ctx)
		r.Body, r.ContentLength, r.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
		next.ServeHTTP(w, r)
	})
}

package rmhttp

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/gowsrm/wsrm/internal/payload"
)

// recorder is the http.ResponseWriter that Next writes its answer to. It keeps no more than limit bytes.
type recorder struct {
	limit  int64
	header http.Header

	mu    sync.Mutex
	code  int         // 0: none yet
	sent  http.Header // as it was when the code was written
	body  bytes.Buffer
	over  bool  // Next has returned
	wrong error // the first error
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(code int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writeHeader(code)
}

func (r *recorder) writeHeader(code int) {
	if r.code != 0 || r.over || code >= 100 && code < 200 { // informational ones precede the answer
		return
	}
	r.code, r.sent = code, r.header.Clone()
}

var (
	errWritten = errors.New("rmhttp: Write after the handler has returned")
	errFull    = errors.New("rmhttp: the response is larger than the limit for envelopes")
)

func (r *recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return 0, errWritten
	}
	r.writeHeader(http.StatusOK)
	if int64(r.body.Len()+len(p)) > r.limit {
		r.wrong = errFull
		return 0, errFull
	}
	return r.body.Write(p)
}

// Flush does nothing: the answer goes out as a whole.
func (r *recorder) Flush() {}

// end returns what was written. Nothing can be written from now on.
func (r *recorder) end() (*http.Response, []byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writeHeader(http.StatusOK)
	r.over = true
	b, err := r.body.Bytes(), r.wrong
	if encoding := r.sent.Get("Content-Encoding"); err == nil && encoding != "" && len(b) > 0 {
		if b, err = payload.Unpack(b, encoding, r.limit); err != nil {
			err = fmt.Errorf("unpacking it: %w", err)
		}
	}
	if err == nil && len(b) > 0 && r.sent.Get("Content-Type") == "" && strings.HasPrefix(http.DetectContentType(b), "text/xml") {
		r.sent.Set("Content-Type", "text/xml; charset=utf-8") // as net/http does
	}
	return &http.Response{StatusCode: r.code, Header: r.sent}, b, err
}

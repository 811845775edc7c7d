package rmhttp

import (
	"maps"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/gowsrm/wsrm/rm/policy"
)

// asksForWSDL reports whether r is a GET as services give out their description for: the query begins with wsdl, or, at those of WCF
// for all of it in one document, singleWsdl; or it is a file.
func asksForWSDL(r *http.Request) bool {
	query := strings.ToLower(r.URL.RawQuery)
	return r.Method == http.MethodGet && (strings.HasPrefix(query, "wsdl") || strings.HasPrefix(query, "singlewsdl") ||
		strings.EqualFold(path.Ext(r.URL.Path), ".wsdl"))
}

// largestWSDL is what package policy reads.
const largestWSDL = 16 << 20

// describe serves Next's WSDL with what it lacks: that reliable sessions are spoken here. What is no WSDL stays as it is.
func (h *Handler) describe(w http.ResponseWriter, r *http.Request) {
	in := r.Clone(r.Context())
	for _, name := range []string{"Accept-Encoding", "If-None-Match", "If-Modified-Since", "If-Range", "Range"} {
		in.Header.Del(name) // the whole document is wanted, as text
	}
	rec := &recorder{limit: largestWSDL, header: http.Header{}}
	h.next.ServeHTTP(rec, in)
	resp, b, err := rec.end()
	if err != nil { // too large, or packed in a way that nobody asked for
		h.next.ServeHTTP(w, r)
		return
	}
	if resp.StatusCode == http.StatusOK {
		switch more, err := policy.AddTo(b, h.srv.Options); {
		case err != nil:
			h.logger().Info("rmhttp: no WS-RM Policy in the service's WSDL", "err", err)
		case len(more) > len(b):
			b = more
			for _, name := range []string{"Etag", "Content-Md5", "Content-Digest", "Repr-Digest", "Digest", "Accept-Ranges"} {
				resp.Header.Del(name)
			}
		}
	}
	resp.Header.Del("Content-Encoding")
	resp.Header.Set("Content-Length", strconv.Itoa(len(b)))
	maps.Copy(w.Header(), resp.Header)
	w.WriteHeader(resp.StatusCode)
	w.Write(b)
}

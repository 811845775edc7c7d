package main

import (
	"encoding/json"
	"net/http"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/rm/rmhttp"
)

// report is what /stats says.
type report struct {
	In  *rm.ServerStats `json:"in,omitempty"`
	Out *rmhttp.Stats   `json:"out,omitempty"`
}

// administration answers those who watch the gateway.
func (g *gateway) administration() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-g.stopped:
			http.Error(w, "shutting down", http.StatusServiceUnavailable)
		default:
			w.Write([]byte("ok\n"))
		}
	})
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, r *http.Request) {
		var now report
		if g.in != nil {
			st := g.in.reliable.Stats()
			now.In = &st
		}
		if g.out != nil {
			st := g.out.reliable.Stats()
			now.Out = &st
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(now)
	})
	return mux
}

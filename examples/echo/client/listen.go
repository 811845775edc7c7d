package main

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/transport/soaphttp"
)

// beAddressable listens where the server can send its answers, and has the session name that address. The rm.Server serves
// nothing by itself here: it brings the answers to the session that waits for them.
func (c *config) beAddressable() (stop func(), err error) {
	l, err := net.Listen("tcp", c.listen)
	if err != nil {
		return nil, err
	}
	replies := &rm.Server{Address: "http://" + l.Addr().String() + "/replies", Options: &c.opts}
	front := &http.Server{Handler: &soaphttp.Handler{Server: replies}, ReadHeaderTimeout: 10 * time.Second}
	go front.Serve(l)
	c.opts.ReplyTo = replies
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		replies.Close()
		front.Shutdown(ctx)
	}, nil
}

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport/soaphttp"
)

// client has an address. Its Handler must be served there before a session is opened, and until it is closed.
type client struct {
	http.Handler
	service string
	answers *rm.Server
}

func newClient(service, address string) *client {
	// A Server without a Handler serves nobody: it gives what arrives to the session that waits for it. One will do for all
	// sessions of a program, and it may serve other requests besides.
	answers := &rm.Server{Address: address}
	return &client{&soaphttp.Handler{Server: answers}, service, answers}
}

// reports asks for some reports, one after the other. Nothing in a call shows which way its answer came.
func (c *client) reports(ctx context.Context, count int, out io.Writer) error {
	s, err := rm.Open(ctx, &soaphttp.Client{URL: c.service}, &rm.Options{ReplyTo: c.answers}) // the line
	if err != nil {
		return err
	}
	defer s.Abort(nil) // when the reports fail; after Close it does nothing
	for n := range count {
		month := time.January + time.Month(n%12)
		reply, err := s.Call(ctx, soap.New(ns+"/report", report{Month: month.String()}))
		if err != nil {
			return err
		}
		var answer reportResponse
		if err := reply.Decode(&answer); err != nil {
			return err
		}
		fmt.Fprintf(out, "the report: %s\n", answer.Text)
	}
	return s.Close(ctx)
}

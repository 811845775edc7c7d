package main

import (
	"context"
	"encoding/xml"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
	"github.com/gowsrm/wsrm/transport/soaphttp"
)

const ns = "http://example.org/reports"

type report struct {
	XMLName xml.Name `xml:"http://example.org/reports report"`
	Month   string   `xml:"month"`
}

type reportResponse struct {
	XMLName xml.Name `xml:"http://example.org/reports reportResponse"`
	Text    string   `xml:"text"`
}

// service sends its answers to where its clients want them.
type service struct {
	http.Handler
	server *rm.Server
}

func newService(takes time.Duration, known []string) *service {
	server := &rm.Server{
		Handler:  rm.Mux{ns + "/report": slowly(takes)},
		DialBack: onlyTo(known), // the line: without it, addresses are refused
	}
	return &service{&soaphttp.Handler{Server: server}, server}
}

// onlyTo makes the way to the known hosts. A client decides what it writes into ReplyTo: a server that sends wherever it is told to
// can be made to send to what only it can reach, the administration page of its own host or the metadata service of its
// cloud (server-side request forgery). So the list is of hosts with their ports. A client that is not on it gets nothing, and waits
// in vain for its session to open.
func onlyTo(known []string) func(context.Context, *soap.EndpointReference) (transport.Exchanger, error) {
	return func(_ context.Context, to *soap.EndpointReference) (transport.Exchanger, error) {
		u, err := url.Parse(to.Address)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(known, u.Host) {
			err := fmt.Errorf("answers are not sent to %q: %w", u.Host, transport.ErrPermanent)
			log.Print(err)
			return nil, err
		}
		return &soaphttp.Client{URL: to.Address}, nil // it follows no redirects, which could lead elsewhere
	}
}

// slowly is a handler that takes its time. Neither side has a connection open for it meanwhile.
func slowly(takes time.Duration) rm.HandlerFunc {
	return func(ctx context.Context, m *rm.Message) (*soap.Envelope, error) {
		var in report
		if err := m.Decode(&in); err != nil {
			return nil, err
		}
		select {
		case <-time.After(takes):
		case <-ctx.Done(): // the session has ended: nobody waits
			return nil, ctx.Err()
		}
		return soap.New(ns+"/reportResponse", reportResponse{Text: "all was well in " + in.Month}), nil
	}
}

func (s *service) shutdown() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := s.server.Shutdown(ctx); err != nil {
		log.Print(err)
	}
}

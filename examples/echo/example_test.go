package echo_test

import (
	"context"
	"encoding/xml"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/rm/rmhttp"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport/soaphttp"
)

// The code of the README. A test compares the two.

const ns = "http://example.org/rm/echo"

type EchoString struct {
	XMLName xml.Name `xml:"http://example.org/rm/echo echoString"`
	Text    string   `xml:"text"`
}

type EchoStringResponse struct {
	XMLName xml.Name `xml:"http://example.org/rm/echo echoStringResponse"`
	Text    string   `xml:"text"`
}

func client(ctx context.Context, url string) error {
	s, err := rm.Open(ctx, &soaphttp.Client{URL: url}, nil)
	if err != nil {
		return err
	}
	defer s.Close(ctx)

	reply, err := s.Call(ctx, soap.New(ns+"/echoString", EchoString{Text: "hello"}))
	if err != nil {
		return err
	}
	var out EchoStringResponse
	if err := reply.Decode(&out); err != nil {
		return err
	}
	fmt.Println(out.Text)
	return nil
}

func service() http.Handler {
	server := &rm.Server{Handler: rm.Mux{ns + "/echoString": echoString}}
	return &soaphttp.Handler{Server: server}
}

func echoString(ctx context.Context, m *rm.Message) (*soap.Envelope, error) {
	var in EchoString
	if err := m.Decode(&in); err != nil {
		return nil, err // the client reads a Sender fault
	}
	return soap.New(ns+"/echoStringResponse", EchoStringResponse{Text: in.Text}), nil
}

// A reliable service and its client, over HTTP.
func Example() {
	web := httptest.NewServer(service()) // or http.ListenAndServe(":8080", service())
	defer web.Close()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := client(ctx, web.URL); err != nil {
		log.Fatal(err)
	}
	// Output: hello
}

// What makes a client and a service reliable that exist already.
func faces(service http.Handler) *http.Client {
	go func() {
		http.ListenAndServe(":8080", &rmhttp.Handler{Next: service})
	}()
	client := &http.Client{Transport: &rmhttp.Transport{}}
	return client
}

var _ = faces // it is here to be compiled

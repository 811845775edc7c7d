package soaphttp_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
	"github.com/gowsrm/wsrm/transport/soaphttp"
)

// greeter stands for an *rm.Server.
type greeter struct{}

func (greeter) ServeExchange(_ context.Context, peer transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
	var name string
	if err := env.Decode(&name); err != nil {
		return soap.New("", &soap.Fault{Code: "Sender", Reason: err.Error()}), nil
	}
	return soap.New(env.Action+"Response", []byte("<Greeting>hello "+name+"</Greeting>")), nil
}

func Example() {
	srv := httptest.NewServer(&soaphttp.Handler{Server: greeter{}})
	defer srv.Close()

	client := &soaphttp.Client{URL: srv.URL}
	defer client.CloseIdleConnections()
	reply, err := client.Exchange(context.Background(), soap.New("urn:example:Greet", []byte("<Name>Ann</Name>")))
	if err != nil {
		log.Fatal(err)
	}
	var greeting string
	if err := reply.Decode(&greeting); err != nil {
		log.Fatal(err)
	}
	fmt.Println(greeting)
	// Output: hello Ann
}

// What a server that faces the open network sets, and a principal of its own.
func ExampleHandler() {
	handler := &soaphttp.Handler{
		Server: greeter{},
		Principal: func(r *http.Request) (string, error) {
			user, password, _ := r.BasicAuth()
			if user != "ann" || password != "secret" { // look it up in a real program
				return "", errors.New("unknown account")
			}
			return user, nil
		},
	}
	srv := &http.Server{
		Addr:              ":8443",
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second, // to send the head of a request
		ReadTimeout:       time.Minute,      // to send all of it
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	_ = srv // srv.ListenAndServeTLS("cert.pem", "key.pem")

	rec := httptest.NewRecorder()
	handler.ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
	fmt.Println(rec.Code, rec.Header().Get("Allow"))
	// Output: 405 POST
}

// An error tells whether another attempt can help.
func ExampleStatusError() {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "come back with an account", http.StatusForbidden)
	}))
	defer srv.Close()

	client := &soaphttp.Client{URL: srv.URL}
	defer client.CloseIdleConnections()
	_, err := client.Exchange(context.Background(), soap.New("urn:example:Greet", nil))
	if status, ok := errors.AsType[*soaphttp.StatusError](err); ok {
		fmt.Println(status.Status+":", status.Text)
	}
	fmt.Println(errors.Is(err, transport.ErrPermanent))
	// Output:
	// 403 Forbidden: come back with an account
	// true
}

package transport_test

import (
	"context"
	"fmt"
	"log"

	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
)

type greeter struct{}

func (greeter) ServeExchange(_ context.Context, peer transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
	var name string
	if err := env.Decode(&name); err != nil {
		return nil, err
	}
	return soap.New(env.Action+"Response", []byte("<Greeting>hello "+name+", you are "+peer.Principal+"</Greeting>")), nil
}

// A Handler, such as *rm.Server, is called without a network.
func ExamplePipe() {
	pipe := &transport.Pipe{Handler: greeter{}, Peer: transport.Peer{Principal: "account 7"}}

	reply, err := pipe.Exchange(context.Background(), soap.New("urn:example:Greet", []byte("<Name>Ann</Name>")))
	if err != nil {
		log.Fatal(err)
	}
	var greeting string
	if err := reply.Decode(&greeting); err != nil {
		log.Fatal(err)
	}
	fmt.Println(reply.Action)
	fmt.Println(greeting)
	// Output:
	// urn:example:GreetResponse
	// hello Ann, you are account 7
}

// Half of all requests do not arrive.
func ExampleFaults() {
	faults := transport.Faults{Seed: 2, LoseRequest: 0.5}
	carrier := faults.Exchanger(&transport.Pipe{Handler: greeter{}})

	for range 4 {
		_, err := carrier.Exchange(context.Background(), soap.New("urn:example:Greet", []byte("<Name>Ann</Name>")))
		fmt.Println(err)
	}
	// Output:
	// <nil>
	// transport: request lost by Faults
	// transport: request lost by Faults
	// transport: request lost by Faults
}

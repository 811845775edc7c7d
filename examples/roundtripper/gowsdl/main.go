// Command gowsdl makes a client that a toolkit has made from a WSDL reliable by one line.
//
//	gowsdl -url http://127.0.0.1:8080/ -count 10
//
// The toolkit is github.com/hooklift/gowsdl; its clients take an http.Client. Any server of the echo application will do, such as
// examples/echo/server of this project.
package main

import (
	"context"
	"encoding/xml"
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/hooklift/gowsdl/soap"

	"github.com/gowsrm/wsrm/rm/rmhttp"
)

const ns = "http://example.org/rm/echo"

// What gowsdl writes for a WSDL, in short.
type (
	EchoString struct {
		XMLName xml.Name `xml:"http://example.org/rm/echo echoString"`
		Text    string   `xml:"text"`
	}
	EchoStringResponse struct {
		XMLName xml.Name `xml:"http://example.org/rm/echo echoStringResponse"`
		Text    string   `xml:"text"`
	}
)

func main() {
	url := flag.String("url", "http://127.0.0.1:8080/", "the service's `URL`")
	count := flag.Int("count", 10, "make `N` calls")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "%q is not expected\n", flag.Arg(0))
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*url, *count, nil); err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	fmt.Printf("ok: %d calls\n", *count)
}

// run makes calls; base is the network, nil for the usual one.
func run(url string, count int, base http.RoundTripper) error {
	reliable := &rmhttp.Transport{Base: base}
	client := soap.NewClient(url, soap.WithHTTPClient(&http.Client{Transport: reliable})) // the line

	for i := range count {
		in, out := EchoString{Text: fmt.Sprint("call ", i)}, EchoStringResponse{}
		if err := client.Call(ns+"/echoString", in, &out); err != nil {
			return err
		}
		if out.Text != in.Text {
			return fmt.Errorf("%q was answered by %q", in.Text, out.Text)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return reliable.Close(ctx)
}

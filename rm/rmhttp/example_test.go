package rmhttp_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/gowsrm/wsrm/rm/rmhttp"
)

// A plain SOAP client and a plain SOAP service, with one line each that makes them reliable.
func Example() {
	service := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		io.WriteString(w, `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><paid xmlns="urn:bank"/></s:Body></s:Envelope>`)
	})
	reliable := &rmhttp.Handler{Next: service} // one
	front := httptest.NewServer(reliable)
	defer front.Close()

	transport := &rmhttp.Transport{} // two
	client := &http.Client{Transport: transport}

	r, err := http.NewRequest(http.MethodPost, front.URL, strings.NewReader(
		`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><pay xmlns="urn:bank">100</pay></s:Body></s:Envelope>`))
	if err != nil {
		log.Fatal(err)
	}
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	r.Header.Set("SOAPAction", `"urn:bank/pay"`)
	resp, err := client.Do(r)
	if err != nil {
		log.Fatal(err) // look for an *rm.InDoubtError before sending it again
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	fmt.Println(resp.Status, strings.Contains(string(b), "urn:bank"), err)
	fmt.Println(reliable.Stats().Delivered, "delivered in a session")

	// At the end of a program, each side ends its sessions in good order.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	fmt.Println(transport.Close(ctx), reliable.Shutdown(ctx))
	// Output:
	// 200 OK true <nil>
	// 1 delivered in a session
	// <nil> <nil>
}

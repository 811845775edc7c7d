package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
)

// service is a SOAP service as there are many: it reads an envelope, looks at the first element of its body, and answers. It
// counts its calls, so that one that came twice would show.
type service struct{ calls atomic.Int64 }

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		fmt.Fprintf(w, wsdl, escaped("http://"+r.Host+r.URL.EscapedPath()))
		return
	}
	var in struct {
		XMLName xml.Name
		Body    struct {
			Call struct {
				XMLName xml.Name
				Text    string `xml:"text"`
			} `xml:",any"`
		}
	}
	if err := xml.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	if in.XMLName.Space == "http://www.w3.org/2003/05/soap-envelope" {
		w.Header().Set("Content-Type", "application/soap+xml; charset=utf-8")
	}
	if in.Body.Call.XMLName.Local == "fail" {
		w.WriteHeader(http.StatusInternalServerError)
		fault := `<faultcode>s:Client</faultcode><faultstring>%s</faultstring>`
		if in.XMLName.Space == "http://www.w3.org/2003/05/soap-envelope" {
			fault = `<s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang="en">%s</s:Text></s:Reason>`
		}
		fmt.Fprintf(w, `<s:Envelope xmlns:s=%q><s:Body><s:Fault>`+fault+`</s:Fault></s:Body></s:Envelope>`, in.XMLName.Space, escaped(in.Body.Call.Text))
		return
	}
	answer := fmt.Sprintf("<text>%s</text>", escaped(in.Body.Call.Text))
	switch in.Body.Call.XMLName.Local {
	case "Ping":
		s.calls.Add(1)
		w.WriteHeader(http.StatusAccepted)
		return
	case "next":
		answer = fmt.Sprintf("<number>%d</number>", s.calls.Add(1))
	}
	fmt.Fprintf(w, `<s:Envelope xmlns:s=%q><s:Body><%sResponse xmlns="http://example.org/rm/echo">%s</%[2]sResponse></s:Body></s:Envelope>`,
		in.XMLName.Space, in.Body.Call.XMLName.Local, answer)
}

func escaped(s string) string {
	var b []byte
	w := appender{&b}
	xml.EscapeText(w, []byte(s))
	return string(b)
}

type appender struct{ b *[]byte }

func (a appender) Write(p []byte) (int, error) { *a.b = append(*a.b, p...); return len(p), nil }

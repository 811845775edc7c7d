package soap_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strings"

	"github.com/beevik/etree"

	"github.com/gowsrm/wsrm/soap"
)

const ns = "http://example.org/rm/echo"

type EchoString struct {
	XMLName xml.Name `xml:"http://example.org/rm/echo echoString"`
	Text    string   `xml:"http://example.org/rm/echo text"`
}

// An envelope is made of an action and a body, and read back.
func Example() {
	env := soap.New(ns+"/echoString", EchoString{Text: "hello"})
	env.To = "http://localhost:8080/"
	b, err := env.AppendXML(nil)
	if err != nil {
		panic(err)
	}

	env, err = soap.Parse(b, nil)
	if err != nil {
		panic(err)
	}
	var in EchoString
	if err := env.Decode(&in); err != nil {
		panic(err)
	}
	fmt.Println(env.Version, env.Addressing)
	fmt.Println(env.Action, env.To)
	fmt.Println(in.Text)
	// Output:
	// SOAP 1.2 WS-Addressing 1.0
	// http://example.org/rm/echo/echoString http://localhost:8080/
	// hello
}

// The body may be text, an element tree, or what encoding/xml marshals, and is read as any of them.
func ExampleEnvelope_Decode() {
	env := soap.New(ns+"/echoString", []byte(`<e:echoString xmlns:e="http://example.org/rm/echo"><e:text>hello</e:text></e:echoString>`))

	var tree *etree.Element
	if err := env.Decode(&tree); err != nil {
		panic(err)
	}
	fmt.Println(tree.NamespaceURI(), tree.Tag, tree.SelectElement("text").Text())

	var in EchoString
	fmt.Println(env.Decode(&in), in.Text)

	var other struct {
		XMLName xml.Name `xml:"http://example.org/rm/echo Ping"` // refuses other elements
	}
	fmt.Println(env.Decode(&other) != nil)
	// Output:
	// http://example.org/rm/echo echoString hello
	// <nil> hello
	// true
}

// Header blocks of the application travel with the envelope.
func ExampleEnvelope_AddHeader() {
	type Priority struct {
		XMLName        xml.Name `xml:"urn:example:priority Priority"`
		MustUnderstand bool     `xml:"http://www.w3.org/2003/05/soap-envelope mustUnderstand,attr"`
		Value          int      `xml:",chardata"`
	}
	env := soap.New(ns+"/Ping", nil).AddHeader(Priority{MustUnderstand: true, Value: 3})
	env.Version = soap.V11
	b, err := env.AppendXML(nil)
	if err != nil {
		panic(err)
	}

	env, err = soap.Parse(b, nil)
	if err != nil {
		panic(err)
	}
	for h := range env.Headers() {
		fmt.Println(h.Name.Local, h.MustUnderstand)
	}
	var p Priority
	found, err := env.Header("urn:example:priority", "Priority", &p)
	fmt.Println(found, err, p.Value)
	// Output:
	// Action true
	// Priority true
	// true <nil> 3
}

// A fault is an error, and the body of an envelope.
func ExampleFault() {
	type Limit struct {
		XMLName xml.Name `xml:"urn:example:limit Limit"`
		Max     int      `xml:"urn:example:limit Max"`
	}
	answer := soap.New("", &soap.Fault{
		Code:     "Sender",
		Subcodes: []xml.Name{{Space: "urn:example:limit", Local: "TooMany"}},
		Reason:   "too many orders",
		Detail:   Limit{Max: 10},
	})
	b, err := answer.AppendXML(nil)
	if err != nil {
		panic(err)
	}

	env, err := soap.Parse(b, nil)
	if err != nil {
		panic(err)
	}
	err = env.Err()
	fmt.Println(err)
	if f, ok := errors.AsType[*soap.Fault](err); ok {
		var l Limit
		fmt.Println(f.Decode(&l), l.Max)
	}
	// Output:
	// soap: Sender/TooMany: too many orders
	// <nil> 10
}

// What Parse refuses, it refuses with the fault to answer with.
func ExampleParse_refused() {
	_, err := soap.Parse([]byte("<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body></s:Envelope>"), nil)
	fault, _ := errors.AsType[*soap.Fault](err)
	b, _ := soap.New("", fault).AppendXML(nil)
	fmt.Println(fault.Code, strings.Contains(string(b), "<s:Value>s:Sender</s:Value>"))
	// Output:
	// Sender true
}

// An answer goes where the request says, with what its endpoint wants to see again.
func ExampleEnvelope_SetTo() {
	box := etree.NewElement("Box")
	box.CreateAttr("xmlns", "urn:example:shop")
	box.SetText("7")
	request := soap.New("urn:ask", nil)
	request.MessageID = "urn:uuid:1"
	request.ReplyTo = &soap.EndpointReference{Address: "http://shop.example/callback", Parameters: []*etree.Element{box}}

	answer := soap.New("urn:answer", nil).SetTo(request.ReplyTo)
	answer.RelatesTo = request.MessageID
	for h := range answer.Headers() {
		fmt.Println(answer.To, h.Name.Local)
	}
	// Output:
	// http://shop.example/callback Box
}

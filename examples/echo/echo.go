// Package echo is the application that the example programs speak: a handful of operations whose answers show
// whether messages arrived once and in order. The programs are examples/echo/server and examples/echo/client.
//
//	echoString   request and reply   the same text
//	next         request and reply   1, 2, 3, ... in each session: a message delivered twice leaves a gap
//	fail         request and reply   always a SOAP fault, whose reason is the text
//	Ping         one-way
//
// A body is <OPERATION><text>...</text></OPERATION>, its answer <OPERATIONResponse><text>...</text></OPERATIONResponse>,
// all elements in Namespace. Next has no text, and its answer holds <number>.
package echo

import "encoding/xml"

// Namespace is that of all elements.
const Namespace = "http://example.org/rm/echo"

// The actions of the messages.
const (
	ActionEchoString         = Namespace + "/echoString"
	ActionEchoStringResponse = Namespace + "/echoStringResponse"
	ActionNext               = Namespace + "/next"
	ActionNextResponse       = Namespace + "/nextResponse"
	ActionFail               = Namespace + "/fail"
	ActionPing               = Namespace + "/Ping"
)

// The bodies of the messages, for encoding/xml. An XMLName with a namespace writes it, and makes Decode refuse any
// other body: the peer then reads a Sender fault instead of an empty answer. The children inherit the namespace.

type EchoString struct {
	XMLName xml.Name `xml:"http://example.org/rm/echo echoString"`
	Text    string   `xml:"text"`
}

type EchoStringResponse struct {
	XMLName xml.Name `xml:"http://example.org/rm/echo echoStringResponse"`
	Text    string   `xml:"text"`
}

type Next struct {
	XMLName xml.Name `xml:"http://example.org/rm/echo next"`
}

type NextResponse struct {
	XMLName xml.Name `xml:"http://example.org/rm/echo nextResponse"`
	Number  int64    `xml:"number"`
}

type Fail struct {
	XMLName xml.Name `xml:"http://example.org/rm/echo fail"`
	Text    string   `xml:"text"`
}

type Ping struct {
	XMLName xml.Name `xml:"http://example.org/rm/echo Ping"`
	Text    string   `xml:"text"`
}

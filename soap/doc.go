// Package soap reads and writes SOAP 1.1 and 1.2 envelopes with WS-Addressing 1.0 and 2004/08.
//
// [New] makes an envelope of an action and a body, [Parse] reads one, [Envelope.Decode] gives its body and
// [Envelope.AppendXML] writes it:
//
//	env := soap.New("http://example.org/echo/echoString", EchoString{Text: "hello"})
//	b, err := env.AppendXML(nil)
//	...
//	env, err = soap.Parse(b, nil)
//	err = env.Decode(&out)
//
// What addressing says is in the fields of [Envelope]. Everything else stays bytes: header blocks and body are cut out
// of the document with the namespaces that are in scope, and are decoded when somebody asks, into *[]byte, into
// **etree.Element (github.com/beevik/etree), or into whatever encoding/xml fills. What was not understood passes through
// unchanged: an envelope that was read can be changed in its fields and written again, in either version of SOAP and of
// addressing. Not passed on are attributes of Envelope, Header and Body themselves other than namespace declarations, and
// what SOAP 1.1 allows behind the Body. What the application gives is encoded once, when it is given.
//
// A fault is a [*Fault], an error. [Parse] returns one for what it refuses, made to be sent back; [Envelope.Err] returns
// the one that an envelope carries; New takes one as a body.
//
// # What is refused
//
// Reading is strict: XML 1.0 and namespaces in XML, no document type declaration, no processing instruction, the
// structure of the envelope as its version of SOAP defines it, each addressing property at most once and all in one
// version of addressing. [Limits] bound what a document may cost.
//
// # Memory
//
// Parse keeps the bytes that it is given, and most strings of the envelope alias them: they must not change afterwards,
// and whoever keeps a string for long should keep a strings.Clone of it.
//
// Envelopes have no lock. Any number of goroutines may read and write out (AppendXML) one at the same time, as long as
// nobody changes its fields or adds headers.
package soap

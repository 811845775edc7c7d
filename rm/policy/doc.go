// Package policy reads and writes WS-RM Policy: what a WSDL says of a service's reliable messaging.
//
// A client configures itself from the WSDL that it was given:
//
//	endpoints, err := policy.Read(wsdl)
//	...
//	opts, err := endpoints[0].Options()
//	...
//	s, err := rm.Open(ctx, &soaphttp.Client{URL: endpoints[0].Address}, opts)
//
// A service that has become reliable says so in its WSDL, so that the tools of WCF, CXF and Metro configure
// their clients:
//
//	wsdl, err = policy.AddTo(wsdl, server.Options)
//
// [Append] writes the policy alone.
//
// # What is read
//
// WSDL 1.1, and documents that are nothing but a policy. WS-Policy 1.2 and 1.5, with alternatives, optional assertions and
// references; attached to ports, bindings, port types, operations and messages, as elements or by PolicyURIs. The
// assertions of February 2005 and of 1.1 and 1.2, WCF's parameters of the latter, and those of
// WS-Addressing. Encodings are UTF-8, UTF-16, US-ASCII and ISO-8859-1, as a byte order mark or the document itself says.
//
// Refused with an error that gives line and column are documents that are not well-formed, document type declarations,
// references to policies that are not in the document, and what is too large: 16 MiB, 100,000 elements beside types and
// messages, 256 alternatives of a policy. Documents are not followed to others that they import.
package policy

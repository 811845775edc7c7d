// Package soaphttp carries SOAP envelopes over HTTP: [Client] is a transport.Exchanger, [Handler] an http.Handler in front
// of a transport.Handler. Most programs need no more of it than
//
//	s, err := rm.Open(ctx, &soaphttp.Client{URL: "http://localhost:8080/"}, nil)
//
// on one side and
//
//	http.ListenAndServe(":8080", &soaphttp.Handler{Server: srv})
//
// on the other. SOAP 1.1 travels as text/xml with a SOAPAction header, SOAP 1.2 as application/soap+xml; attachments
// (MTOM, multipart/related) are not spoken. UTF-8 is sent; UTF-8 and UTF-16 are read.
//
// A server that faces the open network should be an http.Server with ReadHeaderTimeout and ReadTimeout, which bound how
// slowly a request may arrive; the Handler bounds its size only.
//
// # What is sent as an answer
//
// 200 with an envelope, 500 with an envelope that is a fault, 202 with nothing, and 503 when the request was not acted
// upon and may be repeated. Since repeating cannot help: 403 where Principal refuses, 405 for other methods than
// POST, 415 for what is not SOAP and 413 for what is too large. No other status is used: there are clients
// that fail their caller on them and yet repeat the request.
//
// # What counts as an answer
//
// An envelope counts whatever the status. No bytes at all with a status of success, 202 and 204 mean that the
// request was taken and there is nothing to say. Everything else is an error: a [StatusError] if a response came, and one
// that wraps transport.ErrPermanent if its status says that another attempt cannot help.
package soaphttp

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
// A server that faces the open network should be an http.Server that bounds how slowly a request may arrive; the Handler bounds
// its size only. These are right for most:
//
//	&http.Server{
//		Handler:           handler,
//		ReadHeaderTimeout: 10 * time.Second,
//		ReadTimeout:       time.Minute,     // of the whole request; more where large envelopes come over slow lines
//		IdleTimeout:       2 * time.Minute, // longer than a proxy in front keeps its connections, so that it closes them
//		MaxHeaderBytes:    64 << 10,
//	}
//
// WriteTimeout, if there is one, must be longer than handlers run; 0 is right for most, since an exchange may wait for its
// handler. A connection that says half a request costs about 50 kB until the time is over; how many there may be is the
// business of a listener that counts (golang.org/x/net/netutil.LimitListener) or of a proxy in front. Such a proxy must not
// pass requests on that have both a Content-Length and a Transfer-Encoding: net/http goes by the latter.
//
// # What lies between
//
// Connections that end, answers that a proxy gives by itself (502, 503, 504, 429) and requests that it repeats by itself are losses and
// repeats like others to a session. Redirects are refused. HTTP/2 is spoken where the http.Client or the http.Server that is
// given brings it. Forward proxies are those of the environment, or of the http.Client; one that wants to know who asks (407) is an
// error that repeating cannot cure, as are certificates that are not trusted and the like: see [Client].
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
// that wraps transport.ErrPermanent if its status, or what kept a first connection from being made, says that another attempt cannot help.
package soaphttp

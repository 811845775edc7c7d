// Package rmhttp makes SOAP clients and services that exist reliable, unchanged but for one line each:
//
//	client := &http.Client{Transport: &rmhttp.Transport{}}          // a client
//	http.ListenAndServe(":8080", &rmhttp.Handler{Next: service})    // a service
//
// A [Transport] sends the requests of a client in sessions of WS-ReliableMessaging, one for each endpoint, which it opens,
// keeps and closes by itself. A [Handler] takes such sessions and hands each message to the service once, as the
// plain SOAP request that it would have been without WS-ReliableMessaging. Either works with any other implementation
// on the other side.
//
// # When a request fails
//
// An error of the Transport says what has become of the request, through the *url.Error of http.Client:
//
//   - errors.As finds an *rm.InDoubtError: it may have been done, or may still be. That is so when http.Client.Timeout or
//     the request's context ended while the request was under way. The message stays in its session and is
//     repeated until the service has it; do not send it again without asking. A wrapper that retries requests, above
//     a Transport, runs the work twice.
//   - Any other error: it was certainly not done.
//
// A fault is no error but a response, as it is without a session.
package rmhttp

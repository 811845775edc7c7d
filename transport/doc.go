// Package transport holds what sessions and the carriers of their envelopes agree on, and two carriers for tests.
//
// A program rarely implements these interfaces: it takes the Client and the Handler of package soaphttp. In tests it
// takes [Pipe], which needs no socket and works inside a testing/synctest bubble, and wraps it, or a carrier
// of its own, in [Faults] to see what its code does when messages are lost and repeated.
//
// A carrier makes one attempt. It does not retry, order or remember; that is the session's work.
package transport

// Package rm keeps the promise of WS-ReliableMessaging: a message that was handed to a session arrives once and in order,
// or its sender is told precisely which numbers are in doubt.
//
// # Errors
//
// One rule holds for every call of a [Session]:
//
//   - A [*soap.Fault] is an answer: the peer has seen the message and says so.
//   - An [*InDoubtError] means that the message may have been acted upon, or may still be. Ask, by other means, before
//     you send it again.
//   - Any other error means that it was certainly not: send it again, on another session if need be.
//
// In other words, once a message has a number every error but a fault is an *InDoubtError, and before that none is. A
// session that has ended answers new calls with the cause of its end, which matches [net.ErrClosed]:
//
//	reply, err := s.Call(ctx, request)
//	if fault, ok := errors.AsType[*soap.Fault](err); ok {
//		// answered
//	} else if doubt, ok := errors.AsType[*rm.InDoubtError](err); ok {
//		// in doubt: doubt.Numbers of the session doubt.Session
//	} else if errors.Is(err, net.ErrClosed) {
//		// not done, and the session is dead: open another one, and go on
//	} else if err != nil {
//		// not done
//	}
//
// # Clients
//
// [Open] opens a session over a carrier, of which package soaphttp has the one for HTTP. [Session.Call] sends a request
// and returns its reply, [Session.Send] sends a one-way message. Both may be called from any number of goroutines; messages
// are numbered in the order of the calls, and delivered in that order unless the server has Options.Unordered.
//
// Every session has to be closed with [Session.Close] or ended with [Session.Abort]. One that is not keeps itself and
// its counterpart alive for good, by a message each few minutes. Mind that a deferred Close with a context that is
// already done is an Abort; and after Send look at its error, since that tells what did not arrive.
//
// A session does not come back. A program that runs for long opens the next one when one has ended; see the example of
// [Session].
//
// # Servers
//
// A [Server] takes sessions from clients and hands their messages to a [Handler], such as a [Mux]. It is mounted on
// carriers, such as soaphttp.Handler. Handlers of one session run one at a time and in order, or, with Options.Concurrency, those of
// calls side by side; with Options.Unordered up to a window of them run at once; those of different sessions always run side by side.
//
// With Options.Concurrency 1, which is the default of ordered sessions, a handler that waits for another message of its
// own session waits for ever.
//
// # What is guaranteed
//
// Exactly once, in order, between the two ends of a session and for as long as both live: over lost, repeated, reordered and
// delayed messages, over proxies that cut connections, over connections that break. Nothing is stored on disk: if a
// process dies, what it had accepted and not yet handled is lost with it, and its peer learns of it when it sends
// the next message (UnknownSequence), or after Options.Inactivity.
//
// An acknowledgement means that the server has accepted a message, not that its handler has succeeded. Options.AckHandled
// moves it behind the handler, and makes of exactly once at least once where a handler fails.
//
// # Where it ends
//
// Both versions of the protocol are spoken, February 2005 and 1.1/1.2, over both versions of SOAP and of WS-Addressing. Clients
// have to be anonymous: a server answers on the connection of a request and opens none of its own. A CreateSequence that asks
// for anything else is refused.
package rm

// Package window is the arithmetic of one reliable sequence: message numbers and sets of them, what a source may send
// and must repeat, what a destination accepts, remembers and hands over.
//
// Start with [Sender] on the side that numbers messages:
//
//	var s window.Sender[string]
//	s.Init(window.Config{})
//	for s.Room() > 0 {
//		n := s.Add(m) // transmit m as number n
//	}
//	err := s.Ack(now, ranges, -1, settled) // when an acknowledgement comes
//
// and with [Receiver] on the side that takes them:
//
//	var r window.Receiver[string]
//	r.Init(window.Config{})
//	fresh, ok := r.Accept(n, m) // then acknowledge r.Accepted()
//	for n, m, ok := r.Next(); ok; n, m, ok = r.Next() {
//		// handle m
//	}
//
// The type parameter is the message, which the package stores and gives back and never looks at.
//
// Over a stream, where nothing tells that a message was lost, the Sender also has the retransmission timer: Flushed,
// Deadline, Due and Stop. Over exchanges, each of which succeeds or fails, the owner knows better; a negative
// [Config.MinRetry] turns the timer off.
//
// Everything here is a value without goroutine, lock, clock or input and output. Whoever owns a value passes the time
// in, calls its methods from one goroutine at a time, and does not copy it once it is in use. A callback runs before
// the method returns and must not change the same value.
//
// What a peer says may be wrong in any way without causing a panic. Memory is bounded by [Config], and by what the owner
// adds to a Sender beyond its Room. A value that was never used holds no memory beyond its own few words; in steady
// state a message costs no allocation, and its cost does not grow with the length of the sequence.
package window

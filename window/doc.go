// Package window is the arithmetic of one reliable sequence: message numbers and sets of them, what a source may send
// and must repeat, what a destination accepts, remembers and hands over.
//
// Start with [Sender] on the side that numbers messages and [Receiver] on the side that takes them:
//
//	var s window.Sender[string]            var r window.Receiver[string]
//	s.Init(window.Config{})                r.Init(window.Config{})
//	if s.Room() > 0 {                      if _, ok := r.Accept(n, m); ok {
//		n := s.Add(now, m)                     for n, m, ok := r.Next(); ok; n, m, ok = r.Next() {
//		transmit(n, m)                             handle(n, m)
//	}                                          }
//	                                       }
//	err := s.Ack(now, ranges, -1, done)    acknowledge(r.Accepted())
//
// The type parameter is the message, which the package stores and gives back and never looks at.
//
// Everything here is a value without goroutine, lock, clock or input and output. Whoever owns a value passes the time
// in, calls its methods from one goroutine at a time, and does not copy it once it is in use. A callback runs before
// the method returns and must not call methods of the same value.
//
// What a peer says may be wrong in any way without causing a panic, and memory is bounded by [Config]. A value that was
// never used holds no memory beyond its own few words; in steady state a message costs no allocation, and its cost does
// not grow with the length of the sequence.
package window

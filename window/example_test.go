package window_test

import (
	"fmt"
	"time"

	"github.com/gowsrm/wsrm/window"
)

// A source sends three messages, of which the second is lost. The destination's acknowledgement shows the gap, the
// source repeats what is missing, and the destination hands everything over in order.
func Example() {
	var s window.Sender[string]
	var r window.Receiver[string]
	s.Init(window.Config{MinRetry: -1}) // the example repeats by its own rule
	r.Init(window.Config{})
	now := window.Time(time.Second)

	for _, m := range []string{"to be", "or not", "to be"} {
		if n := s.Add(m); n != 2 { // 2 is lost
			r.Accept(n, m)
		}
	}
	settled := func(n window.Number, m string) { fmt.Println("settled", n, m) }
	s.Ack(now, r.Accepted(), r.Free(), settled)
	fmt.Println("acknowledged:", s.Acked(), "- lowest open:", s.Lowest())

	m, _ := s.Get(s.Lowest())
	r.Accept(s.Lowest(), m)
	s.Ack(now, r.Accepted(), r.Free(), settled)
	for n, m, ok := r.Next(); ok; n, m, ok = r.Next() {
		fmt.Println("handed over", n, m)
	}
	// Output:
	// settled 1 to be
	// settled 3 to be
	// acknowledged: 1 3 - lowest open: 2
	// settled 2 or not
	// handed over 1 to be
	// handed over 2 or not
	// handed over 3 to be
}

// Room says how far a source may go before the destination answers.
func ExampleSender_Room() {
	var s window.Sender[int]
	s.Init(window.Config{Size: 64, First: 8})
	now := window.Time(1)
	for s.Room() > 0 {
		s.Add(0)
	}
	fmt.Println("first flight:", s.Unacked())

	var ranges window.Ranges
	ranges.AddRange(window.Range{Lower: 1, Upper: 8})
	s.Ack(now, &ranges, -1, nil)
	fmt.Println("after its acknowledgement:", s.Room())

	s.Ack(now, &ranges, 3, nil)
	fmt.Println("the peer has 3 buffers left:", s.Room())
	// Output:
	// first flight: 8
	// after its acknowledgement: 16
	// the peer has 3 buffers left: 3
}

// On a stream the owner tells what is written, and comes back at Deadline.
func ExampleSender_Due() {
	var s window.Sender[string]
	s.Init(window.Config{})
	s.Sample(20 * time.Millisecond) // the round trip of CreateSequence
	now := window.Time(time.Hour)

	s.Add("hello")
	s.Flushed(now, 1)
	fmt.Println("to be acknowledged within", s.Deadline().Sub(now))

	now = s.Deadline()
	s.Due(now, func(n window.Number, m string) { fmt.Println("repeat", n, m) })
	s.Flushed(now, 1)
	fmt.Println("attempt", s.Attempts(1), "has", s.Deadline().Sub(now))
	// Output:
	// to be acknowledged within 420ms
	// repeat 1 hello
	// attempt 2 has 840ms
}

// A destination acknowledges exactly what it accepted.
func ExampleReceiver_Accept() {
	var r window.Receiver[string]
	r.Init(window.Config{})
	for _, n := range []window.Number{1, 2, 2, 5, 1000} {
		fresh, ok := r.Accept(n, "")
		switch {
		case ok:
			fmt.Println(n, "accepted")
		case fresh:
			fmt.Println(n, "refused: it may come again")
		default:
			fmt.Println(n, "is a duplicate")
		}
	}
	fmt.Println("acknowledge", r.Accepted())
	// Output:
	// 1 accepted
	// 2 accepted
	// 2 is a duplicate
	// 5 accepted
	// 1000 refused: it may come again
	// acknowledge 1-2 5
}

func ExampleRanges() {
	var s window.Ranges
	s.AddRange(window.Range{Lower: 1, Upper: 4})
	s.Add(7)
	s.Add(6)
	for r := range s.All() {
		fmt.Println(r.Lower, r.Upper)
	}
	fmt.Println(s, "- the lowest missing is", s.Missing())
	// Output:
	// 1 4
	// 6 7
	// 1-4 6-7 - the lowest missing is 5
}

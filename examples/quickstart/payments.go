package main

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/window"
)

// The application: payments are written into a book. One that is booked twice, or not at all, or before an earlier one,
// is a mistake that somebody has to find and put right.

const (
	namespace    = "http://example.org/rm/quickstart"
	actionBook   = namespace + "/book"
	actionBooked = namespace + "/booked"
)

// Book asks for a payment to be booked.
type Book struct {
	XMLName xml.Name `xml:"http://example.org/rm/quickstart book"`
	Payment string   `xml:"payment"`
}

// Booked is the answer.
type Booked struct {
	XMLName xml.Name `xml:"http://example.org/rm/quickstart booked"`
	Entry   int      `xml:"entry"` // the line in the book, from 1
}

// book is the server's side. Its handler knows nothing of reliable messaging: it does what it is told, each time.
type book struct {
	mu      sync.Mutex
	entries []string
}

func (b *book) book(_ context.Context, m *rm.Message) (*soap.Envelope, error) {
	var in Book
	if err := m.Decode(&in); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entries = append(b.entries, in.Payment)
	return soap.New(actionBooked, Booked{Entry: len(b.entries)}), nil
}

// read returns what is in the book.
func (b *book) read() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.entries)
}

// receipt is what the client got for a payment.
type receipt struct {
	entry int
	err   error
}

// pay is the client's side: one call, which returns when the answer is there. However often that takes, the payment is
// booked once.
func pay(ctx context.Context, s *rm.Session, payment string) receipt {
	reply, err := s.Call(ctx, soap.New(actionBook, Book{Payment: payment}))
	if err != nil {
		return receipt{err: err}
	}
	var out Booked
	if err := reply.Decode(&out); err != nil {
		return receipt{err: err}
	}
	return receipt{entry: out.Entry}
}

// payAll makes payments 1 to count, and does not wait for one to be answered before it makes the next: as many are under
// way as the window allows. Numbered is told when a message has got its number; only then the next call begins, so that
// the order of the payments is known, and message 1 is payment 1. Answered is told of each that has its answer.
func payAll(ctx context.Context, s *rm.Session, count int, numbered <-chan struct{}, answered func(window.Number)) []receipt {
	receipts := make([]receipt, count)
	var calls sync.WaitGroup
	defer calls.Wait()
	for i := range receipts {
		failed := make(chan struct{})
		calls.Go(func() {
			if receipts[i] = pay(ctx, s, name(i)); receipts[i].err != nil {
				close(failed)
				return
			}
			answered(window.Number(i + 1))
		})
		select {
		case <-numbered:
		case <-failed: // the session has ended
			for j := i + 1; j < count; j++ {
				receipts[j].err = errNotBegun
			}
			return receipts
		}
	}
	return receipts
}

var errNotBegun = errors.New("not begun: the session had ended")

// name is what payment i is called. I counts from 0, the name from 1.
func name(i int) string { return fmt.Sprintf("payment %d", i+1) }

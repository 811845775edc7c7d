package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// inks are the characters that stand for the state of a message. On a terminal they have colours.
type inks struct {
	idle, flying, lost, acked, done, waiting string
	again                                    func(try int) string
}

var (
	plain = inks{idle: ".", flying: ">", lost: "x", acked: "=", done: "#", waiting: "+", again: digit}
	vivid = inks{
		idle: "\x1b[2m·\x1b[m", flying: "\x1b[36m>\x1b[m", lost: "\x1b[31;1mx\x1b[m",
		acked: "\x1b[32m=\x1b[m", done: "\x1b[32m█\x1b[m", waiting: "\x1b[33m▒\x1b[m",
		again: func(try int) string { return "\x1b[33;1m" + digit(try) + "\x1b[m" },
	}
)

func digit(try int) string { return fmt.Sprint(min(try, 9)) }

// client is a message as the client has it.
func (i *inks) client(s state) string {
	switch {
	case s.answered:
		return i.done
	case s.try == 0:
		return i.idle
	case s.acknowledged:
		return i.acked
	case s.lost:
		return i.lost
	case s.try > 1:
		return i.again(s.try)
	}
	return i.flying
}

// server is a message as the server has it.
func (i *inks) server(s state) string {
	switch {
	case s.delivered:
		return i.done
	case s.accepted():
		return i.waiting
	}
	return " "
}

// window shows the messages from the first that is not acknowledged to the last that was sent: the window of the sender.
func (b *board) window(i inks) string {
	var s strings.Builder
	s.WriteByte('[')
	for _, m := range b.messages[min(b.acknowledged, b.sent):b.sent] {
		s.WriteString(i.client(m))
	}
	s.WriteByte(']')
	return s.String()
}

// columns is how many messages fit on a terminal of 80 columns.
const columns = 68

// frame is the picture that is redrawn on a terminal: all messages, or those around the window, at both ends.
func (b *board) frame(i inks, events []string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	first := max(0, min(b.acknowledged-columns/2, len(b.messages)-columns))
	last := min(first+columns, len(b.messages))
	var client, server strings.Builder
	for _, m := range b.messages[first:last] {
		client.WriteString(i.client(m))
		server.WriteString(i.server(m))
	}
	low, high := max(b.acknowledged, first), b.sent
	window := strings.Repeat(" ", max(0, low-first))
	switch width := min(high, last) - low; {
	case width == 1:
		window += "|"
	case width > 1:
		window += "[" + strings.Repeat("-", width-2) + "]"
	}
	t := b.tally
	lines := []string{
		"",
		fmt.Sprintf("  message %-*d%*d", columns/2, first+1, (last-first)-columns/2, last),
		"  window  " + window,
		"  client  " + client.String(),
		"  server  " + server.String(),
		"",
		fmt.Sprintf("  lost: %d requests, %d responses   overtaken: %d   sent again: %d   seen before: %d",
			t.requestsLost, t.responsesLost, t.overtaken, t.again, t.repeats),
		fmt.Sprintf("  delivered: %d   answered: %d   of %d", b.delivered, b.answered, len(b.messages)),
		"",
	}
	return append(lines, events...)
}

// show begins to paint, and returns a function that brings it to its end.
func show(w io.Writer, b *board, terminal bool) (shown func()) {
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		paint(w, b, terminal, stop)
	}()
	return func() {
		close(stop)
		<-stopped
	}
}

// paint shows the board until stop is closed: line by line, or on a terminal as a picture with the latest lines below.
func paint(w io.Writer, b *board, terminal bool, stop <-chan struct{}) {
	const latest = 8
	ticker := time.NewTicker(40 * time.Millisecond) // the eye sees no more
	defer ticker.Stop()
	events := make([]string, latest)
	drawn := 0
	for stopped := false; !stopped; {
		select {
		case <-ticker.C:
		case <-stop:
			stopped = true
		}
		lines := b.take()
		if !terminal {
			for _, line := range lines {
				fmt.Fprintln(w, line)
			}
			continue
		}
		events = append(events, lines...)
		events = events[len(events)-latest:]
		var picture strings.Builder
		if drawn > 0 {
			fmt.Fprintf(&picture, "\x1b[%dA", drawn)
		}
		frame := b.frame(vivid, events)
		for _, line := range frame {
			picture.WriteString("\r\x1b[K" + line + "\n")
		}
		drawn = len(frame)
		io.WriteString(w, picture.String())
	}
}

// isTerminal reports whether f understands the control sequences of a terminal.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	term := os.Getenv("TERM")
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && term != "" && term != "dumb"
}

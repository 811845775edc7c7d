package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// ink turns the state of a message into a character.
type ink struct {
	unsent, sent, lost, acked, done, waiting string
	again                                    string // around the number of the try
}

var (
	plain = ink{unsent: ".", sent: ">", lost: "x", acked: "=", done: "#", waiting: "+", again: "%d"}
	vivid = ink{
		unsent:  "\x1b[2m·\x1b[m",
		sent:    "\x1b[36m>\x1b[m",
		again:   "\x1b[33;1m%d\x1b[m",
		lost:    "\x1b[31;1mx\x1b[m",
		acked:   "\x1b[32m=\x1b[m",
		done:    "\x1b[32m█\x1b[m",
		waiting: "\x1b[33m▒\x1b[m",
	}
)

// legend explains the characters.
func (i *ink) legend() string {
	return fmt.Sprintf("client: %s sent  %s sent again  %s lost  %s acknowledged  %s answered\nserver: %s waits for its turn  %s delivered",
		i.sent, fmt.Sprintf(i.again, 2), i.lost, i.acked, i.done, i.waiting, i.done)
}

// client is a message as the client has it.
func (i *ink) client(s state) string {
	switch {
	case s.answered:
		return i.done
	case s.try == 0:
		return i.unsent
	case s.acknowledged:
		return i.acked
	case s.lost:
		return i.lost
	case s.try > 1:
		return fmt.Sprintf(i.again, min(s.try, 9))
	}
	return i.sent
}

// server is a message as the server has it.
func (i *ink) server(s state) string {
	switch {
	case s.delivered:
		return i.done
	case s.accepted():
		return i.waiting
	}
	return " "
}

// window shows the messages from the first that is not acknowledged to the last that was sent: the window of the sender.
func (b *board) window() string {
	var s strings.Builder
	s.WriteByte('[')
	for _, m := range b.messages[min(b.acknowledged, b.sent):b.sent] {
		s.WriteString(plain.client(m))
	}
	s.WriteByte(']')
	return s.String()
}

// columns is how many messages a picture shows at once. It fits on a terminal of 80 columns.
const columns = 68

// frame is the picture that is redrawn on a terminal: both ends of all messages, or of those around the window.
func (b *board) frame(i ink) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	first := max(0, min(b.acknowledged-columns/2, len(b.messages)-columns))
	last := min(first+columns, len(b.messages))
	var client, server strings.Builder
	for _, m := range b.messages[first:last] {
		client.WriteString(i.client(m))
		server.WriteString(i.server(m))
	}

	low, high := max(b.acknowledged, first), min(b.sent, last)
	window := strings.Repeat(" ", low-first)
	switch width := high - low; {
	case width == 1:
		window += "|"
	case width > 1:
		window += "[" + strings.Repeat("-", width-2) + "]"
	}

	t := b.tally
	return []string{
		fmt.Sprintf("  message %-*d%*d", columns/2, first+1, max(0, last-first-columns/2), last),
		"  window  " + window,
		"  client  " + client.String(),
		"  server  " + server.String(),
		"",
		fmt.Sprintf("  lost: %d requests, %d responses   doubled: %d   overtaken: %d", t.requestsLost, t.responsesLost, t.doubled, t.overtaken),
		fmt.Sprintf("  sent again: %d   recognised as repeats: %d   delivered: %d   answered: %d", t.again, t.repeats, b.delivered, b.answered),
		"",
	}
}

// show begins to paint, and returns a function that brings it to its end.
func show(w io.Writer, b *board, terminal bool) (shown func()) {
	var paint func([]line)
	if terminal {
		paint = pictures(w, b)
	} else {
		paint = lines(w)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		ticker := time.NewTicker(40 * time.Millisecond) // more than that the eye does not see
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				paint(b.take())
			case <-stop:
				paint(b.take())
				return
			}
		}
	}()
	return func() {
		close(stop)
		<-stopped
	}
}

// lines returns a function that writes a line for each event.
func lines(w io.Writer) func([]line) {
	fmt.Fprintf(w, "%s\n\n", plain.legend())
	return func(events []line) {
		for _, e := range events {
			fmt.Fprintf(w, "%6.3f  %-44s %s\n", e.at.Seconds(), e.text, e.window)
		}
	}
}

// pictures returns a function that redraws the board, with the latest events below it.
func pictures(w io.Writer, b *board) func([]line) {
	fmt.Fprintf(w, "%s\n\n", vivid.legend())
	latest := make([]line, 8)
	drawn := 0
	return func(events []line) {
		latest = append(latest, events...)
		latest = latest[len(latest)-8:]
		frame := b.frame(vivid)
		for _, e := range latest {
			text := ""
			if e.text != "" {
				text = fmt.Sprintf("  %6.3f  %s", e.at.Seconds(), e.text)
			}
			frame = append(frame, text)
		}
		var s strings.Builder
		if drawn > 0 {
			fmt.Fprintf(&s, "\x1b[%dA", drawn)
		}
		for _, line := range frame {
			s.WriteString("\r\x1b[K" + line + "\n")
		}
		drawn = len(frame)
		io.WriteString(w, s.String())
	}
}

// isTerminal reports whether f understands the control sequences of a terminal.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	term := os.Getenv("TERM")
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && term != "" && term != "dumb"
}

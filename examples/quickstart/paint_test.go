package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/window"
)

func TestFrameFollowsTheWindow(t *testing.T) {
	b := newBoard(1000)
	for n := range window.Number(500) {
		b.apply(sent, message{number: n + 1}, 1)
		if n < 490 {
			b.apply(acknowledged, message{number: n + 1}, 0)
			b.apply(answered, message{number: n + 1}, 0)
		}
	}
	frame := b.frame(plain)
	require.Equal(t, "  window  "+strings.Repeat(" ", columns/2)+"[--------]", frame[1], "490 are answered, 10 are under way")
	require.Equal(t, "  client  "+strings.Repeat("#", columns/2)+strings.Repeat(">", 10)+strings.Repeat(".", columns-columns/2-10), frame[2])
	for _, line := range frame {
		require.Less(t, len(line), 80)
	}
}

func TestFrameAtBothEnds(t *testing.T) {
	b := newBoard(3)
	require.Equal(t, "  window  ", b.frame(plain)[1])
	b.apply(sent, message{number: 1}, 1)
	require.Equal(t, "  window  |", b.frame(plain)[1])
	for n := range window.Number(3) {
		b.apply(sent, message{number: n + 1}, 1)
		b.apply(acknowledged, message{number: n + 1}, 0)
		b.apply(answered, message{number: n + 1}, 0)
	}
	require.Equal(t, "  window     ", b.frame(plain)[1])
	require.Equal(t, "  client  ###", b.frame(plain)[2])
}

func TestShowLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		b := newBoard(2)
		shown := show(&out, b, false)
		time.Sleep(1500 * time.Millisecond)
		b.note(sent, message{number: 1}, 1)
		b.note(requestLost, message{name: "CloseSequence"}, 0)
		shown() // what has not been painted yet is painted now
		_, events, _ := strings.Cut(out.String(), "\n\n")
		require.Equal(t, ""+
			" 1.500  client      1  sent                          [>]\n"+
			" 1.500  network  CloseSequence  request lost         [>]\n", events)
	})
}

func TestShowPicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		b := newBoard(2)
		shown := show(&out, b, true)
		time.Sleep(50 * time.Millisecond) // one frame
		b.note(sent, message{number: 1}, 1)
		shown()
		_, second, ok := strings.Cut(out.String(), "\x1b[16A")
		require.True(t, ok, "back to where the first picture began")
		require.Equal(t, 16, strings.Count(second, "\n"), "and over it")
		require.Contains(t, second, "sent")
	})
}

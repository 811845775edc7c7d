package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/window"
)

// TestBoard tells the story of four messages and looks at the pictures.
func TestBoard(t *testing.T) {
	b := newBoard(4)
	numbered := func(w what, n window.Number, try int) string { return b.apply(w, message{number: n}, try) }
	want := func(window, client, server string) {
		t.Helper()
		frame := b.frame(plain)
		require.Equal(t, window, b.window())
		require.Equal(t, "  client  "+client, frame[2])
		require.Equal(t, "  server  "+server, frame[3])
	}
	want("[]", "....", "    ")

	for n := range window.Number(3) {
		require.Contains(t, numbered(sent, n+1, 1), "sent")
	}
	want("[>>>]", ">>>.", "    ")

	require.Contains(t, numbered(requestLost, 1, 0), "request lost")
	require.Contains(t, numbered(arrived, 3, 1), "waits for 1")
	require.Contains(t, numbered(arrived, 2, 1), "waits for 1", "it was overtaken, too")
	want("[x>>]", "x>>.", " ++ ")

	require.Contains(t, numbered(sent, 1, 2), "try 2")
	want("[2>>]", "2>>.", " ++ ")
	require.Empty(t, numbered(arrived, 1, 1), "what arrives in its turn is delivered, that is enough to say")
	for n := range window.Number(3) {
		require.Contains(t, numbered(delivered, n+1, 0), "delivered")
	}
	require.Contains(t, numbered(arrived, 1, 2), "doubled")
	require.Contains(t, numbered(dropped, 1, 0), "repeat")
	want("[2>>]", "2>>.", "### ")

	require.Contains(t, numbered(responseLost, 1, 0), "response lost")
	require.Contains(t, numbered(acknowledged, 2, 0), "acknowledged")
	require.Contains(t, numbered(answered, 2, 0), "answered")
	want("[x#>]", "x#>.", "### ")
	require.Contains(t, numbered(acknowledged, 1, 0), "acknowledged")
	want("[>]", "=#>.", "### ")
	require.Contains(t, numbered(answered, 1, 0), "answered")
	want("[>]", "##>.", "### ")

	require.Contains(t, b.apply(responseLost, message{name: "CloseSequence"}, 0), "CloseSequence")
	require.Equal(t, tally{requestsLost: 1, responsesLost: 2, doubled: 1, overtaken: 2, again: 1, repeats: 1}, b.tallied())
}

// The server may refuse a message for the moment. That is no repeat, and it has to come again.
func TestBoardRefused(t *testing.T) {
	b := newBoard(2)
	b.apply(sent, message{number: 1}, 1)
	b.apply(arrived, message{number: 1}, 1)
	require.Contains(t, b.apply(dropped, message{number: 1}, 0), "not taken now")
	require.Equal(t, "  server    ", b.frame(plain)[3])
	b.apply(arrived, message{number: 1}, 1)
	b.apply(delivered, message{number: 1}, 0)
	b.apply(arrived, message{number: 1}, 1)
	require.Contains(t, b.apply(dropped, message{number: 1}, 0), "repeat")
	require.Equal(t, tally{repeats: 1}, b.tallied())
}

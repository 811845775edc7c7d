package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/transport"
)

// TestRun makes the demonstration on a good network: what it tells is what has happened.
func TestRun(t *testing.T) {
	b := newBoard(30)
	r, err := run(t.Context(), 30, 8, transport.Faults{Delay: time.Millisecond}, b)
	require.NoError(t, err)
	require.Len(t, r.receipts, 30)
	require.Len(t, r.entries, 30)
	require.EqualValues(t, 30, r.client.Sent)
	require.EqualValues(t, 30, r.client.Acknowledged)
	require.EqualValues(t, 30, r.server.Received)
	require.EqualValues(t, 30, r.server.Delivered)
	require.Equal(t, 30, b.delivered)
	require.Equal(t, 30, b.answered)
	require.Equal(t, 30, b.acknowledged)
	require.Equal(t, 30, b.sent)

	var out strings.Builder
	require.True(t, r.report(&out, b.tallied()))
	require.Contains(t, out.String(), "30 of 30 payments, each once and in order")
}

// Whoever is interrupted has nothing to claim.
func TestRunInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := newBoard(3)
	r, err := run(ctx, 3, 8, transport.Faults{}, b)
	require.ErrorIs(t, err, context.Canceled)
	var out strings.Builder
	require.False(t, r.report(&out, b.tallied()))
	require.Contains(t, out.String(), "nothing was sent")
}

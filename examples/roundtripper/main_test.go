package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestClientIsReliable(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(&out, 10, 0.15, 5))
	require.Contains(t, out.String(), "10 calls, 10 entries; ")
	require.NotContains(t, out.String(), " 0 requests or responses lost", "there was something to prove")
}

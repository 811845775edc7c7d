package rm_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestConversation(t *testing.T) {
	variants(t, func(w *world, v variant) {
		s := w.open(v.options)
		require.Equal(w, v.rm, s.Version())
		w.echo(s, "one")
		receipt, err := s.Send(w.Context(), say("ping", "two"))
		require.NoError(w, err)
		require.EqualValues(w, 2, receipt.Number())
		require.NoError(w, receipt.Wait(w.Context()))
		w.echo(s, "three")
		require.NoError(w, s.Flush(w.Context()))
		w.close(s)
		require.Equal(w, []string{"one", "two", "three"}, w.service.delivered())
		require.Zero(w, w.server.Stats().Sessions)
		require.Empty(w, w.log.String())
	})
}

package rm

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/rm/internal/engine"
	"github.com/gowsrm/wsrm/transport"
)

// guest makes a session for a table, with or without an offer.
func guest(i int, offer bool) (*Session, string) {
	s := newSession((*Options)(nil).settings())
	s.id, s.version = fmt.Sprint("created ", i), wsrm.RM11
	if offer {
		s.replyID = fmt.Sprint("offered ", i)
	}
	s.acc = &acceptor{messageID: fmt.Sprint("message ", i), peer: transport.Peer{Address: fmt.Sprintf("192.0.2.%d:1", i%200)}}
	s.engine = engine.NewAcceptor[letter](1, engine.Config{Window: 1}, &engine.Decision{Version: s.version, ID: s.id, ReplyID: s.replyID})
	s.acc.used.Store(true)
	s.acc.tomb = &engine.Tombstone{Version: s.version, ID: s.id, ReplyID: s.replyID}
	return s, s.replyID
}

// Whatever comes and goes, a table keeps no more than its limits, and nothing of what is forgotten.
func TestTableIsBounded(t *testing.T) {
	var tab table
	now := clock()
	unlimited := limits{-1, -1}
	const n = 3 * maxTombstones
	for i := range n {
		s, offer := guest(i, i%2 == 0)
		_, what := tab.add(now, s, offer, unlimited)
		require.Equal(t, admitted, what)
		found, _ := tab.find(now, s.id)
		require.Same(t, s, found)
		tab.bury(now, s)
		tab.bury(now, s) // twice is once
		_, tomb := tab.find(now, s.id)
		require.NotNil(t, tomb)
		require.LessOrEqual(t, len(tab.queue), maxTombstones)
	}
	require.Len(t, tab.queue, maxTombstones)
	require.Len(t, tab.tombs, maxTombstones*3/2, "half of them have two identifiers")
	require.Len(t, tab.graves, maxTombstones/2)
	require.Empty(t, tab.sessions)
	require.Empty(t, tab.unoffered)
	require.Empty(t, tab.clients)
	require.Zero(t, tab.live)
	require.EqualValues(t, n, tab.ended)

	_, tomb := tab.find(now, "created 0")
	require.Nil(t, tomb, "the oldest is forgotten")
	last, _ := guest(n-1, false)
	_, what := tab.add(now, last, "", unlimited)
	require.Equal(t, outlived, what)

	later := now.Add(tombstoneTime)
	_, tomb = tab.find(later, last.id)
	require.Nil(t, tomb, "its time is over")
	_, what = tab.add(later, last, "", unlimited)
	require.Equal(t, admitted, what)
	require.Empty(t, tab.queue)
	require.Empty(t, tab.tombs)
	require.Empty(t, tab.graves)
}

// An offer may not name what is there: neither a sequence of the server nor the offer of somebody else.
func TestTableTakenOffers(t *testing.T) {
	var tab table
	now := clock()
	s, offer := guest(1, true)
	_, what := tab.add(now, s, offer, limits{-1, -1})
	require.Equal(t, admitted, what)

	other, _ := guest(2, true)
	other.replyID = s.id
	_, what = tab.add(now, other, s.id, limits{-1, -1})
	require.Equal(t, taken, what)

	other.replyID = offer
	other.version = wsrm.RM10
	_, what = tab.add(now, other, offer, limits{-1, -1})
	require.Equal(t, taken, what, "the same offer in the other version")

	tab.close()
	third, offer := guest(3, true)
	_, what = tab.add(now, third, offer, limits{-1, -1})
	require.Equal(t, late, what)
	again, _ := guest(4, true)
	again.replyID = s.replyID
	old, what := tab.add(now, again, s.replyID, limits{-1, -1})
	require.Equal(t, repeated, what, "what was opened before still is")
	require.Same(t, s, old)
}

func TestKeyOf(t *testing.T) {
	require.Equal(t, "palice", keyOf(transport.Peer{Principal: "alice", Address: "192.0.2.1:1"}))
	require.Equal(t, "h192.0.2.1", keyOf(transport.Peer{Address: "192.0.2.1:1"}))
	require.Equal(t, "h2001:db8::1", keyOf(transport.Peer{Address: "[2001:db8::1]:1"}))
	require.Equal(t, "hpipe", keyOf(transport.Peer{Address: "pipe"}))
}

func TestSettings(t *testing.T) {
	s := (*Options)(nil).settings()
	require.Equal(t, 64, s.engine.Window)
	require.Equal(t, 8, s.engine.MaxRetries)
	require.Equal(t, 1, s.engine.Concurrency)
	require.EqualValues(t, 16<<20, s.engine.MaxBytes)
	require.Equal(t, 200*time.Millisecond, s.engine.AckDelay)
	require.Equal(t, 10*time.Minute, s.engine.Inactivity)
	require.True(t, s.engine.Ordered)
	require.True(t, s.engine.Offer)

	require.Equal(t, 1, (&Options{Window: -1}).settings().engine.Window)
	require.Equal(t, 7, (&Options{Window: 7, Unordered: true}).settings().engine.Concurrency)
	require.Equal(t, 1, (&Options{Concurrency: 7, AckHandled: true}).settings().engine.Concurrency)
	require.Equal(t, 7, (&Options{Concurrency: 7, AckHandled: true, Unordered: true}).settings().engine.Concurrency)
	none := (&Options{MaxRetries: -1, MaxBytes: -1, AckDelay: -1, Inactivity: -1}).settings().engine
	require.Equal(t, -1, none.MaxRetries)
	require.EqualValues(t, -1, none.MaxBytes)
	require.Negative(t, none.AckDelay)
	require.Negative(t, none.Inactivity)
}

func TestIdentifiers(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := newID()
		require.Regexp(t, `^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, id)
		require.False(t, seen[id])
		seen[id] = true
	}
}

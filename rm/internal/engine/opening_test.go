package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/soap"
)

func TestCreateSequenceIsRepeatedAsItWas(t *testing.T) {
	test := newInitiator(t, config())
	first := test.s.ini.messageID
	test.tried(1, Failed)
	test.advance(500 * time.Millisecond)
	test.want("t2 → CreateSequence offer")
	require.Equal(t, first, test.s.ini.messageID)
	require.Equal(t, idB, test.s.ini.offerID)
	test.tried(2, Empty) // an empty answer is a failure
	test.advance(time.Second)
	test.want("t3 → CreateSequence offer")
	test.created()
	test.want("opened")
}

func TestCreateSequenceRetriesAreCounted(t *testing.T) {
	test := newInitiator(t, config(func(c *Config) { c.MaxRetries = 2 }))
	test.tried(1, Failed)
	test.advance(500 * time.Millisecond)
	test.want("t2 → CreateSequence offer")
	test.tried(2, Failed)
	test.want("ended Unreachable")
}

func TestFallBackTo2005(t *testing.T) {
	notSupported := wsrm.FaultInfo{Code: "ActionNotSupported", Sender: true}
	refused := func(v wsrm.Version) wsrm.FaultInfo {
		return wsrm.FaultInfo{RM: v, Code: wsrm.CodeCreateSequenceRefused}
	}
	automatic := config(func(c *Config) { c.Version = 0 })

	t.Run("a fault of a peer that does not know 1.1", func(t *testing.T) {
		test := newInitiator(t, automatic)
		id := test.s.ini.messageID
		test.fault(1, notSupported)
		test.want("t2 → CreateSequence offer")
		require.Equal(t, wsrm.RM10, test.s.version)
		require.NotEqual(t, id, test.s.ini.messageID)
		test.created()
		test.want("opened")
	})
	t.Run("a refusal in the namespace used", func(t *testing.T) {
		test := newInitiator(t, automatic)
		test.fault(1, refused(wsrm.RM11))
		test.want("ended Refused CreateSequenceRefused")
	})
	t.Run("endpoint unavailable", func(t *testing.T) {
		test := newInitiator(t, automatic)
		test.fault(1, wsrm.FaultInfo{Code: "EndpointUnavailable", Unavailable: true})
		test.want("ended Refused EndpointUnavailable")
	})
	t.Run("security", func(t *testing.T) {
		test := newInitiator(t, automatic)
		test.fault(1, wsrm.FaultInfo{Code: "InvalidSecurity", Security: true})
		test.want("ended Refused InvalidSecurity")
	})
	t.Run("an HTTP error", func(t *testing.T) {
		test := newInitiator(t, automatic)
		test.tried(1, Permanent)
		test.want("ended PermanentError")
	})
	t.Run("both fail: the first error", func(t *testing.T) {
		test := newInitiator(t, automatic)
		test.fault(1, notSupported)
		test.want("t2 → CreateSequence offer")
		test.fault(2, wsrm.FaultInfo{Code: "Other"})
		test.want("ended Refused ActionNotSupported")
	})
	t.Run("both fail: but for a refusal", func(t *testing.T) {
		test := newInitiator(t, automatic)
		test.fault(1, notSupported)
		test.want("t2 → CreateSequence offer")
		test.fault(2, refused(wsrm.RM10))
		test.want("ended Refused CreateSequenceRefused")
	})
	t.Run("a version that was asked for", func(t *testing.T) {
		test := newInitiator(t, config())
		test.fault(1, notSupported)
		test.want("ended Refused ActionNotSupported")
	})
}

func TestOfferDeclined(t *testing.T) {
	test := newInitiator(t, config())
	test.receive(&In[string]{Try: 1, Kind: wsrm.CreateSequenceResponse, Body: &wsrm.Body{Identifier: idA}})
	test.want("opened")
	test.send("a")
	test.want("t2 → #1 a")
	test.reply(2, 0, "A", 1) // replies come without number
	test.want("settle 1 Answered A")
	test.close()
	test.want("t3 → CloseSequence last=1")
	test.answer(3, wsrm.CloseSequenceResponse, 1)
	test.want("t4 → TerminateSequence last=1")
	test.answer(4, wsrm.TerminateSequenceResponse, 1)
	test.want("ended ClosedInOrder")
}

// A peer that lost its answer, and takes the offer of the repeat for one that it has, is made another one, once.
func TestOfferDeclinedToARepeat(t *testing.T) {
	test := newInitiator(t, config())
	offers := 0
	newID := test.s.cfg.NewID
	test.s.cfg.NewID = func() string { offers++; return newID() }
	id := test.s.ini.messageID
	declined := func(try Try) {
		test.receive(&In[string]{Try: try, Kind: wsrm.CreateSequenceResponse, Body: &wsrm.Body{Identifier: idA}})
	}
	test.tried(1, Failed)
	test.advance(500 * time.Millisecond)
	test.want("t2 → CreateSequence offer")
	require.Equal(t, id, test.s.ini.messageID)
	declined(2)
	test.want("t3 → CreateSequence offer")
	require.Equal(t, 2, offers, "another MessageID and another offer")
	test.tried(3, Failed)
	test.advance(500 * time.Millisecond)
	test.want("t4 → CreateSequence offer")
	declined(4)
	test.want("opened")
}

func TestJudge(t *testing.T) {
	real := &soap.EndpointReference{Address: "http://client.example/"}
	offer := &wsrm.Offer{Identifier: idB, Endpoint: anonymous}
	for _, tc := range []struct {
		name    string
		version wsrm.Version // of the server, 0: both
		r       Request
		code    string // "": accepted
		replyID string
		accept  bool
	}{
		{"offer accepted", 0, Request{Version: wsrm.RM11, Body: &wsrm.Body{AcksTo: anonymous, Offer: offer}, ReplyAnonymous: true}, "", idB, true},
		{"no offer", 0, Request{Version: wsrm.RM10, Body: &wsrm.Body{AcksTo: anonymous}, ReplyAnonymous: true}, "", "", false},
		{"no AcksTo", 0, Request{Version: wsrm.RM11, Body: &wsrm.Body{}, ReplyAnonymous: true}, wsrm.CodeCreateSequenceRefused, "", false},
		{"no body", 0, Request{Version: wsrm.RM11, ReplyAnonymous: true}, wsrm.CodeCreateSequenceRefused, "", false},
		{"addressable", 0, Request{Version: wsrm.RM11, Body: &wsrm.Body{AcksTo: real}}, wsrm.CodeCreateSequenceRefused, "", false},
		{"AcksTo other than ReplyTo", 0, Request{Version: wsrm.RM11, Body: &wsrm.Body{AcksTo: real}, ReplyAnonymous: true}, wsrm.CodeCreateSequenceRefused, "", false},
		{"Endpoint other than AcksTo", 0, Request{Version: wsrm.RM11, Body: &wsrm.Body{AcksTo: anonymous, Offer: &wsrm.Offer{Identifier: idB, Endpoint: real}}, ReplyAnonymous: true}, wsrm.CodeCreateSequenceRefused, "", false},
		{"offer without identifier", 0, Request{Version: wsrm.RM11, Body: &wsrm.Body{AcksTo: anonymous, Offer: &wsrm.Offer{}}, ReplyAnonymous: true}, wsrm.CodeCreateSequenceRefused, "", false},
		{"bound to TLS", 0, Request{Version: wsrm.RM11, Body: &wsrm.Body{AcksTo: anonymous}, RM: &wsrm.Headers{UsesSSL: true}, ReplyAnonymous: true}, wsrm.CodeCreateSequenceRefused, "", false},
		{"bound to a token", 0, Request{Version: wsrm.RM11, Body: &wsrm.Body{AcksTo: anonymous}, RM: &wsrm.Headers{UsesSTR: true}, ReplyAnonymous: true}, wsrm.CodeCreateSequenceRefused, "", false},
		{"1.1 at a server of 2005/02", wsrm.RM10, Request{Version: wsrm.RM11, Body: &wsrm.Body{AcksTo: anonymous}, ReplyAnonymous: true}, "ActionNotSupported", "", false},
		{"2005/02 at a server of 1.1", wsrm.RM11, Request{Version: wsrm.RM10, Body: &wsrm.Body{AcksTo: anonymous}, ReplyAnonymous: true}, wsrm.CodeWSRMRequired, "", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := config(func(c *Config) { c.Version = tc.version; c.NewID = func() string { return idA } })
			tc.r.To = "http://service.example/Path?q"
			d := Judge(&c, &tc.r)
			if tc.code != "" {
				require.NotNil(t, d.Fault)
				require.Equal(t, tc.code, d.Fault.Code)
				return
			}
			require.Nil(t, d.Fault)
			require.Equal(t, idA, d.ID)
			require.Equal(t, tc.replyID, d.ReplyID)
			require.Equal(t, tc.accept, d.Body.Accept)
			if tc.accept {
				require.Equal(t, tc.r.To, d.Body.AcksTo.Address, "byte for byte")
			}
			if tc.r.Version == wsrm.RM11 {
				require.Equal(t, wsrm.DiscardFollowingFirstGap, d.Body.Behavior)
			}
		})
	}
}

func TestExpires(t *testing.T) {
	test := newInitiator(t, config(func(c *Config) { c.Expires = time.Hour }))
	test.receive(&In[string]{Try: 1, Kind: wsrm.CreateSequenceResponse, Body: &wsrm.Body{Identifier: idA, Accept: true, Expires: 30 * time.Second}})
	test.want("opened")
	test.oneWay("a")
	test.want("t2 → #1 a")
	test.advance(30 * time.Second)
	test.want("settle 1 InDoubt", "drop t2", "ended Expired doubt=[1]") // silently
}

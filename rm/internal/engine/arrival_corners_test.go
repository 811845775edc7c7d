package engine

import (
	"fmt"
	"testing"
	"time"

	"github.com/gowsrm/wsrm/internal/wsrm"
)

// The acknowledgement in CloseSequence was the final one: a reply that comes after it changes nothing.
func TestReplyAfterTheFinalAcknowledgement(t *testing.T) {
	test := startAddressed(t)
	test.close()
	test.want("t2 → CloseSequence ack[] final")
	test.tried(2, Empty)
	test.replyTo(1, "whom nobody remembers", 1, "A")
	test.want("l1 ← empty")
	test.arrives(2, In[string]{Kind: wsrm.CloseSequenceResponse, Body: &wsrm.Body{Identifier: idA}})
	test.want("t3 → TerminateSequence ack[] final", "l2 ← empty")
	test.arrives(3, In[string]{Kind: wsrm.TerminateSequenceResponse, Body: &wsrm.Body{Identifier: idA}})
	test.want("l3 ← empty", "drop t3", "ended ClosedInOrder")
}

// Asking again for the reply to a call that was acknowledged ends, whether the requests are taken or fail.
func TestAskingForAReplyEndsWhereExchangesFail(t *testing.T) {
	test := startAddressed(t, func(c *Config) { c.MaxRetries = 2 })
	test.send("a")
	test.want("t2 → #1 a")
	test.tried(2, Empty)
	test.acked(1, 1)
	test.want("l1 ← empty")
	for try, wait := range []time.Duration{61 * time.Second, 121 * time.Second, 241 * time.Second} {
		test.advance(wait)
		test.want(fmt.Sprintf("t%d → #1 a", try+3))
		test.tried(Try(try+3), Failed)
	}
	test.want("settle 1 Unanswered")
}

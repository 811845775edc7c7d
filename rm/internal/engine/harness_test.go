package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/window"
)

// talk is a conversation with one engine. Each verb brings one input; want says, line by line, all that the engine has
// put out since. What was put out and not wanted fails the next verb.
//
//	t1 → #1 a ack[1-2]                an exchange: try, number, text, headers
//	t2 → CloseSequence last=3         a lifecycle message
//	l1 ← reply #1 x ack[1]            a leg's end: reply, ack, empty, fault, a lifecycle message
//	deliver 1 a on l1                 the handler may run on l1's goroutine
//	settle 1 Acked
//	drop t1; store 1 2; opened; ended ClosedInOrder
type talk struct {
	t    *testing.T
	s    *Session[string]
	now  Time
	out  Output[string]
	log  []string
	ids  int
	rm   wsrm.Version
	tomb *Tombstone
	loud bool // events too
}

const (
	idA = "urn:a" // the created sequence
	idB = "urn:b" // the offered one
)

func config(edit ...func(*Config)) Config {
	c := Config{Version: wsrm.RM11, Offer: true, Window: 64, MaxRetries: 8, MaxBytes: -1, Concurrency: 1, Ordered: true,
		AckDelay: 200 * time.Millisecond, Inactivity: -1}
	for _, f := range edit {
		f(&c)
	}
	return c
}

// initiator returns the conversation of a session that was just opened.
func startInitiator(t *testing.T, edit ...func(*Config)) *talk {
	c := config(edit...)
	test := newInitiator(t, c)
	test.created()
	test.want("opened")
	return test
}

func newInitiator(t *testing.T, c Config) *talk {
	test := &talk{t: t, now: Time(time.Second), rm: c.Version}
	c.NewID = func() string {
		test.ids++
		if test.ids%2 == 0 && c.Offer {
			return idB
		}
		return fmt.Sprint("urn:m", test.ids)
	}
	test.s = NewInitiator[string](c)
	t.Cleanup(test.wantIdle)
	test.s.Open(test.now)
	test.drain()
	require.NotEmpty(t, test.log)
	test.log = test.log[1:]
	return test
}

func startAcceptor(t *testing.T, edit ...func(*Config)) *talk {
	c := config(edit...)
	test := &talk{t: t, now: Time(time.Second), rm: c.Version}
	c.NewID = func() string { return "urn:reply" }
	d := &Decision{Version: c.Version, ID: idA}
	if c.Offer {
		d.ReplyID = idB
	}
	test.s = NewAcceptor[string](test.now, c, d)
	t.Cleanup(test.wantIdle)
	return test
}

// ---- what the engine puts out ----

func (test *talk) drain() {
	for test.s.Take(test.now, &test.out) {
		o := &test.out
		if len(o.Store) > 0 {
			var ns []string
			for _, d := range o.Store {
				ns = append(ns, fmt.Sprint(d.N))
			}
			test.add("store %s", strings.Join(ns, " "))
			require.Empty(test.t, len(o.Transmit)+len(o.Finish)+len(o.Deliver)+len(o.Settle), "Store stands alone in its Output")
		}
		for _, x := range o.Transmit {
			switch {
			case x.N != 0 && x.Kind == wsrm.LastMessage:
				test.add("t%d → #%d LastMessage%s", x.Try, x.N, headers(x.RM))
			case x.N != 0:
				test.add("t%d → #%d %s%s", x.Try, x.N, x.M, headers(x.RM))
			case x.Kind == wsrm.Fault:
				test.add("t%d → fault %s%s", x.Try, x.Fault.Code, headers(x.RM))
			default:
				test.add("t%d → %s%s%s", x.Try, kindName(x.Kind), bodyText(x.Body), headers(x.RM))
			}
		}
		for _, f := range o.Finish {
			switch f.What {
			case FinishEmpty:
				test.add("l%d ← empty", f.Leg)
			case FinishAck:
				test.add("l%d ←%s", f.Leg, headers(f.RM))
			case FinishReply:
				m := f.M
				if f.Kind == wsrm.LastMessage {
					m = "LastMessage"
				}
				test.add("l%d ← reply %s%s", f.Leg, m, numbered(f.RM)+headers(f.RM))
			case FinishBody:
				test.add("l%d ← %s%s%s", f.Leg, kindName(f.Kind), bodyText(f.Body), headers(f.RM))
			case FinishFault:
				test.add("l%d ← fault %s%s", f.Leg, f.Fault.Code, headers(f.RM))
			}
		}
		for _, d := range o.Deliver {
			on := ""
			if d.Leg != 0 {
				on = fmt.Sprintf(" on l%d", d.Leg)
			}
			test.add("deliver %d %s%s", d.N, d.M, on)
		}
		for _, x := range o.Settle {
			m := ""
			if x.M != "" {
				m = " " + x.M
			}
			test.add("settle %d %s%s", x.N, x.What, m)
		}
		for _, d := range o.Drop {
			test.add("drop t%d", d)
		}
		if test.loud {
			for _, e := range o.Events {
				test.add("event %s %d", eventName(e.Kind), e.N)
			}
		}
		if o.Opened != nil {
			test.add("opened")
		}
		if o.Ended != nil {
			s := "ended " + causeName(o.Ended.Cause)
			if o.Ended.Fault != nil {
				s += " " + o.Ended.Fault.Code
			}
			if len(o.Ended.InDoubt) > 0 {
				s += fmt.Sprint(" doubt=", o.Ended.InDoubt)
			}
			test.add("%s", s)
			test.tomb = o.Ended.Tombstone
		}
	}
}

func (test *talk) add(format string, args ...any) {
	test.log = append(test.log, fmt.Sprintf(format, args...))
}

func numbered(h wsrm.Headers) string {
	s := ""
	if h.Sequence.Identifier != "" {
		s = fmt.Sprintf(" #%d", h.Sequence.Number)
	}
	if h.Sequence.Last {
		s += " last"
	}
	return s
}

func headers(h wsrm.Headers) string {
	s := ""
	if h.First.Identifier != "" {
		s += " ack[" + h.First.Ranges.String() + "]"
		if h.First.Final {
			s += " final"
		}
		if h.First.Buffer >= 0 && h.First.Buffer < 60 {
			s += fmt.Sprint(" room=", h.First.Buffer)
		}
	}
	return s
}

func bodyText(b wsrm.Body) string {
	s := ""
	if b.Offer != nil {
		s += " offer"
	}
	if b.LastMsgNumber != 0 {
		s += fmt.Sprint(" last=", b.LastMsgNumber)
	}
	if b.Identifier == idB {
		s += " of B"
	}
	return s
}

func kindName(k wsrm.Kind) string {
	return [...]string{"Application", "CreateSequence", "CreateSequenceResponse", "CloseSequence", "CloseSequenceResponse", "TerminateSequence",
		"TerminateSequenceResponse", "LastMessage", "SequenceAcknowledgement", "AckRequested", "Fault"}[k]
}

func causeName(c Cause) string {
	return [...]string{"ClosedInOrder", "Unreachable", "PermanentError", "PeerFault", "OwnFault", "Expired", "Aborted", "Refused"}[c]
}

func eventName(k EventKind) string {
	return [...]string{"Transmitted", "Acknowledged", "Delivered", "Dropped", "Stalled"}[k]
}

// want compares all that was put out with lines.
func (test *talk) want(lines ...string) {
	test.t.Helper()
	if len(lines) == 0 {
		lines = nil
	}
	require.Equal(test.t, lines, test.log)
	test.log = nil
}

// wantIdle checks that nothing was put out.
func (test *talk) wantIdle() {
	test.t.Helper()
	if !test.t.Failed() {
		test.want()
	}
}

// ---- inputs ----

func (test *talk) input(f func()) {
	test.t.Helper()
	require.Empty(test.t, test.log, "put out, and nobody asked")
	f()
	test.drain()
}

// send sends calls, oneWay one-way messages.
func (test *talk) send(texts ...string) { test.t.Helper(); test.sendAs(true, texts...) }

func (test *talk) oneWay(texts ...string) { test.t.Helper(); test.sendAs(false, texts...) }

func (test *talk) sendAs(reply bool, texts ...string) {
	test.t.Helper()
	test.input(func() {
		var msgs []Msg[string]
		for _, s := range texts {
			msgs = append(msgs, Msg[string]{M: s, Size: len(s), Reply: reply, ID: "id-" + s})
		}
		require.Len(test.t, test.s.Send(test.now, msgs, nil), len(msgs), "no room")
	})
}

func (test *talk) tried(t Try, o Outcome) {
	test.t.Helper()
	test.input(func() { test.s.Tried(test.now, t, o) })
}

func (test *talk) receive(in *In[string]) {
	test.t.Helper()
	if in.RM == nil {
		in.RM = &wsrm.Headers{}
	}
	test.input(func() { require.True(test.t, test.s.Receive(test.now, in), "the session has ended") })
}

// reply brings reply k on try t, with an acknowledgement of our numbers.
func (test *talk) reply(t Try, k Number, text string, acked ...Number) {
	test.t.Helper()
	h := &wsrm.Headers{Sequence: wsrm.Sequence{Identifier: idB, Number: k}, Acks: acks(idA, acked...)}
	if k == 0 {
		h.Sequence = wsrm.Sequence{}
	}
	test.receive(&In[string]{Try: t, RM: h, M: text})
}

// ack brings a stand-alone acknowledgement on try t.
func (test *talk) ack(t Try, acked ...Number) {
	test.t.Helper()
	test.receive(&In[string]{Try: t, Kind: wsrm.SequenceAcknowledgement, RM: &wsrm.Headers{Acks: acks(idA, acked...)}})
}

func (test *talk) answer(t Try, k wsrm.Kind, acked ...Number) {
	test.t.Helper()
	test.receive(&In[string]{Try: t, Kind: k, RM: &wsrm.Headers{Acks: acks(idA, acked...)}, Body: &wsrm.Body{Identifier: idA}})
}

func (test *talk) fault(t Try, f wsrm.FaultInfo) {
	test.t.Helper()
	test.receive(&In[string]{Try: t, Kind: wsrm.Fault, Fault: &f, M: "fault"})
}

// created answers the CreateSequence of try 1.
func (test *talk) created() {
	test.t.Helper()
	test.receive(&In[string]{Try: test.s.ini.lastTry, Kind: wsrm.CreateSequenceResponse,
		Body: &wsrm.Body{Identifier: idA, Accept: test.s.cfg.Offer}})
}

func acks(id string, ns ...Number) []wsrm.Acknowledgement {
	if ns == nil {
		return nil
	}
	a := wsrm.Acknowledgement{Identifier: id, Buffer: -1}
	for _, n := range ns {
		if n > 0 {
			a.Ranges.Add(n)
		}
	}
	return []wsrm.Acknowledgement{a}
}

func (test *talk) advance(d time.Duration) {
	test.t.Helper()
	test.input(func() {
		end := test.now.Add(d)
		for at := test.s.Deadline(); at != 0 && at <= end; at = test.s.Deadline() {
			if at > test.now {
				test.now = at
			}
			test.s.Advance(test.now)
			test.drain()
		}
		test.now = end
	})
}

func (test *talk) close() { test.t.Helper(); test.input(func() { test.s.Close(test.now) }) }

// request brings call n on leg l; replies of ours up to acked are acknowledged.
func (test *talk) request(l Leg, n Number, text string, acked ...Number) {
	test.t.Helper()
	test.receive(&In[string]{Leg: l, Wants: Here, MessageID: "id-" + text, Size: len(text), M: text,
		RM: &wsrm.Headers{Sequence: wsrm.Sequence{Identifier: idA, Number: n}, Acks: acks(idB, acked...)}})
}

// ping brings one-way message n.
func (test *talk) ping(l Leg, n Number, text string) {
	test.t.Helper()
	test.receive(&In[string]{Leg: l, Size: len(text), M: text, RM: &wsrm.Headers{Sequence: wsrm.Sequence{Identifier: idA, Number: n}}})
}

// asks brings a lifecycle message of the peer.
func (test *talk) asks(l Leg, k wsrm.Kind, last Number, acked ...Number) {
	test.t.Helper()
	test.receive(&In[string]{Leg: l, Kind: k, MessageID: "id", RM: &wsrm.Headers{Acks: acks(idB, acked...)},
		Body: &wsrm.Body{Identifier: idA, LastMsgNumber: last}})
}

func (test *talk) handled(n Number, r Result, text string) {
	test.t.Helper()
	test.input(func() { test.s.Handled(test.now, n, r, text, len(text)) })
}

func (test *talk) stored(v ...Verdict) {
	test.t.Helper()
	test.input(func() { test.s.Stored(test.now, v) })
}

func ranges(ns ...window.Number) (r window.Ranges) {
	for _, n := range ns {
		r.Add(n)
	}
	return r
}

var anonymous = &soap.EndpointReference{}

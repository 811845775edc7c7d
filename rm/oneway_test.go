package rm_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/window"
)

// cxf says what CXF's server said in a recorded conversation, to a client with an address and no offer.
func cxf(t *testing.T, message string, more ...string) string {
	t.Helper()
	recorded := recordedMessage(t, "cxf/rm11-addressable-echo-no-offer", message)
	return strings.NewReplacer(append([]string{
		"http://127.0.0.1:18180/11/soap12", "http://example.org/service",
		"http://127.0.0.1:18190/replies", replyAddress}, more...)...).Replace(string(recorded))
}

const asksOneway, repliesOneway = "007-callback1-request", "011-callback1-request"

// CXF's server asks for a sequence for its replies by a one-way message, and is told of it by another one: where the session was
// opened to, which needs no DialBack. Replies and acknowledgements go the same ways.
func TestCXFOpensASequenceForItsReplies(t *testing.T) {
	in(t, func(w *world) {
		s, p := w.addressable(func(o *rm.Options) { o.NoOffer = true })
		p.mu.Lock()
		p.make = func(request string) string {
			switch {
			case strings.Contains(request, "/echo<"):
				return cxf(t, asksOneway)
			case strings.Contains(request, "CreateSequenceResponseOneway"):
				var call string
				for _, l := range p.letters() {
					if strings.Contains(l, "/echo<") {
						call = messageID.FindStringSubmatch(l)[1]
					}
				}
				return cxf(t, repliesOneway, "urn:uuid:1c872766-ac3a-4061-a25d-03296e4d036d", identifier.FindStringSubmatch(request)[1],
					"urn:uuid:b0579ad8-5e60-4736-9c1a-05193c684a47", call, "urn:uuid:f1f038e4-e620-4e99-9e29-bc890610069e", s.ID())
			}
			return ""
		}
		p.mu.Unlock()

		reply, err := s.Call(w.Context(), say("echo", "x"))
		require.NoError(w, err)
		require.Equal(w, "1 xxxxxxxxxxxxxx", heard(w, reply))
		require.EqualValues(w, 1, s.Stats().Acknowledged)

		time.Sleep(time.Second)
		letters := p.letters()
		require.Len(w, letters, 4)
		v := variant{rm.RM11, soap.V12, soap.WSA10}
		own := identifier.FindStringSubmatch(letters[2])[1]
		answer := w.read([]byte(letters[2]), v, own, "OWN", "urn:uuid:df6b674e-6d0a-4c7d-8625-1b5fec89226c", "B")
		require.Equal(w, "CreateSequenceResponseOneway{Identifier{OWN} IncompleteSequenceBehavior{DiscardFollowingFirstGap} Accept{AcksTo{a:Address{"+
			replyAddress+"}}}}", answer.body())
		require.Equal(w, "CreateSequenceResponse", short(answer.Envelope))
		require.Equal(w, []string{"a:ReplyTo{a:Address{" + v.wsa.Namespace() + "/none}}", "a:To[s:mustUnderstand=1]{http://example.org/service}"},
			answer.headers("a:ReplyTo", "a:To", "a:RelatesTo"))
		require.NotEmpty(w, answer.MessageID)
		ack := w.read([]byte(letters[3]), v, own, "OWN")
		require.Equal(w, []string{acknowledges("OWN", v, false, window.Range{Lower: 1, Upper: 1})}, ack.protocol())
		require.NoError(w, p.replies.Close())
	})
}

// Nobody else makes us send anything: neither to another address, nor with header blocks that whoever opened the session has not put
// there, nor what a handler replies, nor when the session is over.
func TestNothingIsSentElsewhereWithoutDialBack(t *testing.T) {
	for name, edit := range map[string]func(request string) string{
		"another address": func(r string) string {
			return strings.ReplaceAll(r, "http://example.org/service", "http://example.org/other")
		},
		"reference parameters": func(r string) string {
			return strings.Replace(r, "service</ns2:Address></wsrm:AcksTo>",
				`service</ns2:Address><ns2:ReferenceParameters><p xmlns="urn:p"/></ns2:ReferenceParameters></wsrm:AcksTo>`, 1)
		},
		"another ReplyTo": func(r string) string {
			return strings.Replace(r, "http://www.w3.org/2005/08/addressing/none", "http://example.org/other", 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(w *world) {
				_, p := w.addressable(func(o *rm.Options) { o.NoOffer = true })
				before := len(p.letters())
				require.Equal(w, "fault CreateSequenceRefused", short(p.bring(edit(cxf(t, asksOneway)))))
				time.Sleep(time.Minute)
				require.Len(w, p.letters(), before)
			})
		})
	}
	t.Run("a handler's reply", func(t *testing.T) {
		in(t, func(w *world) {
			s, p := w.addressable(func(o *rm.Options) { o.NoOffer = true })
			p.mu.Lock()
			p.make = func(string) string { return "" } // the service only listens
			p.mu.Unlock()
			require.Nil(w, p.bring(cxf(t, asksOneway)))
			time.Sleep(time.Second)
			letters := p.letters()
			r := w.raw(variant{rm.RM11, soap.V12, soap.WSA10})
			own := identifier.FindStringSubmatch(letters[len(letters)-1])[1]
			require.NotEqual(w, s.ID(), own)
			// A request that is no answer.
			require.Equal(w, "fault OnlyAnonymousAddressSupported", short(p.bring(r.message(own, "1", "urn:uuid:m", "http://example.org/service"))))
			require.NoError(w, p.replies.Close())
		})
	})
	t.Run("the session is over", func(t *testing.T) {
		in(t, func(w *world) {
			s, p := w.addressable(func(o *rm.Options) { o.NoOffer = true })
			w.close(s)
			require.Equal(w, "fault CreateSequenceRefused", short(p.bring(cxf(t, asksOneway))))
		})
	})
}

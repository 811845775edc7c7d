package rm_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
)

// by returns ten for 2005/02 and eleven for 1.1.
func by[T any](v variant, ten, eleven T) T {
	if v.rm == rm.RM10 {
		return ten
	}
	return eleven
}

func TestRM11_3_4_CreateSequence(t *testing.T) {
	for _, test := range []struct {
		name    string
		options func(o *rm.Options)
		offer   string // 1.1: after Identifier
		ten     string
	}{
		{"ordered", func(*rm.Options) {}, " Offer{Identifier{B} Endpoint{a:Address{ANON}} IncompleteSequenceBehavior{NoDiscard}}", " Offer{Identifier{B}}"},
		{"unordered", func(o *rm.Options) { o.Unordered = true }, " Offer{Identifier{B} Endpoint{a:Address{ANON}} IncompleteSequenceBehavior{NoDiscard}}", " Offer{Identifier{B}}"},
		{"no offer", func(o *rm.Options) { o.NoOffer = true }, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				p := w.peer(v)
				w.open(v.options, test.options)
				m := p.said("")[0]
				// WS-RM 1.1, 3.4: the body is CreateSequence with AcksTo, and Offer with its Endpoint, in the order of the schema.
				// WS-RM 2005/02, 3.4: the same without Endpoint and IncompleteSequenceBehavior.
				require.Equal(w, "CreateSequence{AcksTo{a:Address{ANON}}"+by(v, test.ten, test.offer)+"}", m.body())
				// WS-RM 1.1, 3.3: the action is the name of the body's element, in the namespace of the protocol.
				require.Equal(w, []string{"a:Action[s:mustUnderstand=1]{RM/CreateSequence}"}, m.headers("a:Action"))
				// WS-RM 1.1, 3.4: no sequence has it: there is none yet.
				require.Empty(w, m.protocol())
				// WS-Addressing 1.0, Core, 3.4: who wants a reply gives a MessageID; WS-Addressing 2004/08, 3: and a ReplyTo.
				require.NotEmpty(w, m.MessageID)
				require.Equal(w, map[soap.Addressing][]string{soap.WSA10: {}, soap.WSA2004: {"a:ReplyTo{a:Address{ANON}}"}}[v.wsa], m.headers("a:ReplyTo"))
				require.True(w, strings.HasPrefix(p.offer, "urn:uuid:") == (test.offer != ""), "an identifier is an absolute IRI")
			})
		})
	}
}

func TestRM11_3_4_RepeatedCreateSequenceIsTheSame(t *testing.T) {
	variants(t, func(w *world, v variant) {
		p := w.peer(v)
		p.lose = func(*wire) bool { return len(p.heard) < 4 }
		s := w.open(v.options)
		// WCF: the same offer is how a server knows that it is the same request.
		said := p.said("CreateSequence")
		require.Len(w, said, 4)
		for _, m := range said {
			require.Equal(w, said[0].body(), m.body())
			require.Equal(w, said[0].MessageID, m.MessageID)
		}
		require.Equal(w, created, s.ID())
	})
}

func TestRM11_3_4_NothingIsSentBeforeTheResponse(t *testing.T) {
	variants(t, func(w *world, v variant) {
		// WS-RM 1.1, 3.4: the source sends nothing on the sequence before it has CreateSequenceResponse.
		p := w.peer(v)
		p.answer = func(m *wire) (string, bool) { return "", m.action() == "CreateSequence" } // taken, and not answered
		ctx := w.after(10 * time.Second)
		_, err := rm.Open(ctx, w.link, &rm.Options{Version: v.rm, SOAP: v.soap, Addressing: v.wsa})
		w.certain(err)
		require.Equal(w, len(p.said("")), len(p.said("CreateSequence")))
	})
}

func TestRM11_3_4_CreateSequenceResponse(t *testing.T) {
	const odd = "HTTP://Example.ORG:80/a%7Eb/./?x=1&amp;y=%20" // an address is compared character by character
	for _, test := range []struct {
		name    string
		edit    func(c *client, request string) string
		options rm.Options
		ten     string
		eleven  string
	}{
		{"offer", nil, rm.Options{}, "Identifier{A} Accept{AcksTo{a:Address{http://example.org/service}}}",
			"Identifier{A} IncompleteSequenceBehavior{DiscardFollowingFirstGap} Accept{AcksTo{a:Address{http://example.org/service}}}"},
		{"unordered", nil, rm.Options{Unordered: true}, "Identifier{A} Accept{AcksTo{a:Address{http://example.org/service}}}",
			"Identifier{A} IncompleteSequenceBehavior{NoDiscard} Accept{AcksTo{a:Address{http://example.org/service}}}"},
		// WS-RM 1.1, 3.4: Accept must not be there if nothing was offered.
		{"no offer", func(c *client, _ string) string { return c.create("urn:uuid:1", false) }, rm.Options{}, "Identifier{A}",
			"Identifier{A} IncompleteSequenceBehavior{DiscardFollowingFirstGap}"},
		// WS-RM 1.1, 3.4: the lifetime granted is not longer than the one wished for.
		{"expires", func(_ *client, r string) string {
			return strings.Replace(r, "</r:AcksTo>", "</r:AcksTo><r:Expires>PT10M</r:Expires>", 1)
		}, rm.Options{}, "Identifier{A} Expires{PT600S} Accept{AcksTo{a:Address{http://example.org/service}}}",
			"Identifier{A} Expires{PT600S} IncompleteSequenceBehavior{DiscardFollowingFirstGap} Accept{AcksTo{a:Address{http://example.org/service}}}"},
		// WS-RM 1.1, 3.4: PT0S is no expiry, and so is the absence of Expires.
		{"never expires", func(_ *client, r string) string {
			return strings.Replace(r, "</r:AcksTo>", "</r:AcksTo><r:Expires>PT0S</r:Expires>", 1)
		}, rm.Options{}, "Identifier{A} Accept{AcksTo{a:Address{http://example.org/service}}}",
			"Identifier{A} IncompleteSequenceBehavior{DiscardFollowingFirstGap} Accept{AcksTo{a:Address{http://example.org/service}}}"},
		// WCF: Accept/AcksTo is compared with the address of the service byte for byte.
		{"odd address", func(_ *client, r string) string { return strings.Replace(r, "http://example.org/service", odd, 1) },
			rm.Options{}, "Identifier{A} Accept{AcksTo{a:Address{" + strings.ReplaceAll(odd, "&amp;", "&") + "}}}",
			"Identifier{A} IncompleteSequenceBehavior{DiscardFollowingFirstGap} Accept{AcksTo{a:Address{" + strings.ReplaceAll(odd, "&amp;", "&") + "}}}"},
		// WS-Addressing 1.0, Core, 3.2: To is anonymous if it is not there.
		{"no address", func(_ *client, r string) string { return without(r, "a:To") },
			rm.Options{}, "Identifier{A} Accept{AcksTo{a:Address{ANON}}}",
			"Identifier{A} IncompleteSequenceBehavior{DiscardFollowingFirstGap} Accept{AcksTo{a:Address{ANON}}}"},
		// WS-RM 1.1, 3.4: AcksTo may have reference parameters, and elements and attributes of other namespaces stand anywhere.
		{"extended", func(_ *client, r string) string {
			r = strings.Replace(r, "</r:AcksTo>", `</r:AcksTo><x:more xmlns:x="urn:x"><r:Identifier>urn:uuid:not-this</r:Identifier></x:more>`, 1)
			r = strings.Replace(r, "<r:CreateSequence>", `<r:CreateSequence x:a="1" xmlns:x="urn:x">`, 1)
			r = strings.Replace(r, "<r:Offer>", `<r:Offer x:a="1" xmlns:x="urn:x">`, 1)
			return strings.Replace(r, "</r:Offer>", `<x:more xmlns:x="urn:x"/></r:Offer><x:tail xmlns:x="urn:x"/>`, 1)
		}, rm.Options{}, "Identifier{A} Accept{AcksTo{a:Address{http://example.org/service}}}",
			"Identifier{A} IncompleteSequenceBehavior{DiscardFollowingFirstGap} Accept{AcksTo{a:Address{http://example.org/service}}}"},
	} {
		t.Run(test.name, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				*w.server.Options = test.options
				c := w.client(v)
				request := c.create("urn:uuid:1", true)
				if test.edit != nil {
					request = test.edit(c, request)
				}
				b := c.bytes([]byte(request))
				c.id = identifier.FindStringSubmatch(string(b))[1]
				m := w.read(b, v, c.id, "A")
				require.Equal(w, "CreateSequenceResponse{"+by(v, test.ten, test.eleven)+"}", m.body())
				require.ElementsMatch(w, append([]string{"a:Action[s:mustUnderstand=1]{RM/CreateSequenceResponse}", "a:RelatesTo{urn:uuid:1}"},
					map[soap.Addressing][]string{soap.WSA2004: {"a:To[s:mustUnderstand=1]{ANON}"}}[v.wsa]...), m.headers())
				require.Equal(w, "echoResponse", c.says(c.call(1)).action(), "there is a session")
			})
		})
	}
}

func TestRM11_3_4_IdentifiersAreUnique(t *testing.T) {
	in(t, func(w *world) {
		// WS-RM 1.1, 3.4: the identifier is a globally unique absolute IRI.
		seen := map[string]bool{}
		for i := range 50 {
			c := w.client(variant{rm: rm.RM11})
			c.offer = fmt.Sprint("urn:uuid:offer", i)
			id := c.open()
			require.Regexp(w, `^urn:uuid:[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$`, id)
			require.False(w, seen[id])
			seen[id] = true
		}
	})
}

func TestRM11_3_4_CreateSequenceIsRefused(t *testing.T) {
	for _, test := range []struct {
		name string
		in   func(v variant) bool
		edit func(v variant, request string) string
	}{
		{"no AcksTo", live, func(_ variant, r string) string { return without(r, "r:AcksTo") }},
		{"AcksTo without Address", live, func(_ variant, r string) string {
			i, j := strings.Index(r, "<r:AcksTo>"), strings.Index(r, "</r:AcksTo>")
			return r[:i] + "<r:AcksTo>" + r[j:]
		}},
		// WS-RM 1.1, 3.4: AcksTo must not be the none address.
		{"AcksTo none", func(v variant) bool { return v.wsa == soap.WSA10 }, func(v variant, r string) string {
			return strings.Replace(r, "<r:AcksTo><a:Address>"+v.wsa.Anonymous(), "<r:AcksTo><a:Address>"+v.wsa.Namespace()+"/none", 1)
		}},
		{"Offer without Identifier", live, func(_ variant, r string) string { return without(r, "r:Identifier") }},
		{"Offer with an empty Identifier", live, func(_ variant, r string) string { return strings.Replace(r, "urn:uuid:offer", " ", 1) }},
		{"two Offers", live, func(_ variant, r string) string {
			i, j := strings.Index(r, "<r:Offer>"), strings.Index(r, "</r:CreateSequence>")
			return r[:j] + strings.Replace(r[i:j], "urn:uuid:offer", "urn:uuid:another", 1) + r[j:]
		}},
		// WS-RM 1.1, 3.4: the Offer has an Endpoint, which is not none.
		{"Offer without Endpoint", only11, func(_ variant, r string) string { return without(r, "r:Endpoint") }},
		{"Offer with another Endpoint", only11, func(v variant, r string) string {
			return strings.Replace(r, "<r:Endpoint><a:Address>"+v.wsa.Anonymous(), "<r:Endpoint><a:Address>http://example.org/other", 1)
		}},
		{"Offer with the none Endpoint", func(v variant) bool { return v.rm == rm.RM11 && v.wsa == soap.WSA10 }, func(v variant, r string) string {
			return strings.Replace(r, "<r:Endpoint><a:Address>"+v.wsa.Anonymous(), "<r:Endpoint><a:Address>"+v.wsa.Namespace()+"/none", 1)
		}},
		{"IncompleteSequenceBehavior of no meaning", only11, func(_ variant, r string) string {
			return strings.Replace(r, "</r:Offer>", "<r:IncompleteSequenceBehavior>Whatever</r:IncompleteSequenceBehavior></r:Offer>", 1)
		}},
		{"Expires that is no duration", live, func(_ variant, r string) string {
			return strings.Replace(r, "</r:AcksTo>", "</r:AcksTo><r:Expires>soon</r:Expires>", 1)
		}},
		{"negative Expires", live, func(_ variant, r string) string {
			return strings.Replace(r, "</r:AcksTo>", "</r:AcksTo><r:Expires>-PT1M</r:Expires>", 1)
		}},
		// WS-RM 1.1, 6: the two ways to bind a sequence to what secures it; a header block that must be understood asks for it.
		{"UsesSequenceSSL", only11, func(_ variant, r string) string { return with(r, `<r:UsesSequenceSSL s:mustUnderstand="1"/>`) }},
		{"UsesSequenceSTR", only11, func(_ variant, r string) string { return with(r, `<r:UsesSequenceSTR s:mustUnderstand="1"/>`) }},
		{"SecurityTokenReference", live, func(_ variant, r string) string {
			return strings.Replace(r, "</r:CreateSequence>", `<w:SecurityTokenReference xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"/></r:CreateSequence>`, 1)
		}},
		{"body of another version", live, func(v variant, r string) string {
			other := variant{rm: rm.RM10 + rm.RM11 - v.rm}
			return strings.Replace(r, "<r:CreateSequence>", `<r:CreateSequence xmlns:r="`+rmNamespace(other.rm)+`">`, 1)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				if !test.in(v) {
					return
				}
				c := w.client(v)
				m := c.says(test.edit(v, c.create("urn:uuid:1", true)))
				require.True(w, m.IsFault())
				require.Contains(w, m.text(), "CreateSequenceRefused")
				require.Zero(w, w.server.Stats().Sessions)
			})
		})
	}
}

func TestRM11_3_4_IncompleteSequenceBehaviorValues(t *testing.T) {
	for _, test := range []struct {
		value string
		ok    bool
	}{{"NoDiscard", true}, {"DiscardFollowingFirstGap", true}, {"DiscardEntireSequence", true}, {"discardEntireSequence", false}, {"", false}} {
		t.Run(test.value, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				if v.rm == rm.RM10 {
					return
				}
				// WS-RM 1.1, 3.4: the three values that the response, and the Offer, may have.
				element := "<r:IncompleteSequenceBehavior>" + test.value + "</r:IncompleteSequenceBehavior>"
				c := w.client(v)
				m := c.says(strings.Replace(c.create("urn:uuid:1", true), "</r:Offer>", element+"</r:Offer>", 1))
				require.Equal(w, test.ok, !m.IsFault())

				p := w.peer(v)
				p.behavior = element
				s, err := rm.Open(w.Context(), w.link, &rm.Options{Version: v.rm, SOAP: v.soap, Addressing: v.wsa, MaxRetries: 2})
				if !test.ok {
					w.certain(err)
					return
				}
				require.NoError(w, err)
				w.close(s)
			})
		})
	}
}

func TestRM11_3_4_OfferIsDeclined(t *testing.T) {
	for _, none := range []bool{false, true} {
		t.Run(fmt.Sprintf("none=%v", none), func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				if none && v.wsa == soap.WSA2004 {
					return
				}
				// WS-RM 1.1, 3.4: without Accept the offered sequence does not exist, and nobody speaks of it.
				p := w.peer(v)
				p.declines = true
				if none { // CXF: Accept with the none address declines
					p.behavior = `<r:Accept><r:AcksTo><a:Address>` + v.wsa.Namespace() + `/none</a:Address></r:AcksTo></r:Accept>`
				}
				s := w.open(v.options)
				w.echoes(s)
				w.echoes(s)
				w.close(s)
				for _, m := range p.said("")[1:] {
					require.NotContains(w, m.text(), "{B}")
				}
			})
		})
	}
}

func TestRM11_3_4_Expires(t *testing.T) {
	variants(t, func(w *world, v variant) {
		// WS-RM 1.1, 3.4: the sequence ends when its lifetime is over. The two sides know it by themselves, nothing is sent.
		c := w.client(v)
		m := c.says(strings.Replace(c.create("urn:uuid:1", true), "</r:AcksTo>", "</r:AcksTo><r:Expires>PT1M</r:Expires>", 1))
		require.Contains(w, m.body(), "Expires{PT60S}")
		c.id = identifier.FindStringSubmatch(c.raw.text(m.Envelope))[1]
		cause := w.watch()
		time.Sleep(59 * time.Second)
		require.Equal(w, "echoResponse", c.says(c.call(1)).action())
		time.Sleep(2 * time.Second)
		require.ErrorContains(w, cause(), "expired")
		require.Contains(w, c.says(c.call(2)).text(), "SequenceTerminated")

		p := w.peer(v)
		p.expires = "<r:Expires>PT1M</r:Expires>"
		s := w.open(v.options)
		time.Sleep(59 * time.Second)
		require.NoError(w, s.Context().Err())
		said := len(p.said(""))
		time.Sleep(2 * time.Second)
		require.ErrorContains(w, context.Cause(s.Context()), "expired")
		require.Len(w, p.said(""), said)
		p.expires = "<r:Expires>PT0S</r:Expires>"
		s = w.open(v.options)
		time.Sleep(time.Hour)
		require.NoError(w, s.Context().Err())
	})
}

func TestRM11_3_4_ResponseThatIsNone(t *testing.T) {
	for _, test := range []struct {
		name string
		edit func(answer string) string
	}{
		{"no Identifier", func(a string) string { return without(a, "r:Identifier") }},
		{"two Identifiers", func(a string) string {
			return strings.Replace(a, "</r:Identifier>", "</r:Identifier><r:Identifier>urn:uuid:another</r:Identifier>", 1)
		}},
		{"Accept without AcksTo", func(a string) string { return without(a, "r:AcksTo") }},
		{"another body", func(a string) string {
			return strings.ReplaceAll(a, "r:CreateSequenceResponse>", "r:CloseSequenceResponse>")
		}},
		{"not understood", func(a string) string { return with(a, `<h:unknown xmlns:h="urn:h" s:mustUnderstand="1"/>`) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			variants(t, func(w *world, v variant) {
				// WS-RM 1.1, 3.4: what is not a CreateSequenceResponse makes no sequence. It may be right the next time.
				p := w.peer(v)
				edit := func(m *wire) (string, bool) { return test.edit(p.good(m)), true }
				p.answer = func(m *wire) (string, bool) {
					if len(p.heard) == 1 {
						return edit(m)
					}
					return "", false
				}
				s := w.open(v.options)
				require.Len(w, p.said("CreateSequence"), 2)
				w.echoes(s)

				p.answer = func(m *wire) (string, bool) {
					if m.action() == "CreateSequence" {
						return edit(m)
					}
					return "", false
				}
				_, err := rm.Open(w.Context(), w.link, &rm.Options{Version: v.rm, SOAP: v.soap, Addressing: v.wsa, MaxRetries: 2})
				w.certain(err)
				require.True(w, errors.Is(err, rm.ErrUnreachable), "%v", err)
			})
		})
	}
}

// A service that knows nothing of the protocol may take CreateSequence for a message of its own. It is asked no more, since it
// may do its work each time.
func TestCreateSequenceAnsweredByTheApplication(t *testing.T) {
	variants(t, func(w *world, v variant) {
		p := w.peer(v)
		p.answer = func(m *wire) (string, bool) {
			return p.envelope(p.answering("urn:done", m), `<done xmlns="urn:d"/>`), true
		}
		_, err := rm.Open(w.Context(), w.link, &rm.Options{Version: v.rm, SOAP: v.soap, Addressing: v.wsa})
		w.certain(err)
		require.ErrorContains(w, err, "it does not speak WS-ReliableMessaging")
		require.Len(w, p.said("CreateSequence"), 1)
	})
}

package rm_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
	"github.com/gowsrm/wsrm/window"
)

// home is a client that writes its envelopes by hand and has addresses below http://client.example.org/, where it reads what the server
// sends.
type home struct {
	*client

	mu    sync.Mutex
	mail  []*wire
	dials []string
}

const (
	acksAt    = "http://client.example.org/acks"
	repliesAt = "http://client.example.org/replies"
	faultsAt  = "http://client.example.org/faults"
)

// home returns a client at whose addresses the server may send.
func (w *world) home(v variant) *home {
	h := &home{client: w.client(v)}
	w.server.DialBack = func(_ context.Context, to *soap.EndpointReference) (transport.Exchanger, error) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.dials = append(h.dials, to.Address)
		if !strings.HasPrefix(to.Address, "http://client.example.org/") {
			return nil, errors.New("not on the list")
		}
		return dialled(func(_ context.Context, env *soap.Envelope) (*soap.Envelope, error) {
			b := []byte(written(env))
			h.mu.Lock()
			defer h.mu.Unlock()
			h.mail = append(h.mail, w.read(b, v, append(h.names(), h.offer, "B")...))
			return nil, nil
		}), nil
	}
	w.service.Mux[ns+"/fail"] = func(context.Context, *rm.Message) (*soap.Envelope, error) {
		return nil, &soap.Fault{Code: "Sender", Reason: "because"}
	}
	return h
}

func (h *home) names() []string {
	if h.id == "" {
		return nil
	}
	return []string{h.id, "A"}
}

// reads returns what was sent to the addresses since it was called last.
func (h *home) reads() []*wire {
	time.Sleep(time.Second)
	h.mu.Lock()
	defer h.mu.Unlock()
	mail := h.mail
	h.mail = nil
	return mail
}

// one is the one message that reads returns.
func (h *home) one() *wire {
	h.w.Helper()
	mail := h.reads()
	require.Len(h.w, mail, 1)
	return mail[0]
}

// endpoint writes an endpoint reference; parameter, if not "", is the text of its reference parameter.
func endpoint(name, address, parameter string) string {
	if parameter != "" {
		parameter = `<a:ReferenceParameters><p:key xmlns:p="urn:p">` + parameter + `</p:key></a:ReferenceParameters>`
	}
	return `<` + name + `><a:Address>` + address + `</a:Address>` + parameter + `</` + name + `>`
}

// creates opens a sequence whose acknowledgements go to acksTo, an endpoint reference.
func (h *home) creates(acksTo string) *wire {
	h.w.Helper()
	anonymous := h.wsa.Anonymous()
	request := strings.Replace(h.create("urn:uuid:create", true), endpoint("r:AcksTo", anonymous, ""), acksTo, 1)
	answer := h.says(request)
	require.Equal(h.w, "CreateSequenceResponse", short(answer.Envelope))
	h.id = identifier.FindStringSubmatch(h.text(answer.Envelope))[1]
	return answer
}

// calls is message n of an operation, with these endpoints beside a MessageID.
func (h *home) calls(operation string, n int, endpoints ...string) string {
	request := with(h.message(h.id, fmt.Sprint(n), "", ""), append([]string{fmt.Sprintf("<a:MessageID>urn:uuid:m%d</a:MessageID>", n)}, endpoints...)...)
	return strings.Replace(request, ns+"/echo<", ns+"/"+operation+"<", 1)
}

// atHome runs f in all variants.
func atHome(t *testing.T, f func(w *world, h *home, v variant)) {
	variants(t, func(w *world, v variant) { f(w, w.home(v), v) })
}

// WS-Addressing 1.0, Core, 3.4: a reply goes to the address of ReplyTo, relates to the MessageID of the request, and carries the reference
// parameters as header blocks, which SOAP Binding 3.4 marks; those of each message are its own.
func TestWSA_3_4_RepliesToAnAddress(t *testing.T) {
	atHome(t, func(w *world, h *home, v variant) {
		h.creates(endpoint("r:AcksTo", v.wsa.Anonymous(), ""))
		mark := map[soap.Addressing]string{soap.WSA10: "[a:IsReferenceParameter=true]"}[v.wsa]
		// More endpoints than a session keeps addresses.
		for n := 1; n <= 12; n++ {
			key := fmt.Sprint("key ", n)
			ack := fmt.Sprintf(`<r:AcknowledgementRange Lower="1" Upper="%d"/>`, n-1)
			if n == 1 {
				ack = nothing(v)
			}
			require.Equal(w, []string{acked(v, span(1, window.Number(n)))},
				h.says(with(h.calls("echo", n, endpoint("a:ReplyTo", repliesAt, key)), h.ack(ack))).protocol(), "acknowledgements are anonymous")
			reply := h.one()
			require.ElementsMatch(w, []string{
				"a:To[s:mustUnderstand=1]{" + repliesAt + "}",
				fmt.Sprintf("a:RelatesTo{urn:uuid:m%d}", n),
				"{urn:p}key" + mark + "{" + key + "}",
			}, reply.headers("a:To", "a:RelatesTo", "{urn:p}"))
			require.Equal(w, "echoResponse", reply.action())
			require.Contains(w, reply.protocol(), inSequence("B", n))
			require.NotEmpty(w, reply.MessageID)
		}
		require.Equal(w, []string{repliesAt}, h.dials)
	})
}

// WS-Addressing 1.0, Core, 3.4: a fault goes to FaultTo if there is one, whatever ReplyTo says, and to ReplyTo otherwise.
func TestWSA_3_4_WhereFaultsGo(t *testing.T) {
	const nowhere, response = "", "response"
	none := soap.WSA10.Namespace() + "/none"
	for _, test := range []struct {
		name             string
		replyTo, faultTo string // "": absent
		want             string // an address, or response
	}{
		{"neither", "", "", response},
		{"ReplyTo", repliesAt, "", repliesAt},
		{"FaultTo", "", faultsAt, faultsAt},
		{"both", repliesAt, faultsAt, faultsAt},
		{"ReplyTo, FaultTo anonymous", repliesAt, "ANON", response},
		{"ReplyTo anonymous, FaultTo", "ANON", faultsAt, faultsAt},
		{"ReplyTo, FaultTo none", repliesAt, none, nowhere},
		{"ReplyTo none, FaultTo", none, faultsAt, faultsAt},
		{"ReplyTo none", none, "", nowhere},
	} {
		t.Run(test.name, func(t *testing.T) {
			atHome(t, func(w *world, h *home, v variant) {
				if v.wsa == soap.WSA2004 && (test.replyTo == none || test.faultTo == none) {
					return // which has no none
				}
				h.creates(endpoint("r:AcksTo", v.wsa.Anonymous(), ""))
				var endpoints []string
				for name, address := range map[string]string{"a:ReplyTo": test.replyTo, "a:FaultTo": test.faultTo} {
					if address != "" {
						endpoints = append(endpoints, endpoint(name, strings.Replace(address, "ANON", v.wsa.Anonymous(), 1), "key"))
					}
				}
				answer := h.says(h.calls("fail", 1, endpoints...))
				require.Contains(w, answer.protocol(), acked(v, span(1, 1)), "in any case")
				mail := h.reads()
				if test.want == response {
					require.Empty(w, mail)
					mail = append(mail, answer)
				} else {
					require.Equal(w, "SequenceAcknowledgement", answer.action())
				}
				if test.want == nowhere {
					require.Empty(w, mail)
					return
				}
				require.Len(w, mail, 1)
				fault := mail[0]
				require.Equal(w, "fault Sender", short(fault.Envelope))
				require.Equal(w, []string{"a:RelatesTo{urn:uuid:m1}"}, fault.headers("a:RelatesTo"))
				require.Contains(w, fault.protocol(), inSequence("B", 1))
				if test.want != response {
					require.Equal(w, test.want, fault.To)
					require.Len(w, fault.headers("{urn:p}key"), 1)
				}
			})
		})
	}
}

// WS-Addressing 1.0, Core, 3.4: faults that the protocol makes of a message go to its FaultTo, too. Where only ReplyTo is elsewhere they
// stay on the response, where the client still listens.
func TestWSA_3_4_FaultsOfTheProtocol(t *testing.T) {
	atHome(t, func(w *world, h *home, v variant) {
		h.creates(endpoint("r:AcksTo", v.wsa.Anonymous(), ""))
		require.Nil(w, h.says(strings.Replace(h.calls("echo", 1, endpoint("a:FaultTo", faultsAt, "key")), h.id, nobody, 1)))
		fault := h.one()
		require.Contains(w, h.text(fault.Envelope), ":UnknownSequence<")
		require.Equal(w, faultsAt, fault.To)
		require.Equal(w, "urn:uuid:m1", fault.RelatesTo)
		require.Len(w, fault.headers("{urn:p}key"), 1)

		answer := h.says(strings.Replace(h.calls("echo", 1, endpoint("a:ReplyTo", repliesAt, "")), h.id, nobody, 1))
		require.Contains(w, h.text(answer.Envelope), ":UnknownSequence<")
		require.Empty(w, h.reads())

		if v.rm == rm.RM11 { // WS-RM 1.1, 4.7
			h.says(h.lifecycle("CloseSequence", h.id))
			require.Nil(w, h.says(h.calls("echo", 1, endpoint("a:FaultTo", faultsAt, ""))))
			require.Contains(w, h.text(h.one().Envelope), ":SequenceClosed<")
		}
		if v.wsa == soap.WSA10 {
			request := h.calls("echo", 1, endpoint("a:FaultTo", soap.WSA10.Namespace()+"/none", ""))
			require.Nil(w, h.says(strings.Replace(request, h.id, nobody, 1)))
			require.Empty(w, h.reads())
		}
	})
}

// WS-RM 1.1, 3.4 and 3.9; WS-RM 2005/02, 3.2 and 3.4: acknowledgements go to AcksTo, with its reference parameters, and ride on
// nothing that goes elsewhere; not even to the same address with other parameters.
func TestRM_3_9_AcksToAnAddress(t *testing.T) {
	atHome(t, func(w *world, h *home, v variant) {
		h.creates(endpoint("r:AcksTo", acksAt, "acks"))
		require.Nil(w, h.says(h.oneWay(1)))
		ack := h.one()
		require.Equal(w, acksAt, ack.To)
		require.Equal(w, "SequenceAcknowledgement", ack.action())
		require.Equal(w, []string{acked(v, span(1, 1))}, ack.protocol())
		require.Len(w, ack.headers("{urn:p}key"), 1)

		require.Nil(w, h.says(h.calls("echo", 2, endpoint("a:ReplyTo", acksAt, "replies"))))
		mail := h.reads()
		require.Len(w, mail, 2)
		require.Equal(w, []string{inSequence("B", 1)}, mail[0].protocol())
		require.Equal(w, []string{acked(v, span(1, 2))}, mail[1].protocol())

		require.Nil(w, h.says(with(h.calls("echo", 3, endpoint("a:ReplyTo", acksAt, "acks")), h.ack(`<r:AcknowledgementRange Lower="1" Upper="1"/>`))))
		require.ElementsMatch(w, []string{inSequence("B", 2), acked(v, span(1, 3))}, h.one().protocol(), "the same endpoint")

		require.Nil(w, h.says(h.ask(h.id)))
		require.Equal(w, []string{acked(v, span(1, 3))}, h.one().protocol())
	})
}

// WS-RM 1.1, 3.4: AcksTo must not be none.
func TestRM_3_4_AcksToNone(t *testing.T) {
	atHome(t, func(w *world, h *home, v variant) {
		request := strings.Replace(h.create("urn:uuid:create", true), endpoint("r:AcksTo", v.wsa.Anonymous(), ""),
			endpoint("r:AcksTo", soap.WSA10.Namespace()+"/none", ""), 1)
		require.Contains(w, h.text(h.says(request).Envelope), ":CreateSequenceRefused<")
		require.Empty(w, h.reads())
	})
}

// WS-Addressing 1.0, Core, 3.2: none is no reply, and with DialBack nothing is sent there.
func TestWSA_3_2_ReplyToNone(t *testing.T) {
	atHome(t, func(w *world, h *home, v variant) {
		if v.wsa == soap.WSA2004 {
			return
		}
		h.creates(endpoint("r:AcksTo", acksAt, ""))
		require.Nil(w, h.says(h.calls("echo", 1, endpoint("a:ReplyTo", soap.WSA10.Namespace()+"/none", ""))))
		require.Equal(w, []string{acked(v, span(1, 1))}, h.one().protocol())
		require.Equal(w, []string{"1"}, w.service.delivered())
		require.Equal(w, []string{acksAt}, h.dials)
	})
}

// onlyAnonymous is the fault of whoever answers on the response alone; 2004/08 has a more general one.
func onlyAnonymous(v variant) string {
	if v.wsa == soap.WSA2004 {
		return "fault InvalidMessageInformationHeader"
	}
	return "fault OnlyAnonymousAddressSupported"
}

// WS-Addressing 1.0, SOAP Binding, 6.4.1.7: a server without DialBack supports the anonymous address only. Nothing of the message
// counts.
func TestWSA_6_4_1_7_OnlyAnonymousAddresses(t *testing.T) {
	variants(t, func(w *world, v variant) {
		c := w.created(v)
		for _, name := range []string{"ReplyTo", "FaultTo"} {
			address := endpoint("a:"+name, faultsAt, "")
			m := c.says(with(c.oneWay(1), "<a:MessageID>urn:uuid:m1</a:MessageID>", address))
			require.Equal(w, onlyAnonymous(v), short(m.Envelope))
			require.Empty(w, m.protocol())
			refused := c.says(with(without(c.create("urn:uuid:other"+name, false), "a:ReplyTo"), address))
			require.Contains(w, c.text(refused.Envelope), ":CreateSequenceRefused<")
		}
		require.Empty(w, w.service.delivered())
		require.Equal(w, []string{inSequence("B", 1), acked(v, span(1, 1))}, c.says(c.call(1)).protocol())
	})
}

// A client may name eight addresses in a session, and reference parameters that can be sent; beyond that the message is refused, and
// the session goes on.
func TestDialBackBounds(t *testing.T) {
	atHome(t, func(w *world, h *home, v variant) {
		h.creates(endpoint("r:AcksTo", v.wsa.Anonymous(), ""))
		refused := func(n int, replyTo string) {
			w.Helper()
			require.Equal(w, onlyAnonymous(v), short(h.says(h.calls("echo", n, replyTo)).Envelope))
		}
		refused(1, `<a:ReplyTo><a:Address>`+repliesAt+`</a:Address><a:ReferenceParameters><key xmlns="">x</key></a:ReferenceParameters></a:ReplyTo>`)
		refused(1, endpoint("a:ReplyTo", repliesAt+strings.Repeat("x", 4000), ""))
		refused(1, endpoint("a:ReplyTo", repliesAt, strings.Repeat("x", 10_000)))
		for n := 1; n <= 8; n++ {
			h.says(h.calls("echo", n, endpoint("a:ReplyTo", fmt.Sprint(repliesAt, n), "")))
			require.NotEmpty(w, h.reads())
		}
		refused(9, endpoint("a:ReplyTo", repliesAt+"9", ""))
		h.says(h.calls("echo", 9, endpoint("a:ReplyTo", repliesAt+"8", "")))
		h.reads()
		require.Equal(w, []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}, w.service.delivered())
	})
}

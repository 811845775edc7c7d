package rm_test

import (
	"regexp"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
)

// raw is a client that writes its envelopes by hand, right or wrong.
type raw struct {
	w *world
	variant
	id    string // of the sequence that open made
	offer string // of the offered one
	born  time.Time
}

func (w *world) raw(v variant) *raw {
	return &raw{w: w, variant: v, offer: "urn:uuid:offer", born: time.Now()}
}

func rmNamespace(v rm.Version) string {
	if v == rm.RM10 {
		return "http://schemas.xmlsoap.org/ws/2005/02/rm"
	}
	return "http://docs.oasis-open.org/ws-rx/wsrm/200702"
}

// send brings the server a request, and returns its answer as it is read on the other side.
func (r *raw) send(request string) *soap.Envelope {
	r.w.Helper()
	env, err := soap.Parse([]byte(request), nil)
	require.NoError(r.w, err, request)
	answer, err := r.w.link.handler.ServeExchange(r.w.Context(), r.w.link.peer, env)
	require.NoError(r.w, err)
	if answer == nil {
		return nil
	}
	b, err := answer.AppendXML(nil)
	require.NoError(r.w, err)
	env, err = soap.Parse(b, nil)
	require.NoError(r.w, err, string(b))
	require.Equal(r.w, r.soap, env.Version, "answered in the request's version")
	return env
}

var bufferRemaining = regexp.MustCompile(`<n:BufferRemaining.*</n:BufferRemaining>`)

// text returns an envelope as it is written, but for the room in the buffer.
func (r *raw) text(env *soap.Envelope) string {
	r.w.Helper()
	require.NotNil(r.w, env)
	b, err := env.AppendXML(nil)
	require.NoError(r.w, err)
	return bufferRemaining.ReplaceAllString(string(b), "")
}

func (r *raw) envelope(header, body string) string {
	return `<s:Envelope xmlns:s="` + r.soap.Namespace() + `" xmlns:a="` + r.wsa.Namespace() + `" xmlns:r="` + rmNamespace(r.rm) + `"><s:Header>` +
		header + `</s:Header><s:Body>` + body + `</s:Body></s:Envelope>`
}

func (r *raw) body(text string) string {
	return `<echo xmlns="` + ns + `"><text>` + text + `</text></echo>`
}

func (r *raw) addressing(action, messageID, replyTo string) string {
	h := `<a:Action s:mustUnderstand="1">` + action + `</a:Action><a:To s:mustUnderstand="1">http://example.org/service</a:To>`
	if messageID != "" {
		h += `<a:MessageID>` + messageID + `</a:MessageID><a:ReplyTo><a:Address>` + replyTo + `</a:Address></a:ReplyTo>`
	}
	return h
}

// create is a CreateSequence.
func (r *raw) create(messageID string, offer bool) string {
	anonymous := `<a:Address>` + r.wsa.Anonymous() + `</a:Address>`
	body := `<r:CreateSequence><r:AcksTo>` + anonymous + `</r:AcksTo>`
	if offer {
		body += `<r:Offer><r:Identifier>` + r.offer + `</r:Identifier>`
		if r.rm == rm.RM11 {
			body += `<r:Endpoint>` + anonymous + `</r:Endpoint>`
		}
		body += `</r:Offer>`
	}
	return r.envelope(r.addressing(rmNamespace(r.rm)+"/CreateSequence", messageID, r.wsa.Anonymous()), body+`</r:CreateSequence>`)
}

var identifier = regexp.MustCompile(`Identifier>(urn:uuid:[^<]*)<`)

// open creates a sequence with an offer.
func (r *raw) open() string {
	r.w.Helper()
	answer := r.send(r.create("urn:uuid:create", true))
	require.Equal(r.w, "CreateSequenceResponse", short(answer))
	r.id = identifier.FindStringSubmatch(r.text(answer))[1]
	return r.id
}

// message is an echo that expects a reply; its text is its number.
func (r *raw) message(id, number, messageID, replyTo string) string {
	return r.envelope(`<r:Sequence s:mustUnderstand="1"><r:Identifier>`+id+`</r:Identifier><r:MessageNumber>`+number+`</r:MessageNumber></r:Sequence>`+
		r.addressing(ns+"/echo", messageID, replyTo), r.body(number))
}

// ask is a stand-alone AckRequested.
func (r *raw) ask(id string) string {
	return r.envelope(`<r:AckRequested><r:Identifier>`+id+`</r:Identifier></r:AckRequested>`+r.addressing(rmNamespace(r.rm)+"/AckRequested", "", ""), "")
}

// alone is a header block alone.
func (r *raw) alone(name, id, content string) string {
	return r.envelope(`<r:`+name+`><r:Identifier>`+id+`</r:Identifier>`+content+`</r:`+name+`>`+r.addressing(rmNamespace(r.rm)+"/"+name, "", ""), "")
}

// lifecycle is CloseSequence or TerminateSequence.
func (r *raw) lifecycle(name, id string) string {
	return r.envelope(r.addressing(rmNamespace(r.rm)+"/"+name, "urn:uuid:"+name, r.wsa.Anonymous()), `<r:`+name+`><r:Identifier>`+id+`</r:Identifier></r:`+name+`>`)
}

// fault is a fault as a request.
func (r *raw) fault(code, id string) string {
	action := r.wsa.Namespace() + "/fault"
	if r.rm == rm.RM11 {
		action = rmNamespace(r.rm) + "/fault"
	}
	detail := `<r:Identifier>` + id + `</r:Identifier>`
	if r.soap == soap.V11 {
		if r.rm == rm.RM11 {
			detail = `<r:Detail>` + detail + `</r:Detail>`
		}
		return r.envelope(r.addressing(action, "", "")+`<r:SequenceFault><r:FaultCode>r:`+code+`</r:FaultCode>`+detail+`</r:SequenceFault>`,
			`<s:Fault><faultcode>s:Client</faultcode><faultstring>x</faultstring></s:Fault>`)
	}
	return r.envelope(r.addressing(action, "", ""), `<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>r:`+code+
		`</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">x</s:Text></s:Reason><s:Detail>`+detail+`</s:Detail></s:Fault>`)
}

// nothing is what an acknowledgement of nothing holds.
func nothing(v variant) string {
	if v.rm == rm.RM10 {
		return `<r:AcknowledgementRange Lower="0" Upper="0"/>`
	}
	return `<r:None/>`
}

// What is done to the request of TestHostileHeaders.

func number(n string) func(variant, string) string {
	return func(_ variant, request string) string {
		return strings.Replace(request, "MessageNumber>1<", "MessageNumber>"+n+"<", 1)
	}
}

var sequence = regexp.MustCompile(`<r:Sequence .*</r:Sequence>`)

func repeat(string) func(variant, string) string {
	return func(_ variant, request string) string {
		return sequence.ReplaceAllStringFunc(request, func(s string) string { return s + s })
	}
}

func ack(content string) func(variant, string) string {
	return func(_ variant, request string) string {
		return strings.Replace(request, "<s:Header>", "<s:Header><r:SequenceAcknowledgement><r:Identifier>REPLIES</r:Identifier>"+content+"</r:SequenceAcknowledgement>", 1)
	}
}

func foreignAck(_ variant, request string) string {
	return strings.Replace(request, "<s:Header>", `<s:Header><r:SequenceAcknowledgement><r:Identifier>urn:uuid:other</r:Identifier><r:AcknowledgementRange Lower="1" Upper="99"/></r:SequenceAcknowledgement>`, 1)
}

func mixed(v variant, request string) string {
	return strings.Replace(request, "</s:Header>", `<o:AckRequested xmlns:o="`+rmNamespace(rm.RM10+rm.RM11-v.rm)+`"><o:Identifier>x</o:Identifier></o:AckRequested></s:Header>`, 1)
}

func always(s string) func(variant) string { return func(variant) string { return s } }

func live(variant) bool     { return true }
func never(variant) bool    { return false }
func only11(v variant) bool { return v.rm == rm.RM11 }

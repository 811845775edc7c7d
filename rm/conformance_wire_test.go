package rm_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/transport"
	"github.com/gowsrm/wsrm/window"
)

// The tests in conformance_*_test.go and faults_test.go hold what stands on the wire against the sentences of the
// standards. Envelopes are read here by another parser than the library's, and compared in a short form, in which
//
//	Sequence[s:mustUnderstand=1]{Identifier{A} MessageNumber{1}}
//
// is a header block with its attributes in brackets and its content in braces. s: is SOAP, a: is addressing and n: is
// WCF's flow control; elements of WS-ReliableMessaging have no prefix; all that in the versions of the conversation, so
// that the versions share one form. A and B are the created and the offered sequence, ANON is the anonymous address,
// RM/ begins an action of the protocol, and the text of a fault, which nobody may depend on, reads "reason".

// wire is a message as it stood on the wire.
type wire struct {
	*soap.Envelope
	root  *etree.Element
	names *strings.Replacer
	variant
}

// read reads a message. names are pairs of what is replaced in the text of elements, and by what.
func (w *world) read(b []byte, v variant, names ...string) *wire {
	w.Helper()
	env, err := soap.Parse(b, nil)
	require.NoError(w, err, string(b))
	doc := etree.NewDocument()
	require.NoError(w, doc.ReadFromBytes(b), string(b))
	names = append(names, v.wsa.Anonymous(), "ANON", rmNamespace(v.rm)+"/", "RM/")
	return &wire{Envelope: env, root: doc.Root(), names: strings.NewReplacer(names...), variant: v}
}

func (m *wire) part(local string) []*etree.Element {
	for _, e := range m.root.ChildElements() {
		if e.Tag == local && e.NamespaceURI() == m.soap.Namespace() {
			return e.ChildElements()
		}
	}
	return nil
}

// body returns the form of the body's content.
func (m *wire) body() string { return m.forms(m.part("Body")) }

// headers returns the forms of the header blocks whose name begins with one of the prefixes, in their order; without
// prefixes those of all.
func (m *wire) headers(prefixes ...string) []string {
	forms := []string{}
	for _, e := range m.part("Header") {
		f := m.form(e)
		if len(prefixes) == 0 || slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(f, p) }) {
			forms = append(forms, f)
		}
	}
	return forms
}

// protocol returns the forms of the header blocks of reliable messaging, without BufferRemaining.
func (m *wire) protocol() []string {
	forms := m.headers("Sequence", "AckRequested", "Uses")
	for i, f := range forms {
		if at := strings.Index(f, " n:BufferRemaining{"); at >= 0 {
			forms[i] = f[:at] + f[at+strings.IndexByte(f[at:], '}')+1:]
		}
	}
	return forms
}

func (m *wire) forms(elements []*etree.Element) string {
	forms := make([]string, len(elements))
	for i, e := range elements {
		forms[i] = m.form(e)
	}
	return strings.Join(forms, " ")
}

func (m *wire) form(e *etree.Element) string {
	var b strings.Builder
	b.WriteString(m.name(e.NamespaceURI(), e.Tag))
	var attrs []string
	for _, a := range e.Attr {
		switch {
		case a.Space == "xmlns" || a.Space == "" && a.Key == "xmlns":
		case a.Space == "xml":
			attrs = append(attrs, "xml:"+a.Key+"="+a.Value)
		case a.Space == "" && a.Key == "qname":
			attrs = append(attrs, a.Key+"="+m.qname(e, a.Value))
		case a.Space == "":
			attrs = append(attrs, a.Key+"="+a.Value)
		default:
			attrs = append(attrs, m.name(a.NamespaceURI(), a.Key)+"="+a.Value)
		}
	}
	if slices.Sort(attrs); len(attrs) > 0 {
		fmt.Fprintf(&b, "%v", attrs)
	}
	switch text := strings.TrimSpace(e.Text()); {
	case len(e.ChildElements()) > 0:
		b.WriteString("{" + m.forms(e.ChildElements()) + "}")
	case text == "":
	case e.Tag == "Text" || e.Tag == "faultstring":
		b.WriteString("{reason}")
	case e.Tag == "Value" || e.Tag == "faultcode" || e.Tag == "FaultCode" || e.Tag == "ProblemHeaderQName":
		b.WriteString("{" + m.qname(e, text) + "}")
	default:
		b.WriteString("{" + m.names.Replace(text) + "}")
	}
	return b.String()
}

// name names an element or attribute of a namespace.
func (m *wire) name(space, local string) string {
	switch space {
	case rmNamespace(m.rm):
		return local
	case m.soap.Namespace():
		return "s:" + local
	case m.wsa.Namespace():
		return "a:" + local
	case "http://schemas.microsoft.com/ws/2006/05/rm":
		return "n:" + local
	case "":
		if local == "faultcode" || local == "faultstring" || local == "detail" {
			return local
		}
	}
	return "{" + space + "}" + local
}

// qname resolves a name that stands in text.
func (m *wire) qname(e *etree.Element, text string) string {
	prefix, local, ok := strings.Cut(text, ":")
	if !ok {
		prefix, local = "", text
	}
	for ; e != nil; e = e.Parent() {
		for _, a := range e.Attr {
			if prefix == "" && a.FullKey() == "xmlns" || prefix != "" && a.FullKey() == "xmlns:"+prefix {
				return m.name(a.Value, local)
			}
		}
	}
	return m.name("", local)
}

// client is a client that writes its envelopes by hand, and reads the answers as they stand on the wire.
type client struct{ *raw }

// client returns a client of the world's server.
func (w *world) client(v variant) *client {
	w.link.serve(w.server)
	return &client{w.raw(v)}
}

// created returns a client that has created a sequence with an offer, A and B.
func (w *world) created(v variant) *client {
	w.Helper()
	c := w.client(v)
	c.open()
	return c
}

// says brings the server a request and returns the answer, nil for none.
func (c *client) says(request string) *wire {
	c.w.Helper()
	b := c.bytes([]byte(request))
	if b == nil {
		return nil
	}
	names := []string{c.offer, "B"}
	if c.id != "" {
		names = append(names, c.id, "A")
	}
	return c.w.read(b, c.variant, names...)
}

// bytes brings the server a request and returns the bytes of the answer.
func (c *client) bytes(request []byte) []byte {
	c.w.Helper()
	env, err := soap.Parse(request, nil)
	require.NoError(c.w, err, string(request))
	answer, err := c.w.link.handler.ServeExchange(c.w.Context(), c.w.link.peer, env)
	require.NoError(c.w, err)
	if answer == nil {
		return nil
	}
	b, err := answer.AppendXML(nil)
	require.NoError(c.w, err)
	return b
}

// call is message n, which wants a reply; its MessageID is urn:uuid:mn. more are header blocks beside its own.
func (c *client) call(n int, more ...string) string {
	return with(c.message(c.id, fmt.Sprint(n), fmt.Sprint("urn:uuid:m", n), c.wsa.Anonymous()), more...)
}

// oneWay is message n, which wants no reply.
func (c *client) oneWay(n int, more ...string) string {
	return with(c.message(c.id, fmt.Sprint(n), "", ""), more...)
}

// ack is a SequenceAcknowledgement of the offered sequence that holds content.
func (c *client) ack(content string) string {
	return `<r:SequenceAcknowledgement><r:Identifier>` + c.offer + `</r:Identifier>` + content + `</r:SequenceAcknowledgement>`
}

// asking is an AckRequested for the created sequence.
func (c *client) asking() string {
	return `<r:AckRequested><r:Identifier>` + c.id + `</r:Identifier></r:AckRequested>`
}

// last is the same as lifecycle, with LastMsgNumber.
func (c *client) last(name string, n int) string {
	return strings.Replace(c.lifecycle(name, c.id), "</r:Identifier>", fmt.Sprintf("</r:Identifier><r:LastMsgNumber>%d</r:LastMsgNumber>", n), 1)
}

// lastMessage is the empty LastMessage of 2005/02.
func (c *client) lastMessage(n int) string {
	return c.envelope(fmt.Sprintf(`<r:Sequence s:mustUnderstand="1"><r:Identifier>%s</r:Identifier><r:MessageNumber>%d</r:MessageNumber><r:LastMessage/></r:Sequence>`, c.id, n)+
		c.addressing(rmNamespace(rm.RM10)+"/LastMessage", "", ""), "")
}

// with puts header blocks in front of the others.
func with(request string, more ...string) string {
	return strings.Replace(request, "<s:Header>", "<s:Header>"+strings.Join(more, ""), 1)
}

// without takes an element out of a request, with what is in it.
func without(request, element string) string {
	from := strings.Index(request, "<"+element)
	end := "</" + element + ">"
	to := strings.Index(request, end)
	if from < 0 || to < 0 {
		panic("no " + element + " in " + request)
	}
	return request[:from] + request[to+len(end):]
}

// watch returns a function that tells why the one session of the server has ended, nil while it lives.
func (w *world) watch() func() error {
	w.Helper()
	var found *rm.Session
	for s := range w.server.Sessions() {
		require.Nil(w, found, "one session at a time")
		found = s
	}
	require.NotNil(w, found)
	return func() error { return context.Cause(found.Context()) }
}

// acknowledges is the form of a SequenceAcknowledgement.
func acknowledges(name string, v variant, final bool, ranges ...window.Range) string {
	f := "SequenceAcknowledgement{Identifier{" + name + "}"
	for _, r := range ranges {
		f += fmt.Sprintf(" AcknowledgementRange[Lower=%d Upper=%d]", r.Lower, r.Upper)
	}
	if len(ranges) == 0 {
		f += " " + map[rm.Version]string{rm.RM10: "AcknowledgementRange[Lower=0 Upper=0]", rm.RM11: "None"}[v.rm]
	}
	if final && v.rm == rm.RM11 {
		f += " Final"
	}
	return f + "}"
}

// acked is that of the created sequence, without Final.
func acked(v variant, ranges ...window.Range) string { return acknowledges("A", v, false, ranges...) }

// final is that of the created sequence, once it is closed.
func final(v variant, ranges ...window.Range) string { return acknowledges("A", v, true, ranges...) }

func span(lower, upper window.Number) window.Range { return window.Range{Lower: lower, Upper: upper} }

// inSequence is the form of a Sequence header block.
func inSequence(name string, n int) string {
	return fmt.Sprintf("Sequence[s:mustUnderstand=1]{Identifier{%s} MessageNumber{%d}}", name, n)
}

// peer is a server whose answers are written by hand. What answer leaves alone it answers as a good server does.
type peer struct {
	*raw
	// answer returns the answer to m, "" for none. False: as a good server does.
	answer func(m *wire) (string, bool)
	// lose says that an exchange fails although the request has arrived.
	lose func(m *wire) bool

	mu       sync.Mutex
	heard    []*wire
	accepted window.Ranges
	replies  map[window.Number]int
	expires  string // of CreateSequenceResponse, an element
	behavior string // likewise
	declines bool   // the offer
}

const created = "urn:uuid:created"

// peer puts a handwritten server at the end of the link.
func (w *world) peer(v variant) *peer {
	p := &peer{raw: w.raw(v), replies: map[window.Number]int{}}
	p.id, p.offer = created, ""
	w.link.serve(p)
	return p
}

func (p *peer) ServeExchange(_ context.Context, _ transport.Peer, env *soap.Envelope) (*soap.Envelope, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, err := env.AppendXML(nil)
	require.NoError(p.w, err)
	m := p.w.read(b, p.variant, created, "A")
	if short(env) == "CreateSequence" {
		p.offer = ""
		if found := identifier.FindSubmatch(b); found != nil {
			p.offer = string(found[1])
		}
	}
	if p.offer != "" {
		m = p.w.read(b, p.variant, created, "A", p.offer, "B")
	}
	p.heard = append(p.heard, m)
	if p.lose != nil && p.lose(m) {
		return nil, errLost
	}
	var text string
	ok := false
	if p.answer != nil {
		text, ok = p.answer(m)
	}
	if !ok {
		text = p.good(m)
	}
	if text == "" {
		return nil, nil
	}
	answer, err := soap.Parse([]byte(text), nil)
	require.NoError(p.w, err, text)
	return answer, nil
}

// number returns the number of a message, 0 if it has none.
func (m *wire) number() window.Number {
	var n window.Number
	for _, h := range m.headers("Sequence[") {
		_, _ = fmt.Sscanf(h[strings.Index(h, "MessageNumber"):], "MessageNumber{%d}", &n)
	}
	return n
}

// action returns what is left of the action behind the last slash.
func (m *wire) action() string { return m.Action[strings.LastIndexByte(m.Action, '/')+1:] }

// good answers as a server does that keeps to the standard. p.mu is held.
func (p *peer) good(m *wire) string {
	ns := rmNamespace(p.rm)
	n := m.number()
	if n != 0 {
		p.accepted.Add(n)
	}
	switch {
	case m.IsFault() && n == 0:
		return ""
	case m.Action == ns+"/CreateSequence":
		accept := ""
		if p.offer != "" && !p.declines {
			accept = `<r:Accept><r:AcksTo><a:Address>` + strings.ReplaceAll(m.To, "&", "&amp;") + `</a:Address></r:AcksTo></r:Accept>`
		}
		return p.envelope(p.answering(ns+"/CreateSequenceResponse", m), `<r:CreateSequenceResponse><r:Identifier>`+created+`</r:Identifier>`+
			p.expires+p.behavior+accept+`</r:CreateSequenceResponse>`)
	case m.Action == ns+"/CloseSequence":
		return p.ending("CloseSequenceResponse", created, m)
	case m.Action == ns+"/TerminateSequence" && p.rm == rm.RM11:
		return p.ending("TerminateSequenceResponse", created, m)
	case m.Action == ns+"/TerminateSequence" && p.offer != "":
		return p.ending("TerminateSequence", p.offer, m)
	case m.Action == ns+"/TerminateSequence", m.Action == ns+"/SequenceAcknowledgement":
		return ""
	case m.Action == ns+"/LastMessage" && p.offer != "":
		return p.envelope(p.sequence(n, "<r:LastMessage/>")+p.acks(false)+p.answering(ns+"/LastMessage", m), "")
	case n != 0 && m.MessageID != "" && !m.ReplyTo.None():
		return p.reply(m)
	}
	return p.envelope(p.acks(false)+p.answering(ns+"/SequenceAcknowledgement", m), "")
}

// reply is the numbered reply to m, with an acknowledgement.
func (p *peer) reply(m *wire) string {
	sequence := ""
	if p.offer != "" && !p.declines {
		sequence = p.sequence(m.number(), "")
	}
	return p.envelope(sequence+p.acks(false)+p.answering(ns+"/echoResponse", m), p.body(fmt.Sprint("reply to ", m.number())))
}

// sequence is the Sequence header of the reply to message n; a repeat gets the same number.
func (p *peer) sequence(n window.Number, more string) string {
	if p.replies[n] == 0 {
		p.replies[n] = len(p.replies) + 1
	}
	return fmt.Sprintf(`<r:Sequence s:mustUnderstand="1"><r:Identifier>%s</r:Identifier><r:MessageNumber>%d</r:MessageNumber>%s</r:Sequence>`, p.offer, p.replies[n], more)
}

// acks acknowledges what was accepted.
func (p *peer) acks(final bool) string {
	content := ""
	for r := range p.accepted.All() {
		content += fmt.Sprintf(`<r:AcknowledgementRange Lower="%d" Upper="%d"/>`, r.Lower, r.Upper)
	}
	if content == "" {
		content = nothing(p.variant)
	}
	if final && p.rm == rm.RM11 {
		content += "<r:Final/>"
	}
	return p.ack(content)
}

// ack is a SequenceAcknowledgement of the created sequence that holds content.
func (p *peer) ack(content string) string {
	return `<r:SequenceAcknowledgement><r:Identifier>` + created + `</r:Identifier>` + content + `</r:SequenceAcknowledgement>`
}

func (p *peer) ending(name, id string, m *wire) string {
	return p.envelope(p.acks(true)+p.answering(rmNamespace(p.rm)+"/"+name, m), `<r:`+name+`><r:Identifier>`+id+`</r:Identifier></r:`+name+`>`)
}

// answering is the addressing of an answer to m.
func (p *peer) answering(action string, m *wire) string {
	h := `<a:Action s:mustUnderstand="1">` + action + `</a:Action>`
	if m.MessageID != "" {
		h += `<a:RelatesTo>` + m.MessageID + `</a:RelatesTo>`
	}
	if p.wsa == soap.WSA2004 {
		h += `<a:To s:mustUnderstand="1">` + p.wsa.Anonymous() + `</a:To>`
	}
	return h
}

// said returns the messages that came with that last part of their action, or "fault"; "": all.
func (p *peer) said(action string) []*wire {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []*wire
	for _, m := range p.heard {
		if action == "" || m.action() == action && (!m.IsFault() || action == "fault") {
			found = append(found, m)
		}
	}
	return found
}

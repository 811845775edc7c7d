package wsrm_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/window"
)

// envelope reads an envelope with these blocks, where "r" is 1.1, "t" is 2005/02 and "n" WCF's namespace.
func envelope(t testing.TB, blocks, body string) *soap.Envelope {
	t.Helper()
	env, err := soap.Parse([]byte(`<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing"
		xmlns:r="`+ns11+`" xmlns:t="`+ns10+`" xmlns:n="http://schemas.microsoft.com/ws/2006/05/rm" xmlns:x="urn:x"><s:Header>`+
		blocks+`</s:Header><s:Body>`+body+`</s:Body></s:Envelope>`), nil)
	require.NoError(t, err)
	return env
}

// text is what is in h, in short.
func text(h *wsrm.Headers) string {
	var b strings.Builder
	fmt.Fprint(&b, h.Version)
	if q := h.Sequence; q.Identifier != "" {
		fmt.Fprintf(&b, "; %s#%d", q.Identifier, q.Number)
		if q.Last {
			b.WriteString(" last")
		}
	}
	for _, a := range h.Acks {
		fmt.Fprintf(&b, "; ack %s [%s]", a.Identifier, a.Ranges)
		if len(a.Nacks) > 0 {
			fmt.Fprintf(&b, " nack %v", a.Nacks)
		}
		if a.Final {
			b.WriteString(" final")
		}
		if a.Buffer >= 0 {
			fmt.Fprintf(&b, " buffer %d", a.Buffer)
		}
	}
	for _, id := range h.AckRequested {
		b.WriteString("; ask " + id)
	}
	if h.UsesSTR {
		b.WriteString("; STR")
	}
	if h.UsesSSL {
		b.WriteString("; SSL")
	}
	return b.String()
}

func sequence(number string) string {
	return "<r:Sequence><r:Identifier>urn:s</r:Identifier><r:MessageNumber>" + number + "</r:MessageNumber></r:Sequence>"
}

func ack(content string) string {
	return "<r:SequenceAcknowledgement><r:Identifier>urn:a</r:Identifier>" + content + "</r:SequenceAcknowledgement>"
}

func ack10(content string) string { return strings.ReplaceAll(ack(content), "r:", "t:") }

func TestParseHeaders(t *testing.T) {
	for blocks, want := range map[string]string{
		"":                                 "none",
		"<x:Sequence/>":                    "none",
		`<r:Sequence s:role="urn:proxy"/>`: "none",
		sequence("1"):                      "1.1; urn:s#1",
		sequence("9223372036854775807"):    "1.1; urn:s#9223372036854775807",
		sequence(" +007\n"):                "1.1; urn:s#7",
		sequence("1<!-- c --><![CDATA[2]]>&#51;"): "1.1; urn:s#123",
		"<r:Sequence x:a='1'><x:b><r:Identifier/></x:b><r:MessageNumber>1</r:MessageNumber>\n<r:Identifier> urn:s </r:Identifier><r:More/><x:c/></r:Sequence>": "1.1; urn:s#1",
		"<t:Sequence><t:Identifier>urn:s</t:Identifier><t:MessageNumber>3</t:MessageNumber><t:LastMessage/></t:Sequence>":                                      "2005/02; urn:s#3 last",
		strings.Replace(sequence("3"), "</r:Sequence>", "<r:LastMessage/></r:Sequence>", 1):                                                                    "1.1; urn:s#3",

		ack(`<r:AcknowledgementRange Lower="1" Upper="4"/><r:AcknowledgementRange Upper=" 9 " Lower="+6" x:Lower="8"/>`):                               "1.1; ack urn:a [1-4 6-9]",
		ack(`<r:AcknowledgementRange Lower="6" Upper="9"/><r:AcknowledgementRange Lower="1" Upper="4"/><r:AcknowledgementRange Lower="3" Upper="5"/>`): "1.1; ack urn:a [1-9]",
		ack(`<r:None/>`):           "1.1; ack urn:a []",
		ack(`<r:None/><r:Final/>`): "1.1; ack urn:a [] final",
		ack(`<r:Final/><r:None/>`): "1.1; ack urn:a [] final", // gSOAP
		ack(`<r:Final/><r:AcknowledgementRange Lower="1" Upper="2"/>`):                                                                              "1.1; ack urn:a [1-2] final", // gSOAP
		ack(`<r:AcknowledgementRange Lower="1" Upper="2"/><r:None/>`):                                                                               "1.1; ack urn:a [1-2]",       // CXF
		ack(`<r:Nack>3</r:Nack><r:Nack>5</r:Nack>`):                                                                                                 "1.1; ack urn:a [] nack [3 5]",
		ack(`<r:None/><x:more/><n:BufferRemaining> 0 </n:BufferRemaining>`):                                                                         "1.1; ack urn:a [] buffer 0",
		ack(`<n:BufferRemaining>99999999999999999999</n:BufferRemaining><r:None/>`):                                                                 "1.1; ack urn:a [] buffer 2147483647",
		ack(`<r:AcknowledgementRange Lower="1" Upper="18446744073709551615"/>`):                                                                     "1.1; ack urn:a [1-9223372036854775807]",
		ack10(`<t:AcknowledgementRange Lower="0" Upper="0"/>`):                                                                                      "2005/02; ack urn:a []", // WCF
		ack10(`<t:Final/><t:AcknowledgementRange Lower="1" Upper="1"/>`):                                                                            "2005/02; ack urn:a [1]",
		ack("<r:None/>") + strings.Replace(ack("<r:Nack>1</r:Nack>"), "urn:a", "urn:b", 1) + strings.Replace(ack("<r:None/>"), "urn:a", "urn:c", 1): "1.1; ack urn:a []; ack urn:b [] nack [1]; ack urn:c []",

		"<r:AckRequested><r:Identifier>urn:s</r:Identifier></r:AckRequested><r:AckRequested><r:Identifier>urn:t</r:Identifier></r:AckRequested>":                    "1.1; ask urn:s; ask urn:t",
		"<t:AckRequested><t:Identifier>urn:s</t:Identifier><t:MessageNumber>4</t:MessageNumber><t:MaxMessageNumberUsed>x</t:MaxMessageNumberUsed></t:AckRequested>": "2005/02; ask urn:s",
		"<r:UsesSequenceSTR s:mustUnderstand='1'/><r:UsesSequenceSSL/>":                                                                                             "1.1; STR; SSL",
		"<t:UsesSequenceSTR/>": "2005/02",
		"<r:More/>":            "1.1",
	} {
		var h wsrm.Headers
		h.UsesSSL, h.Ask, h.AckRequested = true, "urn:old", []string{"urn:old"} // whatever it held before
		require.NoError(t, wsrm.ParseHeaders(envelope(t, blocks, ""), &h), blocks)
		require.Equal(t, want, text(&h), blocks)
		if len(h.Acks) == 1 {
			require.Equal(t, h.Acks[0], h.First)
		}
	}
}

// What cannot be taken names the sequence if it can, and the fault that answers it.
func TestParseHeadersRefuses(t *testing.T) {
	const terminated, rollover, notUnderstood = wsrm.CodeSequenceTerminated, wsrm.CodeMessageNumberRollover, ""
	for blocks, want := range map[string]struct {
		code, identifier string
		err              error
	}{
		sequence("0"):            {terminated, "urn:s", wsrm.ErrMalformed},
		sequence("-1"):           {terminated, "urn:s", wsrm.ErrMalformed},
		sequence("1.0"):          {terminated, "urn:s", wsrm.ErrMalformed},
		sequence(""):             {terminated, "urn:s", wsrm.ErrMalformed},
		sequence("+"):            {terminated, "urn:s", wsrm.ErrMalformed},
		sequence("<x:b>1</x:b>"): {terminated, "urn:s", wsrm.ErrMalformed},
		sequence("1</r:MessageNumber><r:MessageNumber>2"):              {terminated, "urn:s", wsrm.ErrMalformed},
		sequence("9223372036854775808"):                                {rollover, "urn:s", wsrm.ErrRollover},
		sequence("18446744073709551616"):                               {rollover, "urn:s", wsrm.ErrRollover},
		sequence("99999999999999999999999999999999999999999999999999"): {rollover, "urn:s", wsrm.ErrRollover},
		"<r:Sequence/>": {terminated, "", wsrm.ErrMalformed},
		"<r:Sequence><r:MessageNumber>0</r:MessageNumber><r:Identifier>urn:s</r:Identifier></r:Sequence>": {terminated, "urn:s", wsrm.ErrMalformed},
		"<r:Sequence><r:MessageNumber>1</r:MessageNumber></r:Sequence>":                                   {terminated, "", wsrm.ErrMalformed},
		"<r:Sequence><r:Identifier>urn:s</r:Identifier></r:Sequence>":                                     {terminated, "urn:s", wsrm.ErrMalformed},
		"<r:Sequence><r:Identifier> </r:Identifier><r:MessageNumber>1</r:MessageNumber></r:Sequence>":     {terminated, "", wsrm.ErrMalformed},
		"<r:Sequence><t:Identifier>urn:s</t:Identifier><t:MessageNumber>1</t:MessageNumber></r:Sequence>": {terminated, "", wsrm.ErrMalformed},
		sequence("1") + sequence("1"): {notUnderstood, "", wsrm.ErrRepeated},

		ack(""):           {terminated, "urn:a", wsrm.ErrMalformed},
		ack("<r:Final/>"): {terminated, "urn:a", wsrm.ErrMalformed},
		ack(`<r:AcknowledgementRange Lower="2" Upper="1"/>`):   {terminated, "urn:a", wsrm.ErrMalformed},
		ack(`<r:AcknowledgementRange Lower="0" Upper="0"/>`):   {terminated, "urn:a", wsrm.ErrMalformed},
		ack10(`<t:AcknowledgementRange Lower="0" Upper="1"/>`): {terminated, "urn:a", wsrm.ErrMalformed},
		ack10(`<t:None/>`): {terminated, "urn:a", wsrm.ErrMalformed},
		ack(`<r:AcknowledgementRange Lower="-1" Upper="1"/>`):                                                {terminated, "urn:a", wsrm.ErrMalformed},
		ack(`<r:AcknowledgementRange Lower="1"/>`):                                                           {terminated, "urn:a", wsrm.ErrMalformed},
		ack(`<r:AcknowledgementRange x:Lower="1" Upper="1"/>`):                                               {terminated, "urn:a", wsrm.ErrMalformed},
		ack(`<r:AcknowledgementRange Lower="1" Upper="18446744073709551616"/>`):                              {terminated, "urn:a", wsrm.ErrMalformed},
		ack(`<r:Nack>1</r:Nack><r:None/>`):                                                                   {terminated, "urn:a", wsrm.ErrMalformed},
		ack(`<r:Nack>1</r:Nack><r:Final/>`):                                                                  {terminated, "urn:a", wsrm.ErrMalformed},
		ack(`<r:Nack>1</r:Nack><r:AcknowledgementRange Lower="2" Upper="2"/>`):                               {terminated, "urn:a", wsrm.ErrMalformed},
		ack(`<r:Nack>0</r:Nack>`):                                                                            {terminated, "urn:a", wsrm.ErrMalformed},
		ack(`<r:Nack>9223372036854775808</r:Nack>`):                                                          {terminated, "urn:a", wsrm.ErrRollover},
		ack(`<r:None/><n:BufferRemaining>-1</n:BufferRemaining>`):                                            {terminated, "urn:a", wsrm.ErrMalformed},
		ack(`<r:None/><n:BufferRemaining>1</n:BufferRemaining><n:BufferRemaining/>`):                         {terminated, "urn:a", wsrm.ErrMalformed},
		ack(`<r:None/><r:Identifier>urn:b</r:Identifier>`):                                                   {terminated, "urn:a", wsrm.ErrMalformed},
		"<r:SequenceAcknowledgement><r:None/></r:SequenceAcknowledgement>":                                   {terminated, "", wsrm.ErrMalformed},
		"<r:SequenceAcknowledgement><r:Nack/><r:Identifier>urn:a</r:Identifier></r:SequenceAcknowledgement>": {terminated, "urn:a", wsrm.ErrMalformed},
		ack("<r:None/>") + ack("<r:None/>"):                                                                  {notUnderstood, "urn:a", wsrm.ErrRepeated},
		ack(strings.Repeat(`<r:AcknowledgementRange Lower="1" Upper="1"/>`, 4097)):                           {terminated, "urn:a", wsrm.ErrTooManyRanges},
		ack(strings.Repeat(`<r:Nack>1</r:Nack>`, 4097)):                                                      {terminated, "urn:a", wsrm.ErrTooManyRanges},

		"<r:AckRequested/>": {terminated, "", wsrm.ErrMalformed},
		strings.Repeat("<r:AckRequested><r:Identifier>urn:s</r:Identifier></r:AckRequested>", 2): {notUnderstood, "urn:s", wsrm.ErrRepeated},

		sequence("1") + ack10(`<t:AcknowledgementRange Lower="1" Upper="1"/>`): {terminated, "urn:s", wsrm.ErrMixed},
		ack("<r:None/>") + "<t:More/>":                                         {terminated, "urn:a", wsrm.ErrMixed},
	} {
		var h wsrm.Headers
		err := wsrm.ParseHeaders(envelope(t, blocks, ""), &h)
		require.ErrorIs(t, err, want.err, blocks[:min(len(blocks), 300)])
		e, ok := errors.AsType[*wsrm.Error](err)
		require.True(t, ok)
		require.Equal(t, want.code, e.Code, blocks[:min(len(blocks), 300)])
		require.Equal(t, want.identifier, e.Identifier, blocks[:min(len(blocks), 300)])
		require.NotZero(t, e.RM)
		if want.code == notUnderstood {
			require.Nil(t, e.Info())
			require.Equal(t, "MustUnderstand", e.NotUnderstood().Code)
			continue
		}
		require.Nil(t, e.NotUnderstood())
		info := e.Info()
		require.Equal(t, want.code, info.Code)
		require.Equal(t, e.RM, info.RM)
		require.True(t, info.Sender)
		require.Equal(t, want.code == rollover, info.MaxNumber == window.MaxNumber)
	}
}

// Exactly as many ranges as may be.
func TestMaxRanges(t *testing.T) {
	var b strings.Builder
	for i := range wsrm.MaxRanges {
		n := 2 * (wsrm.MaxRanges - i) // in the order that costs most
		fmt.Fprintf(&b, `<r:AcknowledgementRange Lower="%d" Upper="%d"/>`, n, n)
	}
	var h wsrm.Headers
	require.NoError(t, wsrm.ParseHeaders(envelope(t, ack(b.String()), ""), &h))
	require.Equal(t, wsrm.MaxRanges, h.Acks[0].Ranges.Len())

	// The lowest are written.
	h2 := h
	written := reparse(t, soap.New("urn:do", nil).AddHeader(&h2))
	require.NoError(t, wsrm.ParseHeaders(written, &h))
	require.Equal(t, 128, h.Acks[0].Ranges.Len())
	require.EqualValues(t, 256, h.Acks[0].Ranges.Max())
}

// Version: of the blocks, else of the body, else of the action; but only one.
func TestHeadersVersion(t *testing.T) {
	var h wsrm.Headers
	require.NoError(t, wsrm.ParseHeaders(envelope(t, "", "<t:TerminateSequence/>"), &h))
	require.Equal(t, wsrm.RM10, h.Version)
	require.NoError(t, wsrm.ParseHeaders(envelope(t, "<a:Action>"+ns11+"/AckRequested</a:Action>", ""), &h))
	require.Equal(t, wsrm.RM11, h.Version)
	require.NoError(t, wsrm.ParseHeaders(envelope(t, "<a:Action>urn:do</a:Action>", "<x:Do/>"), &h))
	require.Zero(t, h.Version)
	require.ErrorIs(t, wsrm.ParseHeaders(envelope(t, ack("<r:None/>"), "<t:TerminateSequence/>"), &h), wsrm.ErrMixed)
	require.ErrorIs(t, wsrm.ParseHeaders(envelope(t, ack("<r:None/>")+"<a:Action>"+ns10+"/AckRequested</a:Action>", ""), &h), wsrm.ErrMixed)
}

// What is written, to the letter.
func TestAppendHeader(t *testing.T) {
	var ranges window.Ranges
	ranges.AddRange(window.Range{Lower: 1, Upper: 4})
	ranges.Add(6)
	const r, n = ` xmlns:r="` + ns11 + `"`, `<n:BufferRemaining xmlns:n="http://schemas.microsoft.com/ws/2006/05/rm">`
	r10 := strings.Replace(r, ns11, ns10, 1)
	for want, h := range map[string]wsrm.Headers{
		"": {Sequence: wsrm.Sequence{Identifier: "urn:s", Number: 1}},
		`<r:Sequence` + r + ` s:mustUnderstand="1"><r:Identifier>urn:s&amp;</r:Identifier><r:MessageNumber>7</r:MessageNumber></r:Sequence>` +
			`<r:SequenceAcknowledgement` + r + `><r:Identifier>urn:a</r:Identifier><r:AcknowledgementRange Lower="1" Upper="4"/><r:AcknowledgementRange Lower="6" Upper="6"/><r:Final/>` + n + `8</n:BufferRemaining></r:SequenceAcknowledgement>` +
			`<r:AckRequested` + r + `><r:Identifier>urn:s</r:Identifier></r:AckRequested>`: {
			Version: wsrm.RM11, Sequence: wsrm.Sequence{Identifier: "urn:s&", Number: 7, Last: true}, Ask: "urn:s",
			First: wsrm.Acknowledgement{Identifier: "urn:a", Ranges: ranges, Final: true, Buffer: 8}},
		`<r:Sequence` + r10 + ` s:mustUnderstand="1"><r:Identifier>urn:s</r:Identifier><r:MessageNumber>7</r:MessageNumber><r:LastMessage/></r:Sequence>` +
			`<r:SequenceAcknowledgement` + r10 + `><r:Identifier>urn:a</r:Identifier><r:AcknowledgementRange Lower="0" Upper="0"/></r:SequenceAcknowledgement>`: {
			Version: wsrm.RM10, Sequence: wsrm.Sequence{Identifier: "urn:s", Number: 7, Last: true}, UsesSTR: true,
			First: wsrm.Acknowledgement{Identifier: "urn:a", Final: true, Buffer: -1}},
		`<r:UsesSequenceSTR` + r + ` s:mustUnderstand="1"/><r:UsesSequenceSSL` + r + ` s:mustUnderstand="1"/>` +
			`<r:SequenceAcknowledgement` + r + `><r:Identifier>urn:a</r:Identifier><r:None/></r:SequenceAcknowledgement>` +
			`<r:SequenceAcknowledgement` + r + `><r:Identifier>urn:b</r:Identifier><r:Nack>3</r:Nack><r:Nack>5</r:Nack></r:SequenceAcknowledgement>` +
			`<r:AckRequested` + r + `><r:Identifier>urn:t</r:Identifier></r:AckRequested>`: {
			Version: wsrm.RM11, UsesSTR: true, UsesSSL: true, AckRequested: []string{"urn:t"},
			First: wsrm.Acknowledgement{Identifier: "urn:a", Buffer: -1},
			Acks:  []wsrm.Acknowledgement{{Identifier: "urn:a"}, {Identifier: "urn:b", Nacks: []window.Number{3, 5}, Final: true, Buffer: -1}}},
	} {
		require.Equal(t, want, string(h.AppendHeader(nil, soap.V12, soap.WSA10)))
	}
}

func TestHeadersAllocate(t *testing.T) {
	if race {
		t.Skip("allocations differ")
	}
	env := envelope(t, sequence("7")+ack(`<r:AcknowledgementRange Lower="1" Upper="4"/><n:BufferRemaining>8</n:BufferRemaining>`)+
		"<r:AckRequested><r:Identifier>urn:s</r:Identifier></r:AckRequested>", "")
	var h wsrm.Headers
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if err := wsrm.ParseHeaders(env, &h); err != nil {
			t.Fatal(err)
		}
		wsrm.Classify(env)
	}))
	var b []byte
	require.Zero(t, testing.AllocsPerRun(100, func() { b = h.AppendHeader(b[:0], soap.V12, soap.WSA10) }))
}

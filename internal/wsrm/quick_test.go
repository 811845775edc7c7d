package wsrm_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/internal/wsrm"
	"github.com/gowsrm/wsrm/internal/xmlscan"
	"github.com/gowsrm/wsrm/soap"
)

// scanned reads header blocks by the scanner alone.
type scanned struct{ h *wsrm.Headers }

func (s scanned) ScanXML(x *xmlscan.Scanner) error { return s.h.ScanXML(x) }

// sameAsScanned reads each block of the protocol in both ways, and returns how many the quick one could read.
func sameAsScanned(t testing.TB, env *soap.Envelope) (quick int) {
	t.Helper()
	for b := range env.Headers() {
		v := wsrm.VersionOf(b.Name.Space)
		if v == 0 || b.Name.Local != "Sequence" && b.Name.Local != "SequenceAcknowledgement" {
			continue
		}
		got, want := wsrm.Headers{Version: v}, wsrm.Headers{Version: v}
		got.First.Buffer, want.First.Buffer = -1, -1
		clean := got
		err := b.Decode(scanned{&want})
		if got.QuickXML(b.Bytes()) {
			quick++
			require.NoError(t, err, "%s", b.Bytes())
			require.Equal(t, want, got, "%s", b.Bytes())
		} else {
			require.Equal(t, clean, got, "%s", b.Bytes())
		}
	}
	return quick
}

func TestQuickXMLReadsLikeTheScanner(t *testing.T) {
	quick, all := 0, 0
	envelopes(t, func(_ string, body []byte, charset string) {
		if env, err := soap.ParseCharset(body, charset, nil); err == nil {
			for b := range env.Headers() {
				if wsrm.VersionOf(b.Name.Space) != 0 {
					all++
				}
			}
			quick += sameAsScanned(t, env)
		}
	})
	require.Greater(t, quick, all/2, "the usual way of writing is not the usual one")
}

func TestQuickXML(t *testing.T) {
	const yes, no = true, false
	sequence := func(s string) string { return `<r:Sequence xmlns:r="` + ns11 + `">` + s + `</r:Sequence>` }
	acks := func(s string) string {
		return `<r:SequenceAcknowledgement xmlns:r="` + ns11 + `">` + s + `</r:SequenceAcknowledgement>`
	}
	const id, number, r12 = `<r:Identifier>urn:x</r:Identifier>`, `<r:MessageNumber>7</r:MessageNumber>`, `<r:AcknowledgementRange Lower="1" Upper="2"/>`
	for _, c := range []struct {
		block string
		quick bool
	}{
		{sequence(id + number), yes},
		{sequence("\r\n\t" + id + " " + number + "\n"), yes},
		{sequence(number + id), yes},
		{sequence(id + `<r:MessageNumber> 7 </r:MessageNumber><r:LastMessage></r:LastMessage>`), yes},
		{`<Sequence xmlns="` + ns11 + `"><Identifier>urn:x</Identifier><MessageNumber>7</MessageNumber></Sequence>`, yes},
		{`<Sequence xmlns="` + ns11 + `" s:mustUnderstand="1"><Identifier>urn:x</Identifier><MessageNumber>9223372036854775807</MessageNumber></Sequence>`, yes},
		{`<r:Sequence xmlns:r="` + ns11 + `" a=">"><r:Identifier>urn:x</r:Identifier>` + number + `</r:Sequence>`, no},
		{`<r:Sequence xmlns:r="` + ns11 + `"/>`, no},
		{sequence(id), no},
		{sequence(number), no},
		{sequence(id + id + number), no},
		{sequence(id + number + number), no},
		{sequence(id + `<r:MessageNumber>0</r:MessageNumber>`), no},
		{sequence(id + `<r:MessageNumber>9223372036854775808</r:MessageNumber>`), no},
		{sequence(id + `<r:MessageNumber>1<!-- --></r:MessageNumber>`), no},
		{sequence(id + `<r:MessageNumber><b/></r:MessageNumber>`), no},
		{sequence(id + number + `<x:Extension xmlns:x="urn:x"/>`), no},
		{sequence(id + number + `text`), no},
		{sequence(`<!-- -->` + id + number), no},
		{sequence(`<r:Identifier>a&amp;b</r:Identifier>` + number), no},
		{sequence(`<r:Identifier xmlns:r="urn:other">urn:x</r:Identifier>` + number), no},
		{sequence(`<x:Identifier xmlns:x="` + ns11 + `">urn:x</x:Identifier>` + number), no},
		{sequence(`<Identifier>urn:x</Identifier>` + number), no},
		{sequence(`<r:Identifier>urn:x</r:Identifier >` + number), no},
		{sequence(`<r:Identifier/>` + number), no},
		{sequence(`<r:Identifier> </r:Identifier>` + number), no},

		{acks(id + r12), yes},
		{acks(id + r12 + `<r:AcknowledgementRange Lower="4" Upper="4"></r:AcknowledgementRange>`), yes},
		{acks(id + `<r:None />`), yes},
		{acks(id + r12 + `<r:Final/><n:BufferRemaining xmlns:n="http://schemas.microsoft.com/ws/2006/05/rm">8</n:BufferRemaining>`), yes},
		{acks(id), no},
		{acks(id + `<r:Final/>`), no},
		{acks(r12), no},
		{acks(id + `<r:Nack>1</r:Nack>`), no},
		{acks(id + `<r:AcknowledgementRange Upper="2" Lower="1"/>`), no},
		{acks(id + `<r:AcknowledgementRange Lower="2" Upper="1"/>`), no},
		{acks(id + `<r:AcknowledgementRange Lower="0" Upper="0"/>`), no},
		{acks(id + `<r:AcknowledgementRange Lower="1" Upper="2" x="3"/>`), no},
		{acks(id + r12 + `<n:BufferRemaining xmlns:n="urn:other">8</n:BufferRemaining>`), no},
		{acks(id + r12 + `<r:BufferRemaining>8</r:BufferRemaining>`), no},
		{acks(id + r12 + `<n:BufferRemaining xmlns:n="http://schemas.microsoft.com/ws/2006/05/rm">-1</n:BufferRemaining>`), no},
	} {
		env, err := soap.Parse([]byte(`<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header>`+c.block+`</s:Header><s:Body/></s:Envelope>`), nil)
		require.NoError(t, err, c.block)
		require.Equal(t, c.quick, sameAsScanned(t, env) > 0, c.block)
	}
}

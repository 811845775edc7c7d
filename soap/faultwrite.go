package soap

import (
	"encoding/xml"

	"github.com/gowsrm/wsrm/internal/xmlscan"
)

// faultBody is a fault that can be written in every version, its detail encoded.
type faultBody struct {
	Fault
	detail []byte
}

func newFaultBody(f *Fault) (*faultBody, error) {
	d, err := f.detail()
	return &faultBody{Fault: *f, detail: d}, err
}

// action returns the action of a message that carries the fault and has none of its own.
//
// WS-Addressing 1.0, SOAP Binding, 6; WS-Addressing 2004/08, 4
func (f *faultBody) action(a Addressing) string {
	switch {
	case a == WSA2004:
		return nsWSA04 + "/fault"
	case f.isAddressing():
		return nsWSA10 + "/fault"
	}
	return nsWSA10 + "/soap/fault"
}

// written returns the subcodes as they are written in version a of addressing.
func (f *faultBody) written(a Addressing) []xml.Name {
	if !f.isAddressing() || f.Subcodes[0].Space == a.Namespace() {
		return f.Subcodes
	}
	first := f.Subcodes[0].Local
	for _, pair := range [...][2]string{
		{"InvalidAddressingHeader", "InvalidMessageInformationHeader"},
		{"MessageAddressingHeaderRequired", "MessageInformationHeaderRequired"},
	} {
		if first == pair[1-a] {
			first = pair[a]
			break
		}
	}
	return []xml.Name{{Space: a.Namespace(), Local: first}}
}

// inBody returns the detail that goes into the fault itself, inHeader that which goes into a header block.
func (f *faultBody) inBody(v Version, a Addressing) []byte {
	if f.isAddressing() && (v == V11 || a != WSA10 && f.Subcodes[0].Space == nsWSA10) {
		return nil // SOAP 1.1, 4.4: detail is about the body alone
	}
	return f.detail
}

func (f *faultBody) inHeader(v Version, a Addressing) []byte {
	if v == V11 && a == WSA10 && f.isAddressing() {
		return f.detail // WS-Addressing 1.0, SOAP Binding, 6.2
	}
	return nil
}

// appendHeaders appends the header blocks that belong to the fault.
func (f *faultBody) appendHeaders(b []byte, v Version, a Addressing) []byte {
	if v == V12 {
		// SOAP 1.2, 5.4.8
		for _, n := range f.notUnderstood {
			b = append(b, "<s:NotUnderstood"...)
			b, n.Local = appendQName(b, n)
			b = append(b, ` qname="`...)
			b = append(xmlscan.EscapeAttr(b, n.Local), `"/>`...)
		}
		// SOAP 1.2, 5.4.7
		if f.code() == "VersionMismatch" {
			b = append(b, `<s:Upgrade><s:SupportedEnvelope qname="s:Envelope"/>`+
				`<s:SupportedEnvelope qname="n:Envelope" xmlns:n="`+ns11+`"/></s:Upgrade>`...)
		}
	}
	if d := f.inHeader(v, a); len(d) > 0 {
		b = append(b, "<a:FaultDetail>"...)
		b = append(b, d...)
		b = append(b, "</a:FaultDetail>"...)
	}
	return b
}

// appendXML appends the Fault element. Around it "s" and "a" are as in AppendXML.
func (f *faultBody) appendXML(b []byte, v Version, a Addressing) []byte {
	if v == V11 {
		return f.append11(b, a)
	}
	return f.append12(b, a)
}

// SOAP 1.2, 5.4
func (f *faultBody) append12(b []byte, a Addressing) []byte {
	b = append(b, "<s:Fault><s:Code><s:Value>s:"...)
	b = append(b, f.code()...)
	b = append(b, "</s:Value>"...)
	subcodes := f.written(a)
	for _, n := range subcodes {
		b = append(b, "<s:Subcode><s:Value"...)
		b, n.Local = appendQName(b, n)
		b = append(b, '>')
		b = append(xmlscan.EscapeText(b, n.Local), "</s:Value>"...)
	}
	for range subcodes {
		b = append(b, "</s:Subcode>"...)
	}
	b = append(b, `</s:Code><s:Reason><s:Text`...)
	b = f.appendReason(b)
	b = append(b, "</s:Text></s:Reason>"...)
	if d := f.inBody(V12, a); len(d) > 0 {
		b = append(b, "<s:Detail>"...)
		b = append(b, d...)
		b = append(b, "</s:Detail>"...)
	}
	return append(b, "</s:Fault>"...)
}

// SOAP 1.1, 4.4
func (f *faultBody) append11(b []byte, a Addressing) []byte {
	code := xml.Name{Space: ns11, Local: f.code()}
	switch subcodes := f.written(a); {
	case code.Local == "MustUnderstand" || code.Local == "VersionMismatch":
	case len(subcodes) > 0:
		code = subcodes[len(subcodes)-1]
	case code.Local == "Receiver":
		code.Local = "Server"
	default:
		code.Local = "Client"
	}
	b = append(b, "<s:Fault><faultcode"...)
	if code.Space == ns11 {
		code.Local = "s:" + code.Local
	} else {
		b, code.Local = appendQName(b, code)
	}
	b = append(b, '>')
	b = xmlscan.EscapeText(b, code.Local)
	b = append(b, "</faultcode><faultstring"...)
	b = f.appendReason(b)
	b = append(b, "</faultstring>"...)
	if d := f.inBody(V11, a); len(d) > 0 {
		b = append(b, "<detail>"...)
		b = append(b, d...)
		b = append(b, "</detail>"...)
	}
	return append(b, "</s:Fault>"...)
}

// appendReason appends language and text of the reason, which has to say something in SOAP 1.2.
func (f *faultBody) appendReason(b []byte) []byte {
	lang, reason := f.Lang, f.Reason
	if lang == "" {
		lang = "en"
	}
	if reason == "" {
		reason = f.code()
	}
	b = append(b, ` xml:lang="`...)
	b = append(xmlscan.EscapeAttr(b, lang), `">`...)
	return xmlscan.EscapeText(b, reason)
}

// appendQName declares a prefix for n in the start tag that b ends with, and returns n as it is written inside.
func appendQName(b []byte, n xml.Name) ([]byte, string) {
	if n.Space == "" {
		return b, n.Local
	}
	return appendDeclaration(b, xmlscan.Binding{Prefix: "c", Space: n.Space}), "c:" + n.Local
}

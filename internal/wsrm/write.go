package wsrm

import (
	"strconv"

	"github.com/gowsrm/wsrm/internal/xmlscan"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/window"
)

// AppendHeader appends the header blocks; it implements soap.HeaderAppender. Without a Version nothing is written. Of an
// acknowledgement the lowest 128 ranges are written.
func (h *Headers) AppendHeader(b []byte, v soap.Version, _ soap.Addressing) []byte {
	ns := h.Version.Namespace()
	if ns == "" {
		return b
	}
	if h.Version == RM11 {
		if h.UsesSTR {
			b = appendUses(b, "UsesSequenceSTR")
		}
		if h.UsesSSL {
			b = appendUses(b, "UsesSequenceSSL")
		}
	}
	if q := &h.Sequence; q.Identifier != "" {
		b = append(b, `<r:Sequence xmlns:r="`...)
		b = append(b, ns...)
		b = append(b, `" s:mustUnderstand="1"><r:Identifier>`...)
		b = xmlscan.EscapeText(b, q.Identifier)
		b = append(b, "</r:Identifier><r:MessageNumber>"...)
		b = strconv.AppendUint(b, uint64(q.Number), 10)
		b = append(b, "</r:MessageNumber>"...)
		if q.Last && h.Version == RM10 {
			b = append(b, "<r:LastMessage/>"...)
		}
		b = append(b, "</r:Sequence>"...)
	}
	if h.First.Identifier != "" {
		b = h.First.appendXML(b, h.Version)
	}
	for i := range h.Acks {
		if h.Acks[i].Identifier != h.First.Identifier {
			b = h.Acks[i].appendXML(b, h.Version)
		}
	}
	if h.Ask != "" {
		b = appendAsk(b, ns, h.Ask)
	}
	for _, id := range h.AckRequested {
		if id != h.Ask {
			b = appendAsk(b, ns, id)
		}
	}
	return b
}

func appendUses(b []byte, name string) []byte {
	b = append(append(b, "<r:"...), name...)
	return append(b, ` xmlns:r="`+ns11+`" s:mustUnderstand="1"/>`...)
}

func appendAsk(b []byte, ns, id string) []byte {
	b = append(b, `<r:AckRequested xmlns:r="`...)
	b = append(b, ns...)
	b = append(b, `"><r:Identifier>`...)
	b = xmlscan.EscapeText(b, id)
	return append(b, "</r:Identifier></r:AckRequested>"...)
}

// appendXML appends the block, which declares all that it needs.
func (a *Acknowledgement) appendXML(b []byte, v Version) []byte {
	b = append(b, `<r:SequenceAcknowledgement xmlns:r="`...)
	b = append(b, v.Namespace()...)
	b = append(b, `"><r:Identifier>`...)
	b = xmlscan.EscapeText(b, a.Identifier)
	b = append(b, "</r:Identifier>"...)
	switch {
	case len(a.Nacks) > 0:
		for _, n := range a.Nacks[:min(len(a.Nacks), WrittenRanges)] {
			b = append(b, "<r:Nack>"...)
			b = strconv.AppendUint(b, uint64(n), 10)
			b = append(b, "</r:Nack>"...)
		}
	case a.Ranges.Len() == 0 && v == RM10:
		b = appendRange(b, window.Range{}) // WCF
	case a.Ranges.Len() == 0:
		b = append(b, "<r:None/>"...)
	default:
		n := 0
		for r := range a.Ranges.All() {
			if n++; n > WrittenRanges {
				break
			}
			b = appendRange(b, r)
		}
	}
	if a.Final && v == RM11 && len(a.Nacks) == 0 {
		b = append(b, "<r:Final/>"...)
	}
	if a.Buffer >= 0 {
		b = append(b, `<n:BufferRemaining xmlns:n="`+nsNet+`">`...)
		b = strconv.AppendInt(b, int64(a.Buffer), 10)
		b = append(b, "</n:BufferRemaining>"...)
	}
	return append(b, "</r:SequenceAcknowledgement>"...)
}

func appendRange(b []byte, r window.Range) []byte {
	b = append(b, `<r:AcknowledgementRange Lower="`...)
	b = strconv.AppendUint(b, uint64(r.Lower), 10)
	b = append(b, `" Upper="`...)
	b = strconv.AppendUint(b, uint64(r.Upper), 10)
	return append(b, `"/>`...)
}

package soap

import (
	"encoding/xml"
	"strings"

	"github.com/beevik/etree"

	"github.com/gowsrm/wsrm/internal/xmlscan"
)

// carried returns the fault that the envelope carries, nil if it carries none.
func (e *Envelope) carried() *Fault {
	if e.fault != nil {
		f := e.fault.Fault
		return &f
	}
	if e.doc == nil || !e.doc.fault {
		return nil
	}
	r := faultReader{ns: e.doc.version.Namespace()}
	// The document was read once already, so that the scanner finds nothing wrong with it.
	if err := decodeElement(e.doc.first.raw, e.doc.inner, &r); err != nil && r.f.Reason == "" {
		r.f.Reason = err.Error()
	}
	if e.doc.version == V11 && r.f.Detail == nil && r.f.isAddressing() {
		var d faultDetail
		// WS-Addressing 1.0, SOAP Binding, 6.2
		if ok, err := e.Header(nsWSA10, "FaultDetail", &d); ok && err == nil && len(d.content) > 0 {
			r.f.Detail = d.content
		}
	}
	return &r.f
}

// takesFault reports whether v is something that a fault element may be decoded into.
func takesFault(v any) bool {
	switch v.(type) {
	case *[]byte, **etree.Element, scanDecoder:
		return true
	}
	return false
}

// faultReader reads a fault of either version. What it does not know it skips: a fault is read to learn as much as
// possible, not to find fault with it.
type faultReader struct {
	f  Fault
	ns string // of the envelope
}

func (r *faultReader) ScanXML(s *xmlscan.Scanner) error {
	coded := false
	return eachChild(s, func() error {
		switch name := s.Local(); {
		case coded && (name == "Code" || name == "faultcode"):
			return s.Skip()
		case name == "Code":
			coded = true
			return r.code(s, 0)
		case name == "faultcode":
			coded = true
			text, n := leafName(s)
			r.f.Code, r.f.Subcodes = code11(text, n, r.ns)
		case name == "Reason":
			return eachChild(s, func() error { return r.text(s) })
		case name == "faultstring":
			return r.text(s)
		case name == "Detail" || name == "detail":
			var d faultDetail
			if err := d.ScanXML(s); err != nil {
				return err
			}
			if len(d.content) > 0 {
				r.f.Detail = d.content
			}
		default:
			return s.Skip()
		}
		return nil
	})
}

// code reads Code or, below it, Subcode: the first Value and the first Subcode in it.
func (r *faultReader) code(s *xmlscan.Scanner, level int) error {
	value, subcode := false, false
	return eachChild(s, func() error {
		switch name := s.Local(); {
		case name == "Value" && !value:
			value = true
			_, n := leafName(s)
			if level > 0 {
				r.f.Subcodes = append(r.f.Subcodes, n)
			} else if n.Space == r.ns {
				r.f.Code = n.Local
			}
			return nil
		case name == "Subcode" && !subcode:
			subcode = true
			return r.code(s, level+1)
		}
		return s.Skip()
	})
}

// text reads a reason, and prefers English.
func (r *faultReader) text(s *xmlscan.Scanner) error {
	lang := ""
	if a, ok := s.Attr(nsXML, "lang"); ok {
		lang = clone(a.Value())
	}
	text := leaf(s)
	if r.f.Reason == "" || english(lang) && !english(r.f.Lang) {
		r.f.Reason, r.f.Lang = clone(text), lang
	}
	return nil
}

func english(lang string) bool {
	return len(lang) >= 2 && strings.EqualFold(lang[:2], "en") && (len(lang) == 2 || lang[2] == '-')
}

// code11 says what a faultcode of SOAP 1.1 is in SOAP 1.2.
func code11(text string, n xml.Name, ns string) (code string, subcodes []xml.Name) {
	// Some write the codes of SOAP without a prefix. What follows a dot is finer: SOAP 1.1, 4.4.1.
	if n.Space == ns || n.Space == "" && !strings.Contains(text, ":") {
		switch first, _, _ := strings.Cut(n.Local, "."); first {
		case "Client":
			return "Sender", nil
		case "Server":
			return "Receiver", nil
		case "MustUnderstand", "VersionMismatch":
			return first, nil
		}
	}
	switch {
	case n.Space != nsWSA10 && n.Space != nsWSA04:
	case n.Local == "EndpointUnavailable":
		code = "Receiver"
	default:
		code = "Sender"
	}
	return code, []xml.Name{n}
}

// faultDetail reads the content of an element: text as it stands, elements standing alone.
type faultDetail struct{ content []byte }

func (d *faultDetail) ScanXML(s *xmlscan.Scanner) error {
	elements := false
	for {
		k, err := s.Next()
		if err != nil {
			return err
		}
		switch k {
		case xmlscan.End:
			if !elements && xmlscan.IsSpace(d.content) {
				d.content = nil
			}
			return nil
		case xmlscan.Text:
			d.content = append(d.content, s.Input()[s.Offset():s.End()]...)
		case xmlscan.Start:
			elements = true
			if d.content, err = appendElement(d.content, s); err != nil {
				return err
			}
			if len(d.content) > len(s.Input())+maxDetail {
				return errLarge
			}
		}
	}
}

// eachChild calls f at the Start of each child of the element that has just started. f reads to its End.
func eachChild(s *xmlscan.Scanner, f func() error) error {
	for {
		switch k, err := s.Next(); {
		case err != nil:
			return err
		case k == xmlscan.End:
			return nil
		case k == xmlscan.Start:
			if err := f(); err != nil {
				return err
			}
		}
	}
}

// leaf reads the text of the element that has just started, that of elements inside it included.
func leaf(s *xmlscan.Scanner) string {
	var b []byte
	for depth := s.Depth(); ; {
		switch k, err := s.Next(); {
		case err != nil || k == xmlscan.End && s.Depth() < depth:
			return str(xmlscan.TrimSpace(b))
		case k == xmlscan.Text:
			b = s.AppendText(b)
		}
	}
}

// leafName reads the text of the element that has just started, and what it names as a QName.
func leafName(s *xmlscan.Scanner) (text string, n xml.Name) {
	text = leaf(s)
	n = resolve(s, text)
	n.Space, n.Local = clone(n.Space), clone(n.Local)
	return text, n
}

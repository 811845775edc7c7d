package soap

import (
	"encoding/xml"
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"github.com/beevik/etree"

	"github.com/gowsrm/wsrm/internal/xmlscan"
)

var scanners = sync.Pool{New: func() any { return new(xmlscan.Scanner) }}

// withScanner lends f a scanner.
func withScanner(f func(s *xmlscan.Scanner) error) error {
	s := scanners.Get().(*xmlscan.Scanner)
	err := f(s)
	release(s)
	return err
}

// release gives s back, and lets go of what it read if that is large: small documents live until the next collections.
func release(s *xmlscan.Scanner) {
	const large = 64 << 10 // arbitrary
	if len(s.Input()) > large {
		s.Reset(nil, xmlscan.Limits{})
	}
	scanners.Put(s)
}

// scanDecoder is what reads itself from the scanner: types of this module. The current token is the Start of the
// element, and has to be its End when ScanXML returns without an error.
type scanDecoder interface {
	ScanXML(s *xmlscan.Scanner) error
}

// quickDecoder is a scanDecoder that may read itself without a scanner from an element that is known to be well-formed. False: it
// cannot, and is as it was.
type quickDecoder interface {
	QuickXML(raw []byte) bool
}

// decodeElement reads the element raw, cut out where scope is in scope, into v.
func decodeElement(raw []byte, scope []xmlscan.Binding, v any) error {
	switch v := v.(type) {
	case nil:
		return errors.New("soap: nothing to decode into")
	case *[]byte:
		*v = appendStandAlone(nil, raw, scope)
		return nil
	case scanDecoder:
		if q, ok := v.(quickDecoder); ok && q.QuickXML(raw) {
			return nil
		}
		s := scanners.Get().(*xmlscan.Scanner)
		defer release(s)
		s.ResetFragment(raw, scope, xmlscan.Limits{})
		if _, err := s.Next(); err != nil {
			return fmt.Errorf("soap: %w", err)
		}
		return v.ScanXML(s)
	case **etree.Element:
		return withScanner(func(s *xmlscan.Scanner) error {
			s.ResetFragment(raw, scope, xmlscan.Limits{})
			if _, err := s.Next(); err != nil {
				return fmt.Errorf("soap: %w", err)
			}
			el, err := readTree(s, 0)
			if err != nil {
				return fmt.Errorf("soap: %w", err)
			}
			*v = el
			return nil
		})
	}
	b := raw
	if len(scope) > 0 {
		b = appendStandAlone(make([]byte, 0, len(raw)+256), raw, scope)
	}
	if err := xml.Unmarshal(b, v); err != nil {
		return fmt.Errorf("soap: %w", err)
	}
	return nil
}

// payload is an element that stands alone: all that it needs is declared in it.
type payload struct {
	name xml.Name
	raw  []byte
}

// encode makes a payload of what an application gives: XML text, an element tree, or what encoding/xml takes.
// The result is checked to be one well-formed element; text is kept, not copied.
func encode(v any) (payload, error) {
	var b []byte
	switch v := v.(type) {
	case []byte:
		b = v
	case *etree.Document:
		if v.Root() == nil {
			return payload{}, errors.New("soap: the document is empty")
		}
		b = appendTree(nil, v.Root())
	case *etree.Element:
		if v == nil {
			return payload{}, errors.New("soap: the element is nil")
		}
		b = appendTree(nil, v)
	default:
		var err error
		if b, err = xml.Marshal(v); err != nil {
			return payload{}, fmt.Errorf("soap: %w", err)
		}
	}
	var p payload
	err := withScanner(func(s *xmlscan.Scanner) error {
		s.Reset(b, xmlscan.Limits{})
		k, err := s.Next()
		if err != nil {
			return err
		}
		if k != xmlscan.Start {
			return errors.New("no element")
		}
		p.name = xml.Name{Space: intern(s.Space()), Local: s.Local()}
		start := s.Offset()
		if err := s.Skip(); err != nil {
			return err
		}
		p.raw = b[start:s.End()]
		_, err = s.Next()
		return err
	})
	if err != nil {
		return payload{}, fmt.Errorf("soap: cannot send %T: %w", v, err)
	}
	return p, nil
}

// str returns b as a string without copying it.
func str(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

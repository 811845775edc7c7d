package wsrm

import (
	"encoding/xml"
	"errors"
	"math"

	"github.com/gowsrm/wsrm/internal/xmlscan"
)

// eachChild calls f at the Start of each child of the element whose Start is the current token; f reads to the child's
// End. Text between the children is passed over. Without an error the element's own End is the current token then.
func eachChild(s *xmlscan.Scanner, f func() error) error {
	for {
		k, err := s.Next()
		switch {
		case err != nil:
			return err
		case k == xmlscan.Start:
			if err := f(); err != nil {
				return err
			}
		case k != xmlscan.Text:
			return nil
		}
	}
}

// content reads the text of the element that has just started.
func content(s *xmlscan.Scanner) (string, error) {
	name := s.Local()
	text, err := s.Content()
	if errors.Is(err, xmlscan.ErrContent) {
		return "", malformed("%s holds elements", name)
	}
	return text, err
}

// keep notes in wrong the first error about what a child of a header block holds, and reads on to the End of that child,
// which is at depth, so that the identifier is known when the error is reported. Other errors are returned.
func keep(s *xmlscan.Scanner, depth int, wrong *error, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := err.(*fieldError); !ok {
		return err
	}
	if *wrong == nil {
		*wrong = err
	}
	for s.Depth() > depth {
		if err := s.Skip(); err != nil {
			return err
		}
	}
	return nil
}

// named adds the identifier to an error that was found before it was known.
func named(id string, err error) error {
	if f, ok := err.(*fieldError); ok && f.identifier == "" {
		f.identifier = id
	}
	return err
}

// newError makes an Error of what was found wrong with block. code is the answer if err says nothing else.
func newError(v Version, code string, block xml.Name, err error) *Error {
	e := &Error{RM: v, Code: code, Block: block, Reason: err.Error(), Err: ErrMalformed}
	if f, ok := err.(*fieldError); ok {
		e.Err, e.Identifier = f.err, f.identifier
	}
	switch e.Err {
	case ErrRepeated:
		e.Code = ""
	case ErrRollover:
		if code == CodeSequenceTerminated && block.Local == "Sequence" {
			e.Code = CodeMessageNumberRollover // WS-RM 1.1, 4.5
		}
	}
	return e
}

// parseUnsigned reads an xs:unsignedLong. False: it is none.
func parseUnsigned(s string) (n uint64, ok bool) {
	if len(s) > 1 && s[0] == '+' {
		s = s[1:]
	}
	if s == "" {
		return 0, false
	}
	for i := range len(s) {
		d := uint64(s[i] - '0')
		if d > 9 || n > math.MaxUint64/10 || n == math.MaxUint64/10 && d > math.MaxUint64%10 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, true
}

// allDigits tells a number that is too large from what is no number.
func allDigits(s string) bool {
	if len(s) > 1 && s[0] == '+' {
		s = s[1:]
	}
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return s != ""
}

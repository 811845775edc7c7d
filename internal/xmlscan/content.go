package xmlscan

import (
	"errors"
	"unsafe"
)

// ErrContent says that an element holds other elements where only text may be.
var ErrContent = errors.New("element content where text was expected")

// Content reads the text of the element that has just started, up to its End, without white space at either end.
// It aliases the input, without an allocation, if it stands there in one plain piece.
func (s *Scanner) Content() (string, error) {
	var first []byte // the only piece so far, as it stands
	var all []byte   // what was put together
	pieces := 0
	for {
		k, err := s.Next()
		if err != nil {
			return "", err
		}
		switch k {
		case Text:
			if pieces++; pieces == 1 && s.Plain() {
				first = s.Text()
				continue
			}
			if all == nil {
				all = append(make([]byte, 0, len(first)+len(s.Text())), first...)
			}
			all = s.AppendText(all)
		case End:
			if all == nil {
				all = first
			}
			all = TrimSpace(all)
			return unsafe.String(unsafe.SliceData(all), len(all)), nil
		default:
			line, column := s.Pos()
			return "", &SyntaxError{Offset: s.Offset(), Line: line, Column: column, Msg: ErrContent.Error(), Err: ErrContent}
		}
	}
}

// Input returns what Reset or ResetFragment was given; Offset and End count its bytes.
func (s *Scanner) Input() []byte { return s.b }

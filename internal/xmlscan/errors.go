package xmlscan

import (
	"errors"
	"strconv"
)

// What a caller may want to tell apart; a [SyntaxError] wraps it.
var (
	ErrDTD      = errors.New("document type declaration")      // found where SOAP allows none
	ErrPI       = errors.New("processing instruction")         // found where SOAP allows none
	ErrLimit    = errors.New("limit exceeded")                 // one of Limits
	ErrEncoding = errors.New("unsupported or broken encoding") // also bytes that are no text in the encoding in use
)

// A SyntaxError says what is wrong and where. Every error of this package is one.
type SyntaxError struct {
	Offset int    // bytes of the input before the place
	Line   int    // from 1; LF, CR LF and CR end a line
	Column int    // from 1, in characters
	Msg    string // without position; may quote a little of the input
	Err    error  // ErrDTD, ErrPI, ErrLimit, ErrEncoding or ErrContent; nil: not well-formed
}

// Error returns the position and what is wrong there.
func (e *SyntaxError) Error() string {
	return "xml: line " + strconv.Itoa(e.Line) + ", column " + strconv.Itoa(e.Column) + ": " + e.Msg
}

// Unwrap returns e.Err.
func (e *SyntaxError) Unwrap() error { return e.Err }

// position counts lines and columns up to off. A byte order mark at the beginning takes no column.
func position(b []byte, off int) (line, column int) {
	off = min(off, len(b))
	line, column = 1, 1
	i := 0
	if hasBOM(b) && off >= len(bom) {
		i = len(bom)
	}
	for ; i < off; i++ {
		switch c := b[i]; {
		case c == '\n' || c == '\r' && (i+1 >= len(b) || b[i+1] != '\n'):
			line, column = line+1, 1
		case c&0xC0 != 0x80: // continuation bytes take no column
			column++
		}
	}
	return line, column
}

// quote returns s quoted for a message, shortened to what a reader needs.
func quote(s []byte) string {
	const most = 40 // arbitrary
	if len(s) > most {
		return strconv.Quote(string(s[:most])) + "..."
	}
	return strconv.Quote(string(s))
}

// describe names the character at b[i:] for a message.
func describe(b []byte, i int) string {
	if i >= len(b) {
		return "the end of the input"
	}
	n := 1
	if b[i] >= 0x80 {
		if n = charLen(b, i); n == 0 {
			return "byte 0x" + strconv.FormatUint(uint64(b[i]), 16)
		}
	}
	return strconv.QuoteRune([]rune(string(b[i : i+n]))[0])
}

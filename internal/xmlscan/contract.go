// Package xmlscan reads XML as SOAP uses it: strictly, with namespaces, without a DTD and without allocating.
//
// A Scanner walks over one document in memory and checks every constraint of XML 1.0 (fifth edition) and of
// Namespaces in XML 1.0 (third edition) that applies where there is no DTD. Document type declarations and processing
// instructions, which SOAP forbids, are refused with errors of their own. ToUTF8 prepares what came in another encoding.
package xmlscan

import "errors"

// Kind says what Next found.
type Kind uint8

const (
	EOF   Kind = iota // the document is complete
	Start             // a start tag, or an empty-element tag, which an End follows
	End               // an end tag, or the second half of an empty-element tag
	Text              // character data or a CDATA section inside an element; adjacent pieces are reported one by one
)

var (
	ErrDTD      = errors.New("document type declarations are not allowed")
	ErrPI       = errors.New("processing instructions are not allowed")
	ErrLimit    = errors.New("limit exceeded")
	ErrEncoding = errors.New("unsupported or ill-formed encoding")
)

// SyntaxError is what every error of this package is: what is wrong, and where.
type SyntaxError struct {
	Offset int // bytes before the place
	Line   int // from 1; CR LF, LF and CR end a line
	Column int // from 1, in characters
	Msg    string
	Err    error // ErrDTD, ErrPI, ErrLimit, ErrEncoding or nil
}

func (e *SyntaxError) Error() string { panic("contract") }
func (e *SyntaxError) Unwrap() error { return e.Err }

// Limits bound what a document may grow. Zero means no limit.
type Limits struct {
	Depth int // elements within each other, the root is 1
	Attrs int // attributes of one element, namespace declarations among them
}

// Binding is a namespace prefix ("" for the default namespace) and what it stands for.
type Binding struct {
	Prefix, Space string
}

// Attr is an attribute that is no namespace declaration. Its strings alias the input.
type Attr struct {
	Space, Local, Prefix string
	raw                  string
	coded                bool
}

// Raw returns the value as written between the quotes.
func (a Attr) Raw() string { return a.raw }

// Plain reports whether Raw is the value already: no references, no tabs or line ends.
func (a Attr) Plain() bool { return !a.coded }

// Value returns the normalized value. It aliases the input, without an allocation, if the value is Plain.
func (a Attr) Value() string { panic("contract") }

// AppendValue appends the normalized value to dst.
func (a Attr) AppendValue(dst []byte) []byte { panic("contract") }

// Scanner reads one document after the other. Its zero value reads an empty document; Reset gives it one.
// Strings and slices that it returns alias the input, which must not change while they are in use; they stay right after later calls and after Reset, except for the slice of Attrs and Declared, which the next call to Next overwrites.
// A Scanner belongs to one goroutine at a time.
type Scanner struct{ _ int }

// Reset begins a document in UTF-8, with or without byte order mark. What an XML declaration says of the encoding is checked by ToUTF8, not here.
func (s *Scanner) Reset(b []byte, lim Limits) { panic("contract") }

// ResetFragment begins one element cut out of a document, in which the given bindings are in scope; of two for one prefix the later counts.
func (s *Scanner) ResetFragment(b []byte, scope []Binding, lim Limits) { panic("contract") }

// Next reads the next token. An error is a *SyntaxError and is repeated by further calls, as EOF is.
func (s *Scanner) Next() (Kind, error) { panic("contract") }

// Skip reads on to the end of the innermost open element: after Start, of the element that starts. The End is the current token then.
// Without an open element it does nothing.
func (s *Scanner) Skip() error { panic("contract") }

// Kind returns what the last Next returned.
func (s *Scanner) Kind() Kind { panic("contract") }

// Space, Local and Prefix return the name of the element that starts or ends; at Text, they are "".
func (s *Scanner) Space() string  { panic("contract") }
func (s *Scanner) Local() string  { panic("contract") }
func (s *Scanner) Prefix() string { panic("contract") }

// Attrs returns the attributes of the element that starts, in their order, without namespace declarations; valid until the next Next.
func (s *Scanner) Attrs() []Attr { panic("contract") }

// Attr returns the attribute of that name of the element that starts.
func (s *Scanner) Attr(space, local string) (Attr, bool) { panic("contract") }

// Text returns the character data as written; in a CDATA section, what is between its delimiters.
func (s *Scanner) Text() []byte { panic("contract") }

// Plain reports whether Text is the text already: no references, no carriage returns.
func (s *Scanner) Plain() bool { panic("contract") }

// CDATA reports whether the text is a CDATA section.
func (s *Scanner) CDATA() bool { panic("contract") }

// AppendText appends the text to dst, references replaced and line ends normalized.
func (s *Scanner) AppendText(dst []byte) []byte { panic("contract") }

// Offset returns where the token begins, in bytes of the input; End where it ends.
// The End token of an empty-element tag is empty and stands behind the tag, so that an element is from the Offset of its Start to the End of its End.
func (s *Scanner) Offset() int { panic("contract") }
func (s *Scanner) End() int    { panic("contract") }

// Depth returns how many elements are open: the root that starts is 1, when it ends 0.
func (s *Scanner) Depth() int { panic("contract") }

// Pos returns line and column of the beginning of the token. It counts from the beginning of the input each time.
func (s *Scanner) Pos() (line, column int) { panic("contract") }

// AppendScope appends the bindings in scope to dst: at Start and End those inside that element. Shadowed ones, the prefix xml and an empty default namespace are left out.
func (s *Scanner) AppendScope(dst []Binding) []Binding { panic("contract") }

// ToUTF8 returns the document in UTF-8. b itself is returned, not copied, if it is UTF-8 already.
// charset is what the carrier says, such as the charset of an HTTP Content-Type, "" if nothing. A byte order mark goes before charset, and charset before the XML declaration (RFC 7303).
// Known are UTF-8, UTF-16 in both orders, US-ASCII and ISO-8859-1. The error is a *SyntaxError that wraps ErrEncoding, its Offset counts bytes of b.
func ToUTF8(b []byte, charset string) ([]byte, error) { panic("contract") }

// IsSpace reports whether b is white space only: space, tab, CR, LF.
func IsSpace(b []byte) bool { panic("contract") }

// TrimSpace returns b without white space at either end; it aliases b.
func TrimSpace(b []byte) []byte { panic("contract") }

package xmlscan

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
)

// encode returns s in UTF-16, in the order that the name says, with a byte order mark if asked for.
func encode(s, name string, marked bool) []byte {
	var order binary.AppendByteOrder = binary.LittleEndian
	if name == "UTF-16BE" {
		order = binary.BigEndian
	}
	if marked {
		s = "\uFEFF" + s
	}
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = order.AppendUint16(out, u)
	}
	return out
}

func declaring(name string) string { return `<?xml version="1.0" encoding="` + name + `"?><a>` }

func TestToUTF8(t *testing.T) {
	const (
		bare = "<a>\u00E9\u20AC\U0001F600, and a tail that is ASCII only</a>"
		le   = "UTF-16LE"
		be   = "UTF-16BE"
	)
	with := func(name string) string { return declaring(name) + "\u00E9\U0010FFFF</a>" }
	for _, test := range []struct {
		what    string
		in      []byte
		charset string
		want    string // "": in itself
	}{
		{"nothing said", []byte(bare), "", ""},
		{"empty", []byte(""), "", ""},
		{"charset", []byte(bare), "utf-8", ""},
		{"charset in capitals", []byte(bare), "UTF8", ""},
		{"UTF-8 with mark", []byte(bom + bare), "", ""},
		{"UTF-8 declared", []byte(with("UTF-8")), "", ""},
		{"UTF-8 declared in small letters, with mark", []byte(bom + with("utf-8")), "", ""},
		{"declaration without encoding", []byte(`<?xml version="1.0"?><a/>`), "", ""},
		{"a declaration that is none", []byte(`<?xml version="1.0" encoding=`), "", ""},
		{"an instruction", []byte(`<?xml-encoding="x"?>`), "", ""},
		{"charset goes before declaration", []byte(with("UTF-16")), "utf-8", ""},
		{"the mark goes before charset", []byte(bom + bare), "iso-8859-1", ""},
		{"the mark goes before charset", encode(bare, le, true), "utf-8", bare},
		{"the mark goes before an unknown charset", encode(bare, be, true), "x-unknown", bare},

		{"UTF-16 with mark", encode(bare, le, true), "", bare},
		{"UTF-16 with mark", encode(bare, be, true), "", bare},
		{"UTF-16 with mark and declaration", encode(with("UTF-16"), le, true), "", with("UTF-16")},
		{"UTF-16 with mark and declaration", encode(with("utf-16"), be, true), "", with("utf-16")},
		{"UTF-16 with mark, declaration without encoding", encode(`<?xml version="1.0"?><a/>`, be, true), "", `<?xml version="1.0"?><a/>`},
		{"UTF-16 with declaration", encode(with("UTF-16"), le, false), "", with("UTF-16")},
		{"UTF-16 with declaration", encode(with("UTF-16"), be, false), "", with("UTF-16")},
		{"the order declared", encode(with(le), le, false), "", with(le)},
		{"the order declared, with mark", encode(with(be), be, true), "", with(be)},
		{"UTF-16 by charset", encode(bare, le, false), "utf-16", bare},
		{"UTF-16 by charset", encode(bare, be, false), "UTF-16", bare},
		{"UTF-16 by charset, with mark", encode(bare, le, true), "utf-16", bare},
		{"UTF-16 by charset, declaring something else", encode(with("UTF-8"), le, false), "utf-16", with("UTF-8")},
		{"the order by charset", encode(bare, le, false), "utf-16le", bare},
		{"the order by charset", encode(bare, be, false), "utf-16be", bare},
		{"UCS-2", encode(with("ISO-10646-UCS-2"), be, true), "", with("ISO-10646-UCS-2")},
		{"characters without line ends", encode("<a>\u4E00\u4E01</a>", be, true), "", "<a>\u4E00\u4E01</a>"},

		{"US-ASCII declared", []byte(declaring("US-ASCII") + "e</a>"), "", ""},
		{"US-ASCII by charset", []byte("<a>e</a>"), "us-ascii", ""},
		{"ISO-8859-1 declared", []byte(declaring("iso-8859-1") + "\xE9\x80</a>"), "", declaring("iso-8859-1") + "\u00E9\u0080</a>"},
		{"ISO-8859-1 by charset", []byte("<a>\xE9</a>"), "ISO-8859-1", "<a>\u00E9</a>"},
		{"ISO-8859-1 that is ASCII", []byte("<a>e</a>"), "ISO-8859-1", ""},
	} {
		t.Run(test.what, func(t *testing.T) {
			was := string(test.in)
			got, err := ToUTF8(test.in, test.charset)
			require.NoError(t, err)
			require.Equal(t, was, string(test.in), "the input stays as it is")
			if test.want != "" {
				require.Equal(t, test.want, string(got))
				return
			}
			require.Equal(t, test.in, got)
			if len(got) > 0 {
				require.Same(t, &test.in[0], &got[0], "not copied")
			}
		})
	}
}

func TestToUTF8Errors(t *testing.T) {
	const le, be = "UTF-16LE", "UTF-16BE"
	raw := func(order string, units ...uint16) []byte {
		b := encode("<a>\n\u00E9", order, true)
		for _, u := range units {
			if order == be {
				b = binary.BigEndian.AppendUint16(b, u)
			} else {
				b = binary.LittleEndian.AppendUint16(b, u)
			}
		}
		return b
	}
	for _, test := range []struct {
		what                 string
		in                   []byte
		charset              string
		offset, line, column int
		msg                  string
	}{
		{"unknown charset", []byte("<a/>"), "x-none", 0, 1, 1, `unknown encoding "x-none"`},
		{"unknown declaration", []byte(declaring("EUC-JP")), "", 0, 1, 1, `unknown encoding "EUC-JP"`},
		{"declares UTF-16, is not", []byte(declaring("UTF-16")), "", 0, 1, 1, `the document is not in "UTF-16" as it declares`},
		{"declares UTF-16LE, is not", []byte(declaring("UTF-16LE")), "", 0, 1, 1, `the document is not in "UTF-16LE" as it declares`},
		{"declares UTF-8, is UTF-16", encode(declaring("UTF-8"), le, true), "", 0, 1, 1, `the document is not in "UTF-8" as it declares`},
		{"declares ISO-8859-1, is UTF-16", encode(declaring("ISO-8859-1"), be, false), "", 0, 1, 1, `the document is not in "ISO-8859-1" as it declares`},
		{"declares the other order", encode(declaring(be), le, true), "", 0, 1, 1, `the document is not in "UTF-16BE" as it declares`},
		{"declares ISO-8859-1, marked as UTF-8", []byte(bom + declaring("ISO-8859-1")), "", 0, 1, 1, `the document is not in "ISO-8859-1" as it declares`},
		{"declares UTF-16, marked as UTF-8", []byte(bom + declaring("UTF-16")), "", 0, 1, 1, `the document is not in "UTF-16" as it declares`},
		{"UTF-16, nothing said", encode("<a/>", le, false), "", 0, 1, 1, "UTF-16 without byte order mark and encoding declaration"},
		{"UTF-16, no encoding declared", encode(`<?xml version="1.0"?><a/>`, be, false), "", 0, 1, 1, "UTF-16 without byte order mark and encoding declaration"},

		{"UTF-8", []byte("<a>\r\n\u00E9\xC3"), "", 7, 2, 2, "byte 0xc3 is not UTF-8"},
		{"UTF-8 with mark", []byte(bom + "<a>\x80"), "", 6, 1, 4, "byte 0x80 is not UTF-8"},
		{"a surrogate in UTF-8", []byte("<a>\xED\xA0\x80"), "utf-8", 3, 1, 4, "byte 0xed is not UTF-8"},
		{"U+FFFE in UTF-8", []byte("<a>\uFFFE"), "utf-8", 3, 1, 4, "the characters U+FFFE and U+FFFF are not allowed"},
		{"U+FFFF in UTF-8", []byte(declaring("utf-8") + "\uFFFF"), "", 41, 1, 42, "the characters U+FFFE and U+FFFF are not allowed"},
		{"a long run of ASCII", []byte(strings.Repeat("x", 1001) + "\xFF"), "utf-8", 1001, 1, 1002, "byte 0xff is not UTF-8"},
		{"US-ASCII", []byte("<a>\n\u00E9"), "us-ascii", 4, 2, 1, "'\u00E9' is not US-ASCII"},
		{"US-ASCII, nor UTF-8", []byte("<a>\x80"), "us-ascii", 3, 1, 4, "byte 0x80 is not US-ASCII"},

		{"a high surrogate alone", raw(le, 0xD800, 'a'), "", 12, 2, 2, "a surrogate without its other half"},
		{"a high surrogate at the end", raw(be, 0xDBFF), "", 12, 2, 2, "a surrogate without its other half"},
		{"a low surrogate", raw(be, 'a', 0xDC00, 0xD800), "", 14, 2, 3, "a surrogate without its other half"},
		{"two high ones", raw(le, 0xD800, 0xD800, 0xDC00), "", 12, 2, 2, "a surrogate without its other half"},
		{"U+FFFE in UTF-16", raw(le, 0xFFFE), "", 12, 2, 2, "the characters U+FFFE and U+FFFF are not allowed"},
		{"U+FFFF in UTF-16", raw(be, 0xFFFF), "utf-16", 12, 2, 2, "the characters U+FFFE and U+FFFF are not allowed"},
		{"an odd byte", append(raw(le), 'a'), "", 12, 2, 2, "half of a character at the end"},
		{"an odd byte behind ASCII", append(encode("<abcdefg>", be, false), 0), "utf-16be", 18, 1, 10, "half of a character at the end"},
	} {
		t.Run(test.what, func(t *testing.T) {
			got, err := ToUTF8(test.in, test.charset)
			require.Nil(t, got)
			require.ErrorIs(t, err, ErrEncoding)
			e, ok := errors.AsType[*SyntaxError](err)
			require.True(t, ok)
			require.Equal(t, test.msg, e.Msg)
			require.Equal(t, []int{test.offset, test.line, test.column}, []int{e.Offset, e.Line, e.Column})
		})
	}
}

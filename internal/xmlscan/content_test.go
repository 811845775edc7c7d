package xmlscan

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestContent(t *testing.T) {
	for _, test := range []struct{ what, doc, want string }{
		{"plain", `<a>b c</a>`, "b c"},
		{"empty", `<a></a>`, ""},
		{"an empty-element tag", `<a/>`, ""},
		{"white space around", "<a> \r\n\tb\t</a>", "b"},
		{"white space alone", "<a> \n </a>", ""},
		{"references", `<a>b&amp;&#x63;</a>`, "b&c"},
		{"CDATA", `<a><![CDATA[b]]></a>`, "b"},
		{"pieces", `<a> b<!-- --><![CDATA[<c]]>&gt;d</a>`, "b<c>d"},
		{"pieces, the first empty", `<a><![CDATA[]]>b</a>`, "b"},
		{"pieces, the first with references", `<a>&lt;<!-- -->b</a>`, "<b"},
	} {
		t.Run(test.what, func(t *testing.T) {
			var s Scanner
			s.Reset([]byte(test.doc), Limits{})
			_, err := s.Next()
			require.NoError(t, err)
			got, err := s.Content()
			require.NoError(t, err)
			require.Equal(t, test.want, got)
			require.Equal(t, End, s.Kind())
			require.Equal(t, 0, s.Depth())
		})
	}
	var s Scanner
	s.Reset([]byte("<a>\nb<c/></a>"), Limits{})
	_, err := s.Next()
	require.NoError(t, err)
	_, err = s.Content()
	require.ErrorIs(t, err, ErrContent)
	e, _ := errors.AsType[*SyntaxError](err)
	require.Equal(t, []int{5, 2, 2}, []int{e.Offset, e.Line, e.Column})

	s.Reset([]byte("<a>&</a>"), Limits{})
	_, err = s.Next()
	require.NoError(t, err)
	_, err = s.Content()
	require.ErrorContains(t, err, "'&' is not followed by an entity name")
}

func TestSpace(t *testing.T) {
	for _, test := range []struct {
		in, trimmed string
		space       bool
	}{
		{"", "", true}, {" \t\r\n", "", true}, {"a", "a", false}, {" a b\n", "a b", false}, {"\u00A0", "\u00A0", false}, {"\v", "\v", false},
	} {
		require.Equal(t, test.space, IsSpace([]byte(test.in)), "%q", test.in)
		require.Equal(t, test.trimmed, string(TrimSpace([]byte(test.in))), "%q", test.in)
	}
}

func TestEscape(t *testing.T) {
	const all = "a<b>&\"'\t\n\r]]>\u00E9\U0010FFFF"
	require.Equal(t, "xa&lt;b&gt;&amp;\"'\t\n&#13;]]&gt;\u00E9\U0010FFFF", string(EscapeText([]byte("x"), all)))
	require.Equal(t, "xa&lt;b&gt;&amp;&quot;'&#9;&#10;&#13;]]&gt;\u00E9\U0010FFFF", string(EscapeAttr([]byte("x"), all)))
	require.Equal(t, "\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD|\uFFFD\uFFFD\uFFFD", string(EscapeText(nil, "\x00\x1F\uFFFE\uFFFF|\xFF|\xED\xA0\x80")))
}

// What is escaped reads as it was.
func FuzzEscape(f *testing.F) {
	f.Add("a<b>&\"'\t\n\r]]>\u00E9\uFFFD\xFF\x00")
	f.Fuzz(func(t *testing.T, in string) {
		want := in
		if !utf8.ValidString(in) || strings.ContainsFunc(in, func(r rune) bool { return !isChar(r) }) {
			var b strings.Builder
			for _, r := range in { // a bad byte is U+FFFD here
				if !isChar(r) {
					r = utf8.RuneError
				}
				b.WriteRune(r)
			}
			want = b.String()
		}
		doc := EscapeText([]byte("<a>"), in)
		doc = append(doc, `<b c="`...)
		doc = append(EscapeAttr(doc, in), `"/></a>`...)
		var s Scanner
		s.Reset(doc, Limits{})
		var text []byte
		for {
			kind, err := s.Next()
			require.NoError(t, err, "%q", doc)
			if kind == EOF {
				break
			}
			text = s.AppendText(text)
			if s.Local() == "b" && kind == Start {
				require.Equal(t, want, s.Attrs()[0].Value())
			}
		}
		require.Equal(t, want, string(text))
	})
}

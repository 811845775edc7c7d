package xmlscan

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// expanded writes a name down, as {space}local.
func expanded(space, local string) string {
	if space == "" {
		return local
	}
	return "{" + space + "}" + local
}

// tokens reads what s has been reset to and writes it down, one token after the other: <{space}local {space}attr="value">,
// </local>, 'text', [CDATA].
func tokens(s *Scanner) (string, error) {
	var out strings.Builder
	for {
		kind, err := s.Next()
		if err != nil || kind == EOF {
			return out.String(), err
		}
		switch kind {
		case Start:
			out.WriteString("<" + expanded(s.Space(), s.Local()))
			for _, a := range s.Attrs() {
				fmt.Fprintf(&out, " %s=%q", expanded(a.Space, a.Local), a.Value())
			}
			out.WriteString(">")
		case End:
			out.WriteString("</" + s.Local() + ">")
		case Text:
			text := fmt.Sprintf("%q", s.AppendText(nil))
			text = text[1 : len(text)-1]
			if s.CDATA() {
				out.WriteString("[" + text + "]")
			} else {
				out.WriteString("'" + text + "'")
			}
		}
	}
}

func scan(doc string) (string, error) {
	var s Scanner
	s.Reset([]byte(doc), Limits{})
	return tokens(&s)
}

func TestWellFormed(t *testing.T) {
	for _, test := range []struct{ what, doc, want string }{
		{"an empty element", `<a/>`, `<a></a>`},
		{"white space in tags", "<a \n\tb = 'c'\r\nd\t=\n\"e\" ></a\t>", `<a b="c" d="e"></a>`},
		{"white space in front of the slash", `<a />`, `<a></a>`},
		{"text and children", `<a>b<c>d</c>e</a>`, `<a>'b'<c>'d'</c>'e'</a>`},
		{"prolog and epilog", "\n<!-- a --> <a/> <!-- b -->\n", `<a></a>`},
		{"long names and values", `<abcdefghijkl mnopqrstuvwxyz="0123456789012345678901234567890"/>`, `<abcdefghijkl mnopqrstuvwxyz="0123456789012345678901234567890"></abcdefghijkl>`},
		{"quotes within the other ones", `<a b='"' c="'"/>`, `<a b="\"" c="'"></a>`},
		{"'>' in a value and in text", `<a b=">">></a>`, `<a b=">">'>'</a>`},
		{"brackets", `<a>] ]] ]]] ]>]]&gt;</a>`, `<a>'] ]] ]]] ]>]]>'</a>`},
		{"brackets across markup", `<a>]]<!-- -->></a>`, `<a>']]''>'</a>`},
		{"DEL and C1 controls", "<a>\x7F\u0080\u009F</a>", `<a>'\x7f\u0080\u009f'</a>`},

		// XML 1.0, 2.2: the ends of the ranges of Char
		{"characters", "<a>\t \uD7FF\uE000\uFFFD\U00010000\U0001FFFE\U0010FFFF</a>", "<a>'\\t \\ud7ff\\ue000\uFFFD\U00010000\\U0001fffe\\U0010ffff'</a>"},
		{"characters by reference", "<a>&#9;&#xa;&#xD;&#32;&#xd7ff;&#xE000;&#65533;&#x10000;&#x10FFFF;</a>", "<a>'\\t\\n\\r \\ud7ff\\ue000\uFFFD\U00010000\\U0010ffff'</a>"},
		{"leading zeros in references", "<a>&#x000000000000000000041;&#000000000000000000000066;</a>", "<a>'AB'</a>"},
		{"noncharacters in the middle", "<a>\uFDD0\uFDEF</a>", `<a>'\ufdd0\ufdef'</a>`},
		{"predefined entities", `<a b="&lt;&gt;&amp;&quot;&apos;">&lt;&gt;&amp;&quot;&apos;</a>`, `<a b="<>&\"'">'<>&\"''</a>`},
		{"references are not read twice", `<a>&#38;lt;&amp;amp;</a>`, `<a>'&lt;&amp;'</a>`},

		// XML 1.0, 2.3: Name, after the fifth edition
		{"names of the fifth edition", "<\u0132\u0E5A\U000EFFFF \u2C00\u00B7\u0300\u203F=''/>", "<\u0132\u0E5A\U000EFFFF \u2C00\u00B7\u0300\u203F=\"\"></\u0132\u0E5A\U000EFFFF>"},
		{"ASCII behind other characters", "<\u00E9-.9_a\u00E9/>", "<\u00E9-.9_a\u00E9></\u00E9-.9_a\u00E9>"},
		{"names that begin with xml", `<xmlish xmlx="" XML=''/>`, `<xmlish xmlx="" XML=""></xmlish>`},

		// XML 1.0, 2.5, 2.7
		{"comments", "<!----><a><!-- <&]]> \u00E9\t - - --></a><!---->", `<a></a>`},
		{"comments split text", `<a>b<!-- -->c</a>`, `<a>'b''c'</a>`},
		{"CDATA", "<a><![CDATA[<b>&amp;]] ]> ]]]]><![CDATA[>\u00E9]]><![CDATA[]]></a>", "<a>[<b>&amp;]] ]> ]]][>\u00E9][]</a>"},

		// XML 1.0, 2.11
		{"line ends in text", "<a>1\r\n2\r3\n4\r\r\n5\r</a>", `<a>'1\n2\n3\n4\n\n5\n'</a>`},
		{"line ends in CDATA", "<a><![CDATA[1\r\n2\r3\r]]></a>", `<a>[1\n2\n3\n]</a>`},
		{"line ends by reference", "<a>&#13;&#10;&#13;</a>", `<a>'\r\n\r'</a>`},
		{"a line end on both sides of markup", "<a>\r<!-- -->\n</a>", `<a>'\n''\n'</a>`},
		// XML 1.0, 3.3.3
		{"white space in values", "<a b='1\t2\n3\r\n4\r5 \r\n\n'/>", `<a b="1 2 3 4 5   "></a>`},
		{"white space in values by reference", "<a b='&#9;&#10;&#13;&#32;'/>", `<a b="\t\n\r "></a>`},

		// XML 1.0, 2.8, 2.9, 4.3.3
		{"declaration", `<?xml version="1.0"?><a/>`, `<a></a>`},
		{"a later version", `<?xml version='1.4711'?><a/>`, `<a></a>`},
		{"the whole declaration", "<?xml version = '1.0'\n\tencoding=\"UTF-8\" standalone='yes' ?>\n<a/>", `<a></a>`},
		{"without encoding", `<?xml version="1.0" standalone="no"?><a/>`, `<a></a>`},
		{"byte order mark", "\uFEFF<?xml version='1.0' encoding='utf-8'?><a/>", `<a></a>`},
		{"byte order mark alone", "\uFEFF<a/>", `<a></a>`},
		{"the mark is a character elsewhere", "<a>\uFEFF</a>", `<a>'\ufeff'</a>`},

		// XML Names
		{"default namespace", `<a xmlns="u" b=""><c xmlns=""><d/></c><e/></a>`, `<{u}a b=""><c><d></d></c><{u}e></e></a>`},
		{"prefixes", `<p:a xmlns:p="u" p:b="1" b="2"><q:c xmlns:q="v" xmlns:p="w" p:d=""/><p:e/></p:a>`, `<{u}a {u}b="1" b="2"><{v}c {w}d=""></c><{u}e></e></a>`},
		{"used before declared", `<p:a p:b="" xmlns:p="u"/>`, `<{u}a {u}b=""></a>`},
		{"the prefix xml", `<a xml:lang="en" xml:space="preserve"/>`, `<a {` + spaceXML + `}lang="en" {` + spaceXML + `}space="preserve"></a>`},
		{"the prefix xml declared", `<xml:a xmlns:xml="` + spaceXML + `"/>`, `<{` + spaceXML + `}a></a>`},
		{"references in a namespace", `<p:a xmlns:p="u?a&amp;b&#x20;"/>`, `<{u?a&b }a></a>`},
		{"one name in two namespaces", `<a xmlns:p="u" xmlns:q="v" p:b="1" q:b="2" b="3"/>`, `<a {u}b="1" {v}b="2" b="3"></a>`},
		{"the default namespace is not for attributes", `<a xmlns="u" xmlns:p="u" b="1" p:b="2"/>`, `<{u}a b="1" {u}b="2"></a>`},
		{"names of namespaces are compared as strings", `<a xmlns:p="http://x/" xmlns:q="http://X/" p:b="" q:b=""/>`, `<a {http://x/}b="" {http://X/}b=""></a>`},
	} {
		t.Run(test.what, func(t *testing.T) {
			got, err := scan(test.doc)
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
}

func TestOffsets(t *testing.T) {
	const doc = `<?xml version="1.0"?><!-- --><a> <b c="d"/><![CDATA[e]]></a> `
	var s Scanner
	s.Reset([]byte(doc), Limits{})
	var got []string
	for {
		kind, err := s.Next()
		require.NoError(t, err)
		require.Equal(t, kind, s.Kind())
		got = append(got, fmt.Sprintf("%d:%s", s.Depth(), doc[s.Offset():s.End()]))
		if kind == EOF {
			break
		}
		if kind == Start && s.Local() == "b" {
			require.Equal(t, "c", doc[s.Attrs()[0].Offset():][:1])
		}
	}
	require.Equal(t, []string{"1:<a>", "1: ", `2:<b c="d"/>`, "1:", "1:<![CDATA[e]]>", "0:</a>", "0:"}, got)
	require.Equal(t, len(doc), s.Offset())
	require.Equal(t, doc, string(s.Input()))

	kind, err := s.Next()
	require.NoError(t, err)
	require.Equal(t, EOF, kind, "EOF is repeated")
}

func TestPos(t *testing.T) {
	var s Scanner
	s.Reset([]byte("\uFEFF<a>\r\n\r\u00E9\U00010000<b\n/><c/></a>"), Limits{})
	want := map[string][2]int{"a": {1, 1}, "b": {3, 3}, "c": {4, 3}}
	for {
		kind, err := s.Next()
		require.NoError(t, err)
		if kind == EOF {
			break
		}
		if kind == Start {
			line, column := s.Pos()
			require.Equal(t, want[s.Local()], [2]int{line, column}, s.Local())
		}
	}
}

// Accessors say nothing for tokens that are not theirs.
func TestAccessorsElsewhere(t *testing.T) {
	var s Scanner
	none := func(when string) {
		require.Empty(t, s.Space()+s.Local()+s.Prefix(), when)
		require.Nil(t, s.Attrs(), when)
		require.Nil(t, s.AppendDeclared(nil), when)
		_, ok := s.Attr("", "b")
		require.False(t, ok, when)
	}
	textless := func(when string) {
		require.Nil(t, s.Text(), when)
		require.Nil(t, s.AppendText(nil), when)
		require.False(t, s.CDATA(), when)
	}
	next := func() {
		_, err := s.Next()
		require.NoError(t, err)
	}
	none("zero value")
	textless("zero value")
	require.Nil(t, s.AppendScope(nil))
	_, err := s.Next()
	require.EqualError(t, err, "xml: line 1, column 1: no root element")

	s.Reset([]byte(`<p:a xmlns:p="u" b="c"><![CDATA[d&e]]>f&#13;</p:a>`), Limits{})
	none("before the first token")
	textless("before the first token")
	next()
	textless("start")
	require.Equal(t, "p", s.Prefix())
	b, ok := s.Attr("", "b")
	require.True(t, ok)
	require.Equal(t, "c", b.Value())
	_, ok = s.Attr("u", "b")
	require.False(t, ok)
	next()
	none("CDATA")
	require.True(t, s.CDATA())
	require.True(t, s.Plain())
	next()
	none("text")
	require.False(t, s.CDATA())
	require.False(t, s.Plain())
	require.Equal(t, "f&#13;", string(s.Text()))
	require.Equal(t, "xf\r", string(s.AppendText([]byte("x"))))
	next()
	textless("end")
	require.Equal(t, "u a p", s.Space()+" "+s.Local()+" "+s.Prefix())
	require.Nil(t, s.Attrs(), "an end has no attributes")
	next()
	none("EOF")
	textless("EOF")
}

// What needs no decoding is a piece of the input.
func TestAliases(t *testing.T) {
	doc := []byte(`<p:a xmlns:p="u" b="c">d</p:a>`)
	var s Scanner
	s.Reset(doc, Limits{})
	_, err := s.Next()
	require.NoError(t, err)
	b := s.Attrs()[0]
	require.True(t, b.Plain())
	space, local, value := s.Space(), s.Local(), b.Value()
	_, err = s.Next()
	require.NoError(t, err)
	text := s.Text()
	require.Equal(t, 1, cap(text), "appending to it must not reach the input")
	for i := range doc {
		doc[i]++
	}
	require.Equal(t, "v b d e", space+" "+local+" "+value+" "+string(text))
}

func TestSkip(t *testing.T) {
	var s Scanner
	s.Reset([]byte(`<a>1<b x=""><b/>2<b></b></b>3<c/>4<d><e/></d></a>`), Limits{})
	next := func() string {
		_, err := s.Next()
		require.NoError(t, err)
		return s.Local() + string(s.Text())
	}
	skip := func() string {
		require.NoError(t, s.Skip())
		return fmt.Sprintf("%s %d", string(s.b[s.Offset():s.End()]), s.Depth())
	}
	require.NoError(t, s.Skip(), "nothing is open: nothing happens")
	require.Equal(t, "a", next())
	require.Equal(t, "1", next())
	require.Equal(t, "b", next())
	require.Equal(t, "</b> 1", skip())
	require.Equal(t, "3", next())
	require.Equal(t, "c", next())
	require.Equal(t, " 1", skip(), "the end of an empty-element tag is empty")
	require.Equal(t, "4", next())
	require.Equal(t, "d", next())
	require.Equal(t, "e", next())
	require.Equal(t, " 2", skip())
	require.Equal(t, "</d> 1", skip(), "from an end, the rest of what is around it is skipped")
	require.Equal(t, "</a> 0", skip())
	require.NoError(t, s.Skip())
	require.Equal(t, "", next())
	require.Equal(t, EOF, s.Kind())

	s.Reset([]byte(`<a><b></a>`), Limits{})
	require.Equal(t, "a", next())
	require.ErrorContains(t, s.Skip(), `"a" does not match the element "b"`)
	require.Error(t, s.Skip())
}

// An error stays, whatever is called.
func TestErrorStays(t *testing.T) {
	for _, doc := range []string{`<a><b/>&</a>`, `<a/>x`, ``, `<a b/>`, `<a`} {
		var s Scanner
		s.Reset([]byte(doc), Limits{})
		_, first := tokens(&s)
		require.Error(t, first, doc)
		for range 3 {
			kind, err := s.Next()
			require.Same(t, first, err, doc)
			require.Equal(t, EOF, kind)
			require.Equal(t, EOF, s.Kind())
		}
		require.Same(t, first, s.Skip())
		require.Empty(t, s.Space()+s.Local())

		s.Reset([]byte(`<a/>`), Limits{})
		_, err := tokens(&s)
		require.NoError(t, err, "Reset begins anew")
	}
}

func TestLimits(t *testing.T) {
	for _, test := range []struct {
		what, doc string
		lim       Limits
		column    int // 0: within the limits
	}{
		{"depth within", `<a><b><c/></b><b><c/></b></a>`, Limits{Depth: 3}, 0},
		{"depth beyond", `<a><b><c/></b></a>`, Limits{Depth: 2}, 7},
		{"no limit", strings.Repeat("<a>", 1e4) + strings.Repeat("</a>", 1e4), Limits{}, 0},
		{"attributes within", `<a b="" c="" xmlns:d=""/>`, Limits{Attrs: 2}, 14},
		{"attributes beyond", `<a b="" c=""/>`, Limits{Attrs: 1}, 9},
		{"declarations count", `<a b="" xmlns="u" xmlns:c="v"/>`, Limits{Attrs: 2}, 19},
		{"for each element", `<a b="" xmlns="u"><c d="" xmlns:e="v"/></a>`, Limits{Attrs: 2}, 0},
	} {
		t.Run(test.what, func(t *testing.T) {
			var s Scanner
			s.Reset([]byte(test.doc), test.lim)
			_, err := tokens(&s)
			if test.column == 0 {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, ErrLimit)
			e, _ := errors.AsType[*SyntaxError](err)
			require.Equal(t, test.column, e.Column)
			require.Equal(t, test.column-1, e.Offset)
		})
	}
}

func TestNoAllocations(t *testing.T) {
	var s Scanner
	var scope []Binding
	var text []byte
	var many strings.Builder
	for i := range 3 * few {
		fmt.Fprintf(&many, " xmlns:p%d='u%d' p%d:a='' b%d=''", i, i, i, i)
	}
	docs := map[string][]byte{"many prefixes and attributes": []byte("<a" + many.String() + "/>")}
	for _, name := range []string{"metro.xml", "wcf.xml", "gsoap.xml", "cxf.xml"} {
		docs[name] = sample(t, name)
	}
	for name, doc := range docs {
		read := func() {
			got, err := ToUTF8(doc, "utf-8")
			require.Same(t, &doc[0], &got[0])
			if err != nil {
				t.Fatal(err)
			}
			for s.Reset(got, Limits{Depth: 64, Attrs: 256}); ; {
				kind, err := s.Next()
				if err != nil {
					t.Fatal(err)
				}
				if kind == EOF {
					break
				}
				scope = s.AppendScope(scope[:0])
				text = s.AppendText(text[:0])
				for _, a := range s.Attrs() {
					text = append(text, a.Value()...)
				}
				text = append(append(text, s.Space()...), s.Local()...)
			}
		}
		require.Zero(t, testing.AllocsPerRun(100, read), name)
	}
}

// Reset(nil, ...) keeps nothing that aliases the last input.
func TestResetLetsGo(t *testing.T) {
	var b strings.Builder
	for i := range 40 {
		fmt.Fprintf(&b, ` xmlns:p%d="u%d" p%d:a=""`, i, i, i)
	}
	for _, doc := range []string{"<a" + b.String() + "/>", "<a" + b.String(), "<a" + b.String() + "><b"} {
		var s Scanner
		s.Reset([]byte(doc), Limits{})
		_, _ = tokens(&s)
		s.Reset(nil, Limits{})
		require.Nil(t, s.b)
		for _, a := range s.attrs[:cap(s.attrs)] {
			require.Zero(t, a)
		}
		for _, x := range s.names.bound[firstBinding:cap(s.names.bound)] {
			require.Zero(t, x)
		}
		for _, x := range s.names.prefixes[xmlPrefix+1 : cap(s.names.prefixes)] {
			require.Zero(t, x)
		}
		require.Empty(t, s.names.more)
		require.Empty(t, s.names.ids)
	}
}

package xmlscan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// scopes reads a document and notes the scope at each token, as [prefix=space ...].
func scopes(t *testing.T, s *Scanner) (got []string) {
	for {
		kind, err := s.Next()
		require.NoError(t, err)
		all := s.AppendScope(nil)
		var what strings.Builder
		what.WriteString([...]string{"eof", "<" + s.Local(), "/" + s.Local(), string(s.Text())}[kind])
		for _, x := range all {
			what.WriteString(" " + x.Prefix + "=" + x.Space)
		}
		got = append(got, what.String())
		if kind == EOF {
			return got
		}
	}
}

func TestScope(t *testing.T) {
	const doc = `<a xmlns:p="1" xmlns="2" xmlns:q="3">x<b xmlns:p="4" xmlns:r="5"/><c xmlns=""><d xmlns="6">y</d></c>` +
		`<e xmlns:xml="` + spaceXML + `" xmlns:p="1">z</e></a>`
	var s Scanner
	s.Reset([]byte(doc), Limits{})
	require.Equal(t, []string{
		"<a p=1 =2 q=3",
		"x p=1 =2 q=3",
		"<b =2 q=3 p=4 r=5", // p of a is shadowed
		"/b =2 q=3 p=4 r=5", // still within b
		"<c p=1 q=3",        // no default namespace
		"<d p=1 q=3 =6",
		"y p=1 q=3 =6",
		"/d p=1 q=3 =6",
		"/c p=1 q=3",
		"<e =2 q=3 p=1", // xml is always there, so it is left out
		"z =2 q=3 p=1",
		"/e =2 q=3 p=1",
		"/a p=1 =2 q=3",
		"eof",
	}, scopes(t, &s))
}

func TestDeclared(t *testing.T) {
	var s Scanner
	s.Reset([]byte(`<a xmlns:p="1" b="" xmlns="2"><c xmlns="" xmlns:xml="`+spaceXML+`"/></a>`), Limits{})
	want := [][]Binding{
		{{"p", "1"}, {"", "2"}},
		{{"", ""}, {"xml", spaceXML}},
		{{"", ""}, {"xml", spaceXML}},
		{{"p", "1"}, {"", "2"}},
	}
	for _, w := range want {
		_, err := s.Next()
		require.NoError(t, err)
		require.Equal(t, w, s.AppendDeclared(nil))
	}
}

func TestFragment(t *testing.T) {
	fragment := func(doc string, scope ...Binding) (string, error) {
		var s Scanner
		s.ResetFragment([]byte(doc), scope, Limits{})
		return tokens(&s)
	}
	got, err := fragment(`<p:a p:b="" c=""><d/><xml:e/></p:a>`, Binding{"p", "u"}, Binding{"", "v"})
	require.NoError(t, err)
	require.Equal(t, `<{u}a {u}b="" c=""><{v}d></d><{`+spaceXML+`}e></e></a>`, got)

	got, err = fragment(` <!-- --><p:a xmlns="w"><q/></p:a> `, Binding{"p", "u"}, Binding{"p", "v"}, Binding{"", "v"})
	require.NoError(t, err)
	require.Equal(t, `<{v}a><{w}q></q></a>`, got, "the last binding of a prefix counts")

	got, err = fragment(`<a/>`, Binding{"", "u"}, Binding{"", ""})
	require.NoError(t, err)
	require.Equal(t, `<a></a>`, got)

	_, err = fragment(`<q:a/>`, Binding{"p", "u"})
	require.EqualError(t, err, `xml: line 1, column 2: the prefix "q" is not bound to a namespace`)
	_, err = fragment(`<?xml version="1.0"?><a/>`)
	require.EqualError(t, err, "xml: line 1, column 1: an XML declaration that is not at the beginning of a document")
	_, err = fragment("\uFEFF<a/>")
	require.ErrorContains(t, err, "before the root element")

	// The scope is not the element's own: it may declare the same again.
	got, err = fragment(`<p:a xmlns:p="v"/>`, Binding{"p", "u"})
	require.NoError(t, err)
	require.Equal(t, `<{v}a></a>`, got)
}

// An element that is cut out with the scope around it reads as it did where it stood.
func TestFragmentOfDocument(t *testing.T) {
	for _, name := range []string{"metro.xml", "wcf.xml", "gsoap.xml", "cxf.xml"} {
		doc := sample(t, name)
		var s, part Scanner
		s.Reset(doc, Limits{})
		for {
			kind, err := s.Next()
			require.NoError(t, err)
			if kind == EOF {
				break
			}
			if kind != Start {
				continue
			}
			// A scanner that goes on from here, by itself.
			var rest Scanner
			rest.Reset(doc, Limits{})
			for rest.Offset() != s.Offset() || rest.Kind() != Start {
				_, err = rest.Next()
				require.NoError(t, err)
			}
			scope := rest.AppendScope(nil)
			space, local := rest.Space(), rest.Local()
			require.NoError(t, rest.Skip())
			part.ResetFragment(doc[s.Offset():rest.End()], scope, Limits{})
			_, err = part.Next()
			require.NoError(t, err)
			require.Equal(t, space+" "+local, part.Space()+" "+part.Local())
			require.NoError(t, part.Skip())
			kind, err = part.Next()
			require.NoError(t, err)
			require.Equal(t, EOF, kind)
		}
	}
}

// More prefixes than are searched one by one, with names of all lengths, nested and shadowed.
func TestManyPrefixes(t *testing.T) {
	prefix := func(i int) string { return strings.Repeat("p", i%20+1) + fmt.Sprint(i) }
	var open, end strings.Builder
	const levels, each = 10, 30
	for level := range levels {
		fmt.Fprintf(&open, "<e")
		for i := range each {
			n := level*each/2 + i // half of them shadow the level above
			fmt.Fprintf(&open, " xmlns:%s='u%d.%d'", prefix(n), level, n)
		}
		fmt.Fprintf(&open, ">")
		for n := range level*each/2 + each {
			fmt.Fprintf(&open, "<%s:f/>", prefix(n))
		}
		// Behind its children, the level still sees its own.
		var after strings.Builder
		for n := range level*each/2 + each {
			fmt.Fprintf(&after, "<%s:f/>", prefix(n))
		}
		after.WriteString("</e>" + end.String())
		end.Reset()
		end.WriteString(after.String())
	}
	var s Scanner
	s.Reset([]byte(open.String()+end.String()), Limits{})
	seen := 0
	for {
		kind, err := s.Next()
		require.NoError(t, err)
		if kind == EOF {
			break
		}
		if kind != Start || s.Local() != "f" {
			continue
		}
		seen++
		level := s.Depth() - 2
		var n int
		_, err = fmt.Sscanf(strings.TrimLeft(s.Prefix(), "p"), "%d", &n)
		require.NoError(t, err)
		from := min(level, n/(each/2)) // the innermost level that declares it
		require.Equal(t, fmt.Sprintf("u%d.%d", from, n), s.Space(), "prefix %d at level %d", n, level)
		require.Len(t, s.AppendScope(nil), level*each/2+each)
	}
	require.Equal(t, levels*(levels-1)*each/2+2*levels*each, seen)
	require.Empty(t, s.names.more)
}

func TestManyAttributes(t *testing.T) {
	for _, test := range []struct {
		what string
		attr func(i int) string
		dup  string
	}{
		{"without prefix", func(i int) string { return fmt.Sprintf("a%d=''", i) }, "a7=''"},
		{"with prefixes", func(i int) string { return fmt.Sprintf("xmlns:p%d='u%d' p%d:a=''", i, i, i) }, "xmlns:q='u7' q:a=''"},
		{"with one prefix", func(i int) string { return fmt.Sprintf("xml:a%d=''", i) }, "xml:a7=''"},
		{"some with, some without", func(i int) string { return fmt.Sprintf("%sa%d=''", []string{"", "xml:"}[i%2], i/2) }, "a7=''"},
	} {
		for _, n := range []int{few - 1, few, few + 1, 300} {
			t.Run(fmt.Sprint(test.what, " ", n), func(t *testing.T) {
				var b strings.Builder
				for i := range n {
					b.WriteString(" " + test.attr(i))
				}
				var s Scanner
				s.Reset([]byte("<e"+b.String()+"/>"), Limits{})
				kind, err := s.Next()
				require.NoError(t, err)
				require.Equal(t, Start, kind)
				require.Len(t, s.Attrs(), n)
				require.True(t, strings.HasPrefix(test.attr(n - 1)[strings.LastIndexByte(test.attr(n-1), ' ')+1:], strings.TrimPrefix(s.Attrs()[n-1].Prefix+":", ":")+s.Attrs()[n-1].Local), "in order")

				_, err = scan("<e" + b.String() + " " + test.dup + " x='' x=''/>")
				require.EqualError(t, err, fmt.Sprintf("xml: line 1, column %d: the element has this attribute already",
					len("<e"+b.String()+" "+test.dup)-len(test.dup[strings.LastIndexByte(test.dup, ' ')+1:])+1), "the first one that repeats another")
			})
		}
	}
}

// What would take minutes if anything were compared with everything takes no time.
func TestHugeTags(t *testing.T) {
	const n = 3e4
	var b strings.Builder
	b.WriteString("<e")
	for i := range int(n) {
		fmt.Fprintf(&b, " xmlns:p%d='u%d' p%d:a='' a%d=''", i, i, i, i)
	}
	b.WriteString(">")
	for i := range int(n) {
		fmt.Fprintf(&b, "<p%d:a/>", i)
	}
	b.WriteString("</e>")
	var s Scanner
	s.Reset([]byte(b.String()), Limits{})
	require.Equal(t, 2+2*int(n), countTokens(t, &s))

	// Two long namespaces that differ at the end only.
	long := strings.Repeat("u", 1e6)
	s.Reset([]byte("<e xmlns:p='"+long+"1' xmlns:q='"+long+"2'>"+strings.Repeat("<e p:a='' q:a=''/>", n)+"</e>"), Limits{})
	require.Equal(t, 2+2*int(n), countTokens(t, &s))
}

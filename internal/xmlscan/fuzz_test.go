package xmlscan

import (
	"bytes"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func seeds(f *testing.F) [][]byte {
	docs := [][]byte{
		[]byte(`<?xml version="1.0" encoding="UTF-8" standalone='no'?><!-- c --><a/>`),
		[]byte("\uFEFF<p:a xmlns:p='u' p:b='&lt;\t&#10;' c=\"\r\n\"><![CDATA[d]]e]]>&amp;\u00E9]]<q xmlns='v' xmlns:xml='" + spaceXML + "'><r xmlns=''/></q\n></p:a>\n"),
		[]byte(`<a xmlns:p="1" xmlns:q="1" p:b="" q:b=""/>`),
		[]byte(`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`),
		[]byte("<\u00E9\u0132 \U00010000='\uFFFD'>]]&gt;<!---->\x7F</\u00E9\u0132>"),
		[]byte("<a p0='' p1='' p2='' p3='' p4='' p5='' p6='' p7='' p8='' p9='' pa='' pb='' pc='' pd='' pe='' pf='' pg=''/>"),
	}
	for _, name := range []string{"metro.xml", "wcf.xml", "gsoap.xml", "cxf.xml"} {
		docs = append(docs, sample(f, name))
	}
	return docs
}

// written writes down again what s has been reset to.
func written(t *testing.T, s *Scanner) ([]byte, error) {
	var out []byte
	name := func(space, prefix, local string) {
		if prefix != "" {
			out = append(append(out, prefix...), ':')
			require.NotEmpty(t, space)
		}
		out = append(out, local...)
	}
	end := 0
	depth := 0
	for {
		kind, err := s.Next()
		if err != nil {
			return nil, err
		}
		require.GreaterOrEqual(t, s.Offset(), end, "tokens do not overlap")
		require.GreaterOrEqual(t, s.End(), s.Offset())
		end = s.End()
		token := s.b[s.Offset():end]
		switch kind {
		case EOF:
			require.Equal(t, len(s.b), s.Offset())
			require.Zero(t, depth)
			return out, nil
		case Start:
			depth++
			require.True(t, token[0] == '<' && token[len(token)-1] == '>')
			out = append(out, '<')
			name(s.Space(), s.Prefix(), s.Local())
			for _, x := range s.AppendDeclared(nil) {
				out = append(out, " xmlns"...)
				if x.Prefix != "" {
					out = append(append(out, ':'), x.Prefix...)
				}
				out = append(EscapeAttr(append(out, `="`...), x.Space), '"')
			}
			for _, a := range s.Attrs() {
				out = append(out, ' ')
				name(a.Space, a.Prefix, a.Local)
				require.True(t, !a.Plain() || a.Value() == a.Raw())
				require.True(t, bytes.HasPrefix(s.b[a.Offset():], []byte(a.Prefix)))
				out = append(EscapeAttr(append(out, `="`...), a.Value()), '"')
			}
			out = append(out, '>')
		case End:
			depth--
			require.True(t, len(token) == 0 || token[0] == '<' && token[1] == '/')
			out = append(out, "</"...)
			name(s.Space(), s.Prefix(), s.Local())
			out = append(out, '>')
		case Text:
			text := s.AppendText(nil)
			require.True(t, utf8.Valid(text))
			require.True(t, !s.Plain() || bytes.Equal(text, s.Text()))
			require.True(t, s.CDATA() || bytes.Equal(token, s.Text()))
			out = EscapeText(out, string(text))
		}
		require.Equal(t, depth, s.Depth())
	}
}

// Whatever the input: no panic, the same result each time, tokens in their places, an error that knows where it is; and
// what is accepted reads the same after it has been written from its tokens.
func FuzzScan(f *testing.F) {
	for _, doc := range seeds(f) {
		f.Add(doc)
	}
	var used Scanner
	f.Fuzz(func(t *testing.T, doc []byte) {
		was := bytes.Clone(doc)
		used.Reset(doc, Limits{})
		again, err := written(t, &used)
		require.Equal(t, was, doc)
		first, firstErr := joined(doc)
		require.Equal(t, firstErr, err, "a Scanner that has been used before reads the same")
		if err != nil {
			e, ok := errors.AsType[*SyntaxError](err)
			require.True(t, ok)
			require.True(t, e.Offset >= 0 && e.Offset <= len(doc) && e.Line > 0 && e.Column > 0, "%+v", e)
			require.True(t, utf8.ValidString(e.Msg))
			return
		}
		require.True(t, utf8.Valid(doc))
		second, err := joined(again)
		require.NoError(t, err, "%q", again)
		require.Equal(t, first, second)
		if bytes.ContainsAny(doc, "\t\r\n") {
			return // encoding/xml does not normalize attribute values
		}
		if want, err := standard(doc); err == nil {
			require.Equal(t, want, first)
		}
	})
}

// A document in UTF-8 comes back as it is, anything else as UTF-8, and nothing is lost on the way there and back.
func FuzzToUTF8(f *testing.F) {
	for _, doc := range seeds(f) {
		f.Add(doc, "")
		f.Add(encode(string(doc), "UTF-16LE", true), "")
		f.Add(encode(string(doc), "UTF-16BE", false), "utf-16")
		f.Add(doc, "iso-8859-1")
	}
	f.Fuzz(func(t *testing.T, doc []byte, charset string) {
		got, err := ToUTF8(doc, charset)
		if err != nil {
			e, ok := errors.AsType[*SyntaxError](err)
			require.True(t, ok)
			require.ErrorIs(t, err, ErrEncoding)
			require.True(t, e.Offset >= 0 && e.Offset <= len(doc) && e.Line > 0 && e.Column > 0, "%+v", e)
			return
		}
		require.True(t, utf8.Valid(got))
		require.LessOrEqual(t, len(got), 2*len(doc))
		if mark(got) != nil {
			return // either the input's, or a character that would be taken for one
		}
		same, err := ToUTF8(got, "utf-8")
		require.NoError(t, err)
		require.Equal(t, got, same)
		for _, order := range []string{"UTF-16LE", "UTF-16BE"} {
			back, err := ToUTF8(encode(string(got), order, true), "")
			if err != nil {
				require.ErrorIs(t, err, ErrEncoding) // it declares another one, which the name goes before
				back, err = ToUTF8(encode(string(got), order, true), order)
			}
			require.NoError(t, err)
			require.Equal(t, string(got), string(back))
		}
	})
}

package xmlscan

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// standard reads a document with encoding/xml and writes it down as tokens does, text put together.
func standard(doc []byte) (string, error) {
	var out, text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			fmt.Fprintf(&out, "%q", text.String())
			text.Reset()
		}
	}
	depth := 0
	for d := xml.NewDecoder(bytes.NewReader(doc)); ; {
		token, err := d.Token()
		if err == io.EOF {
			return out.String(), nil
		}
		if err != nil {
			return "", err
		}
		switch x := token.(type) {
		case xml.StartElement:
			depth++
			flush()
			out.WriteString("<" + expanded(x.Name.Space, x.Name.Local))
			for _, a := range x.Attr {
				if a.Name.Space != "xmlns" && (a.Name.Space != "" || a.Name.Local != "xmlns") {
					fmt.Fprintf(&out, " %s=%q", expanded(a.Name.Space, a.Name.Local), a.Value)
				}
			}
			out.WriteString(">")
		case xml.EndElement:
			depth--
			flush()
			out.WriteString("</" + x.Name.Local + ">")
		case xml.CharData:
			if depth > 0 {
				text.Write(x)
			}
		}
	}
}

// joined is standard for the Scanner.
func joined(doc []byte) (string, error) {
	var s Scanner
	s.Reset(doc, Limits{})
	var out strings.Builder
	var text []byte
	for {
		kind, err := s.Next()
		if err != nil {
			return "", err
		}
		if kind == Text {
			text = s.AppendText(text)
			continue
		}
		if len(text) > 0 {
			fmt.Fprintf(&out, "%q", text)
			text = text[:0]
		}
		switch kind {
		case EOF:
			return out.String(), nil
		case Start:
			out.WriteString("<" + expanded(s.Space(), s.Local()))
			for _, a := range s.Attrs() {
				fmt.Fprintf(&out, " %s=%q", expanded(a.Space, a.Local), a.Value())
			}
			out.WriteString(">")
		case End:
			out.WriteString("</" + s.Local() + ">")
		}
	}
}

// Where encoding/xml is right, both read the same.
func TestLikeEncodingXML(t *testing.T) {
	docs := [][]byte{
		[]byte(`<a/>`),
		[]byte("<a b='1'>x\r\ny\rz<!-- c --><![CDATA[d\r\n<]]>&lt;&#233;&#x20AC;</a>"),
		[]byte(`<p:a xmlns:p="u" xmlns="v" p:b="1" c="2"><d xmlns=""/><e/><p:f xmlns:p="w"/></p:a>`),
		[]byte("<\u00E9l xml:lang='de'>\u20AC\U0001F600 ]] &gt; </\u00E9l>"),
	}
	for _, name := range []string{"metro.xml", "wcf.xml", "gsoap.xml", "cxf.xml"} {
		docs = append(docs, sample(t, name))
	}
	for _, doc := range docs {
		want, err := standard(doc)
		require.NoError(t, err)
		got, err := joined(doc)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

package xmlscan

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// sample returns one of the recorded envelopes, each of another maker.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	return b
}

func BenchmarkScan(b *testing.B) {
	for _, name := range []string{"metro.xml", "wcf.xml", "gsoap.xml", "cxf.xml"} {
		doc := sample(b, name)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			var s Scanner
			for b.Loop() {
				s.Reset(doc, Limits{Depth: 64, Attrs: 256})
				countTokens(b, &s)
			}
		})
		b.Run("encoding/"+name, func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				d := xml.NewDecoder(bytes.NewReader(doc))
				for {
					if _, err := d.Token(); err == io.EOF {
						break
					} else if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// countTokens reads what s has been reset to, which must be right.
func countTokens(t testing.TB, s *Scanner) (n int) {
	for ; ; n++ {
		kind, err := s.Next()
		if err != nil {
			t.Fatal(err)
		}
		if kind == EOF {
			return n
		}
	}
}

func BenchmarkToUTF8(b *testing.B) {
	doc := sample(b, "metro.xml")
	for _, order := range []string{"UTF-8", "UTF-16LE"} {
		in := doc
		if order != "UTF-8" {
			in = encode(string(doc), order, false)
		}
		b.Run(order, func(b *testing.B) {
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ToUTF8(in, order); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

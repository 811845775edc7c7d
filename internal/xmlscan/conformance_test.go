package xmlscan

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The W3C's conformance suite is not part of the project. XMLCONF names the folder xmlconf of an unpacked copy.
func TestConformanceSuite(t *testing.T) {
	root := os.Getenv("XMLCONF")
	if root == "" {
		t.Skip("XMLCONF is not set")
	}
	var (
		test  = regexp.MustCompile(`(?s)<TEST\s.*?>`)
		part  = regexp.MustCompile(`([A-Z]+)\s*=\s*["']([^"']*)["']`)
		tally = make(map[string]int)
		seen  = make(map[string]bool)
		s     Scanner
	)
	err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".xml" {
			return err
		}
		catalog, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(catalog), "<TESTCASES") {
			return err
		}
		for _, entry := range test.FindAllString(string(catalog), -1) {
			a := make(map[string]string)
			for _, m := range part.FindAllStringSubmatch(entry, -1) {
				a[m[1]] = m[2]
			}
			file := filepath.Join(filepath.Dir(path), a["URI"])
			b, err := os.ReadFile(file)
			if err != nil || seen[file] {
				continue
			}
			seen[file] = true
			switch {
			case strings.HasSuffix(a["RECOMMENDATION"], "1.1"):
				tally["of XML 1.1, left out"]++
				continue
			case a["EDITION"] != "" && !strings.Contains(a["EDITION"], "5"):
				tally["of earlier editions, left out"]++
				continue
			}
			doc, err := ToUTF8(b, "")
			if err == nil {
				for s.Reset(doc, Limits{}); ; {
					var kind Kind
					if kind, err = s.Next(); err != nil || kind == EOF {
						break
					}
				}
			}
			what := "accepted"
			switch {
			case errors.Is(err, ErrDTD), errors.Is(err, ErrPI):
				what = "refused for a declaration or instruction"
			case errors.Is(err, ErrEncoding):
				what = "refused for the encoding"
			case err != nil:
				what = "refused"
			}
			tally[a["TYPE"]+", "+what]++
			switch a["TYPE"] {
			case "not-wf":
				if err == nil && a["NAMESPACE"] != "no" {
					t.Errorf("%s: accepted: %s", file, a["SECTIONS"])
				}
			case "valid", "invalid":
				if strings.HasPrefix(what, "refused") && !strings.Contains(what, "instruction") && a["NAMESPACE"] != "no" {
					t.Errorf("%s: %v", file, err)
				}
			default:
				t.Logf("%s %s: %v", a["TYPE"], file, err)
			}
		}
		return nil
	})
	require.NoError(t, err)
	for what, n := range tally {
		t.Logf("%5d %s", n, what)
	}
	require.NotEmpty(t, tally)
}

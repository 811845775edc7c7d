package main

import (
	"fmt"
	"regexp"
	"strings"
)

// descriptions reads all tables of a README: the first column names one or more
// things, separated by commas, the second says what they are. A name that
// begins with a hyphen continues the first one of its row or replaces its end,
// and "the same" is said of a row above.
func descriptions(readme string) map[string]string {
	said := map[string]string{}
	model := ""
	for line := range strings.Lines(readme) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) < 4 {
			continue
		}
		names, what := strings.TrimSpace(cells[1]), strings.TrimSpace(strings.Join(cells[2:len(cells)-1], "|"))
		mark, first := "", ""
		if n, ok := strings.CutSuffix(names, "(h)"); ok {
			names, mark = strings.TrimSpace(n), "The requests are hand-made. "
		}
		for name := range strings.SplitSeq(names, ",") {
			name = strings.TrimSpace(name)
			if first == "" {
				first = name
				if strings.HasPrefix(what, "the same") {
					what = "As " + model + ": " + what
				} else {
					model = first
				}
			}
			said[name] = mark + what
			if strings.HasPrefix(name, "-") {
				said[first+name] = mark + what
				said[first[:max(0, strings.LastIndex(first, "-"))]+name] = mark + what
			}
		}
	}
	return said
}

var (
	makers = map[string]string{
		"wcf":   "WCF client (System.ServiceModel 10.1.0) and CoreWCF service",
		"gsoap": "gSOAP 2.8.124",
		"cxf":   "Apache CXF 4.2.3",
		"metro": "Eclipse Metro 4.0.5",
	}
	versions = []struct{ prefix, name string }{
		{"rm10-2004-", "WS-RM 2005/02, WS-Addressing 2004/08"},
		{"rm2005-", "WS-RM 2005/02"}, {"rm10-", "WS-RM 2005/02"}, {"rm11-", "WS-RM 1.1"},
	}
	wcfName  = regexp.MustCompile(`^rm\d+-(wshttp|nethttp|http11-2004|http11|http12-2004|http-utf16|nettcp|tcptext)-(.*)$`)
	bindings = map[string]string{
		"wshttp":      "HTTP, SOAP 1.2, WS-Addressing 1.0, UTF-8",
		"nethttp":     "HTTP, SOAP 1.2, WS-Addressing 1.0, binary XML without a session dictionary",
		"http11":      "HTTP, SOAP 1.1, WS-Addressing 1.0, UTF-8",
		"http11-2004": "HTTP, SOAP 1.1, WS-Addressing 2004/08, UTF-8",
		"http12-2004": "HTTP, SOAP 1.2, WS-Addressing 2004/08, UTF-8",
		"http-utf16":  "HTTP, SOAP 1.2, WS-Addressing 1.0, UTF-16LE",
		"nettcp":      ".NET message framing, binary XML with the connection's dictionaries",
		"tcptext":     ".NET message framing, SOAP 1.2 text",
	}
)

// describe is the comment at the top of an archive.
func describe(maker, name string, said map[string]string) (string, bool) {
	who := makers[maker]
	for _, v := range versions {
		if strings.HasPrefix(name, v.prefix) {
			who += ", " + v.name
			break
		}
	}
	if maker != "wcf" {
		what, ok := said[name]
		ok = ok && what != ""
		return fmt.Sprintf("%s.\n%s.", who, what), ok && makers[maker] != ""
	}
	m := wcfName.FindStringSubmatch(name)
	if m == nil {
		return "", false
	}
	binding, known := bindings[m[1]]
	what, ok := said[m[2]]
	return fmt.Sprintf("%s; binding %s: %s.\n%s.", who, m[1], binding, what), known && ok
}

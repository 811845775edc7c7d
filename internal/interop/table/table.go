package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// row is what a passed test showed: the attributes that internal/interop gives it.
type row map[string][]string

func (r row) has(key, value string) bool { return slices.Contains(r[key], value) }

// line is what the table says of a peer in a role.
type line struct {
	peer, role string
	spoken     map[string]map[string]map[string]bool // version of WS-RM to version of SOAP to version of WS-Addressing
	plain      map[string]bool                       // versions of SOAP without WS-RM
	also       map[string]bool
}

// table writes what all rows together showed, in Markdown.
func table(rows []row) string {
	lines := map[string]*line{}
	for _, r := range rows {
		for _, role := range []string{"client", "server"} {
			for _, peer := range r[role] {
				if !strings.HasPrefix(peer, "peer: ") {
					continue
				}
				peer := strings.TrimPrefix(peer, "peer: ")
				key := peer + "\n" + role
				if lines[key] == nil {
					lines[key] = &line{peer: peer, role: role, spoken: map[string]map[string]map[string]bool{}, plain: map[string]bool{}, also: map[string]bool{}}
				}
				lines[key].add(r)
			}
		}
	}
	var b strings.Builder
	b.WriteString("| peer | as | WS-RM | SOAP, with WS-Addressing | also |\n|---|---|---|---|---|\n")
	for _, l := range slices.SortedFunc(maps.Values(lines), func(a, b *line) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.peer), strings.ToLower(b.peer)), strings.Compare(a.role, b.role))
	}) {
		l.write(&b)
	}
	return b.String()
}

func (l *line) add(r row) {
	if r.has("plain", l.role) { // what is said of a session is said of the other one
		for _, soap := range r["soap"] {
			l.plain[soap] = true
		}
		l.also[map[string]string{"client": "as a plain one through the gateway", "server": "as a plain one behind the gateway"}[l.role]] = true
		return
	}
	for _, rm := range r["rm"] {
		for _, soap := range r["soap"] {
			for _, wsa := range r["wsa"] {
				if l.spoken[rm] == nil {
					l.spoken[rm] = map[string]map[string]bool{}
				}
				if l.spoken[rm][soap] == nil {
					l.spoken[rm][soap] = map[string]bool{}
				}
				l.spoken[rm][soap][wsa] = true
			}
		}
	}
	for _, what := range r["also"] {
		l.also[what] = true
	}
	switch {
	case len(r["gateway"]) == 0:
	case l.role == "client" && r.has("gateway", "out"): // one beside it
		l.also["as a plain one through the gateway"] = true
	default:
		l.also["through the gateway"] = true
	}
	if r.has("server", "nginx") {
		l.also["through nginx"] = true
	}
}

// write writes the line. Versions of WS-RM with different envelopes are told apart.
func (l *line) write(b *strings.Builder) {
	if len(l.spoken) == 0 && len(l.plain) > 0 {
		fmt.Fprintf(b, "| %s | %s | none | %s | %s |\n", l.peer, l.role, strings.Join(sorted(l.plain), " and "), strings.Join(sorted(l.also), ", "))
		return
	}
	if len(l.spoken) == 0 {
		return // it was met, and no session came to a good end
	}
	var groups, texts []string // versions, and what they have in common
	for _, rm := range sorted(l.spoken) {
		text := envelopes(l.spoken[rm])
		if n := len(texts); n > 0 && texts[n-1] == text {
			groups[n-1] += ", " + rm
		} else {
			groups, texts = append(groups, rm), append(texts, text)
		}
	}
	if len(texts) > 1 {
		for i := range texts {
			texts[i] = groups[i] + ": " + texts[i]
		}
	}
	fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", l.peer, l.role, strings.Join(groups, ", "), strings.Join(texts, "; "), strings.Join(sorted(l.also), ", "))
}

// envelopes says which versions of SOAP were spoken with which of WS-Addressing.
func envelopes(spoken map[string]map[string]bool) string {
	var each []string
	with := map[string]bool{}
	for _, soap := range sorted(spoken) {
		wsa := strings.Join(sorted(spoken[soap]), " and ")
		each = append(each, soap+" with "+wsa)
		with[wsa] = true
	}
	if len(with) == 1 {
		return strings.Join(sorted(spoken), " and ") + ", with " + sorted(with)[0]
	}
	return strings.Join(each, ", ")
}

// sorted returns the keys in order, but those that begin with a letter first: February 2005 before 1.1.
func sorted[V any](m map[string]V) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		digit := func(s string) int { return min(1, max(0, int('A')-int(s[0]))) }
		return cmp.Or(digit(a)-digit(b), strings.Compare(strings.ToLower(a), strings.ToLower(b)))
	})
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// events of a run: two rows that passed, one that has rows inside, one that failed or was skipped if so asked.
func events(last string) string {
	lines := []string{
		`{"Action":"start","Package":"p"}`,
		`{"Action":"run","Package":"p","Test":"TestX"}`,
		`{"Action":"attr","Package":"p","Test":"TestX","Key":"server","Value":"peer: Other 1"}`,
		`{"Action":"output","Package":"p","Test":"TestX","Output":"=== RUN   TestX\n"}`,
	}
	for _, r := range []string{"February 2005 1.1 1.0", "1.1 1.1 1.0", "1.1 1.2 1.0", "1.1 1.2 2004/08"} {
		name := `"Package":"p","Test":"TestX/` + r + `"`
		lines = append(lines, `{"Action":"run",`+name+`}`)
		f := strings.Fields(strings.Replace(r, "February 2005", "February_2005", 1))
		for key, value := range map[string]string{"client": "wsrm", "rm": strings.ReplaceAll(f[0], "_", " "), "soap": f[1], "wsa": f[2]} {
			lines = append(lines, `{"Action":"attr",`+name+`,"Key":"`+key+`","Value":"`+value+`"}`)
		}
		how := "pass"
		if r == "1.1 1.2 2004/08" {
			how = last
			lines = append(lines, `{"Action":"attr",`+name+`,"Key":"also","Value":"by night"}`,
				`{"Action":"output",`+name+`,"Output":"=== CONT  X\n"}`,
				`{"Action":"output",`+name+`,"Output":"    what went wrong\n"}`)
		}
		lines = append(lines, `{"Action":"`+how+`",`+name+`}`)
	}
	lines = append(lines, `{"Action":"pass","Package":"p","Test":"TestX"}`, `{"Action":"output","Package":"p","Output":"PASS\n"}`,
		`{"Action":"output","Package":"p","Output":"ok  \tp\t1s\n"}`, `{"Action":"pass","Package":"p"}`)
	return strings.Join(lines, "\n") + "\n"
}

const head = "| peer | as | WS-RM | SOAP, with WS-Addressing | also |\n|---|---|---|---|---|\n"

func TestTable(t *testing.T) {
	var shown strings.Builder
	run, err := read(strings.NewReader(events("pass")), &shown)
	require.NoError(t, err)
	require.False(t, run.failed)
	require.Equal(t, "ok  \tp\t1s\n", shown.String())
	require.Equal(t, head+
		"| Other 1 | server | February 2005, 1.1 | February 2005: 1.1, with 1.0; 1.1: 1.1 with 1.0, 1.2 with 1.0 and 2004/08 | by night |\n", table(run.rows()))
}

func TestWhatDidNotRunIsNotInTheTable(t *testing.T) {
	run, err := read(strings.NewReader(events("skip")), new(strings.Builder))
	require.NoError(t, err)
	require.Equal(t, head+
		"| Other 1 | server | February 2005, 1.1 | February 2005: 1.1, with 1.0; 1.1: 1.1 and 1.2, with 1.0 |  |\n", table(run.rows()))
}

func TestFailuresAreShown(t *testing.T) {
	var shown strings.Builder
	run, err := read(strings.NewReader(events("fail")), &shown)
	require.NoError(t, err)
	require.True(t, run.failed)
	require.Equal(t, "    what went wrong\nok  \tp\t1s\n", shown.String())

	run, err = read(strings.NewReader(`{"Action":"build-output","Output":"x.go:1: no\n"}{"Action":"build-fail"}`), &shown)
	require.NoError(t, err)
	require.True(t, run.failed)
	require.Contains(t, shown.String(), "x.go:1: no")

	_, err = read(strings.NewReader(`{"Action":"start","Package":"p"}`), &shown)
	require.ErrorContains(t, err, "did not come to an end")
	_, err = read(strings.NewReader("ok  \tp\t1s\n"), &shown)
	require.ErrorContains(t, err, "not what go test -json prints")
}

// The gateway and nginx are no peers. What was not seen to end makes no client of the gateway a plain one.
func TestWhatStandsBetween(t *testing.T) {
	both := func(rm, wsa string, more ...string) row {
		return row{"client": {"peer: A"}, "server": append(more, "wsrm"), "rm": {rm}, "soap": {"1.1", "1.2"}, "wsa": {wsa}}
	}
	inFront := row{"client": {"peer: A"}, "server": {"gateway"}, "gateway": {"in"}, "soap": {"1.1"}}
	rows := []row{both("1.1", "1.0"), both("February 2005", "1.0"), both("1.1", "1.0", "nginx"), inFront}
	require.Equal(t, head+
		"| A | client | February 2005, 1.1 | 1.1 and 1.2, with 1.0 | through nginx, through the gateway |\n", table(rows))

	beside := row{"client": {"peer: A"}, "server": {"peer: B", "gateway"}, "gateway": {"out"}, "soap": {"1.1"}} // nothing says what B spoke
	require.Equal(t, head+
		"| A | client | February 2005, 1.1 | 1.1 and 1.2, with 1.0 | as a plain one through the gateway, through nginx, through the gateway |\n", table(append(rows, beside)))
}

// Of a program without sessions the table says which versions of SOAP it spoke, and nothing of the session on the other side.
func TestPlainPrograms(t *testing.T) {
	behind := row{"client": {"peer: A"}, "server": {"peer: B", "gateway"}, "gateway": {"in"}, "plain": {"server"}, "rm": {"1.1"}, "soap": {"1.1"}, "wsa": {"1.0"}, "also": {"by night"}}
	beside := row{"client": {"peer: C"}, "server": {"peer: A", "gateway"}, "gateway": {"out"}, "plain": {"client"}, "rm": {"1.1"}, "soap": {"1.1", "1.2"}, "wsa": {"1.0"}}
	both := row{"client": {"peer: C"}, "server": {"peer: B", "gateway"}, "gateway": {"in", "out"}, "plain": {"client", "server"}, "rm": {"1.1"}, "soap": {"1.2"}, "wsa": {"1.0"}}
	require.Equal(t, head+
		"| A | client | 1.1 | 1.1, with 1.0 | by night, through the gateway |\n"+
		"| A | server | 1.1 | 1.1 and 1.2, with 1.0 | through the gateway |\n"+
		"| B | server | none | 1.1 | as a plain one behind the gateway |\n"+
		"| C | client | none | 1.1 and 1.2 | as a plain one through the gateway |\n", table([]row{behind, beside}))

	reliable := row{"client": {"wsrm"}, "server": {"peer: B"}, "rm": {"1.1"}, "soap": {"1.1"}, "wsa": {"1.0"}}
	require.Equal(t, head+
		"| B | server | 1.1 | 1.1, with 1.0 | as a plain one behind the gateway |\n"+
		"| C | client | none | 1.2 | as a plain one through the gateway |\n", table([]row{both, reliable}))
}

func TestPlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "README.md")
	text := "before\n" + above + "old\n" + below + "after\n"
	require.NoError(t, os.WriteFile(file, []byte(text), 0o666))
	require.ErrorContains(t, place(file, "new\n", false), "make table writes it")
	require.NoError(t, place(file, "new\n", true))
	require.NoError(t, place(file, "new\n", false))
	got, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, strings.Replace(text, "old", "new", 1), string(got))
	require.NoError(t, os.WriteFile(file, []byte("nothing\n"), 0o666))
	require.ErrorContains(t, place(file, "new\n", true), "has no line")
}

package netsim

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the traces of testdata/scenarios")

// Each file of testdata/scenarios tells a story: a comment, the lines of a scenario, "run" (to the end) or "run 5s", and
// after ---- what happened. There may be more lines and more runs after that. A file that is rewritten is kept only if
// each changed line can be explained.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("../../../testdata/scenarios/*.txt")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 12)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			got := tell(t, string(text))
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
			}
			require.Equal(t, string(text), got)
			require.NotContains(t, got, " !  ", "a story has no broken invariant")
		})
	}
}

// tell plays a file and returns it with the traces as they are.
func tell(t *testing.T, text string) string {
	var out strings.Builder
	sc := &Scenario{}
	var p *play
	shown := 0
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if line == "----" {
			for i+1 < len(lines) && lines[i+1] != "" { // what it said before
				i++
			}
			continue
		}
		out.WriteString(line + "\n")
		word, rest, _ := strings.Cut(line, " ")
		if word != "run" {
			to := sc
			if p != nil {
				to = p.sim.plan.Scenario
			}
			require.NoError(t, to.set(line), "line %d", i+1)
			continue
		}
		if p == nil {
			p = newPlay(sc, true)
		}
		if rest == "" {
			p.until(p.sim.due())
			p.finish()
		} else {
			d, err := time.ParseDuration(rest)
			require.NoError(t, err, "line %d", i+1)
			p.until(p.sim.elapsed() + d)
		}
		out.WriteString("----\n")
		for _, l := range strings.SplitAfter(string(p.trace[shown:]), "\n") {
			out.WriteString(strings.TrimLeft(l, " "))
		}
		shown = len(p.trace)
	}
	return out.String()
}

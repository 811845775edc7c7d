package bench

import (
	"flag"
	"os"
	"testing"
	"time"
)

// total is how long each twin of a comparison runs.
var total = flag.Duration("total", 3*time.Second, "how long each side of a comparison runs")

// budget is total, or a moment where benchmarks are only run once to see that they do.
func budget(*testing.B) time.Duration {
	if f := flag.Lookup("test.benchtime"); f != nil && f.Value.String() == "1x" {
		return time.Millisecond
	}
	return *total
}

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(m.Run())
}

package interop

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/gowsrm/wsrm/internal/interop/peers"
)

// work holds what the tests build; it goes when they are done.
var work string

func TestMain(m *testing.M) {
	flag.Parse()
	// Rows wait for timers of both sides more than they compute.
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if !asked {
		flag.Set("test.parallel", "8")
	}
	var err error
	if work, err = os.MkdirTemp("", "wsrm-interop"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(work)
	os.Exit(code)
}

// ours returns a program of examples: "server" or "client" of the echo application, "gateway" or "middleware".
func ours(t *testing.T, name string) string {
	t.Helper()
	peers.Wanted(t)
	if err := buildOurs(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(work, name)
}

var buildOurs = sync.OnceValue(func() error {
	cmd := exec.Command("go", "build", "-o", work+string(filepath.Separator), "../../examples/echo/server", "../../examples/echo/client", "../../examples/gateway", "../../examples/middleware")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd, err, out)
	}
	return nil
})

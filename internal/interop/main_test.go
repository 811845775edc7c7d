package interop

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// work holds what the tests build; it goes when they are done.
var work string

func TestMain(m *testing.M) {
	flag.Parse()
	// Rows wait for timers of both sides more than they compute.
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if !asked {
		flag.Set("test.parallel", "4")
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

// missing skips the test, or fails it where all peers must be there.
func missing(t *testing.T, why string) {
	t.Helper()
	if mode := os.Getenv("WSRM_INTEROP"); mode == "require" || mode == "" && os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// ours returns the program of examples/echo: "server" or "client".
func ours(t *testing.T, name string) string {
	t.Helper()
	if os.Getenv("WSRM_INTEROP") == "skip" {
		t.Skip("WSRM_INTEROP=skip")
	}
	if err := buildOurs(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(work, name)
}

var buildOurs = sync.OnceValue(func() error {
	cmd := exec.Command("go", "build", "-o", work+string(filepath.Separator), "../../examples/echo/server", "../../examples/echo/client")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd, err, out)
	}
	return nil
})

// wcfpeer returns the WCF peer.
func wcfpeer(t *testing.T) string {
	t.Helper()
	if os.Getenv("WSRM_INTEROP") == "skip" {
		t.Skip("WSRM_INTEROP=skip")
	}
	program := os.Getenv("WCFPEER")
	if program == "" {
		missing(t, "needs the WCF peer: build internal/interop/peers/wcf as its README.md says, and set WCFPEER to the program")
	}
	if _, err := os.Stat(program); err != nil {
		missing(t, "WCFPEER: "+err.Error())
	}
	return program
}

// gsoap returns a program of the gSOAP peer: "rmserver" or "rmclient". Either
// runs its twin for the other version of WS-RM.
func gsoap(t *testing.T, name string) string {
	t.Helper()
	if os.Getenv("WSRM_INTEROP") == "skip" {
		t.Skip("WSRM_INTEROP=skip")
	}
	if dir := os.Getenv("GSOAP_PEER"); dir != "" {
		return filepath.Join(dir, name)
	}
	for _, need := range []string{"soapcpp2", "gcc", "pkg-config"} {
		if _, err := exec.LookPath(need); err != nil {
			missing(t, "needs the gSOAP peer: apt-get install gsoap libgsoap-dev gcc libc6-dev pkg-config, or set GSOAP_PEER to a folder where internal/interop/peers/gsoap/build.sh built it")
		}
	}
	dir, err := buildGSOAP()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, name)
}

// buildGSOAP builds the peer once for each state of its sources.
var buildGSOAP = sync.OnceValues(func() (string, error) {
	sources, err := filepath.Glob("peers/gsoap/*")
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, name := range sources {
		text, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(sum, name, len(text))
		sum.Write(text)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = work
	}
	dir := filepath.Join(cache, "wsrm-interop", fmt.Sprintf("gsoap-%x", sum.Sum(nil)[:6]))
	done := filepath.Join(dir, "built")
	if _, err := os.Stat(done); err == nil {
		return dir, nil
	}
	cmd := exec.Command("peers/gsoap/build.sh", dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%v: %w\n%s", cmd, err, out)
	}
	return dir, os.WriteFile(done, nil, 0o666)
})

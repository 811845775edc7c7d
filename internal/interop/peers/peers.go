// Package peers finds and builds the programs of other makers that tests and benchmarks run against.
//
// Where a program is missing, a test is skipped and says what to install; it fails instead if WSRM_INTEROP=require or CI=true
// says that all peers must be there. WSRM_INTEROP=skip skips all.
package peers

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// WCF returns the WCF peer, which the environment variable WCFPEER names: there is no .NET where most tests run.
func WCF(tb testing.TB) string {
	tb.Helper()
	Wanted(tb)
	program := os.Getenv("WCFPEER")
	if program == "" {
		missing(tb, "needs the WCF peer: build internal/interop/peers/wcf as its README.md says, and set WCFPEER to the program")
	}
	program, err := filepath.Abs(program)
	if err == nil {
		_, err = os.Stat(program)
	}
	if err != nil {
		missing(tb, "WCFPEER: "+err.Error())
	}
	return program
}

// GSOAP returns a program of the gSOAP peer, "rmserver" or "rmclient", out of the folder that GSOAP_PEER names, or built
// here. Either runs its twin for the other version of WS-RM.
func GSOAP(tb testing.TB, name string) string {
	tb.Helper()
	Wanted(tb)
	if dir := os.Getenv("GSOAP_PEER"); dir != "" {
		return filepath.Join(dir, name)
	}
	for _, need := range []string{"soapcpp2", "gcc", "pkg-config"} {
		if _, err := exec.LookPath(need); err != nil {
			missing(tb, "needs the gSOAP peer: apt-get install gsoap libgsoap-dev gcc libc6-dev pkg-config, or set GSOAP_PEER to a folder where internal/interop/peers/gsoap/build.sh built it")
		}
	}
	dir, err := gsoap.dir()
	if err != nil {
		tb.Fatal(err)
	}
	return filepath.Join(dir, name)
}

// CXF returns the start script of the Apache CXF peer, out of the folder that CXF_PEER names, or built here.
func CXF(tb testing.TB) string { tb.Helper(); return java(tb, cxf, "CXF_PEER", "cxfpeer") }

// Metro returns the start script of the Metro peer, out of the folder that METRO_PEER names, or built here.
func Metro(tb testing.TB) string { tb.Helper(); return java(tb, metro, "METRO_PEER", "metropeer") }

// Nginx returns the program of that proxy.
func Nginx(tb testing.TB) string {
	tb.Helper()
	Wanted(tb)
	for _, name := range []string{"nginx", "/usr/sbin/nginx"} { // which only root has on the path
		if program, err := exec.LookPath(name); err == nil {
			return program
		}
	}
	missing(tb, "needs nginx: apt-get install nginx-light")
	return ""
}

// PHP returns the program of that peer, which needs no building.
func PHP(tb testing.TB) string {
	tb.Helper()
	return script(tb, "php/phppeer", "apt-get install php-cli php-soap", "php", "-r", `exit(extension_loaded("soap") && extension_loaded("pcntl") ? 0 : 1);`)
}

// Python returns the program of that peer, which needs no building. It runs on the system's Python, whose packages these are.
func Python(tb testing.TB) string {
	tb.Helper()
	return script(tb, "python/pythonpeer", "apt-get install python3-zeep python3-spyne", "/usr/bin/python3", "-c", "import spyne, zeep")
}

// Ruby returns the program of that peer, which needs no building.
func Ruby(tb testing.TB) string {
	tb.Helper()
	return script(tb, "ruby/rubypeer", "apt-get install ruby-soap4r", "/usr/bin/ruby", "-e", `gem "soap4r-ruby1.9"`)
}

// script returns a program among the sources, if a check says that it can run.
func script(tb testing.TB, name, install string, check ...string) string {
	tb.Helper()
	Wanted(tb)
	if err := exec.Command(check[0], check[1:]...).Run(); err != nil {
		missing(tb, "needs what "+name+" runs on: "+install)
	}
	return filepath.Join(sources(), name)
}

func java(tb testing.TB, peer *built, variable, script string) string {
	tb.Helper()
	Wanted(tb)
	if dir := os.Getenv(variable); dir != "" {
		return filepath.Join(dir, script)
	}
	for _, need := range []string{"java", "mvn"} {
		if _, err := exec.LookPath(need); err != nil {
			missing(tb, "needs the "+peer.name+" peer: apt-get install openjdk-17-jdk-headless maven, or set "+variable+" to a folder where internal/interop/peers/"+peer.name+"/build.sh built it")
		}
	}
	dir, err := peer.dir()
	if err != nil {
		tb.Fatal(err)
	}
	return filepath.Join(dir, script)
}

// Maker returns what the README calls the program of a peer in its role ("client" or "server"), with the version that is built or
// installed: "peer: Apache CXF 4.2.3". Of other programs it returns the name.
func Maker(program, role string) string {
	name := filepath.Base(program)
	switch name {
	case "cxfpeer":
		return "peer: Apache CXF " + version("cxf/pom.xml", `<cxf.version>([^<]+)<`)
	case "metropeer":
		return "peer: Metro " + version("metro/pom.xml", `<artifactId>webservices-rt</artifactId>\s*<version>([^<]+)<`)
	case "sandeshapeer":
		return "peer: " + sandeshaVersion()
	case "rmserver", "rmclient":
		return "peer: gSOAP " + version("/usr/include/stdsoap2.h", `stdsoap2\.h ([0-9.]+)`)
	case "phppeer":
		return "peer: PHP " + phpVersion()
	case "pythonpeer":
		if role == "server" {
			return "peer: spyne " + spyneVersion() + " (Python)"
		}
		return "peer: zeep " + zeepVersion() + " (Python)"
	case "rubypeer":
		return "peer: soap4r " + soap4rVersion() + " (Ruby)"
	case "wcfpeer":
		libraries := "System.ServiceModel " + version("wcf/wcfpeer.csproj", `"System.ServiceModel.Http" Version="([^"]+)"`)
		if role == "server" {
			return "peer: WCF's message encoders (" + libraries + ") with protocol code of this project"
		}
		return "peer: WCF, client libraries for .NET (" + libraries + ")"
	case "server", "client":
		return "wsrm"
	}
	return name
}

// version finds a version in a file: of the system, or of the peers' sources.
func version(file, pattern string) string {
	if !filepath.IsAbs(file) {
		file = filepath.Join(sources(), file)
	}
	text, err := os.ReadFile(file)
	if found := regexp.MustCompile(pattern).FindSubmatch(text); err == nil && found != nil {
		return string(found[1])
	}
	return "of an unknown version"
}

// The versions of what is installed.
var (
	phpVersion    = asked("php", "-r", `echo PHP_MAJOR_VERSION.".".PHP_MINOR_VERSION;`) // the rest changes with each update of the system
	soap4rVersion = asked("/usr/bin/ruby", "-e", `gem "soap4r-ruby1.9"; puts Gem.loaded_specs["soap4r-ruby1.9"].version`)
	spyneVersion  = asked("/usr/bin/python3", "-c", "import spyne; print(spyne.__version__)")
	zeepVersion   = asked("/usr/bin/python3", "-c", "import zeep; print(zeep.__version__)")
)

// asked returns what a program says when it is first asked for.
func asked(program string, args ...string) func() string {
	return sync.OnceValue(func() string {
		out, err := exec.Command(program, args...).Output()
		if err != nil {
			return "of an unknown version"
		}
		return strings.TrimSpace(string(out))
	})
}

// sources returns the folder with the sources of all peers.
func sources() string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Dir(here)
}

// Wanted skips the test where WSRM_INTEROP=skip asks for no programs of any make, our own included.
func Wanted(tb testing.TB) {
	tb.Helper()
	if os.Getenv("WSRM_INTEROP") == "skip" {
		tb.Skip("WSRM_INTEROP=skip")
	}
}

// missing skips the test, or fails it where all peers must be there.
func missing(tb testing.TB, why string) {
	tb.Helper()
	if mode := os.Getenv("WSRM_INTEROP"); mode == "require" || mode == "" && os.Getenv("CI") == "true" {
		tb.Fatal(why)
	}
	tb.Skip(why)
}

// The peers that are built here.
var (
	gsoap = build("gsoap")
	cxf   = build("cxf", "java")
	metro = build("metro")
)

// built is a peer that is built once for each state of its sources, into the user's cache.
type built struct {
	name string
	dir  func() (string, error)
}

// build returns the peer whose sources are in the folder of that name, and in those that it shares. Nothing is built before its
// dir is asked for.
func build(name string, shared ...string) *built {
	return &built{name, sync.OnceValues(func() (string, error) {
		source := filepath.Join(sources(), name)
		sum := ""
		for _, folder := range append(shared, name) {
			one, err := digest(os.DirFS(filepath.Join(sources(), folder)))
			if err != nil {
				return "", err
			}
			sum += one
		}
		cache, err := os.UserCacheDir()
		if err != nil {
			cache = os.TempDir()
		}
		dir := filepath.Join(cache, "wsrm-interop", name+"-"+sum)
		done := filepath.Join(dir, "built")
		if _, err := os.Stat(done); err == nil {
			return dir, nil
		}
		cmd := exec.Command(filepath.Join(source, "build.sh"), dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("%v: %w\n%s", cmd, err, out)
		}
		return dir, os.WriteFile(done, nil, 0o666)
	})}
}

// digest tells states of a folder apart.
func digest(sources fs.FS) (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(sources, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(sources, name)
		fmt.Fprintln(sum, name, len(text))
		sum.Write(text)
		return err
	})
	return fmt.Sprintf("%x", sum.Sum(nil)[:6]), err
}

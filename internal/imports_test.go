package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/gowsrm/wsrm"

// layers are the packages of the library, each with those of the module that it may import: only what lies below it in
// DESIGN.md. Who breaks that finds sooner or later that two packages need each other.
var layers = map[string][]string{
	"internal/xmlscan":   nil,
	"window":             nil,
	"soap":               {"internal/xmlscan"},
	"internal/payload":   {"soap"},
	"internal/wsrm":      {"internal/xmlscan", "soap", "window"},
	"transport":          {"soap"}, // carriers know nothing of sessions
	"transport/soaphttp": {"internal/payload", "soap", "transport"},
	"rm/internal/engine": {"internal/wsrm", "soap", "window"},
	"rm/internal/netsim": {"internal/wsrm", "rm/internal/engine", "soap", "window"},
	"rm":                 {"internal/wsrm", "rm/internal/engine", "soap", "transport", "window"},
	"rm/rmhttp":          {"internal/payload", "internal/wsrm", "rm", "rm/policy", "soap", "transport", "transport/soaphttp"},
	"rm/policy":          {"internal/xmlscan", "rm", "soap"},
}

// programs may import what they like, and nobody imports them but each other.
var programs = []string{"examples/", "internal/bench", "internal/interop", "internal/tools/", "internal/wiretest"}

// pure packages read no clock and have no lock, goroutine, socket, log or dice: whoever owns a value of theirs passes the time in.
// That is why a simulation can run them in virtual time, a million messages a minute, and twice alike.
var pure = []string{"window", "internal/wsrm", "rm/internal/engine"}

// third says where modules of others are imported: all requirements of the library, each at one edge.
var third = map[string][]string{
	"github.com/beevik/etree": {"soap"},
	"github.com/google/uuid":  {"rm"},
}

func TestImports(t *testing.T) {
	seen := 0
	for name, file := range sources(t) {
		pkg := path.Dir(name)
		if slices.ContainsFunc(programs, func(p string) bool { return strings.HasPrefix(pkg+"/", p) }) {
			continue
		}
		allowed, known := layers[pkg]
		require.True(t, known, "%s: which layer is it?", pkg)
		seen++
		for _, imp := range file.Imports {
			what, _ := strconv.Unquote(imp.Path.Value)
			first, _, _ := strings.Cut(what, "/")
			switch inside, ours := strings.CutPrefix(what, module+"/"); {
			case ours:
				require.Contains(t, allowed, inside, "%s imports what is not below it", name)
			case strings.Contains(first, "."):
				require.Contains(t, third[what], pkg, "%s imports %s", name, what)
			case slices.Contains(pure, pkg):
				require.NotContains(t, []string{"context", "crypto", "log", "net", "os", "runtime", "sync", "syscall"}, first, "%s is not pure", name)
				require.False(t, strings.HasPrefix(what, "math/rand"), "%s has randomness of its own", name)
			}
		}
		if slices.Contains(pure, pkg) {
			readsNoClock(t, name, file)
		}
	}
	require.Greater(t, seen, 50)
}

// readsNoClock allows of package time what is arithmetic.
func readsNoClock(t *testing.T, name string, file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" {
				require.Contains(t, []string{"Duration", "Nanosecond", "Millisecond", "Second", "Minute", "Hour"}, sel.Sel.Name, "%s uses the clock", name)
			}
		}
		return true
	})
}

// sources are the files of the module that are no tests, by name from its root.
func sources(t *testing.T) map[string]*ast.File {
	files := make(map[string]*ast.File)
	const root = ".."
	require.NoError(t, filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != root && strings.HasPrefix(d.Name(), "."), d.IsDir() && d.Name() == "testdata":
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		name, _ = filepath.Rel(root, name)
		files[filepath.ToSlash(name)] = file
		return err
	}))
	return files
}

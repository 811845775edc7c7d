package window

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whoever owns a window passes the time in and holds the lock. A package that read the clock or waited by itself could
// not be run in virtual time, nor a million messages a minute.
func TestPure(t *testing.T) {
	allowed := []string{"errors", "iter", "math", "slices", "strconv", "time"}
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		for _, imp := range file.Imports {
			path, _ := strconv.Unquote(imp.Path.Value)
			require.True(t, slices.Contains(allowed, path), "%s imports %s", name, path)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" {
					require.Contains(t, []string{"Duration", "Millisecond", "Second"}, sel.Sel.Name, "%s uses the clock", name)
				}
			}
			return true
		})
	}
}

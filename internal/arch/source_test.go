package arch_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
)

const (
	maxFileLines     = 400
	maxFunctionLines = 80
)

// sizes returns a sentence for a file that is too long and for each function in it that is.
func sizes(name string, source []byte) ([]string, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	if ast.IsGenerated(file) {
		return nil, nil
	}
	var faults []string
	if lines := bytes.Count(source, []byte("\n")); lines > maxFileLines {
		faults = append(faults, fmt.Sprintf("%s has %d lines, more than %d: which part of it has a name of its own?",
			name, lines, maxFileLines))
	}
	for _, decl := range file.Decls {
		function, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		// Counted as funlen counts: without the lines of the signature and of the last brace.
		lines := set.Position(function.End()).Line - set.Position(function.Pos()).Line - 1
		if lines > maxFunctionLines {
			faults = append(faults, fmt.Sprintf("%s: %s has %d lines, more than %d: split it where a comment would stand",
				name, function.Name.Name, lines, maxFunctionLines))
		}
	}
	return faults, nil
}

// httpCalls returns a sentence for each use of net/http beyond the names of statuses and methods.
func httpCalls(name string, source []byte) ([]string, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	local := localName(file, "net/http", "http")
	if local == "" {
		return nil, nil
	}
	if local == "." || local == "_" {
		return []string{fmt.Sprintf("%s imports net/http as %q: import it by its name", name, local)}, nil
	}
	var faults []string
	ast.Inspect(file, func(node ast.Node) bool {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		from, ok := selector.X.(*ast.Ident)
		used := selector.Sel.Name
		if ok && from.Name == local && !strings.HasPrefix(used, "Status") && !strings.HasPrefix(used, "Method") {
			faults = append(faults, fmt.Sprintf("%s uses http.%s: of net/http it may use the names of statuses and methods; "+
				"package oracle speaks HTTP", set.Position(selector.Pos()), used))
		}
		return true
	})
	return faults, nil
}

// localName is the name by which a file knows an import, or nothing if it does not import it.
func localName(file *ast.File, importPath, usual string) string {
	for _, spec := range file.Imports {
		if got, err := strconv.Unquote(spec.Path.Value); err != nil || got != importPath {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return usual
	}
	return ""
}

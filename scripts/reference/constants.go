package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
)

// constant is a documented constant of the code.
type constant struct {
	kind, value, comment string
}

// constants reads the typed constants of one file.
func constants(root, file string) ([]constant, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("read the constants of %s: %w", file, err)
	}
	var all []constant
	for _, declaration := range parsed.Decls {
		block, ok := declaration.(*ast.GenDecl)
		if !ok || block.Tok != token.CONST {
			continue
		}
		for _, spec := range block.Specs {
			value, ok := spec.(*ast.ValueSpec)
			if !ok || len(value.Values) != 1 {
				continue
			}
			kind, typed := value.Type.(*ast.Ident)
			literal, written := value.Values[0].(*ast.BasicLit)
			if text, err := strconv.Unquote(literalText(literal)); typed && written && err == nil {
				all = append(all, constant{kind.Name, text, comment(value)})
			}
		}
	}
	return all, nil
}

func literalText(literal *ast.BasicLit) string {
	if literal == nil {
		return ""
	}
	return literal.Value
}

// comment is what stands above a constant or, if nothing does, beside it.
func comment(value *ast.ValueSpec) string {
	text := value.Doc.Text()
	if text == "" {
		text = value.Comment.Text()
	}
	return strings.Join(strings.Fields(text), " ")
}

// described finds the comment of each value, in the order of the closed list. A value without one is an error: the table
// would have a hole.
func described[T ~string](found []constant, list []T) ([]constant, error) {
	var all []constant
	for _, value := range list {
		_, kind, _ := strings.Cut(fmt.Sprintf("%T", value), ".")
		c, err := find(found, kind, string(value))
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func find(found []constant, kind, value string) (constant, error) {
	for _, c := range found {
		if c.kind == kind && c.value == value && c.comment != "" {
			return c, nil
		}
	}
	return constant{}, fmt.Errorf("%q has no constant with a comment: say in the source what it means", value)
}

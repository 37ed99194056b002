// Command reference writes the pages of docs/ that are generated from the code: docs/paths.md and docs/openapi.json from
// the engine's own schema, docs/codes.md from the closed lists of states, reasons and exit codes. A test of this package
// fails when one of them is stale.
//
//	go run ./scripts/reference
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	root := flag.String("root", ".", "where the source tree is")
	flag.Parse()
	if err := write(*root); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// page is one generated file, by its path below the source tree.
type page struct {
	path string
	text []byte
}

// pages generates every page anew.
func pages(root string) ([]page, error) {
	engine, err := ask()
	if err != nil {
		return nil, err
	}
	specification, err := engine.openAPI()
	if err != nil {
		return nil, err
	}
	codes, err := codesPage(root)
	if err != nil {
		return nil, err
	}
	return []page{
		{filepath.Join("docs", "paths.md"), []byte(engine.pathsPage())},
		{filepath.Join("docs", "openapi.json"), specification},
		{filepath.Join("docs", "codes.md"), []byte(codes)},
	}, nil
}

func write(root string) error {
	all, err := pages(root)
	if err != nil {
		return err
	}
	for _, p := range all {
		if err := os.WriteFile(filepath.Join(root, p.path), p.text, 0o644); err != nil { //nolint:gosec // a page for everybody
			return fmt.Errorf("write a page: %w", err)
		}
	}
	return nil
}

package arch_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestPackages(t *testing.T) {
	t.Parallel()
	root := moduleRoot(t)
	packages := list(t, root)
	if len(packages) == 0 {
		t.Fatal("go list named no package, so nothing was checked")
	}
	for _, rule := range []func([]pkg) []string{arrows, reaches, names} {
		for _, fault := range rule(packages) {
			t.Error(fault)
		}
	}
	for _, p := range packages {
		for _, file := range p.GoFiles {
			checkFile(t, root, p, filepath.Join(p.Dir, file))
		}
	}
}

func checkFile(t *testing.T, root string, p pkg, path string) {
	t.Helper()
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	name, err := filepath.Rel(root, path)
	if err != nil {
		t.Fatal(err)
	}
	rules := []func(string, []byte) ([]string, error){sizes}
	if ours(p.ImportPath) == "backend" {
		rules = append(rules, httpCalls)
	}
	for _, rule := range rules {
		faults, err := rule(name, source)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range faults {
			t.Error(fault)
		}
	}
}

// list is what the go command knows about every package of ours. With -e, because a package that does not compile has
// imports too, and other tests say that it does not.
func list(t *testing.T, root string) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e",
		"-json=ImportPath,Dir,Name,GoFiles,Imports,Deps,TestImports,XTestImports", "./...")
	cmd.Dir = root
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var packages []pkg
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p pkg
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// moduleRoot finds the source tree and reads its directories, all of them: the go command remembers the result of a test
// for as long as the files that the test itself read are unchanged, and it does not see what `go list` reads.
func moduleRoot(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != root && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, "_test.go") {
			// Its imports count, so that a change of it must run this test again.
			_, err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return root
}

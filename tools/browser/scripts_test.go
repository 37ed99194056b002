package browser_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The scripts find what there is, in their order, and say in a sentence what to do where there is nothing.
func TestTheScriptsFindWhatIsNeeded(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for name, mode := range map[string]os.FileMode{"path/chromium": 0o755, "own/browser": 0o755, "own/plain": 0o644, "own/axe.js": 0o644} {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("#!/bin/sh\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	own := func(name string) string { return filepath.Join(folder, "own", name) }
	// The tools that the scripts themselves use, and no browser.
	bare := filepath.Join(folder, "bare")
	if err := os.Mkdir(bare, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tool := range []string{"dirname"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(bare, tool)); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		script, path string
		args         []string
		environ      []string
		out, err     string
	}{
		"the browser of the variable":   {"chromium.sh", filepath.Join(folder, "path"), []string{"--print"}, []string{"CHROMIUM_BIN=" + own("browser")}, own("browser"), ""},
		"the browser of the path":       {"chromium.sh", filepath.Join(folder, "path"), []string{"--print"}, nil, filepath.Join(folder, "path/chromium"), ""},
		"a variable that is no program": {"chromium.sh", filepath.Join(folder, "path"), nil, []string{"CHROMIUM_BIN=" + own("plain")}, "", "is not an executable file: correct it, or unset it"},
		"no browser":                    {"chromium.sh", "", []string{"--print"}, nil, "", "there is no Chromium: install Chromium (on Debian, as root: apt-get install chromium), or set CHROMIUM_BIN"},
		"no browser, and no apt":        {"chromium.sh", "", nil, nil, "", "there is no Chromium: install Chromium"},
		"the axe of the variable":       {"axe.sh", "", nil, []string{"AXE_PATH=" + own("axe.js")}, own("axe.js"), ""},
		"a variable that is no file":    {"axe.sh", "", nil, []string{"AXE_PATH=" + own("none.js")}, "", "is not a file that can be read"},
		"no axe":                        {"axe.sh", "", []string{"--print"}, nil, "", "run make browser"},
		"no axe, and no npm":            {"axe.sh", "", nil, nil, "", "install npm (on Debian: apt-get install npm), or set AXE_PATH"},
		"unknown arguments":             {"axe.sh", "", []string{"--help"}, nil, "", "only --print is known"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			command := exec.Command(bash, append([]string{"../../scripts/" + tt.script}, tt.args...)...)
			command.Env = append(tt.environ, "PATH="+tt.path+":"+bare, "HOME="+t.TempDir())
			command.Stdout, command.Stderr = &out, &errs
			err := command.Run()
			if (err != nil) != (tt.err != "") || !strings.Contains(errs.String(), tt.err) || strings.TrimSpace(out.String()) != tt.out {
				t.Errorf("it prints %q and says %q, and ends with %v", out.String(), errs.String(), err)
			}
		})
	}
}

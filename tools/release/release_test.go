package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestAReleaseOfThisPlatform makes a whole release of one platform, in which every program is built twice, from two folders,
// and looks at it as whoever downloads it does.
func TestAReleaseOfThisPlatform(t *testing.T) {
	t.Parallel()
	here := target{runtime.GOOS, runtime.GOARCH}
	out := t.TempDir()
	err := run(t.Context(), []string{"-version", "v9.8.7", "-commit", "c0ffee", "-time", "2026-11-20T12:00:00+01:00", "-out", out, "-only", here.String(), "-quick"})
	if err != nil {
		t.Fatal(err)
	}
	t.Run("the programs say which version they are", func(t *testing.T) {
		t.Parallel()
		for program, args := range map[string][]string{plugin: {"-version"}, agent: {"version"}} {
			said, err := exec.CommandContext(t.Context(), filepath.Join(out, here.String(), here.file(program)), args...).Output()
			if err != nil || !strings.HasPrefix(string(said), program+" v9.8.7") {
				t.Errorf("%s says %q, %v", program, said, err)
			}
		}
	})
	t.Run("the checksums are right", func(t *testing.T) {
		t.Parallel()
		for _, list := range []string{archiveSums, programSums} {
			for line := range strings.Lines(read(t, out, list)) {
				digest, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
				if own := sha256.Sum256([]byte(read(t, out, name))); digest != hex.EncodeToString(own[:]) {
					t.Errorf("%s has the wrong checksum", name)
				}
			}
		}
		own := sha256.Sum256([]byte(read(t, out, here.String()+"/"+here.file(plugin))))
		if !strings.Contains(read(t, out, registerFile), hex.EncodeToString(own[:])) {
			t.Errorf("%s does not name the plugin's own checksum", registerFile)
		}
	})
	t.Run("the archive holds the programs and the terms", func(t *testing.T) {
		t.Parallel()
		files := unpacked(t, filepath.Join(out, here.archive("v9.8.7")))
		for _, name := range []string{plugin, agent, simulator, "LICENSE", noticesFile, sbomFile} {
			if files[name] == "" {
				t.Errorf("it lacks %s", name)
			}
		}
		if files[plugin] != read(t, out, here.String()+"/"+plugin) {
			t.Error("the plugin in it is another one")
		}
	})
	t.Run("the list of what is built in names every module and its terms", func(t *testing.T) {
		t.Parallel()
		var bom struct {
			BomFormat  string `json:"bomFormat"`
			Components []struct {
				Name, Version string
				Licenses      []struct{ License struct{ ID string } }
			}
		}
		if err := json.Unmarshal([]byte(read(t, out, sbomFile)), &bom); err != nil || bom.BomFormat != "CycloneDX" {
			t.Fatalf("%v: %s", err, bom.BomFormat)
		}
		terms := read(t, out, noticesFile)
		named := map[string]bool{}
		for _, c := range bom.Components {
			named[c.Name] = true
			if len(c.Licenses) == 0 || c.Name != "std" && !strings.Contains(terms, c.Name+" "+c.Version) {
				t.Errorf("%s has no licence", c.Name)
			}
		}
		if !named["github.com/hashicorp/vault/sdk"] || !named["github.com/spf13/cobra"] || len(named) < 50 {
			t.Errorf("only %d modules are named", len(named))
		}
	})
}

func read(t *testing.T, folder, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// unpacked is what is in a tar.gz or a zip.
func unpacked(t *testing.T, path string) map[string]string {
	t.Helper()
	files := map[string]string{}
	if strings.HasSuffix(path, ".zip") {
		archive, err := zip.OpenReader(path)
		if err != nil {
			t.Fatal(err)
		}
		defer archive.Close()
		for _, file := range archive.File {
			from, err := file.Open()
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(from)
			if err != nil {
				t.Fatal(err)
			}
			files[file.Name] = string(text)
		}
		return files
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	compressed, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewReader(compressed)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		files[header.Name] = string(text)
	}
}

// An archive does not depend on when it was made, nor on the times of its files.
func TestAnArchiveIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 11, 0, 0, 0, time.UTC)
	for _, name := range []string{"a.tar.gz", "a.zip"} {
		var made [2][]byte
		for i := range made {
			folder := t.TempDir()
			from := filepath.Join(folder, "program")
			if err := os.WriteFile(from, []byte("text"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(from, at, at.AddDate(0, 0, i)); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(folder, name)
			if err := pack(path, []entry{{"program", from, 0o755}}, at); err != nil {
				t.Fatal(err)
			}
			if files := unpacked(t, path); files["program"] != "text" {
				t.Errorf("%s holds %q", name, files)
			}
			made[i] = []byte(read(t, folder, name))
		}
		if !bytes.Equal(made[0], made[1]) {
			t.Errorf("two of %s are not the same", name)
		}
	}
}

func TestADependencyWithoutTermsIsRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"none": "", "no licence": "All rights reserved. Do as you are told."} {
		dir := t.TempDir()
		if text != "" {
			if err := os.WriteFile(filepath.Join(dir, "LICENSE"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := licensed([]dependency{{Path: "example.com/m", Version: "v1.0.0", Dir: dir}}); err == nil || !strings.Contains(err.Error(), "example.com/m v1.0.0") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDifferencesAreNamed(t *testing.T) {
	t.Parallel()
	one, other := t.TempDir(), t.TempDir()
	for folder, text := range map[string]string{one: "1", other: "2"} {
		for name, said := range map[string]string{"same": "0", "unlike": text} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(said), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if unlike, err := differences(one, other, []string{"same", "unlike"}); err != nil || len(unlike) != 1 || unlike[0] != "unlike" {
		t.Errorf("%v, %v", unlike, err)
	}
}

func TestArgumentsThatAreWrongAreSaid(t *testing.T) {
	t.Parallel()
	good := []string{"-version", "v1.0.0", "-time", "2026-11-20T12:00:00Z", "-out", "/nowhere"}
	for _, wrong := range [][]string{{"-version", "1.0.0"}, {"-version", "main"}, {"-time", "today"}, {"-out", ""}, {"more"}} {
		if err := run(t.Context(), append(good[:len(good):len(good)], wrong...)); err == nil {
			t.Errorf("%q was taken", wrong)
		}
	}
}

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "release: "+err.Error())
		os.Exit(1) //nolint:gocritic // exitAfterDefer: the process ends, and the signals with it
	}
}

// semantic is what Vault's catalog takes for a version.
var semantic = regexp.MustCompile(`^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)

func run(ctx context.Context, args []string) error {
	var b build
	var source, out, only string
	var quick bool
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	flags.StringVar(&b.version, "version", "", "semantic version with a v")
	flags.StringVar(&b.commit, "commit", "", "commit that is built")
	flags.StringVar(&b.time, "time", "", "when that commit was made, RFC 3339")
	flags.StringVar(&source, "source", "../..", "top folder of the source")
	flags.StringVar(&out, "out", "", "folder for what is made; emptied first")
	flags.StringVar(&only, "only", "", "one platform, such as linux_amd64, instead of all")
	flags.BoolVar(&quick, "quick", false, "build the second time with the same cache: for tests, it compares less")
	if err := flags.Parse(args); err != nil {
		return err
	}
	at, err := time.Parse(time.RFC3339, b.time)
	switch {
	case err != nil:
		return errors.New("-time is when the commit was made, as git log -1 --format=%cI says it")
	case !semantic.MatchString(b.version):
		return fmt.Errorf("-version is %q: Vault wants a semantic version with a v, such as v0.1.0", b.version)
	case out == "" || flags.NArg() > 0:
		return errors.New("-out names the folder for what is made, and there are no other arguments")
	}
	b.time = at.UTC().Format(time.RFC3339)
	if source, err = filepath.Abs(source); err != nil {
		return fmt.Errorf("find the source: %w", err)
	}
	if out, err = filepath.Abs(out); err != nil {
		return fmt.Errorf("find the folder: %w", err)
	}
	scratch, err := os.MkdirTemp("", "release")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(scratch) //nolint:errcheck // what is left is the system's to clean
	r := release{build: b, at: at.UTC(), source: source, out: out, scratch: scratch, cache: filepath.Join(scratch, "cache")}
	if quick {
		r.cache = ""
	}
	for _, t := range targets() {
		if only == "" || only == t.String() {
			r.targets = append(r.targets, t)
		}
	}
	return r.make(ctx)
}

// release is one that is being made.
type release struct {
	build
	at      time.Time
	source  string
	out     string
	scratch string
	cache   string // of the second build; empty: the user's
	targets []target
}

func (r release) make(ctx context.Context) error {
	if err := errors.Join(os.RemoveAll(r.out), os.MkdirAll(r.out, 0o755)); err != nil { //nolint:gosec // G301: it is published
		return fmt.Errorf("empty the folder: %w", err)
	}
	again := filepath.Join(r.scratch, "elsewhere", "source")
	if err := copySource(ctx, r.source, again); err != nil {
		return err
	}
	var built []string
	for _, t := range r.targets {
		if err := r.buildTwice(ctx, again, t); err != nil {
			return err
		}
		for _, program := range programs() {
			built = append(built, filepath.Join(r.out, t.String(), t.file(program)))
		}
	}
	if err := r.describe(ctx, built); err != nil {
		return err
	}
	return r.pack()
}

// buildTwice builds a target here, and again from another folder, with a cache that only this release has filled.
func (r release) buildTwice(ctx context.Context, again string, t target) error {
	first, second := filepath.Join(r.out, t.String()), filepath.Join(r.scratch, t.String())
	if err := compile(ctx, r.source, first, "", t, r.build); err != nil {
		return err
	}
	if err := compile(ctx, again, second, r.cache, t, r.build); err != nil {
		return err
	}
	var files []string
	for _, program := range programs() {
		files = append(files, t.file(program))
	}
	unlike, err := differences(first, second, files)
	if err != nil {
		return err
	}
	if len(unlike) > 0 {
		return fmt.Errorf("two builds for %s are not the same: %s", t, strings.Join(unlike, ", "))
	}
	fmt.Printf("%s: built twice, the same\n", t)
	return nil
}

// names of what stands beside the archives.
const (
	sbomFile     = "sbom.cdx.json"
	noticesFile  = "THIRD_PARTY_LICENSES.txt"
	archiveSums  = "SHA256SUMS"
	programSums  = "PROGRAM_SHA256SUMS"
	registerFile = "REGISTER.md"
)

// describe writes what is built in, and under which terms.
func (r release) describe(ctx context.Context, built []string) error {
	all, goVersion, err := builtIn(built)
	if err != nil {
		return err
	}
	if all, err = located(ctx, r.source, all); err != nil {
		return err
	}
	if all, err = licensed(all); err != nil {
		return err
	}
	text, err := notices(all)
	if err != nil {
		return err
	}
	file, err := os.Create(filepath.Join(r.out, sbomFile))
	if err != nil {
		return fmt.Errorf("write the list of what is built in: %w", err)
	}
	if err := errors.Join(sbom(file, r.build, goVersion, all), file.Close()); err != nil {
		return err
	}
	fmt.Printf("%d modules are built in, each under a licence that may be\n", len(all))
	return r.write(noticesFile, text)
}

// pack makes the archives and the checksums.
func (r release) pack() error {
	var archives, built []string
	for _, t := range r.targets {
		var entries []entry
		for _, program := range programs() {
			name := t.String() + "/" + t.file(program)
			built = append(built, name)
			entries = append(entries, entry{t.file(program), filepath.Join(r.out, name), 0o755})
		}
		entries = append(entries,
			entry{"LICENSE", filepath.Join(r.source, "LICENSE"), 0o644},
			entry{noticesFile, filepath.Join(r.out, noticesFile), 0o644},
			entry{sbomFile, filepath.Join(r.out, sbomFile), 0o644})
		name := t.archive(r.version)
		if err := pack(filepath.Join(r.out, name), entries, r.at); err != nil {
			return err
		}
		archives = append(archives, name)
	}
	ofPrograms, err := sums(r.out, built)
	if err != nil {
		return err
	}
	ofArchives, err := sums(r.out, append(archives, sbomFile, noticesFile))
	if err != nil {
		return err
	}
	register, err := r.register()
	if err != nil {
		return err
	}
	fmt.Print(ofArchives)
	return errors.Join(r.write(programSums, ofPrograms), r.write(archiveSums, ofArchives), r.write(registerFile, register))
}

// register says how each platform's plugin is made known to Vault, which wants the checksum of the program.
func (r release) register() (string, error) {
	var text strings.Builder
	fmt.Fprintf(&text, "# Registering %s\n\nVault wants the checksum of the plugin itself, not of the archive it came in.\n", r.version)
	for _, t := range r.targets {
		digest, err := sum(filepath.Join(r.out, t.String(), t.file(plugin)))
		if err != nil {
			return "", err
		}
		command := ""
		if t.file(plugin) != plugin {
			command = " \\\n  -command=" + t.file(plugin)
		}
		fmt.Fprintf(&text, "\n%s/%s:\n\n```sh\nvault plugin register -sha256=%s \\\n  -version=%s%s secret %s\n```\n", t.os, t.arch, digest, r.version, command, plugin)
	}
	return text.String(), nil
}

func (r release) write(name, text string) error {
	if err := os.WriteFile(filepath.Join(r.out, name), []byte(text), 0o644); err != nil { //nolint:gosec // G306: it is published
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

package main

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal is both ends of a pseudo-terminal: what is written to the second is read from the first.
func terminal(t *testing.T, width uint16) (keyboard, screen *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("this machine has no pseudo-terminals:", err)
	}
	t.Cleanup(func() { keyboard.Close() })
	number, err := unix.IoctlGetInt(int(keyboard.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(keyboard.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	screen, err = os.OpenFile(filepath.Join("/dev/pts", strconv.Itoa(number)), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(keyboard.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: width}); err != nil {
		t.Fatal(err)
	}
	return keyboard, screen
}

// onTerminal runs the program with its outputs on a terminal, and gives what a person sees.
func onTerminal(t *testing.T, width uint16, environ map[string]string, args ...string) string {
	t.Helper()
	keyboard, screen := terminal(t, width)
	seen := make(chan string)
	go func() {
		var text strings.Builder
		_, _ = io.Copy(&text, keyboard) // ends with an error when the screen is closed
		seen <- text.String()
	}()
	run(t.Context(), args, surroundings{
		environ: func(name string) string { return environ[name] }, in: screen, out: screen, err: screen,
	})
	screen.Close()
	return strings.ReplaceAll(<-seen, "\r\n", "\n")
}

const twoIntegrations = `{"data":{"generated_time":"@now@","revision":"A-1","full":true,"counts":{"ok":1,"locked":1},"integrations":[
{"name":"ap-prod","state":"locked","severity":"critical","reason":"locked","message":"The directory shows the account as locked: unlock it.","username":"INT_AP","next_check_time":"@now-1m@"},
{"name":"gl-prod","state":"ok","severity":"ok","reason":"logged_in","message":"Logs in.","username":"INT_GL","next_check_time":"@now+50m30s@"}]}}`

func TestTerminal(t *testing.T) {
	folder := t.TempDir()
	for path, text := range map[string]string{
		"report":        twoIntegrations,
		"check/ap-prod": `{"data":{"state":"locked","severity":"critical","reason":"locked","message":"Locked."}}`,
		"check/gl-prod": `{"data":{"state":"ok","severity":"ok","reason":"logged_in","message":"Logs in."}}`,
	} {
		file := filepath.Join(folder, "oracle-financials", path+".json")
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	vault := newVault(folder)
	t.Cleanup(vault.Close)
	t.Setenv("VAULT_TOKEN", canary)
	t.Setenv("VAULT_ADDR", vault.URL)
	for name, test := range map[string]struct {
		width   uint16
		environ map[string]string
		args    []string
		want    []string
		never   []string
	}{
		"colours stand beside the words": {
			80, nil,
			[]string{"status"},
			[]string{"\x1b[31map-prod  locked  critical", "\x1b[32mgl-prod  ok      ok"},
			nil,
		},
		"NO_COLOR takes them away": {
			80,
			map[string]string{"NO_COLOR": "1"},
			[]string{"status"},
			[]string{"\nap-prod  locked  critical  due         INT_AP\n"},
			[]string{"\x1b"},
		},
		"a terminal that knows no colours has none": {
			80,
			map[string]string{"TERM": "dumb"},
			[]string{"check", "--all"},
			[]string{"\nap-prod  locked  critical\n"},
			[]string{"\x1b", "[#"},
		},
		"a narrow one loses columns, and lines are wrapped": {
			30,
			map[string]string{"NO_COLOR": "1"},
			[]string{"status"},
			[]string{"\nap-prod  locked  critical\n", "  The directory shows the\n  account as locked: unlock\n  it.\n"},
			[]string{"INT_AP"},
		},
		"a check counts on a bar, and takes it away": {
			80, nil,
			[]string{"check", "--all"},
			[]string{"\r\x1b[K[........................] 0/2", "\r\x1b[K[########################] 2/2 ", "\r\x1b[KNAME "},
			nil,
		},
		"programs see no bar": {80, nil, []string{"check", "--all", "--output", "json"}, []string{`"schema"`}, []string{"[#", "\x1b"}},
		"a sweep that cannot be made takes its bar away": {
			80, nil, []string{"sweep"}, []string{"\r\x1b[Koracle-financials-agent: oracle-financials: "}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if test.environ == nil {
				test.environ = map[string]string{}
			}
			test.environ["VAULT_TOKEN"], test.environ["VAULT_ADDR"] = canary, vault.URL
			seen := onTerminal(t, test.width, test.environ, test.args...)
			for _, want := range test.want {
				if !strings.Contains(seen, want) {
					t.Errorf("no %q in:\n%q", want, seen)
				}
			}
			for _, never := range test.never {
				if strings.Contains(seen, never) {
					t.Errorf("%q in:\n%q", never, seen)
				}
			}
		})
	}
}

package browser_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// patience bounds everything that one test does with the browser, also on a busy machine.
const patience = 5 * time.Minute

// chromium is one browser for all tests; each test has a tab of its own, and as many as it likes.
var chromium = sync.OnceValues(startChromium)

// stopChromium ends it; TestMain calls it.
var stopChromium = func() {}

func TestMain(m *testing.M) {
	code := m.Run()
	stopChromium()
	os.Exit(code)
}

func startChromium() (context.Context, error) {
	binary, err := chromiumBinary()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "page-browser-")
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(binary), chromedp.UserDataDir(folder),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("force-color-profile", "srgb"), chromedp.Flag("font-render-hinting", "none"),
		chromedp.WSURLReadTimeout(patience),
	)
	if os.Geteuid() == 0 { // Chromium's sandbox refuses to be root's
		options = append(options, chromedp.NoSandbox)
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	stopChromium = func() {
		cancel()
		stop()
		_ = os.RemoveAll(folder)
	}
	if err := chromedp.Do(ctx); err != nil {
		return nil, fmt.Errorf("start %s: %w", binary, err)
	}
	return ctx, nil
}

// chromiumBinary is CHROMIUM_BIN, as make sets it, else what the script finds, which says what to install if it finds none.
func chromiumBinary() (string, error) {
	if binary := os.Getenv("CHROMIUM_BIN"); binary != "" {
		return binary, nil
	}
	return script("chromium.sh", "--print")
}

// script runs a script of the repository that prints a path.
func script(name string, args ...string) (string, error) {
	var said bytes.Buffer
	command := exec.Command("../../scripts/"+name, args...)
	command.Stderr = &said
	path, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("scripts/%s: %w: %s", name, err, bytes.TrimSpace(said.Bytes()))
	}
	return string(bytes.TrimSpace(path)), nil
}

package browser_test

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

// photographed are the kinds of pages that pictures are taken of.
var photographed = []string{"empty", "healthy", "mixed", "one", "many"}

// TestPictures photographs pages on a screen, a phone and paper, in both schemes. Where SCREENSHOTS names a folder, they
// are left there: the first screen of each, and each in its whole length.
func TestPictures(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("SCREENSHOTS")
	if folder != "" {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, k := range kinds(t) {
		if !slices.Contains(photographed, k.name) {
			continue
		}
		b := open(t, k.root, k.path, desktop)
		seen := map[string]look{}
		for _, as := range []look{desktop, desktop.in(true), phone, phone.in(true), paper} {
			b.emulate(t, as)
			picture := photograph(t, b, chromedp.CaptureScreenshot())
			shown, err := png.DecodeConfig(bytes.NewReader(picture))
			if err != nil {
				t.Fatal(err)
			}
			if want := int(as.width * as.pixels()); shown.Width != want {
				t.Errorf("%s, %s is %d pixels wide, not %d", k.name, as, shown.Width, want)
			}
			if same, known := seen[string(picture)]; known {
				t.Errorf("%s: %s looks as %s does", k.name, as, same)
			}
			seen[string(picture)] = as
			if folder != "" {
				keep(t, filepath.Join(folder, k.name+"-"+as.String()+"-first.png"), picture)
				keep(t, filepath.Join(folder, k.name+"-"+as.String()+".png"), photograph(t, b, chromedp.FullScreenshot(100)))
			}
		}
	}
}

func photograph(t testing.TB, b *tab, take chromedp.Action[[]byte]) []byte {
	t.Helper()
	picture, err := chromedp.Run(b.ctx, take)
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

func keep(t testing.TB, file string, content []byte) {
	t.Helper()
	if err := os.WriteFile(file, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

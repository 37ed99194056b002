package browser_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

var (
	sheet = regexp.MustCompile(`/Type\s*/Page\b`)
	sizes = regexp.MustCompile(`/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]`)
)

// On paper there is all that is known and nothing that can only be clicked; wide tables lie on their side.
func TestPaper(t *testing.T) {
	t.Parallel()
	root := mixed(t).serve(t)
	for name, tt := range map[string]struct {
		path          string
		atMost        int // sheets
		lying         bool
		shown, hidden []string
	}{
		"estate": {"/", 9, true, []string{".troubles", ".integrations", ".weeks"}, []string{".filter", ".skip", ".colophon nav", ".asof a", ".more"}},
		"one":    {"/integrations/oracle-financials/gl-prod", 8, false, []string{".verdict", ".timeline li:first-child", ".older li:last-child"}, []string{".skip", ".colophon nav"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, root, tt.path, paper.in(true))
			visible := func(selector string) bool {
				return ask[bool](t, b, "[...document.querySelectorAll('"+selector+"')].some(e => e.checkVisibility({contentVisibilityAuto: true}))")
			}
			for _, selector := range tt.shown {
				if !visible(selector) {
					t.Errorf("%s is not on paper", selector)
				}
			}
			for _, selector := range tt.hidden {
				if visible(selector) {
					t.Errorf("%s is on paper", selector)
				}
			}
			document, err := chromedp.Run(b.ctx, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize(), chromedp.PDFPrintBackground()))
			if err != nil {
				t.Fatal(err)
			}
			if folder := os.Getenv("SCREENSHOTS"); folder != "" {
				if err := os.MkdirAll(folder, 0o755); err != nil {
					t.Fatal(err)
				}
				keep(t, filepath.Join(folder, name+".pdf"), document)
			}
			if n := len(sheet.FindAll(document, -1)); n < 2 || n > tt.atMost {
				t.Errorf("it takes %d sheets", n)
			}
			lying := false
			for _, size := range sizes.FindAllSubmatch(document, -1) {
				lying = lying || strings.HasPrefix(string(size[1]), "84") // A4 is 842 points long
			}
			if lying != tt.lying {
				t.Errorf("a sheet lies on its side: %t", lying)
			}
			b.clean(t)
		})
	}
}

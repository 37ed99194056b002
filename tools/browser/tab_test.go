package browser_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// look is how a page is looked at.
type look struct {
	width, height int64
	phone         bool // touch, and two pixels for each
	print         bool
	dark          bool
}

var (
	desktop = look{width: 1280, height: 900}
	phone   = look{width: 390, height: 844, phone: true}
	paper   = look{width: 1032, height: 1400, print: true} // what of A4 the wide tables have, at 96 dots an inch
)

func (l look) in(dark bool) look {
	l.dark = dark
	return l
}

// pixels is how many stand for one of the page, in a row.
func (l look) pixels() int64 {
	if l.phone {
		return 2
	}
	return 1
}

func (l look) String() string {
	name, scheme := "desktop", "light"
	switch {
	case l.print:
		name = "print"
	case l.phone:
		name = "phone"
	}
	if l.dark {
		scheme = "dark"
	}
	return name + "-" + scheme
}

// emulate makes a tab look so.
func (b *tab) emulate(t testing.TB, l look) {
	t.Helper()
	media, scheme := "screen", "light"
	if l.print {
		media = "print"
	}
	if l.dark {
		scheme = "dark"
	}
	command(t, b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: l.width, Height: l.height, DeviceScaleFactor: float64(l.pixels()), Mobile: l.phone,
	})
	command(t, b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: media, Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// tab is a tab of the browser and what it had to say.
type tab struct {
	ctx  context.Context
	root string // the address of the page's own server
	lost string // a page that is not there, for a test that wants that

	mu       sync.Mutex
	faults   []string // console messages, exceptions, violations of the policy, failed requests
	requests []string
	policies map[string]string // Content-Security-Policy by address
}

// newTab opens an empty tab that watches for faults.
func newTab(t testing.TB, root string) *tab {
	t.Helper()
	browser, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	b := &tab{root: root, policies: map[string]string{}}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.hear))
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // before there is a limit: it would be the tab's life
		t.Fatal(err)
	}
	limited, stop := context.WithTimeout(ctx, patience)
	t.Cleanup(stop)
	b.ctx = limited
	command(t, b, network.Enable, network.EnableParams{})
	command(t, b, log.Enable, cdp.Empty{})
	command(t, b, audits.Enable, cdp.Empty{})
	return b
}

// open opens a page of a server.
func open(t testing.TB, root, path string, as look) *tab {
	t.Helper()
	b := newTab(t, root)
	if strings.HasSuffix(path, lostPath) {
		b.lost = root + path
	}
	b.emulate(t, as)
	b.do(t, chromedp.Navigate(root+path))
	return b
}

func (b *tab) do(t testing.TB, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// command sends the browser a command of its protocol.
func command[P, R any](t testing.TB, b *tab, c cdp.Command[P, R], params P) R {
	t.Helper()
	answer, err := chromedp.Call(b.ctx, c, params)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// follow does something that leads to another page, and waits for that.
func (b *tab) follow(t testing.TB, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if _, err := chromedp.RunResponse(b.ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// ask evaluates an expression in the page, as the developer tools do: the page's policy does not forbid it.
func ask[T any](t testing.TB, b *tab, expression string) T {
	t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		b.fault("console.%s: %v", e.Type, e.Args)
	case *runtime.EventExceptionThrown:
		b.fault("exception: %s", e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		if e.Entry.URL == b.lost {
			return // it says that the page is not there, as it should
		}
		b.fault("%s %s: %s", e.Entry.Source, e.Entry.Level, e.Entry.Text)
	case *audits.EventIssueAdded:
		b.fault("issue: %s", e.Issue.Code)
	case *page.EventJavascriptDialogOpening:
		b.fault("a dialog opens: %s", e.Message)
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	case *network.EventLoadingFailed:
		b.fault("a request failed: %s %s", e.ErrorText, e.BlockedReason)
	case *network.EventResponseReceived:
		for key, value := range e.Response.Headers {
			if strings.EqualFold(key, "Content-Security-Policy") {
				b.policies[e.Response.URL] = fmt.Sprint(value)
			}
		}
		if e.Response.Status >= 400 && e.Type != network.ResourceTypeDocument {
			b.fault("%s answers %d", e.Response.URL, e.Response.Status)
		}
	}
}

func (b *tab) fault(format string, args ...any) {
	b.faults = append(b.faults, fmt.Sprintf(format, args...))
}

// heard is every fault until now, and strange every request to anybody but the page's own server.
func (b *tab) heard() (faults, strange []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, address := range b.requests {
		if !strings.HasPrefix(address, b.root+"/") {
			strange = append(strange, address)
		}
	}
	return b.faults, strange
}

package output

import (
	"fmt"
	"io"
	"strings"
	"sync"
)

// barColumns is how wide the bar itself is.
const barColumns = 24

// Progress is a bar on a terminal. A nil one shows nothing, so that who counts need not ask. It may be used at once by
// several.
type Progress struct {
	mu    sync.Mutex
	w     io.Writer
	width int
	done  int
	total int
}

// NewProgress begins a bar on a terminal that is so many columns wide.
func NewProgress(w io.Writer, width, total int) *Progress {
	p := &Progress{w: w, width: width, total: total}
	p.Set(0, total, "")
	return p
}

// Add counts one more, and shows its name.
func (p *Progress) Add(name string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	p.draw(name)
}

// Set says how many of how many are done.
func (p *Progress) Set(done, total int, name string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done, p.total = done, total
	p.draw(name)
}

// End takes the bar away, so that what follows begins on an empty line.
func (p *Progress) End() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprint(p.w, "\r\x1b[K")
}

func (p *Progress) draw(name string) {
	fmt.Fprint(p.w, "\r\x1b[K"+clip(bar(p.done, p.total, plain(name)), max(1, p.width-1)))
}

// bar is the bar on one line: [######..................] 3/12 gl-prod
func bar(done, total int, name string) string {
	full := barColumns
	if total > 0 {
		full = min(barColumns, barColumns*done/total)
	}
	line := fmt.Sprintf("[%s%s] %d/%d", strings.Repeat("#", full), strings.Repeat(".", barColumns-full), done, total)
	return strings.TrimSpace(line + " " + name)
}

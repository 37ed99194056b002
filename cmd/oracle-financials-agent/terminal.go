package main

import (
	"io"
	"os"

	"golang.org/x/term"

	"vault-plugin-secrets-oracle-financials/rotation/agent/output"
)

// fallbackWidth is taken for a terminal that does not tell its own.
const fallbackWidth = 80

// style is what a place can show: colours and a width only on a terminal, and no colours where NO_COLOR is set or the
// terminal has none.
func style(w io.Writer, environ func(string) string) output.Style {
	width, terminal := terminalWidth(w)
	if !terminal {
		return output.Style{}
	}
	return output.Style{Colour: environ("NO_COLOR") == "" && environ("TERM") != "dumb", Width: width}
}

// terminalWidth says whether something is a terminal, and how wide it is.
func terminalWidth(w io.Writer) (width int, terminal bool) {
	file, isFile := w.(*os.File)
	if !isFile || !term.IsTerminal(int(file.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil || width <= 0 {
		return fallbackWidth, true
	}
	return width, true
}

// progress is a bar for people who look at a terminal; nil for everybody else.
func (a *asking) progress(total int) *output.Progress {
	width, terminal := terminalWidth(a.around.err)
	if !terminal || a.format != output.Text || a.around.environ("TERM") == "dumb" {
		return nil
	}
	return output.NewProgress(a.around.err, width, total)
}

package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"vault-plugin-secrets-oracle-financials/scripts/stage"
)

const (
	proseWidth   = 92
	commandWidth = 92
	outputWidth  = 96
	outputIndent = "    "
)

// teller writes the story, in colour where that helps.
type teller struct {
	out    io.Writer
	colour bool
}

func newTeller(out io.Writer, colour bool) *teller { return &teller{out, colour} }

// The colours, as SGR parameters.
const (
	bold = "1"
	cyan = "36"
	dim  = "2"
	red  = "31"
)

func (t *teller) paint(colour, text string) string {
	if !t.colour || text == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

func (t *teller) title(text string) { fmt.Fprintf(t.out, "%s\n\n", t.paint(bold, text)) }

func (t *teller) chapter(number int, title string) {
	heading := fmt.Sprintf("%d. %s", number, title)
	fmt.Fprintf(t.out, "\n%s\n%s\n\n", t.paint(bold, heading), strings.Repeat("-", len(heading)))
}

func (t *teller) say(text string) {
	for _, line := range wrap(text, proseWidth, "") {
		fmt.Fprintln(t.out, line)
	}
	fmt.Fprintln(t.out)
}

func (t *teller) command(line string) {
	for _, part := range wrapCommand(line, commandWidth) {
		fmt.Fprintln(t.out, t.paint(cyan, part))
	}
}

// output shows what a command printed: first what it complained about, then the lines that the scene wants shown.
func (t *teller) output(result stage.Result, s scene) {
	lines, left := pick(splitLines(result.Stdout), s.show)
	complaint := splitLines(result.Stderr)
	if len(complaint) > 0 && len(lines) > 0 {
		complaint = append(complaint, "")
	}
	for _, line := range append(complaint, lines...) {
		shown := []string{clip(line, outputWidth)}
		if !s.clip {
			shown = wrap(line, outputWidth, hang(line))
		}
		for _, part := range shown {
			fmt.Fprintln(t.out, strings.TrimRight(outputIndent+t.paint(dim, part), " "))
		}
	}
	if left > 0 {
		fmt.Fprintf(t.out, "%s%s\n", outputIndent, t.paint(dim, fmt.Sprintf("… (%d more lines)", left)))
	}
	if result.Code != 0 {
		fmt.Fprintf(t.out, "%s%s\n", outputIndent, t.paint(red, fmt.Sprintf("(exit code %d)", result.Code)))
	}
	fmt.Fprintln(t.out)
}

// lines shows lines as they are, indented.
func (t *teller) lines(text string) {
	for line := range strings.Lines(text) {
		fmt.Fprint(t.out, outputIndent+line)
	}
}

func (t *teller) fail(err error) {
	fmt.Fprintf(t.out, "%s %v\n", t.paint(red, "The story went wrong:"), err)
}

// ended tells why there is no happy end, when everything is stopped, and returns the exit code.
func (t *teller) ended(ctx context.Context, err error) int {
	if ctx.Err() != nil {
		t.say("Interrupted. " + closing)
	} else {
		t.fail(err)
	}
	return 1
}

package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/scripts/stage"
)

// logLines is how much of Vault's log is shown when the story goes wrong.
const logLines = 15

// chapter is one numbered part of the story.
type chapter struct {
	title  string
	scenes []scene
}

// scene is a sentence or two, a command, and what must come of it.
type scene struct {
	say string
	run string // the command line
	// did is what the command printed when it was run to set the stage.
	did string
	// show names the lines of the output to show, by their first word; none shows all.
	show []string
	// clip cuts long lines, where wrapping them would hide that they are a table.
	clip bool
	// until repeats the command, unseen, until its output has this.
	until string

	exit int
	want []string // must be in the output, however it is spaced
	rows int      // must be the number of lines; 0 is any
}

// play tells all chapters up to the first thing that does not come out as told.
func play(ctx context.Context, t *teller, s *stage.Stage, tell func(facts) []chapter, began time.Time) error {
	f, err := factsOf(s, began)
	if err != nil {
		return err
	}
	chapters := tell(f)
	for i, c := range chapters {
		t.chapter(i+1, c.title)
		for _, sc := range c.scenes {
			if err := sc.play(ctx, t, s); err != nil {
				return fmt.Errorf("chapter %d: %w\n\nThe end of Vault's log:\n%s", i+1, err, s.VaultLog(logLines))
			}
		}
	}
	t.chapter(len(chapters)+1, "Everything stops")
	return nil
}

func (s scene) play(ctx context.Context, t *teller, on *stage.Stage) error {
	if s.say != "" {
		t.say(s.say)
	}
	t.command(s.run)
	result := stage.Result{Stdout: s.did}
	if s.did == "" {
		var err error
		if result, err = s.await(ctx, on); err != nil {
			return err
		}
	}
	if fault := s.fault(result); fault != "" {
		t.output(result, scene{}) // all of it
		return fmt.Errorf("the last command did not come out as told: %s", fault)
	}
	t.output(result, s)
	return nil
}

// How often and how long a scene waits for what happens by itself.
const (
	lookEvery = 500 * time.Millisecond
	lookFor   = 60 * time.Second
)

// await runs the command, again and again where the scene waits for something.
func (s scene) await(ctx context.Context, on *stage.Stage) (stage.Result, error) {
	for end := time.Now().Add(lookFor); ; {
		result, err := on.Run(ctx, s.run)
		if err != nil || s.until == "" || strings.Contains(spaced(result), s.until) || time.Now().After(end) {
			return result, err //nolint:wrapcheck // Run says which command
		}
		select {
		case <-ctx.Done():
			return result, fmt.Errorf("wait for %q: %w", s.until, context.Cause(ctx))
		case <-time.After(lookEvery):
		}
	}
}

// spaced is all output with single spaces, as scenes ask for it.
func spaced(result stage.Result) string {
	return strings.Join(strings.Fields(result.Stderr+" "+result.Stdout), " ")
}

// fault is a sentence about what should have come of a scene and did not.
func (s scene) fault(result stage.Result) string {
	if result.Code != s.exit {
		return fmt.Sprintf("expected exit code %d, got %d", s.exit, result.Code)
	}
	output := spaced(result)
	for _, want := range s.want {
		if !strings.Contains(output, want) {
			return fmt.Sprintf("expected %q in its output", want)
		}
	}
	if rows := strings.Count(strings.TrimSpace(result.Stdout), "\n") + 1; s.rows != 0 && rows != s.rows {
		return fmt.Sprintf("expected %d lines of output, got %d", s.rows, rows)
	}
	return ""
}

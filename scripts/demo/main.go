// Command demo tells what the engine does as a story: a real Vault, the plugin, and a simulated Oracle pod, steered by
// the commands that a person would type. Each is really run, and its outcome is held against what the story says, so
// that the exit code is 0 only if all of it is true.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"vault-plugin-secrets-oracle-financials/scripts/stage"
)

func main() {
	ctx, stop := stage.UntilInterrupted(context.Background())
	code := run(ctx, newTeller(os.Stdout, onTerminal(os.Stdout)), story)
	stop()
	os.Exit(code)
}

// run sets the stage, tells the story, clears the stage, and returns the exit code.
func run(ctx context.Context, t *teller, tell func(facts) []chapter) int {
	began := time.Now()
	t.title("vault-plugin-secrets-oracle-financials: a story in thirteen chapters")
	t.say(opening)
	t.say("Building what is missing, which takes a minute the first time ...")
	s, err := stage.Open(ctx, "demo")
	if err != nil {
		return t.ended(ctx, err)
	}
	err = play(ctx, t, s, tell, began)
	if closeErr := s.Close(); closeErr != nil {
		t.fail(fmt.Errorf("not everything could be stopped: %w", closeErr))
		return 1
	}
	if err != nil {
		return t.ended(ctx, err)
	}
	t.say(closing)
	t.say(fmt.Sprintf("The story took %.0f seconds. Where to go next:", time.Since(began).Seconds()))
	t.lines(nextSteps)
	return 0
}

// onTerminal says whether somebody sees colours: NO_COLOR is the common wish not to (no-color.org).
func onTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

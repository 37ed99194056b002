package config_test

import (
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
)

// TestNoFileTakesLong tries what makes readers of YAML slow, each as long as a file may be. None takes more than about a
// second; the limit is for slow machines.
func TestNoFileTakesLong(t *testing.T) {
	t.Parallel()
	fill := func(head, body string) string {
		return head + strings.Repeat(body, (config.MaxSize-len(head))/len(body))
	}
	for name, text := range map[string]string{
		"open lists":         fill("", "["),
		"open mappings":      fill("", "{a: "),
		"lists in lists":     fill("", "- "),
		"complex keys":       fill("", "? "),
		"mounts":             fill("mounts: [", "1,"),
		"the same mount":     fill("mounts:\n", "- a\n"),
		"the same key":       fill("", "a: 1\n"),
		"unknown keys":       fill("", "abcdefghijklmnopqrstuvwxyz: 1\n"),
		"receivers":          fill("receivers:\n", "- {}\n"),
		"receivers in a row": fill("receivers: [", "{},"),
		"quiet hours":        fill("receivers:\n- quiet_hours:\n", "  - {days: [mon]}\n"),
		"aliases":            fill("a: &a [x]\nb: [", "*a,"),
		"laughs":             "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n" + fill("mounts: [", "*c,"),
		"documents":          fill("", "---\n"),
		"quotes":             fill("listen: ", "''"),
		"spaces":             fill("listen: a", " "),
		"lines":              fill("listen: a", "\n"),
		"comments":           fill("", "#\n"),
		"a long word":        fill("listen: ", "a"),
		"a long number":      fill("interval: ", "1"),
		"a long duration":    fill("interval: ", "1s"),
		"a long path":        fill("mounts: [", "a/"),
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			_, err := config.Parse("agent.yaml", []byte(text), noEnvironment)
			if took := time.Since(began); took > 30*time.Second {
				t.Errorf("took %v", took)
			} else {
				t.Log(took)
			}
			if lines := strings.Count(said(err), "\n") + 1; lines > 5000 || strings.Contains(name, "key") && lines > 200 {
				t.Errorf("says %d lines", lines)
			}
		})
	}
}

func TestAListHasAnEnd(t *testing.T) {
	t.Parallel()
	const want = "holds more than 1000: keep what is needed"
	_, err := config.Parse("agent.yaml", []byte("mounts: ["+strings.Repeat("a,", 1001)+"]\n"), noEnvironment)
	if said(err) != "agent.yaml:1: mounts: "+want {
		t.Errorf("got %.200s", said(err))
	}
	c := config.Defaults()
	if got := said(c.Set("--mount", "mounts", strings.Repeat("a,", 1000)+"a")); got != "--mount: mounts: "+want {
		t.Errorf("got %.200s", got)
	}
}

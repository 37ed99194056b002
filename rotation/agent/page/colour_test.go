package page

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// luminance and contrast are as WCAG 2 defines them.
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatalf("%q is no colour: %v", colour, err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// schemes reads the colours of the light and of the dark scheme.
func schemes(t *testing.T) map[string]map[string]string {
	t.Helper()
	light, dark, found := strings.Cut(string(content("assets/tokens.css")), "prefers-color-scheme: dark")
	if !found {
		t.Fatal("there is no dark scheme")
	}
	read := map[string]map[string]string{"light": {}, "dark": {}}
	for name, text := range map[string]string{"light": light, "dark": dark} {
		for _, match := range regexp.MustCompile(`--([\w-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(text, -1) {
			read[name][match[1]] = match[2]
		}
	}
	return read
}

func TestTextKeepsItsContrast(t *testing.T) {
	pairs := map[string][]string{
		"ink": {"paper", "card", "sunk", "critical-wash", "warning-wash", "unknown-wash", "ok-wash", "paused-wash"}, "soft": {"paper", "card", "sunk"},
		"accent": {"paper", "card", "warning-wash"}, "on-accent": {"accent"}, "critical": {"card", "paper", "critical-wash"},
		"warning": {"card", "paper", "warning-wash"}, "unknown": {"card", "paper", "unknown-wash"}, "ok": {"card", "paper", "ok-wash"}, "paused": {"card", "paper", "paused-wash"},
	}
	for scheme, colours := range schemes(t) {
		for ink, grounds := range pairs {
			for _, ground := range grounds {
				if got := contrast(t, colours[ink], colours[ground]); got < 4.5 {
					t.Errorf("%s: %s on %s has a contrast of %.2f", scheme, ink, ground, got)
				}
			}
		}
		for _, line := range []string{"strong-line", "accent-fill", "critical-fill", "warning-fill", "ok-fill", "unknown-fill", "paused-fill"} {
			if got := contrast(t, colours[line], colours["card"]); got < 3 {
				t.Errorf("%s: the drawn %s has a contrast of %.2f", scheme, line, got)
			}
		}
	}
}

func TestBothSchemesHaveTheSameColours(t *testing.T) {
	both := schemes(t)
	for name := range both["light"] {
		if both["dark"][name] == "" {
			t.Errorf("%s is not set in the dark scheme", name)
		}
	}
	if len(both["light"]) != len(both["dark"]) || len(both["light"]) < 20 {
		t.Errorf("there are %d colours, and %d dark ones", len(both["light"]), len(both["dark"]))
	}
}

func TestTheStyleLoadsNothing(t *testing.T) {
	for _, name := range styles {
		style := string(content("assets/" + name))
		for _, word := range []string{"@import", "url(", "http:", "https:"} {
			if strings.Contains(style, word) {
				t.Errorf("%s has %s", name, word)
			}
		}
		if name != "tokens.css" && name != "print.css" && regexp.MustCompile(`#[0-9a-f]{3,8}\b`).MatchString(style) {
			t.Errorf("%s has a colour of its own, which the other scheme does not change", name)
		}
	}
}

// What a style speaks of is on a page, and what a page speaks of has a style.
func TestEveryToneHasItsColours(t *testing.T) {
	all := ""
	for _, name := range styles {
		all += string(content("assets/" + name))
	}
	for _, tone := range []tone{toneCritical, toneWarning, toneUnknown, toneOK, tonePaused} {
		for _, rule := range []string{".%s {", ".fill.%s {"} {
			if rule = strings.ReplaceAll(rule, "%s", string(tone)); !strings.Contains(all, rule) {
				t.Errorf("there is no %s", rule)
			}
		}
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/oracle.md")
	must(t, err)
	return string(text)
}

// TestPageNamesSwitches: every open question that the simulator can play is on the page, with the default in force.
func TestPageNamesSwitches(t *testing.T) {
	t.Parallel()
	text := page(t)
	defaults := switchDefaults(t)
	for key, value := range defaults {
		if token := fmt.Sprintf("`%s=%v`", key, value); strings.Count(text, token) != 1 {
			t.Errorf("docs/oracle.md holds %s %d times, want once: the switch with its default, in the row of its question",
				token, strings.Count(text, token))
		}
	}
	for _, token := range regexp.MustCompile("`([a-z0-9_]+)=[^`]*`").FindAllStringSubmatch(text, -1) {
		if _, found := defaults[token[1]]; !found {
			t.Errorf("docs/oracle.md names %s, which is no switch", token[0])
		}
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[oraclesim.Switches]()) {
		if key := field.Tag.Get("json"); defaults[key] == nil {
			t.Errorf("the control port does not show the switch %s as %q", field.Name, key)
		}
	}
}

// switchDefaults asks the simulator's control port, which fills the defaults in.
func switchDefaults(t *testing.T) map[string]any {
	t.Helper()
	p := start(t, oraclesim.Switches{})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.sim.ControlURL()+"/switches", http.NoBody)
	must(t, err)
	response, err := http.DefaultClient.Do(request)
	must(t, err)
	defer response.Body.Close()
	var values map[string]any
	must(t, json.NewDecoder(response.Body).Decode(&values))
	return values
}

// TestPageNamesChecks: what a check compares with is what the page says, word by word, and the page names no other check.
func TestPageNamesChecks(t *testing.T) {
	t.Parallel()
	text := page(t)
	known := map[string]bool{}
	for _, topic := range topics() {
		for _, c := range topic.checks {
			known[c.name] = true
			if words := "`" + c.name + "`: " + c.assumes; !strings.Contains(text, words) {
				t.Errorf("docs/oracle.md does not hold %s", words)
			}
		}
	}
	if len(known) != countChecks() {
		t.Error("two checks have one name")
	}
	for _, name := range regexp.MustCompile("`([a-z-]+)`: ").FindAllStringSubmatch(text, -1) {
		if !known[name[1]] {
			t.Errorf("docs/oracle.md names the check %s, which there is not", name[1])
		}
	}
}

// TestPageLinks: every reference has its address, and every address is used.
func TestPageLinks(t *testing.T) {
	t.Parallel()
	text := page(t)
	named, defined := map[string]bool{}, map[string]bool{}
	for _, link := range regexp.MustCompile(`\]\[([a-z0-9]+)\]`).FindAllStringSubmatch(text, -1) {
		named[link[1]] = true
	}
	for _, link := range regexp.MustCompile(`(?m)^\[([a-z0-9]+)\]: https://\S+ ".+"$`).FindAllStringSubmatch(text, -1) {
		defined[link[1]] = true
	}
	if !maps.Equal(named, defined) {
		t.Errorf("named are %v, defined are %v", slices.Sorted(maps.Keys(named)), slices.Sorted(maps.Keys(defined)))
	}
}

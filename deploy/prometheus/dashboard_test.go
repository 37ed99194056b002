package prometheus_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const dashboardFile = "../grafana/dashboard.json"

// datasource is what every query of the dashboard asks: the one that is chosen at its top.
const datasource = "${datasource}"

type source struct{ Type, UID string }

type panel struct {
	ID         int
	Type       string
	Title      string
	Datasource source
	Place      struct{ X, Y, W, H int } `json:"gridPos"`
	Targets    []struct {
		Expr       string
		Datasource source
	}
	Panels []panel
}

type dashboard struct {
	Title, UID string
	Schema     int `json:"schemaVersion"`
	Templating struct {
		List []struct {
			Name, Type, Definition string
		}
	}
	Panels []panel
}

func readDashboard(t *testing.T) dashboard {
	t.Helper()
	content, err := os.ReadFile(dashboardFile)
	if err != nil {
		t.Fatal(err)
	}
	var board dashboard
	if err := json.Unmarshal(content, &board); err != nil {
		t.Fatalf("%s: %v", dashboardFile, err)
	}
	if board.Title == "" || board.UID == "" || board.Schema == 0 || len(board.Panels) == 0 {
		t.Fatalf("%s lacks a title, a uid, a schemaVersion or panels", dashboardFile)
	}
	return board
}

func TestThePanelsHaveTheirPlaces(t *testing.T) {
	t.Parallel()
	const width = 24 // of Grafana's grid
	ids, taken := map[int]bool{}, map[[2]int]string{}
	for _, p := range readDashboard(t).Panels {
		if ids[p.ID] || p.ID == 0 {
			t.Errorf("panel %q has the id %d, which is taken or none", p.Title, p.ID)
		}
		ids[p.ID] = true
		if p.Title == "" || p.Place.W < 1 || p.Place.H < 1 || p.Place.X < 0 || p.Place.X+p.Place.W > width {
			t.Errorf("panel %d, %q, has no title, or does not fit the grid: %+v", p.ID, p.Title, p.Place)
		}
		for x := p.Place.X; x < p.Place.X+p.Place.W; x++ {
			for y := p.Place.Y; y < p.Place.Y+p.Place.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" {
					t.Fatalf("panels %q and %q lie over each other", other, p.Title)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		if p.Type == "row" {
			if len(p.Panels) > 0 {
				t.Errorf("row %q hides its panels, which are then not checked", p.Title)
			}
			continue
		}
		if p.Datasource.UID != datasource || len(p.Targets) == 0 {
			t.Errorf("panel %q has no query, or not the chosen source: %q", p.Title, p.Datasource.UID)
		}
		for _, target := range p.Targets {
			if target.Datasource.UID != datasource {
				t.Errorf("a query of panel %q asks %q, and not the chosen source", p.Title, target.Datasource.UID)
			}
		}
	}
}

var variable = regexp.MustCompile(`\$\{?(\w+)\}?`)

// Whatever a query calls with a dollar is chosen at the top, and the other way round.
func TestTheVariablesAreChosenAtTheTop(t *testing.T) {
	t.Parallel()
	board := readDashboard(t)
	var chosen, used []string
	for _, v := range board.Templating.List {
		chosen = append(chosen, v.Name)
		promised(t, "the variable "+v.Name, v.Definition)
	}
	for _, query := range append(queries(board), datasource) {
		for _, found := range variable.FindAllStringSubmatch(query, -1) {
			used = append(used, found[1])
		}
	}
	slices.Sort(chosen)
	slices.Sort(used)
	if want := []string{"datasource", "mount", "name"}; !slices.Equal(chosen, want) || !slices.Equal(slices.Compact(used), want) {
		t.Errorf("%q can be chosen and %q are used, want %q", chosen, slices.Compact(used), want)
	}
}

func queries(board dashboard) []string {
	var all []string
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			all = append(all, target.Expr)
		}
	}
	return all
}

func TestTheDashboardShowsWhatTheAgentPromises(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{}
	for _, query := range queries(readDashboard(t)) {
		for _, name := range promised(t, query, query) {
			shown[name] = true
		}
		statesOf(t, query)
	}
	for name := range contract {
		if !shown[name] {
			t.Errorf("the dashboard shows nothing of %s", name)
		}
	}
}

// promtool reads every query, as the rule that would record it.
func TestPrometheusUnderstandsTheDashboard(t *testing.T) {
	t.Parallel()
	type recording struct {
		Record string `yaml:"record"`
		Expr   string `yaml:"expr"`
	}
	type group struct {
		Name  string      `yaml:"name"`
		Rules []recording `yaml:"rules"`
	}
	rules := group{Name: "dashboard"}
	for n, query := range queries(readDashboard(t)) {
		rules.Rules = append(rules.Rules, recording{fmt.Sprintf("dashboard:query:%d", n), variable.ReplaceAllString(query, "any")})
	}
	content, err := yaml.Marshal(map[string][]group{"groups": {rules}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "dashboard.yaml")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	out := succeeds(t, exec.CommandContext(t.Context(), promtool(t), "check", "rules", file))
	if want := fmt.Sprintf("%d rules found", len(rules.Rules)); !strings.Contains(out, want) {
		t.Errorf("promtool said %q, want %q in it", out, want)
	}
}

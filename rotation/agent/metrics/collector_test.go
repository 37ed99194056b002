package metrics_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/metrics"
)

// source is an agent that knows what a test tells it.
type source struct {
	mounts        []estate.Mount
	badReload     bool
	expiry        time.Time
	notifications []metrics.Notification
}

func (s *source) Snapshot() estate.Snapshot             { return estate.Snapshot{Mounts: s.mounts} }
func (s *source) ReloadedOK() bool                      { return !s.badReload }
func (s *source) TokenExpiry() (time.Time, bool)        { return s.expiry, !s.expiry.IsZero() }
func (s *source) Notifications() []metrics.Notification { return s.notifications }

var build = metrics.Version{Version: "v1.2.3", Commit: "abcdef"}

func moment(seconds int64) *time.Time {
	t := time.Unix(seconds, 0)
	return &t
}

// full is an integration of which everything is known.
func full(name string) estate.Status {
	return estate.Status{
		Mount: "m", Name: name, State: rotation.StateExpiring, Expiry: moment(1), LastCheck: moment(2), LastSuccess: moment(3),
		NextCheck: moment(4), LastRotation: moment(5), NextRotation: moment(6), Held: true,
		Modules: map[string]estate.Module{"GL": {Result: "accessible"}, "AP": {Result: "empty"}, "AR": {Result: "forbidden"}},
	}
}

func up(path string, statuses ...estate.Status) estate.Mount {
	return estate.Mount{Path: path, Revision: "r-1", Up: true, Statuses: statuses}
}

// register is a registry that checks what a collector does, with one of a source in it.
func register(t testing.TB, s metrics.Source) *prometheus.Registry {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(metrics.New(s, build)); err != nil {
		t.Fatal(err)
	}
	return registry
}

// shown is every series with its value, one per line, as Prometheus reads them.
func shown(t *testing.T, s metrics.Source) map[string]string {
	t.Helper()
	families, err := register(t, s).Gather()
	if err != nil {
		t.Fatal(err)
	}
	series := map[string]string{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			var labels []string
			for _, pair := range metric.GetLabel() {
				labels = append(labels, pair.GetName()+"="+pair.GetValue())
			}
			name := strings.TrimPrefix(family.GetName(), "oracle_financials_")
			series[name+"{"+strings.Join(labels, ",")+"}"] = fmt.Sprint(metric.GetGauge().GetValue() + metric.GetCounter().GetValue())
		}
	}
	return series
}

// expect compares the series of one name, or of one name and some labels.
func expect(t *testing.T, series map[string]string, of string, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got, found := series[name]; got != value {
			t.Errorf("%s: got %q (there: %t), want %s", name, got, found, value)
		}
	}
	for name, value := range series {
		if _, wanted := want[name]; strings.HasPrefix(name, of) && !wanted {
			t.Errorf("%s %s should not be there", name, value)
		}
	}
}

func TestEverythingKnownHasItsSeries(t *testing.T) {
	t.Parallel()
	mount := up("team/m", full("gl.prod"))
	mount.Sweep.Lag = 90
	series := shown(t, &source{
		mounts: []estate.Mount{mount}, expiry: time.Unix(99, 0),
		notifications: []metrics.Notification{{Receiver: "ops", Result: "delivered", Count: 7}, {Receiver: "ops", Result: "failed"}},
	})
	want := map[string]string{
		"credential_password_expiry_timestamp_seconds{mount=team/m,name=gl.prod}":               "1",
		"credential_last_check_timestamp_seconds{mount=team/m,name=gl.prod}":                    "2",
		"credential_last_success_timestamp_seconds{mount=team/m,name=gl.prod}":                  "3",
		"credential_next_check_timestamp_seconds{mount=team/m,name=gl.prod}":                    "4",
		"credential_last_rotation_timestamp_seconds{mount=team/m,name=gl.prod}":                 "5",
		"credential_rotation_due_timestamp_seconds{mount=team/m,name=gl.prod}":                  "6",
		"credential_held{mount=team/m,name=gl.prod}":                                            "1",
		"credential_module_accessible{module=GL,mount=team/m,name=gl.prod}":                     "1",
		"credential_module_accessible{module=AP,mount=team/m,name=gl.prod}":                     "1",
		"credential_module_accessible{module=AR,mount=team/m,name=gl.prod}":                     "0",
		"sweep_lag_seconds{mount=team/m}":                                                       "90",
		"source_up{mount=team/m}":                                                               "1",
		"notifications_total{receiver=ops,result=delivered}":                                    "7",
		"notifications_total{receiver=ops,result=failed}":                                       "0",
		"vault_token_expiry_timestamp_seconds{}":                                                "99",
		"config_last_reload_successful{}":                                                       "1",
		fmt.Sprintf("build_info{commit=abcdef,goversion=%s,version=v1.2.3}", runtime.Version()): "1",
	}
	for _, state := range rotation.States() {
		want[fmt.Sprintf("credential_state{mount=team/m,name=gl.prod,state=%s}", state)] = map[bool]string{true: "1", false: "0"}[state == rotation.StateExpiring]
	}
	expect(t, series, "", want)
}

func TestEachStateIsTheOneThatIsSet(t *testing.T) {
	t.Parallel()
	for _, state := range append(rotation.States(), "of_a_newer_engine") {
		series := shown(t, &source{mounts: []estate.Mount{up("m", estate.Status{Name: "a", State: state})}})
		want := map[string]string{}
		for _, other := range rotation.States() {
			want[fmt.Sprintf("credential_state{mount=m,name=a,state=%s}", other)] = map[bool]string{true: "1", false: "0"}[state == other]
		}
		expect(t, series, "credential_state", want)
	}
}

func TestWhatIsNotKnownHasNoSeries(t *testing.T) {
	t.Parallel()
	zero := &time.Time{}
	for name, status := range map[string]estate.Status{
		"never checked":           {Name: "a", State: rotation.StateUnchecked},
		"times of the year one":   {Name: "a", Expiry: zero, LastCheck: zero, LastSuccess: zero, NextCheck: zero, LastRotation: zero, NextRotation: zero},
		"a module map of nothing": {Name: "a", Modules: map[string]estate.Module{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			series := shown(t, &source{mounts: []estate.Mount{up("m", status)}})
			for series := range series {
				if strings.Contains(series, "timestamp") || strings.Contains(series, "module") || strings.Contains(series, "notifications") {
					t.Errorf("%s should not be there", series)
				}
			}
		})
	}
}

func TestAMountThatWasNeverReadIsDownAndHasNoLag(t *testing.T) {
	t.Parallel()
	series := shown(t, &source{mounts: []estate.Mount{{Path: "m", Fault: "sealed"}}, badReload: true})
	expect(t, series, "source_up", map[string]string{"source_up{mount=m}": "0"})
	expect(t, series, "sweep_lag", nil)
	expect(t, series, "config", map[string]string{"config_last_reload_successful{}": "0"})
}

func TestADownMountKeepsWhatWasKnown(t *testing.T) {
	t.Parallel()
	s := &source{mounts: []estate.Mount{up("m", full("a"))}}
	before := shown(t, s)
	s.mounts[0] = s.mounts[0].Down("gone")
	s.mounts[0].ReadAt = time.Now()
	after := shown(t, s)
	expect(t, after, "source_up", map[string]string{"source_up{mount=m}": "0"})
	for name, value := range before {
		if strings.HasPrefix(name, "credential_") && after[name] != value {
			t.Errorf("%s was %s and is %q", name, value, after[name])
		}
	}
}

func TestADeletedIntegrationIsGoneAtTheNextScrape(t *testing.T) {
	t.Parallel()
	s := &source{mounts: []estate.Mount{up("m", full("a"), full("b")), up("n", full("a"))}}
	registry := register(t, s)
	for _, step := range []struct {
		mounts []estate.Mount
		want   int
	}{{s.mounts, 3}, {[]estate.Mount{up("m", full("b")), up("n", full("a"))}, 2}, {[]estate.Mount{up("m", full("b"))}, 1}, {nil, 0}} {
		s.mounts = step.mounts
		for _, name := range []string{"held", "password_expiry_timestamp_seconds", "rotation_due_timestamp_seconds"} {
			if got, err := testutil.GatherAndCount(registry, "oracle_financials_credential_"+name); err != nil || got != step.want {
				t.Errorf("%s: got %d series and %v, want %d", name, got, err, step.want)
			}
		}
	}
}

func TestOddTextsDoNotBreakAScrape(t *testing.T) {
	t.Parallel()
	odd := []string{
		"a\xff", "a\xfe", "a\uFFFD", "quote\"brace{}", "new\nline", "back\\slash", "日本語", "", strings.Repeat("x", 5000),
		"a\xff", // twice: the engine names nothing twice, and a scrape must not hang on that
	}
	var statuses []estate.Status
	for _, text := range odd {
		status := full(text)
		status.Modules = map[string]estate.Module{text: {}, "a\xff": {}, "a\xfe": {}}
		statuses = append(statuses, status)
	}
	s := &source{
		mounts:        []estate.Mount{up("odd\xff", statuses...), up("odd\xff", statuses...), up("odd\xfe", statuses...)},
		notifications: []metrics.Notification{{Receiver: "r\xff", Result: "x", Count: 2}, {Receiver: "r\xff", Result: "x", Count: 3}},
	}
	series := shown(t, s)
	if got := series[`notifications_total{receiver=r\xff,result=x}`]; got != "5" {
		t.Errorf("two counts of one receiver: got %q", got)
	}
	held := map[string]string{}
	for _, mount := range []string{`odd\xff`, `odd\xfe`} {
		for _, name := range append([]string{`a\xff`, `a\xfe`}, odd[2:len(odd)-1]...) {
			held[fmt.Sprintf("credential_held{mount=%s,name=%s}", mount, name)] = "1"
		}
	}
	expect(t, series, "credential_held", held)
}

func TestNamesAndHelpAreAsPrometheusWantsThem(t *testing.T) {
	t.Parallel()
	s := &source{
		mounts: []estate.Mount{up("m", full("a"))}, expiry: time.Unix(9, 0),
		notifications: []metrics.Notification{{Receiver: "ops", Result: "delivered"}},
	}
	registry := register(t, s)
	problems, err := testutil.GatherAndLint(registry)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	families, err := registry.Gather()
	if err != nil || len(families) != 15 {
		t.Errorf("got %d names and %v, want the 15 of the contract", len(families), err)
	}
}

func BenchmarkScrapeOfTenThousand(b *testing.B) {
	var statuses []estate.Status
	for i := range 10_000 {
		statuses = append(statuses, full(fmt.Sprintf("integration-%05d", i)))
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics.New(&source{mounts: []estate.Mount{up("oracle-financials", statuses...)}}, build))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := registry.Gather(); err != nil {
			b.Fatal(err)
		}
	}
}

package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// served is a whole answer of Vault, as a consumer's client decodes it.
type served struct {
	LeaseID       string         `json:"lease_id"`
	LeaseDuration int            `json:"lease_duration"`
	Renewable     bool           `json:"renewable"`
	MountType     string         `json:"mount_type"`
	WrapInfo      map[string]any `json:"wrap_info"`
	Auth          map[string]any `json:"auth"`
	Data          map[string]any `json:"data"`
}

// served reads a path again, with what stands around its fields.
func (m mount) served(path string) (s served) {
	m.t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(m.read(path).want(http.StatusOK).raw))
	decoder.UseNumber() // as Vault's Go client does
	mustDo(m.t, decoder.Decode(&s))
	return s
}

// reading is one integration as its consumers see it: read, read again a little later with checks in between, and read
// after a rotation.
type reading struct {
	first, again, rotated served
}

// all are the answers in which the rules of one path must hold.
func (r reading) all() []served { return []served{r.first, r.again, r.rotated} }

// answers is what the consumers' rules are held against.
type answers struct {
	scheduled map[string]reading // creds of integrations whose rotation has a schedule, by what is special
	unplanned reading            // creds of one without
	connector reading
	mountInfo map[string]any // what Vault tells clients of the mount before they read
}

// creds are all answers of creds.
func (a answers) creds() (all []served) {
	all = a.unplanned.all()
	for _, r := range a.scheduled {
		all = append(all, r.all()...)
	}
	return all
}

// planned are those with a schedule of rotation.
func (a answers) planned() (all []served) {
	for _, r := range a.scheduled {
		all = append(all, r.all()...)
	}
	return all
}

// everything is every answer that shows a password.
func (a answers) everything() []served { return append(a.creds(), a.connector.all()...) }

// clone is deep enough to be spoiled.
func (a answers) clone() answers {
	copied := answers{scheduled: map[string]reading{}, unplanned: a.unplanned.clone(), connector: a.connector.clone(), mountInfo: maps.Clone(a.mountInfo)}
	for name, r := range a.scheduled {
		copied.scheduled[name] = r.clone()
	}
	return copied
}

func (r reading) clone() reading {
	for _, s := range []*served{&r.first, &r.again, &r.rotated} {
		s.Data = maps.Clone(s.Data)
	}
	return r
}

// TestConsumersRulesHold holds what each consumer's source demands against what a real Vault answers, for all kinds of
// schedule that a policy can have, and for a pair.
func TestConsumersRulesHold(t *testing.T) {
	t.Parallel()
	answered := answersOf(t)
	for _, r := range rules() {
		t.Run(r.consumer+": "+r.says, func(t *testing.T) {
			if fault := r.holds(answered); fault != "" {
				t.Errorf("%s\n(%s)", fault, r.source)
			}
			spoiled := answered.clone()
			r.spoil(spoiled)
			if r.holds(spoiled) == "" {
				t.Error("the rule finds nothing in an answer that breaks it")
			}
		})
	}
}

func answersOf(t *testing.T) answers {
	t.Helper()
	m := newMount(t, sharedVault(t), "")
	pod := startRotatingPod(t, oraclesim.Switches{})
	for name, policy := range map[string]fields{
		"period": {"rotation_period": "30m"}, "cron": {"rotation_schedule": "0 3 * * 0", "rotation_window": "2h"},
		"expiry": {"rotate_before_expiry": "14d"}, "short": {"rotation_period": "1m"},
	} {
		m.write("policies/"+name, policy).want(http.StatusNoContent)
	}
	integrations := map[string]struct {
		way    way
		policy string
	}{
		"period": {throughFusion, "period"}, "cron": {throughDomain, "cron"}, "expiry": {byItself, "expiry"},
		"pair": {asPair, "period"}, "overdue": {throughFusion, "short"}, "unplanned": {throughFusion, "default"},
	}
	for name, made := range integrations {
		m.addAged(pod, name, made.way, time.Now().Add(-day))
		written := fields{"policy": made.policy}
		if name == "overdue" { // what is due is not done, so that it stays overdue
			written = written.with(fields{"paused_until": time.Now().Add(day).Format(time.RFC3339), "pause_reason": "month end"})
		}
		m.patch("integrations/"+name, written).want(http.StatusOK)
	}
	read := map[string]reading{}
	see := func(note func(r *reading, s served)) {
		for name := range integrations {
			r := read[name]
			note(&r, m.served("creds/"+name))
			read[name] = r
		}
		connector := read["connector"]
		note(&connector, m.served("connector/unplanned"))
		read["connector"] = connector
	}
	see(func(r *reading, s served) { r.first = s })
	for name := range integrations {
		m.write("check/"+name, nil).want(http.StatusOK).has(fields{"state": stateOf(name)})
	}
	pause(t, 1100*time.Millisecond) // so that a second of each ttl is over
	see(func(r *reading, s served) { r.again = s })
	for name := range integrations {
		m.write("rotate/"+name, nil).want(http.StatusOK).has(fields{"rotation_phase": "idle"})
	}
	see(func(r *reading, s served) { r.rotated = s })
	a := answers{scheduled: map[string]reading{}, unplanned: read["unplanned"], connector: read["connector"]}
	for name, r := range read {
		if name != "unplanned" && name != "connector" {
			a.scheduled[name] = r
		}
	}
	info, err := m.client.Logical().ReadWithContext(t.Context(), "sys/internal/ui/mounts/"+m.path+"/creds/period")
	mustDo(t, err)
	a.mountInfo = info.Data
	return a
}

// stateOf is what a check of an integration of these tests finds: all are well, and one is paused.
func stateOf(name string) string {
	if name == "overdue" {
		return "paused"
	}
	return "ok"
}

// changed names a field in which two answers differ, but for those that may.
func changed(one, other served, may ...string) string {
	before, after := maps.Clone(one.Data), maps.Clone(other.Data)
	for _, name := range may {
		delete(before, name)
		delete(after, name)
	}
	for name := range merged(before, after) {
		if fmt.Sprintf("%T %v", before[name], before[name]) != fmt.Sprintf("%T %v", after[name], after[name]) {
			return name
		}
	}
	return ""
}

func merged(one, other map[string]any) map[string]any {
	all := maps.Clone(one)
	maps.Copy(all, other)
	return all
}

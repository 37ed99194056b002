package page

import (
	"encoding/json"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

const lockedPage = "/integrations/oracle-financials/gl-prod"

// section is the part of a page under a heading.
func section(t *testing.T, page *html.Node, heading string) *html.Node {
	t.Helper()
	for _, n := range elements(page, "section") {
		if len(elements(n, "h2")) > 0 && text(elements(n, "h2")[0]) == heading {
			return n
		}
	}
	t.Fatalf("there is no part %q", heading)
	return nil
}

func TestTheVerdictIsSaidInPlainWordsWithWhatToDo(t *testing.T) {
	got := text(section(t, mixed(t).page(t, lockedPage), "The account is locked."))
	for _, part := range []string{
		"Applications that use it cannot log in.", "Stop what sends the wrong password, then unlock the user",
		"account_locked", "confirmed: Oracle said so", "vault read oracle-financials/status/gl-prod",
	} {
		if !strings.Contains(got, part) {
			t.Errorf("%q is without %q", got, part)
		}
	}
}

func TestThePageOfAnIntegrationShowsEverythingThatIsKnown(t *testing.T) {
	f := mixed(t)
	for heading, parts := range map[string][]string{
		"Facts": {
			"Expires 30 Dec 2026, 04:41 in 36 days at an age of 90 days, by the directory", "Set 1 Oct 2026, 04:41 53 days ago by the engine", "Policy default",
			"Lockout guard waits for a person", "Holds since 23 Nov 2026, 08:54", "Refused in a row 1 login", "Refused to others 4 logins",
			"Left before a lock 0 refused logins", "Phase Idle", "Next rotation 15 Dec 2026, 09:41", "1,312 reads by 4 readers", "Last accepted login 23 Nov 2026, 07:41",
		},
		"Modules":                      {"GL General Ledger answers with rows HTTP 200 11.13.18.05/ledgersLOV?limit=1", "AR Receivables answers, without a row"},
		"Checklist":                    {"The account is active fail", "A role is assigned pass", "Every selected module answers unknown"},
		"What the directory last said": {"Locked yes", "Expired no", "Login attempts 5", "Lock reason failed_logins", "Locked since 23 Nov 2026, 08:54", "Observed 23 Nov 2026, 09:19"},
	} {
		got := text(section(t, f.page(t, lockedPage), heading))
		for _, part := range parts {
			if !strings.Contains(got, part) {
				t.Errorf("%s: %q is without %q", heading, got, part)
			}
		}
	}
	pair := text(section(t, f.page(t, "/integrations/oracle-financials/gl-pair"), "The standby account"))
	for _, part := range []string{"svc_gl_pair_b", "Oracle refuses the login.", "does not say why", "waits for a person", "The REST API was tried fail", "Rejected (critical)"} {
		if !strings.Contains(pair, part) {
			t.Errorf("%q is without %q", pair, part)
		}
	}
	if failed := text(section(t, f.page(t, "/integrations/oracle-financials/gl-reports"), "Facts")); !strings.Contains(failed, "Last one failed Oracle refused the new password by its password policy: raise password_length in the policy. refused_by_policy") {
		t.Errorf("of a rotation that failed it says %q", failed)
	}
}

func TestTheHistoryIsTheNewestFirst(t *testing.T) {
	f := mixed(t)
	got := elements(section(t, f.page(t, lockedPage), "History"), "li")
	if len(got) != len(f.events) {
		t.Fatalf("it has %d events", len(got))
	}
	for i, want := range map[int]string{
		0: "23 Nov 2026, 08:54 47 minutes ago Held back by the guard OK → to Locked account_locked by the engine password 3 event 9",
		1: "15 Nov 2026, 09:41 8 days ago Hold lifted Rejected → to OK logged_in by ldap-hannah password 3 event 8",
		7: "1 Oct 2026, 04:41 53 days ago Rotation stays OK logged_in by the engine password 2 event 2",
		8: "24 Sep 2026, 09:41 60 days ago Written OK logged_in by ldap-hannah password 2 event 1",
	} {
		if text(got[i]) != want {
			t.Errorf("event %d is %q", i, text(got[i]))
		}
	}
}

func TestAHistoryThatFailsTakesNothingElseAway(t *testing.T) {
	f := mixed(t)
	whole := f.page(t, lockedPage)
	f.events, f.fault = nil, errSilent
	page := f.page(t, lockedPage)
	if got := text(section(t, page, "History")); !strings.Contains(got, "could not be read from the engine") || !strings.Contains(got, errSilent.Error()) {
		t.Errorf("it says %q", got)
	}
	for _, heading := range []string{"The account is locked.", "Facts", "Modules", "Checklist", "What the directory last said"} {
		if got, want := text(section(t, page, heading)), text(section(t, whole, heading)); got != want {
			t.Errorf("%s is now %q", heading, got)
		}
	}
	if len(elements(section(t, page, "Expiry and schedule"), "figure")) != 2 {
		t.Error("the time axes are gone")
	}
	f.fault = nil
	if got := text(section(t, f.page(t, lockedPage), "History")); !strings.Contains(got, "The engine has kept no event") {
		t.Errorf("without an event it says %q", got)
	}
}

// What a newer engine says in another way is left out, and costs nothing that can be read.
func TestWhatCannotBeReadIsLeftOut(t *testing.T) {
	for name, said := range map[string]string{
		"nothing": ``, "no object": `[]`, "a list where a map was": `{"checklist":[1],"password_set_source":"engine"}`,
		"a number where a text was": `{"directory_view":{"locked":1,"observed_time":7},"password_set_source":"engine"}`,
		"a standby that is none":    `{"standby":"none","password_set_source":"engine"}`, "an empty standby": `{"standby":null}`,
	} {
		t.Run(name, func(t *testing.T) {
			f := healthy(t)
			status := &f.snapshot.Mounts[0].Statuses[0]
			status.Said = json.RawMessage(said)
			page := f.page(t, "/integrations/oracle-financials/"+status.Name)
			facts := text(section(t, page, "Facts"))
			if !strings.Contains(facts, "Last check 23 Nov 2026, 09:19") {
				t.Errorf("the facts are %q", facts)
			}
			if strings.Contains(said, "source") && !strings.Contains(said, "[1]") && len(readSaid(status).SetBy) == 0 {
				t.Error("what could be read is gone, too")
			}
		})
	}
}

func TestNothingIsDrawnOfWhatIsNotKnown(t *testing.T) {
	bare := estate.Mount{Path: "m", Up: true, Revision: "r", Generated: now, Statuses: []estate.Status{{Mount: "m", Name: "bare", State: "unchecked", Severity: "unknown"}}}
	page := fixed{snapshot: snapshotOf(bare)}.page(t, "/integrations/m/bare")
	part := section(t, page, "Expiry and schedule")
	if len(elements(part, "figure")) != 0 || !strings.Contains(text(part), "not known") {
		t.Errorf("it is %q", text(part))
	}
	for _, n := range elements(page, "time") {
		if strings.HasPrefix(attr(n, "datetime"), "0001") {
			t.Errorf("a time that is not known is shown: %v", n.Attr)
		}
	}
}

func TestALongHistoryIsFoldedAway(t *testing.T) {
	for events, open := range map[int]int{0: 0, 1: 1, recentEvents: recentEvents, recentEvents + fewMore: recentEvents + fewMore, recentEvents + fewMore + 1: recentEvents, 100: recentEvents} {
		f := mixed(t)
		f.events = nil
		for i := range events {
			f.events = append(f.events, story()[i%9])
		}
		page := f.page(t, lockedPage)
		all, folded := 0, 0
		for _, list := range classed(page, "timeline") {
			n := len(elements(list, "li"))
			all += n
			if within(list, "details") {
				folded += n
			}
		}
		if all != events || folded != events-open {
			t.Errorf("of %d events %d are shown, %d of them folded away", events, all, folded)
		}
	}
}

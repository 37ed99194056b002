package page

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

// seen is the view of an estate, asked for nothing in particular.
func seen(s estate.Snapshot) indexView {
	return indexOf(s, query{Page: 1, Size: defaultSize}, now, frame{Root: "./"})
}

func TestTheHeadlineSaysHowTheEstateIs(t *testing.T) {
	trouble := locked("gl")
	unproved := well("new").with(says{"state": "unchecked", "severity": "unknown", "reason": "never_checked"})
	door := directory("domain", says{"state": "rejected", "message": "Give it its password."})
	for name, tt := range map[string]struct {
		snapshot estate.Snapshot
		want     string
	}{
		"no mount":              {estate.Snapshot{}, "No mount is configured."},
		"not read yet":          {snapshotOf(estate.Mount{Path: "m"}), "The first reading is under way."},
		"never readable":        {snapshotOf(estate.Mount{Path: "m"}.Down("sealed")), "Nothing can be read yet."},
		"nothing stored":        {snapshotOf(mounted(t, "m", nil)), "There are no integrations yet."},
		"one, well":             {snapshotOf(mounted(t, "m", nil, well("a"))), "The one integration is well."},
		"all well":              {snapshotOf(mounted(t, "m", nil, well("a"), well("b"))), "All 2 integrations are well."},
		"not all proved":        {snapshotOf(mounted(t, "m", nil, well("a"), unproved)), "Nothing needs a hand."},
		"one in trouble":        {snapshotOf(mounted(t, "m", nil, well("a"), trouble)), "1 of 2 integrations needs a hand."},
		"the only one":          {snapshotOf(mounted(t, "m", nil, trouble)), "1 of 1 integration needs a hand."},
		"all in trouble":        {snapshotOf(mounted(t, "m", nil, trouble, locked("ap"))), "All 2 integrations need a hand."},
		"a directory":           {snapshotOf(mounted(t, "m", []says{door}, well("a"))), "1 directory needs a hand."},
		"a mount that is down":  {snapshotOf(mounted(t, "m", nil, well("a")).Down("sealed")), "1 mount cannot be read."},
		"trouble before mounts": {snapshotOf(mounted(t, "m", nil, well("a"), trouble).Down("sealed")), "1 of 2 integrations needs a hand."},
	} {
		t.Run(name, func(t *testing.T) {
			if got := seen(tt.snapshot).Headline; got != tt.want {
				t.Errorf("it is %q", got)
			}
		})
	}
}

func TestAPodThatIsDownIsOneTrouble(t *testing.T) {
	var all []says
	down := func(name, host, reason string) says {
		return well(name).with(says{"state": "unreachable", "severity": "warning", "reason": reason, "server_url": "https://" + host, "message": "down"})
	}
	for i := range 200 {
		all = append(all, down(fmt.Sprintf("n%03d", i), "one", "timeout"))
	}
	all = append(all,
		down("other-pod", "two", "timeout"), down("other-reason", "one", "tls_failure"),
		down("unanswered-1", "one", "login_unanswered"), down("unanswered-2", "one", "login_unanswered"), locked("gl"))
	v := seen(snapshotOf(mounted(t, "m", nil, all...), mounted(t, "m2", nil, down("other-mount", "one", "timeout"))))
	var got []string
	for _, each := range v.Troubles {
		got = append(got, fmt.Sprintf("%s×%d", each.Item.Name, each.Item.Count()))
	}
	if want := "gl×1 n000×200 other-pod×1 other-reason×1 unanswered-1×1 unanswered-2×1 other-mount×1"; strings.Join(got, " ") != want {
		t.Errorf("the troubles are %s", got)
	}
	pod := v.Troubles[1].Item
	if len(pod.Others) != maxNamed || pod.OthersMore != 200-1-maxNamed {
		t.Errorf("%d are named, and %d more", len(pod.Others), pod.OthersMore)
	}
	if want := "?mount=m&q=one&state=unreachable#integrations"; pod.OthersLink != want {
		t.Errorf("the others are at %s", pod.OthersLink)
	}
}

func TestWhatNeedsAHandStandsInItsOrder(t *testing.T) {
	v := seen(snapshotOf(mounted(t, "m", []says{
		directory("fine", nil), directory("asleep", says{"state": "unreachable"}), directory("refused", says{"state": "rejected"}),
		directory("failed", says{"last_rotation_error": "x: y"}), directory("new", says{"state": "unchecked"}),
	},
		well("fine"), well("later").with(says{"severity": "critical", "password_expiry_time": in(9 * day24)}),
		well("sooner").with(says{"severity": "critical", "password_expiry_time": in(2 * day24)}), well("warned").with(says{"severity": "warning"}),
		well("unproved").with(says{"severity": "unknown", "next_check_time": nil}), well("to-be-proved").with(says{"severity": "unknown"}),
	)))
	var got []string
	for _, each := range v.Troubles {
		if each.Door != nil {
			got = append(got, "directory "+each.Door.Name)
		} else {
			got = append(got, each.Item.Name)
		}
	}
	if want := "directory refused, sooner, later, directory asleep, warned, unproved, directory failed"; strings.Join(got, ", ") != want {
		t.Errorf("it is %s", strings.Join(got, ", "))
	}
}

func TestMoreTroubleThanFitsIsBehindALink(t *testing.T) {
	var all []says
	for i := range 40 {
		all = append(all, locked(fmt.Sprintf("n%02d", i)))
	}
	v := seen(snapshotOf(mounted(t, "m", nil, all...)))
	if len(v.Troubles) != maxItems || v.More != 40-maxItems || v.MoreLink != "?severity=hand#integrations" {
		t.Errorf("%d are shown, %d more at %s", len(v.Troubles), v.More, v.MoreLink)
	}
}

func TestAMountThatCannotBeReadIsSaidWithTheAgeOfWhatIsShown(t *testing.T) {
	page := mixed(t).page(t, "/")
	notices := classed(page, "notice")
	if len(notices) != 1 {
		t.Fatalf("there are %d notices", len(notices))
	}
	for _, part := range []string{"team-b/oracle-financials cannot be read.", "is sealed: unseal it.", "17 minutes ago", "09:24 UTC"} {
		if !strings.Contains(text(notices[0]), part) {
			t.Errorf("%q is without %q", text(notices[0]), part)
		}
	}
	stale := classed(page, "stale")
	if len(stale) != 2 || text(stale[0]) != "as of 17 minutes ago" {
		t.Errorf("%d rows are shown as old", len(stale))
	}
	first := classed(notYet().page(t, "/"), "notice")
	if len(first) != 2 || !strings.Contains(text(first[0]), "first time") || !strings.Contains(text(first[1]), "nothing of it is shown") {
		t.Errorf("of mounts never read it says: %d", len(first))
	}
	one := classed(mixed(t).page(t, "/integrations/team-b/oracle-financials/gl-test"), "notice")
	if len(one) != 1 || !strings.Contains(text(one[0]), "17 minutes ago") {
		t.Error("the page of an integration does not say how old it is")
	}
}

func TestARowShowsWhatTheContractSays(t *testing.T) {
	page := mixed(t).page(t, "/?q=cm-treasury")
	rows := elements(classed(page, "integrations")[0], "tr")
	if len(rows) != 2 {
		t.Fatalf("there are %d rows", len(rows)-1)
	}
	cells := map[string]string{}
	for _, cell := range elements(rows[1], "td") {
		cells[attr(cell, "data-label")] = text(cell)
	}
	for label, want := range map[string]string{
		"State": "Rejected (critical)", "Account and pod": "svc_cm_treasury fa-eqxz-prod.fa.ocs.oraclecloud.com", "Modules": "CM",
		"Expires": "in 36 days 30 Dec", "Last check": "22 minutes ago 09:19 today", "Next check": "in 21 hours 24 Nov, 06:41",
		"Guard": "holds back until 24 Nov, 06:41 1 refused login", "Rotation": "scheduled 15 Dec",
	} {
		if cells[label] != want {
			t.Errorf("%s is %q", label, cells[label])
		}
	}
}

func TestLinksKeepTheRestOfTheQuery(t *testing.T) {
	page := many(t, 400).page(t, "/?q=entity&severity=ok&size=25&page=3&sort=-expiry&refresh=on")
	for _, n := range append(elements(elements(page, "thead")[0], "a"), elements(classed(page, "pager")[0], "a")...) {
		link := attr(n, "href")
		for _, part := range []string{"q=entity", "severity=ok", "size=25", "refresh=on"} {
			if !strings.Contains(link, part) {
				t.Errorf("%q leads to %s, without %s", text(n), link, part)
			}
		}
	}
	heads := elements(elements(page, "thead")[0], "th")
	for _, n := range heads {
		if sort := attr(n, "aria-sort"); (sort == "descending") != (text(n) == "Expires") {
			t.Errorf("%q is sorted %q", text(n), sort)
		}
	}
	hidden := map[string]string{}
	for _, n := range elements(elements(page, "form")[0], "input") {
		hidden[attr(n, "name")] = attr(n, "value")
	}
	if hidden["sort"] != "-expiry" || hidden["refresh"] != "on" || hidden["q"] != "entity" {
		t.Errorf("the form sends %v", hidden)
	}
}

func TestThePageRefreshesItselfOnlyWhereItWasAsked(t *testing.T) {
	for target, want := range map[string]bool{"/": false, "/?refresh=on": true, "/integrations/oracle-financials/gl-prod?refresh=on": true} {
		page := healthy(t).page(t, target)
		found, link := false, ""
		for _, n := range elements(page, "meta") {
			found = found || attr(n, "http-equiv") == "refresh"
		}
		for _, n := range elements(classed(page, "asof")[0], "a") {
			link = attr(n, "href")
		}
		if found != want || strings.Contains(link, "refresh=on") == want {
			t.Errorf("%s refreshes itself: %v, and %q changes that", target, found, link)
		}
	}
}

func TestTheBarHasAPartForEachTone(t *testing.T) {
	v := seen(many(t, 2100).snapshot)
	x := 0.0
	for _, part := range v.Tallies {
		if part.Width < 1 || part.X < x-0.001 {
			t.Errorf("%s is %.2f wide at %.2f", part.Word, part.Width, part.X)
		}
		x = part.X + part.Width
	}
	if x < 99.9 || x > 100.1 {
		t.Errorf("they end at %.2f", x)
	}
}

func TestPasswordsThatExpireByWeek(t *testing.T) {
	at := func(d time.Duration) says { return well(fmt.Sprint(d)).with(says{"password_expiry_time": in(d)}) }
	v := seen(snapshotOf(mounted(t, "m", nil,
		at(-time.Second), at(0), at(time.Second), at(7*day24-time.Second), at(7*day24), at(12*7*day24-time.Second), at(12*7*day24), well("never").with(says{"password_expiry_time": nil}))))
	h := v.Horizon
	if h.Past != 2 || h.Later != 1 || h.NoDate != 1 || h.Weeks[0].Count != 2 || h.Weeks[1].Count != 1 || h.Weeks[11].Count != 1 {
		t.Errorf("it is %+v", h)
	}
	if h.Weeks[0].Height != 100 || h.Weeks[1].Height != 50 || h.Weeks[2].Height != 0 {
		t.Errorf("the bars are %d, %d and %d high", h.Weeks[0].Height, h.Weeks[1].Height, h.Weeks[2].Height)
	}
	if none := seen(snapshotOf(mounted(t, "m", nil, well("never").with(says{"password_expiry_time": nil})))).Horizon; none != nil {
		t.Errorf("without a date it is %+v", none)
	}
}

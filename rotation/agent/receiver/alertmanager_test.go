package receiver_test

import (
	"encoding/json"
	"maps"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver/receiverfake"
)

type firing struct {
	Labels           map[string]string
	StartsAt, EndsAt time.Time
}

// last is the alerts of the last delivery, and when they came.
func last(t *testing.T, fake *receiverfake.Fake) ([]firing, time.Time) {
	t.Helper()
	all := fake.Delivered()
	var said []firing
	if err := json.Unmarshal(all[len(all)-1].Body, &said); err != nil {
		t.Fatal(err)
	}
	return said, all[len(all)-1].At
}

// TestATroubleIsOneAlertForAlertmanager goes through the life of one.
func TestATroubleIsOneAlertForAlertmanager(t *testing.T) {
	t.Parallel()
	to, fake := open(t, config.ReceiverAlertmanager)
	send := func(m receiver.Message) ([]firing, time.Time) {
		t.Helper()
		if err := to.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		return last(t, fake)
	}
	m := locked()
	first, now := send(m)
	if len(first) != 1 || !first[0].StartsAt.Equal(began) || first[0].EndsAt.Sub(now) < 3*receiver.RefreshEvery || first[0].EndsAt.Sub(now) > receiver.FiresFor {
		t.Errorf("a trouble is %+v", first)
	}
	m.ID, m.Kind, m.State, m.Reason, m.Text, m.Time = "x/18", receiver.Reminder, "expired", "expired", "Something else.", m.Time.Add(time.Hour)
	if again, _ := send(m); len(again) != 1 || !maps.Equal(again[0].Labels, first[0].Labels) {
		t.Errorf("the same trouble has the labels %v, and had %v", again[0].Labels, first[0].Labels)
	}
	m.Severity = rotation.SeverityWarning
	eased, now := send(m)
	if len(eased) != 2 || eased[0].Labels["severity"] != "warning" || !maps.Equal(eased[1].Labels, first[0].Labels) || eased[1].EndsAt.After(now) {
		t.Errorf("less severe, it is %+v", eased)
	}
	m.Kind, m.Severity = receiver.Resolved, rotation.SeverityOK
	over, now := send(m)
	if len(over) != 1 || !maps.Equal(over[0].Labels, eased[0].Labels) || over[0].EndsAt.After(now) {
		t.Errorf("resolved, it is %+v", over)
	}
	if unknown, _ := send(m); len(unknown) != 3 {
		t.Errorf("who does not remember the severity ends %d", len(unknown))
	}
	m.Key = "another"
	m.Kind, m.Severity = receiver.Trouble, rotation.SeverityWarning
	if other, _ := send(m); maps.Equal(other[0].Labels, eased[0].Labels) {
		t.Error("another trouble of the same place is the same alert")
	}
}

// TestWhatStandsIsOneLetter with the labels that each alert had, so that it goes on firing.
func TestWhatStandsIsOneLetter(t *testing.T) {
	t.Parallel()
	to, fake := open(t, config.ReceiverAlertmanager)
	again, ok := to.(receiver.Refresher)
	if !ok {
		t.Fatal("it does not want to hear again of what stands")
	}
	one, two := locked(), locked()
	two.Key, two.Name = "another", "another"
	var first []firing
	for _, m := range []receiver.Message{one, two} {
		if err := to.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		said, _ := last(t, fake)
		first = append(first, said...)
	}
	letters := len(fake.Delivered())
	if err := again.Refresh(t.Context(), []receiver.Message{one, two}); err != nil {
		t.Fatal(err)
	}
	said, now := last(t, fake)
	if len(fake.Delivered()) != letters+1 || len(said) != 2 || !maps.Equal(said[0].Labels, first[0].Labels) || !maps.Equal(said[1].Labels, first[1].Labels) ||
		said[0].EndsAt.Sub(now) < 3*receiver.RefreshEvery {
		t.Errorf("%d letters, the last %+v", len(fake.Delivered())-letters, said)
	}
	two.Severity = rotation.SeverityWarning
	if err := again.Refresh(t.Context(), []receiver.Message{one, two}); err != nil {
		t.Fatal(err)
	}
	if said, now = last(t, fake); len(said) != 3 || !maps.Equal(said[2].Labels, first[1].Labels) || said[2].EndsAt.After(now) {
		t.Errorf("less severe, one is %+v", said)
	}
	fake.Fail(receiverfake.Status(503))
	two.Severity = rotation.SeverityCritical
	if err := again.Refresh(t.Context(), []receiver.Message{two}); err == nil {
		t.Error("an error is not told")
	}
	two.Severity = rotation.SeverityWarning
	if err := again.Refresh(t.Context(), []receiver.Message{two}); err != nil {
		t.Fatal(err)
	}
	if said, _ = last(t, fake); len(said) != 1 {
		t.Errorf("what was not taken is remembered: %+v", said)
	}
}

// TestAReminderOfAnExpiryEndsByItself since nobody tells its end.
func TestAReminderOfAnExpiryEndsByItself(t *testing.T) {
	t.Parallel()
	for _, kind := range []receiver.Kind{receiver.Expiry, receiver.Test} {
		to, fake := open(t, config.ReceiverAlertmanager)
		m := locked()
		m.Kind = kind
		if err := to.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		said, now := last(t, fake)
		if len(said) != 1 || !said[0].StartsAt.Equal(m.Time) || said[0].EndsAt.Sub(now) > time.Hour || said[0].Labels["alertname"] == "OracleFinancialsTrouble" {
			t.Errorf("%s: %+v", kind, said)
		}
		m.Kind, m.Severity = receiver.Trouble, rotation.SeverityWarning
		if err := to.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if said, _ := last(t, fake); len(said) != 1 {
			t.Errorf("%s is remembered as a trouble: %+v", kind, said)
		}
	}
}

// TestAnAlertThatWasNotTakenIsNotRemembered or its end would be told with a severity that nobody knows.
func TestAnAlertThatWasNotTakenIsNotRemembered(t *testing.T) {
	t.Parallel()
	to, fake := open(t, config.ReceiverAlertmanager)
	m := locked()
	fake.Fail(receiverfake.Status(503))
	if err := to.Send(t.Context(), m); err == nil {
		t.Fatal("it was taken")
	}
	m.Severity = rotation.SeverityWarning
	if err := to.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if said, _ := last(t, fake); len(said) != 1 {
		t.Errorf("%+v", said)
	}
}

// TestAClockAheadOfOursBreaksNoAlert since Alertmanager refuses one that begins after its end.
func TestAClockAheadOfOursBreaksNoAlert(t *testing.T) {
	t.Parallel()
	to, fake := open(t, config.ReceiverAlertmanager)
	m := locked()
	m.Since, m.Time = time.Now().Add(time.Hour), time.Now().Add(time.Hour)
	for _, m.Kind = range receiver.Kinds() {
		if err := to.Send(t.Context(), m); err != nil {
			t.Errorf("%s: %v %v", m.Kind, err, fake.Problems())
		}
	}
}

// TestTheAPIsPathIsAdded below whatever prefix a proxy has, and not twice.
func TestTheAPIsPathIsAdded(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", "/", "/alertmanager", "/alertmanager/", "/alertmanager/api/v2/alerts"} {
		fake := &receiverfake.Fake{Type: "alertmanager"}
		seen := ""
		cfg := settings(t, config.ReceiverAlertmanager, serve(t, fake, &seen)+path)
		if err := create(t, cfg, nil).Send(t.Context(), locked()); err != nil {
			t.Errorf("%q: %v", path, err)
		}
		if seen != "/api/v2/alerts" && seen != "/alertmanager/api/v2/alerts" {
			t.Errorf("%q: it went to %q", path, seen)
		}
	}
}

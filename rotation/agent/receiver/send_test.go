package receiver_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/receiver"
)

// TestEveryReceiverTakesEveryMessage sends whatever there is to each type; the fake holds it against the schema.
func TestEveryReceiverTakesEveryMessage(t *testing.T) {
	t.Parallel()
	empty := receiver.Message{ID: "x", Key: "x", Title: "x", Severity: rotation.SeverityWarning}
	messages := map[string]receiver.Message{
		"one integration": locked(), "nothing but a title": empty, "a group": group(3), "a large group": group(200),
		"hostile text": nasty(1), "hostile text without end": nasty(2000),
	}
	for _, kind := range config.ReceiverTypes() {
		for name, m := range messages {
			for _, why := range receiver.Kinds() {
				t.Run(fmt.Sprintf("%s takes %s as %s", kind, name, why), func(t *testing.T) {
					t.Parallel()
					to, fake := open(t, kind)
					m := m
					m.Kind = why
					if err := to.Send(t.Context(), m); err != nil {
						t.Fatalf("%v: %.500s", err, fake.Problems())
					}
					if got := fake.Delivered(); len(got) != 1 || got[0].Resolved != (why == receiver.Resolved) {
						t.Errorf("delivered %d, resolved %v", len(got), got[0].Resolved)
					}
				})
			}
		}
	}
}

// TestAPersonReadsWhatMatters looks for the words that a person acts on.
func TestAPersonReadsWhatMatters(t *testing.T) {
	t.Parallel()
	for _, kind := range config.ReceiverTypes() {
		to, fake := open(t, kind)
		if err := to.Send(t.Context(), locked()); err != nil {
			t.Fatal(err)
		}
		got := fake.Delivered()[0]
		body := string(got.Body)
		for _, word := range []string{"gl-prod: locked", "write reconcile/gl-prod action=release", "critical", "abcd.fa.us2.oraclecloud.com", "https://agent.example.com/integrations/oracle-financials/gl-prod", "2026-11-20", "2026-12-30"} {
			if !strings.Contains(body, word) {
				t.Errorf("%s is not told %q:\n%s", kind, word, body)
			}
		}
		if got.Severity != "critical" || !strings.Contains(got.Title, "gl-prod: locked") {
			t.Errorf("%s: %+v", kind, got)
		}
	}
}

// TestAGroupNamesItsFirstMembersAndCountsTheOthers holds for each receiver.
func TestAGroupNamesItsFirstMembersAndCountsTheOthers(t *testing.T) {
	t.Parallel()
	for _, kind := range config.ReceiverTypes() {
		to, fake := open(t, kind)
		if err := to.Send(t.Context(), group(200)); err != nil {
			t.Fatal(err)
		}
		body := string(fake.Delivered()[0].Body)
		if kind == config.ReceiverWebhook {
			if !strings.Contains(body, `"member_count":200`) || strings.Count(body, `"name":"gl-prod"`) != receiver.MaxMembers {
				t.Errorf("%s: %s", kind, body)
			}
			continue
		}
		if !strings.Contains(body, "and 150 more") || strings.Count(body, "gl-prod: unreachable (timeout)") != receiver.MaxMembers {
			t.Errorf("%s: %s", kind, body)
		}
	}
}

// TestWhatIsOverIsToldAsOver holds for who shows words to people.
func TestWhatIsOverIsToldAsOver(t *testing.T) {
	t.Parallel()
	for _, kind := range []config.ReceiverType{config.ReceiverSlack, config.ReceiverTeams} {
		to, fake := open(t, kind)
		m := locked()
		m.Kind = receiver.Resolved
		if err := to.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if got := fake.Delivered()[0]; got.Title != "✅ Resolved: gl-prod: locked" || got.Severity != "resolved" {
			t.Errorf("%s: %+v", kind, got)
		}
	}
}

// TestTextStaysText is what a message's own characters become.
func TestTextStaysText(t *testing.T) {
	t.Parallel()
	for _, kind := range config.ReceiverTypes() {
		to, fake := open(t, kind)
		if err := to.Send(t.Context(), nasty(1)); err != nil {
			t.Fatalf("%v: %s", err, fake.Problems())
		}
		got := fake.Delivered()[0]
		if strings.ContainsAny(got.Title+got.Text, "\x00\x1b\u202e\u2066\u200b\u2028") || !strings.Contains(got.Text, "ü") {
			t.Errorf("%s: %q", kind, got.Text)
		}
		if body := string(got.Body); strings.Contains(body, "<!channel>") || kind == config.ReceiverSlack && !strings.Contains(got.Text, "<!channel>") {
			t.Errorf("%s: %s", kind, body)
		}
	}
}

// TestARepeatHasTheSameID sends twice, an hour apart.
func TestARepeatHasTheSameID(t *testing.T) {
	t.Parallel()
	for _, kind := range []config.ReceiverType{config.ReceiverWebhook, config.ReceiverPagerDuty, config.ReceiverAlertmanager} {
		to, fake := open(t, kind)
		for range 2 {
			if err := to.Send(t.Context(), locked()); err != nil {
				t.Fatal(err)
			}
		}
		got := fake.Delivered()
		if len(got) != 2 || got[0].ID != got[1].ID || got[0].Key != got[1].Key || got[0].Key == "" {
			t.Errorf("%s: %+v", kind, got)
		}
	}
}

// TestOneLine is what becomes of text from elsewhere.
func TestOneLine(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"":                       "",
		"  a \t\n b\r\n":         "a b",
		"a\x00b\x7fc":            "a\uFFFDb\uFFFDc",
		"a\u202eb\u200fc\ufeffd": "a\uFFFDb\uFFFDc\uFFFDd",
		"a\xffb":                 "a\uFFFDb",
		"1234567890":             "1234567890",
		"12345678901":            "123456789…",
		"ääääääääääää":           "äääääääää…",
	} {
		if got := receiver.OneLine(said, 10); got != want {
			t.Errorf("%q became %q, not %q", said, got, want)
		}
	}
}

// TestAlertmanagerWantsToHearAgain is the interface that the loop asks for.
func TestAlertmanagerWantsToHearAgain(t *testing.T) {
	t.Parallel()
	for _, kind := range config.ReceiverTypes() {
		to := create(t, settings(t, kind, "http://127.0.0.1:1"), nil)
		refresher, is := to.(receiver.Refresher)
		if is != (kind == config.ReceiverAlertmanager) {
			t.Errorf("%s: %v", kind, is)
		}
		if is && (refresher.Every() > 3*time.Minute || refresher.Every() < 30*time.Second) {
			t.Errorf("it wants to hear every %s", refresher.Every())
		}
	}
	if _, err := receiver.New(config.Receiver{Type: "pigeon"}, nil); err == nil {
		t.Error("a type that nobody knows is taken")
	}
}

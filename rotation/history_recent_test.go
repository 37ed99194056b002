package rotation_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vault-plugin-secrets-oracle-financials/rotation"
)

func TestRecently(t *testing.T) {
	t.Parallel()
	recent := func(from, to int64) rotation.History {
		return rotation.History{IntegrationID: "id", Events: numbered(from, to)}
	}
	none := rotation.History{}
	const full = rotation.MaxRecent
	tests := map[string]struct {
		recent        rotation.History
		id            string
		added         []rotation.Event
		kept, leaving []rotation.Event
	}{
		"the first":                            {none, "id", numbered(1, 1), numbered(1, 1), nil},
		"the next":                             {recent(4, 6), "id", numbered(7, 8), numbered(4, 8), nil},
		"nothing new":                          {recent(4, 6), "id", nil, numbered(4, 6), nil},
		"the last for which there is room":     {recent(1, full-1), "id", numbered(full, full), numbered(1, full), nil},
		"one too many":                         {recent(1, full), "id", numbered(full+1, full+1), numbered(full+1, full+1), numbered(1, full)},
		"two, and room for one":                {recent(1, full-1), "id", numbered(full, full+1), numbered(full, full+1), numbered(1, full-1)},
		"nothing new, and no room for another": {recent(1, full), "id", nil, nil, numbered(1, full)},
		"nothing new, and room for one":        {recent(1, full-1), "id", nil, numbered(1, full-1), nil},
		"many at once, and none before":        {none, "id", numbered(1, full+3), numbered(1, full+3), nil},
		"many at once":                         {recent(1, 2), "id", numbered(3, full+4), numbered(3, full+4), numbered(1, 2)},
		"more than are kept at all":            {recent(1, 8), "id", numbered(9, 106), numbered(9, 106), numbered(7, 8)},
		"far more than are kept at all":        {recent(1, 8), "id", numbered(9, 300), numbered(201, 300), nil},
		"a number that is taken again":         {recent(4, 6), "id", numbered(6, 7), numbered(4, 7), nil},
		"a number that is taken again, full":   {recent(1, full), "id", numbered(full, full+1), numbered(full, full+1), numbered(1, full-1)},
		"of another integration":               {recent(4, 6), "new", numbered(1, 1), numbered(1, 1), nil},
		"of another integration, full":         {recent(1, full), "new", nil, nil, nil},
	}
	for name, tt := range tests {
		before := slices.Clone(tt.recent.Events)
		kept, leaving := tt.recent.Recently(tt.id, tt.added...)
		if !slices.Equal(kept.Events, tt.kept) || !slices.Equal(leaving, tt.leaving) || kept.IntegrationID != tt.id {
			t.Errorf("%s: kept are %+v, and %+v leaves", name, kept, leaving)
		}
		if !slices.Equal(tt.recent.Events, before) {
			t.Errorf("%s: what was stored was changed", name)
		}
	}
}

func TestHistoryOf(t *testing.T) {
	t.Parallel()
	h := rotation.History{IntegrationID: "id", Events: numbered(1, 3)}
	if len(h.Of("id")) != 3 || h.Of("other") != nil || (rotation.History{}).Of("id") != nil {
		t.Error("the events of one integration are told of another one")
	}
}

// Whatever is written and lost, what is read is what was stored with its number: the last of them, each once.
func TestRecordAndHistoryTogetherTellWhatWasStored(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var history, record rotation.History // as stored
		var want []rotation.Event
		for attempt := range rapid.IntRange(1, 60).Draw(t, "attempts") {
			first := int64(len(want)) + 1
			added := numbered(first, first-1+int64(rapid.IntRange(0, 12).Draw(t, "events")))
			for i := range added {
				added[i].CredentialVersion = attempt // so that no attempt's event is another's
			}
			kept, leaving := record.Recently("id", added...)
			if len(kept.Events) > max(rotation.MaxRecent, len(added)) {
				t.Fatalf("%d events are stored with the record", len(kept.Events))
			}
			if len(leaving) > 0 {
				if rapid.Bool().Draw(t, "the history is written") {
					history = history.With("id", leaving...)
				}
				if rapid.Bool().Draw(t, "the process dies after the history") {
					continue
				}
				history = history.With("id", leaving...)
			}
			if rapid.Bool().Draw(t, "the record is written") {
				record, want = kept, append(want, added...)
			}
			told := history.With("id", record.Of("id")...).Events
			if last := want[max(0, len(want)-rotation.MaxEvents):]; !slices.Equal(told, last) {
				t.Fatalf("told are %+v, not %+v", told, last)
			}
		}
	})
}

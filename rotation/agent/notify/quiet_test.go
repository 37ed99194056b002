package notify_test

import (
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/config"
	"vault-plugin-secrets-oracle-financials/rotation/agent/notify"
)

func TestQuietHoursAreOfTheClockOnTheWall(t *testing.T) {
	t.Parallel()
	night := config.QuietHours{From: 22 * 60, To: 7 * 60, TimeZone: "Europe/Berlin"}
	small := config.QuietHours{From: 2 * 60, To: 3 * 60, TimeZone: "Europe/Berlin"} // the hour that is put forward and back
	weekend := config.QuietHours{From: 0, To: 24 * 60, TimeZone: "America/New_York", Days: []config.Day{config.Day(time.Saturday), config.Day(time.Sunday)}}
	friday := config.QuietHours{From: 20 * 60, To: 8 * 60, TimeZone: "UTC", Days: []config.Day{config.Day(time.Friday)}}
	for name, row := range map[string]struct {
		hours config.QuietHours
		at    string
		want  bool
	}{
		"before the night":   {night, "2026-03-02T20:59:59Z", false},
		"at its beginning":   {night, "2026-03-02T21:00:00Z", true},
		"past midnight":      {night, "2026-03-03T02:00:00Z", true},
		"in its last second": {night, "2026-03-03T05:59:59Z", true},
		"at its end":         {night, "2026-03-03T06:00:00Z", false},
		"in summer it ends an hour earlier in UTC":  {night, "2026-07-01T05:00:00Z", false},
		"in summer it begins an hour earlier":       {night, "2026-07-01T20:00:00Z", true},
		"the morning after the clock went forward":  {night, "2026-03-29T05:00:00Z", false},
		"the night in which it went forward":        {night, "2026-03-29T04:59:59Z", true},
		"the morning after it went back":            {night, "2026-10-25T05:59:59Z", true},
		"an hour that there is not":                 {small, "2026-03-29T01:00:00Z", false},
		"an hour that there is twice, first":        {small, "2026-10-25T00:30:00Z", true},
		"an hour that there is twice, again":        {small, "2026-10-25T01:30:00Z", true},
		"after it":                                  {small, "2026-10-25T02:00:00Z", false},
		"Saturday begins in New York, not in UTC":   {weekend, "2026-03-07T04:59:59Z", false},
		"Saturday in New York":                      {weekend, "2026-03-07T05:00:00Z", true},
		"Sunday's last second":                      {weekend, "2026-03-09T03:59:59Z", true},
		"Monday":                                    {weekend, "2026-03-09T04:00:00Z", false},
		"Friday's night goes on on Saturday":        {friday, "2026-03-07T07:59:00Z", true},
		"Saturday has no night of its own":          {friday, "2026-03-07T20:00:00Z", false},
		"Thursday's night does not go on on Friday": {friday, "2026-03-06T07:00:00Z", false},
		"a zone that nobody knows is never quiet":   {config.QuietHours{From: 0, To: 24 * 60, TimeZone: "Mars/Crater"}, "2026-03-02T20:00:00Z", false},
	} {
		at, err := time.Parse(time.RFC3339, row.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := notify.Quiet([]config.QuietHours{row.hours}, at); got != row.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	if notify.Quiet(nil, start) {
		t.Error("quiet without quiet hours")
	}
	if at := time.Date(2026, 3, 3, 2, 0, 0, 0, time.UTC); !notify.Quiet([]config.QuietHours{weekend, night}, at) {
		t.Error("the second span is not looked at")
	}
}

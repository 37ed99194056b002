package rotation_test

import (
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

func TestDefaultPolicy(t *testing.T) {
	t.Parallel()
	want := rotation.Policy{
		CheckPeriod: time.Hour, PasswordMaxAge: 90 * 24 * time.Hour, ExpiryWarning: 14 * 24 * time.Hour, FailureThreshold: 3,
		LoginFailureBudget: 2, OperatorLoginBudget: 2, OperatorLoginWindow: time.Hour, HoldPeriod: 24 * time.Hour,
		UnlockDelay: time.Hour, PasswordLength: 24,
	}
	if got := rotation.DefaultPolicy(); got != want {
		t.Errorf("default = %+v, want %+v", got, want)
	}
	if err := rotation.DefaultPolicy().Validate(); err != nil {
		t.Error(err)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	const (
		period   = "check_period must be from 60 to 3153600000 seconds"
		hold     = "hold_period must be from 60 to 3153600000 seconds, or 0 for never"
		window   = "operator_login_window must be from 60 to 3153600000 seconds"
		age      = "password_max_age must be from 0 to 3153600000 seconds"
		warning  = "expiry_warning must be from 0 to 3153600000 seconds"
		delay    = "unlock_delay must be from 0 to 3153600000 seconds"
		order    = "expiry_warning must be shorter than password_max_age, or every password would be expiring from its first day"
		both     = "check_period and check_schedule exclude each other: send one of them"
		cron     = "check_schedule: must be a cron expression of five fields in UTC (minute hour day month weekday), such as 0 6 * * 1-5, without TZ="
		never    = "check_schedule: never comes: no date matches the cron expression"
		failures = "failure_threshold must be from 1 to 1000"
		engine   = "login_failure_budget must be 1 or 2: Oracle locks an account after about five refused logins"
		people   = "operator_login_budget must be 1 or 2: Oracle locks an account after about five refused logins"
	)
	type policy = rotation.Policy
	tests := map[string]struct {
		change func(*policy)
		want   string // nothing for a good policy
	}{
		"the shortest period":                {func(p *policy) { p.CheckPeriod = time.Minute }, ""},
		"the longest period":                 {func(p *policy) { p.CheckPeriod = rotation.MaxPeriod }, ""},
		"a period too short":                 {func(p *policy) { p.CheckPeriod = time.Minute - 1 }, period},
		"a period too long":                  {func(p *policy) { p.CheckPeriod = rotation.MaxPeriod + 1 }, period},
		"no period":                          {func(p *policy) { p.CheckPeriod = 0 }, period},
		"a negative period":                  {func(p *policy) { p.CheckPeriod = -time.Hour }, period},
		"a schedule":                         {func(p *policy) { p.CheckPeriod, p.CheckSchedule = 0, "0 6 * * 1-5" }, ""},
		"a schedule and a period":            {func(p *policy) { p.CheckSchedule = "0 6 * * 1-5" }, both},
		"a wrong schedule and a period":      {func(p *policy) { p.CheckSchedule = "daily" }, both},
		"a wrong schedule":                   {func(p *policy) { p.CheckPeriod, p.CheckSchedule = 0, "daily" }, cron},
		"a schedule with a zone":             {func(p *policy) { p.CheckPeriod, p.CheckSchedule = 0, "TZ=UTC 0 6 * * *" }, cron},
		"a schedule of 30 February":          {func(p *policy) { p.CheckPeriod, p.CheckSchedule = 0, "0 0 30 2 *" }, never},
		"no second try":                      {func(p *policy) { p.HoldPeriod = 0 }, ""},
		"the shortest hold":                  {func(p *policy) { p.HoldPeriod = time.Minute }, ""},
		"the longest hold":                   {func(p *policy) { p.HoldPeriod = rotation.MaxPeriod }, ""},
		"a hold too short":                   {func(p *policy) { p.HoldPeriod = time.Minute - 1 }, hold},
		"a hold too long":                    {func(p *policy) { p.HoldPeriod = rotation.MaxPeriod + 1 }, hold},
		"a negative hold":                    {func(p *policy) { p.HoldPeriod = -1 }, hold},
		"no unlock delay":                    {func(p *policy) { p.UnlockDelay = 0 }, ""},
		"the longest unlock delay":           {func(p *policy) { p.UnlockDelay = rotation.MaxPeriod }, ""},
		"an unlock delay too long":           {func(p *policy) { p.UnlockDelay = rotation.MaxPeriod + 1 }, delay},
		"a negative unlock delay":            {func(p *policy) { p.UnlockDelay = -1 }, delay},
		"the shortest window":                {func(p *policy) { p.OperatorLoginWindow = time.Minute }, ""},
		"no window":                          {func(p *policy) { p.OperatorLoginWindow = 0 }, window},
		"a window too short":                 {func(p *policy) { p.OperatorLoginWindow = time.Minute - 1 }, window},
		"a window too long":                  {func(p *policy) { p.OperatorLoginWindow = rotation.MaxPeriod + 1 }, window},
		"a password that never expires":      {func(p *policy) { p.PasswordMaxAge = 0 }, ""},
		"a password of 9,999 days":           {func(p *policy) { p.PasswordMaxAge = 9999 * rotation.Day }, ""},
		"the oldest password":                {func(p *policy) { p.PasswordMaxAge = rotation.MaxPeriod }, ""},
		"an age too long":                    {func(p *policy) { p.PasswordMaxAge = rotation.MaxPeriod + 1 }, age},
		"a negative age":                     {func(p *policy) { p.PasswordMaxAge = -1 }, age},
		"no warning":                         {func(p *policy) { p.ExpiryWarning = 0 }, ""},
		"a warning right below the age":      {func(p *policy) { p.ExpiryWarning = p.PasswordMaxAge - 1 }, ""},
		"a warning as long as the age":       {func(p *policy) { p.ExpiryWarning = p.PasswordMaxAge }, order},
		"a warning longer than the age":      {func(p *policy) { p.PasswordMaxAge = 7 * rotation.Day }, order},
		"a warning that waits for no expiry": {func(p *policy) { p.PasswordMaxAge, p.ExpiryWarning = 0, 100*rotation.Day }, ""},
		"a warning too long":                 {func(p *policy) { p.ExpiryWarning = rotation.MaxPeriod + 1 }, warning},
		"a negative warning":                 {func(p *policy) { p.ExpiryWarning = -1 }, warning},
		"two wrong, one sentence at a time":  {func(p *policy) { p.PasswordMaxAge, p.ExpiryWarning = -1, -1 }, age},
		"one failure":                        {func(p *policy) { p.FailureThreshold = 1 }, ""},
		"as many failures as allowed":        {func(p *policy) { p.FailureThreshold = 1000 }, ""},
		"no failure":                         {func(p *policy) { p.FailureThreshold = 0 }, failures},
		"too many failures":                  {func(p *policy) { p.FailureThreshold = 1001 }, failures},
		"a budget of one":                    {func(p *policy) { p.LoginFailureBudget, p.OperatorLoginBudget = 1, 1 }, ""},
		"no budget of the engine's":          {func(p *policy) { p.LoginFailureBudget = 0 }, engine},
		"a budget of three":                  {func(p *policy) { p.LoginFailureBudget = 3 }, engine},
		"no budget of people's":              {func(p *policy) { p.OperatorLoginBudget = 0 }, people},
		"a budget of three of people's":      {func(p *policy) { p.OperatorLoginBudget = 3 }, people},
		"a policy of zeros":                  {func(p *policy) { *p = policy{} }, period},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := rotation.DefaultPolicy()
			test.change(&p)
			got := ""
			if err := p.Validate(); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("Validate = %q, want %q", got, test.want)
			}
		})
	}
}

// Engine and people together stay below the five refused logins that lock an account.
func TestBudgetsTogetherDoNotLock(t *testing.T) {
	t.Parallel()
	const locks = 5
	if 2*rotation.MaxLoginBudget >= locks {
		t.Errorf("the two largest budgets together are %d", 2*rotation.MaxLoginBudget)
	}
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		age time.Duration
		set time.Time
		end time.Time
	}{
		"90 days of 24 hours":   {90 * rotation.Day, start, start.Add(90 * 24 * time.Hour)},
		"over a leap day":       {rotation.Day, time.Date(2028, 2, 28, 12, 0, 0, 0, time.UTC), time.Date(2028, 2, 29, 12, 0, 0, 0, time.UTC)},
		"in another zone":       {rotation.Day, start.In(time.FixedZone("", 3600)), start.Add(24 * time.Hour)},
		"a second":              {time.Second, start, start.Add(time.Second)},
		"the longest age":       {rotation.MaxPeriod, start, start.Add(rotation.MaxPeriod)},
		"a password that stays": {0, start, time.Time{}},
		"a date nobody knows":   {90 * rotation.Day, time.Time{}, time.Time{}},
	}
	for name, test := range tests {
		one := snapshot()
		one.Policy.PasswordMaxAge, one.Integration.PasswordSet = test.age, test.set
		if got := one.Expiry(); !got.Equal(test.end) {
			t.Errorf("%s: %v, want %v", name, got, test.end)
		}
	}
}

// A stored time shows by the key whether it was computed from this schedule.
func TestScheduleKey(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, p := range []rotation.Policy{every(time.Hour), every(61 * time.Minute), every(time.Hour + 1), by("0 * * * *"), by("0 */1 * * *"), by("1h0m0s")} {
		if seen[p.ScheduleKey()] {
			t.Errorf("key %q is not the schedule's own", p.ScheduleKey())
		}
		seen[p.ScheduleKey()] = true
	}
	same := every(time.Hour)
	same.FailureThreshold, same.ExpiryWarning = 9, 0
	if same.ScheduleKey() != every(time.Hour).ScheduleKey() {
		t.Error("the key depends on more than the schedule")
	}
}

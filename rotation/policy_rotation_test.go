package rotation_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

func TestValidateRotation(t *testing.T) {
	t.Parallel()
	const (
		period = "rotation_period must be from 60 to 3153600000 seconds, or 0 for none"
		window = "rotation_window must be from 3600 to 3153600000 seconds, or 0 for none"
		alone  = "rotation_window is the time after a slot of rotation_schedule: send both, or no window"
		both   = "rotation_period and rotation_schedule exclude each other: send one of them"
		cron   = "rotation_schedule: must be a cron expression of five fields in UTC (minute hour day month weekday), such as 0 6 * * 1-5, without TZ="
		never  = "rotation_schedule: never comes: no date matches the cron expression"
		before = "rotate_before_expiry must be from 60 to 3153600000 seconds, or 0 for never"
		age    = "rotate_before_expiry needs a password_max_age: by this policy no password expires, so send one, or 0 for rotate_before_expiry"
		order  = "rotate_before_expiry must be shorter than password_max_age by 60 seconds or more, or every password would be rotated as soon as it is set"
		name   = `password_policy must be the name of a Vault password policy: letters, digits, "_", "-", "." and "/", at most 128 characters`
		length = "password_length must be from 16 to 64"
	)
	type policy = rotation.Policy
	tests := map[string]struct {
		change func(*policy)
		want   string // nothing for a good policy
	}{
		"the shortest period":                   {func(p *policy) { p.RotationPeriod = time.Minute }, ""},
		"the longest period":                    {func(p *policy) { p.RotationPeriod = rotation.MaxPeriod }, ""},
		"a period too short":                    {func(p *policy) { p.RotationPeriod = time.Minute - 1 }, period},
		"a period too long":                     {func(p *policy) { p.RotationPeriod = rotation.MaxPeriod + 1 }, period},
		"a negative period":                     {func(p *policy) { p.RotationPeriod = -1 }, period},
		"a period longer than the age":          {func(p *policy) { p.RotationPeriod = 2 * p.PasswordMaxAge }, ""},
		"a schedule":                            {func(p *policy) { p.RotationSchedule = "0 2 1 * *" }, ""},
		"a schedule with a period":              {func(p *policy) { p.RotationSchedule, p.RotationPeriod = "0 2 1 * *", time.Hour }, both},
		"a wrong schedule with a period":        {func(p *policy) { p.RotationSchedule, p.RotationPeriod = "monthly", time.Hour }, both},
		"a wrong schedule":                      {func(p *policy) { p.RotationSchedule = "monthly" }, cron},
		"a schedule with a zone":                {func(p *policy) { p.RotationSchedule = "TZ=UTC 0 2 1 * *" }, cron},
		"a schedule of 30 February":             {func(p *policy) { p.RotationSchedule = "0 0 30 2 *" }, never},
		"a schedule of 29 February":             {func(p *policy) { p.RotationSchedule = "0 0 29 2 *" }, ""},
		"a rotation and a check by cron":        {func(p *policy) { p.CheckPeriod, p.CheckSchedule, p.RotationSchedule = 0, "0 6 * * *", "0 2 * * *" }, ""},
		"the shortest window":                   {func(p *policy) { p.RotationSchedule, p.RotationWindow = "0 2 * * *", time.Hour }, ""},
		"the longest window":                    {func(p *policy) { p.RotationSchedule, p.RotationWindow = "0 2 * * *", rotation.MaxPeriod }, ""},
		"a window too short":                    {func(p *policy) { p.RotationSchedule, p.RotationWindow = "0 2 * * *", time.Hour-1 }, window},
		"a window too long":                     {func(p *policy) { p.RotationSchedule, p.RotationWindow = "0 2 * * *", rotation.MaxPeriod+1 }, window},
		"a negative window":                     {func(p *policy) { p.RotationSchedule, p.RotationWindow = "0 2 * * *", -time.Hour }, window},
		"a window without a schedule":           {func(p *policy) { p.RotationWindow = time.Hour }, alone},
		"a window of a period":                  {func(p *policy) { p.RotationPeriod, p.RotationWindow = rotation.Day, time.Hour }, alone},
		"the shortest time before the expiry":   {func(p *policy) { p.RotateBeforeExpiry = time.Minute }, ""},
		"the longest time before the expiry":    {func(p *policy) { p.RotateBeforeExpiry = p.PasswordMaxAge - time.Minute }, ""},
		"too short a time before the expiry":    {func(p *policy) { p.RotateBeforeExpiry = time.Minute - 1 }, before},
		"too long a time before the expiry":     {func(p *policy) { p.PasswordMaxAge, p.RotateBeforeExpiry = rotation.MaxPeriod, rotation.MaxPeriod+1 }, before},
		"a negative time before the expiry":     {func(p *policy) { p.RotateBeforeExpiry = -time.Hour }, before},
		"a time before the expiry near the age": {func(p *policy) { p.RotateBeforeExpiry = p.PasswordMaxAge - time.Minute + 1 }, order},
		"a time before the expiry as the age":   {func(p *policy) { p.RotateBeforeExpiry = p.PasswordMaxAge }, order},
		"a time before no expiry":               {func(p *policy) { p.PasswordMaxAge, p.ExpiryWarning, p.RotateBeforeExpiry = 0, 0, time.Hour }, age},
		"every reason to rotate": {func(p *policy) {
			p.RotationSchedule, p.RotationWindow, p.RotateBeforeExpiry = "0 2 * * *", time.Hour, rotation.Day
		}, ""},
		"disabled, with a schedule":             {func(p *policy) { p.RotationPeriod, p.DisableAutomatedRotation = rotation.Day, true }, ""},
		"disabled, and wrong all the same":      {func(p *policy) { p.RotationPeriod, p.DisableAutomatedRotation = 1, true }, period},
		"a password policy":                     {func(p *policy) { p.PasswordPolicy = "oracle-fusion_v2.1" }, ""},
		"a password policy in a folder":         {func(p *policy) { p.PasswordPolicy = "finance/oracle" }, ""},
		"the longest name":                      {func(p *policy) { p.PasswordPolicy = strings.Repeat("p", 128) }, ""},
		"a name too long":                       {func(p *policy) { p.PasswordPolicy = strings.Repeat("p", 129) }, name},
		"a name with a space":                   {func(p *policy) { p.PasswordPolicy = "oracle fusion" }, name},
		"a name with a new line":                {func(p *policy) { p.PasswordPolicy = "oracle\n" }, name},
		"a name that climbs":                    {func(p *policy) { p.PasswordPolicy = "../../core/master" }, name},
		"a name of two dots":                    {func(p *policy) { p.PasswordPolicy = ".." }, name},
		"a name that begins with a dash":        {func(p *policy) { p.PasswordPolicy = "-policy" }, name},
		"a name that climbs inside":             {func(p *policy) { p.PasswordPolicy = "a/../b" }, name},
		"a name with an empty part":             {func(p *policy) { p.PasswordPolicy = "a//b" }, name},
		"a name that ends in a slash":           {func(p *policy) { p.PasswordPolicy = "a/" }, name},
		"a name with a letter beyond ASCII":     {func(p *policy) { p.PasswordPolicy = "ünï" }, name},
		"the shortest password":                 {func(p *policy) { p.PasswordLength = 16 }, ""},
		"the longest password":                  {func(p *policy) { p.PasswordLength = 64 }, ""},
		"a password too short":                  {func(p *policy) { p.PasswordLength = 15 }, length},
		"a password too long":                   {func(p *policy) { p.PasswordLength = 65 }, length},
		"no length":                             {func(p *policy) { p.PasswordLength = 0 }, length},
		"a wrong length of a policy's password": {func(p *policy) { p.PasswordPolicy, p.PasswordLength = "p", 3 }, length},
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

// A policy that an earlier version stored rotates nothing, and keeps the length that is the default.
func TestAPolicyOfAnEarlierVersionRotatesNothing(t *testing.T) {
	t.Parallel()
	p := rotation.DefaultPolicy()
	if err := json.Unmarshal([]byte(`{"check_period":7200000000000,"check_schedule":"","password_max_age":0,"failure_threshold":3}`), &p); err != nil {
		t.Fatal(err)
	}
	if p.PasswordLength != 24 || p.RotationKey() != "" || p.CheckPeriod != 2*time.Hour || p.Validate() != nil {
		t.Errorf("read as %+v", p)
	}
}

// The names under which the rotation fields are stored: a later version has to find them.
func TestRotationFieldsAreStoredUnderTheContractsNames(t *testing.T) {
	t.Parallel()
	p := rotation.DefaultPolicy()
	const stored = `{"rotation_period":1,"rotation_schedule":"s","rotation_window":2,"rotate_before_expiry":3,
		"disable_automated_rotation":true,"password_policy":"p","password_length":4}`
	if err := json.Unmarshal([]byte(stored), &p); err != nil {
		t.Fatal(err)
	}
	want := rotation.DefaultPolicy()
	want.RotationPeriod, want.RotationSchedule, want.RotationWindow, want.RotateBeforeExpiry = 1, "s", 2, 3
	want.DisableAutomatedRotation, want.PasswordPolicy, want.PasswordLength = true, "p", 4
	if p != want {
		t.Errorf("read as %+v, want %+v", p, want)
	}
}

func TestRotationKey(t *testing.T) {
	t.Parallel()
	change := func(change func(*rotation.Policy)) rotation.Policy {
		p := rotation.DefaultPolicy()
		change(&p)
		return p
	}
	seen := map[string]string{}
	for name, p := range map[string]rotation.Policy{
		"nothing":                   rotation.DefaultPolicy(),
		"an hour":                   change(func(p *rotation.Policy) { p.RotationPeriod = time.Hour }),
		"an hour and a bit":         change(func(p *rotation.Policy) { p.RotationPeriod = time.Hour + 1 }),
		"hourly":                    change(func(p *rotation.Policy) { p.RotationSchedule = "0 * * * *" }),
		"hourly in other words":     change(func(p *rotation.Policy) { p.RotationSchedule = "0 */1 * * *" }),
		"hourly, with a window":     change(func(p *rotation.Policy) { p.RotationSchedule, p.RotationWindow = "0 * * * *", time.Hour }),
		"hourly, and before expiry": change(func(p *rotation.Policy) { p.RotationSchedule, p.RotateBeforeExpiry = "0 * * * *", time.Hour }),
		"before expiry":             change(func(p *rotation.Policy) { p.RotateBeforeExpiry = time.Hour }),
		"long before expiry":        change(func(p *rotation.Policy) { p.RotateBeforeExpiry = 2 * time.Hour }),
		"before another expiry":     change(func(p *rotation.Policy) { p.RotateBeforeExpiry, p.PasswordMaxAge = time.Hour, 30*rotation.Day }),
	} {
		if other, found := seen[p.RotationKey()]; found {
			t.Errorf("%s and %s have the key %q", name, other, p.RotationKey())
		}
		seen[p.RotationKey()] = name
	}
	if seen[""] != "nothing" {
		t.Errorf("the empty key is that of %q", seen[""])
	}
	disabled := change(func(p *rotation.Policy) { p.RotationPeriod, p.DisableAutomatedRotation = time.Hour, true })
	if disabled.RotationKey() != "" {
		t.Errorf("disabled, the key is %q", disabled.RotationKey())
	}
	same := change(func(p *rotation.Policy) {
		p.RotationPeriod, p.PasswordLength, p.PasswordMaxAge = time.Hour, 40, 30*rotation.Day
	})
	if seen[same.RotationKey()] != "an hour" {
		t.Errorf("the key %q depends on more than the schedule", same.RotationKey())
	}
}

package rotation_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// ledgerSays are accounts of logins, by what they deny to the engine that settles, a day after start.
var (
	inFlightNow = rotation.Ledger{}.Charged(rotation.Charge{ID: "x", By: rotation.ByEngine, Time: start.Add(rotation.Day), Deadline: start.Add(rotation.Day + 30*time.Second)})
	heldOnce    = spent(engineRefused)
	heldTwice   = spent(engineRefused, engineRefused)
	lostTwice   = spent(engineUnanswered, engineUnanswered)
	liftedLate  = rotation.Ledger{Lifted: start.Add(rotation.Day - 20*time.Minute)}
)

// under is a rotation that was begun 12 hours after start, as it stands.
func under(phase rotation.Phase, alter ...func(*rotation.Standing)) change {
	return func(s *rotation.Snapshot) {
		s.Integration.Rotation = rotation.Standing{Way: rotation.WayDirectory, Phase: phase, Begun: start.Add(12 * time.Hour), KnownUser: true, LoggedIn: true}
		for _, change := range alter {
			change(&s.Integration.Rotation)
		}
		s.Record.Slot = start.Add(rotation.Day + 17*time.Minute)
	}
}

func withLedger(l rotation.Ledger) change { return func(s *rotation.Snapshot) { s.Ledger = l } }

func sentUntil(d time.Duration) func(*rotation.Standing) {
	return func(r *rotation.Standing) { r.Deadline = start.Add(d) }
}

func refusedAt(d time.Duration) func(*rotation.Standing) {
	return func(r *rotation.Standing) { r.Refusals, r.RefusedAt = 1, start.Add(d) }
}

func waitingUntil(d time.Duration) func(*rotation.Standing) {
	return func(r *rotation.Standing) { r.Wait = rotation.Retry{Failures: 1, NotBefore: start.Add(d)} }
}

func waitingForEver(r *rotation.Standing) {
	for range 50 {
		r.Wait = r.Wait.Failed(start.Add(rotation.Day-time.Hour), 1)
	}
}

// When a rotation that is under way goes on, a day after start; -1: not by itself.
func TestResumeAt(t *testing.T) {
	t.Parallel()
	const (
		day   = rotation.Day
		begun = 12 * time.Hour
		slot  = day + 17*time.Minute
		sent  = begun + 40*time.Second
	)
	lockedNow := see(rotation.Ledger{}, lockedView(), start.Add(2*time.Hour))
	tests := map[string]struct {
		changes []change
		want    time.Duration
	}{
		"none is under way": {[]change{under(rotation.PhaseIdle)}, -1},
		"prepared":          {[]change{under(rotation.PhasePrepared)}, begun},
		"prepared, and the guard denies": {
			[]change{under(rotation.PhasePrepared), withLedger(heldTwice)}, begun,
		},
		"sent":                          {[]change{under(rotation.PhaseSent, sentUntil(sent))}, sent + 5*time.Second},
		"sent, and may be on its way":   {[]change{under(rotation.PhaseSent, sentUntil(day+10*time.Second))}, day + 15*time.Second},
		"sent, and waits":               {[]change{under(rotation.PhaseSent, sentUntil(sent), waitingUntil(day+time.Hour))}, day + time.Hour},
		"sent, and a login may arrive":  {[]change{under(rotation.PhaseSent, sentUntil(sent)), withLedger(inFlightNow)}, day + 35*time.Second},
		"sent, and unlocked lately":     {[]change{under(rotation.PhaseSent, sentUntil(sent)), withLedger(liftedLate)}, day + 40*time.Minute},
		"sent, and held":                {[]change{under(rotation.PhaseSent, sentUntil(sent)), withLedger(heldOnce)}, sent + 5*time.Second},
		"sent, and the budget is spent": {[]change{under(rotation.PhaseSent, sentUntil(sent)), withLedger(heldTwice)}, sent + 5*time.Second},
		"sent, and it was spent unanswered, with a directory": {
			[]change{withDirectory, under(rotation.PhaseSent, sentUntil(sent)), withLedger(lostTwice)}, sent + 5*time.Second,
		},
		"unverified":                          {[]change{under(rotation.PhaseUnverified)}, begun},
		"unverified, and waits":               {[]change{under(rotation.PhaseUnverified, waitingUntil(day-time.Hour))}, day - time.Hour},
		"refused once":                        {[]change{under(rotation.PhaseUnverified, refusedAt(day-10*time.Minute))}, day + 50*time.Minute},
		"refused once, and the hold runs":     {[]change{under(rotation.PhaseUnverified, refusedAt(day-10*time.Minute)), withLedger(heldOnce)}, day + 50*time.Minute},
		"refused once, and waits for longer":  {[]change{under(rotation.PhaseUnverified, refusedAt(day-10*time.Minute), waitingUntil(day+2*time.Hour))}, day + 2*time.Hour},
		"refused once, and the budget spent":  {[]change{under(rotation.PhaseUnverified, refusedAt(day-10*time.Minute)), withLedger(heldTwice)}, -1},
		"refused once, a login may arrive":    {[]change{under(rotation.PhaseUnverified, refusedAt(day-2*time.Hour)), withLedger(inFlightNow)}, day + 35*time.Second},
		"unverified, and unlocked lately":     {[]change{under(rotation.PhaseUnverified), withLedger(liftedLate)}, day + 40*time.Minute},
		"unverified, the budget was lost":     {[]change{under(rotation.PhaseUnverified), withLedger(lostTwice)}, -1},
		"unverified, with a directory":        {[]change{withDirectory, under(rotation.PhaseUnverified), withLedger(heldTwice)}, slot},
		"unverified, and the directory waits": {[]change{withDirectory, under(rotation.PhaseUnverified, waitingUntil(day+time.Hour)), withLedger(heldTwice)}, day + time.Hour},
		"unverified, and locked":              {[]change{withDirectory, under(rotation.PhaseUnverified), withLedger(lockedNow)}, slot},
		"unresolved, and may try again":       {[]change{under(rotation.PhaseUnresolved, sentUntil(sent))}, begun},
		"unresolved, and waits":               {[]change{under(rotation.PhaseUnresolved, sentUntil(sent), waitingUntil(day+time.Minute))}, day + time.Minute},
		"unresolved, and the budget is spent": {[]change{under(rotation.PhaseUnresolved, sentUntil(sent)), withLedger(heldTwice)}, -1},
		"unresolved, spent unanswered":        {[]change{under(rotation.PhaseUnresolved, sentUntil(sent)), withLedger(lostTwice)}, -1},
		"unresolved, with a directory":        {[]change{withDirectory, under(rotation.PhaseUnresolved, sentUntil(sent)), withLedger(heldTwice)}, slot},
		"unresolved, and both were refused on a person's budget": {
			[]change{under(rotation.PhaseUnresolved, sentUntil(sent)), withLedger(spent(rotation.Charge{By: rotation.ByPerson, State: rotation.ChargeRefused}).
				Rejected("a", start).Rejected("b", start))}, -1,
		},
		"unresolved, and one was refused": {
			[]change{under(rotation.PhaseUnresolved, sentUntil(sent)), withLedger(spent(rotation.Charge{By: rotation.ByPerson, State: rotation.ChargeRefused}).Rejected("a", start))}, begun,
		},
		"it has waited many times":      {[]change{under(rotation.PhaseSent, sentUntil(sent), waitingForEver)}, day + 5*time.Hour},
		"a clock that was ahead sent":   {[]change{under(rotation.PhaseSent, sentUntil(30*day))}, day},
		"a clock that was ahead began":  {[]change{under(rotation.PhasePrepared, func(r *rotation.Standing) { r.Begun = start.Add(30 * day) })}, day},
		"a clock that was ahead waited": {[]change{under(rotation.PhaseUnverified, waitingUntil(30*day))}, begun},
		"a clock that was ahead a bit":  {[]change{under(rotation.PhaseSent, sentUntil(day+5*time.Minute))}, day + 5*time.Minute + 5*time.Second},
		"a pause does not keep it":      {[]change{under(rotation.PhaseSent, sentUntil(sent)), withPause(3 * day)}, sent + 5*time.Second},
	}
	for name, tt := range tests {
		s := snapshot()
		for _, alter := range tt.changes {
			alter(&s)
		}
		want := start.Add(tt.want)
		if tt.want < 0 {
			want = time.Time{}
		}
		if at := s.ResumeAt(start.Add(day)); !at.Equal(want) {
			t.Errorf("%s: %v after start, want %v", name, at.Sub(start), tt.want)
		}
		if s.Integration.Rotation.Phase == rotation.PhaseIdle {
			continue
		}
		if action, at := s.Due(start.Add(day)); action != rotation.ActionRotate || !at.Equal(want) {
			t.Errorf("%s: due to %s at %v after start", name, action, at.Sub(start))
		}
		if at := s.DirectoryDue(start.Add(day)); !at.Equal(want) {
			t.Errorf("%s: a directory is due %v after start", name, at.Sub(start))
		}
	}
}

// Of a pair it is the standby's account that the guard is asked for, and the current one is checked meanwhile.
func TestResumeAtOfAPair(t *testing.T) {
	t.Parallel()
	now := start.Add(rotation.Day)
	pair := func(phase rotation.Phase, current, other rotation.Ledger) rotation.Snapshot {
		s := snapshot()
		under(phase, sentUntil(12*time.Hour))(&s)
		s.Ledger = current
		besideStandby(under(phase, sentUntil(12*time.Hour)), withLedger(other))(&s)
		return s
	}
	if at := pair(rotation.PhaseUnresolved, heldTwice, rotation.Ledger{}).ResumeAt(now); !at.Equal(start.Add(12 * time.Hour)) {
		t.Errorf("the current account is held: %v", at)
	}
	if at := pair(rotation.PhaseUnresolved, rotation.Ledger{}, heldTwice).ResumeAt(now); !at.IsZero() {
		t.Errorf("the standby is held: %v", at)
	}
	s := pair(rotation.PhaseUnresolved, rotation.Ledger{}, heldTwice)
	if action, at := s.Due(now); action != rotation.ActionCheck || !at.Equal(s.Record.Slot) {
		t.Errorf("the current account's check: %s at %v", action, at)
	}
	s = pair(rotation.PhaseSent, rotation.Ledger{}, rotation.Ledger{})
	if action, at := s.Due(now); action != rotation.ActionRotate || !at.Equal(start.Add(12*time.Hour+5*time.Second)) {
		t.Errorf("the standby's rotation: %s at %v", action, at)
	}
	withPause(3 * rotation.Day)(&s)
	if action, _ := s.Due(now); action != rotation.ActionRotate {
		t.Errorf("in a pause: %s", action)
	}
}

// What the sweep does leaves nothing due at once: of every stage, under every kind of trouble.
func TestNothingIsDueAtOnceAgain(t *testing.T) {
	t.Parallel()
	troubles := map[string]func(*world){
		"none":                         func(*world) {},
		"the pod is down":              func(w *world) { w.podDown = true },
		"the directory is down":        func(w *world) { w.doorDown = true },
		"all is down":                  func(w *world) { w.podDown, w.doorDown = true, true },
		"the pod is in maintenance":    func(w *world) { w.maintained = true },
		"the budget is spent":          ledgerWith(refusedBy(rotation.ByEngine), refusedBy(rotation.ByEngine)),
		"one was refused":              ledgerWith(refusedBy(rotation.ByEngine)),
		"a person's was refused":       ledgerWith(refusedBy(rotation.ByPerson)),
		"one was lost":                 ledgerWith(rotation.Charge{By: rotation.ByEngine, State: rotation.ChargeUnanswered}),
		"unlocked lately":              unlocked(10 * time.Minute),
		"locked":                       func(w *world) { w.counts = true; w.user().locked, w.user().count = true, 5 },
		"one more refusal would lock":  func(w *world) { w.counts = true; w.user().count = 4 },
		"the permission was withdrawn": func(w *world) { w.forbidden = true },
		"somebody set another":         liveIs(byHand),
		"one is kept":                  keeping("kept"),
		"one is kept and refused":      func(w *world) { keeping("kept")(w); ledgerWith(refusedBy(rotation.ByEngine))(w); liveIs(byHand)(w) },
		"one is kept, the pod down":    func(w *world) { keeping("kept")(w); ledgerWith(refusedBy(rotation.ByEngine))(w); w.podDown = true },
		"paused":                       func(w *world) { w.holding.Integration.PausedUntil = time.Now().Add(rotation.Day) },
		"a budget of one":              budget(1),
	}
	for name, trouble := range troubles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for k := range kinds {
				for _, s := range []stage{atRest, isPrepared, isSent, isPromised, isServed, isUnsettled} {
					synctest.Test(t, func(t *testing.T) {
						w := newWorld(t, k)
						w.quiet = true
						w.reaches(s)
						trouble(w)
						w.holding.Policy.RotationPeriod = time.Hour
						p := w.process()
						p.runs(6 * time.Hour)
						if t.Failed() {
							t.Fatalf("of %s, from %s", k, s)
						}
					})
				}
			}
		})
	}
}

// A rotation that is put off while it waits for its turn is not begun.
func TestARotationThatIsNotPermittedAnyMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, overFusion)
		p := w.process()
		refused := errors.New("put off")
		_, err := p.rotator.Rotate(t.Context(), p.holder(), rotation.RotateOptions{By: rotation.ByEngine, Permitted: func(h rotation.Holding) error {
			if h.Step != w.holding.Step {
				t.Error("it is asked of another step")
			}
			return refused
		}})
		if !errors.Is(err, refused) || w.took() != "" {
			t.Errorf("%v, %s", err, w.trace)
		}
	})
}

// A password that a rotation proved, and that no check has reached since, is asked about soon: the process may have died
// between its promotion and its record, and the first check after that may have failed with it.
func TestAfterAProofTheNextCheckIsSoon(t *testing.T) {
	t.Parallel()
	slot := start.Add(time.Hour)
	for name, tt := range map[string]struct {
		loggedIn bool
		login    rotation.LoginKnown
		failures int
		want     time.Time
	}{
		"no check has failed":                   {true, rotation.LoginNever, 0, slot},
		"the first failed":                      {true, rotation.LoginNever, 1, start.Add(time.Minute)},
		"the third failed":                      {true, rotation.LoginNever, 3, start.Add(4 * time.Minute)},
		"so many failed that the slot is first": {true, rotation.LoginNever, 500, slot},
		"it never logged in":                    {false, rotation.LoginNever, 1, slot},
		"a check has reached it":                {true, rotation.LoginAccepted, 1, slot},
	} {
		s := snapshot()
		s.Integration.Rotation.LoggedIn = tt.loggedIn
		s.Record.Login, s.Record.Failures, s.Record.LastCheck = tt.login, tt.failures, start
		s.Record.Slot, s.Record.SlotBase, s.Record.SlotKey = slot, start, s.Policy.ScheduleKey()
		if due := s.DueAt(start.Add(time.Second)); !due.Equal(tt.want) {
			t.Errorf("%s: due at %v, want %v", name, due, tt.want)
		}
	}
}

// While the directory shows a lock, a check only asks the directory, which ends nothing: were it due again after a minute, it
// would be due at once ever after, and ask the directory without end.
func TestAProofBringsNoLookForward(t *testing.T) {
	t.Parallel()
	slot := start.Add(time.Hour)
	s := snapshot()
	s.Integration.Rotation.LoggedIn = true
	s.Integration.Directory, s.Integration.DirectoryID = "door", "door-id"
	s.Record.Login, s.Record.Failures, s.Record.LastCheck = rotation.LoginNever, 1, start
	s.Record.Slot, s.Record.SlotBase, s.Record.SlotKey = slot, start, s.Policy.ScheduleKey()
	s.Ledger.Sighting = &rotation.Sighting{
		Directory: "door-id", IntegrationID: s.Integration.ID, Observed: start,
		View: oracle.View{Found: oracle.Yes, Active: oracle.Yes, Locked: oracle.Yes},
	}
	if due := s.DueAt(start.Add(2 * time.Minute)); !due.Equal(slot) {
		t.Errorf("due at %v, want %v", due, slot)
	}
}

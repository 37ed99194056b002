package backend

import (
	"slices"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// keysEntry is every password of one user that may be the live one.
type keysEntry struct {
	Username          string           `json:"username"`
	Password          string           `json:"password"`
	LoggedIn          bool             `json:"logged_in,omitempty"`
	KnownUser         bool             `json:"known_user,omitempty"`
	Own               bool             `json:"own,omitempty"` // the engine drew it
	Previous          string           `json:"previous,omitempty"`
	PreviousSet       time.Time        `json:"previous_set,omitzero"`
	Candidates        []candidateEntry `json:"candidates,omitempty"`
	Basis             int64            `json:"basis"` // new with everything that a login depends on
	PasswordSetTime   time.Time        `json:"password_set_time"`
	PasswordSetSource string           `json:"password_set_source"`
}

type candidateEntry struct {
	Password     string    `json:"password"`
	Deadline     time.Time `json:"deadline"`
	Own          bool      `json:"own,omitempty"`
	Acknowledged bool      `json:"acknowledged,omitempty"`
}

// redacted stands in memory for a password that is stored, where only that there is one matters.
const redacted = "*"

func (e keysEntry) withoutSecrets() keysEntry {
	if e.Previous != "" {
		e.Previous = redacted
	}
	kept := e.Candidates
	e.Candidates = make([]candidateEntry, len(kept))
	for i, c := range kept {
		e.Candidates[i] = candidateEntry{redacted, c.Deadline, c.Own, c.Acknowledged}
		if c.Password == e.Password {
			e.Candidates[i].Password = "" // as the password itself, so that the two stay equal
		}
	}
	e.Password = ""
	return e
}

// kept counts the passwords that may be live beside the stored one.
func (e keysEntry) kept() int {
	n := 0
	for _, c := range e.Candidates {
		if c.Password != e.Password {
			n++
		}
	}
	return n
}

func (e keysEntry) forRotation() rotation.Keys {
	keys := rotation.Keys{
		Username: e.Username, Basis: e.Basis, Password: secret.New(e.Password), LoggedIn: e.LoggedIn, KnownUser: e.KnownUser, Own: e.Own,
		Previous: secret.New(e.Previous), PreviousSet: e.PreviousSet, Set: e.PasswordSetTime, SetByUs: e.PasswordSetSource == setByEngine,
	}
	for _, c := range e.Candidates {
		keys.Candidates = append(keys.Candidates, rotation.Candidate{
			Password: secret.New(c.Password), Deadline: c.Deadline, Own: c.Own, Acknowledged: c.Acknowledged,
		})
	}
	return keys
}

func (e keysEntry) keptUntil() (last, full time.Time) {
	return rotation.KeptUntil(e.forRotation().Candidates)
}

// with takes over what a rotation made of the keys. What others noted meanwhile of the same password stays: that it
// logged in, and when somebody says it was set.
func (e keysEntry) with(keys rotation.Keys) keysEntry {
	if e.Password != keys.Password.Reveal() {
		e.PasswordSetTime, e.PasswordSetSource, e.LoggedIn, e.Own = keys.Set, setAssumed, false, keys.Own
		if keys.SetByUs {
			e.PasswordSetSource = setByEngine
		}
	}
	e.Username, e.Basis, e.Password = keys.Username, keys.Basis, keys.Password.Reveal()
	e.LoggedIn, e.KnownUser = e.LoggedIn || keys.LoggedIn, e.KnownUser || keys.KnownUser
	e.Previous, e.PreviousSet, e.Candidates = keys.Previous.Reveal(), keys.PreviousSet, nil
	for _, c := range keys.Candidates {
		e.Candidates = append(e.Candidates, candidateEntry{c.Password.Reveal(), c.Deadline, c.Own, c.Acknowledged})
	}
	return e
}

// provedAlready says whether a login with the stored password tells nothing new of what is kept.
func (e keysEntry) provedAlready(now time.Time) bool {
	proved := e.forRotation().Proved(now)
	return e.LoggedIn && e.KnownUser && len(proved.Candidates) == len(e.Candidates) &&
		!slices.ContainsFunc(e.Candidates, func(c candidateEntry) bool { return c.Acknowledged })
}

// loggedIn is the entry after the stored password has logged in.
func (e keysEntry) loggedIn(now time.Time) keysEntry { return e.with(e.forRotation().Proved(now)) }

// rotationEntry is where the rotation of a holder's password stands.
type rotationEntry struct {
	Step        int64            `json:"step,omitempty"` // counts the changes of passwords and phase
	Turn        *turnEntry       `json:"turn,omitempty"` // nil: none is under way
	ProvenBy    string           `json:"proven_by,omitempty"`
	Retry       rotation.Retry   `json:"retry,omitzero"`
	KeptWait    rotation.Retry   `json:"kept_wait,omitzero"`
	Last        time.Time        `json:"last,omitzero"`
	Error       rotation.Failure `json:"error,omitempty"`
	ErrorDetail string           `json:"error_detail,omitempty"`
	BasisMade   int64            `json:"basis_made,omitempty"`
}

type turnEntry struct {
	Phase     rotation.Phase     `json:"phase"`
	Password  string             `json:"password,omitempty"`
	Served    bool               `json:"served,omitempty"`
	Deadline  time.Time          `json:"deadline,omitzero"`
	UserID    string             `json:"user_id,omitempty"`
	SetBefore time.Time          `json:"set_before,omitzero"`
	Sends     int                `json:"sends,omitempty"`
	Lost      bool               `json:"lost,omitempty"`
	Drawn     int                `json:"drawn,omitempty"`
	Refusals  int                `json:"refusals,omitempty"`
	RefusedAt time.Time          `json:"refused_at,omitzero"`
	Wait      rotation.Retry     `json:"wait,omitzero"`
	Begun     time.Time          `json:"begun"`
	By        rotation.Initiator `json:"by"`
	Actor     string             `json:"actor"`
}

func (e rotationEntry) withoutSecrets() rotationEntry {
	if e.Turn != nil {
		turn := *e.Turn
		turn.Password = ""
		e.Turn = &turn
	}
	return e
}

func (e rotationEntry) turn() rotation.Turn {
	if e.Turn == nil {
		return rotation.Turn{}
	}
	t := *e.Turn
	return rotation.Turn{
		Phase: t.Phase, Password: secret.New(t.Password), Served: t.Served, Deadline: t.Deadline, UserID: t.UserID, SetBefore: t.SetBefore,
		Sends: t.Sends, Lost: t.Lost, Drawn: t.Drawn, Refusals: t.Refusals, RefusedAt: t.RefusedAt, Wait: t.Wait, Begun: t.Begun, By: t.By, Actor: t.Actor,
	}
}

func turnOf(t rotation.Turn) *turnEntry {
	if t.InPhase() == rotation.PhaseIdle {
		return nil
	}
	return &turnEntry{
		Phase: t.Phase, Password: t.Password.Reveal(), Served: t.Served, Deadline: t.Deadline, UserID: t.UserID, SetBefore: t.SetBefore,
		Sends: t.Sends, Lost: t.Lost, Drawn: t.Drawn, Refusals: t.Refusals, RefusedAt: t.RefusedAt, Wait: t.Wait, Begun: t.Begun, By: t.By, Actor: t.Actor,
	}
}

// phase is where the rotation stands.
func (e rotationEntry) phase() rotation.Phase { return e.turn().InPhase() }

// state is where it stands, for the account that it changes.
func (e rotationEntry) state(keys keysEntry) rotation.Standing {
	t := e.turn()
	last, full := keys.keptUntil()
	return rotation.Standing{
		Phase: t.InPhase(), Served: t.Served, Deadline: t.Deadline, Begun: t.Begun, Refusals: t.Refusals, RefusedAt: t.RefusedAt,
		Retry: e.Retry, KeptWait: e.KeptWait, Wait: t.Wait, Last: e.Last, Error: e.Error, Detail: e.ErrorDetail,
		KnownUser: keys.KnownUser, LoggedIn: keys.LoggedIn, Kept: keys.kept(), KeptUntil: last, FullUntil: full, Previous: keys.Previous != "",
	}
}

// with takes over what a step made of the rotation.
func (e rotationEntry) with(h rotation.Holding) rotationEntry {
	return rotationEntry{
		Step: h.Step, Turn: turnOf(h.Turn), ProvenBy: h.ProvenBy, Retry: h.Retry, KeptWait: h.KeptWait, Last: h.LastRotation,
		Error: h.LastError, ErrorDetail: h.LastErrorDetail, BasisMade: max(e.BasisMade, h.BasisMade),
	}
}

// holding is the stored part of a holder in the words of the decisions.
func (e rotationEntry) holding(holder rotation.Holder, id string, current keysEntry, standby *keysEntry) rotation.Holding {
	h := rotation.Holding{
		Holder: holder, ID: id, Step: e.Step, Current: current.forRotation(), Turn: e.turn(), ProvenBy: e.ProvenBy, Retry: e.Retry, KeptWait: e.KeptWait,
		LastRotation: e.Last, LastError: e.Error, LastErrorDetail: e.ErrorDetail, BasisMade: e.BasisMade,
	}
	if standby != nil {
		other := standby.forRotation()
		h.Standby = &other
	}
	return h
}

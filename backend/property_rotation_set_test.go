package backend_test

import (
	"context"
	"slices"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// setRequest is one request that sets a password, from when its process means to send it.
type setRequest struct {
	user, password string
	deadline       time.Time // as stored
	leaves         bool      // it may be on its way
	over           bool      // its process was stopped for so long that its time was over before it could leave
}

// setMargin is how long after a deadline nobody settles yet.
const setMargin = 5 * time.Second

// SetPassword implements backend.Oracle.
func (v *witness) SetPassword(ctx context.Context, directory oracle.Directory, userID, username string, password secret.Value) oracle.Setting {
	none := oracle.Setting{Login: oracle.LoginUnproved, Answer: gone(), Result: oracle.SetNotDone}
	request, lives := v.meansToSet(ctx, directory, username, password.Reveal())
	if !lives {
		return none
	}
	var setting oracle.Setting
	v.setting(request, func() oracle.Setting {
		if directory.Kind != oracle.FusionDirectory {
			setting = v.Client.SetPassword(ctx, directory, userID, username, password)
			return setting
		}
		v.carry(ctx, login{name: directory.Login.Username, password: directory.Login.Password.Reveal(), change: true, do: func() (oracle.LoginResult, bool) {
			setting = v.Client.SetPassword(ctx, directory, userID, username, password)
			return setting.Login, false
		}})
		return setting
	})
	v.process.drive.pass()
	return setting
}

// SetPasswordByToken implements backend.Oracle.
func (v *witness) SetPasswordByToken(ctx context.Context, directory oracle.Directory, userID, username string, password secret.Value) (oracle.Setting, bool) {
	if directory.Kind != oracle.IdentityDomain {
		return oracle.Setting{Login: oracle.LoginUnproved, Result: oracle.SetNotDone}, false
	}
	request, lives := v.meansToSet(ctx, directory, username, password.Reveal())
	if !lives {
		return oracle.Setting{Login: oracle.LoginUnproved, Answer: gone(), Result: oracle.SetNotDone}, true
	}
	var setting oracle.Setting
	done := false
	v.setting(request, func() oracle.Setting {
		setting, done = v.Client.SetPasswordByToken(ctx, directory, userID, username, password)
		return setting
	})
	v.process.drive.pass()
	return setting, done
}

// meansToSet holds a request that is about to leave against promises 9, 12 and 13. It returns when nothing stops its
// process any more.
func (v *witness) meansToSet(ctx context.Context, directory oracle.Directory, name, password string) (request *setRequest, lives bool) {
	w := v.w
	_, _, turn, found := w.kept(name)
	if !v.process.drive.isDead() && (!found || turn == nil || turn.Phase != "sent" || turn.Password != password) && v.process != w.stopped {
		w.book.fault("promise 9: a password is about to be sent for %s that is not stored as sent", name)
	}
	w.maySettle(v.process, name, password)
	request = &setRequest{user: name, password: password, over: ctx.Err() != nil}
	deadline, deleted := w.deletedSince(v.process, name, password)
	if request.deadline = deadline; !deleted {
		if !request.over { // else nothing of it may leave, which setting sees
			w.mayReach(directory, name)
		}
		if turn != nil {
			request.deadline = turn.Deadline
		}
	}
	w.Lock()
	for _, other := range w.setting {
		if other.user == name && other.leaves && time.Now().Before(other.deadline) {
			w.book.fault("promise 12: two requests that set a password of %s are in flight at once", name)
		}
	}
	request.leaves = true
	w.setting = append(w.setting, request)
	if w.sent[name] == nil {
		w.sent[name] = map[string]bool{}
	}
	w.sent[name][password] = w.sent[name][password] || !deleted
	w.Unlock()
	lives = v.process.drive.pass()
	if !lives {
		v.over(request)
	}
	w.tick()
	return request, lives
}

// deletedSince says whether the integration of what a process has stored as sent was deleted while a signal stopped
// the process, and gives the deadline.
func (w *world) deletedSince(p *process, name, password string) (deadline time.Time, deleted bool) {
	gl, _ := w.gl()
	w.Lock()
	defer w.Unlock()
	s := w.sending[name]
	return s.deadline, s.by == p && s.password == password && s.of != "" && s.of != gl.ID
}

// isSetting says whether any request that sets a password may be on its way.
func (w *world) isSetting() bool {
	w.Lock()
	defer w.Unlock()
	return slices.ContainsFunc(w.setting, func(r *setRequest) bool { return r.leaves })
}

func (v *witness) over(request *setRequest) {
	v.w.Lock()
	defer v.w.Unlock()
	request.leaves = false
}

// setting sends a request, and notes what it came to.
func (v *witness) setting(request *setRequest, send func() oracle.Setting) {
	w := v.w
	late := request.over || time.Now().After(request.deadline)
	before, held := len(w.setRequests()), w.armedLate()
	setting := send()
	v.over(request)
	alone := !w.isSetting()
	if left := len(w.setRequests()) - before; left > 0 && late {
		w.book.fault("promise 12: a request that sets a password of %s left %v after its deadline", request.user, time.Since(request.deadline))
	} else if left > 1 && setting.Login != oracle.LoginAccepted && alone {
		w.book.fault("promise 12: a password of %s was sent %d times at once", request.user, left)
	}
	w.Lock()
	defer w.Unlock()
	w.held += held - w.armedLate()
	w.of(request.user).looks = nil // another password, another count
	w.stage.tally.add("set requests: "+string(setting.Result), 1)
	if setting.Result == oracle.SetAccepted {
		w.of(request.user).said[request.password] = true
	}
	if setting.Result == oracle.SetUnknown && setting.Answer.Delivery == oracle.Unanswered && w.door != domainDirectory {
		w.of(request.user).knockAfterSet = true
	}
}

// setRequests are those of Oracle's log that set passwords.
func (w *world) setRequests() []oraclesim.Request {
	return slices.DeleteFunc(w.stage.pod.Requests(), func(r oraclesim.Request) bool {
		return r.Method != "PATCH" && !strings.HasPrefix(r.Path, "/admin/v1/UserPasswordChanger/")
	})
}

// armedLate is how many requests that set a password are still to be carried out late.
func (w *world) armedLate() int {
	n := 0
	for _, fault := range w.stage.pod.Faults() {
		if fault.Kind == oraclesim.FaultLate && setsPassword(fault) {
			n += fault.Count
		}
	}
	return n
}

func setsPassword(fault oraclesim.Fault) bool {
	return fault.Method == "PATCH" || strings.HasPrefix(fault.Path, "/admin/v1/UserPasswordChanger")
}

// holdsSet says whether Oracle holds a request that sets a password, or is about to.
func (w *world) holdsSet() bool {
	w.Lock()
	defer w.Unlock()
	return w.held > 0 || w.armedLate() > 0
}

// maySettle: nobody settles what another process has sent before its deadline and a margin (promise 12).
func (w *world) maySettle(p *process, name, password string) {
	w.Lock()
	defer w.Unlock()
	s, found := w.sending[name]
	_, _, turn, _ := w.kept(name)
	if !found || s.by == p || turn == nil || turn.Phase != "sent" || turn.Password != s.password {
		return
	}
	if left := time.Until(s.deadline.Add(setMargin)); left > 0 {
		w.book.fault("promise 12: what another process sent for %s is settled %v before it can no longer arrive", name, left)
	}
}

// mayReach: nothing is set for a user that the directory does not permit (promise 13).
func (w *world) mayReach(directory oracle.Directory, name string) {
	d, exists := w.d()
	gl, _ := w.gl()
	switch own := strings.EqualFold(directory.Login.Username, name); {
	case own && exists && strings.EqualFold(d.User, name): // the directory's own
	case own && gl.SelfManaged && strings.EqualFold(gl.Username, name):
	case own || !exists || gl.Directory != "d" || !permits(d.Allowed, name):
		w.book.fault("promise 13: a password is set for %s, whom the directory does not permit: %v", name, d.Allowed)
	}
}

// permits knows the patterns that the test uses.
func permits(allowed []string, name string) bool {
	return slices.ContainsFunc(allowed, func(pattern string) bool {
		start, open := strings.CutSuffix(pattern, "*")
		return open && strings.HasPrefix(name, start) || pattern == name
	})
}

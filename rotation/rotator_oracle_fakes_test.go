package rotation_test

import (
	"context"
	"fmt"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// requestTime is how long Oracle takes for an answer.
const requestTime = time.Second

// carriesOut brings Oracle up to now.
func (w *world) carriesOut() {
	now := time.Now()
	var left []queued
	for _, q := range w.queue {
		if q.at.After(now) {
			left = append(left, q)
			continue
		}
		w.users[q.user].password, w.users[q.user].set = q.password, q.at
	}
	w.queue = left
}

// Knock implements rotation.Knocker.
func (p *process) Knock(context.Context, oracle.Endpoint) oracle.Answer {
	if p.op() != nil {
		return doorSilent.Answer
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.say("knock")
	if p.podDown {
		return oracle.Answer{Outcome: oracle.Timeout, Delivery: oracle.Unanswered}
	}
	return oracle.Answer{Outcome: oracle.Refused, Delivery: oracle.Answered, HTTPStatus: 401}
}

// Survey implements rotation.Surveyor.
func (p *process) Survey(ctx context.Context, _ oracle.Endpoint, login oracle.Login, _ []oracle.Plan) oracle.Findings {
	return p.logsIn(ctx, login)
}

// logsIn is one login of an account, as the network lets it through.
func (p *process) logsIn(ctx context.Context, login oracle.Login) oracle.Findings {
	if p.op() != nil || ctx.Err() != nil {
		return notSent
	}
	p.mu.Lock()
	p.carriesOut()
	way := arrives
	if len(p.travels) > 0 {
		way, p.travels = p.travels[0], p.travels[1:]
	}
	if p.maintained {
		way = unavailable
	}
	if p.podDown {
		way = losesRequest
	}
	by := p.charged(login.Username)
	f, dies := way.deliver(p.users[login.Username], login.Password.Reveal(), by)
	p.say("login %s: %s", login.Password.Reveal(), f.Login)
	p.dead = p.dead || dies
	p.mu.Unlock()
	wait(ctx, requestTime)
	if p.op() != nil {
		return notSent
	}
	return f
}

// charged is on whose budget a login goes, by what is stored.
func (w *world) charged(user string) rotation.Initiator {
	for _, c := range w.ledgers[rotation.AccountOf(user, podURL)].Charges {
		if c.State == rotation.ChargePending {
			if time.Now().After(c.Deadline) {
				w.t.Errorf("a login of %s left after its deadline", user)
			}
			return c.By
		}
	}
	w.t.Errorf("a login of %s left without a stored charge", user)
	return ""
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// LookUp implements rotation.LookUps. A user that sets its own password logs in with it.
func (p *process) LookUp(ctx context.Context, d oracle.Directory, username string) oracle.LookUp {
	if _, own := p.users[d.Login.Username]; own {
		return p.looksItself(ctx, d, username)
	}
	return p.lookUp(ctx, username)
}

func (p *process) looksItself(ctx context.Context, d oracle.Directory, username string) oracle.LookUp {
	f := p.logsIn(ctx, d.Login)
	look := oracle.LookUp{Login: f.Login, Answer: f.Cause}
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.Login != oracle.LoginAccepted {
		return look
	}
	if len(p.looks) > 0 {
		look, p.looks = p.looks[0], p.looks[1:]
		return look
	}
	return doorSays(oracle.View{Found: oracle.Yes, ID: "id-" + username})
}

func (p *process) lookUp(ctx context.Context, username string) oracle.LookUp {
	if p.op() != nil || ctx.Err() != nil {
		return doorSilent
	}
	wait(ctx, requestTime)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.carriesOut()
	p.say("look")
	if len(p.looks) > 0 {
		look := p.looks[0]
		p.looks = p.looks[1:]
		return look
	}
	if p.doorDown {
		return doorSilent
	}
	return doorSays(p.view(username))
}

func (w *world) view(username string) oracle.View {
	view := uncounted(oracle.NotKnown)
	user := w.users[username]
	if w.counts {
		view = countsLogins.view(user, true)
	}
	view.ID = "id-" + username
	if w.unknown {
		return oracle.View{Found: oracle.No}
	}
	if w.holding.Integration.DirectoryKind == oracle.IdentityDomain && !w.undated {
		view.PasswordSet = user.set
	}
	return view
}

// LookUpByToken implements rotation.LookUps.
func (p *process) LookUpByToken(ctx context.Context, _ oracle.Directory, username string) (oracle.LookUp, bool) {
	if !p.byToken {
		return oracle.LookUp{}, false
	}
	return p.lookUp(ctx, username), true
}

func (*process) ForgetToken(oracle.Directory) {}

// LoadDirectory implements rotation.Directories.
func (p *process) LoadDirectory(context.Context, string) (rotation.Directory, oracle.Directory, rotation.Policy, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return rotation.Directory{}, oracle.Directory{}, rotation.Policy{}, errDead
	}
	d := rotation.Directory{
		Name: "door", ID: directoryID, Basis: 1, Kind: p.holding.Integration.DirectoryKind, URL: podURL, User: "ADMIN",
		AllowedUsernames: []string{"API_*"}, AllowedServerHosts: []string{"*"},
	}
	if d.Kind == oracle.IdentityDomain {
		d.URL = "https://domain.example"
	}
	if p.forbidden {
		d.AllowedUsernames = []string{"NOBODY"}
	}
	return d, oracle.Directory{Kind: d.Kind, Login: oracle.Login{Username: "ADMIN", Password: secret.New("admin")}}, rotation.DefaultPolicy(), nil
}

func (*process) SaveHealth(context.Context, rotation.Directory, oracle.LookUp, time.Time) error {
	return nil
}

// Draw implements rotation.Surroundings.
func (p *process) Draw(_ context.Context, h rotation.Holding, username string) (secret.Value, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.draws++
	if of := targetOf(&h); username != of.Username {
		p.t.Errorf("a password was drawn for %s", username)
	}
	if p.draws == p.drawFails {
		p.say("draw fails")
		return secret.Value{}, fmt.Errorf("the rules contradict each other")
	}
	p.say("draw")
	return secret.New(fmt.Sprintf("new-%d", p.draws)), nil
}

// Fingerprint implements rotation.Surroundings.
func (p *process) Fingerprint(ctx context.Context, account rotation.Account, password secret.Value) (rotation.Fingerprint, error) {
	return rotation.Fingerprint(string(account) + "/" + password.Reveal()), ctx.Err()
}

func (*process) Jitter() float64 { return 1 }

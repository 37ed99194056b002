// Package receiver speaks to whoever is told: a webhook, Slack, Teams, PagerDuty, Alertmanager.
//
// It writes one message in the receiver's form, sends it once and says what became of it. Whom to tell what, when to try
// again and what was told before is not its business. Its invariant: the address of a receiver and its secrets are in the
// request and nowhere else, and no text of a message becomes a mention, a link or a command of the receiver's.
//
//	to, err := receiver.New(cfg, nil)
//	err = to.Send(ctx, message)
//	var refused *receiver.Refused
//	if errors.As(err, &refused) && refused.Permanent { … } // somebody has to mend it
package receiver

// Package oracle speaks to an Oracle Fusion pod: it sends one request at a time and says, from a closed
// list, what came back.
//
// It is for proving a login by reading one row of each finance module (Survey) and for asking whether a
// pod answers at all (Knock). It does not decide when to ask, what a refusal means for the account, or
// what to remember: that is package rotation.
//
// Invariant: a request that carries a password leaves at most once per call of the transport, only over
// TLS 1.2 or later, only to a host that the operator allowed, and never after the deadline of its context.
//
//	client := oracle.NewClient()
//	findings := client.Survey(ctx, endpoint, login, []oracle.Plan{oracle.PlanFor(oracle.GeneralLedger, "")})
//	if findings.Login == oracle.LoginAccepted { … }
package oracle

// Package oracle speaks to an Oracle Fusion pod and to the directories that know its accounts: it sends one request at
// a time and says, from closed lists, what came back.
//
// It is for proving a login by reading one row of each finance module (Survey), for asking whether a pod answers at all
// (Knock), and for asking a directory about an account (LookUp, LookUpByToken): Fusion SCIM on the pod itself, or the
// OCI IAM identity domain before it; and for asking that directory to give it another password (SetPassword,
// SetPasswordByToken). It does not decide when to ask, what a refusal means for the account, or what to
// remember: that is package rotation.
//
// Invariant: every request leaves through Client.do, only over TLS 1.2 or later, on a connection of its own, only to a
// host that the operator allowed, never after the deadline of its context, and never where a redirect points. One that
// carries a password or a client's secret is a login: it is not sent again once it may have arrived unanswered, and not
// after a 401. One that sets a password is sent once, whatever becomes of it. So neither Survey nor LookUp causes more than one login that is refused or not answered.
//
// What a directory does not say, or says in another form than documented, is not known, which is never "no". Tokens of
// an identity domain live in the memory of one Client.
//
//	client := oracle.NewClient()
//	findings := client.Survey(ctx, endpoint, login, []oracle.Plan{oracle.PlanFor(oracle.GeneralLedger, "")})
//	if findings.Login == oracle.LoginAccepted { … }
//	look := client.LookUp(ctx, directory, "INT_GL")
//	if look.Answered() && look.View.Locked == oracle.Yes { … }
package oracle

// Package rotation decides when a credential is checked, whether a login may be spent on it, and what the
// answers mean.
//
// It is for the decisions (policy, schedule, guard, verdict: values in, now in, a value out) and for the
// thin shells that act on them over small interfaces (Prover, Checker, Sweeper). It is not for storage,
// for what an operator may say, or for HTTP: those are packages backend and oracle.
//
// Invariant: what status shows, what a dry run predicts, and what the sweep does come from the same
// functions, Judge, Allow and DueAt.
//
//	verdict := rotation.Judge(snapshot, time.Now())
//	if verdict.Severity == rotation.SeverityCritical { … verdict.Message … }
package rotation

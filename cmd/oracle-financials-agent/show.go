package main

import (
	"io"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
	"vault-plugin-secrets-oracle-financials/rotation/agent/once"
	"vault-plugin-secrets-oracle-financials/rotation/agent/output"
)

// ofMounts is what was read of whole mounts.
func (a *asking) ofMounts(mounts []estate.Mount) output.Estate {
	shown := output.Estate{Mounts: a.config.Mounts, Now: time.Now()}
	for _, mount := range mounts {
		if !mount.Up {
			shown.Faults = append(shown.Faults, output.Fault{Mount: mount.Path, Message: mount.Fault})
		}
		shown.Statuses = append(shown.Statuses, mount.Statuses...)
	}
	return shown
}

// ofAnswers is what was learned of integrations that were asked one by one.
func (a *asking) ofAnswers(answers []once.Answer) output.Estate {
	shown := output.Estate{Mounts: a.config.Mounts, Now: time.Now()}
	for _, answer := range answers {
		if answer.Fault != "" {
			shown.Faults = append(shown.Faults, output.Fault{Mount: answer.Mount, Name: answer.Name.Name, Message: answer.Fault})
			continue
		}
		shown.Statuses = append(shown.Statuses, answer.Status)
	}
	return shown
}

// show writes the estate, says what could not be asked, and ends with the exit code of the worst.
func (a *asking) show(shown output.Estate) error { return a.showWith(shown, shown.ExitCode()) }

func (a *asking) showWith(shown output.Estate, code int) error {
	a.complain(shown.Faults)
	return finish(a.around.out, func(w io.Writer) error { return shown.Write(w, a.format, style(w, a.around.environ)) }, code)
}

// complain says on standard error what could not be asked.
func (a *asking) complain(faults []output.Fault) {
	for _, fault := range faults {
		where := fault.Mount
		if fault.Name != "" {
			where += "/" + fault.Name
		}
		a.warn("%s: %s: %s", program, where, fault.Message)
	}
}

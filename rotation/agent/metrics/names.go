package metrics

import "github.com/prometheus/client_golang/prometheus"

// prefix is before every name.
const prefix = "oracle_financials_"

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prefix+name, help, labels, nil)
}

// descs is every metric of the agent. Labels are closed lists and names that an operator chose: no user, URL or message.
type descs struct {
	state, expiry, lastCheck, lastSuccess, nextCheck, lastRotation, rotationDue, held, module *prometheus.Desc

	sweepLag, sourceUp, notifications, tokenExpiry, reloaded, build *prometheus.Desc
}

func newDescs() descs {
	return descs{
		state: desc("credential_state",
			"1 for the state an integration is in, 0 for every other; all 0 for a state this agent does not know.", "mount", "name", "state"),
		expiry: desc("credential_password_expiry_timestamp_seconds",
			"When the stored password expires by its age, as last known; no series if it never does.", "mount", "name"),
		lastCheck: desc("credential_last_check_timestamp_seconds",
			"When the integration was last checked; no series before the first check.", "mount", "name"),
		lastSuccess: desc("credential_last_success_timestamp_seconds",
			"When the stored password last logged in; no series before it did.", "mount", "name"),
		nextCheck: desc("credential_next_check_timestamp_seconds",
			"When the engine checks it next; no series while it waits for a person.", "mount", "name"),
		lastRotation: desc("credential_last_rotation_timestamp_seconds",
			"When the engine last rotated it; no series before the first rotation.", "mount", "name"),
		rotationDue: desc("credential_rotation_due_timestamp_seconds",
			"When the engine rotates it next; no series if it does not by itself.", "mount", "name"),
		held: desc("credential_held",
			"1 while the lockout guard holds back the engine's logins.", "mount", "name"),
		module: desc("credential_module_accessible",
			"1 if the user may work with the module, 0 if it is forbidden, missing or in error.", "mount", "name", "module"),
		sweepLag: desc("sweep_lag_seconds",
			"How long the longest overdue check or rotation has waited; while the mount cannot be read, that plus the age of the last report.", "mount"),
		sourceUp: desc("source_up",
			"1 if the last attempt to read the mount succeeded; its other series show what was last known.", "mount"),
		notifications: desc("notifications_total",
			"Messages to a receiver, by what became of them.", "receiver", "result"),
		tokenExpiry: desc("vault_token_expiry_timestamp_seconds",
			"When the agent's Vault token ends; no series if that is not known, or it does not."),
		reloaded: desc("config_last_reload_successful",
			"1 if the last reload of the configuration was good, or there was none."),
		build: desc("build_info",
			"Always 1; its labels say what was built.", "version", "commit", "goversion"),
	}
}

// all lists every one of them.
func (d descs) all() []*prometheus.Desc {
	return []*prometheus.Desc{
		d.state, d.expiry, d.lastCheck, d.lastSuccess, d.nextCheck, d.lastRotation, d.rotationDue, d.held, d.module,
		d.sweepLag, d.sourceUp, d.notifications, d.tokenExpiry, d.reloaded, d.build,
	}
}

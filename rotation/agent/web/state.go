package web

import (
	"fmt"
	"net/http"
	"strings"

	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

func healthy(w http.ResponseWriter, agent Agent) {
	if !agent.Healthy() {
		http.Error(w, "The agent's loop has stopped ticking: restart the agent, and keep its log.", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "The agent's loop ticks.")
}

func ready(w http.ResponseWriter, agent Agent) {
	if !agent.Ready() {
		http.Error(w, unready(agent.Snapshot()), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "Every mount has been read.")
}

// unready says what the agent still waits for.
func unready(known estate.Snapshot) string {
	var waiting []string
	for _, mount := range known.Mounts {
		if mount.Revision == "" {
			waiting = append(waiting, fmt.Sprintf("%s: %s", mount.Path, mount.Fault))
		}
	}
	if len(waiting) == 0 {
		return "Not ready yet: the first report is being taken over."
	}
	return "Not ready yet, because a mount has never been read. " + strings.Join(waiting, "; ")
}

// reload loads the configuration again, for whoever may reach this server. A browser may not: whose page it shows, and
// whether the name that it asked for is this server's, nobody here can tell.
func reload(w http.ResponseWriter, r *http.Request, agent Agent) {
	if r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "" {
		http.Error(w, "A browser may not reload this agent: use curl -X POST, or send the process SIGHUP.", http.StatusForbidden)
		return
	}
	if err := agent.Reload(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprintln(w, "The configuration is reloaded.")
}

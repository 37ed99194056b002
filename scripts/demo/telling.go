package main

func telling() chapter {
	const agent = "oracle-financials-agent "
	return chapter{title: "Somebody is told: the agent", scenes: []scene{
		{
			say: "Vault knows all this by now, and tells nobody. A program beside it does, the agent. The Vault policy that it needs " +
				"allows to see every state and to start checks, and neither to read a password nor to choose one.",
			run: agent + "policy", show: []string{"path"}, want: []string{`path "oracle-financials/report"`},
		},
		{
			say: "What needs a hand comes first, and below the table stands what to do. The exit code, 2 for critical, is for schedulers.",
			run: agent + "status", exit: 2, want: []string{"ap-prod", "rejected", "gl-prod"},
		},
		{
			say: "A monitoring system gets the same in its own form, here of the one that is well.",
			run: agent + "status gl-prod --output nagios", want: []string{"OK"},
		},
		{
			say: "And what would run if a schedule came by now? The engine has a clock of its own, so nothing is left to do.",
			run: agent + "plan", exit: 2, show: []string{"oracle-financials:"}, want: []string{"0 due"},
		},
	}}
}

package main

import "fmt"

// absolute tells the rounds of reads in numbers of this machine, and draws them.
func (f *findings) absolute(clients int, done rounds) error {
	var rates, delays []bar
	for _, name := range []string{emptyVault, emptyReply, theLimit, ours, openldap, kvExternal, kvBuiltIn} {
		rate := bar{name, figureOf(done.perSecond(name)), name == ours}
		rates = append(rates, rate)
		delays = append(delays, bar{name, figureOf(done.p50(name)), name == ours})
		f.say(fmt.Sprintf("%s, %s: %s reads per second (%s to %s), p50 %s ms, p99 %s ms.", clientsInWords(clients), name,
			written(rate.median), written(rate.low), written(rate.high),
			written(figureOf(done.p50(name)).median), written(figureOf(done.p99(name)).median)))
	}
	if err := f.drawBars(fmt.Sprintf("reads-%d.svg", clients), "reads per second, "+clientsInWords(clients), "per second",
		"Reads per second by "+clientsInWords(clients)+"; the whiskers hold half of the rounds.", rates); err != nil {
		return err
	}
	return f.drawBars(fmt.Sprintf("p50-%d.svg", clients), "p50 of a read, "+clientsInWords(clients), "ms",
		"The p50 of a read by "+clientsInWords(clients)+"; the whiskers hold half of the rounds.", delays)
}

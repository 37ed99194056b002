package backend_test

import (
	"maps"

	"pgregory.net/rapid"
)

// rotationActions are what can happen where a password can be set.
func (w *world) rotationActions() map[string]func(*rapid.T) {
	all := map[string]func(*rapid.T){
		"rotates in trouble 1": w.rotatesInTrouble, "rotates in trouble 2": w.rotatesInTrouble, "rotates in trouble 3": w.rotatesInTrouble,
		"rotates in trouble 4": w.rotatesInTrouble, "rotates in trouble 5": w.rotatesInTrouble, "rotates in trouble 6": w.rotatesInTrouble,
		"set requests fail": w.setFaults, "late requests arrive 1": w.arrivesLate, "late requests arrive 2": w.arrivesLate, "late requests arrive 3": w.arrivesLate,
		"a process is stopped": w.halts, "the stopped process goes on": w.goesOn,
		"doorman 1": w.doorman, "doorman 2": w.doorman, "permission": w.permission, "pause": w.pauses, "calm 2": w.calmDown,
		"time passes 4": w.timePasses, "time passes 5": w.timePasses, "a moment passes 2": w.momentPasses, "a moment passes 3": w.momentPasses,
	}
	if w.people {
		maps.Copy(all, map[string]func(*rapid.T){
			"rotate 1": w.rotate, "rotate 2": w.rotate, "state 1": w.states, "state 2": w.states, "state 3": w.states,
			"release one": w.releaseOne, "directory's own password 1": w.directoryRotates, "directory's own password 2": w.directoryRotates,
			"write the directory": w.directoryWritten,
		})
	}
	return all
}

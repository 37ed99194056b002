package vaultdev

// What other systems print is read by these; no test could make them print it.
var (
	ParentFromStat = parentFromStat
	SocketInode    = socketInode
	VersionFrom    = versionFrom
	PIDsInListing  = func(listing string, parent int) (pids []int, executables []string) {
		for _, c := range childrenFromListing(listing, parent) {
			pids = append(pids, c.pid)
			executables = append(executables, c.executable)
		}
		return pids, executables
	}
)

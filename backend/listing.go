package backend

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// listing is the mount at one instant, ordered by name.
type listing struct {
	integrations []listed
	deleted      map[string]int64
	token        string // names this instant for report's since
	epoch        string
	revision     int64
}

// listed is one integration in a listing.
type listed struct {
	snapshot rotation.Snapshot
	entry    integrationEntry // without its passwords
	revision int64
	shownSeq int64
}

func (v *view) all() listing {
	v.mu.RLock()
	defer v.mu.RUnlock()
	all := listing{
		epoch: v.epoch, revision: v.revision, token: v.epoch + "-" + strconv.FormatInt(v.revision, 10),
		deleted: maps.Clone(v.deleted), integrations: make([]listed, 0, len(v.integrations)),
	}
	for name, k := range v.integrations {
		all.integrations = append(all.integrations, listed{
			snapshot: v.snapshotOf(name, k), entry: k.entry, revision: k.revision, shownSeq: k.record.Shown.Seq,
		})
	}
	slices.SortFunc(all.integrations, func(a, b listed) int {
		return strings.Compare(a.snapshot.Integration.Name, b.snapshot.Integration.Name)
	})
	return all
}

// since reads the revision of an earlier listing. One of another epoch, of another process that is, cannot
// be compared.
func (l listing) since(text string) (revision int64, known bool, err error) {
	if text == "" {
		return 0, false, nil
	}
	epoch, number, found := strings.Cut(text, "-")
	revision, parseErr := strconv.ParseInt(number, 10, 64)
	if !found || parseErr != nil || revision < 0 {
		return 0, false, badRequest("since must be the revision of an earlier report")
	}
	return revision, epoch == l.epoch && revision <= l.revision, nil
}

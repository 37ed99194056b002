package page

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// maxItems is how many troubles stand above the list; the rest are behind a link.
const maxItems = 12

// item is one trouble: an integration that needs a hand, or several of a pod that could not be asked.
type item struct {
	line
	Message string
	Since   moment
	// Others are the further integrations of the same trouble; OthersLink shows them all.
	Others     []line
	OthersMore int // of Others, how many are not named
	OthersLink string
	rank       int // of its severity
}

// maxNamed is how many integrations of one trouble are named.
const maxNamed = 8

// attention gives what needs a hand, the gravest first, and how many integrations that are. A pod that is down is one
// trouble and not two hundred, and stands before what is as grave and touches one integration only.
func attention(all []row, q query, now time.Time) (items []item, integrations int) {
	chosen := choose(all, query{Severity: severityHand, Size: max(1, len(all))}, now)
	seen := map[string]int{}
	for _, r := range chosen.rows {
		pod := samePod(r)
		if at, known := seen[pod]; known && pod != "" {
			items[at].add(lineOf(r, now), r, q)
			continue
		}
		seen[pod] = len(items)
		items = append(items, item{line: lineOf(r, now), Message: r.Message, Since: momentOf(r.Since, now), rank: severityRank(r.Severity)})
	}
	slices.SortStableFunc(items, func(a, z item) int {
		return cmp.Or(a.rank-z.rank, min(z.Count(), 2)-min(a.Count(), 2))
	})
	return items, chosen.total
}

// add puts a further integration to a trouble.
func (i *item) add(l line, r row, q query) {
	if len(i.Others) < maxNamed {
		i.Others = append(i.Others, l)
	} else {
		i.OthersMore++
	}
	i.OthersLink = query{State: string(r.State), Text: hostOf(r.ServerURL), Mount: r.mount.Path, Size: q.Size, Refresh: q.Refresh}.link()
}

// Count is how many integrations have the trouble.
func (i item) Count() int { return 1 + len(i.Others) + i.OthersMore }

// LastOther is the place of the last of Others.
func (i item) LastOther() int { return len(i.Others) - 1 }

// samePod names the trouble that an integration shares with others of its pod; empty where the trouble is its own.
func samePod(r row) string {
	if r.State != rotation.StateUnreachable || r.Reason == rotation.ReasonLoginUnanswered {
		return ""
	}
	return strings.Join([]string{r.mount.Path, r.ServerURL, string(r.Reason)}, "\n")
}

// hostOf is a server's address without what all of them have.
func hostOf(serverURL string) string {
	return strings.TrimSuffix(strings.TrimPrefix(serverURL, "https://"), "/")
}

// trouble is one entry of what needs a hand: an integration, or a directory.
type trouble struct {
	Item *item
	Door *directoryLine
}

func (t trouble) tone() tone {
	if t.Door != nil {
		return t.Door.Mark.Tone
	}
	return t.Item.Mark.Tone
}

// troublesOf puts the gravest first, and of as grave ones the directories: one serves many integrations.
func troublesOf(doors []directoryLine, items []item) []trouble {
	var all []trouble
	for i := range doors {
		if doors[i].Trouble() {
			all = append(all, trouble{Door: &doors[i]})
		}
	}
	for i := range items {
		all = append(all, trouble{Item: &items[i]})
	}
	slices.SortStableFunc(all, func(a, z trouble) int { return toneRank(a.tone()) - toneRank(z.tone()) })
	return all
}

// directoriesOf gives the directories of every mount, those in trouble first.
func directoriesOf(mounts []mountLine, now time.Time) (lines []directoryLine, inTrouble int) {
	for _, m := range mounts {
		for _, d := range m.mount.Directories {
			says := directoryLine{
				Mark: mark{Tone: directoryTone(d.State), Word: directoryWord(d.State)}, Name: d.Name, Mount: m.Path,
				Type: directoryTypeWords(d.Type), Host: hostOf(d.URL), Message: d.Message, RotationError: d.RotationError,
				Rotation: phaseWords(d.Phase), LastSuccess: momentOf(d.LastSuccess, now), HeldSince: momentOf(d.HeldSince, now),
				Stale: m.Stale,
			}
			says.Mark.Says = string(says.Mark.Tone)
			if says.Trouble() {
				inTrouble++
			}
			lines = append(lines, says)
		}
	}
	slices.SortStableFunc(lines, func(a, z directoryLine) int { return toneRank(a.Mark.Tone) - toneRank(z.Mark.Tone) })
	return lines, inTrouble
}

// directoryLine is one directory as the page shows it.
type directoryLine struct {
	Mark                             mark
	Name, Mount, Type, Host, Message string
	Rotation, RotationError          string
	LastSuccess, HeldSince           moment
	Stale                            string
}

// Trouble says whether somebody should look at it.
func (d directoryLine) Trouble() bool {
	return d.Mark.Tone == toneCritical || d.Mark.Tone == toneWarning || d.RotationError != ""
}

// toneRank puts the gravest first.
func toneRank(t tone) int {
	return slices.Index([]tone{toneCritical, toneWarning, toneUnknown, tonePaused, toneOK, toneQuiet}, t)
}

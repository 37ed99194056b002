package estate

import (
	"encoding/json"
	"fmt"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// Event is one change of what is shown of an integration, as the engine's history answers it.
type Event struct {
	Seq               int64              `json:"seq"`
	Time              time.Time          `json:"time"`
	Kind              rotation.EventKind `json:"kind"`
	FromState         rotation.State     `json:"from_state"` // empty: the first event
	ToState           rotation.State     `json:"to_state"`
	Reason            rotation.Reason    `json:"reason"`
	CredentialVersion int64              `json:"credential_version"`
	Actor             string             `json:"actor"`
}

// ReadHistory reads the data of an answer of an integration's history path.
func ReadHistory(mount, name string, data []byte) ([]Event, error) {
	var said struct {
		Events []Event `json:"events"`
	}
	if err := json.Unmarshal(data, &said); err != nil {
		return nil, fmt.Errorf("read the history of %s/%s: %w", mount, name, err)
	}
	return said.Events, nil
}

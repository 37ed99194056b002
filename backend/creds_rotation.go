package backend

import (
	"time"

	"github.com/hashicorp/vault/sdk/framework"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// rotationSchema describes rotationFields. Both are whole numbers and come together: Vault Agent and
// consul-template take a secret without a lease for one that rotates only when it has the two, and break on a ttl
// that is a text.
func rotationSchema() map[string]*framework.FieldSchema {
	return map[string]*framework.FieldSchema{
		"rotation_period": {Type: framework.TypeInt64, Description: "Seconds between two rotations by schedule; absent when none is scheduled."},
		"ttl":             {Type: framework.TypeInt64, Description: "Seconds to the next rotation, held within 60 to 3600; absent when none is scheduled. The only field that changes between two rotations."},
	}
}

// rotationFields is what readers of a credential are told of its rotation; nothing when none is scheduled. The period
// is that around the last rotation, so that it stays the same until the next.
func rotationFields(p rotation.Policy, b rotation.RotationBasis, now time.Time) map[string]any {
	next, gap := p.NextRotation(b, now), seconds(p.RotationGap(b.Last))
	if next.IsZero() || gap == 0 {
		return nil
	}
	return map[string]any{"rotation_period": gap, "ttl": seconds(rotation.CredentialTTL(next, now))}
}

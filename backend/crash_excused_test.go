package backend_test

import (
	"context"
	"strings"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// charges are what stands against an account.
func (tr *trial) charges(name string) []rotation.Charge {
	under := tr.under()
	keys, err := logical.CollectKeysWithPrefix(context.Background(), under, "ledger/")
	must(tr.t, err)
	for _, key := range keys {
		entry, err := under.Get(context.Background(), key)
		must(tr.t, err)
		if account, ledger, found := ledgerIn(entry); found && strings.EqualFold(userOf(account), name) {
			return ledger.Charges
		}
	}
	return nil
}

// excuse says why a person is needed, where that is one of the exceptions of the protocol: the engine's budget went
// for logins of which at least one was not answered, and no directory counts them. Empty: there is no excuse.
func (tr *trial) excuse(name string) string {
	refused, unanswered := 0, 0
	for _, charge := range tr.charges(name) {
		switch {
		case charge.By != rotation.ByEngine:
		case charge.State == rotation.ChargeRefused:
			refused++
		default:
			unanswered++
		}
	}
	switch {
	case tr.way == throughDomain, refused+unanswered < rotation.DefaultPolicy().LoginFailureBudget:
		return ""
	case refused == 1 && unanswered == 1:
		return "one refused and one unanswered"
	case refused == 0 && unanswered == 2:
		return "two unanswered"
	}
	return ""
}

// person does what the message says, where the protocol leaves the rest to people. It gives their excuse.
func (tr *trial) person() string {
	why := tr.unrest()
	if why == "" {
		return ""
	}
	excuse := ""
	h, _, _ := tr.holder("integration/gl")
	for _, name := range []string{h.target().Username, h.Username, adminUser} {
		if excuse == "" {
			excuse = tr.excuse(name)
		}
	}
	if excuse == "" {
		tr.loss("without an excuse: %s", why)
		return ""
	}
	for range 2 {
		tr.passes(2 * time.Hour)
		if tr.followDirectory()+tr.follow() == "" {
			break
		}
	}
	tr.passes(7 * time.Hour)
	return excuse
}

package oracle

import (
	"errors"
	"net/url"
	"path"
	"strings"
	"unicode"
)

// resourcesPath is where the REST resources of Financials live on every pod (Financials REST guide,
// Quick Start).
const resourcesPath = "/fscmRestApi/resources/"

// documentedVersion is the version segment of every documented Financials path from 20C to 26D.
const documentedVersion = "11.13.18.05/"

// maxProbeLength bounds an operator's own probe; the longest documented one is under 100 characters.
const maxProbeLength = 1024

// maxProbeDecodings bounds how often a probe may be percent-encoded over itself. Once is ordinary (a
// space in a finder), twice happens behind proxies, more is an attempt to hide something.
const maxProbeDecodings = 2

// Plan is what to ask one module: the candidates in turn until one exists on the pod.
type Plan struct {
	Module     Module
	Candidates []string // path and query under /fscmRestApi/resources/
}

// PlanFor gives the plan of a module: the operator's own probe where there is one, else the documented
// resources first and the names that integrators usually list last, because most pods answer 404 to those.
func PlanFor(m Module, own string) Plan {
	if own != "" {
		return Plan{Module: m, Candidates: []string{own}}
	}
	return Plan{Module: m, Candidates: documentedProbes(m)}
}

// documentedProbes asks for one row and one column where the column's name is documented, so that a probe
// costs the pod next to nothing.
func documentedProbes(m Module) []string {
	var resources []string
	switch m {
	case GeneralLedger:
		resources = []string{
			"ledgersLOV?onlyData=true&limit=1",
			"chartOfAccountsLOV?onlyData=true&limit=1",
			"chartOfAccounts?onlyData=true&limit=1",
			"ledgerBalances?onlyData=true&limit=1",
			"chartOfAccounts/describe",
		}
	case Payables:
		resources = []string{
			"invoices?onlyData=true&limit=1&fields=InvoiceId",
			"payablesPayments?onlyData=true&limit=1",
			"suppliers?onlyData=true&limit=1&fields=SupplierId",
		}
	case Receivables:
		resources = []string{
			"receivablesInvoices?onlyData=true&limit=1&fields=CustomerTransactionId",
			"standardReceipts?onlyData=true&limit=1&fields=StandardReceiptId",
			"customers?onlyData=true&limit=1",
		}
	case FixedAssets:
		resources = []string{"fixedAssetBooksLOV?onlyData=true&limit=1"}
	case CashManagement:
		resources = []string{
			"cashBankAccounts?onlyData=true&limit=1&fields=BankAccountId",
			"cashBanks?onlyData=true&limit=1",
		}
	case ProjectAccounting:
		resources = []string{"projects?onlyData=true&limit=1&fields=ProjectId"}
	}
	for i, resource := range resources {
		resources[i] = documentedVersion + resource
	}
	return resources
}

// errProbe is what every refused probe says: the rule, not the value.
var errProbe = errors.New("a probe is a path and query under " + resourcesPath +
	", such as 11.13.18.05/ledgersLOV?limit=1, without a scheme, //, @, .. or \\ in any encoding")

// ParseProbe checks an operator's own probe and returns it as it will be sent.
//
// Whatever it accepts stays on the pod and below /fscmRestApi/resources/: the request carries the password.
func ParseProbe(text string) (string, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxProbeLength || !asSent(text) || !everyDecoding(resourcesPath+text, plainProbe) {
		return "", errProbe
	}
	// Servers make a dot or a slash of other characters (full width, overlong UTF-8). Only a query needs those.
	if folder, _, _ := strings.Cut(text, "?"); !everyDecoding(folder, isASCII) {
		return "", errProbe
	}
	parsed, err := url.Parse(resourcesPath + text)
	if err != nil || parsed.Host != "" || parsed.Fragment != "" || !strings.HasPrefix(path.Clean(parsed.Path), resourcesPath) {
		return "", errProbe
	}
	return text, nil
}

// everyDecoding says whether a text is good as it stands and each time it is percent-decoded again.
func everyDecoding(text string, good func(string) bool) bool {
	for range maxProbeDecodings + 1 {
		decoded, err := url.PathUnescape(text)
		if err != nil || !good(text) {
			return false
		}
		if decoded == text {
			return true
		}
		text = decoded
	}
	return false
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII })
}

// plainProbe refuses what could leave the pod or the folder, in the text as it stands.
func plainProbe(text string) bool {
	for _, banned := range []string{"//", "..", "\\", "@", "#"} {
		if strings.Contains(text, banned) {
			return false
		}
	}
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// asSent says whether the text can stand in a request line: printable ASCII without a space.
func asSent(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

package oracle

import (
	"fmt"
	"strings"
)

// Module is a finance module of Fusion Financials, by the code that integrators use for it.
type Module string

// The modules an integration can select.
const (
	GeneralLedger     Module = "GL"
	Payables          Module = "AP"
	Receivables       Module = "AR"
	FixedAssets       Module = "FA"
	CashManagement    Module = "CM"
	ProjectAccounting Module = "PA"
)

// Modules lists every module, in the order in which they are probed and shown.
func Modules() []Module {
	return []Module{GeneralLedger, Payables, Receivables, FixedAssets, CashManagement, ProjectAccounting}
}

// Title is the module's name as Oracle's menus write it.
func (m Module) Title() string {
	switch m {
	case GeneralLedger:
		return "General Ledger"
	case Payables:
		return "Payables"
	case Receivables:
		return "Receivables"
	case FixedAssets:
		return "Fixed Assets"
	case CashManagement:
		return "Cash Management"
	case ProjectAccounting:
		return "Project Accounting"
	}
	return string(m)
}

// ParseModule reads a code or a name, in any case: "gl", "General Ledger", "Accounts Payable".
func ParseModule(text string) (Module, error) {
	folded := strings.Join(strings.Fields(strings.ToLower(text)), " ")
	switch strings.TrimPrefix(folded, "accounts ") {
	case "payable", "payables":
		return Payables, nil
	case "receivable", "receivables":
		return Receivables, nil
	}
	for _, m := range Modules() {
		if folded == strings.ToLower(string(m)) || folded == strings.ToLower(m.Title()) {
			return m, nil
		}
	}
	return "", fmt.Errorf("a module is one of GL, AP, AR, FA, CM, PA, or its name such as General Ledger")
}

// ParseModules reads a list and returns it without repeats, in the order of Modules.
func ParseModules(texts []string) ([]Module, error) {
	chosen := map[Module]bool{}
	for _, text := range texts {
		m, err := ParseModule(text)
		if err != nil {
			return nil, err
		}
		chosen[m] = true
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("select at least one module of GL, AP, AR, FA, CM, PA")
	}
	var list []Module
	for _, m := range Modules() {
		if chosen[m] {
			list = append(list, m)
		}
	}
	return list, nil
}

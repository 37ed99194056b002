package oraclesim

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Module is the code of a Fusion product whose resources share a privilege.
type Module string

// The six financial modules, and two that a financial connector meets beside them.
const (
	GeneralLedger     Module = "GL"
	Payables          Module = "AP"
	Receivables       Module = "AR"
	FixedAssets       Module = "FA"
	CashManagement    Module = "CM"
	ProjectAccounting Module = "PA"
	// Procurement owns the supplier resources; a user of Payables alone may rightly get 403 there.
	Procurement Module = "PO"
	// Common resources need a login and no privilege.
	Common Module = "COMMON"
)

// FinancialModules lists the six modules of Oracle Fusion Financials, in the order of their usual listing.
func FinancialModules() []Module {
	return []Module{GeneralLedger, Payables, Receivables, FixedAssets, CashManagement, ProjectAccounting}
}

// Access is what a user may do with the resources of one module.
type Access string

// The closed list of accesses.
const (
	// AccessGranted: function privilege and data access; 200 with rows.
	AccessGranted Access = "granted"
	// AccessDenied: the function privilege is missing; 403.
	AccessDenied Access = "denied"
	// AccessNoData: the privilege is there, the data security policy is not; 200 with no items (OCI Access
	// Governance, Fusion integration reference: "200 OK" with count 0).
	AccessNoData Access = "no_data"
)

func validateAccess(module Module, access Access) error {
	if err := module.validate(); err != nil {
		return err
	}
	if module == Common {
		return errors.New("resources of COMMON need no privilege, so there is none to set")
	}
	switch access {
	case AccessGranted, AccessDenied, AccessNoData:
		return nil
	}
	return fmt.Errorf("access %q is unknown: use granted, denied or no_data", access)
}

func (m Module) validate() error {
	switch m {
	case GeneralLedger, Payables, Receivables, FixedAssets, CashManagement, ProjectAccounting, Procurement, Common:
		return nil
	}
	return fmt.Errorf("module %q is unknown: use GL, AP, AR, FA, CM, PA, PO or COMMON", m)
}

// Resource is one REST resource of the pod under /fscmRestApi/resources/{version}/.
type Resource struct {
	// Name as in the path, in the exact case of its letters.
	Name string
	// Module whose privilege opens it.
	Module Module
	// Attributes of a row, the key first; it is a number, the others are texts. Empty = "Id" and "Name".
	Attributes []string
	// NeedsFinder marks a query-driven resource: without finder or q it answers 400.
	NeedsFinder bool
}

// rowsPerResource is more than the default page of 25, so that hasMore and offset mean something.
const rowsPerResource = 30

// standardResources are the names of Oracle's own REST guides: Financials for the ledgers, payables,
// receivables, assets and cash management, Project Management for projects, Procurement for suppliers. The
// names chartOfAccounts and customers, which some connector guides use, are in none of them and answer 404.
func standardResources() []Resource {
	return []Resource{
		{Name: "ledgersLOV", Module: GeneralLedger, Attributes: []string{"LedgerId", "Name"}},
		{Name: "chartOfAccountsLOV", Module: GeneralLedger, Attributes: []string{"ChartOfAccountsId", "Name"}},
		{Name: "accountCombinationsLOV", Module: GeneralLedger, Attributes: []string{"CodeCombinationId", "Concatenated"}},
		{Name: "accountingPeriodsLOV", Module: GeneralLedger, Attributes: []string{"PeriodNumber", "PeriodNameId"}},
		// The key of a balance is made of ledger, account combination, period and currency, so that a bare GET
		// has nothing to go by (ledgerBalances, Get all ledger balances).
		{
			Name: "ledgerBalances", Module: GeneralLedger, NeedsFinder: true,
			Attributes: []string{"LedgerId", "LedgerName", "PeriodName", "Currency"},
		},
		{Name: "invoices", Module: Payables, Attributes: []string{"InvoiceId", "InvoiceNumber", "Supplier"}},
		{Name: "payablesPayments", Module: Payables, Attributes: []string{"CheckId", "PaymentNumber"}},
		{Name: "receivablesInvoices", Module: Receivables, Attributes: []string{"CustomerTransactionId", "TransactionNumber"}},
		{Name: "standardReceipts", Module: Receivables, Attributes: []string{"StandardReceiptId", "ReceiptNumber"}},
		{
			Name: "receivablesCustomerAccountActivities", Module: Receivables, NeedsFinder: true,
			Attributes: []string{"AccountId", "AccountNumber"},
		},
		{
			Name: "receivablesCustomerAccountSiteActivities", Module: Receivables, NeedsFinder: true,
			Attributes: []string{"BillToSiteUseId", "BillToSiteNumber"},
		},
		{Name: "fixedAssetBooksLOV", Module: FixedAssets, Attributes: []string{"BookControlId", "BookTypeName"}},
		{Name: "cashBankAccounts", Module: CashManagement, Attributes: []string{"BankAccountId", "BankAccountName"}},
		{Name: "cashBankAccountsLOV", Module: CashManagement, Attributes: []string{"BankAccountId", "BankAccountName"}},
		{Name: "cashBanks", Module: CashManagement, Attributes: []string{"BankPartyId", "BankName"}},
		{Name: "cashBankBranches", Module: CashManagement, Attributes: []string{"BranchPartyId", "BankBranchName"}},
		{Name: "projects", Module: ProjectAccounting, Attributes: []string{"ProjectId", "ProjectName"}},
		{Name: "suppliers", Module: Procurement, Attributes: []string{"SupplierId", "Supplier"}},
		{Name: "suppliersLOV", Module: Procurement, Attributes: []string{"VendorId", "Supplier"}},
		{Name: "businessUnitsLOV", Module: Common, Attributes: []string{"BusinessUnitId", "Name"}},
	}
}

// RemoveModule takes all the resources of a module off the pod: they answer 404, as where the product was not
// provisioned.
func (p *Pod) RemoveModule(module Module) error {
	if err := module.validate(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, r := range p.resources {
		if r.Module == module {
			delete(p.resources, name)
		}
	}
	return nil
}

// RemoveResource takes one resource off the pod.
func (p *Pod) RemoveResource(name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.resources[name]; !ok {
		return fmt.Errorf("the pod has no resource %q", name)
	}
	delete(p.resources, name)
	return nil
}

// AddResource adds a resource, or replaces the one of the same name.
func (p *Pod) AddResource(r Resource) error {
	if r.Name == "" || strings.Contains(r.Name, "/") {
		return fmt.Errorf("resource name %q must be one non-empty path segment", r.Name)
	}
	if err := r.Module.validate(); err != nil {
		return fmt.Errorf("resource %q: %w", r.Name, err)
	}
	if len(r.Attributes) == 0 {
		r.Attributes = []string{"Id", "Name"}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.resources[r.Name] = r
	return nil
}

// Resources returns what the pod serves, in the order of names.
func (p *Pod) Resources() []Resource {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.SortedFunc(maps.Values(p.resources), func(a, b Resource) int { return strings.Compare(a.Name, b.Name) })
}

// permission is the user's access to a resource.
func (p *Pod) permission(user string, r Resource) Access {
	if r.Module == Common {
		return AccessGranted
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	a, ok := p.accounts[accountKey(user)]
	if !ok {
		return AccessDenied
	}
	if access, ok := a.access[r.Module]; ok {
		return access
	}
	return AccessDenied
}

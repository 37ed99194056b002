package plugin

import (
	"fmt"
	"os"
	"runtime/debug"

	"github.com/hashicorp/vault/api"
	sdkplugin "github.com/hashicorp/vault/sdk/plugin"

	"vault-plugin-secrets-oracle-financials/backend"
)

// collectAt is how much garbage, in percent of what lives, the process lets grow before it collects it. Go's own 100 lets a
// mount of 10,000 integrations take 142 MiB where this takes 20 less (make bench, memory), and Vault's machines have better
// uses for that. An operator's GOGC in Vault's environment goes before it.
const collectAt = 50

// Serve speaks Vault's plugin protocol until Vault ends the process. args are those after the program's
// name.
func Serve(args []string) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	meta := &api.PluginAPIClientMeta{}
	if err := meta.FlagSet().Parse(args); err != nil {
		return fmt.Errorf("read the plugin's flags: %w", err)
	}
	err := sdkplugin.ServeMultiplex(&sdkplugin.ServeOpts{
		BackendFactoryFunc: backend.New(backend.Options{Version: Version()}),
		// Only Vault before 1.12 asks for it; later ones bring their own TLS.
		TLSProviderFunc: api.VaultPluginTLSProvider(meta.GetTLSConfig()),
	})
	if err != nil {
		return fmt.Errorf("serve the plugin: %w", err)
	}
	return nil
}

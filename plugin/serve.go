package plugin

import (
	"fmt"

	"github.com/hashicorp/vault/api"
	sdkplugin "github.com/hashicorp/vault/sdk/plugin"

	"vault-plugin-secrets-oracle-financials/backend"
)

// Serve speaks Vault's plugin protocol until Vault ends the process. args are those after the program's
// name.
func Serve(args []string) error {
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

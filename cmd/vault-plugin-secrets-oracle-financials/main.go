// Command vault-plugin-secrets-oracle-financials is the secrets engine. Vault starts it; see the README.
package main

import (
	"fmt"
	"os"

	"vault-plugin-secrets-oracle-financials/plugin"
)

func main() {
	if len(os.Args) == 2 && (os.Args[1] == "-version" || os.Args[1] == "--version") {
		fmt.Println(plugin.Name, plugin.Version().Version)
		return
	}
	if err := plugin.Serve(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, plugin.Name+": "+err.Error())
		os.Exit(1)
	}
}

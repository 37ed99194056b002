#!/usr/bin/env bash
# Runs the examples of docs/consumers.md with the programs they are for: Vault Agent, Vault Proxy and OpenTofu, and holds
# our answers against the rules of the other consumers.
#
# The provider hashicorp/vault is no Go module that can be built as published (its newest tag is v1.9.0, of 2019, under
# another name), so TERRAFORM_PROVIDER_VAULT names its program, 5.9.0 or newer, from
# https://releases.hashicorp.com/terraform-provider-vault/ or built from its repository. Without it OpenTofu is left out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

VAULT_BIN=$(scripts/build-vault.sh)
export VAULT_BIN
if [[ -n ${TERRAFORM_PROVIDER_VAULT:-} ]]; then
    [[ -x $TERRAFORM_PROVIDER_VAULT && $TERRAFORM_PROVIDER_VAULT == /* ]] || {
        echo "error: TERRAFORM_PROVIDER_VAULT=$TERRAFORM_PROVIDER_VAULT is no program: give the whole path of one" >&2
        exit 1
    }
    TOFU_BIN=$(scripts/build-opentofu.sh)
    export TOFU_BIN
else
    echo "TERRAFORM_PROVIDER_VAULT is not set: OpenTofu is left out" >&2
fi
go test -count=1 -timeout 30m -v -run '^Test(VaultAgent|VaultProxy|Consumers|Manifests|Examples|Terraform|OpenTofu)' ./e2e

# An application reads its own credential, by name, and nothing else.
# Replace gl-prod by the integration's name; a name for each application keeps them apart.

path "oracle-financials/creds/gl-prod" {
  capabilities = ["read"]
}

path "oracle-financials/connector/gl-prod" {
  capabilities = ["read"]
}

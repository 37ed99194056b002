# Reads the credential for a provider of this run, and leaves it in no state. What is read this way is good for this run:
# with one account until the next rotation, with a pair until the one after it.

ephemeral "vault_generic_secret" "gl_prod" {
  path = "oracle-financials/creds/gl-prod"
}

# Whatever else needs it names it like this:
#
#     username = ephemeral.vault_generic_secret.gl_prod.data["username"]
#     password = ephemeral.vault_generic_secret.gl_prod.data["password"]

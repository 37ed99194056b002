# What watches the credentials: it sees every state, may start checks and sweeps, and can neither
# read nor choose a password. force is denied: it would spend logins that people may need. Vault's default
# policy, which every login has unless it was told otherwise, lets it look at its own token and renew it.

path "oracle-financials/report" {
  capabilities = ["read"]
}

path "oracle-financials/status/*" {
  capabilities = ["read", "list"]
}

path "oracle-financials/history/*" {
  capabilities = ["read"]
}

path "oracle-financials/sweep" {
  capabilities = ["update"]
}

path "oracle-financials/check/*" {
  capabilities = ["update"]

  denied_parameters = {
    "force" = []
  }
}

path "oracle-financials/info" {
  capabilities = ["read"]
}

# Who looks after the integrations: writes and deletes them, and checks them, force included.
# An operator does not read passwords, and does not choose the hosts to which they may be sent.

path "oracle-financials/integrations/*" {
  capabilities = ["create", "read", "update", "patch", "delete", "list"]
}

path "oracle-financials/policies/*" {
  capabilities = ["create", "read", "update", "patch", "delete", "list"]
}

path "oracle-financials/check/*" {
  capabilities = ["update"]
}

path "oracle-financials/sweep" {
  capabilities = ["update"]
}

path "oracle-financials/status/*" {
  capabilities = ["read", "list"]
}

path "oracle-financials/report" {
  capabilities = ["read"]
}

path "oracle-financials/config" {
  capabilities = ["read"]
}

path "oracle-financials/info" {
  capabilities = ["read"]
}

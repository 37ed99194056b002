# Who looks after the integrations: writes and deletes them, checks them, force included, rotates their
# passwords, and settles holds and rotations. An operator does not read passwords, does not choose the hosts
# to which they may be sent, and does not write or rotate directories, which decide whose accounts are in reach.
#
# To name a Vault password policy in a policy, no right on sys/policies/password/ is needed: the engine draws
# from it by itself.

path "oracle-financials/integrations/*" {
  capabilities = ["create", "read", "update", "patch", "delete", "list"]
}

path "oracle-financials/policies/*" {
  capabilities = ["create", "read", "update", "patch", "delete", "list"]
}

path "oracle-financials/directories/*" {
  capabilities = ["read", "list"]
}

path "oracle-financials/check/*" {
  capabilities = ["update"]
}

path "oracle-financials/rotate/*" {
  capabilities = ["update"]
}

path "oracle-financials/reconcile/*" {
  capabilities = ["update"]
}

path "oracle-financials/sweep" {
  capabilities = ["update"]
}

path "oracle-financials/status/*" {
  capabilities = ["read", "list"]
}

path "oracle-financials/history/*" {
  capabilities = ["read"]
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

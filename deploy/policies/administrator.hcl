# Who sets the mount up: the hosts to which passwords may be sent, and the directories, through which any
# user that they permit could be taken over. Keep it from those who write integrations; neither can read a
# password.

path "oracle-financials/config" {
  capabilities = ["read", "update", "delete"]
}

path "oracle-financials/directories/*" {
  capabilities = ["create", "read", "update", "patch", "delete", "list"]
}

# A directory's own password. The path above permits these, too, but not when it is narrowed to names.
path "oracle-financials/directories/+/rotate" {
  capabilities = ["update"]
}

path "oracle-financials/directories/+/reconcile" {
  capabilities = ["update"]
}

path "oracle-financials/status/*" {
  capabilities = ["read", "list"]
}

path "oracle-financials/report" {
  capabilities = ["read"]
}

path "oracle-financials/info" {
  capabilities = ["read"]
}

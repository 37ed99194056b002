# Vault Agent writes the credential into a file, and again after each rotation. docs/consumers.md says how soon.

vault {
  address = "https://vault.example.com:8200"
}

auto_auth {
  method "approle" {
    mount_path = "auth/approle"
    config = {
      role_id_file_path                   = "/etc/vault-agent.d/role-id"
      secret_id_file_path                 = "/etc/vault-agent.d/secret-id"
      remove_secret_id_file_after_reading = false
    }
  }
}

template_config {
  # How often a credential without a schedule of rotation is read again; Vault's default is 5m. With a schedule, the
  # credential's own ttl says when, and this does not matter.
  static_secret_render_interval = "1m"
}

template {
  source               = "/etc/vault-agent.d/gl-prod.ctmpl"
  destination          = "/run/gl-prod/credential.json"
  perms                = "0600"
  error_on_missing_key = true
}

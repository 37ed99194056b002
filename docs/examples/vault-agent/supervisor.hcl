# Vault Agent starts the application with the credential in its environment, and starts it again after each rotation.

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
  # As in agent.hcl.
  static_secret_render_interval = "1m"
}

# All name the same path, which the agent reads once for all of them.
env_template "ORACLE_FINANCIALS_SERVER_URL" {
  contents             = "{{ with secret \"oracle-financials/creds/gl-prod\" }}{{ .Data.server_url }}{{ end }}"
  error_on_missing_key = true
}

env_template "ORACLE_FINANCIALS_USERNAME" {
  contents             = "{{ with secret \"oracle-financials/creds/gl-prod\" }}{{ .Data.username }}{{ end }}"
  error_on_missing_key = true
}

env_template "ORACLE_FINANCIALS_PASSWORD" {
  contents             = "{{ with secret \"oracle-financials/creds/gl-prod\" }}{{ .Data.password }}{{ end }}"
  error_on_missing_key = true
}

exec {
  command                   = ["/usr/local/bin/gl-application"]
  restart_on_secret_changes = "always"
  restart_stop_signal       = "SIGTERM"
}

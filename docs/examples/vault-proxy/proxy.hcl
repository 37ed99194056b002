# Vault Proxy on the application's own host: it logs in for the application, which reads creds/ over it without a token.

vault {
  address = "https://vault.example.com:8200"
}

auto_auth {
  method "approle" {
    mount_path = "auth/approle"
    config = {
      role_id_file_path                   = "/etc/vault-proxy.d/role-id"
      secret_id_file_path                 = "/etc/vault-proxy.d/secret-id"
      remove_secret_id_file_after_reading = false
    }
  }
}

api_proxy {
  use_auto_auth_token = true
}

# What the engine serves is never in this cache: it has no lease, and is no kv secret.
cache {}

listener "tcp" {
  address     = "127.0.0.1:8100"
  tls_disable = true
}

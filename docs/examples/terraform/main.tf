# Terraform or OpenTofu manages everything about an integration but its password, which no state file holds.

terraform {
  required_providers {
    vault = {
      source = "hashicorp/vault"
      # 5.8.0 has the ephemeral vault_generic_secret, 5.9.0 the ephemeral vault_generic_endpoint.
      version = ">= 5.9.0"
    }
  }
}

# The address and the token come from VAULT_ADDR and VAULT_TOKEN.
provider "vault" {}

variable "server_url" {
  type    = string
  default = "https://abcd.fa.us2.oraclecloud.com"
}

# Lists are written as lists and durations as seconds: in the form in which the engine answers, so that a plan sees no
# difference between the two.
resource "vault_generic_endpoint" "policy" {
  path                 = "oracle-financials/policies/quarterly"
  ignore_absent_fields = true
  disable_delete       = true # a policy in use is not deleted, and the integration below stays
  data_json = jsonencode({
    rotation_period = 7776000 # 90 days
    expiry_warning  = 1814400 # 21 days
  })
}

# The integration was made, with its password, by a person or by handover.tf. Here are neither the password nor, of a
# pair, the two user names: rotations change them.
resource "vault_generic_endpoint" "gl_prod" {
  path                 = "oracle-financials/integrations/gl-prod"
  ignore_absent_fields = true
  disable_delete       = true # what is destroyed here stays in Vault, and with it the only copy of the password
  data_json = jsonencode({
    server_url = var.server_url
    policy     = "quarterly"
    modules    = ["GL", "AP"]
    timeout    = 45
  })
  write_fields = ["state", "credential_version"]
  depends_on   = [vault_generic_endpoint.policy]
}

output "state" {
  value = vault_generic_endpoint.gl_prod.write_data["state"]
}

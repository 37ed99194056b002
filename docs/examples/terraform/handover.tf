# Hands a password over to the engine without leaving it in a plan or a state:
#
#     terraform apply -var hand_over=true -var username=API_GL -var password="$(cat password.txt)"
#
# An ephemeral vault_generic_endpoint writes, and already while it is planned. To write the same password twice costs no
# second login; to write it after a rotation is refused, with one refused login. So hand over once, and leave the
# variables out from then on.

variable "hand_over" {
  type    = bool
  default = false
}

variable "username" {
  type    = string
  default = ""
}

variable "password" {
  type      = string
  default   = ""
  sensitive = true
  ephemeral = true
}

variable "ca_cert" {
  type    = string
  default = ""
}

ephemeral "vault_generic_endpoint" "gl_prod_password" {
  count = var.hand_over ? 1 : 0
  path  = "oracle-financials/integrations/gl-prod"
  data_json = jsonencode({
    server_url = var.server_url
    username   = var.username
    password   = var.password
    ca_cert    = var.ca_cert
  })
  write_fields = ["state", "credential_version"]
}

{{/* The agent's configuration: what the values say, and where the chart has put things. */}}

{{- define "agent.needsToken" -}}
{{- if has .Values.config.vault.auth.method (list "kubernetes" "jwt") }}true{{ end -}}
{{- end -}}

{{- define "agent.role" -}}
{{- default "oracle-financials-agent" .Values.config.vault.auth.role -}}
{{- end -}}

{{- define "agent.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- $_ := set $config "listen" ":9720" -}}
{{- $_ := set $config "state_dir" "/var/lib/oracle-financials-agent" -}}
{{- if include "agent.needsToken" . -}}
{{- $_ := set $config.vault.auth "jwt_file" "/var/run/secrets/vault/token" -}}
{{- end -}}
{{- if eq .Values.config.vault.auth.method "kubernetes" -}}
{{- $_ := set $config.vault.auth "role" (include "agent.role" .) -}}
{{- end -}}
{{- if .Values.vaultCA.configMap -}}
{{- $_ := set $config.vault "ca_cert" "/etc/oracle-financials-agent/vault-ca/ca.crt" -}}
{{- end -}}
{{- if .Values.web.configSecret -}}
{{- $_ := set $config "web_config_file" "/etc/oracle-financials-agent/web/web-config.yaml" -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

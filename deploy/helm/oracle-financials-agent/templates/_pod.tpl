{{/* What the daemon's pod and a sweep's have in common. It fits the "restricted" Pod Security Standard. */}}

{{/* Takes root and component. */}}
{{- define "agent.podMetadata" -}}
labels:
  {{- include "agent.labels" .root | nindent 2 }}
  app.kubernetes.io/component: {{ .component }}
  {{- with .root.Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  # A changed configuration starts a new pod.
  checksum/config: {{ include "agent.config" .root | sha256sum }}
  {{- with .root.Values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "agent.podSpec" -}}
serviceAccountName: {{ include "agent.serviceAccountName" . }}
# The agent never speaks to Kubernetes. The token for Vault is mounted below.
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{/* Takes root, args and resources. */}}
{{- define "agent.container" -}}
image: {{ include "agent.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: {{ toJson (append .args "--config=/etc/oracle-financials-agent/config/config.yaml") }}
{{- with .root.Values.env }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
volumeMounts:
  {{- include "agent.volumeMounts" .root | nindent 2 }}
{{- end -}}

{{- define "agent.volumeMounts" -}}
- name: config
  mountPath: /etc/oracle-financials-agent/config
  readOnly: true
- name: state
  mountPath: /var/lib/oracle-financials-agent
{{- if include "agent.needsToken" . }}
- name: vault-token
  mountPath: /var/run/secrets/vault
  readOnly: true
{{- end }}
{{- if .Values.vaultCA.configMap }}
- name: vault-ca
  mountPath: /etc/oracle-financials-agent/vault-ca
  readOnly: true
{{- end }}
{{- if .Values.web.configSecret }}
- name: web
  mountPath: /etc/oracle-financials-agent/web
  readOnly: true
{{- end }}
{{- if .Values.credentialsSecret }}
- name: credentials
  mountPath: /var/run/secrets/oracle-financials-agent
  readOnly: true
{{- end }}
{{- end -}}

{{/* All volumes but the state's, which is the daemon's to keep. */}}
{{- define "agent.volumes" -}}
- name: config
  configMap:
    name: {{ include "agent.fullname" . }}
{{- if include "agent.needsToken" . }}
- name: vault-token
  projected:
    defaultMode: 0440
    sources:
      - serviceAccountToken:
          audience: {{ .Values.vaultToken.audience | quote }}
          expirationSeconds: {{ .Values.vaultToken.expirationSeconds }}
          path: token
{{- end }}
{{- if .Values.vaultCA.configMap }}
- name: vault-ca
  configMap:
    name: {{ .Values.vaultCA.configMap }}
    items:
      - key: {{ .Values.vaultCA.key }}
        path: ca.crt
{{- end }}
{{- with .Values.web.configSecret }}
- name: web
  secret:
    secretName: {{ . }}
    defaultMode: 0440
{{- end }}
{{- with .Values.credentialsSecret }}
- name: credentials
  secret:
    secretName: {{ . }}
    defaultMode: 0440
{{- end }}
{{- end -}}

{{/* What a probe asks. Takes root and path. */}}
{{- define "agent.probe" -}}
{{- if eq .root.Values.web.probe "TCP" -}}
tcpSocket:
  port: http
{{- else -}}
httpGet:
  path: {{ .path }}
  port: http
  scheme: {{ .root.Values.web.scheme }}
{{- end -}}
{{- end -}}

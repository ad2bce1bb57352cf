{{- define "portolan.secret" -}}
{{ .Values.secrets.existingSecret | default (printf "%s-secrets" (include "portolan.name" .)) }}
{{- end }}

{{/* The secrets of the roles, as the names of their values; the variable of `databaseUrl` is DATABASE_URL. */}}
{{- define "portolan.secretNames" -}}
{{- $names := without (keys .Values.secrets.keys | sortAlpha) "migrationUrl" "backupDatabaseUrl" "backupKey" }}
{{- if .Values.database.cluster.enabled }}
{{- $names = without $names "databaseUrl" }}
{{- end }}
{{- toJson $names }}
{{- end }}

{{/* Those without which a role does not start. With OAuth callers bring tokens of their own. */}}
{{- define "portolan.neededSecrets" -}}
{{- $names := list "databaseUrl" "redisUrl" "token" }}
{{- if .Values.database.cluster.enabled }}
{{- $names = without $names "databaseUrl" }}
{{- end }}
{{- if eq (get .Values.settings "AUTH" | toString) "oauth" }}
{{- $names = without $names "token" }}
{{- end }}
{{- toJson $names }}
{{- end }}

{{/* What only backups need, and what they share with the roles. */}}
{{- define "portolan.backupSecretNames" -}}
{{- list "backupKey" "s3AccessKey" "s3SecretKey" | toJson }}
{{- end }}

{{/* The key of a secret in the Secret that is used, or nothing when there is none. */}}
{{- define "portolan.secretKey" -}}
{{- if .root.Values.secrets.existingSecret -}}
{{ get .root.Values.secrets.keys .value }}
{{- else if get .root.Values.secrets.values .value -}}
{{ .value | kebabcase }}
{{- end }}
{{- end }}

{{/* Secrets are files, so that they are in no process list and no description of a pod. Takes root, and the names of those that are wanted. */}}
{{- define "portolan.secretFiles" -}}
{{- range $value := .names }}
{{- with include "portolan.secretKey" (dict "root" $.root "value" $value) }}
- {name: PORTOLAN_{{ $value | snakecase | upper }}_FILE, value: /etc/portolan/secrets/{{ . }}}
{{- end }}
{{- end }}
{{- end }}

{{/* The same names as members of a volume. */}}
{{- define "portolan.secretItems" -}}
{{- range $value := .names }}
{{- with include "portolan.secretKey" (dict "root" $.root "value" $value) }}
- {key: {{ . }}, path: {{ . }}}
{{- end }}
{{- end }}
{{- end }}

{{/* The authorities that sslrootcert of the URL of Postgres names: for all that talk to it. */}}
{{- define "portolan.databaseAuthorityMount" -}}
{{- if .Values.databaseCA.existingSecret }}
- {name: database-ca, mountPath: /etc/portolan/database-ca, readOnly: true}
{{- end }}
{{- end }}

{{- define "portolan.databaseAuthorityVolume" -}}
{{- if .Values.databaseCA.existingSecret }}
- name: database-ca
  secret: {secretName: {{ .Values.databaseCA.existingSecret }}, defaultMode: 0440}
{{- end }}
{{- end }}

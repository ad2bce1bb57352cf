{{- define "portolan.name" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 46 | trimSuffix "-" }}
{{- end }}

{{/* All pods of a component. */}}
{{- define "portolan.component" -}}
app.kubernetes.io/name: portolan
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* The pods of one track of it: stable, baseline, canary, blue or green. */}}
{{- define "portolan.selector" -}}
{{ include "portolan.component" . }}
portolan/track: {{ .track | default "stable" }}
{{- end }}

{{/* The name of what belongs to one track of a component; stable has no suffix. */}}
{{- define "portolan.trackName" -}}
{{ include "portolan.name" .root }}-{{ .component }}{{ if ne (.track | default "stable") "stable" }}-{{ .track }}{{ end }}
{{- end }}

{{- define "portolan.labels" -}}
app.kubernetes.io/name: portolan
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/version: {{ dig "image" "tag" "" . | default .root.Values.image.tag | default .root.Chart.AppVersion | trunc 63 | trimAll "-_." | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- with .track }}
portolan/track: {{ . }}
{{- end }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The image of a pod. Takes root, and tag or digest where they are not those of the release. */}}
{{- define "portolan.image" -}}
{{- $image := .root.Values.image -}}
{{- if dig "image" "digest" "" . -}}
{{ $image.repository }}@{{ .image.digest }}
{{- else if dig "image" "tag" "" . -}}
{{ $image.repository }}:{{ .image.tag }}
{{- else if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default .root.Chart.AppVersion }}
{{- end }}
{{- end }}

{{- define "portolan.account" -}}
{{- if .Values.serviceAccount.create }}{{ .Values.serviceAccount.name | default (include "portolan.name" .) }}{{ else }}{{ .Values.serviceAccount.name | default "default" }}{{ end }}
{{- end }}

{{- define "portolan.migrationAccount" -}}
{{- if .Values.serviceAccount.create }}{{ include "portolan.name" . }}-migration{{ else }}{{ .Values.serviceAccount.name | default "default" }}{{ end }}
{{- end }}

{{/* The component that answers /mcp, and its service. */}}
{{- define "portolan.agentComponent" -}}
{{ ternary "mcp" "api" .Values.mcp.enabled }}
{{- end }}

{{- define "portolan.agentService" -}}
{{ include "portolan.name" . }}-{{ include "portolan.agentComponent" . }}
{{- end }}

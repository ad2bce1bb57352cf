{{/* How many pods a track has that a rollout scales: as many as it has now, or at first `initial`. */}}
{{- define "portolan.liveReplicas" -}}
{{- $live := lookup "apps/v1" "Deployment" .root.Release.Namespace (include "portolan.trackName" .) -}}
{{- if $live }}{{ dig "spec" "replicas" 0 $live | int }}{{ else }}{{ .initial }}{{ end }}
{{- end }}

{{/*
The number of pods, or nothing where an autoscaler sets it. A number that the chart has once set must stay in its manifests: without it Helm
would take the field away when autoscaling is turned on, and Kubernetes would put one pod in place of all. An annotation remembers it.
*/}}
{{- define "portolan.replicas" -}}
{{- if hasKey . "initial" }}
{{- include "portolan.liveReplicas" . }}
{{- else if not .scaled }}
{{- .values.replicas }}
{{- else }}
{{- $live := lookup "apps/v1" "Deployment" .root.Release.Namespace (include "portolan.trackName" .) }}
{{- if dig "metadata" "annotations" "portolan/replicas" "" $live }}
{{- dig "spec" "replicas" 1 $live | int }}
{{- end }}
{{- end }}
{{- end }}

{{/* The Deployment of a role. Takes what portolan.pod takes, and whether something else sets the number of replicas. */}}
{{- define "portolan.deployment" -}}
{{- $replicas := include "portolan.replicas" . -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "portolan.trackName" . }}
  labels:
    {{- include "portolan.labels" . | nindent 4 }}
  {{- if and $replicas (not (hasKey . "initial")) }}
  annotations: {portolan/replicas: chart}
  {{- end }}
spec:
  {{- with $replicas }}
  replicas: {{ . }}
  {{- end }}
  revisionHistoryLimit: 5
  progressDeadlineSeconds: 600
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxSurge: 1, maxUnavailable: 0}
  selector:
    matchLabels:
      {{- include "portolan.selector" . | nindent 6 }}
  template:
    {{- include "portolan.pod" . | nindent 4 }}
{{- end }}

{{/* A budget, unless there is only one replica: it would stop nodes from being emptied. */}}
{{- define "portolan.budget" -}}
{{- if and .root.Values.podDisruptionBudget.enabled (gt (int (ternary (dig "autoscaling" "minReplicas" 0 .values) .values.replicas .scaled)) 1) }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "portolan.trackName" . }}
  labels:
    {{- include "portolan.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "portolan.selector" . | nindent 6 }}
{{- end }}
{{- end }}

{{/* The Service of a track. Takes also `selected`, the track of its pods where that is another one: a color. */}}
{{- define "portolan.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "portolan.name" .root }}-{{ .component }}{{ if not (has .track (list "stable" "active")) }}-{{ .track }}{{ end }}
  labels:
    {{- include "portolan.labels" . | nindent 4 }}
  {{- with .root.Values.service.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  type: {{ ternary .root.Values.service.type "ClusterIP" (has .track (list "stable" "active")) }}
  selector:
    {{- include "portolan.component" . | nindent 4 }}
    portolan/track: {{ .selected | default .track }}
  ports:
    - {name: http, port: {{ .root.Values.service.port }}, targetPort: http}
{{- end }}

{{/* For Prometheus only; the admin port is never behind the ingress. */}}
{{- define "portolan.adminService" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "portolan.name" .root }}-{{ .component }}-admin
  labels:
    {{- include "portolan.labels" . | nindent 4 }}
    portolan/metrics: "true"
spec:
  clusterIP: None
  publishNotReadyAddresses: true
  selector:
    {{- include "portolan.component" . | nindent 4 }}
  ports:
    - {name: admin, port: 9464, targetPort: admin}
{{- end }}

{{/* Refuses a range that is none. Takes autoscaling, and whose it is. */}}
{{- define "portolan.range" -}}
{{- if gt (int .autoscaling.minReplicas) (int .autoscaling.maxReplicas) }}
{{- fail (printf "%s.autoscaling.minReplicas is %d, above maxReplicas, which is %d" .of (int .autoscaling.minReplicas) (int .autoscaling.maxReplicas)) }}
{{- end }}
{{- end }}

{{/* A rollout that is under way has raised the minimum, and goes on through an upgrade. */}}
{{- define "portolan.cpuScaler" -}}
{{- include "portolan.range" (dict "autoscaling" .values.autoscaling "of" .component) }}
{{- $live := lookup "autoscaling/v2" "HorizontalPodAutoscaler" .root.Release.Namespace (include "portolan.trackName" .) -}}
{{- $held := dig "metadata" "annotations" "portolan/before-rollout" "" $live -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ include "portolan.trackName" . }}
  labels:
    {{- include "portolan.labels" . | nindent 4 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "portolan.trackName" . }}
  minReplicas: {{ ternary (dig "spec" "minReplicas" 1 $live) .values.autoscaling.minReplicas (ne $held "") }}
  maxReplicas: {{ .values.autoscaling.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: {type: Utilization, averageUtilization: {{ .values.autoscaling.targetCPU }}}
  behavior:
    scaleDown: {stabilizationWindowSeconds: 300}
{{- end }}

{{/* Pods, services, budget and scaler of a component that answers requests, for the strategy of the release. Takes what portolan.pod takes. */}}
{{- define "portolan.web" -}}
{{- $role := . -}}
{{- $rollout := .root.Values.rollout -}}
{{- if eq $rollout.strategy "blueGreen" }}
{{- $active := include "portolan.activeColor" . }}
{{- range $color := list "blue" "green" }}
{{- $first := ternary (ternary (dig "autoscaling" "minReplicas" 1 $role.values) $role.values.replicas $role.scaled) 0 (eq $color $active) }}
{{- $track := merge (dict "track" $color "image" (get $rollout.blueGreen $color) "initial" $first) $role }}
---
{{ include "portolan.deployment" $track }}
{{- include "portolan.budget" $track }}
{{- if $role.scaled }}
---
{{ include "portolan.cpuScaler" $track }}
{{- end }}
{{- end }}
---
{{ include "portolan.service" (merge (dict "track" "active" "selected" $active) $role) }}
---
{{ include "portolan.service" (merge (dict "track" "preview" "selected" (ternary "green" "blue" (eq $active "blue"))) $role) }}
{{- else }}
{{- $stable := merge (dict "track" "stable") $role }}
---
{{ include "portolan.deployment" $stable }}
{{- include "portolan.budget" $stable }}
{{- if $role.scaled }}
---
{{ include "portolan.cpuScaler" $stable }}
{{- end }}
---
{{ include "portolan.service" $stable }}
{{- include "portolan.candidates" $role }}
{{- if eq $rollout.strategy "canary" }}
{{- range $track := list "baseline" "canary" }}
---
{{ include "portolan.service" (merge (dict "track" $track) $role) }}
{{- end }}
{{- end }}
{{- end }}
---
{{ include "portolan.adminService" $role }}
{{- end }}

{{/* Baseline and canary of a component, without pods until deploy/canary scales them. */}}
{{- define "portolan.candidates" -}}
{{- if eq .root.Values.rollout.strategy "canary" }}
---
{{ include "portolan.deployment" (merge (dict "track" "baseline" "initial" 0) .) }}
---
{{ include "portolan.deployment" (merge (dict "track" "canary" "image" .root.Values.rollout.canary "initial" 0) .) }}
{{- end }}
{{- end }}

{{/* The color that the component's service selects now, or the one to begin with. */}}
{{- define "portolan.activeColor" -}}
{{- $service := lookup "v1" "Service" .root.Release.Namespace (printf "%s-%s" (include "portolan.name" .root) .component) -}}
{{- $live := dig "spec" "selector" "portolan/track" "" $service -}}
{{- has $live (list "blue" "green") | ternary $live .root.Values.rollout.blueGreen.active }}
{{- end }}

{{/* The backends of a rule, with the weights that they have now: a rollout that is under way goes on through an upgrade. */}}
{{- define "portolan.backends" -}}
{{- $root := .root -}}
{{- $name := printf "%s-%s" (include "portolan.name" $root) .component -}}
{{- if ne $root.Values.rollout.strategy "canary" }}
- {name: {{ $name }}, port: {{ $root.Values.service.port }}, weight: 100}
{{- else }}
{{- $weights := dict $name 100 }}
{{- range (dig "spec" "rules" list (lookup "gateway.networking.k8s.io/v1" "HTTPRoute" $root.Release.Namespace (include "portolan.name" $root))) }}
{{- range .backendRefs }}
{{- $_ := set $weights .name .weight }}
{{- end }}
{{- end }}
{{- range $suffix := list "" "-baseline" "-canary" }}
- {name: {{ $name }}{{ $suffix }}, port: {{ $root.Values.service.port }}, weight: {{ dig (printf "%s%s" $name $suffix) 0 $weights | int }}}
{{- end }}
{{- end }}
{{- end }}

{{- define "portolan.name" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "portolan.selector" -}}
app.kubernetes.io/name: portolan
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "portolan.labels" -}}
app.kubernetes.io/name: portolan
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "portolan.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{- define "portolan.account" -}}
{{- if .Values.serviceAccount.create }}{{ .Values.serviceAccount.name | default (include "portolan.name" .) }}{{ else }}{{ .Values.serviceAccount.name | default "default" }}{{ end }}
{{- end }}

{{- define "portolan.migrationAccount" -}}
{{- if .Values.serviceAccount.create }}{{ include "portolan.name" . }}-migration{{ else }}{{ .Values.serviceAccount.name | default "default" }}{{ end }}
{{- end }}

{{- define "portolan.secret" -}}
{{ .Values.secrets.existingSecret | default (printf "%s-secrets" (include "portolan.name" .)) }}
{{- end }}

{{/* The secrets of the roles, as the names of their values; the variable of `databaseUrl` is DATABASE_URL. */}}
{{- define "portolan.secretNames" -}}
{{- without (keys .Values.secrets.keys | sortAlpha) "migrationUrl" | toJson }}
{{- end }}

{{/* The key of a secret in the Secret that is used, or nothing when there is none. */}}
{{- define "portolan.secretKey" -}}
{{- if .root.Values.secrets.existingSecret -}}
{{ get .root.Values.secrets.keys .value }}
{{- else if get .root.Values.secrets.values .value -}}
{{ .value | kebabcase }}
{{- end }}
{{- end }}

{{- define "portolan.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "portolan.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* Everything that a pod of a role has in common with the others. Takes root, component, command and the values of the role. */}}
{{- define "portolan.pod" -}}
{{- $root := .root -}}
{{- $public := has .component (list "api" "mcp") -}}
metadata:
  labels:
    {{- include "portolan.labels" . | nindent 4 }}
  annotations:
    checksum/settings: {{ include "portolan.settings" $root | sha256sum }}
    {{- if not $root.Values.secrets.existingSecret }}
    checksum/secrets: {{ toYaml $root.Values.secrets.values | sha256sum }}
    {{- end }}
    {{- with .values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "portolan.account" $root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  securityContext:
    {{- include "portolan.podSecurity" $root | nindent 4 }}
  {{- with $root.Values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  # What the balancer still sends, then what the process may take, then a little.
  terminationGracePeriodSeconds: {{ add (ternary $root.Values.drainSeconds 0 $public) $root.Values.shutdownSeconds 10 }}
  topologySpreadConstraints:
    {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "portolan.selector" $ | nindent 10 }}
      matchLabelKeys: [pod-template-hash]
    {{- end }}
  {{- with .values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: {{ .component }}
      image: {{ include "portolan.image" $root }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: [{{ .command }}]
      securityContext:
        {{- include "portolan.containerSecurity" $root | nindent 8 }}
      envFrom:
        - configMapRef:
            name: {{ include "portolan.name" $root }}-settings
      env:
        {{- include "portolan.secretFiles" $root | nindent 8 }}
      ports:
        {{- if $public }}
        - {name: http, containerPort: 8080}
        {{- end }}
        - {name: admin, containerPort: 9464}
      startupProbe:
        httpGet: {path: /startupz, port: admin}
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: {{ div (add $root.Values.probes.startSeconds 4) 5 }}
      livenessProbe:
        httpGet: {path: /livez, port: admin}
        initialDelaySeconds: 30
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 3
      readinessProbe:
        httpGet: {path: /readyz, port: admin}
        initialDelaySeconds: 10
        periodSeconds: 5
        timeoutSeconds: 3
        failureThreshold: 2
      {{- if $public }}
      lifecycle:
        preStop:
          sleep: {seconds: {{ $root.Values.drainSeconds }}}
      {{- end }}
      resources:
        {{- toYaml .values.resources | nindent 8 }}
      volumeMounts:
        {{- include "portolan.mounts" $root | nindent 8 }}
        - {name: state, mountPath: /var/lib/portolan}
        {{- if and (eq .component "worker") $root.Values.worker.storage.existingClaim }}
        - {name: storage, mountPath: /var/lib/portolan/storage}
        {{- end }}
  volumes:
    {{- include "portolan.volumes" $root | nindent 4 }}
    - name: state
      emptyDir: {sizeLimit: {{ ternary $root.Values.worker.storage.workSize "64Mi" (eq .component "worker") }}}
    {{- if and (eq .component "worker") $root.Values.worker.storage.existingClaim }}
    - name: storage
      persistentVolumeClaim: {claimName: {{ $root.Values.worker.storage.existingClaim }}}
    {{- end }}
{{- end }}

{{/* Settings that are no secrets. */}}
{{- define "portolan.settings" -}}
PORTOLAN_BIND: "0.0.0.0"
PORTOLAN_PORT: "8080"
PORTOLAN_ADMIN_PORT: "9464"
PORTOLAN_SHUTDOWN_GRACE_SECONDS: {{ .Values.shutdownSeconds | quote }}
{{- if .Values.redisCA.existingSecret }}
PORTOLAN_REDIS_CA_FILE: /etc/portolan/redis-ca/{{ .Values.redisCA.key }}
{{- end }}
{{- if .Values.credentials.existingSecret }}
PORTOLAN_CREDENTIALS_DIR: /etc/portolan/credentials
{{- end }}
{{- if .Values.spool.existingClaim }}
PORTOLAN_SPOOL_DIR: /var/spool/portolan
{{- end }}
{{- range $name, $value := .Values.settings }}
PORTOLAN_{{ $name }}: {{ $value | toString | quote }}
{{- end }}
{{- end }}

{{/* Secrets are files, so that they are in no process list and no description of a pod. */}}
{{- define "portolan.secretFiles" -}}
{{- $root := . -}}
{{- range $value := include "portolan.secretNames" . | fromJsonArray }}
{{- with include "portolan.secretKey" (dict "root" $root "value" $value) }}
- {name: PORTOLAN_{{ $value | snakecase | upper }}_FILE, value: /etc/portolan/secrets/{{ . }}}
{{- end }}
{{- end }}
{{- end }}

{{- define "portolan.mounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: secrets, mountPath: /etc/portolan/secrets, readOnly: true}
{{- if .Values.redisCA.existingSecret }}
- {name: redis-ca, mountPath: /etc/portolan/redis-ca, readOnly: true}
{{- end }}
{{- if .Values.credentials.existingSecret }}
- {name: credentials, mountPath: /etc/portolan/credentials, readOnly: true}
{{- end }}
{{- if .Values.spool.existingClaim }}
- {name: spool, mountPath: /var/spool/portolan}
{{- end }}
{{- end }}

{{- define "portolan.volumes" -}}
- name: tmp
  emptyDir: {sizeLimit: 256Mi}
- name: secrets
  secret:
    secretName: {{ include "portolan.secret" . }}
    defaultMode: 0440
    # No role needs the URL of the migration's user.
    items:
      {{- $root := . }}
      {{- range $value := include "portolan.secretNames" . | fromJsonArray }}
      {{- with include "portolan.secretKey" (dict "root" $root "value" $value) }}
      - {key: {{ . }}, path: {{ . }}}
      {{- end }}
      {{- end }}
{{- if .Values.redisCA.existingSecret }}
- name: redis-ca
  secret: {secretName: {{ .Values.redisCA.existingSecret }}, defaultMode: 0440}
{{- end }}
{{- if .Values.credentials.existingSecret }}
- name: credentials
  secret: {secretName: {{ .Values.credentials.existingSecret }}, defaultMode: 0440}
{{- end }}
{{- if .Values.spool.existingClaim }}
- name: spool
  persistentVolumeClaim: {claimName: {{ .Values.spool.existingClaim }}}
{{- end }}
{{- end }}

{{/* The Deployment of a role. Takes what portolan.pod takes, and whether something else sets the number of replicas. */}}
{{- define "portolan.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "portolan.name" .root }}-{{ .component }}
  labels:
    {{- include "portolan.labels" . | nindent 4 }}
spec:
  {{- if not .scaled }}
  replicas: {{ .values.replicas }}
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
  name: {{ include "portolan.name" .root }}-{{ .component }}
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

{{- define "portolan.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "portolan.name" .root }}-{{ .component }}
  labels:
    {{- include "portolan.labels" . | nindent 4 }}
  {{- with .root.Values.service.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  type: {{ .root.Values.service.type }}
  selector:
    {{- include "portolan.selector" . | nindent 4 }}
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
    {{- include "portolan.selector" . | nindent 4 }}
  ports:
    - {name: admin, port: 9464, targetPort: admin}
{{- end }}

{{- define "portolan.cpuScaler" -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ include "portolan.name" .root }}-{{ .component }}
  labels:
    {{- include "portolan.labels" . | nindent 4 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "portolan.name" .root }}-{{ .component }}
  minReplicas: {{ .values.autoscaling.minReplicas }}
  maxReplicas: {{ .values.autoscaling.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: {type: Utilization, averageUtilization: {{ .values.autoscaling.targetCPU }}}
  behavior:
    scaleDown: {stabilizationWindowSeconds: 300}
{{- end }}

{{/* The service that answers /mcp. */}}
{{- define "portolan.agentService" -}}
{{ include "portolan.name" . }}-{{ ternary "mcp" "api" .Values.mcp.enabled }}
{{- end }}

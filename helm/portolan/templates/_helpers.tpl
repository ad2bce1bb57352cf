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
app.kubernetes.io/version: {{ dig "image" "tag" "" . | default .root.Values.image.tag | default .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
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

{{/* How any pod of the chart begins. Takes root, and account where it is not that of the roles. */}}
{{- define "portolan.podHead" -}}
serviceAccountName: {{ .account | default (include "portolan.account" .root) }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  {{- include "portolan.podSecurity" .root | nindent 2 }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{/* What makes new pods when the Secret of the chart changes, and the annotations of the values. Takes root, and the values of a role. */}}
{{- define "portolan.podAnnotations" -}}
{{- if not .root.Values.secrets.existingSecret }}
checksum/secrets: {{ toYaml .root.Values.secrets.values | sha256sum }}
{{- end }}
{{- with .values.podAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Where a pod may run. Takes the values of a role. */}}
{{- define "portolan.placement" -}}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
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
    {{- include "portolan.podAnnotations" . | nindent 4 }}
spec:
  {{- include "portolan.podHead" (dict "root" $root) | nindent 2 }}
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
  {{- include "portolan.placement" .values | nindent 2 }}
  containers:
    - name: {{ .component }}
      image: {{ include "portolan.image" . }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: [{{ .command }}]
      securityContext:
        {{- include "portolan.containerSecurity" $root | nindent 8 }}
      envFrom:
        - configMapRef:
            name: {{ include "portolan.name" $root }}-settings
      env:
        {{- if $root.Values.database.cluster.enabled }}
        - {name: PORTOLAN_DATABASE_URL_FILE, value: /etc/portolan/database/uri}
        {{- end }}
        {{- include "portolan.secretFiles" (dict "root" $root "names" (include "portolan.secretNames" $root | fromJsonArray)) | nindent 8 }}
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
        {{- if and (has .component (list "worker" "scheduler")) $root.Values.worker.storage.existingClaim }}
        - {name: storage, mountPath: /var/lib/portolan/storage}
        {{- end }}
  volumes:
    {{- include "portolan.volumes" $root | nindent 4 }}
    - name: state
      emptyDir: {sizeLimit: {{ ternary $root.Values.worker.storage.workSize "64Mi" (eq .component "worker") }}}
    {{- if and (has .component (list "worker" "scheduler")) $root.Values.worker.storage.existingClaim }}
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
PORTOLAN_FEATURES_FILE: /etc/portolan/features/features.yaml
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

{{- define "portolan.mounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: secrets, mountPath: /etc/portolan/secrets, readOnly: true}
# The whole folder, not one file of it: only then a change of the ConfigMap comes in while the pod runs.
- {name: features, mountPath: /etc/portolan/features, readOnly: true}
{{- if .Values.database.cluster.enabled }}
- {name: database, mountPath: /etc/portolan/database, readOnly: true}
{{- end }}
{{- if .Values.redisCA.existingSecret }}
- {name: redis-ca, mountPath: /etc/portolan/redis-ca, readOnly: true}
{{- end }}
{{- include "portolan.databaseAuthorityMount" . }}
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
    # No role needs the URL of the migration's or the backups' user, nor the key of the backups.
    items:
      {{- include "portolan.secretItems" (dict "root" . "names" (include "portolan.secretNames" . | fromJsonArray)) | nindent 6 }}
- name: features
  configMap: {name: {{ include "portolan.name" . }}-features}
{{- if .Values.database.cluster.enabled }}
- name: database
  secret: {secretName: {{ include "portolan.name" . }}-db-app, defaultMode: 0440, items: [{key: uri, path: uri}]}
{{- end }}
{{- if .Values.redisCA.existingSecret }}
- name: redis-ca
  secret: {secretName: {{ .Values.redisCA.existingSecret }}, defaultMode: 0440}
{{- end }}
{{- include "portolan.databaseAuthorityVolume" . }}
{{- if .Values.credentials.existingSecret }}
- name: credentials
  secret: {secretName: {{ .Values.credentials.existingSecret }}, defaultMode: 0440}
{{- end }}
{{- if .Values.spool.existingClaim }}
- name: spool
  persistentVolumeClaim: {claimName: {{ .Values.spool.existingClaim }}}
{{- end }}
{{- end }}

{{/* How many pods a track has that a rollout scales: as many as it has now, or at first `initial`. */}}
{{- define "portolan.liveReplicas" -}}
{{- $live := lookup "apps/v1" "Deployment" .root.Release.Namespace (include "portolan.trackName" .) -}}
{{- if $live }}{{ dig "spec" "replicas" 0 $live | int }}{{ else }}{{ .initial }}{{ end }}
{{- end }}

{{/* The Deployment of a role. Takes what portolan.pod takes, and whether something else sets the number of replicas. */}}
{{- define "portolan.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "portolan.trackName" . }}
  labels:
    {{- include "portolan.labels" . | nindent 4 }}
spec:
  {{- if hasKey . "initial" }}
  replicas: {{ include "portolan.liveReplicas" . }}
  {{- else if not .scaled }}
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

{{- define "portolan.cpuScaler" -}}
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

{{/* The component that answers /mcp, and its service. */}}
{{- define "portolan.agentComponent" -}}
{{ ternary "mcp" "api" .Values.mcp.enabled }}
{{- end }}

{{- define "portolan.agentService" -}}
{{ include "portolan.name" . }}-{{ include "portolan.agentComponent" . }}
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

{{/* A pod that takes or proves backups. Takes root, component, values, args, and once for one that ends by itself. */}}
{{- define "portolan.backupPod" -}}
{{- $root := .root -}}
{{- $names := include "portolan.backupSecretNames" $root | fromJsonArray }}
{{- $database := include "portolan.secretKey" (dict "root" $root "value" "backupDatabaseUrl") | default (include "portolan.secretKey" (dict "root" $root "value" "databaseUrl")) }}
metadata:
  labels:
    {{- include "portolan.labels" . | nindent 4 }}
  {{- if or .values.podAnnotations (not $root.Values.secrets.existingSecret) }}
  annotations:
    {{- include "portolan.podAnnotations" . | nindent 4 }}
  {{- end }}
spec:
  {{- include "portolan.podHead" (dict "root" $root) | nindent 2 }}
  {{- if .once }}
  restartPolicy: Never
  {{- end }}
  # What was received of the log is stored before it ends.
  terminationGracePeriodSeconds: {{ add $root.Values.shutdownSeconds 40 }}
  {{- include "portolan.placement" .values | nindent 2 }}
  containers:
    - name: backup
      image: {{ include "portolan.image" . }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: {{ .args | toJson }}
      securityContext:
        {{- include "portolan.containerSecurity" $root | nindent 8 }}
      # Of the settings only what backups know: they have no Redis, no features, no sources.
      env:
        {{- if not .once }}
        - {name: PORTOLAN_DATABASE_URL_FILE, value: /etc/portolan/secrets/{{ $database }}}
        {{- end }}
        {{- if .values.existingClaim }}
        - {name: PORTOLAN_BACKUP_URL, value: "file:///var/lib/portolan/backup"}
        {{- end }}
        {{- range $name, $value := pick $root.Values.settings "BACKUP_URL" "BACKUP_LOG_SECONDS" "BACKUP_BASE_MINUTES" "STORAGE_URL" "S3_ENDPOINT" "S3_REGION" "S3_ADDRESSING" "LOG_FORMAT" "LOG_LEVEL" }}
        - {name: PORTOLAN_{{ $name }}, value: {{ $value | toString | quote }}}
        {{- end }}
        {{- include "portolan.secretFiles" (dict "root" $root "names" $names) | nindent 8 }}
      resources:
        {{- toYaml .values.resources | nindent 8 }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
        - {name: secrets, mountPath: /etc/portolan/secrets, readOnly: true}
        - {name: state, mountPath: /var/lib/portolan}
        {{- include "portolan.databaseAuthorityMount" $root | nindent 8 }}
        {{- if .values.existingClaim }}
        - {name: backup, mountPath: /var/lib/portolan/backup}
        {{- end }}
        {{- if $root.Values.worker.storage.existingClaim }}
        - {name: storage, mountPath: /var/lib/portolan/storage, readOnly: true}
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: {sizeLimit: {{ .values.workSize }}}
    - name: state
      emptyDir: {sizeLimit: {{ .values.workSize }}}
    - name: secrets
      secret:
        secretName: {{ include "portolan.secret" $root }}
        defaultMode: 0440
        items:
          {{- if not .once }}
          - {key: {{ $database }}, path: {{ $database }}}
          {{- end }}
          {{- include "portolan.secretItems" (dict "root" $root "names" $names) | nindent 10 }}
    {{- include "portolan.databaseAuthorityVolume" $root | nindent 4 }}
    {{- with .values.existingClaim }}
    - name: backup
      persistentVolumeClaim: {claimName: {{ . }}}
    {{- end }}
    {{- with $root.Values.worker.storage.existingClaim }}
    - name: storage
      persistentVolumeClaim: {claimName: {{ . }}}
    {{- end }}
{{- end }}

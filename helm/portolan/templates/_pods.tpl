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
{{- with .root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
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

{{/* A pod that takes or proves backups. Takes root, component, values, args, and once for one that ends by itself. */}}
{{- define "portolan.backupPod" -}}
{{- $root := .root -}}
{{- $names := include "portolan.backupSecretNames" $root | fromJsonArray }}
{{- $database := include "portolan.secretKey" (dict "root" $root "value" "backupDatabaseUrl") | default (include "portolan.secretKey" (dict "root" $root "value" "databaseUrl")) }}
{{- /* What is proved needs no database. Without any item a volume would hold the whole Secret. */}}
{{- $items := include "portolan.secretItems" (dict "root" $root "names" $names) | fromYamlArray }}
{{- if not .once }}
{{- $items = prepend $items (dict "key" $database "path" $database) }}
{{- end }}
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
        {{- if $items }}
        - {name: secrets, mountPath: /etc/portolan/secrets, readOnly: true}
        {{- end }}
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
    {{- with $items }}
    - name: secrets
      secret:
        secretName: {{ include "portolan.secret" $root }}
        defaultMode: 0440
        items:
          {{- toYaml . | nindent 10 }}
    {{- end }}
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

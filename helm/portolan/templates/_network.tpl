{{/* The ports of URLs, as a JSON list; those that are empty have none. */}}
{{- define "portolan.ports" -}}
{{- $ports := list }}
{{- range compact . }}
{{- $url := urlParse . }}
{{- $ports = append $ports (regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (ternary "443" "80" (eq $url.scheme "https")) | int) }}
{{- end }}
{{- toJson (uniq $ports) }}
{{- end }}

{{/*
Lets roles call servers that settings name. A block of addresses is for what is outside of the cluster, a selector for what is in it; the
addresses by which clouds tell machines their secrets are nobody's server. Takes root, of, roles and servers.
*/}}
{{- define "portolan.callers" -}}
{{- $ports := include "portolan.ports" .servers | fromJsonArray }}
{{- if $ports }}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "portolan.name" .root }}-{{ .of }}
  labels:
    {{- include "portolan.labels" (dict "root" .root) | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: portolan
      app.kubernetes.io/instance: {{ .root.Release.Name }}
    matchExpressions:
      - {key: app.kubernetes.io/component, operator: In, values: {{ toJson .roles }}}
  policyTypes: [Egress]
  egress:
    - ports:
        {{- range $ports }}
        - {protocol: TCP, port: {{ int . }}}
        {{- end }}
      to:
        {{- with .root.Values.networkPolicy.servicesTo }}
        {{- toYaml . | nindent 8 }}
        {{- else }}
        - namespaceSelector: {}
        - ipBlock: {cidr: 0.0.0.0/0, except: [169.254.0.0/16]}
        - ipBlock: {cidr: "::/0", except: ["fe80::/10"]}
        {{- end }}
---
{{- end }}
{{ end }}

{{- define "common.render" -}}
{{- if typeIs "string" .value }}
{{- tpl .value .context }}
{{- else }}
{{- tpl (.value | toYaml) .context }}
{{- end }}
{{- end -}}
{{- define "common.labels" -}}
managed-by: {{ .context.Release.Service }}
{{ with .labels }}
{{- include "common.render" (dict "value" . "context" $.context) }}
{{- end }}
{{- end -}}

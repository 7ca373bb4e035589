{{- define "node" }}
- {{ .name }}
{{- range .children }}
{{- include "node" . | indent 2 }}
{{- end }}
{{- end }}
{{- define "size.small" }}1{{ end }}
{{- define "size.large" }}9{{ end }}
{{- define "padded" }}

  padded
{{ end }}

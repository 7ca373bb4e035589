{{- define "app.name" -}}
{{ default .Chart.Name .Values.nameOverride }}
{{- end -}}
{{- define "app.account" -}}
{{ .Values.account }}
{{- end -}}

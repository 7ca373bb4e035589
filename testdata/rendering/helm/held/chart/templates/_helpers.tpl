{{- define "held.labels" -}}
app: held
team: {{ .Values.team }}
{{- end -}}

{{- define "engine.version" -}}
{{- .Values.engine.version | trimPrefix "v" -}}
{{- end -}}
{{- define "engine.key" -}}
config.json
{{- end -}}
{{- define "engine.labels" -}}
app: engine
version: {{ include "engine.version" . | quote }}
{{- end -}}

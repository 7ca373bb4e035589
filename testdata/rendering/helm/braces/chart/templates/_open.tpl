{{ define "open" }}log {{ end }}
{{- define "set" }}[{ {{- "a" }}{ {{ end }}

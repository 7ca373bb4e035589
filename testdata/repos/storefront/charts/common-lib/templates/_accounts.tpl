{{/* Labels of an object: {root, name, owner}. */}}
{{- define "common-lib.labels" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/part-of: storefront
{{- with .owner }}
team: {{ . }}
{{- end }}
{{- end }}

{{/* The account of a workload: one of its own, without a token unless a pod asks for it. {root, name, owner, account} */}}
{{- define "common-lib.account" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .account }}
  labels:
    {{- include "common-lib.labels" . | nindent 4 }}
automountServiceAccountToken: false
{{- end }}

{{/* A token for Vault, as a volume. */}}
{{- define "common-lib.vaultToken" -}}
- name: vault-token
  projected:
    sources:
      - serviceAccountToken:
          audience: vault
          path: token
          expirationSeconds: 28800
                           # ^^^^^ NHI402 error short-token-expiry on:dev,prod,stage
{{- end }}

{{/* A token for the mesh, as a volume. */}}
{{- define "common-lib.meshToken" -}}
- name: mesh-token
  projected:
    sources:
      - serviceAccountToken:
          audience: mesh
          path: token
          expirationSeconds: 1800
{{- end }}

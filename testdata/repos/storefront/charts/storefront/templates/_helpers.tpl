{{- define "storefront.fullname" -}}
{{- default .Chart.Name .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "storefront.accountName" -}}
{{- printf "%s-%s" (include "storefront.fullname" .root) .name }}
{{- end }}

{{/* What the helpers of the library ask for. */}}
{{- define "storefront.labels" -}}
{{- include "common-lib.labels" (dict "root" .root "name" .name "owner" .root.Values.owner) }}
{{- end }}

{{/* What every process of the shop is told. */}}
{{- define "storefront.environment" -}}
- name: PRODUCTS_URL
  value: http://{{ include "storefront.fullname" . }}-products:8080
- name: BASKET_TOKEN
  valueFrom:
    secretKeyRef:
  # ^^^^^^^^^^^^ NHI204 warning secret-env on:dev,prod,stage
      name: basket
      key: token
- name: BASKET_URL
  valueFrom:
    configMapKeyRef:
      name: basket
      key: url
{{- end }}

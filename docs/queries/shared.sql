-- What several repositories hold at once: an identity in a cloud, a Secret of one namespace of one cluster, an account.
-- Whoever changes it in one of them changes it for the others. Names that are not known join nothing.
WITH held AS (
  SELECT 'cloud identity' AS what, one.provider || ' ' || one.identity AS name, repository, id
  FROM identities, UNNEST(identities.cloud) AS of_cloud(one)
  UNION ALL
  SELECT 'secret', cluster || '/' || one.namespace || '/' || one.name, repository, id
  FROM identities, UNNEST(identities.secrets) AS of_secrets(one)
  UNION ALL
  SELECT 'account', cluster || '/' || "namespace" || '/' || "name", repository, id
  FROM identities
  WHERE origin = 'declared'
)
SELECT what, name, count(DISTINCT repository) AS repositories, list_sort(list(DISTINCT repository)) AS "where",
  count(DISTINCT repository || ' ' || id) AS identities
FROM held
WHERE name IS NOT NULL AND repository IS NOT NULL
GROUP BY what, name
HAVING count(DISTINCT repository) > 1
ORDER BY repositories DESC, what, name;

-- What several repositories hold at once: an identity in a cloud, a Secret, an account. Whoever changes it in one of them
-- changes it for the others. Where the cluster is not known (`?`), two of one name may be of two clusters: not certain.
WITH held AS (
  SELECT 'cloud identity' AS what, one.provider || ' ' || one.identity AS name, true AS certain, repository, id
  FROM identities, UNNEST(identities.cloud) AS of_cloud(one)
  UNION ALL
  SELECT 'secret', coalesce(cluster, '?') || '/' || one.namespace || '/' || one.name, cluster IS NOT NULL, repository, id
  FROM identities, UNNEST(identities.secrets) AS of_secrets(one)
  UNION ALL
  SELECT 'account', coalesce(cluster, '?') || '/' || "namespace" || '/' || "name", cluster IS NOT NULL, repository, id
  FROM identities
  WHERE origin = 'declared'
)
SELECT what, name, certain, count(DISTINCT repository) AS repositories, list_sort(list(DISTINCT repository)) AS "where",
  count(DISTINCT repository || ' ' || id) AS identities
FROM held
WHERE name IS NOT NULL AND repository IS NOT NULL
GROUP BY what, name, certain
HAVING count(DISTINCT repository) > 1
ORDER BY certain DESC, repositories DESC, what, name;

-- Strong identities (T0 to T2) by how long nobody has looked at them: never reviewed first, then the oldest review.
SELECT try_cast(review.last AS DATE) AS reviewed, try_cast(review.by AS DATE) AS due, coalesce(review.overdue, false) AS overdue,
  repository, id, owner.value AS owner, tier.reachable AS reaches
FROM identities
WHERE tier.reachable IN ('T0', 'T1', 'T2')
ORDER BY reviewed NULLS FIRST, due NULLS FIRST, reaches, repository, id;

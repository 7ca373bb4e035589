-- What each owner has to answer for.
SELECT coalesce(owner.value, 'nobody') AS owner, count(*) AS identities,
  count(*) FILTER (tier.reachable IN ('T0', 'T1')) AS strong,
  count(*) FILTER (len([1 FOR one IN credentials IF one.effectiveSeconds IS NULL]) > 0) AS with_endless_credentials,
  sum(len([1 FOR one IN findings IF one.severity = 'error' AND one.suppressed IS NULL]))::BIGINT AS errors
FROM identities
GROUP BY ALL
ORDER BY strong DESC, errors DESC, owner;

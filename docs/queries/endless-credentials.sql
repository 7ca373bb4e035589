-- Credentials that do not end by themselves: tokens kept as Secrets, keys written into manifests.
SELECT repository, id, credential.type, credential.what, owner.value AS owner, tier.reachable AS reaches,
  credential.location.file || ':' || credential.location.line AS "where"
FROM identities, UNNEST(identities.credentials) AS of_credentials(credential)
WHERE credential.effectiveSeconds IS NULL
ORDER BY reaches, repository, id, "where";

-- Who can become as good as cluster-admin, and nobody answers for it.
SELECT repository, id, environment, tier.direct AS by_itself, tier.confidence, [step.words FOR step IN tier.path] AS way
FROM identities
WHERE tier.reachable = 'T0' AND owner IS NULL
ORDER BY repository, id;

-- Exceptions that are over or end within thirty days, the first to end first. `SET VARIABLE today = DATE '2027-01-31'` asks
-- for another day.
SELECT DISTINCT try_cast(exception.until AS DATE) AS until,
  date_diff('day', coalesce(getvariable('today'), current_date), try_cast(exception.until AS DATE)) AS days_left,
  exception.id AS exception, exception.rules, exception.owner, repository, exception.location.file AS file
FROM identities, UNNEST(identities.exceptions) AS of_exceptions(exception)
WHERE try_cast(exception.until AS DATE) <= coalesce(getvariable('today'), current_date) + INTERVAL 30 DAY
ORDER BY until, repository, exception;

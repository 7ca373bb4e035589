//! The place that an error message of Helm names.

/// An error message of Helm, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HelmError<'c> {
    /// The file, below the chart; of a value file what is known of its path.
    pub(super) path: &'c str,
    /// The line in it, from 1.
    pub(super) line: u32,
    /// What is wrong there.
    pub(super) reason: String,
    /// Whether the file itself could not be read as YAML. Then the line may be that behind the broken one.
    pub(super) unread: bool,
}

/// Takes an error message apart, if it names a file. Of several templates, where one includes the other, the innermost
/// counts that stands in a file.
///
/// `text/template` writes (`exec.go`) `template: NAME:LINE:COLUMN: executing "NAME" at <EXPRESSION>: REASON`; Helm's
/// engine `execution error at (NAME:LINE:COLUMN): REASON` for `fail` and `required`, and `parse error at (NAME:LINE):
/// REASON`; its loaders `YAML parse error on NAME: REASON`, `cannot load NAME: REASON` and `failed to parse NAME: REASON`.
pub(super) fn helm_error(message: &str) -> Option<HelmError<'_>> {
    let after = |start: &str| message.rfind(start).map(|at| &message[at + start.len()..]);
    for start in ["execution error at (", "parse error at ("] {
        if let Some(rest) = after(start) {
            let (place, reason) = rest.split_once("): ")?;
            return at_line(place, reason.to_owned());
        }
    }
    let templates = message.rmatch_indices("template: ").filter_map(|(at, start)| {
        let (place, reason) = message[at + start.len()..].split_once(": ")?;
        place.contains(':').then_some((place, reason))
    });
    let templates: Vec<_> = templates.collect();
    if let Some((_, reason)) = templates.first() {
        let reason = match reason.split_once(" at <") {
            Some((_, rest)) => format!("`{}", rest.replacen(">: ", "`: ", 1)),
            None => (*reason).to_owned(),
        };
        let reason = with_unset(&reason);
        return templates.iter().find_map(|(place, _)| at_line(place, reason.clone()));
    }
    if let Some((path, reason)) = after("YAML parse error on ").and_then(|rest| rest.split_once(": ")) {
        let whose = if reason.contains("yaml: line ") { " (the line is one of what it prints)" } else { "" };
        return Some(HelmError {
            path: below(path)?,
            line: 1,
            reason: format!("it prints no YAML{whose}: {reason}"),
            unread: false,
        });
    }
    let mut files =
        ["cannot load ", "failed to parse "].iter().filter_map(|start| after(start)?.split_once(": "));
    let (path, reason) = files.next()?;
    let line = reason.rsplit_once("yaml: line ").and_then(|(_, rest)| rest.split_once(':')?.0.parse().ok());
    Some(HelmError { path, line: line.unwrap_or(1), reason: reason.to_owned(), unread: true })
}

/// The words for a value that is not there, which has no type (`validateType` in `exec.go` of `text/template`).
fn with_unset(reason: &str) -> String {
    let wrong = reason.strip_suffix("; got interface {}");
    match wrong.and_then(|rest| rest.split_once("wrong type for value; expected ")) {
        Some((before, wanted)) => format!("{before}the value is not set, and must be a {wanted}"),
        None => reason.to_owned(),
    }
}

/// What the schema of a chart says against its values, without what Helm says before it (`ValidateAgainstSchema` in
/// `chartutil`): `NAME: `, and a line for each reason.
pub(super) fn schema_reasons(message: &str) -> Option<String> {
    let (_, reasons) = message.split_once("specifications of the schema(s) in the following chart(s):")?;
    let reasons: Vec<&str> = reasons.lines().filter_map(|line| line.trim().strip_prefix("- ")).collect();
    (!reasons.is_empty()).then(|| format!("the values do not fit the schema: {}", reasons.join("; ")))
}

/// The error at a place such as `chart/templates/a.yaml:7:16`.
fn at_line(place: &str, reason: String) -> Option<HelmError<'_>> {
    let mut parts = place.split(':');
    let (path, line) = (parts.next()?, parts.next()?.parse().ok()?);
    Some(HelmError { path: below(path)?, line, reason, unread: false })
}

fn below(path: &str) -> Option<&str> {
    path.split_once('/').map(|(_, below)| below)
}

#[cfg(test)]
mod tests {
    use super::{helm_error, schema_reasons};

    #[test]
    fn the_innermost_file_is_named() {
        for (message, path, line, reason) in [
            (
                r#"template: shop/templates/job.yaml:7:16: executing "shop/templates/job.yaml" at <.Values.a.b>: nil pointer evaluating interface {}.b"#,
                "templates/job.yaml",
                7,
                "`.Values.a.b`: nil pointer evaluating interface {}.b",
            ),
            (
                r#"template: shop/templates/job.yaml:7:4: executing "shop/templates/job.yaml" at <include "x" .>: error calling include: template: shop/charts/lib/templates/_x.tpl:3:2: executing "x" at <index .Values.l 4>: error calling index: out of range"#,
                "charts/lib/templates/_x.tpl",
                3,
                "`index .Values.l 4`: error calling index: out of range",
            ),
            (
                r#"template: shop/templates/job.yaml:7:4: executing "shop/templates/job.yaml" at <tpl .Values.t .>: error calling tpl: error during tpl function execution for "***": template: gotpl:1:10: executing "gotpl" at <.Values.q.r>: nil pointer"#,
                "templates/job.yaml",
                7,
                "`.Values.q.r`: nil pointer",
            ),
            (
                r#"template: shop/templates/job.yaml:7:4: executing "shop/templates/job.yaml" at <include "x" .>: error calling include: template: no template "x" associated with template "gotpl""#,
                "templates/job.yaml",
                7,
                "`include \"x\" .`: error calling include: template: no template \"x\" associated with template \"gotpl\"",
            ),
            (
                "execution error at (shop/templates/secret.yaml:2:9): name is required",
                "templates/secret.yaml",
                2,
                "name is required",
            ),
            (
                "parse error at (shop/templates/a.yaml:4): missing value for if",
                "templates/a.yaml",
                4,
                "missing value for if",
            ),
            (
                "YAML parse error on shop/templates/a.yaml: error converting YAML to JSON: yaml: line 3: bad",
                "templates/a.yaml",
                1,
                "it prints no YAML (the line is one of what it prints): error converting YAML to JSON: yaml: line 3: bad",
            ),
            (
                "cannot load values.yaml: error converting YAML to JSON: yaml: line 3: bad",
                "values.yaml",
                3,
                "error converting YAML to JSON: yaml: line 3: bad",
            ),
            ("failed to parse shop/dev.yaml: odd", "shop/dev.yaml", 1, "odd"),
        ] {
            let found = helm_error(message).map(|found| (found.path, found.line, found.reason));
            assert_eq!(found, Some((path, line, reason.to_owned())));
        }
        assert_eq!(helm_error("no repository"), None);
        assert_eq!(helm_error("template: odd"), None);
    }

    #[test]
    fn a_value_that_is_not_set_is_called_so() {
        let message = r#"template: shop/templates/job.yaml:7:16: executing "shop/templates/job.yaml" at <.Values.a>: wrong type for value; expected string; got interface {}"#;
        let reason = helm_error(message).map(|found| found.reason);
        assert_eq!(reason.as_deref(), Some("`.Values.a`: the value is not set, and must be a string"));
    }

    #[test]
    fn a_schema_is_heard() {
        let message = "values don't meet the specifications of the schema(s) in the following chart(s):\nshop:\n- at '': missing property 'owner'\n- at '/n': got string, want integer\n";
        let reasons = "the values do not fit the schema: at '': missing property 'owner'; at '/n': got string, want integer";
        assert_eq!(schema_reasons(message).as_deref(), Some(reasons));
        assert_eq!(schema_reasons("no repository"), None);
    }
}

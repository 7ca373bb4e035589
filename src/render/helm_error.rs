//! The place in a template that an error message of Helm names.

/// An error message of Helm, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HelmError<'c> {
    /// The template, below the chart.
    pub(super) path: &'c str,
    /// The line in it, from 1.
    pub(super) line: u32,
    /// What is wrong there.
    pub(super) reason: String,
}

/// Takes an error message apart, if it names a template. Of several, where one includes the other, the innermost counts
/// (`text/template` in `exec.go`: `template: NAME:LINE:COLUMN: executing "NAME" at <EXPRESSION>: REASON`; Helm's
/// `fail` and `required`: `execution error at (NAME:LINE:COLUMN): REASON`; `YAML parse error on NAME: REASON`).
pub(super) fn helm_error(message: &str) -> Option<HelmError<'_>> {
    let after = |start: &str| message.rfind(start).map(|at| &message[at + start.len()..]);
    if let Some(rest) = after("execution error at (") {
        let (place, reason) = rest.split_once("): ")?;
        return at_line(place, reason.to_owned());
    }
    if let Some(rest) = after("template: ") {
        let (place, rest) = rest.split_once(": ")?;
        let reason = match rest.split_once(" at <") {
            Some((_, rest)) => format!("`{}", rest.replacen(">: ", "`: ", 1)),
            None => rest.to_owned(),
        };
        return at_line(place, reason);
    }
    let (path, reason) = after("YAML parse error on ")?.split_once(": ")?;
    Some(HelmError { path: below(path)?, line: 1, reason: format!("it prints no YAML: {reason}") })
}

/// The error at a place such as `chart/templates/a.yaml:7:16`.
fn at_line(place: &str, reason: String) -> Option<HelmError<'_>> {
    let mut parts = place.split(':');
    let (path, line) = (parts.next()?, parts.next()?.parse().ok()?);
    Some(HelmError { path: below(path)?, line, reason })
}

fn below(path: &str) -> Option<&str> {
    path.split_once('/').map(|(_, below)| below)
}

#[cfg(test)]
mod tests {
    use super::helm_error;

    #[test]
    fn the_innermost_template_is_named() {
        let place =
            |message| helm_error(message).map(|found| (found.path.to_owned(), found.line, found.reason));
        let is = |path: &str, line, reason: &str| Some((path.to_owned(), line, reason.to_owned()));
        assert_eq!(
            place(
                r#"template: shop/templates/job.yaml:7:16: executing "shop/templates/job.yaml" at <.Values.a.b>: nil pointer evaluating interface {}.b"#
            ),
            is("templates/job.yaml", 7, "`.Values.a.b`: nil pointer evaluating interface {}.b")
        );
        assert_eq!(
            place(
                r#"template: shop/templates/job.yaml:7:4: executing "shop/templates/job.yaml" at <include "x" .>: error calling include: template: shop/charts/lib/templates/_x.tpl:3:2: executing "x" at <index .Values.l 4>: error calling index: out of range"#
            ),
            is("charts/lib/templates/_x.tpl", 3, "`index .Values.l 4`: error calling index: out of range")
        );
        assert_eq!(
            place("execution error at (shop/templates/secret.yaml:2:9): name is required"),
            is("templates/secret.yaml", 2, "name is required")
        );
        assert_eq!(
            place(
                "YAML parse error on shop/templates/a.yaml: error converting YAML to JSON: yaml: line 3: bad"
            ),
            is("templates/a.yaml", 1, "it prints no YAML: error converting YAML to JSON: yaml: line 3: bad")
        );
        assert_eq!(place("no repository"), None);
        assert_eq!(place("template: odd"), None);
    }
}

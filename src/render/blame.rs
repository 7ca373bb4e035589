//! Where Helm says that a template went wrong.

/// A complaint of Helm, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Blame<'c> {
    /// The template, below the chart.
    pub(super) path: &'c str,
    /// The line in it, from 1.
    pub(super) line: u32,
    /// What is wrong there.
    pub(super) what: String,
}

/// Takes a complaint apart, if it names a template. Of several, where one includes the other, the innermost counts
/// (`text/template` in `exec.go`: `template: NAME:LINE:COLUMN: executing "NAME" at <EXPRESSION>: REASON`; Helm's
/// `fail` and `required`: `execution error at (NAME:LINE:COLUMN): REASON`; `YAML parse error on NAME: REASON`).
pub(super) fn blame(complaint: &str) -> Option<Blame<'_>> {
    let executing = complaint.rfind("template: ").map(|at| &complaint[at + "template: ".len()..]);
    let failed =
        complaint.rfind("execution error at (").map(|at| &complaint[at + "execution error at (".len()..]);
    let parsed =
        complaint.rfind("YAML parse error on ").map(|at| &complaint[at + "YAML parse error on ".len()..]);
    if let Some(rest) = failed {
        let (place, what) = rest.split_once("): ")?;
        let (path, line) = placed(place)?;
        return Some(Blame { path, line, what: what.to_owned() });
    }
    if let Some(rest) = executing {
        let (place, rest) = rest.split_once(": ")?;
        let (path, line) = placed(place)?;
        let what = match rest.split_once(" at <") {
            Some((_, rest)) => rest.replacen(">: ", "`: ", 1),
            None => return Some(Blame { path, line, what: rest.to_owned() }),
        };
        return Some(Blame { path, line, what: format!("`{what}") });
    }
    let (path, what) = parsed?.split_once(": ")?;
    Some(Blame { path: below(path)?, line: 1, what: format!("it prints no YAML: {what}") })
}

/// `chart/templates/a.yaml:7:16` as path below the chart and line.
fn placed(place: &str) -> Option<(&str, u32)> {
    let mut parts = place.split(':');
    let (path, line) = (parts.next()?, parts.next()?.parse().ok()?);
    Some((below(path)?, line))
}

fn below(path: &str) -> Option<&str> {
    path.split_once('/').map(|(_, below)| below)
}

#[cfg(test)]
mod tests {
    use super::blame;

    #[test]
    fn the_innermost_template_is_blamed() {
        let found_in =
            |complaint| blame(complaint).map(|found| (found.path.to_owned(), found.line, found.what));
        let is = |path: &str, line, what: &str| Some((path.to_owned(), line, what.to_owned()));
        assert_eq!(
            found_in(
                r#"template: shop/templates/job.yaml:7:16: executing "shop/templates/job.yaml" at <.Values.a.b>: nil pointer evaluating interface {}.b"#
            ),
            is("templates/job.yaml", 7, "`.Values.a.b`: nil pointer evaluating interface {}.b")
        );
        assert_eq!(
            found_in(
                r#"template: shop/templates/job.yaml:7:4: executing "shop/templates/job.yaml" at <include "x" .>: error calling include: template: shop/charts/lib/templates/_x.tpl:3:2: executing "x" at <index .Values.l 4>: error calling index: out of range"#
            ),
            is("charts/lib/templates/_x.tpl", 3, "`index .Values.l 4`: error calling index: out of range")
        );
        assert_eq!(
            found_in("execution error at (shop/templates/secret.yaml:2:9): name is required"),
            is("templates/secret.yaml", 2, "name is required")
        );
        assert_eq!(
            found_in(
                "YAML parse error on shop/templates/a.yaml: error converting YAML to JSON: yaml: line 3: bad"
            ),
            is("templates/a.yaml", 1, "it prints no YAML: error converting YAML to JSON: yaml: line 3: bad")
        );
        assert_eq!(found_in("no repository"), None);
        assert_eq!(found_in("template: odd"), None);
    }
}

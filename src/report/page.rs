//! Pages: one HTML file each, which needs nothing else. The data stands in it as JSON, and a script draws it.
//!
//! A page loads nothing and sends nothing: its policy allows the one style and the one script that it holds, by their
//! hashes. Text of the input is only ever text to it: in the JSON no character stands that HTML or a script reads.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

const STYLE: &str = include_str!("page/page.css");
const SHARED: &str = include_str!("page/page.js");

/// What a page shows.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// The JSON report.
    Findings,
    /// A list of the records of the inventory.
    Identities,
}

impl Kind {
    fn title(self) -> &'static str {
        match self {
            Self::Findings => "Findings",
            Self::Identities => "Non-human identities",
        }
    }

    fn script(self) -> &'static str {
        match self {
            Self::Findings => include_str!("page/findings.js"),
            Self::Identities => include_str!("page/inventory.js"),
        }
    }
}

/// The page of some JSON.
pub(super) fn page(kind: Kind, json: &str) -> String {
    let script = format!("{SHARED}{}", kind.script());
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(&script)
    );
    let (title, version) = (kind.title(), env!("CARGO_PKG_VERSION"));
    let mut out = String::with_capacity(json.len() + json.len() / 16 + STYLE.len() + script.len() + 2048);
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\" data-version=\"{version}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n\
         <title>{title} - nhilint</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <main id=\"page\"></main>\n<noscript><p>This page needs JavaScript, which it holds itself.</p></noscript>\n\
         <script type=\"application/json\" id=\"data\">"
    );
    embed(&mut out, json);
    let _ = write!(out, "</script>\n<script>{script}</script>\n</body>\n</html>\n");
    out
}

/// The source of a policy that allows exactly a text.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

/// JSON inside a script of HTML. The characters that either reads otherwise stand in strings alone, where JSON escapes
/// them.
fn embed(out: &mut String, json: &str) {
    for character in json.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, page};

    #[test]
    fn names_that_are_markup_stay_inside_of_the_data() {
        let names =
            ["</script><script>alert(1)</script>", "<!--<script>", "]]>", "\u{2028}", "&lt;", "\"'`${x}"];
        let json = serde_json::to_string(&names).expect("text is JSON");
        let html = page(Kind::Identities, &json);
        let (_, rest) = html.split_once("id=\"data\">").expect("the data");
        let (data, rest) = rest.split_once("</script>").expect("it ends");
        assert!(!data.contains(['<', '>', '&', '\u{2028}']), "{data}");
        assert_eq!(serde_json::from_str::<Vec<String>>(data).expect("JSON"), names);
        assert_eq!(rest.matches("<script").count(), 1, "only the script of the page follows");
    }

    #[test]
    fn its_policy_allows_nothing_but_itself() {
        let html = page(Kind::Findings, "{}") + &page(Kind::Identities, "[]");
        let (_, policy) = html.split_once("Content-Security-Policy\" content=\"").expect("a policy");
        let (policy, _) = policy.split_once('"').expect("it ends");
        assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{policy}");
        assert!(!html.contains("http://") && !html.contains("https://"), "nothing is loaded");
        assert!(!html.contains("innerHTML") && !html.contains("eval("), "nothing reads markup");
    }
}

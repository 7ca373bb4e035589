//! What the templates of a chart ask a cluster, so that they print one thing or another by its answer.
//!
//! Words are looked for, outside of texts, in what Helm would run: the files, and the helpers that these call. A value
//! carries the question that it came from: through variables of its file or helper, and out of helpers. Linear.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use super::lexer::{self, Kind, Token, Word};
use super::parts::Parts;
use super::words::{string, words};

/// What is asked, each a bit.
type Questions = u8;

const LOOKUP: Questions = 1;
const UPGRADE: Questions = 1 << 1;
const REVISION: Questions = 1 << 2;
const SERVED: Questions = 1 << 3;
const VERSION: Questions = 1 << 4;
const HELM: Questions = 1 << 5;
const CHANCE: Questions = 1 << 6;

/// The questions that cannot be answered another way here, with what people call them.
const OPEN: [(Questions, &str); 6] = [
    (LOOKUP, "`lookup`"),
    (REVISION, "`.Release.Revision`"),
    (SERVED, "an API version that is not written out"),
    (VERSION, "the exact version of Kubernetes"),
    (HELM, "the version of Helm"),
    (CHANCE, "time or chance"),
];

/// Functions whose answer no second run repeats (sprig), and one that asks the network.
const CHANCES: &str = "now ago date dateInZone date_in_zone htmlDate htmlDateInZone randAlphaNum randAlpha randNumeric \
                       randAscii randInt randBytes uuidv4 shuffle genPrivateKey genCA genCAWithKey genSelfSignedCert \
                       genSelfSignedCertWithKey genSignedCert genSignedCertWithKey getHostByName bcrypt htpasswd encryptAES";

/// Functions that compare texts.
const COMPARES: &str = "eq ne lt le gt ge contains hasPrefix hasSuffix regexMatch mustRegexMatch has";

/// What a chart asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asks {
    /// Words for API versions, some of which it asks for by `.Capabilities.APIVersions.Has`.
    pub served: BTreeSet<String>,
    /// Whether the release is an upgrade.
    pub upgrade: bool,
    /// What else decides what is printed: the position of the file, the place of the action, and the question in words.
    pub open: Vec<(usize, Range<usize>, &'static str)>,
}

/// An action of a template.
struct Action<'t> {
    whole: Range<usize>,
    body: &'t str,
    /// The variables that it sets.
    sets: Vec<&'t str>,
    /// Whether what follows is printed by what it says.
    decides: bool,
    prints: bool,
}

/// The text of a file, or of a helper.
struct Region<'t> {
    file: usize,
    is_helper: bool,
    actions: Vec<Action<'t>>,
}

/// The helpers by name. Which of several of one name Helm takes depends on its order of files: all count.
type Helpers<'t> = BTreeMap<String, Vec<Region<'t>>>;

/// Finds what templates ask; each with its path. Other files count where templates print texts as templates (`tpl`).
#[must_use]
pub fn asks(files: &[(&str, &str)]) -> Asks {
    let mut found = Asks::default();
    let is_template = |path: &str| path.contains("templates/");
    let prints_texts = files.iter().any(|(path, text)| is_template(path) && has_tpl(text));
    let counts = |path: &str| prints_texts || is_template(path);
    if !files.iter().any(|(path, text)| counts(path) && may_ask(text)) {
        return found;
    }
    let (mut printed, mut helpers) = (Vec::new(), Helpers::new());
    for (file, (path, text)) in files.iter().enumerate().filter(|(_, (path, _))| counts(path)) {
        let Some(tokens) = lexer::lex(text) else { continue };
        let read = |name: Option<&String>, tokens: &mut dyn Iterator<Item = &Token>| Region {
            file,
            is_helper: name.is_some(),
            actions: tokens.filter_map(|token| action(text, token)).collect(),
        };
        let Some(parts) = Parts::read(text) else {
            printed.push(read(None, &mut tokens.iter()));
            continue;
        };
        for region in &parts.regions {
            let tokens = &mut region.tokens.iter().map(|token| &tokens[*token as usize]);
            let read = read(region.name.as_ref(), tokens);
            match &region.name {
                Some(name) => helpers.entry(name.clone()).or_default().push(read),
                None if is_printed(path) => printed.push(read),
                None => {}
            }
        }
    }
    let answers = through_helpers(&helpers);
    for region in reached(&printed, &helpers) {
        ask(region, &answers, &mut found);
    }
    found.open.sort_by_key(|(file, place, _)| (*file, place.start));
    found
}

fn has_tpl(text: &str) -> bool {
    let is_apart = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let bytes = text.as_bytes();
    let mut found = memchr::memmem::find_iter(bytes, b"tpl");
    found.any(|at| is_apart(bytes.get(at.wrapping_sub(1))) && is_apart(bytes.get(at + 3)))
}

/// Whether a text can ask anything at all.
fn may_ask(text: &str) -> bool {
    let words = ["lookup", "Capabilities", "Release", "APIVersions"];
    words
        .into_iter()
        .chain(CHANCES.split_whitespace())
        .any(|word| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some())
}

/// Whether Helm prints a template: not the files of helpers, nor the notes.
fn is_printed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    !name.starts_with('_') && name != "NOTES.txt"
}

fn action<'t>(text: &'t str, token: &Token) -> Option<Action<'t>> {
    let body = &text[token.body.clone()];
    let is_action = matches!(token.kind, Kind::Print | Kind::Control);
    let decides = token.word.opens() || token.word == Word::Else;
    let rest = if decides { body.split_once([' ', '\t', '\n']).map_or("", |(_, rest)| rest) } else { body };
    let sets = lexer::assignment(rest.trim_start()).map(|found| found.names).unwrap_or_default();
    is_action.then(|| Action {
        whole: token.whole.clone(),
        body,
        sets,
        decides: decides || has_word(body, "ternary"),
        prints: token.kind == Kind::Print,
    })
}

/// The names, and the strings, of a body.
fn names(body: &str) -> impl Iterator<Item = &str> {
    let bytes = body.as_bytes();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$');
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let start = at;
            if matches!(bytes[at], b'"' | b'`' | b'\'') {
                at = lexer::string_end(bytes, at).unwrap_or(bytes.len()).min(bytes.len());
                return body.get(start..at);
            }
            while at < bytes.len() && is_name(bytes[at]) {
                at += 1;
            }
            if at > start {
                return body.get(start..at);
            }
            at += 1;
        }
        None
    })
}

fn has_word(body: &str, list: &str) -> bool {
    names(body).any(|name| list.split(' ').any(|word| word == name))
}

/// What a body asks by itself.
fn own(body: &str) -> Questions {
    let mut asked = 0;
    for name in names(body) {
        asked |= match name {
            "lookup" => LOOKUP,
            _ if CHANCES.split_whitespace().any(|chance| chance == name) => CHANCE,
            _ => 0,
        };
        // `index .Release "IsUpgrade"` asks, too.
        for part in string(name).unwrap_or(name).split('.') {
            asked |= match part {
                "IsUpgrade" | "IsInstall" => UPGRADE,
                "Revision" => REVISION,
                "APIVersions" | "Has" => SERVED,
                "KubeVersion" => VERSION,
                "HelmVersion" => HELM,
                _ => 0,
            };
        }
        if name.strip_prefix('$').unwrap_or(name) == ".Release" {
            asked |= UPGRADE;
        }
    }
    asked
}

/// The helpers that a body calls by name.
fn calls(body: &str) -> impl Iterator<Item = &str> {
    let mut before = "";
    names(body).filter_map(move |name| {
        let is_called = matches!(before, "include" | "template" | "block");
        before = name;
        string(name).filter(|_| is_called)
    })
}

/// What each helper asks, those that it calls included.
fn through_helpers(helpers: &Helpers<'_>) -> HashMap<String, Questions> {
    let mut callers: HashMap<&str, BTreeMap<&str, Questions>> = HashMap::new();
    let mut answers: HashMap<String, Questions> = HashMap::new();
    for (name, regions) in helpers {
        for action in regions.iter().flat_map(|region| &region.actions) {
            let passed = passed_on(action.body);
            for called in calls(action.body) {
                *callers.entry(called).or_default().entry(name).or_default() |= passed;
            }
            *answers.entry(name.clone()).or_default() |= own(action.body) & passed;
        }
    }
    // Each helper is looked at again only where it asks more than before: at most once for each question.
    let mut open: Vec<&str> = helpers.keys().map(String::as_str).collect();
    while let Some(name) = open.pop() {
        let asked = answers.get(name).copied().unwrap_or_default();
        for (caller, passed) in callers.get(name).into_iter().flatten() {
            let known = answers.entry((*caller).to_owned()).or_default();
            let more = *known | (asked & passed);
            if more != *known {
                *known = more;
                open.push(caller);
            }
        }
    }
    answers
}

/// The questions that show in what an action makes: a comparison of versions is answered by the version that is set.
fn passed_on(body: &str) -> Questions {
    if has_word(body, "semverCompare") { !VERSION } else { !0 }
}

/// What is printed, and the helpers that it calls. Of a helper that is called by a made name, any may be meant.
fn reached<'r, 't>(printed: &'r [Region<'t>], helpers: &'r Helpers<'t>) -> Vec<&'r Region<'t>> {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let mut found: Vec<&Region<'_>> = printed.iter().collect();
    let mut next = 0;
    while let Some(region) = found.get(next).copied() {
        next += 1;
        for action in &region.actions {
            let is_made = has_word(action.body, "include template")
                && calls(action.body).next().is_none()
                && !action.body.contains("Template.");
            let called = calls(action.body).filter_map(|name| helpers.get_key_value(name));
            let is_any = is_made && known.len() < helpers.len();
            let all = helpers.iter().filter(|_| is_any);
            let new: Vec<_> = called.chain(all).filter(|(name, _)| known.insert(name)).collect();
            found.extend(new.into_iter().flat_map(|(_, regions)| regions));
        }
    }
    found
}

/// Notes what a region asks.
fn ask(region: &Region<'_>, answers: &HashMap<String, Questions>, found: &mut Asks) {
    let mut variables: HashMap<&str, Questions> = HashMap::new();
    for action in &region.actions {
        let body = action.body;
        let of_helpers = calls(body).filter_map(|name| answers.get(name)).fold(0, |all, one| all | one);
        let roots = names(body).filter_map(|name| name.split('.').next());
        let of_variables = roots.filter_map(|root| variables.get(root)).fold(0, |all, one| all | one);
        let direct = own(body);
        let asked = (direct | of_helpers | of_variables) & passed_on(body);
        for name in &action.sets {
            *variables.entry(name).or_default() |= asked;
        }
        found.upgrade |= direct & UPGRADE != 0;
        let versions = names(body).filter_map(string).filter(|text| is_api_version(text));
        found.served.extend(versions.map(str::to_owned));
        if let Some(what) = open_question(region, action, direct, asked) {
            found.open.push((region.file, action.whole.clone(), what));
        }
    }
}

/// The question by which an action decides what is printed, if nobody here can answer it.
fn open_question(
    region: &Region<'_>,
    action: &Action<'_>,
    direct: Questions,
    asked: Questions,
) -> Option<&'static str> {
    let compares = has_word(action.body, COMPARES);
    let mut open = 0;
    if action.decides {
        open |= asked & (LOOKUP | REVISION | HELM);
        // A password that was made is no answer to a question; one that is compared is.
        open |= if compares { asked & CHANCE } else { direct & CHANCE };
        let is_number = names(action.body).any(|name| name.ends_with(".Minor") || name.ends_with(".Major"));
        open |= if compares && !is_number { asked & VERSION } else { 0 };
    }
    if action.prints {
        open |= direct & LOOKUP;
    }
    if direct & SERVED != 0 && !names(action.body).filter_map(string).any(is_api_version) {
        let asks = action.body.split_once(".Has ").and_then(|(_, rest)| words(rest).first().copied());
        // A helper is given what it asks for; a loop has it in a list.
        let is_given = |word: &str| {
            word.trim_end_matches(')') == "."
                || (region.is_helper && word.starts_with('.') && !word.contains("Values"))
        };
        open |= if asks.is_some_and(|word| !is_given(word)) { SERVED } else { 0 };
    }
    OPEN.iter().find(|(question, _)| open & question != 0).map(|(_, what)| *what)
}

/// `group/version`, with or without a kind.
fn is_api_version(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    let is_version = |part: &&str| {
        part.strip_prefix('v').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
    };
    let is_word = |part: &&str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b))
    };
    matches!(parts.len(), 2 | 3) && parts[1..2].iter().all(is_version) && parts.iter().all(is_word)
}

#[cfg(test)]
mod tests {
    use super::{Asks, asks};

    fn asked(text: &str) -> Asks {
        asks(&[("shop/templates/a.yaml", text)])
    }

    fn open(text: &str) -> Vec<&'static str> {
        asked(text).open.into_iter().map(|(_, _, what)| what).collect()
    }

    #[test]
    fn a_question_is_followed_through_variables_and_helpers() {
        let texts = [
            "{{ if lookup `v1` `Secret` `a` `b` }}x{{ end }}",
            "{{ $s := lookup `v1` `Secret` `a` `b` }}{{ if $s.data }}x{{ end }}",
            "{{ with (lookup `v1` `Secret` `a` `b`) }}x{{ end }}",
            "{{ define `s` }}{{ (lookup `v1` `Secret` `a` `b`).kind }}{{ end }}{{ if include `s` . }}x{{ end }}",
            "{{ ternary `x` `y` (empty (lookup `v1` `Secret` `a` `b`)) }}",
        ];
        for text in texts {
            assert!(open(text).contains(&"`lookup`"), "{text}");
        }
        assert_eq!(
            open("{{ $v := .Capabilities.KubeVersion.Version }}{{ if ne $v `v1.34.0` }}x{{ end }}").len(),
            1
        );
        assert_eq!(open("{{ if eq .Release.Revision 1 }}x{{ else }}y{{ end }}"), ["`.Release.Revision`"]);
        assert_eq!(open("{{ if eq (randNumeric 1) `7` }}x{{ end }}"), ["time or chance"]);
        assert_eq!(open("{{ if .Capabilities.APIVersions.Has .Values.api }}x{{ end }}").len(), 1);
    }

    #[test]
    fn what_is_answered_or_asks_nothing_is_no_question() {
        for text in [
            "{{ if semverCompare `>=1.19-0` .Capabilities.KubeVersion.GitVersion }}x{{ end }}",
            "{{ if gt (int .Capabilities.KubeVersion.Minor) 18 }}x{{ end }}",
            "{{ define `v` }}{{ if semverCompare `>1.2` .Capabilities.KubeVersion.Version }}a{{ end }}{{ end }}{{ if eq (include `v` .) `a` }}x{{ end }}",
            "{{ define `unused` }}{{ if lookup `v1` `Secret` `a` `b` }}x{{ end }}{{ end }}",
            "{{ $password := randAlphaNum 16 }}{{ if $password }}{{ $password }}{{ end }}",
            "revision: {{ .Release.Revision }} # lookup",
            "{{ if eq .Values.lookup \"lookup\" }}x{{ end }}",
        ] {
            assert_eq!(open(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn other_answers_are_known_by_name() {
        let found =
            asked("{{ $a := .Capabilities.APIVersions }}{{ if $a.Has `x.example/v1/Thing` }}x{{ end }}");
        assert_eq!(found.served.into_iter().collect::<Vec<_>>(), ["x.example/v1/Thing"]);
        for text in [
            "{{ if not .Release.IsInstall }}",
            "{{ $r := $.Release }}{{ if $r.IsUpgrade }}",
            "{{ if index .Release `IsUpgrade` }}",
        ] {
            assert!(asked(&format!("{text}x{{{{ end }}}}")).upgrade, "{text}");
        }
        let values = ("shop/values.yaml", "extra: '{{ if .Release.IsUpgrade }}x{{ end }}'");
        let printer = |text| asks(&[("shop/templates/a.yaml", text), values]).upgrade;
        assert!(printer("{{ tpl .Values.extra . }}") && !printer("{{ .Values.extra }}"));
    }
}

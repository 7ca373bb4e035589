//! The keys of the settings file `.nhilint.yaml`, with their meaning.

use super::shape::{Key, Shape};

/// The words for presets.
const PRESETS: &[&str] = &["baseline", "recommended", "strict", "audit"];

/// What may be left out of the findings besides paths; see `Exclusion::covers`.
const FILES: &[&str] = &["vendored-charts", "chart-tests", "examples", "tests"];

/// The keys of the file.
pub(super) const KEYS: &[Key] = &[
    Key::new("preset", Shape::Word(PRESETS), "set of rules and severities; the flag --preset wins"),
    Key::new(
        "failOn",
        Shape::Word(&["error", "warning", "info", "never"]),
        "lowest severity that fails the run; the flag --fail-on wins",
    ),
    Key::new(
        "failOnUnjudged",
        Shape::Flag,
        "whether it is an error that something was named and not judged; the flag --fail-on-unjudged wins",
    ),
    Key::new("kubernetesVersion", Shape::Text, "version of the cluster, as \"1.34\"; the flag wins"),
    Key::new(
        "annotationPrefix",
        Shape::Text,
        "prefix of the annotations that nhilint reads, with the final slash",
    ),
    Key::new("rules", Shape::Rules, "levels and parameters of single rules, by id or name"),
    Key::new("rulesFolders", Shape::Texts, "folders with rules of your own, seen from this file"),
    Key::new(
        "exclude",
        Shape::List(&Shape::Record(EXCLUDE)),
        "where findings do not count; they are counted as not judged",
    ),
    Key::new(
        "tiers",
        Shape::Map(&Shape::Record(TIER)),
        "how strictly groups of namespaces are judged, by name",
    ),
    Key::new(
        "assign",
        Shape::List(&Shape::Record(ASSIGN)),
        "which tier holds where; of several that fit the strictest holds",
    ),
    Key::new("defaultTier", Shape::Text, "the tier of what `assign` does not name [default: standard]"),
    Key::new(
        "knownServiceAccounts",
        Shape::Patterns,
        "identities, as namespace/account, that something outside of the repository declares",
    ),
    Key::new("owners", Shape::Record(OWNERS), "who owns what, and which owners there are"),
    Key::new("workloads", Shape::List(&Shape::Record(WORKLOAD)), "custom resources that run pods"),
    Key::new("repositories", Shape::List(&Shape::Record(REPOSITORY)), "addresses that are this repository"),
    Key::new(
        "valueSets",
        Shape::List(&Shape::Record(VALUE_SET)),
        "value files that charts are rendered with",
    ),
    Key::new(
        "clusters",
        Shape::List(&Shape::Record(CLUSTER)),
        "the clusters that Argo CD's generator `clusters` gives",
    ),
    Key::new("tables", Shape::Record(TABLES), "additions to what nhilint knows"),
    Key::new(
        "exceptions",
        Shape::Texts,
        "files with exceptions, seen from this file [default: .nhi/exceptions.yaml]",
    ),
    Key::new("baseline", Shape::Text, "the baseline, seen from this file; the flag --baseline wins"),
];

const TABLES: &[Key] = &[
    Key::new(
        "fileVariables",
        Shape::List(&Shape::Record(FILE_VARIABLES)),
        "images that read secrets from files",
    ),
    Key::new("tokenFormats", Shape::List(&Shape::Record(TOKEN_FORMAT)), "what tokens of your own look like"),
];

const FILE_VARIABLES: &[Key] = &[
    Key::required(
        "images",
        Shape::Texts,
        "ends of image repositories, as acme/export; `*` is one part of a path",
    ),
    Key::required(
        "variables",
        Shape::Texts,
        "the variables that a file can stand for; `*` is any run of characters",
    ),
    Key::new("suffix", Shape::Text, "what is added to the variable to name the file [default: _FILE]"),
];

const TOKEN_FORMAT: &[Key] = &[
    Key::required("what", Shape::Text, "what such a token is, as: a token of the billing service"),
    Key::required("prefix", Shape::Texts, "what tokens begin with, three letters or more"),
    Key::required("regex", Shape::Text, "the whole token, with its prefix, as a regular expression of Rust"),
];

const EXCLUDE: &[Key] = &[
    Key::new("path", Shape::Patterns, "paths, seen from this file; `*` stands for any text, `/` included"),
    Key::new("files", Shape::Word(FILES), "a kind of files"),
    Key::new("rules", Shape::Texts, "only these rules, by id or name [default: all]"),
    Key::required("reason", Shape::Text, "why, for whoever reads this later"),
];

const TIER: &[Key] = &[
    Key::new("preset", Shape::Word(PRESETS), "set of rules and severities of the tier"),
    Key::new("rules", Shape::Rules, "levels and parameters of single rules in the tier"),
    Key::new("exceptions", Shape::Record(TIER_EXCEPTIONS), "how long exceptions may last in the tier"),
];

const TIER_EXCEPTIONS: &[Key] = &[
    Key::new("maxDays", Shape::Record(MAX_DAYS), "longest time of an exception in days, by severity"),
    Key::new("renewals", Shape::Whole, "how often an exception may be renewed"),
    Key::new(
        "approver",
        Shape::Word(&["never", "errors", "always"]),
        "when an exception must name an approver",
    ),
    Key::new("nonExemptible", Shape::Texts, "rules, by id or name, that no exception may cover"),
];

const MAX_DAYS: &[Key] = &[
    Key::new("error", Shape::Whole, "for errors"),
    Key::new("warning", Shape::Whole, "for warnings"),
    Key::new("info", Shape::Whole, "for infos"),
];

const ASSIGN: &[Key] = &[
    Key::new("namespace", Shape::Patterns, "namespaces"),
    Key::new("namespaceLabels", Shape::Map(&Shape::Text), "labels that the Namespace object carries"),
    Key::new("environment", Shape::Patterns, "environments, in one word: prod, stage, dev"),
    Key::new("path", Shape::Patterns, "paths, seen from this file"),
    Key::required("tier", Shape::Text, "the tier"),
];

const OWNERS: &[Key] = &[
    Key::new(
        "map",
        Shape::List(&Shape::Record(OWNER)),
        "who owns what carries no owner itself; the first that fits counts",
    ),
    Key::new("registry", Shape::Patterns, "the owners that there are; every other name is no owner"),
];

const OWNER: &[Key] = &[
    Key::required("owner", Shape::Text, "the owner"),
    Key::new("path", Shape::Patterns, "paths, seen from this file"),
    Key::new("namespace", Shape::Patterns, "namespaces"),
    Key::new("identity", Shape::Patterns, "identities, as namespace/account"),
];

const WORKLOAD: &[Key] = &[
    Key::required("group", Shape::Text, "the API group, without the version"),
    Key::required("kind", Shape::Text, "the kind"),
    Key::required(
        "template",
        Shape::Texts,
        "fields that hold a pod template (metadata and spec), as `spec.template`; `*` is every item",
    ),
    Key::new(
        "runs",
        Shape::Word(&["job", "build", "service", "node"]),
        "how its pods end [default: service]",
    ),
];

const REPOSITORY: &[Key] = &[
    Key::required("url", Shape::Text, "the address that Applications and sources name"),
    Key::new("path", Shape::Text, "the folder, seen from this file, that its paths start at [default: .]"),
];

const VALUE_SET: &[Key] = &[
    Key::required("chart", Shape::Text, "the folder of the chart, seen from this file"),
    Key::required("files", Shape::Texts, "its value files, seen from the chart or from this file"),
];

const CLUSTER: &[Key] = &[
    Key::required("name", Shape::Text, "its name in Argo CD"),
    Key::required("server", Shape::Text, "the address of its API server"),
    Key::new("labels", Shape::Map(&Shape::Text), "labels of its Secret, which selectors ask for"),
    Key::new("annotations", Shape::Map(&Shape::Text), "annotations of its Secret"),
];

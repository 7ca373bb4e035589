//! A report made by hand: odd file names, multi-byte text, CRLF, secrets, places in other files.

use nhilint::catalog::Catalog;
use nhilint::finding::{
    Applicability, Change, Finding, Fix, Form, IdentityName, Label, ObjectName, Operation, Origin, Rendered,
    Report, RuleId, RunError, Severity, SuppressedBy, Suppression, Target, Unjudged,
};
use nhilint::source::{FileId, SourceId, SourceMap, Span};

/// A literal long enough to be hidden wherever it stands.
pub(crate) const SECRET: &str = "hunter2-hunter2-9c1";

const CARDS: [&str; 4] = [
    "id: NHI101
name: dedicated-service-account
family: identity
finds: workloads that run as the `default` service account
forms: {unset: {baseline: {job: error}, recommended: {job: error, service: warning}, strict: error}}
since: 0.1.0
looks-at: [workload]
fix: suggest
why: >
  Every pod of a namespace that names no account shares `default`. Whatever one of them is granted, all of them get,
  and no audit log can tell them apart.
do: give the workload a service account of its own
standards: [OWASP-NHI-2025/NHI9, CIS-K8S-1.12/5.1.5]
references: ['https://kubernetes.io/docs/concepts/security/service-accounts/']
examples:
  - title: a job on the default account
    bad: |
      apiVersion: batch/v1
      kind: Job
      metadata: {name: purge}
      spec:
        template:
          spec:
      #   ^^^^ no account
            containers: [{name: purge, image: purge}]
    good: |
      apiVersion: v1
      kind: ServiceAccount
      metadata: {name: purge}
",
    "id: NHI102
name: shared-service-account
family: identity
finds: service accounts that several workloads run as
forms: {shared: {baseline: warning, recommended: error, strict: error}, group: {recommended: info}}
since: 0.1.0
looks-at: [graph]
params:
  allow: {default: [], strict: [ops], meaning: identities that may be shared}
why: A shared account holds the sum of what its workloads need, and revoking it stops them all.
do: split the account, one for each workload
standards: [OWASP-NHI-2025/NHI5]
examples: [{title: two jobs on one account, bad: {a.yaml: 'kind: A', b.yaml: 'kind: B'}}]
",
    "id: NHI201
name: literal-secret-in-pod-spec
family: secret
finds: credentials written into pod templates
forms: {vendor: {baseline: error, recommended: error, strict: error}}
since: 0.1.0
looks-at: [container]
why: Whoever can read the repository or list pods has the credential.
do: keep the value in a secret store and mount it
examples: [{title: a password, bad: 'kind: Pod'}]
",
    "id: NHI301
name: missing-owner
family: owner
finds: identities nobody answers for
forms: {missing: {strict: info}}
since: 0.2.0
looks-at: [workload]
why: When it leaks, nobody is there to revoke it.
do: name the owner in an annotation
examples: [{title: no owner, bad: 'kind: Pod'}]
",
];

pub(crate) const PURGE: &str = "apiVersion: batch/v1
kind: CronJob
metadata:
  name: purge
  namespace: shop
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers:
            - name: purge
              image: purge:1
              env:
                - {name: STORE, value: déjà 🔑 vu} # hunter2-hunter2-9c1
                - {name: TOKEN, value: hunter2-hunter2-9c1}
          restartPolicy: Never
";

pub(crate) const ODD: &str = "kind: Deployment\r\nmetadata: {name: web}\r\nspec:\r\n  template:\r\n    spec:\r\n      serviceAccountName: money\r\n";

/// Everything a renderer needs.
pub(crate) struct Run {
    pub(crate) report: Report,
    pub(crate) catalog: Catalog,
    pub(crate) sources: SourceMap,
}

pub(crate) fn catalog() -> Catalog {
    Catalog::parse(CARDS).expect("the cards of this file are well-formed")
}

pub(crate) fn span(sources: &SourceMap, file: FileId, words: &str) -> Span {
    let start = sources.file(file).text().find(words).expect("the words stand in the file");
    Span::new(file, start, start + words.len())
}

fn object(kind: &str, name: &str) -> ObjectName {
    ObjectName {
        api_version: "v1".into(),
        kind: kind.into(),
        namespace: Some("shop".into()),
        name: name.into(),
    }
}

pub(crate) fn finding(rule: u64, severity: Severity, span: Span, message: &str) -> Finding {
    Finding {
        object: Some(object("CronJob", "purge")),
        identity: Some(IdentityName::account(Some("shop"), "default")),
        fingerprint: format!("fp-{rule}-{}", span.start),
        ..Finding::new(RuleId(rule), Form("unset"), severity, span, message.into())
    }
}

/// A run without findings.
pub(crate) fn clean() -> Run {
    let mut run = Run { report: Report::default(), catalog: catalog(), sources: SourceMap::default() };
    run.report.summary.files = 14;
    run.report.summary.objects = 12;
    run.report.summary.milliseconds = 120;
    run.report.masks.finish();
    run
}

/// A run with something of everything.
pub(crate) fn busy() -> Run {
    let mut run = clean();
    let sources = &mut run.sources;
    let purge = sources.add("apps/purge.yaml", PURGE);
    let odd = sources.add("apps/a,b:% é#.yaml", ODD);
    let input = sources.add("-", "kind: Job\nspec:\n  template:\n    spec: {}\n");
    let token = span(sources, purge, "TOKEN, value: hunter2-hunter2-9c1");
    let value = Span { start: token.start + 14, ..token };
    run.report.masks.hide(value);
    run.report.masks.hide_value(SECRET);
    run.report.masks.finish();
    run.report.findings = vec![
        unset(sources, purge),
        shared(sources, purge, odd, false),
        literal(sources, purge, value),
        shared(sources, odd, purge, true),
        Finding {
            suppressed: Some(Suppression::known(SuppressedBy::Baseline)),
            ..finding(101, Severity::Error, span(sources, odd, "spec:"), "known since long")
        },
        Finding {
            object: None,
            identity: None,
            origin: Origin::Unknown,
            clusters: vec!["dev".into(), "prod".into()],
            rendered: Some(Rendered {
                by: nhilint::finding::Engine::Helm,
                roots: vec!["charts/shop/templates/job.yaml".into()],
                values: Vec::new(),
                line: None,
            }),
            ..finding(301, Severity::Info, span(sources, input, "spec: {}"), "nobody\u{1b}[2J owns ##[this]")
        },
    ];
    run.report.summary.skipped = 2;
    run.report.summary.documents = 15;
    run.report.summary.identities = 3;
    run.report.summary.unjudged = vec![Unjudged {
        what: "Helm templates".into(),
        count: 3,
        example: "charts/shop/templates/web.yaml".into(),
        named: false,
    }];
    run.report.errors = vec![
        RunError {
            file: Some("apps/a,b.yaml".into()),
            line: Some(3),
            message: format!("cannot be read:\nnot UTF-8 near {SECRET}"),
        },
        RunError { file: None, line: None, message: "`--select NHI999`: unknown rule".into() },
    ];
    run
}

fn unset(sources: &SourceMap, purge: FileId) -> Finding {
    let place = Span {
        end: sources.file(purge).text().len() as u32,
        ..span(sources, purge, "spec:\n          containers")
    };
    let new_account = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: purge\n  namespace: shop\n";
    Finding {
        label: "no `serviceAccountName` in this pod template".into(),
        path: Some(path("/spec/jobTemplate/spec/template/spec")),
        notes: vec!["`default` of shop is bound to nothing here".into()],
        fixes: vec![Fix {
            title: "give the job an account of its own".into(),
            applicability: Applicability::Suggest,
            edits: Ok(Vec::new()),
            changes: vec![
                change(
                    "/metadata",
                    Operation::NewDocument { file: "purge.yaml".into(), text: new_account.into() },
                ),
                change(
                    "/spec/jobTemplate/spec/template/spec",
                    Operation::Insert("serviceAccountName: purge\n".into()),
                ),
            ],
        }],
        ..finding(101, Severity::Error, place, "names no service account, so it runs as `default`")
    }
}

fn path(text: &str) -> nhilint::yaml::Path {
    text.parse().expect("it is a path")
}

fn change(at: &str, operation: Operation) -> Change {
    let document = Target { source: SourceId(0), cluster: None, object: object("CronJob", "purge") };
    Change { document, path: path(at), at: None, operation, copied: Vec::new() }
}

fn shared(sources: &SourceMap, file: FileId, other: FileId, job: bool) -> Finding {
    let words = |file| {
        let text = sources.file(file).text();
        if text.contains("money") { "money" } else { "restartPolicy" }
    };
    let name = if job { ("Deployment", "web") } else { ("CronJob", "purge") };
    Finding {
        form: Form("shared"),
        object: Some(object(name.0, name.1)),
        identity: Some(IdentityName::account(Some("shop"), "money")),
        label: "runs as `money`".into(),
        related: vec![
            Label { span: span(sources, other, words(other)), message: "runs as `money` too".into() },
            Label { span: span(sources, file, "kind"), message: "a job".into() },
        ],
        ..finding(102, Severity::Error, span(sources, file, words(file)), "`money` is used by 2 workloads")
    }
}

fn literal(sources: &SourceMap, purge: FileId, value: Span) -> Finding {
    let change = |field: &str, operation| {
        change(&format!("/spec/containers[name=purge]/env[name=TOKEN]/{field}"), operation)
    };
    Finding {
        form: Form("vendor"),
        severity: Severity::Warning,
        label: format!("the value {SECRET} is a literal"),
        notes: vec![format!("`{SECRET}` is a password by its name")],
        related: vec![Label {
            span: span(sources, purge, "STORE"),
            message: format!("{SECRET} is near, in multi-byte text"),
        }],
        fixes: vec![Fix {
            title: format!("take {SECRET} from a secret"),
            applicability: Applicability::Unsafe,
            edits: Ok(Vec::new()),
            changes: vec![
                change("value", Operation::Remove),
                change("valueFrom", Operation::Set(format!("secretKeyRef: {{name: {SECRET}}}"))),
                change("valueFrom/key", Operation::Set("token\n".into())),
                change("name", Operation::Rename("TOKEN_FILE".into())),
            ],
        }],
        ..finding(201, Severity::Warning, value, &format!("`TOKEN` holds the literal `{SECRET}`"))
    }
}

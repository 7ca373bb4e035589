//! The command line, as clap reads it. No type of this module is known outside `cli`.

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::diff_flags::DiffFlags;
use super::exception_flags::{ExceptFlags, ExceptionFlags, ExceptionsFlags};
use super::fix_flags::FixFlags;
use super::gate::{BaseFlags, Gate, PresetChoice};
use super::inventory_flags::InventoryFlags;
use super::output_flags::OutputFlags;
use super::own_rule_flags::{OwnRuleFlags, RulesWhat};
pub(super) use super::shared_flags::{ColorChoice, Limits, ListFormat, RenderFlags};

/// The identity gate for GitOps: lints the non-human identities in Kubernetes manifests, offline.
#[derive(Debug, Parser)]
#[command(name = "nhilint", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(
    after_help = "Exit codes: 0 clean, 1 findings at or above --fail-on, 2 the job could not be done whole."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Lint manifests: files, directories, globs, or `-` for standard input
    Check(Box<CheckFlags>),
    /// Show what `check` found on a pull request or merge request: comments with fixes, and a summary
    #[cfg(feature = "annotate")]
    Annotate(Box<super::annotate_flags::AnnotateFlags>),
    /// Say what an identity may do and why, or who may do something: `kubectl auth can-i` before the merge
    Can(Box<CanFlags>),
    /// Say what a change does to who can do what: identities, privileges, secrets, with the line that causes it
    Diff(Box<DiffFlags>),
    /// Write a settings file that fits what is found, with what each choice would leave
    Init(Box<InitFlags>),
    /// List the exceptions: days left, who answers for them, what each hides
    Exceptions(Box<ExceptionsFlags>),
    /// Write an exception for one finding, with its owner, reason and last day
    Except(Box<ExceptFlags>),
    /// Explain a rule: why it matters, what to do, examples
    Explain(ExplainFlags),
    /// Show the identities and what each can become, with the shortest way there
    Graph(Box<GraphFlags>),
    /// List every identity with all that is known of it: owner, credentials, secrets, permissions, findings
    Inventory(Box<InventoryFlags>),
    /// Print what is linted: plain manifests, and what charts and kustomizations become
    Render(Box<RenderCommand>),
    /// List what is rendered as a whole: kustomizations, charts, Applications and Flux objects, and who uses whom
    Roots(RootsFlags),
    /// List the rules; test and export those of your own
    Rules(RulesFlags),
    /// Print a schema
    Schema {
        /// Which one
        #[arg(value_enum)]
        name: SchemaName,
    },
    /// Print what a shell needs to complete commands and flags
    Completions {
        /// Which shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write those of all commands into a folder
    Man {
        /// The folder
        dir: Option<std::path::PathBuf>,
    },
    /// Show how nhilint reads its input; the output holds what the files hold, secrets included
    #[command(hide = true)]
    Debug(DebugFlags),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum SchemaName {
    /// The JSON report, version 1
    Report,
    /// What `nhilint diff` prints, version 1
    Diff,
    /// The record of an identity, version 1
    Inventory,
    /// The settings file `.nhilint.yaml`
    Settings,
}

#[derive(Args, Debug)]
#[command(after_help = super::help::VARIABLES)]
pub(super) struct CheckFlags {
    /// Files, directories, globs, or `-` for standard input
    #[arg(default_value = ".", value_name = "PATH")]
    pub(super) paths: Vec<String>,

    #[command(flatten)]
    pub(super) written: OutputFlags,

    /// Lowest severity that fails the run [default: error; never with --preset audit]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(super) fail_on: Option<Gate>,

    /// Fail where something that a deployer or an argument names was not judged [default: true with --preset strict]
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        long_help = super::help::FAIL_ON_UNJUDGED
    )]
    pub(super) fail_on_unjudged: Option<bool>,

    /// Set of rules and severities [default: that of the settings, else recommended]
    #[arg(long, value_enum)]
    pub(super) preset: Option<PresetChoice>,

    /// Only these rules, by id or name; switches on what the preset leaves off
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(super) select: Vec<String>,

    /// Not these rules, by id or name
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,

    /// Accept the findings recorded in FILE
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<String>,

    /// Record the findings of this run in FILE
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    pub(super) write_baseline: Option<String>,

    #[command(flatten)]
    pub(super) base: BaseFlags,

    #[command(flatten)]
    pub(super) excepting: ExceptionFlags,

    #[command(flatten)]
    pub(super) own_rules: OwnRuleFlags,

    #[command(flatten)]
    pub(super) fixing: FixFlags,

    /// When to colour
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    pub(super) color: ColorChoice,

    /// The moment that expiry is judged at, as 2027-01-31 or 2027-01-31T12:00:00Z [default: now]
    #[arg(long, value_name = "TIME")]
    pub(super) now: Option<String>,

    /// Threads to work with [default: one a core]
    #[arg(long, value_name = "N")]
    pub(super) threads: Option<usize>,

    /// Exit 0 where there is nothing to lint
    #[arg(long)]
    pub(super) allow_empty: bool,

    #[command(flatten)]
    pub(super) render: RenderFlags,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  nhilint can shop/purge manifests/
  nhilint can shop/purge --may create pods/exec -n shop manifests/
  nhilint can --who patch deployments.apps -n shop manifests/
  nhilint can --requests questions.jsonl manifests/

Exit codes of --may: 0 yes, 1 no, 2 not known, because a role it would need is not in the input.")]
pub(super) struct CanFlags {
    /// Whom to ask about (NAMESPACE/ACCOUNT, user:NAME or group:NAME; none with --who and --requests), then files,
    /// directories, globs, or `-` for standard input [default: the working directory]
    #[arg(value_name = "IDENTITY|PATH")]
    pub(super) words: Vec<String>,

    /// Ask whether the identity may do this: `--may get secrets`
    #[arg(long, num_args = 2, value_names = ["VERB", "RESOURCE"], conflicts_with_all = ["who", "requests"])]
    pub(super) may: Option<Vec<String>>,

    /// Ask who may do this; RESOURCE is written as `secrets`, `deployments.apps`, `pods/exec` or `/metrics`
    #[arg(long, num_args = 2, value_names = ["VERB", "RESOURCE"], conflicts_with = "requests")]
    pub(super) who: Option<Vec<String>>,

    /// In this namespace; without it in all of them at once
    #[arg(long, short = 'n', value_name = "NAMESPACE")]
    pub(super) namespace: Option<String>,

    /// To the object of this name
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,

    /// Answer the requests in FILE (`-`: standard input), a JSON object a line: user, groups, verb, apiGroup, resource,
    /// subresource, name, namespace, path. Each comes back with `allowed` (true, false; null: not known) and `why`
    #[arg(long, value_name = "FILE")]
    pub(super) requests: Option<String>,

    /// How the answer is written
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub(super) format: ListFormat,

    /// When to colour
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    pub(super) color: ColorChoice,

    #[command(flatten)]
    pub(super) render: RenderFlags,
}

/// How the identities are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum GraphFormat {
    /// A tree, for people
    #[default]
    Text,
    /// For programs
    Json,
    /// For Graphviz
    Dot,
    /// For Mermaid, which pull requests draw
    Mermaid,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Tiers: T0 as good as cluster-admin, T1 much of the cluster or all of a namespace, T2 workloads or
secrets of others in a namespace, T3 little, T4 nothing. `T2 -> T0`: T2 by itself, T0 by becoming
others.

Examples:
  nhilint graph manifests/
  nhilint graph --tier T0,T1 --format mermaid manifests/
  nhilint graph --path-to argocd/argocd-application-controller manifests/")]
pub(super) struct GraphFlags {
    /// Files, directories, globs, or `-` for standard input
    #[arg(default_value = ".", value_name = "PATH")]
    pub(super) paths: Vec<String>,

    /// Only these identities, as NAMESPACE/ACCOUNT; `*` stands for any part
    #[arg(long, value_name = "IDENTITY", value_delimiter = ',')]
    pub(super) identity: Vec<String>,

    /// Only identities that can reach one of these tiers
    #[arg(long, value_name = "TIER", value_delimiter = ',')]
    pub(super) tier: Vec<String>,

    /// Only identities that can become this one (NAMESPACE/ACCOUNT), or reach this tier, and their ways there
    #[arg(long, value_name = "IDENTITY|TIER")]
    pub(super) path_to: Option<String>,

    /// How it is shown
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub(super) format: GraphFormat,

    /// When to colour
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    pub(super) color: ColorChoice,

    #[command(flatten)]
    pub(super) render: RenderFlags,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Kinds: kustomize, helm, application, flux-kustomization, helm-release, and files, which no other
root reads. Rendering begins at entry points: nothing else refers to them. Nothing is rendered,
started or fetched.

Examples:
  nhilint roots
  nhilint roots clusters/prod apps
  nhilint roots . --format json | jq -r '.roots[] | select(.refused) | .path + \": \" + .refused.message'")]
pub(super) struct RootsFlags {
    /// Files, directories, globs, or `-` for standard input
    #[arg(default_value = ".", value_name = "PATH")]
    pub(super) paths: Vec<String>,

    /// How the list is printed
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub(super) format: ListFormat,

    #[command(flatten)]
    pub(super) limits: Limits,
}

#[derive(Args, Debug)]
#[command(after_help = "\
The output holds what the manifests hold, secrets included.

Examples:
  nhilint render overlays/prod
  nhilint render . --origins | jq -r 'select(.origin != \"exact\")'
  nhilint render charts/shop --helm-values charts/shop=values-prod.yaml --objects")]
pub(super) struct RenderCommand {
    /// Files, directories, globs, or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<String>,

    /// Print a JSON object for each rendered line: where it was written, and what else took part
    #[arg(long, conflicts_with = "objects")]
    pub(super) origins: bool,

    /// Print a JSON object for each root: its objects, or why there are none
    #[arg(long)]
    pub(super) objects: bool,

    #[command(flatten)]
    pub(super) render: RenderFlags,
}

#[derive(Args, Debug)]
pub(super) struct InitFlags {
    /// Files, directories or globs to fit the settings to
    #[arg(default_value = ".", value_name = "PATH")]
    pub(super) paths: Vec<String>,

    /// Replace a settings file that is there
    #[arg(long)]
    pub(super) force: bool,

    /// Print the file instead of writing it
    #[arg(long)]
    pub(super) print: bool,

    #[command(flatten)]
    pub(super) render: RenderFlags,
}

#[derive(Args, Debug)]
pub(super) struct ExplainFlags {
    /// Id or name: NHI101, dedicated-service-account
    pub(super) rule: String,

    /// Show everything: all settings, all examples, standards and references
    #[arg(long)]
    pub(super) full: bool,

    #[command(flatten)]
    pub(super) own_rules: OwnRuleFlags,

    /// When to colour
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    pub(super) color: ColorChoice,
}

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct RulesFlags {
    #[command(subcommand)]
    pub(super) what: Option<RulesWhat>,

    #[command(flatten)]
    pub(super) own_rules: OwnRuleFlags,

    /// When to colour
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    pub(super) color: ColorChoice,
}

#[derive(Args, Debug)]
pub(super) struct DebugFlags {
    #[command(subcommand)]
    pub(super) what: DebugWhat,
}

#[derive(Debug, Subcommand)]
pub(super) enum DebugWhat {
    /// Lint, and print how often each text was parsed
    Parses(RenderCommand),
    /// Print each document as JSON, typed as kubectl types it
    Yaml {
        /// Files
        #[arg(required = true)]
        files: Vec<String>,
    },
}

//! Flags of several commands, as clap reads them.

use clap::{Args, ValueEnum};

use super::settings::SettingsFlags;

/// What is not read.
#[derive(Args, Debug)]
pub(super) struct Limits {
    /// Largest file that is read, in MiB
    #[arg(long, value_name = "MIB", default_value_t = crate::load::LARGEST_FILE / (1024 * 1024))]
    pub(super) max_file_size: u64,
}

impl Limits {
    /// Files above this many bytes are refused.
    pub(super) fn largest_file(&self) -> u64 {
        self.max_file_size.saturating_mul(1024 * 1024)
    }
}

/// How charts and kustomizations become what a cluster runs.
#[derive(Args, Debug)]
pub(super) struct RenderFlags {
    /// Start no program: take charts and kustomizations as the files that they are
    #[arg(long)]
    pub(super) no_render: bool,

    /// Render the chart in the folder CHART with these value files, seen from it or from the working directory. May be
    /// repeated: each is a set by itself
    #[arg(long, value_name = "CHART=FILE,…")]
    pub(super) helm_values: Vec<String>,

    /// Version of the cluster that the manifests are for [default: the newest known]
    #[arg(long, value_name = "1.N")]
    pub(super) kubernetes_version: Option<String>,

    /// Keep what was rendered in DIR [default: the cache folder of the user]
    #[arg(long, value_name = "DIR", conflicts_with = "no_cache")]
    pub(super) cache_dir: Option<std::path::PathBuf>,

    /// Render everything anew and keep nothing
    #[arg(long)]
    pub(super) no_cache: bool,

    /// Seconds that helm and kustomize may take for one chart or kustomization
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub(super) render_timeout: u64,

    /// Let helm and kustomize fetch what they ask for; without it they cannot
    #[arg(long)]
    pub(super) allow_network: bool,

    #[command(flatten)]
    pub(super) settings: SettingsFlags,

    #[command(flatten)]
    pub(super) limits: Limits,
}

/// How lists are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// When there are colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

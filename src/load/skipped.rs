//! What was left out of a run, as the report counts it.

/// Something that was not judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Why.
    pub reason: SkipReason,
    /// The file, or the object in it.
    pub example: String,
}

/// Why something was not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SkipReason {
    /// Templates of charts that were not rendered.
    HelmTemplate,
    /// Hooks of Helm that only test a release.
    HelmTest,
    /// Files that are encrypted as a whole.
    GitCrypt,
    /// Files whose content is kept outside of git.
    GitLfs,
    /// Files that are no text and no manifests.
    NotText,
    /// Links to what is not in the tree.
    LinkOutOfTree,
    /// Pipes, sockets and devices.
    Special,
    /// Folders whose content is another repository.
    Submodule,
    /// Files that git tracks and that are not in the working tree, as it was told to leave them out.
    NotCheckedOut,
    /// Kustomizations that this program built by itself.
    BuiltWithoutKustomize,
    /// Helmfiles that cannot be read before they are filled in.
    Helmfile,
    /// Applications and Flux objects that are rendered deeper than they are followed.
    DeployersBeyond,
}

impl SkipReason {
    /// Whether it was left out though the arguments name it, or a folder around it, and a cluster may take it.
    #[must_use]
    pub fn is_named(self) -> bool {
        match self {
            Self::GitCrypt
            | Self::GitLfs
            | Self::LinkOutOfTree
            | Self::Special
            | Self::NotCheckedOut
            | Self::Helmfile
            | Self::DeployersBeyond => true,
            // Charts are named, not their templates; another repository is, where a deployer names it.
            Self::HelmTemplate
            | Self::HelmTest
            | Self::NotText
            | Self::Submodule
            | Self::BuiltWithoutKustomize => false,
        }
    }

    /// In words, as the report has it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::HelmTemplate => "Helm templates, which need rendering",
            Self::HelmTest => "Helm test hooks",
            Self::GitCrypt => "files encrypted by git-crypt",
            Self::GitLfs => "files kept by Git LFS, which are not in the repository",
            Self::NotText => "files that are neither manifests nor text",
            Self::LinkOutOfTree => "symbolic links out of the tree",
            Self::Special => "pipes, sockets and devices, which are never opened",
            Self::Submodule => "submodules, which are other repositories",
            Self::NotCheckedOut => "tracked files that are not checked out",
            Self::BuiltWithoutKustomize => {
                "kustomizations that were built without `kustomize`, which is not installed"
            }
            Self::Helmfile => "helmfiles, which are templates",
            Self::DeployersBeyond => "deployers that were rendered, beyond what is followed",
        }
    }
}

impl Skipped {
    /// What was left out, and why.
    #[must_use]
    pub fn new(reason: SkipReason, example: impl Into<String>) -> Self {
        Self { reason, example: example.into() }
    }
}

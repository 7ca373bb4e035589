//! Texts of `--help` that are longer than a sentence.

/// What `--fail-on-unjudged` fails on.
pub(super) const FAIL_ON_UNJUDGED: &str = "\
Fail where something that a deployer or an argument names was not judged [default: true with --preset strict]

It fails on those entries of `summary.unjudged` that are `named`. What stands at a place in a text becomes an error of
NHI905, which --baseline can accept: remote charts, bases and sources, values that only the cluster has, placeholders
that are filled elsewhere, and what cannot be rendered. What has no such place ends the run with exit code 2: files
kept by git-crypt or Git LFS, links out of the tree, deployers beyond what is followed, and, with --no-render, all
charts, kustomizations and deployers. It does not fail on roles and kinds that are not in the input, on tests of
charts, or on what is no manifest.";

/// How flags are given as variables.
pub(super) const VARIABLES: &str = "\
Each flag but --fix, --unsafe-fixes, --diff and --write-baseline may be given as a variable of the environment, such as
NHILINT_FAIL_ON=warning or NHILINT_NO_RENDER=true. The command line wins.";

//! What belongs to a repository is what git tracks: ignore files, dots, links and extensions hide nothing that is applied.

use std::path::Path;

use nhilint::load::{Files, Tree};

use crate::cli::scratch;
use crate::stages::git;

const ACCOUNT: &str = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web, namespace: shop}\n";

fn remotes(files: &Files, folder: &str) -> Vec<String> {
    Tree::of(files, &[folder.to_owned()]).remotes(folder).to_vec()
}

#[test]
fn a_tree_knows_the_remotes_of_its_repository() {
    let folder = scratch(&[("shop/apps/web.yaml", ACCOUNT), ("other/web.yaml", ACCOUNT)]);
    let shop = folder.path().join("shop");
    git(&shop, &["init", "--quiet"]);
    git(&shop, &["remote", "add", "origin", "https://ci:pa55word@git.example.com/acme/shop.git"]);
    git(&shop, &["remote", "add", "up-stream", "git@git.example.com:shop/shop.git"]);
    git(&shop, &["add", "."]);
    git(&shop, &["commit", "--quiet", "-m", "first"]);
    git(&shop, &["worktree", "add", "--quiet", "../second"]);
    let wanted = ["https://git.example.com/acme/shop.git", "git@git.example.com:shop/shop.git"];
    for (from, asked) in
        [("shop", "."), ("shop", "apps"), ("shop/apps", "."), ("second", "."), (".", "second")]
    {
        let files = Files::disk(&folder.path().join(from).canonicalize().expect("a folder"));
        assert_eq!(remotes(&files, asked), wanted, "{from} {asked}");
    }
    let files = Files::revision(&folder.path().join("second"), "HEAD").expect("a revision");
    assert_eq!(remotes(&files, "apps"), wanted);
    assert_eq!(remotes(&files.edited([]), "."), wanted);
    let none: &Path = &folder.path().join("other");
    assert!(remotes(&Files::disk(none), ".").is_empty());
}

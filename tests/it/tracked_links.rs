//! Symbolic links are followed as far as the tree goes. What is no file is never opened.

use crate::cli::{run, scratch};
use crate::tracked::{ACCOUNT, ARGO, Case, FLAW, FLUX, check, hold, make};

#[test]
fn links_are_followed_inside_of_the_tree() {
    let none = Case::default;
    hold(&[
        Case {
            name: "to text",
            files: &[("b.txt", FLAW), ("shop.yaml", ARGO), ("apps/web/g.yaml", ACCOUNT)],
            links: &[("apps/web/b.yaml", "../../b.txt")],
            found: &["apps/web/b.yaml"],
            ..none()
        },
        Case {
            name: "deployed by nobody",
            files: &[("b.txt", FLAW)],
            links: &[("b.yaml", "b.txt"), ("c.yaml", "b.txt")],
            found: &["b.yaml"],
            ..none()
        },
        Case {
            name: "a chain to a hidden folder",
            files: &[(".store/b", FLAW), ("shop.yaml", FLUX)],
            links: &[("apps/web/deep/b.yaml", "../../../x"), ("x", ".store/b")],
            found: &["apps/web/deep/b.yaml"],
            ..none()
        },
        Case {
            name: "to what is read anyway",
            files: &[("lib/b.yaml", FLAW)],
            links: &[("apps/b.yaml", "../lib/b.yaml")],
            found: &["lib/b.yaml"],
            ..none()
        },
        Case {
            name: "the same, deployed",
            files: &[("lib/b.yaml", FLAW), ("shop.yaml", ARGO)],
            links: &[("apps/web/b.yaml", "../../lib/b.yaml")],
            found: &["lib/b.yaml"],
            ..none()
        },
        Case {
            name: "a folder that is deployed",
            files: &[("v2/b.yaml", FLAW), ("shop.yaml", ARGO)],
            links: &[("apps/web", "../v2")],
            found: &["v2/b.yaml"],
            ..none()
        },
        Case {
            name: "a folder below an argument",
            files: &[("v2/b.yaml", FLAW)],
            links: &[("apps/web", "../v2")],
            arguments: &["apps"],
            found: &["v2/b.yaml"],
            ..none()
        },
        Case {
            name: "without end",
            files: &[("apps/b.yaml", FLAW)],
            links: &[("apps/web", "."), ("a", "apps/b"), ("apps/b", "../a")],
            found: &["apps/b.yaml"],
            ..none()
        },
        Case {
            name: "out of the tree",
            files: &[("../out.yaml", FLAW), ("shop.yaml", ARGO)],
            links: &[("apps/web/b.yaml", "../../../out.yaml")],
            says: "apps/web/b.yaml",
            ..none()
        },
        Case {
            name: "an argument out of the tree",
            files: &[("../out.yaml", FLAW)],
            links: &[("b.yaml", "../out.yaml")],
            arguments: &["b.yaml"],
            says: "b.yaml: is a symbolic link out of the repository",
            ..none()
        },
        Case {
            name: "to the settings of git",
            links: &[("b.yaml", ".git/config")],
            says: "symbolic links out of the tree (1), for example b.yaml",
            ..none()
        },
    ]);
}

#[test]
fn links_that_are_written_as_text_are_followed_inside_of_the_repository() {
    let none = Case::default;
    hold(&[
        Case {
            name: "to text",
            files: &[("b.txt", FLAW), ("shop.yaml", ARGO), ("apps/web/b.yaml", "../../b.txt")],
            found: &["apps/web/b.yaml"],
            ..none()
        },
        Case {
            name: "a chain to a hidden folder",
            files: &[
                (".store/b", FLAW),
                ("x/b", "../.store/b"),
                ("shop.yaml", FLUX),
                ("apps/web/b.yaml", "../../x/b"),
            ],
            found: &["apps/web/b.yaml"],
            ..none()
        },
        Case {
            name: "a circle, and what git keeps",
            files: &[
                ("a/b.yaml", "../a/c.yaml"),
                ("a/c.yaml", "../a/b.yaml"),
                ("a/d.yaml", "../.git/config"),
            ],
            found: &[],
            ..none()
        },
    ]);
}

#[test]
fn pipes_and_devices_are_never_opened() {
    let devices: &[(&str, &str)] =
        &[(".gitignore", "/dev/zero"), ("CODEOWNERS", "/dev/zero"), ("a.yaml", "/dev/zero"), ("web", "/dev")];
    let case = Case {
        links: devices,
        files: &[("k/kustomization.yaml", "resources: [pipe.yaml]\n")],
        ..Case::default()
    };
    let folder = scratch(&[]);
    let top = make(folder.path(), &case);
    for pipe in ["k/pipe.yaml", "pipe.json", "apps/.gitignore"] {
        let made =
            std::process::Command::new("mkfifo").arg(top.join(pipe)).status().expect("mkfifo is there");
        assert!(made.success());
    }
    let (_, told) = check(&top, &[]);
    assert!(told.contains("`pipe.yaml` is a pipe, a socket or a device, which is never opened"), "{told}");
    assert!(
        told.contains("pipes, sockets and devices, which are never opened (2), for example k/pipe.yaml"),
        "{told}"
    );
    for argument in ["pipe.json", "a.yaml"] {
        let (code, out, error) = run(&top, &["check", argument]);
        assert!(code == Some(2) && (out + &error).contains(argument), "{argument}");
    }
}

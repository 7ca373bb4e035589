//! The fix that mounts a Secret and lets a variable name its file, in pods that already use the names it would take.

use std::path::Path;

use crate::cli::{run, scratch};

const ENV: &str = "            - name: POSTGRES_PASSWORD # of the shop
              valueFrom: {secretKeyRef: {name: pg, key: password}} # from pg
";

/// A job with more in its pod, behind the variable, and in its container.
fn job(pod: &str, env: &str, container: &str) -> String {
    format!(
        "apiVersion: batch/v1
kind: Job
metadata:
  name: purge
  namespace: shop
spec:
  template:
    spec:
      serviceAccountName: purge
{pod}      containers:
        - name: db
          image: postgres:16
          env:
{ENV}{env}{container}"
    )
}

fn fixed(folder: &Path) -> (String, String) {
    let select = ["check", "a.yaml", "--select", "NHI204", "--fail-on=never"];
    let (_, report, errors) = run(folder, &[&select[..], &["--fix", "--unsafe-fixes", "--verbose"]].concat());
    let text = std::fs::read_to_string(folder.join("a.yaml")).expect("a file");
    (text, report + &errors)
}

/// A text may be broken into lines.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn assert_unchanged(text: &str, why: &str) {
    let folder = scratch(&[("a.yaml", text)]);
    let (after, report) = fixed(folder.path());
    assert_eq!(after, text, "{report}");
    assert!(words(&report).contains(why), "{report}");
}

fn changed(text: &str) -> String {
    let folder = scratch(&[("a.yaml", text)]);
    let (after, report) = fixed(folder.path());
    assert_ne!(after, text, "{report}");
    after
}

#[test]
fn a_variable_that_the_container_refers_to_stays() {
    let other = "            - name: URL\n              value: postgres://a:$(POSTGRES_PASSWORD)@db/x\n";
    assert_unchanged(&job("", other, ""), "`URL` of the same container refers to `POSTGRES_PASSWORD`.");
    for texts in [
        "          command: [sh, -c, 'psql -h $POSTGRES_PASSWORD']\n",
        "          args: ['--password=${POSTGRES_PASSWORD:-}']\n",
        "          args: [\"$(POSTGRES_PASSWORD)\"]\n",
        "          command: [sh, -c, 'printenv POSTGRES_PASSWORD | login']\n",
        "          readinessProbe: {exec: {command: [sh, -c, 'PGPASSWORD=$POSTGRES_PASSWORD psql']}}\n",
        "          lifecycle: {preStop: {exec: {command: [sh, -c, 'bye \"$POSTGRES_PASSWORD\"']}}}\n",
    ] {
        let why = "A command of the same container refers to `POSTGRES_PASSWORD`.";
        assert_unchanged(&job("", "", texts), why);
    }
    // Longer names are others, and a key of that name is no use of the variable.
    let env = "            - name: MODE\n              value: $(POSTGRES_PASSWORD_MODE)\n            - name: PORT\n              valueFrom: {configMapKeyRef: {name: db, key: POSTGRES_PASSWORD}}\n";
    let after = changed(&job("", env, "          args: [$MY_POSTGRES_PASSWORD]\n"));
    assert!(after.contains("- name: POSTGRES_PASSWORD_FILE"), "{after}");
}

#[test]
fn a_variable_that_the_image_would_not_read_from_a_file_stays() {
    let set = "            - name: POSTGRES_PASSWORD_FILE\n              value: /etc/login\n";
    assert_unchanged(&job("", set, ""), "The container sets `POSTGRES_PASSWORD_FILE` already.");
    let own = "          command: [pg_dump, shop]\n";
    let why = "The container has a `command` of its own, which may not read `POSTGRES_PASSWORD_FILE`.";
    assert_unchanged(&job("", "", own), why);
    let optional = job("", "", "").replace("key: password}", "key: password, optional: true}");
    assert_unchanged(&optional, "`POSTGRES_PASSWORD` is optional: the file may not be there.");
    // The image's own program is given words.
    assert!(
        changed(&job("", "", "          args: [postgres, -c, log=on]\n")).contains("POSTGRES_PASSWORD_FILE")
    );
    // Who runs a program that reads the file says so in the settings.
    let settings = "tables:\n  fileVariables: [{images: [postgres], variables: [POSTGRES_PASSWORD]}]\n";
    let folder = scratch(&[("a.yaml", &job("", "", own)), (".nhilint.yaml", settings)]);
    let (after, report) = fixed(folder.path());
    assert!(after.contains("POSTGRES_PASSWORD_FILE"), "{report}");
}

#[test]
fn a_volume_takes_a_free_name() {
    let pod = "      volumes:\n        - {name: pg, emptyDir: {}}\n";
    let mount = "          volumeMounts:\n            - {name: pg, mountPath: /run/secrets/pg}\n";
    for text in [job(pod, "", mount), job("", "", mount)] {
        let after = changed(&text);
        for line in [
            "- name: pg-secret\n          secret: {secretName: pg}\n",
            "- {name: pg-secret, mountPath: /run/secrets/pg-secret, readOnly: true}\n",
            "value: /run/secrets/pg-secret/password ",
        ] {
            assert!(after.contains(line), "{line} is not in\n{after}");
        }
        assert!(after.contains(mount), "{after}");
    }
    let both =
        "      volumes:\n        - {name: pg, emptyDir: {}}\n        - {name: pg-secret, emptyDir: {}}\n";
    let after = changed(&job(both, "", ""));
    assert!(after.contains("- name: pg-secret-2\n          secret: {secretName: pg}\n"), "{after}");
}

#[test]
fn a_volume_of_the_same_secret_is_taken() {
    let pod = "      volumes:\n        - {name: login, secret: {secretName: pg}}\n";
    let after = changed(&job(pod, "", ""));
    assert!(after.contains("- {name: login, mountPath: /run/secrets/login, readOnly: true}\n"), "{after}");
    assert!(after.contains(pod) && !after.contains("- name: pg\n"), "{after}");
    let mount = "          volumeMounts:\n            - {name: login, mountPath: /etc/login/}\n";
    let after = changed(&job(pod, "", mount));
    assert!(after.contains("value: /etc/login/password ") && after.ends_with(mount), "{after}");
    // One key as a file is no folder of all keys.
    let mount = mount.replace("/etc/login/", "/etc/login, subPath: user");
    let after = changed(&job(pod, "", &mount));
    assert!(after.contains("value: /run/secrets/login/password "), "{after}");
    // Other files than the Secret has keys.
    let some = pod.replace("secretName: pg", "secretName: pg, items: [{key: user, path: name}]");
    let mount = "          volumeMounts:\n            - {name: login, mountPath: /etc/login}\n";
    let after = changed(&job(&some, "", mount));
    assert!(after.contains("value: /run/secrets/pg/password "), "{after}");
}

#[test]
fn a_path_that_is_taken_has_no_edit() {
    let pod = "      volumes:\n        - {name: work, emptyDir: {}}\n";
    for path in ["/run/secrets/pg", "/run/secrets/pg/", "/run", "/var/run/secrets", "/run/secrets/pg/more"] {
        let mount = format!("          volumeMounts:\n            - {{name: work, mountPath: {path}}}\n");
        let why = "The container has a mount at `/run/secrets/pg`, around it or below it.";
        assert_unchanged(&job(pod, "", &mount), why);
    }
    let beside = "          volumeMounts:\n            - {name: work, mountPath: /run/secrets/pgx}\n";
    let after = changed(&job(pod, "", beside));
    assert!(after.contains("mountPath: /run/secrets/pg, readOnly: true"), "{after}");
}

#[test]
fn a_comment_behind_a_name_stays() {
    let after = changed(&job("", "", ""));
    let env = "            - name: POSTGRES_PASSWORD_FILE # of the shop
              value: /run/secrets/pg/password # from pg
";
    assert!(after.contains(env), "{after}");
    // Windows' line breaks.
    let after = changed(&job("", "", "").replace('\n', "\r\n"));
    assert!(after.contains(&env.replace('\n', "\r\n")), "{after}");
}

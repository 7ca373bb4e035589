//! How templates are read and written again, and how archives of charts are unpacked.

use flate2::Compression;
use flate2::write::GzEncoder;
use nhilint::render::marked::{rewritten_plain, unpack};

#[test]
fn trim_markers_cut_the_text_beside_them() {
    for (text, written) in [
        ("a \n {{- .b }} c {{ .d -}}\r\n\t e", "a{{ .b }} c {{ .d }}e"),
        ("a {{- /* x */ -}} b", "ab"),
        // A minus needs its blank.
        ("a {{-1}} b {{- 1}} c {{1 -}} d {{1-}} e", "a {{ -1 }} b{{ 1 }} c {{ 1 }}d {{ 1- }} e"),
    ] {
        assert_eq!(rewritten_plain(text).as_deref(), Some(written), "{text}");
    }
}

#[test]
fn strings_and_comments_hide_delimiters() {
    let text = "a{{ \"}}\" }}b{{- `}}` -}}c{{/* }} */}}d{{- /* x */ -}}{{ '}' }}";
    assert_eq!(rewritten_plain(text).as_deref(), Some("a{{ \"}}\" }}b{{ `}}` }}cd{{ '}' }}"));
}

#[test]
fn helpers_are_parts_of_their_own() {
    let text = "a{{ define \"x\" }}b{{ if .c }}d{{ end }}{{ end }}e{{ block \"y\" . }}f{{ end }}g";
    let written = "ae{{ template \"y\" . }}g{{ define \"x\" }}b{{ if .c }}d{{ end }}{{ end }}\
                   {{ define \"y\" }}f{{ end }}";
    assert_eq!(rewritten_plain(text).as_deref(), Some(written));
}

#[test]
fn what_does_not_end_or_is_not_balanced_is_no_template() {
    for text in ["{{", "a{{ b", "{{ \"a }}\n\" }}", "{{/* a }}", "{{/* a */ b }}", "{{ `a }}", "{{-", "{{ '"]
    {
        assert_eq!(rewritten_plain(text), None, "{text}");
    }
    for text in
        ["{{ end }}", "{{ if .a }}", "{{ define \"x\" }}", "{{ define x }}{{ end }}", "{{end}}{{if .a}}"]
    {
        assert_eq!(rewritten_plain(text), None, "{text}");
    }
}

#[test]
fn checksums_take_the_unmarked_file() {
    let rewritten = |body: &str| rewritten_plain(&format!("{{{{ {body} }}}}")).expect("a template");
    assert_eq!(
        rewritten("include (print $.Template.BasePath \"/a.yaml\") . | sha256sum"),
        "{{ include (print (print $.Template.BasePath \"/a.yaml\") \"@p\") . | sha256sum }}"
    );
    for body in
        ["include \"x\" .Template.Name", "include (print \"x\") .", "myinclude (print .Template.Name) ."]
    {
        assert_eq!(rewritten(body), format!("{{{{ {body} }}}}"));
    }
}

/// A `.tgz` of files, written by hand so that odd names can be tried.
fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().expect("a new header").name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, *content).expect("memory");
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    std::io::Write::write_all(&mut encoder, &builder.into_inner().expect("memory")).expect("memory");
    encoder.finish().expect("memory")
}

#[test]
fn archives_inside_are_unpacked_where_they_stand() {
    let inner = packed(&[("c/Chart.yaml", b"name: c")]);
    let outer = packed(&[("./b/Chart.yaml", b"name: b"), ("b/charts/c-1.tgz", &inner)]);
    let files = unpack(&outer, 10_000).expect("an archive");
    let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["b/Chart.yaml", "b/charts/c/Chart.yaml"]);
}

#[test]
fn what_leads_out_or_is_too_large_is_refused() {
    for name in ["../a", "/a", "b/../../a", "b\\a"] {
        assert!(unpack(&packed(&[(name, b"x")]), 100).is_err(), "{name}");
    }
    assert!(unpack(&packed(&[("a", &[0; 101])]), 100).is_err());
    assert!(unpack(&packed(&[("a", &[0; 100])]), 100).is_ok());
    assert!(unpack(b"no archive", 100).is_err());
}

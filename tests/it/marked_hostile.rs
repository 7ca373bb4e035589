//! Marked rendering of templates, outputs and values that nobody means well with: it ends, soon, and without a panic.

use std::path::Path;
use std::time::{Duration, Instant};

use nhilint::load::{Files, Texts, Tree};
use nhilint::render::FileIndex;
use nhilint::render::marked::{Chart, Values, mark, rewritten_plain};

/// The trail of an output of a chart with one template, as if helm had printed the template itself.
fn trace(template: &str, values: &str, output: &str) {
    let mut texts = Texts::default();
    texts.add("Chart.yaml", "name: c\n");
    texts.add("values.yaml", values);
    texts.add("templates/a.yaml", template);
    let tree = Tree::of(&Files::disk(Path::new("")), &[]);
    let read = FileIndex::new(&texts, &tree);
    let chart = Chart::new("", &read, &[]);
    let marked = mark(&chart, output, &[]);
    let clean = format!("---\n# Source: c/templates/a.yaml\n{output}\n");
    let (_, own) = &marked.files()[0];
    let raw = format!("---\n# Source: c/templates/a.yaml\n{own}\n");
    for raw in [raw.as_str(), clean.as_str(), "", "---\n# Source: c/templates/a.yaml\n"] {
        let (trail, _) = marked.trail(&clean, raw, &Values::of(&chart));
        assert!(trail.at(clean.len() as u32).is_some());
    }
    let _ = marked.blamed("template: c/templates/a.yaml:1:2: what");
}

/// Large enough that squaring it takes minutes.
const LARGE: usize = 200_000;

#[test]
fn large_and_twisted_templates_end_soon() {
    let start = Instant::now();
    let many = |text: &str| text.repeat(LARGE / text.len());
    let templates = [
        many("{{ .Values.a }}\n"),
        many("{{ if .Values.a }}x\n{{ end }}"),
        many("{{ $a := .Values.a }}{{ $a = .Values.b }}x\n"),
        format!("{}x{}", many("{{ if .Values.a }}"), "{{ end }}".repeat(LARGE / 18)),
        format!("{{{{ {}.a{} }}}}", many("("), many(")")),
        format!("{{{{ {} }}}}", many(".Values.a | ")),
        many("{{ define \"x\" }}{{ include \"x\" . }}{{ end }}"),
        many("{{ include (print $.Template.BasePath (a) "),
        many("{{ include \"x\" (include \"x\" . ) | trim | trim }}"),
        many("{{"),
        many("{{ \""),
        many("{{/* "),
        many("~nh:1~"),
        many("---\n"),
        many("- - - a: b\n"),
        many("a:\n- "),
        many("é{{ .é }}"),
    ];
    for template in &templates {
        trace(template, "a: {b: [1]}\n", template);
    }
    assert!(start.elapsed() < Duration::from_mins(1), "{:?}", start.elapsed());
}

#[test]
fn marks_in_odd_places_are_borne() {
    for template in
        ["", "\u{feff}é: {{ .Values.é }}", "{{- -}}", "{{ end }}", "a: {{ .Values.a | quote }}é\n\u{2028}b"]
    {
        for output in ["", "é", "a: \"é\"é", "---", "---\n---\n", "~nh:0~", "~nh:0=~é", "a: 'é\nkind: X"]
        {
            trace(template, "a: &a [*a]\n<<: 1\né: |\n  é\n", output);
        }
    }
}

#[test]
fn a_template_written_twice_is_the_same() {
    for text in [
        "a {{- .b -}} c",
        "{ {{- .a }}{{/* x */}}{{ define \"h\" }} {{ .c }} {{ end -}} \n d",
        "{{ block \"x\" . }}{ {{ end }}",
    ] {
        let once = rewritten_plain(text).expect("a template");
        assert_eq!(
            rewritten_plain(&once).as_ref().map(|twice| twice.replace(' ', "")),
            Some(once.replace(' ', "")),
            "{text}"
        );
    }
}

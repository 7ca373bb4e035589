use super::{Asks, asks};

fn asked(text: &str) -> Asks {
    asks(&[("shop/templates/a.yaml", text)])
}

fn open(text: &str) -> Vec<&'static str> {
    asked(text).open.into_iter().map(|(_, _, what)| what).collect()
}

#[test]
fn a_question_is_followed_through_variables_and_helpers() {
    let texts = [
        "{{ if lookup `v1` `Secret` `a` `b` }}x{{ end }}",
        "{{ $s := lookup `v1` `Secret` `a` `b` }}{{ if $s.data }}x{{ end }}",
        "{{ with (lookup `v1` `Secret` `a` `b`) }}x{{ end }}",
        "{{ define `s` }}{{ (lookup `v1` `Secret` `a` `b`).kind }}{{ end }}{{ if include `s` . }}x{{ end }}",
        "{{ ternary `x` `y` (empty (lookup `v1` `Secret` `a` `b`)) }}",
    ];
    for text in texts {
        assert!(open(text).contains(&"`lookup`"), "{text}");
    }
    assert_eq!(
        open("{{ $v := .Capabilities.KubeVersion.Version }}{{ if ne $v `v1.34.0` }}x{{ end }}").len(),
        1
    );
    assert_eq!(open("{{ if eq .Release.Revision 1 }}x{{ else }}y{{ end }}"), ["`.Release.Revision`"]);
    assert_eq!(open("{{ if eq (randNumeric 1) `7` }}x{{ end }}"), ["time or chance"]);
    assert_eq!(open("{{ if .Capabilities.APIVersions.Has .Values.api }}x{{ end }}").len(), 1);
}

#[test]
fn what_is_answered_or_asks_nothing_is_no_question() {
    for text in [
        "{{ if semverCompare `>=1.19-0` .Capabilities.KubeVersion.GitVersion }}x{{ end }}",
        "{{ if gt (int .Capabilities.KubeVersion.Minor) 18 }}x{{ end }}",
        "{{ define `v` }}{{ if semverCompare `>1.2` .Capabilities.KubeVersion.Version }}a{{ end }}{{ end }}{{ if eq (include `v` .) `a` }}x{{ end }}",
        "{{ define `unused` }}{{ if lookup `v1` `Secret` `a` `b` }}x{{ end }}{{ end }}",
        "{{ $password := randAlphaNum 16 }}{{ if $password }}{{ $password }}{{ end }}",
        "revision: {{ .Release.Revision }} # lookup",
        "{{ if eq .Values.lookup \"lookup\" }}x{{ end }}",
    ] {
        assert_eq!(open(text), [""; 0], "{text}");
    }
}

#[test]
fn other_answers_are_known_by_name() {
    let found = asked("{{ $a := .Capabilities.APIVersions }}{{ if $a.Has `x.example/v1/Thing` }}x{{ end }}");
    assert_eq!(found.served.words.into_iter().collect::<Vec<_>>(), ["x.example/v1/Thing"]);
    for text in [
        "{{ if not .Release.IsInstall }}",
        "{{ $r := $.Release }}{{ if $r.IsUpgrade }}",
        "{{ if index .Release `IsUpgrade` }}",
    ] {
        assert!(asked(&format!("{text}x{{{{ end }}}}")).upgrade, "{text}");
    }
    let values = ("shop/values.yaml", "extra: '{{ if .Release.IsUpgrade }}x{{ end }}'");
    let printer = |text| asks(&[("shop/templates/a.yaml", text), values]).upgrade;
    assert!(printer("{{ tpl .Values.extra . }}") && !printer("{{ .Values.extra }}"));
}

#[test]
fn versions_that_exclude_each_other_are_known() {
    let mixed = |text: &str| asked(text).served.mixed.into_keys().collect::<Vec<_>>();
    let has = |word: &str| format!("(.Capabilities.APIVersions.Has `{word}`)");
    let (a, b) = (has("a.example/v1"), has("b.example/v1"));
    for text in [
        format!("{{{{ if {a} }}}}x{{{{ end }}}}{{{{ if {b} }}}}y{{{{ end }}}}"),
        format!("{{{{ if and .Values.a {a} }}}}x{{{{ if or {b} $.Values.b }}}}y{{{{ end }}}}{{{{ end }}}}"),
    ] {
        assert_eq!(mixed(&text), [""; 0], "{text}");
    }
    let body = "x{{ end }}";
    for (text, words) in [
        (format!("{{{{ if {a} }}}}{{{{ else if {b} }}}}{body}"), &["a.example/v1", "b.example/v1"][..]),
        (format!("{{{{ if {a} }}}}{{{{ if {b} }}}}{{{{ else }}}}{body}{{{{ end }}}}"), &["b.example/v1"]),
        (format!("{{{{ if and {a} (not {b}) }}}}{body}"), &["a.example/v1", "b.example/v1"]),
        (format!("{{{{ $a := {a} }}}}{{{{ if {b} }}}}{body}"), &["a.example/v1"]),
        (format!("{{{{ $a := 0 }}}}{{{{ if {a} }}}}{{{{ $a = 1 }}}}{body}"), &["a.example/v1"]),
        (format!("{{{{ if {a} }}}}{{{{ $_ := set .Values `a` 1 }}}}{body}"), &["a.example/v1"]),
        (
            format!(
                "{{{{ define `h` }}}}{{{{ if {a} }}}}{body}{{{{ end }}}}{{{{ if not (include `h` .) }}}}{body}"
            ),
            &["a.example/v1"],
        ),
        (
            format!(
                "{{{{ $l := list `a.example/v1` }}}}{{{{ if $.Capabilities.APIVersions.Has (first $l) }}}}{body}"
            ),
            &["a.example/v1"],
        ),
        (format!("{{{{ if has `a.example/v1` .Capabilities.APIVersions }}}}{body}"), &["a.example/v1"]),
    ] {
        assert_eq!(mixed(&text), words, "{text}");
    }
}

#[test]
fn places_of_words_are_those_that_has_is_handed() {
    let text =
        "{{ if .Capabilities.APIVersions.Has \"apps/v1beta\\u0031\" }}a: {{ \"apps/v1beta1\" }}{{ end }}";
    let places = super::places_of(text, &["apps/v1beta1".to_owned()]);
    let found: Vec<&str> = places.into_iter().map(|place| &text[place]).collect();
    assert_eq!(found, ["apps/v1beta\\u0031"]);
}

#[test]
fn what_only_one_release_prints_is_asked_and_names_that_show_it_are_not() {
    let helper = "{{ define `full` }}{{ if contains `a` .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-a{{ end }}{{ end }}";
    for text in [
        "{{ if eq .Release.Namespace `live` }}x{{ end }}",
        "{{ $n := .Release.Namespace }}{{ if hasPrefix `prod` $n }}x{{ end }}",
        "{{ if and .Values.on (ne .Release.Name `shop`) }}x{{ end }}",
    ] {
        assert_eq!(open(text), [super::RELEASE_NAME], "{text}");
    }
    for text in [
        "name: {{ include `full` . }}",
        "namespace: {{ .Release.Namespace }}",
        "{{ if .Release.Namespace }}x{{ end }}",
        "{{ with include `full` . }}{{ . }}{{ end }}",
        "name: {{ default (include `full` .) .Values.name }}",
    ] {
        assert_eq!(open(&format!("{helper}{text}")), Vec::<&str>::new(), "{text}");
    }
}

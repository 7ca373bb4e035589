//! Masks over texts.

use nhilint::source::{Masks, SourceMap, Span};

#[test]
fn hides_spans_and_repeated_values() {
    let text = "password: hunter22\nnote: it is hunter22, pin 1234\n";
    let mut sources = SourceMap::default();
    let (other, file) = (sources.add("a", "x"), sources.add("b", text));
    let mut masks = Masks::default();
    masks.hide(Span::new(other, 0, 1));
    // A pin is too short to be searched for; overlapping spans are one.
    let pin = text.find("1234").expect("it is there");
    for (start, end) in [(pin, pin + 3), (pin + 1, pin + 4), (pin, pin + 2)] {
        masks.hide(Span::new(file, start, end));
    }
    masks.hide_value("hunter22");
    masks.hide_value("pass");
    masks.finish();
    assert_eq!(
        masks.masked(file, text, 0, text.len()),
        "password: ********\nnote: it is ********, pin ****\n"
    );
    assert_eq!(masks.masked(file, text, pin + 2, text.len()), "**\n");
    assert_eq!(masks.masked_text("`hunter22` of hunter2"), "`********` of hunter2");
}

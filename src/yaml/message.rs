//! The parser's complaints, in words that say what to do.

use granit_parser::ErrorKind;

/// What is wrong with a line that is no entry of a mapping.
pub const COLON_MISSING: &str = "this line should be a `key: value`; the `:` is missing";

/// What is wrong with such a line that is a token for a program to fill in: `<ISSUER>`.
pub const PLACEHOLDER: &str = "a placeholder stands here that is not filled in";

/// Whether a line is one placeholder.
#[must_use]
pub fn is_placeholder(line: &str) -> bool {
    let line = line.trim();
    line.starts_with('<') && line.ends_with('>')
}

/// Is it about a tab?
pub(super) fn is_tab(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabNotAllowed
            | ErrorKind::TabInPlainScalar
            | ErrorKind::TabAtBlockScalarStart
    )
}

/// What is wrong and what to do about it.
pub(super) fn of(kind: &ErrorKind) -> String {
    let text = match kind {
        _ if is_tab(kind) => "a tab stands where YAML wants spaces; indent with spaces",
        ErrorKind::UnclosedQuotedScalar => "this quoted text has no closing quote",
        ErrorKind::UnclosedFlowCollection { open: '[' } | ErrorKind::UnexpectedEofFlowSequence => {
            "this list has no closing `]`"
        }
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping => "this mapping has no closing `}`",
        ErrorKind::ExpectedBlockMappingKey => {
            "a key was expected here; check the indentation of this line and of the one above"
        }
        ErrorKind::ExpectedBlockSequenceEntry => {
            "a list item (`- `) was expected here; check the indentation of this line"
        }
        ErrorKind::InvalidIndentation
        | ErrorKind::InvalidBlockScalarIndent
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::InvalidFlowScalarIndent => "this line is indented less than what it belongs to",
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => {
            "a `key: value` cannot stand here; check the indentation, or quote the text that holds `: `"
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => COLON_MISSING,
        ErrorKind::BlockSequenceEntryNotAllowed | ErrorKind::BlockEntryInFlowCollection => {
            "a list item (`- `) cannot stand here; check the indentation"
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            "YAML knows no such escape; double the backslash or use single quotes"
        }
        ErrorKind::UnexpectedCharacter { character } => {
            return format!("`{}` cannot stand here; quote the text", character.escape_debug());
        }
        ErrorKind::ExpectedFlowMappingSeparator => "`,` or `}` was expected here",
        ErrorKind::ExpectedFlowSequenceSeparator => "`,` or `]` was expected here",
        ErrorKind::CommentNotSeparated => "a comment needs a space before its `#`; or quote the text",
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            "nothing may follow the closing quote; quote the whole text"
        }
        ErrorKind::ExpectedNodeContent => "a value was expected here",
        ErrorKind::MisplacedFlowCollectionEnd => "this bracket closes nothing; quote it if it is text",
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            return format!("`{close}` closes what `{open}` has opened");
        }
        ErrorKind::CommentInterceptedScalar => {
            "a comment stands within a text of several lines; quote the text"
        }
        ErrorKind::InvalidDocumentEnd => "kubectl reads nothing after `...`; begin a new document with `---`",
        ErrorKind::MissingDocumentEndBeforeDirective => "a line may not begin with `%`; quote or indent it",
        ErrorKind::BomInsideDocument => "an invisible byte order mark stands here; delete it",
        ErrorKind::InvalidQuotedScalarHexEscape | ErrorKind::InvalidUnicodeEscape => {
            "this escape names no character; double the backslash or use single quotes"
        }
        _ => return kind.to_string(),
    };
    text.to_owned()
}

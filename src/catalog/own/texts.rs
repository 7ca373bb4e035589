//! What stands under `cel:` in a card, as text.

use crate::catalog::nearest;
use crate::yaml::Node;

/// The keys. A string in the place of the mapping is [`validate`](Self::validate).
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Texts {
    /// Only objects of these kinds.
    pub(super) kinds: Vec<String>,
    /// Only where this is true.
    pub(super) when: Option<String>,
    /// True where all is right, as in Kubernetes.
    pub(super) validate: String,
    /// What is wrong, as text.
    pub(super) message: Option<String>,
    /// What is wrong, as an expression.
    pub(super) message_expression: Option<String>,
    /// Where the finding stands.
    pub(super) at: Option<String>,
}

const KEYS: [&str; 6] = ["kinds", "when", "validate", "message", "messageExpression", "at"];

impl Texts {
    /// Reads what stands under `cel`; what is wrong is said with its key, which is empty for the whole.
    pub(super) fn read(cel: Option<Node<'_>>) -> Result<Self, Vec<(String, String)>> {
        let whole = |message: &str| Err(vec![(String::new(), message.to_owned())]);
        let missing = "the expression that is true where all is right";
        let Some(cel) = cel.filter(|cel| !cel.is_null()) else {
            return whole(&format!("`cel` is missing: {missing}"));
        };
        if let Some(validate) = cel.as_str() {
            return Ok(Self { validate: validate.into_owned(), ..Self::default() });
        }
        if !cel.is_map() {
            return whole("`cel` holds an expression, or a mapping with `validate`");
        }
        let (mut texts, mut wrong) = (Self::default(), Vec::new());
        for entry in cel.entries() {
            let key = entry.key.key().into_owned();
            let text = entry.value.as_str().map(std::borrow::Cow::into_owned);
            let kinds = || entry.value.items().map(|kind| Some(kind.as_str()?.into_owned())).collect();
            match (key.as_str(), text) {
                ("kinds", _) if entry.value.is_seq() => match kinds() {
                    Some(kinds) => texts.kinds = kinds,
                    None => wrong.push((key, "`kinds` lists names, as `[Deployment, CronJob]`".to_owned())),
                },
                ("kinds", Some(kind)) => texts.kinds = vec![kind],
                ("when", text @ Some(_)) => texts.when = text,
                ("validate", Some(text)) => texts.validate = text,
                ("message", text @ Some(_)) => texts.message = text,
                ("messageExpression", text @ Some(_)) => texts.message_expression = text,
                ("at", text @ Some(_)) => texts.at = text,
                (known, None) if KEYS.contains(&known) => {
                    wrong.push((key, "a string should stand here; put quotes around it".to_owned()));
                }
                (unknown, _) => {
                    let near = nearest(unknown, KEYS.map(str::to_owned));
                    let hint = near.map_or_else(
                        || format!("there are {}", KEYS.join(", ")),
                        |near| format!("did you mean `{near}`?"),
                    );
                    let message = format!("`cel` has no `{unknown}`; {hint}");
                    wrong.push((key, message));
                }
            }
        }
        if wrong.is_empty() && texts.validate.trim().is_empty() {
            return whole(&format!("`validate` is missing: {missing}"));
        }
        if wrong.is_empty() { Ok(texts) } else { Err(wrong) }
    }
}

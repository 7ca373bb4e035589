//! What functions of templates make of their arguments (Go's `text/template`, sprig, and Helm's own).

use super::value::{CHANCE, LOOKUP, Questions};

/// Functions whose answer no second run repeats (sprig), and one that asks the network.
pub(super) const CHANCES: &str = "now ago date dateInZone date_in_zone htmlDate htmlDateInZone randAlphaNum randAlpha \
                                  randNumeric randAscii randInt randBytes uuidv4 shuffle genPrivateKey genCA genCAWithKey \
                                  genSelfSignedCert genSelfSignedCertWithKey genSignedCert genSignedCertWithKey \
                                  getHostByName bcrypt htpasswd encryptAES";

/// Whether an action names a function whose answer no second run repeats.
#[must_use]
pub fn is_of_chance(action: &str) -> bool {
    let mut words = action.split(|c: char| !c.is_ascii_alphanumeric() && !"._$\"".contains(c));
    words.any(|word| CHANCES.split_whitespace().any(|name| name == word))
}

/// Functions that say of texts whether they are so, or find parts that may not be there.
const TESTS: &str = "eq ne lt le gt ge contains hasPrefix hasSuffix regexMatch mustRegexMatch has mustHas hasKey until \
                     untilStep seq regexFind mustRegexFind regexFindAll mustRegexFindAll deepEqual without";

/// Functions that hand on one or several of their arguments as they are.
const KEEPS: &str = "default coalesce merge mustMerge mergeOverwrite mustMergeOverwrite deepCopy mustDeepCopy set unset \
                     omit pick required and or append prepend concat reverse uniq mustAppend mustPrepend mustReverse \
                     mustUniq";

/// Functions that make numbers.
const NUMBERS: &str = "int int64 float64 atoi toDecimal add add1 sub mul div mod max min floor ceil round randInt len \
                       addf add1f subf mulf divf maxf minf biggest";

/// Functions of which all arguments but the last say what is taken of it, or how often.
const CUTS: &str = "trunc substr repeat indent nindent splitn splitList split wrap abbrev";

/// Functions that only say what kind of thing something is.
const KINDS: &str = "kindIs kindOf typeOf typeIs typeIsLike isAbs";

/// Functions that take a part of a list by its place.
const PLACES: &str = "first last rest initial slice mustFirst mustLast mustRest mustInitial mustSlice";

/// What a function is to its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    /// `index`, `get`, `dig`: the arguments after the first, or before the last, name fields.
    Field,
    Dict,
    List,
    Ternary,
    Include,
    Tpl,
    Compare,
    Semver,
    Keep,
    Keys,
    Sort,
    Place,
    Cut,
    Replace,
    Trim,
    Kind,
    Not,
    /// Its arguments show in what it makes.
    Text,
}

impl Function {
    pub(super) fn of(name: &str) -> Self {
        let is = |list: &str| list.split_whitespace().any(|word| word == name);
        match name {
            "index" | "get" | "dig" => Self::Field,
            "dict" => Self::Dict,
            "list" | "tuple" => Self::List,
            "ternary" => Self::Ternary,
            "include" | "template" | "block" => Self::Include,
            "tpl" => Self::Tpl,
            "semverCompare" => Self::Semver,
            "keys" | "values" => Self::Keys,
            "sortAlpha" => Self::Sort,
            "replace"
            | "regexReplaceAll"
            | "mustRegexReplaceAll"
            | "regexReplaceAllLiteral"
            | "mustRegexReplaceAllLiteral" => Self::Replace,
            "trimSuffix" | "trimPrefix" | "trimAll" => Self::Trim,
            "not" | "empty" => Self::Not,
            _ if is(KINDS) => Self::Kind,
            _ if is(PLACES) => Self::Place,
            _ if is(CUTS) => Self::Cut,
            _ if is(TESTS) => Self::Compare,
            _ if is(KEEPS) => Self::Keep,
            _ => Self::Text,
        }
    }
}

/// What a function asks by itself.
pub(super) fn asks(name: &str) -> Questions {
    match name {
        "lookup" => LOOKUP,
        _ if CHANCES.split_whitespace().any(|chance| chance == name) => CHANCE,
        _ => 0,
    }
}

pub(super) fn makes_number(name: &str) -> bool {
    NUMBERS.split_whitespace().any(|word| word == name)
}

/// Whether it puts texts in the place of others.
pub(super) fn is_replacing(name: &str) -> bool {
    Function::of(name) == Function::Replace || name == "repeat"
}

//! The ids of rules: ours begin with `NHI`, those that users write with letters of their own.

use std::fmt;
use std::str::FromStr;

/// The stable id of a rule, shown as `NHI101`: a number, and above it the letters of a prefix that is not `NHI`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub u64);

/// The bits of the number.
const NUMBER: u64 = 16;

/// The letters of a prefix are its digits, from 1; 0 stands where there is none.
const LETTERS: u64 = 27;

/// A prefix has at most so many letters.
const LONGEST: u32 = 10;

impl RuleId {
    /// `exception-expired`: an exception is over, or soon will be.
    pub const EXCEPTION_EXPIRED: Self = Self(901);
    /// `exception-invalid`: an exception that hides nothing, as something is wrong with it.
    pub const EXCEPTION_INVALID: Self = Self(902);
    /// `exception-unused`: an exception that hides nothing, as there is nothing to hide.
    pub const EXCEPTION_UNUSED: Self = Self(903);
    /// `ungoverned-manifest`: files that cannot be judged.
    pub const UNGOVERNED_MANIFEST: Self = Self(905);

    /// Whether a user wrote the rule.
    #[must_use]
    pub fn is_own(self) -> bool {
        self.0 >> NUMBER != 0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_own() {
            return write!(f, "NHI{:03}", self.0);
        }
        for place in (0..LONGEST).rev() {
            let letter = (self.0 >> NUMBER) / LETTERS.pow(place) % LETTERS;
            if letter > 0 {
                write!(f, "{}", char::from(b'A' + letter as u8 - 1))?;
            }
        }
        write!(f, "{:03}", self.0 & ((1 << NUMBER) - 1))
    }
}

impl FromStr for RuleId {
    type Err = String;

    /// Reads `NHI101`, in any case.
    fn from_str(text: &str) -> Result<Self, String> {
        let split = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
        let (letters, digits) = text.split_at(split);
        let is_prefix = (2..=LONGEST as usize).contains(&letters.len())
            && letters.bytes().all(|byte| byte.is_ascii_alphabetic());
        let number: Option<u64> = digits.parse().ok().filter(|_| digits.len() == 3 && is_prefix);
        let Some(number) = number else {
            return Err(format!(
                "`{text}` is no rule id; ids look like `NHI101`, or `ACME001` for rules of your own"
            ));
        };
        if letters.eq_ignore_ascii_case("nhi") {
            return Ok(Self(number));
        }
        // From the left, so that ids are sorted as words are.
        let letters = letters.bytes().map(|byte| u64::from(byte.to_ascii_uppercase() - b'A') + 1);
        let padded = letters.chain(std::iter::repeat(0)).take(LONGEST as usize);
        let prefix = padded.fold(0, |prefix, letter| prefix * LETTERS + letter);
        Ok(Self(prefix << NUMBER | number))
    }
}

#[test]
fn ids_are_read_and_shown() {
    for id in ["NHI101", "ACME001", "AB000", "ZZZZZZZZZZ999", "NHIX042"] {
        let read: RuleId = id.parse().expect("an id");
        assert_eq!(read.to_string(), id);
        assert_eq!(id.to_lowercase().parse(), Ok(read));
        assert_eq!(read.is_own(), id != "NHI101");
    }
    for wrong in ["", "NHI", "101", "NHI1", "NHI1000", "A001", "ABCDEFGHIJK001", "ACME-01", "ÄÖ001", "NHI+01"]
    {
        assert!(wrong.parse::<RuleId>().is_err(), "{wrong}");
    }
    let mut ids: Vec<RuleId> = ["B01", "ZA001", "AB002", "NHI905", "ABC001", "AB001"]
        .iter()
        .filter_map(|id| id.parse().ok())
        .collect();
    ids.sort();
    let shown: Vec<String> = ids.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["NHI905", "AB001", "AB002", "ABC001", "ZA001"]);
}

//! What a finding is worth: by form of its rule, preset and class of workload.

use std::fmt;

use serde::Deserialize;

use crate::finding::Severity;

/// Which workloads a level is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Jobs, builds and hooks: what runs to an end.
    Job,
    /// Everything else.
    Service,
}

/// A set of levels that is adopted as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Preset {
    /// What a legacy repository can adopt in an hour.
    Baseline,
    /// The default.
    #[default]
    Recommended,
    /// The target for production.
    Strict,
    /// Everything as info; nothing fails.
    Audit,
}

words!(Preset { Baseline => "baseline", Recommended => "recommended", Strict => "strict", Audit => "audit" });

impl Preset {
    /// Every preset, from the weakest; `audit` fails nothing.
    pub const ALL: [Self; 4] = [Self::Audit, Self::Baseline, Self::Recommended, Self::Strict];

    /// The preset of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.word() == word)
    }
}

/// What one form of a rule is worth, by preset and class. Absent is off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// In the baseline preset.
    #[serde(default)]
    pub baseline: Levels,
    /// In the recommended preset.
    #[serde(default)]
    pub recommended: Levels,
    /// In the strict preset.
    #[serde(default)]
    pub strict: Levels,
}

impl Form {
    /// An error in every preset but audit.
    #[must_use]
    pub fn error() -> Self {
        let levels = Levels { job: Some(Severity::Error), service: Some(Severity::Error) };
        Self { baseline: levels, recommended: levels, strict: levels }
    }

    /// The level in a preset; `audit` makes everything that is on anywhere an info.
    #[must_use]
    pub fn level(&self, preset: Preset, class: Class) -> Option<Severity> {
        match preset {
            Preset::Baseline => self.baseline.of(class),
            Preset::Recommended => self.recommended.of(class),
            Preset::Strict => self.strict.of(class),
            Preset::Audit => self.first_on(class).map(|_| Severity::Info),
        }
    }

    /// The level that `--select` gives a form that is off: recommended, else strict, else baseline.
    #[must_use]
    pub fn first_on(&self, class: Class) -> Option<Severity> {
        self.recommended.of(class).or(self.strict.of(class)).or(self.baseline.of(class))
    }
}

/// Levels by class: `error`, or `{job: error, service: warning}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "LevelsText")]
pub struct Levels {
    job: Option<Severity>,
    service: Option<Severity>,
}

impl Levels {
    /// Levels for jobs and for services; none is off.
    #[must_use]
    pub fn new(job: Option<Severity>, service: Option<Severity>) -> Self {
        Self { job, service }
    }

    /// The level for a class.
    #[must_use]
    pub fn of(self, class: Class) -> Option<Severity> {
        match class {
            Class::Job => self.job,
            Class::Service => self.service,
        }
    }
}

impl fmt::Display for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |level: Option<Severity>| level.map_or("off", Severity::word);
        if self.job == self.service {
            f.write_str(word(self.job))
        } else {
            write!(f, "{} (jobs), {}", word(self.job), word(self.service))
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum LevelsText {
    Both(LevelText),
    ByClass {
        #[serde(default)]
        job: LevelText,
        #[serde(default)]
        service: LevelText,
    },
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum LevelText {
    #[default]
    Off,
    Info,
    Warning,
    Error,
}

impl From<LevelText> for Option<Severity> {
    fn from(text: LevelText) -> Self {
        match text {
            LevelText::Off => None,
            LevelText::Info => Some(Severity::Info),
            LevelText::Warning => Some(Severity::Warning),
            LevelText::Error => Some(Severity::Error),
        }
    }
}

impl From<LevelsText> for Levels {
    fn from(text: LevelsText) -> Self {
        match text {
            LevelsText::Both(level) => Self { job: level.into(), service: level.into() },
            LevelsText::ByClass { job, service } => Self { job: job.into(), service: service.into() },
        }
    }
}

//! What the user asked for, checked: presets, chosen rules, parameters, tiers. Severity is decided here and nowhere else.
//!
//! It opens no file: whoever asks hands it the text.

mod shape;

mod keys;

mod choice;
mod read;

mod exceptions;
mod exclusion;
mod folder;
mod owners;
mod parameters;
mod tables;
mod tiers;

mod file;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

pub use exclusion::{ChartFolders, Exclusion, Exclusions};
pub use file::{CustomWorkload, File, NamedCluster, SCHEMA, SETTINGS_FILE};
pub use folder::Folder;
pub use owners::OwnerMap;
pub use shape::{Key, Mistake, Shape, check, seen};
pub use tables::{FileVariables, TokenFormat};
pub use tiers::Standing;

use crate::catalog::pattern::Patterns;
use crate::catalog::{Card, Catalog, Class, Levels, Preset};
use crate::finding::{RuleId, Severity};
use choice::{Choice, Given};
use parameters::Parameters;
use tiers::{Assignments, Tier};

pub use exceptions::{Approver, ExceptionLimits, LONGEST_EXCEPTION};

/// The prefix of our annotations, in one place.
pub const ANNOTATION_PREFIX: &str = "nhilint.dev/";

/// The tier of what the settings assign to no other.
pub const STANDARD: &str = "standard";

/// The newest Kubernetes minor version (of major 1) whose tables are built in.
pub const NEWEST_KUBERNETES: u32 = 34;

/// What a run is to do.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The set of levels.
    pub preset: Preset,
    /// Only these rules, if given; a rule that is off in the preset is switched on.
    pub select: Option<BTreeSet<RuleId>>,
    /// Not these.
    pub ignore: BTreeSet<RuleId>,
    /// The minor version of the cluster that the manifests are for (34 means 1.34).
    pub kubernetes_minor: Option<u32>,
    /// Whether it is an error that something was named and not judged.
    pub fail_on_unjudged: bool,
    /// The moment that expiry is judged at.
    pub now: Timestamp,
    /// Prefix of our annotations, with the final slash.
    pub prefix: String,
    /// Where findings do not count.
    pub exclude: Vec<Exclusion>,
    /// Who owns what, by the settings.
    pub owners: OwnerMap,
    /// Images that read secrets from files, by the settings.
    pub file_variables: Vec<FileVariables>,
    /// Custom resources that run pods.
    pub workloads: Vec<CustomWorkload>,
    /// The folder that the paths of the settings start at.
    pub folder: Folder,
    /// The files with exceptions; where none are named, `.nhi/exceptions.yaml` of each repository.
    pub exception_files: Option<Vec<String>>,
    params: Parameters,
    levels: BTreeMap<RuleId, ChosenLevels>,
    /// From the strictest.
    tiers: Vec<Tier>,
    assign: Assignments,
    /// The tier where no assignment fits.
    default_tier: usize,
}

/// The levels that the user chose for a rule.
#[derive(Clone, Debug, Default)]
struct ChosenLevels {
    all: Option<Levels>,
    forms: BTreeMap<String, Levels>,
}

impl Settings {
    /// The settings of a preset, with the parameters of the cards.
    #[must_use]
    pub fn new(catalog: &Catalog, preset: Preset, now: Timestamp) -> Self {
        Self {
            preset,
            select: None,
            ignore: BTreeSet::new(),
            kubernetes_minor: None,
            fail_on_unjudged: preset == Preset::Strict,
            now,
            prefix: ANNOTATION_PREFIX.to_owned(),
            exclude: Vec::new(),
            owners: OwnerMap::default(),
            file_variables: Vec::new(),
            workloads: Vec::new(),
            folder: Folder::default(),
            exception_files: None,
            params: Parameters::of(catalog, preset),
            levels: BTreeMap::new(),
            tiers: Vec::new(),
            assign: Assignments::default(),
            default_tier: 0,
        }
    }

    /// The settings of a file. `preset` is that of the command line, which holds in every tier.
    #[must_use]
    pub fn of_file(
        catalog: &Catalog,
        file: &File,
        folder: Folder,
        preset: Option<Preset>,
        now: Timestamp,
    ) -> Self {
        let of_whole = preset.or(file.preset).unwrap_or_default();
        let mut settings = Self::new(catalog, of_whole, now);
        settings.fail_on_unjudged = file.fail_on_unjudged.unwrap_or(settings.fail_on_unjudged);
        settings.prefix = file.prefix.clone().unwrap_or(settings.prefix);
        settings.exclude.clone_from(&file.exclude);
        settings.workloads.clone_from(&file.workloads);
        settings.file_variables.clone_from(&file.variables_of_images);
        settings.owners = OwnerMap::of(&file.owners, file.registry.as_ref().map(Patterns::new));
        let named = file.exceptions.iter().map(|path| folder.from_here(path)).collect::<Vec<_>>();
        settings.exception_files = Some(named).filter(|named| !named.is_empty());
        settings.folder = folder;
        settings.know_accounts(&file.known_accounts);
        settings.choose(&file.rules);
        let of_tier = |choice: &tiers::TierChoice| {
            let of_tier = preset.or(choice.preset).unwrap_or(of_whole);
            let (prefix, owners) = (settings.prefix.clone(), settings.owners.clone());
            let file_variables = settings.file_variables.clone();
            let mut tier = Self { prefix, owners, file_variables, ..Self::new(catalog, of_tier, now) };
            tier.know_accounts(&file.known_accounts);
            tier.choose(&file.rules);
            tier.choose(&choice.rules);
            Tier { name: choice.name.clone(), settings: tier, exceptions: choice.exceptions.clone() }
        };
        // Without an assignment everything is judged as the whole.
        if !file.assign.is_empty() || file.default_tier.is_some() {
            let mut all: Vec<Tier> = file.tiers.iter().map(of_tier).collect();
            all.sort_by_key(|tier| tiers::strictness(tier.settings.preset));
            let rest = file.default_tier.as_deref().unwrap_or(STANDARD);
            settings.default_tier = all.iter().position(|tier| tier.name == rest).unwrap_or_default();
            settings.assign = Assignments::of(&file.assign);
            settings.tiers = all;
        }
        settings
    }

    /// Accounts that are declared elsewhere are no slip and nobody's leftover.
    fn know_accounts(&mut self, known: &[String]) {
        let known: Vec<_> = known.iter().map(|one| one.clone().into()).collect();
        for (rule, name) in [(RuleId(103), "knownServiceAccounts"), (RuleId(106), "managedElsewhere")] {
            self.params.give(rule, name, Given::Add(known.clone()));
        }
    }

    fn choose(&mut self, choices: &[Choice]) {
        for choice in choices {
            let levels = self.levels.entry(choice.rule).or_default();
            levels.all = choice.all.or(levels.all);
            levels.forms.extend(choice.forms.clone());
            for (name, given) in &choice.params {
                self.params.give(choice.rule, name, given.clone());
            }
        }
    }

    /// Judges ends and reviews at another moment.
    pub fn set_now(&mut self, now: Timestamp) {
        self.now = now;
        for tier in &mut self.tiers {
            tier.settings.now = now;
        }
    }

    /// The settings by tier, each with its number; without tiers only these.
    pub fn by_tier(&self) -> impl Iterator<Item = (usize, &Self)> {
        let whole = self.tiers.is_empty().then_some(self);
        whole.into_iter().chain(self.tiers.iter().map(|tier| &tier.settings)).enumerate()
    }

    /// Tiers whose rules are run together, as their parameters are equal.
    #[must_use]
    pub fn tiers_alike(&self) -> Vec<Vec<(usize, &Self)>> {
        let mut groups: Vec<Vec<(usize, &Self)>> = Vec::new();
        for tier in self.by_tier() {
            match groups.iter_mut().find(|group| group[0].1.params == tier.1.params) {
                Some(group) => group.push(tier),
                None => groups.push(vec![tier]),
            }
        }
        groups
    }

    /// The settings of a tier, by its number.
    #[must_use]
    pub fn tier(&self, tier: usize) -> &Self {
        self.tiers.get(tier).map_or(self, |tier| &tier.settings)
    }

    /// The name of a tier; none where there are no tiers.
    #[must_use]
    pub fn tier_name(&self, tier: usize) -> Option<&str> {
        self.tiers.get(tier).map(|tier| tier.name.as_str())
    }

    /// Whether there are tiers.
    #[must_use]
    pub fn has_tiers(&self) -> bool {
        !self.tiers.is_empty()
    }

    /// The number of the tier that holds for what stands there: the strictest of those that are assigned to it. What an
    /// object says of itself (`own`) cannot lower it.
    #[must_use]
    pub fn tier_of(&self, standing: &Standing<'_>, own: Option<String>) -> usize {
        let of = |standing: &Standing<'_>| {
            let fits = self.assign.fitting(standing);
            let tier = fits.filter_map(|one| self.tiers.iter().position(|tier| tier.name == one.tier));
            tier.min().unwrap_or(self.default_tier)
        };
        let known = of(standing);
        match own {
            Some(own) => {
                let environments = standing.environments.iter().cloned().chain([own]).collect();
                known.min(of(&Standing { environments, ..standing.clone() }))
            }
            None => known,
        }
    }

    /// What a form of a rule is worth for a class of workload; `None` is off.
    #[must_use]
    pub fn severity(&self, card: &Card, form: &str, class: Class) -> Option<Severity> {
        if self.ignore.contains(&card.id) {
            return None;
        }
        debug_assert!(card.forms.contains_key(form), "{}: add `{form}` to `forms` of its card", card.id);
        let levels = card.forms.get(form)?;
        let selected = self.select.as_ref().map(|selected| selected.contains(&card.id));
        if selected == Some(false) {
            return None;
        }
        let preset = levels.level(self.preset, class);
        let chosen = self.levels.get(&card.id);
        let level = match chosen.and_then(|chosen| chosen.forms.get(form)) {
            Some(levels) => levels.of(class),
            None => match chosen.and_then(|chosen| chosen.all) {
                Some(all) => self.replaced(card, *levels, class, all),
                None => preset,
            },
        };
        // A rule that is chosen by name is wanted, even where the preset leaves the whole of it off.
        let wanted =
            || if selected == Some(true) && self.is_off(card) { levels.first_on(class) } else { None };
        let level = level.or_else(wanted)?;
        Some(if self.preset == Preset::Audit { Severity::Info } else { level })
    }

    /// The level that the user chose for a rule takes the place of its errors and warnings. Its notes stay notes.
    fn replaced(
        &self,
        card: &Card,
        form: crate::catalog::Form,
        class: Class,
        all: Levels,
    ) -> Option<Severity> {
        let chosen = all.of(class)?;
        let level = form.level(self.preset, class);
        // A rule that the preset leaves off is switched on.
        let level = if level.is_none() && self.is_off(card) { form.first_on(class) } else { level };
        match level? {
            Severity::Info if self.preset != Preset::Audit => Some(Severity::Info),
            _ => Some(chosen),
        }
    }

    /// Whether the preset leaves the whole of a rule off.
    fn is_off(&self, card: &Card) -> bool {
        let classes = [Class::Job, Class::Service];
        card.forms.values().all(|form| classes.iter().all(|&class| form.level(self.preset, class).is_none()))
    }

    /// Whether any form of a rule can be reported: no work for a rule that is off.
    #[must_use]
    pub fn runs(&self, card: &Card) -> bool {
        let on = |form: &String| {
            [Class::Job, Class::Service].iter().any(|&class| self.severity(card, form, class).is_some())
        };
        card.forms.keys().any(on)
    }

    /// The same rules for every tier: those that are selected, and those that are left out.
    pub fn limit(&mut self, select: Option<BTreeSet<RuleId>>, ignore: BTreeSet<RuleId>) {
        for tier in &mut self.tiers {
            tier.settings.select.clone_from(&select);
            tier.settings.ignore.clone_from(&ignore);
        }
        self.select = select;
        self.ignore = ignore;
    }
}

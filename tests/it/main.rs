//! One test binary: harnesses over cards, manifests and whole repositories.

#[cfg(unix)]
mod action;
mod action_released;
mod aggregated;
#[cfg(feature = "annotate")]
mod annotate;
mod argo;
mod argo_sets;
mod as_kubectl;
mod base;
mod baseline;
mod bench;
mod broken;
mod builtin_roles;
mod cache_law;
mod can;
mod canaries;
mod cards;
mod carried;
mod catalog_patterns;
mod cel;
mod chart_questions;
#[cfg(unix)]
mod child;
mod child_cache;
#[cfg(unix)]
mod child_left;
#[cfg(unix)]
mod child_live;
mod cli;
mod crossfire;
mod custom_fields;
mod deployed_elsewhere;
mod deployers;
mod diff;
mod drawn;
mod engines;
mod exceptions;
mod exceptions_inline;
mod exceptions_listed;
mod exposure;
mod fixes;
mod fixes_accounts;
mod fixes_charts;
mod fixes_copied;
mod fixes_deployers;
mod fixes_hostile;
mod fixes_limits;
mod fixes_other_kinds;
mod fixes_patched;
mod fixes_rendered;
mod fixes_taken_back;
mod fixes_variables;
mod flux;
mod flux_folders;
mod formats;
#[cfg(unix)]
mod gate;
mod generated;
mod grants;
mod graph_credentials;
mod graph_tables;
mod green;
mod habits;
mod helm_charts;
mod hidden_secrets;
mod identity;
mod invariance;
mod inventory;
mod inventory_formats;
#[cfg(unix)]
mod joins;
mod k8s;
mod k8s_cloud;

mod law;
mod layers;
mod left_values;
mod made_values;
mod marked;
mod marked_bench;
mod marked_corpus;
mod marked_hostile;
mod marked_mutations;
mod marked_templates;
mod newly_applied;
mod not_what_runs;
mod outputs;
mod own_rules;
mod own_rules_hostile;
mod owners;
mod passthrough;
mod peers;
mod places;
mod proposals;
mod rbac;
mod rbac_sets;
mod reach;
mod reach_laws;
mod reach_tokens;
#[cfg(unix)]
mod read_by_hand;
mod recorded;
mod redaction;
mod render_parts;
mod rendering;
mod rendering_hostile;
#[cfg(unix)]
mod rendering_programs;
mod replay;
mod replay_bench;
mod replay_corpus;
mod replay_hostile;
mod replay_mutation;
#[cfg(unix)]
mod reported;
#[cfg(unix)]
mod repos;
mod right;
mod right_words;
mod rooms;
mod roots;
mod roots_deployed;
mod screens;
mod secrets;
mod secrets_words;
mod settings;
mod settings_file;
mod settings_rendering;
mod source_masks;
mod sources_rendered;
mod staged;
mod stages;
mod targets;
mod token_readers;
mod tracked;
#[cfg(unix)]
mod tracked_links;
mod value_sets;
mod yaml;
mod yaml_edit;
mod yaml_generated;
mod yaml_parts;
mod yaml_places;
